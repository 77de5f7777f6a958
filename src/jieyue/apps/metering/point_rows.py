"""What is on record of points, as plain rows of the columns that the derivation reads: a thousand points in
milliseconds, where as many models take tens of them."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from jieyue.apps.metering.models import MeterPeriod, PointVersion


class VersionRow(NamedTuple):
    """The columns of a PointVersion."""

    id: int
    point_id: int
    valid_from: date
    valid_to: date
    name: str
    institution: int
    carrier: str
    unit: str
    kind: str
    end_use: str
    step: int
    rated: Decimal | None
    direction: str
    parent: int | None
    no_value: str
    formula: str


class PeriodRow(NamedTuple):
    """The columns of a MeterPeriod."""

    point_id: int
    valid_from: date
    valid_to: date
    serial: str
    begins: int
    ends: int | None
    num: int
    den: int
    digits: int | None
    decimals: int
    first: Decimal | int | None
    last: Decimal | int | None


def versions_among(which: Q) -> Iterator[VersionRow]:
    """Those that hold now, of some points, the oldest first."""
    rows = PointVersion.objects.as_of().filter(which).order_by("valid_from")
    return map(VersionRow._make, rows.values_list(*VersionRow._fields))


def periods_among(which: Q) -> Iterator[PeriodRow]:
    """Those that hold now, of some points, the oldest first."""
    rows = MeterPeriod.objects.as_of().filter(which).order_by("begins")
    return map(PeriodRow._make, rows.values_list(*PeriodRow._fields))


def among(points: Collection[int], column: str = "point_id") -> Iterator[Q]:
    """Conditions for rows whose column names one of some points, a few thousand at a time. Where points are many and
    close together the first and the last are asked for, which is quicker than a list of all: rows of others between
    them come along."""
    every = sorted(points)
    for start in range(0, len(every), 5_000):
        part = every[start : start + 5_000]
        if part[-1] - part[0] < 2 * len(part):
            yield Q(**{f"{column}__gte": part[0], f"{column}__lte": part[-1]})
        else:
            yield Q(**{f"{column}__in": part})
