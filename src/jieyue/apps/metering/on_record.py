"""When a meter is on record of a point, so that an hour without a use is missing and not nothing.

A point's record goes from the coming of its first meter to the leaving of its last one; a point without any meter on
record (a virtual one) is always on record.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import BigIntegerField, Max, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from jieyue.apps.metering.models import MeterPeriod, PointVersion
from jieyue.apps.metering.months import begin_of, second_of, shifted
from jieyue.domain.readings import HOUR, Bools

Span = tuple[int, int]
"""From an instant to another, which is not in it (UTC seconds)."""
FOREVER = 2**40


def month_so_far(month: int) -> Span:
    """The hours of a local month that lie before today."""
    begin = begin_of(month)
    return begin, max(begin, min(begin_of(shifted(month, 1)), second_of(settings.JIEYUE_HOME.today())))


def with_record(rows: "QuerySet[PointVersion]") -> "QuerySet[PointVersion]":
    """Versions of points with `since` (None: no meter is on record) and `until`."""
    served = MeterPeriod.objects.as_of().filter(point_id=OuterRef("point_id")).order_by().values("point_id")
    last = Max(Coalesce("ends", Value(FOREVER), output_field=BigIntegerField()))
    return rows.annotate(
        since=Subquery(served.annotate(first=Min("begins")).values("first")),
        until=Subquery(served.annotate(last=last).values("last")),
    )


def record_of(points: Iterable[int] | None = None) -> dict[int, Span]:
    """Point → its record, of some or all points with a meter on record."""
    rows = MeterPeriod.objects.as_of().order_by()
    if points is not None:
        rows = rows.filter(point_id__in=list(points))
    last = Max(Coalesce("ends", Value(FOREVER), output_field=BigIntegerField()))
    found = rows.values_list("point_id").annotate(first=Min("begins"), last=last)
    return {point: (first, end) for point, first, end in found}


def hours_in(row: Any, span: Span) -> int:
    """Hours of a span in which a point, a version `with_record`, is on record."""
    return hours_of_record((row.since, row.until) if row.since is not None else (0, FOREVER), span)


def hours_of_record(record: Span, span: Span) -> int:
    """Hours of a span that lie in a record."""
    return max(0, (min(record[1], span[1]) - max(record[0], span[0])) // HOUR)


def spans_of(versions: Iterable[PointVersion], span: Span) -> list[Span]:
    """When a meter served what some versions of points speak of, within a span."""
    rows = list(versions)
    record = record_of({row.point_id for row in rows})
    found = []
    for row in rows:
        begins, ends = record.get(row.point_id, (FOREVER, 0))
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
