"""A month by day and hour, of a point or of an institution's carrier: what is known of each hour, and how well."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import begin_of, first_day, second_of, shifted
from jieyue.apps.metering.on_record import Span, hours_within, month_so_far, spans_of
from jieyue.apps.metering.queries import uses
from jieyue.apps.metering.scope import days_of
from jieyue.domain.readings import HOUR, Bools, Bytes, Ints

_PER_DAY = 24
_SURE = ("measured", "calculated")


class Known(IntEnum):
    """What is known of an hour. NONE: no meter was on record, or the hour is not over. UNSURE: estimated, set by a
    person, suspect, or a part of it is."""

    NONE = 0
    MISSING = 1
    SURE = 2
    UNSURE = 3


@dataclass(frozen=True)
class Heat:
    """Days of a month × 24 hours. use: ten-thousandths, 0 where there is none; known: of Known."""

    month: int
    use: Ints
    known: Bytes

    @property
    def begin(self) -> int:
        """The first second of the first hour."""
        return begin_of(self.month)

    @property
    def days(self) -> list[date]:
        """The days of the rows."""
        return [first_day(self.month) + timedelta(days=n) for n in range(len(self.use))]

    def count(self, *kinds: Known) -> int:
        """Hours of these kinds."""
        return int(np.isin(self.known, kinds).sum())

    @property
    def has_use(self) -> Bools:
        """Where there is a use."""
        return self.known >= Known.SURE


def heat_of_point(versions: list[PointVersion], month: int) -> Heat:
    """Of a point, of the days only of which the versions speak."""
    span = month_so_far(month)
    found = uses("hour", [versions[0].point_id], span)
    sure = np.isin(np.array(found.quality, dtype="U12"), _SURE)
    own = hours_within(
        [(second_of(first), second_of(end)) for first, end in days_of(versions)], *_hours(month)
    )
    there = found.there & own[(found.ts - begin_of(month)) // HOUR]
    return _heat(month, spans_of(versions, span), found.ts[there], found.value[there], sure[there])


def heat_of_institution(institution: int, carrier: str, month: int) -> Heat:
    """Of all points that make the total of an institution's carrier."""
    span = month_so_far(month)
    rows = PointVersion.objects.as_of().filter(institution=institution, carrier=carrier)
    spans = spans_of(rows.overlapping(first_day(month), first_day(shifted(month, 1))), span)
    found = institution_uses("hour", [institution], span, end_use="")
    there = found.there & np.array([one == carrier for one in found.carrier.to_pylist()], dtype=bool)
    sure = found.complete == found.parts
    return _heat(month, spans, found.start[there], found.use[there], sure[there])


def _hours(month: int) -> tuple[int, int]:
    """Where the hours of a month begin, and how many there are."""
    begin = begin_of(month)
    return begin, (begin_of(shifted(month, 1)) - begin) // HOUR


def _heat(month: int, spans: list[Span], start: Ints, use: Ints, sure: Bools) -> Heat:
    """spans: when an hour without a use is missing. start, use, sure: of the hours that have one."""
    begin, count = _hours(month)
    known = np.where(hours_within(spans, begin, count), Known.MISSING, Known.NONE).astype(np.uint8)
    amount = np.zeros(count, dtype=np.int64)
    place = (start - begin) // HOUR
    known[place] = np.where(sure, Known.SURE, Known.UNSURE)
    amount[place] = use
    return Heat(month, amount.reshape(-1, _PER_DAY), known.reshape(-1, _PER_DAY))
