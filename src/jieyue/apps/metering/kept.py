"""From which month on raw readings are kept, how long an authority keeps them, and how far back what is kept must go.

Without a rule of the authority they are kept for ever. What is let go closes its months: uses stay as they were
derived, sums still follow the tree of points, and readings or edits of those days are refused.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.look import EVER, raw_of
from jieyue.apps.metering.models import Derivation, LastReading
from jieyue.apps.metering.months import begin_of, month_of, shifted
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.reading_rules import LIMITS
from jieyue.domain.readings import DAY, Ints
from jieyue.store import DeltaLake

#: The authority's rule: whole months for which raw readings are kept, a row of its `thresholds`.
KEPT_MONTHS: Final = "raw_readings_months"
#: The transaction of a commit that lets readings go; its number is the first month that stays open.
KEPT: Final = "kept"
#: The days before it that a month's verdicts may look at, whatever the rules of a day say.
_BEFORE: Final = int(LIMITS["before"].most) * DAY
_POINTS: Final = 400


def months_to_keep(day: date) -> int | None:
    """How many whole months raw readings are kept by the authority's rule of a day; None: for ever. Raises RefusedError
    if the rule says no whole number of months from 1 on."""
    try:
        value = home_catalog().threshold(KEPT_MONTHS, on=day).value
    except UnknownRuleError:
        return None
    if value.denominator != 1 or value < 1:
        raise RefusedError(
            "raw_months",
            zh=f"thresholds.csv 的 {KEPT_MONTHS} 为 {value}，应为从 1 起的整数（月）；请改正这一行",
            en=f"{KEPT_MONTHS} in thresholds.csv is {value}; write a whole number of months from 1 on",
        )
    return int(value)


def kept_from(lake: DeltaLake) -> int | None:
    """The first month whose uses can be derived again, by the lake; None: none was let go."""
    return lake.last_txn(READINGS, KEPT)


def kept_said() -> int | None:
    """The same by the office, which notes it with the entry of the action log: for pages."""
    row = Derivation.objects.first()
    return row.raw_from if row else None


def refuse_closed(begins: int) -> None:
    """Refuse to say anything new of an instant in a month whose readings were let go."""
    first = kept_said()
    if first is not None and begins < begin_of(first):
        raise RefusedError(
            "raw_gone",
            zh=f"{month_said(first)} 以前的原始读数已按保存期清除，那些月份的用量不再改变；只能修正以后的",
            en=f"the raw readings before {month_said(first)} were let go, the uses of those months no longer change;"
            " only later ones can be edited",
        )


def month_said(month: int) -> str:
    """2025-01."""
    return f"{month // 100}-{month % 100:02d}"


def whole_from(first: int) -> int:
    """The month from which on readings stay whole if `first` is the first that stays open: a gap that ends in the month
    before `first` is judged beside the days before that one."""
    return month_of(begin_of(shifted(first, -1)) - _BEFORE)


def floors(lake: DeltaLake, first: int, points: Sequence[int]) -> dict[int, int]:
    """From which instant on readings of points are wanted beyond the months that stay whole: where little was heard of
    a point, as far as the month `first` looks for it (look.py), and in any case its last reading."""
    found: dict[int, int] = {}
    for start in range(0, len(points), _POINTS):
        some = np.array(points[start : start + _POINTS], dtype=np.int64)
        looks = raw_of(lake, first, some).looks
        found |= {point: look.since for point, look in looks.items() if look.since is not None}
    whole = begin_of(whole_from(first))
    for point, ts in LastReading.objects.filter(ts__lt=whole).values_list("point_id", "ts"):
        found[point] = min(ts, found.get(point, EVER))
    return found


def staying(point: Ints, ts: Ints, wanted: dict[int, int]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which of some rows stay by the floors of their points."""
    names, place = np.unique(point, return_inverse=True)
    floor = np.array([wanted.get(name, EVER) for name in names.tolist()], dtype=np.int64)
    return np.asarray(ts >= floor[place], dtype=bool)
