"""Reads of metering: readings with their verdicts, uses by hour, day and month, points to look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import pyarrow as pa
from django.conf import settings

from jieyue.apps.metering.block import derived_of
from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.kept import kept_from
from jieyue.apps.metering.lake import CHANNELS, INTERVALS, POINT_DAY, READINGS, prepared_lake
from jieyue.apps.metering.look import raw_of
from jieyue.apps.metering.models import Packet, PointVersion, PointWork
from jieyue.apps.metering.months import begin_of, months_of, second_of, shifted
from jieyue.apps.metering.on_record import FOREVER, LEVEL, hours_of_record, record_of
from jieyue.apps.metering.points import codes_of
from jieyue.domain.reading_order import heads_of, rises
from jieyue.domain.readings import DAY, HOUR, WORDS, Bools, Bytes, Ints, Quality, Verdict
from jieyue.domain.virtual import WORST_FIRST
from jieyue.store import arrays

GRAINS: Final = ("raw", "hour", "day", "month")
_SHARES: Final = ("measured", "calculated", "estimated", "suspect")
_TOTAL: Final = CHANNELS["total"]


@dataclass(frozen=True)
class Uses:
    """N rows: point, instant (start of the hour, day or month, UTC seconds), value in ten-thousandths, its quality as a
    word; there: whether there is a value."""

    point: Ints
    ts: Ints
    value: Ints
    there: Bools
    quality: Sequence[str]

    def table(self) -> pa.Table:
        """meter, ts, value, quality as they leave."""
        codes = codes_of(set(self.point.tolist()))
        names, place = np.unique(self.point, return_inverse=True)
        words = pa.array([codes[int(name)] for name in names], pa.string())
        return pa.table(
            {
                "meter": words.take(pa.array(place)),
                "ts": pa.array(self.ts),
                "value": arrays.decimals(self.value, self.there),
                "quality": pa.array(list(self.quality), pa.string()),
            }
        )


def span_of(first: date | None, last: date | None) -> tuple[int, int]:
    """Instants of local days, both included; without a bound all there is."""
    return (second_of(first) if first else 0, second_of(last) + DAY if last else FOREVER)


def readings(points: Collection[int] | None, span: tuple[int, int]) -> Uses:
    """Raw readings with the verdict of each, by point and instant; points None: all. Of months whose readings were let
    go none, also where some stay for later ones: their verdicts are no longer known."""
    lake = prepared_lake()
    if (first := kept_from(lake)) is not None:
        span = max(span[0], begin_of(first)), span[1]
    files = lake.snapshot([READINGS]).tables[READINGS].files
    months = sorted({int(file.partition["ym"]) for file in files} & set(_months(span, files)))
    wanted = np.array(sorted(points), dtype=np.int64) if points is not None else _all_points()
    parts: list[tuple[Ints, Ints, Ints, Bytes]] = []
    for month in months:
        for start in range(0, len(wanted), 400):
            few = wanted[start : start + 400]
            raw = raw_of(lake, month, few)
            if not raw.pairs:
                continue
            verdict = derived_of(raw).verdict
            ts = raw.readings.ts
            mine = (ts >= max(span[0], begin_of(month))) & (ts < min(span[1], begin_of(shifted(month, 1))))
            point = np.array([point for point, _ in raw.pairs], dtype=np.int64)[raw.readings.series]
            parts.append((point[mine], ts[mine], raw.readings.value[mine], verdict[mine]))
    if not parts:
        return _none()
    point, ts, value = (np.concatenate([part[n] for part in parts]) for n in range(3))
    verdict = np.concatenate([part[3] for part in parts])
    order = np.lexsort((ts, point))
    words = [WORDS[Verdict(one)] for one in verdict[order].tolist()]
    return Uses(point[order], ts[order], value[order], np.ones(len(ts), dtype=bool), words)


def uses(grain: str, points: Collection[int] | None, span: tuple[int, int]) -> Uses:
    """Uses of the total channel by hour, day or month. An aggregate with a missing hour has the sum of the others and
    is called missing; a day without any known hour has no value."""
    if grain == "hour":
        channel, point, start, use, quality = stored_rows(
            INTERVALS, ("channel", "point", "start", "use", "quality"), points, span
        )
        mine = channel == _TOTAL
        if not mine.all():
            point, start, use, quality = (one[mine] for one in (point, start, use, quality))
        words = [Quality(one).name.lower() for one in quality.tolist()]
        return Uses(point, start, use, quality != Quality.MISSING, words)
    names = ("point", "start", "use", *(one.name.lower() for one in WORST_FIRST))
    point, start, use, *counts = stored_rows(POINT_DAY, names, points, span)
    if grain == "month" and len(start):
        months, place = np.unique(months_of(start), return_inverse=True)
        start = np.array([begin_of(one) for one in months.tolist()], dtype=np.int64)[place]
        heads = heads_of(point, start)
        point, start = point[heads], start[heads]
        use, *counts = (np.add.reduceat(one, heads) for one in (use, *counts))
    worst = np.argmax(np.stack(counts) > 0, axis=0)
    known = np.sum(counts[1:], axis=0) > 0
    return Uses(point, start, use, known, [WORST_FIRST[one].name.lower() for one in worst.tolist()])


def stored_rows(
    table: str, names: Sequence[str], points: Collection[int] | None, span: tuple[int, int]
) -> list[Ints]:
    """Columns of the rows of points (None: all) in a span, by point and instant; `point` and `start` are among them."""
    lake = prepared_lake()
    files = lake.snapshot([table]).tables[table].files
    months = {str(month) for month in _months(span, files)}
    wanted = np.array(sorted(points), dtype=np.int64) if points is not None else None
    low, high = (int(wanted[0]), int(wanted[-1])) if wanted is not None and len(wanted) else (-(2**62), 2**62)
    chosen = [
        file
        for file in files
        if file.partition["ym"] in months
        and file.minimum.get("point", low) <= high
        and file.maximum.get("point", high) >= low
    ]
    found = dict(zip(names, columns_of(lake, table, names, chosen, ("point", low, high)), strict=True))
    mine = (found["start"] >= span[0]) & (found["start"] < span[1])
    if wanted is not None:
        mine &= np.isin(found["point"], wanted)
    columns = [one[mine] for one in found.values()]
    if rises(found["point"][mine], found["start"][mine]):
        return columns
    order = np.lexsort((found["start"][mine], found["point"][mine]))
    return [one[order] for one in columns]


def _months(span: tuple[int, int], files: Sequence[object]) -> list[int]:
    """Months of a span that the table has."""
    present = {int(file.partition["ym"]) for file in files}  # type: ignore[attr-defined]
    return sorted(
        month for month in present if begin_of(month) < span[1] and begin_of(shifted(month, 1)) > span[0]
    )


def _all_points() -> Ints:
    from jieyue.apps.metering.models import Point

    return np.array(list(Point.objects.order_by("pk").values_list("pk", flat=True)), dtype=np.int64)


def _none() -> Uses:
    none = np.zeros(0, dtype=np.int64)
    return Uses(none, none, none, none.astype(bool), [])


@dataclass(frozen=True)
class QualityRow:
    """A point in a span: shares of its hours by how they are known (of those in which a meter is on record, up to
    today: what is not told before the first value and after the last one is missing)."""

    meter: str
    hours: int
    complete: float
    estimated: float
    missing: float
    suspect: float
    work: tuple[str, ...]


def quality_of(span: tuple[int, int]) -> list[QualityRow]:
    """Every point of which a use is expected in a span (of a level none is): measured and calculated, estimated,
    missing and suspect hours, what is open. A side without a bound reaches as far as any point was heard from, so that
    a year brought in later is judged by itself."""
    begin, end = span
    found = uses("hour", None, (begin, min(end, second_of(settings.JIEYUE_HOME.today()))))
    if len(found.ts):
        begin = begin or int(found.ts.min())
        end = int(found.ts.max()) + HOUR if end == FOREVER else end
    span = begin, min(end, second_of(settings.JIEYUE_HOME.today()))
    words, names = np.array(found.quality), np.unique(found.point)
    bounds = (np.searchsorted(found.point, names, side=side).tolist() for side in ("left", "right"))
    told = {point: words[first:end] for point, first, end in zip(names.tolist(), *bounds, strict=True)}
    expected = {point: hours for point, one in record_of().items() if (hours := hours_of_record(one, span))}
    levels = PointVersion.objects.as_of().on(settings.JIEYUE_HOME.today()).filter(kind=LEVEL)
    for point in levels.values_list("point_id", flat=True):
        expected.pop(point, None)
    work: dict[int, list[str]] = {}
    for row in PointWork.objects.filter(start__lt=span[1], end__gt=span[0]).order_by("start"):
        work.setdefault(row.point_id, []).append(row.kind)
    points = sorted(expected.keys() | told.keys())
    codes = codes_of(points)
    rows = []
    for point in points:
        mine = told.get(point, words[:0])
        hours = max(expected.get(point, 0), len(mine))
        share = {word: float((mine == word).sum()) / hours for word in _SHARES}
        missing = (hours - float((mine != "missing").sum())) / hours
        rows.append(
            QualityRow(
                codes[point], hours, share["measured"] + share["calculated"], share["estimated"], missing,
                share["suspect"], tuple(work.get(point, ())),
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True)
class Sending:
    """A packet that a program sent, and what became of it; the last three counts hold once it is folded."""

    number: int
    received: datetime
    rows: int
    rejected: int
    findings: list[dict[str, object]]
    folded: bool
    stored: int
    duplicate: int
    conflict: int


def sending(number: int, user: int) -> Sending | None:
    """A packet of the user's; None if there is none or it is another's."""
    row = Packet.objects.select_related("fold").filter(pk=number, user=user).first()
    if row is None:
        return None
    return Sending(
        row.pk, row.received, row.rows, row.rejected, row.findings, row.is_folded, row.stored, row.duplicate,
        row.conflict,
    )  # fmt: skip
