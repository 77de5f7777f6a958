"""The register of meters as the file that it comes in by: a row for each day from which something else holds."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from jieyue.apps.exchange.meters import CLOSED, METERS
from jieyue.apps.exchange.profile import CLEAR
from jieyue.apps.metering.formulas import VIRTUAL
from jieyue.apps.metering.models import MeterPeriod, PointVersion
from jieyue.apps.metering.points import codes_of
from jieyue.apps.registry.queries import codes_of as institution_codes
from jieyue.domain.tree import OPEN_END

HEADS: Final = tuple(METERS)
#: More than a multiplier can have been written with.
_PLACES: Final = 20
_CLEARED: Final = ("name", "end_use", "rated_per_hour", "parent", "serial", "no_value")


def meter_rows(points: Collection[int] | None = None) -> list[list[str]]:
    """Rows under HEADS of some points (None: all), by code and day. Brought into an empty register they make the same
    one; brought into this one they are all duplicates."""
    versions = PointVersion.objects.as_of().select_related("point").order_by("point__code", "valid_from")
    periods = MeterPeriod.objects.as_of().order_by("begins")
    if points is not None:
        versions, periods = versions.filter(point_id__in=points), periods.filter(point_id__in=points)
    meters: dict[int, list[MeterPeriod]] = {}
    for period in periods:
        meters.setdefault(period.point_id, []).append(period)
    by_point: dict[int, list[PointVersion]] = {}
    for version in versions:
        by_point.setdefault(version.point_id, []).append(version)
    parents = codes_of({row.parent for rows in by_point.values() for row in rows if row.parent})
    names = _Institutions({row.institution for rows in by_point.values() for row in rows})
    found = []
    for point, rows in by_point.items():
        before: dict[str, str] = {}
        for said in _rows(rows, meters.get(point, []), parents, names):
            if said.get("state") == CLOSED:  # it says the day and the last reading; nothing is cleared by it
                found.append([said.get(name, "") for name in HEADS])
                continue
            found.append([_cell(name, said, before) for name in HEADS])
            before = said
    return found


def rows_of_point(point: int, on: date) -> list[dict[str, str]]:
    """What a file of meters says of one point while it is in service, field by field, the oldest row first;
    institutions by their codes of a day."""
    versions = (
        PointVersion.objects.as_of().filter(point_id=point).select_related("point").order_by("valid_from")
    )
    meters = list(MeterPeriod.objects.as_of().filter(point_id=point).order_by("begins"))
    parents = codes_of({row.parent for row in versions if row.parent})
    names = _Institutions({row.institution for row in versions}, on)
    return [row for row in _rows(list(versions), meters, parents, names) if "state" not in row]


class _Institutions:
    """The codes of institutions on a day; on: on that day, whichever is asked for."""

    def __init__(self, numbers: set[int], on: date | None = None) -> None:
        self.numbers, self.on = numbers, on
        self.by_day: dict[date, dict[int, str]] = {}

    def code(self, number: int, day: date) -> str:
        day = self.on or day
        if day not in self.by_day:
            self.by_day[day] = institution_codes(self.numbers, day)
        return self.by_day[day].get(number, "")


def _cell(name: str, said: dict[str, str], before: dict[str, str]) -> str:
    """What a cell says; that something holds no more is said by the token."""
    text = said.get(name, "")
    return CLEAR[0] if not text and before.get(name) and name in _CLEARED else text


def _rows(
    versions: Sequence[PointVersion],
    meters: Sequence[MeterPeriod],
    parents: dict[int, str],
    names: _Institutions,
) -> Iterator[dict[str, str]]:
    days = sorted({row.valid_from for row in versions} | {row.valid_from for row in meters})
    ends = {row.valid_to: row for row in versions}
    closed = {day: row for day, row in ends.items() if day < OPEN_END and day not in days}
    for day in sorted({*days, *closed}):
        if day in closed:
            yield _closed(closed[day], day, meters, names)
            continue
        version = [row for row in versions if row.valid_from <= day][-1]
        said = {
            "meter": version.point.code,
            "name": version.name,
            "institution": names.code(version.institution, day),
            "carrier": version.carrier,
            "unit": version.unit,
            "kind": version.kind,
            "end_use": version.end_use,
            "direction": version.direction,
            "parent": parents.get(version.parent, "") if version.parent else "",
            "formula": version.formula,
            "valid_from": day.isoformat(),
        }
        if version.kind != VIRTUAL:
            said |= {
                "step_min": str(version.step),
                "rated_per_hour": _plain(version.rated),
                "no_value": version.no_value,
            }
            said |= _meter(meters, day)
        yield said


def _closed(
    version: PointVersion, day: date, meters: Sequence[MeterPeriod], names: _Institutions
) -> dict[str, str]:
    """The row of the first day on which the point is no more."""
    return {
        "meter": version.point.code,
        "institution": names.code(version.institution, day - timedelta(days=1)),
        "carrier": version.carrier,
        "unit": version.unit,
        "last_reading": next((_plain(row.last) for row in meters if row.valid_to == day), ""),
        "state": CLOSED,
        "valid_from": day.isoformat(),
    }


def _meter(meters: Sequence[MeterPeriod], day: date) -> dict[str, str]:
    """The meter that serves on the day; on the day when it came, what it showed then, and the one before it last."""
    place = max((n for n, row in enumerate(meters) if row.valid_from <= day), default=None)
    if place is None:
        return {}
    row = meters[place]
    said = {"serial": row.serial, "multiplier": _ratio(Fraction(row.num, row.den))}
    if row.valid_from == day:
        said["digits"] = "" if row.digits is None else str(row.digits)
        said |= {"decimals": str(row.decimals), "first_reading": _plain(row.first)}
        told = place > 0 and meters[place - 1].valid_to == day  # else the row that closed it has told it
        said["last_reading"] = _plain(meters[place - 1].last) if told else ""
    return said


def _plain(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _ratio(value: Fraction) -> str:
    """A multiplier as it was written: a decimal that ends."""
    places = 0
    while (value * 10**places).denominator != 1 and places < _PLACES:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    return digits if not places else f"{digits[:-places]}.{digits[-places:]}"
