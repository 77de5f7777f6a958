"""When a use is expected of a point, so that an hour without one is missing and not nothing.

A point's record goes from the coming of its first meter to the leaving of its last one; that of a virtual point, which
no meter serves, goes over the days of its versions. A level (gauge) has no use, and so no record.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import BigIntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from jieyue.apps.metering.formulas import VIRTUAL
from jieyue.apps.metering.models import MeterPeriod, PointVersion
from jieyue.apps.metering.months import begin_of, second_of, shifted
from jieyue.domain.readings import HOUR, Bools

Span = tuple[int, int]
"""From an instant to another, which is not in it (UTC seconds)."""
FOREVER = 2**40
NEVER: Span = (FOREVER, 0)
LEVEL = "gauge"
_FEW = 5_000


def month_so_far(month: int) -> Span:
    """The hours of a local month that lie before today."""
    begin = begin_of(month)
    return begin, max(begin, min(begin_of(shifted(month, 1)), second_of(settings.JIEYUE_HOME.today())))


def with_record(rows: "QuerySet[PointVersion]") -> "QuerySet[PointVersion]":
    """Versions of points with `since` (None: no meter is on record) and `until` of their meters, and the days `begins`
    and `ends` of what is said of virtual ones; `record` makes instants of these."""
    served = MeterPeriod.objects.as_of().filter(point_id=OuterRef("point_id")).order_by().values("point_id")
    virtual = PointVersion.objects.as_of().filter(point_id=OuterRef("point_id"), kind=VIRTUAL)
    said = virtual.order_by().values("point_id")
    last = Max(Coalesce("ends", Value(FOREVER), output_field=BigIntegerField()))
    return rows.annotate(
        since=Subquery(served.annotate(first=Min("begins")).values("first")),
        until=Subquery(served.annotate(last=last).values("last")),
        begins=Subquery(said.annotate(first=Min("valid_from")).values("first")),
        ends=Subquery(said.annotate(last=Max("valid_to")).values("last")),
    )


def record(row: Any) -> Span:
    """Of a version `with_record`."""
    if row.kind == VIRTUAL:
        return second_of(row.begins), second_of(row.ends)
    return NEVER if row.kind == LEVEL or row.since is None else (row.since, row.until)


def record_of(points: Iterable[int] | None = None) -> dict[int, Span]:
    """Point → its record, of some or all points that have one; of a point that reports levels when its meters serve."""
    if points is None:
        return _records(Q())
    found: dict[int, Span] = {}
    wanted = list(points)
    for start in range(0, len(wanted), _FEW):
        found |= _records(Q(point_id__in=wanted[start : start + _FEW]))
    return found


def _records(which: Q) -> dict[int, Span]:
    rows, virtual = MeterPeriod.objects.as_of(), PointVersion.objects.as_of().filter(kind=VIRTUAL)
    last = Max(Coalesce("ends", Value(FOREVER), output_field=BigIntegerField()))
    served = rows.filter(which).order_by().values_list("point_id").annotate(first=Min("begins"), last=last)
    said = virtual.filter(which).order_by().values_list("point_id")
    days = said.annotate(first=Min("valid_from"), last=Max("valid_to"))
    found = {point: (second_of(first), second_of(end)) for point, first, end in days}
    return found | {point: (first, end) for point, first, end in served}


def hours_in(row: Any, span: Span) -> int:
    """Hours of a span in which a point, a version `with_record`, is on record."""
    return hours_of_record(record(row), span)


def hours_of_record(record: Span, span: Span) -> int:
    """Hours of a span that lie in a record."""
    return max(0, (min(record[1], span[1]) - max(record[0], span[0])) // HOUR)


def spans_of(versions: Iterable[PointVersion], span: Span) -> list[Span]:
    """When what some versions of points speak of was on record, within a span."""
    rows = [row for row in versions if row.kind != LEVEL]
    known = record_of({row.point_id for row in rows})
    found = []
    for row in rows:
        begins, ends = known.get(row.point_id, NEVER)
        first = max(span[0], second_of(row.valid_from), begins)
        end = min(span[1], second_of(row.valid_to), ends)
        if first < end:
            found.append((first, end))
    return sorted(found)


def hours_within(spans: Iterable[Span], begin: int, count: int) -> Bools:
    """Of `count` hours from `begin` on: whether one lies wholly in one of the spans."""
    marks = np.zeros(count, dtype=bool)
    for first, end in spans:
        marks[max(0, -(-(first - begin) // HOUR)) : max(0, (end - begin) // HOUR)] = True
    return marks
