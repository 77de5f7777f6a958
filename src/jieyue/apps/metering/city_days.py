"""The whole city by day, carrier, type and district, from the intervals, by the engine of the queries."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jieyue.apps.metering.lake import INTERVALS, prepared_lake
from jieyue.apps.metering.lines import lines_between
from jieyue.apps.metering.months import begin_of, first_day, months_between, offset_seconds, shifted
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


def city_days(first: int, last: int) -> pa.Table:
    """Of the months from the first to the last (202501): ym, start (of the day, UTC seconds), carrier, type, area (as
    on the last day of the month; none where an institution hangs nowhere), use (what is known, in the carrier's unit),
    and how many hours of points belong to it (parts), are complete, estimated and missing."""
    months = months_between(first, last)
    parts = _parts(months)
    found = prepared_lake().steps(
        "city_days",
        {"first": first, "last": last, "offset": offset_seconds(), "seq": last_done()},
        partitions={INTERVALS: {"ym": months}},
        inputs={"total_part": parts, "month_day": _days(months)},
        given={} if pc.any(pc.greater(parts["parts"], 1)).as_py() else _SINGLE,
    )
    return found["city_day"].sort_by([(name, "ascending") for name in ("start", "carrier", "type", "area")])


def _days(months: Sequence[int]) -> pa.Table:
    """The days of months: month, first second, last day of the month."""
    counts = [(first_day(shifted(month, 1)) - first_day(month)).days for month in months]
    lasts = [first_day(shifted(month, 1)) - timedelta(days=1) for month in months]
    starts = [np.arange(count) * DAY + begin_of(month) for month, count in zip(months, counts, strict=True)]
    return pa.table(
        {
            "ym": pa.array(np.repeat(np.array(months), counts), pa.int64()),
            "start": pa.array(np.concatenate(starts), pa.int64()),
            "last": pa.array([day for day, count in zip(lasts, counts, strict=True) for _ in range(count)]),
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
