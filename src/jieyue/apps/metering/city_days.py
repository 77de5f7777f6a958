"""The whole city by day, carrier, type and district, from the intervals, by the engine of the queries."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jieyue.apps.metering.lake import INTERVALS, prepared_lake
from jieyue.apps.metering.lines import lines_between
from jieyue.apps.metering.months import (
    begin_of,
    first_day,
    months_between,
    offset_seconds,
    second_of,
    shifted,
)
from jieyue.apps.publication.queries import last_done
from jieyue.domain.readings import DAY, Ints
from jieyue.domain.rollup import TOTAL
from jieyue.store.port import Given

_NUMBERS = ("line", "institution", "begins", "ends", "term", "parts", "point", "weight")
_SUMS = pa.schema(
    [
        pa.field("line", pa.int64()),
        pa.field("start", pa.int64()),
        pa.field("used", pa.decimal128(38, 4)),
        *(pa.field(name, pa.int64()) for name in ("known", "complete", "estimated")),
    ]
)
#: Where every term is one point: steps that need not be run.
_SINGLE: Given = {
    "several_day": lambda _kept: _SUMS.empty_table(),
    "line_day": lambda kept: kept("single_day"),
}


def city_days(first: int, last: int, placed: date | None = None) -> pa.Table:
    """Of the months from the first to the last (202501): ym, start (of the day, UTC seconds), carrier, type, area (as
    on that day, or all as on the day `placed`; none where an institution hangs nowhere then), use (what is known, in
    the carrier's unit), and how many hours of points belong to it (parts), are complete, estimated and missing."""
    months = months_between(first, last)
    parts = _parts(months)
    found = prepared_lake().steps(
        "city_days",
        {"first": first, "last": last, "offset": offset_seconds(), "seq": last_done()},
        partitions={INTERVALS: {"ym": months}},
        inputs={"total_part": parts, "month_day": month_days(months, placed)},
        given={} if pc.any(pc.greater(parts["parts"], 1)).as_py() else _SINGLE,
    )
    return found["city_day"].sort_by([(name, "ascending") for name in ("start", "carrier", "type", "area")])


def month_days(months: Sequence[int], placed: date | None = None) -> pa.Table:
    """The days of months: month, first second, and the day whose places its rows have (itself, or the one given)."""
    days = [
        first_day(month) + timedelta(days=n)
        for month in months
        for n in range((first_day(shifted(month, 1)) - first_day(month)).days)
    ]
    return pa.table(
        {
            "ym": pa.array([day.year * 100 + day.month for day in days], pa.int64()),
            "start": pa.array([second_of(day) for day in days], pa.int64()),
            "placed": pa.array([placed or day for day in days]),
        }
    )


def _parts(months: Sequence[int]) -> pa.Table:
    """The parts of every total; what changes in the register ends its lines, and others begin."""
    begin = begin_of(months[0])
    points, carriers, _end_uses, stretches = lines_between(
        first_day(months[0]), first_day(shifted(months[-1], 1))
    )
    columns: dict[str, list[Ints]] = {name: [] for name in (*_NUMBERS, "carrier")}
    lines = terms = 0
    for stretch in stretches:
        own = stretch.lines
        line = own.line[own.term]
        mine = own.end_use[line] == TOTAL
        size = np.bincount(own.term, minlength=len(own.line))
        count = int(mine.sum())
        row = {
            "line": (line + lines)[mine],
            "institution": own.institution[line][mine],
            "begins": np.full(count, begin + stretch.first * DAY),
            "ends": np.full(count, begin + stretch.end * DAY),
            "term": (own.term + terms)[mine],
            "parts": size[own.term][mine],
            "point": points[own.row][mine],
            "weight": own.weight[mine],
            "carrier": own.carrier[line][mine],
        }
        for name, column in row.items():
            columns[name].append(column.astype(np.int64))
        lines, terms = lines + len(own), terms + len(own.line)
    joined = {
        name: np.concatenate(some) if some else np.zeros(0, dtype=np.int64) for name, some in columns.items()
    }
    words = pa.array(carriers, pa.string()).take(pa.array(joined["carrier"]))
    return pa.table({**{name: pa.array(joined[name]) for name in _NUMBERS}, "carrier": words})
