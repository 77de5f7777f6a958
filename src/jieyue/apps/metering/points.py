"""Points as the derivation needs them: series in a block, and the register periods that served them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from math import gcd
from typing import Final

import numpy as np

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.models import MeterPeriod, Point, PointVersion, ReadingEdit
from jieyue.apps.metering.months import second_of
from jieyue.apps.metering.point_rows import (
    PeriodRow,
    VersionRow,
    among,
    periods_among,
    versions_among,
)
from jieyue.apps.metering.rules import Judged
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.loader import Catalog
from jieyue.domain.quantity import LARGEST as MOST
from jieyue.domain.quantity import to_fixed
from jieyue.domain.readings import LARGEST, UNSAID, Kind, Readings, Registers, Series

KINDS: Final = {"register": Kind.REGISTER, "interval": Kind.INTERVAL, "gauge": Kind.GAUGE}
_TOTAL: Final = CHANNELS["total"]


@dataclass(frozen=True)
class Known:
    """What is on record of a point: `version` is what counts, `versions` are all, the oldest first."""

    version: VersionRow
    periods: Sequence[PeriodRow]
    edits: Sequence[ReadingEdit] = ()
    versions: Sequence[VersionRow] = ()

    @cached_property
    def factor(self) -> Fraction:
        """What one unit of the meter is in the carrier's own unit."""
        return unit_factor(self.version.unit, self.version.carrier)

    @cached_property
    def base(self) -> Fraction:
        """The largest unit in which every unit that the meter ever had is a whole number."""
        every = self._units
        return reduce(_common, (unit_factor(*one) for one in every)) if len(every) > 1 else self.factor

    @cached_property
    def _units(self) -> set[tuple[str, str]]:
        """Unit and carrier of each version."""
        return {(row.unit, row.carrier) for row in self.versions}

    @cached_property
    def scales(self) -> list[tuple[int, int]]:
        """(from which instant, how many of `base` one unit is), the first from ever on; one entry: it never changed."""
        if len(self._units) <= 1:
            return [(-LARGEST, 1)]
        found: list[tuple[int, int]] = []
        for row in self.versions:
            scale = int(unit_factor(row.unit, row.carrier) / self.base)
            if not found or found[-1][1] != scale:
                found.append((second_of(row.valid_from) if found else -LARGEST, scale))
        return found

    def scale_at(self, ts: int) -> int:
        """How many of `base` one unit was at an instant."""
        return next(scale for begin, scale in reversed(self.scales) if begin <= ts)


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The largest fraction of which both are whole multiples."""
    den = one.denominator * other.denominator
    return Fraction(gcd(one.numerator * other.denominator, other.numerator * one.denominator), den)


def unit_factor(unit: str, carrier: str) -> Fraction:
    """What one of a unit, as people write it, is in the carrier's own. Raises ValueError with the finding's code."""
    found = _factor(home_catalog(), unit, carrier)
    if isinstance(found, str):
        raise ValueError(found)
    return found


@lru_cache(maxsize=256)
def _factor(catalog: Catalog, unit: str, carrier: str) -> Fraction | str:
    return of_catalog(catalog).units.factor(unit, catalog.carriers[carrier].unit, carrier)


def numbers_of(codes: Collection[str]) -> dict[str, int]:
    """Code → point."""
    found: dict[str, int] = {}
    wanted = list(codes)
    for start in range(0, len(wanted), 5_000):
        rows = Point.objects.filter(code__in=wanted[start : start + 5_000])
        found.update(rows.values_list("code", "pk"))
    return found


def codes_of(points: Collection[int]) -> dict[int, str]:
    """Point → code."""
    found: dict[int, str] = {}
    wanted = list(points)
    for start in range(0, len(wanted), 5_000):
        found.update(Point.objects.filter(pk__in=wanted[start : start + 5_000]).values_list("pk", "code"))
    return found


def virtual_among(points: Collection[int]) -> set[int]:
    """Which of some points are virtual: nothing is read of them."""
    every = PointVersion.objects.filter(kind="virtual").values_list("point_id", flat=True)
    return set(every) & set(points)


def known_of(points: Collection[int], day: date | None = None) -> dict[int, Known]:
    """What is on record of points: what holds on the day (else before it, else first; None: last), and all meters."""
    wanted = set(points)
    versions: dict[int, list[VersionRow]] = {}
    periods: dict[int, list[PeriodRow]] = {}
    for part in among(wanted):
        for row in versions_among(part):
            versions.setdefault(row.point_id, []).append(row)
        for meter in periods_among(part):
            periods.setdefault(meter.point_id, []).append(meter)
    edits = edits_of(wanted)
    return {
        point: Known(_on(rows, day), periods.get(point, []), edits.get(point, ()), rows)
        for point, rows in versions.items()
        if point in wanted
    }


def _on(rows: Sequence[VersionRow], day: date | None) -> VersionRow:
    begun = [row for row in rows if day is None or row.valid_from <= day]
    return begun[-1] if begun else rows[0]


def edits_of(points: Collection[int]) -> dict[int, list[ReadingEdit]]:
    """Point → the edits that hold, the oldest first."""
    found: dict[int, list[ReadingEdit]] = {}
    wanted = set(points)
    for part in among(wanted):
        for row in ReadingEdit.objects.as_of().filter(part).order_by("pk"):
            if row.point_id in wanted:
                found.setdefault(row.point_id, []).append(row)
    return found


def series_and_registers(
    pairs: Sequence[tuple[int, int]], known: Mapping[int, Known], judged: Judged
) -> tuple[Series, Registers]:
    """For (point, channel) pairs, numbered in their order, as some days judge them; readings are to be given
    `in_one_unit`."""
    every = [known[point] for point, _channel in pairs]
    versions = [one.version for one in every]
    classes = {key: judged.of_class(*key) for key in {_class_of(row) for row in versions}}
    of_each = [classes[_class_of(row)] for row in versions]
    series = Series(
        np.array([row.step * 60 for row in versions], dtype=np.int64),
        np.array([KINDS[row.kind] for row in versions], dtype=np.uint8),
        np.array([_rated(one) for one in every]),
        np.array([_digit(one) for one in every], dtype=np.int64),
        np.array([said.still for said in of_each], dtype=np.int64),
        [_no_value(one, said.no_values) for one, said in zip(every, of_each, strict=True)],
    )
    rows = [
        line
        for number, (point, channel) in enumerate(pairs)
        for line in _periods(number, known[point], whole=channel == _TOTAL)
    ]
    return series, Registers(*np.array(rows, dtype=np.int64).reshape(-1, 8).T)


def _class_of(row: VersionRow) -> tuple[str, bool]:
    return row.carrier, row.parent is not None


def _rated(known: Known) -> float:
    rated = known.version.rated
    return float("nan") if rated is None else float(to_fixed(rated)[0] * known.factor)


def in_one_unit(readings: Readings, pairs: Sequence[tuple[int, int]], known: Mapping[int, Known]) -> Readings:
    """The readings of each point in its `base`: one whose unit changed goes on as the same register."""
    value = readings.value
    for number, (point, _channel) in enumerate(pairs):
        scales = known[point].scales
        if scales == [(-LARGEST, 1)]:
            continue
        if value is readings.value:
            value = value.copy()
        mine = np.flatnonzero(readings.series == number)
        begins = np.array([begin for begin, _scale in scales], dtype=np.int64)
        scale = np.array([scale for _begin, scale in scales], dtype=np.int64)
        by = scale[np.searchsorted(begins, readings.ts[mine], side="right") - 1]
        most = MOST // by  # beyond it a number is no reading, whatever the unit
        value[mine] = np.clip(value[mine], -most, most) * by
    return replace(readings, value=value)


def _no_value(known: Known, of_class: frozenset[int]) -> frozenset[int]:
    said = _numbers(known.version.no_value) | of_class
    return (
        said if len(known.scales) == 1 else frozenset(one * by for one in said for _begin, by in known.scales)
    )


@lru_cache(maxsize=256)
def _numbers(text: str) -> frozenset[int]:
    return frozenset(to_fixed(Decimal(part))[0] for part in text.split(";") if part)


def _digit(known: Known) -> int:
    """The last digit that the register shows, in ten-thousandths of `base`."""
    decimals = known.periods[-1].decimals if known.periods else 2
    return _last_digit(decimals, known.factor, known.base)


@lru_cache(maxsize=256)
def _last_digit(decimals: int, factor: Fraction, base: Fraction) -> int:
    return int(10 ** max(4 - decimals, 0) * (factor / base))


def _periods(number: int, known: Known, *, whole: bool) -> list[tuple[int, ...]]:
    """Lines of `Registers`; what a meter showed when it came and went is on record of its total only."""
    found: list[tuple[int, ...]] = []
    for row in _with_changes(known):
        end = LARGEST if row.ends is None else row.ends
        at_end = known.scale_at(end - 1)
        span = 10 ** (row.digits + 4) * at_end if row.digits is not None else 0
        first, last = (row.first, row.last) if whole else (None, None)
        found.append(
            (
                number, row.begins, end, *_ratio(row.num, row.den, known.base), span,
                UNSAID if first is None else to_fixed(first)[0] * known.scale_at(row.begins),
                UNSAID if last is None else to_fixed(last)[0] * at_end,
            )
        )  # fmt: skip
    return found


@lru_cache(maxsize=1024)
def _ratio(num: int, den: int, base: Fraction) -> tuple[int, int]:
    """What one unit of a register is in the carrier's own, as a fraction."""
    ratio = Fraction(num, den) * base
    return ratio.numerator, ratio.denominator


def _with_changes(known: Known) -> Sequence[PeriodRow]:
    """The periods, parted where a person says that another meter came or that the meter began anew."""
    if not known.edits:
        return known.periods
    found = list(known.periods)
    for edit in known.edits:
        if edit.kind not in (ReadingEdit.Kind.SWAP, ReadingEdit.Kind.RESET):
            continue
        place = next((n for n, row in enumerate(found) if is_inside(row, edit.begins)), None)
        if place is None:
            continue
        row = found[place]
        found[place : place + 1] = [
            row._replace(ends=edit.begins, last=edit.last),
            row._replace(begins=edit.begins, first=edit.first),
        ]
    return found


def is_inside(row: MeterPeriod | PeriodRow, at: int) -> bool:
    """Whether a period is under way at an instant: begun before it, and not ended."""
    return row.begins < at and (row.ends is None or at < row.ends)
