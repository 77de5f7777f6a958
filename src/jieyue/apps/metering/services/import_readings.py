"""Take in a file of readings: every good row into the lake once, in one fsynced commit for each part of the file."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.metering.lake import READINGS, prepared_lake, readings_schema
from jieyue.apps.metering.models import ReadingBatch
from jieyue.apps.metering.months import months_of
from jieyue.apps.metering.points import known_of, numbers_of
from jieyue.apps.metering.readings_file import LATE_SECONDS, Chunk, Findings, ReadingsFileError, chunks
from jieyue.apps.metering.readings_profile import ReadingsProfile
from jieyue.catalog.findings import make
from jieyue.domain.readings import Bools, Ints
from jieyue.store import DeltaLake, arrays
from jieyue.store.failpoint import failpoint

#: Source → rank; the higher one stands. A correction beats a file, a file beats what a collector sends.
RANKS = {"correction": 2, "file": 1, "live": 0, "backlog": 0}
_CHANNEL_BITS, _TS_BITS = 3, 40


@dataclass(frozen=True)
class ReadingsOutcome:
    """The counts, and the batches that were stored."""

    result: ImportResult
    batches: tuple[int, ...]


@dataclass
class _Counts:
    read: int = 0
    accepted: int = 0
    duplicate: int = 0

    def result(self, findings: Findings, *, applied: bool) -> ImportResult:
        rejected = self.read - self.accepted - self.duplicate
        return ImportResult(
            self.read, self.accepted, self.duplicate, rejected, applied, tuple(findings.made())
        )


def import_readings(
    source: Path | bytes,
    name: str,
    *,
    actor: str,
    kind: str = "file",
    as_of: datetime | None = None,
    profile: ReadingsProfile | None = None,
    dry_run: bool = False,
    valid_rows_only: bool = False,
) -> ReadingsOutcome:
    """Read a file and, unless it is a dry run or refused, store its readings.

    kind: `file` or `correction`. as_of: when the readings were received, by which their clocks are judged; now by
    default. profile: how a foreign file is laid out. What the store has already is a duplicate; another value for the
    same instant is kept beside it and told.
    A file of more than 8 million rows goes in by parts; brought again after an interruption, the first parts are
    duplicates.
    """
    received = as_of or timezone.now()
    try:
        layout = profile or ReadingsProfile()
        counts, findings = _look(source, name, received, layout)
    except ReadingsFileError as error:
        finding = make("readings_file", reason=str(error))
        return ReadingsOutcome(ImportResult(0, 0, 0, 0, False, (finding,)), ())
    refused = any(finding.severity == "error" for finding in findings.made()) and not valid_rows_only
    if dry_run or refused:
        return ReadingsOutcome(counts.result(findings, applied=False), ())
    digest = _digest(source)
    stored = _Counts()
    told, batches = Findings(), []
    for chunk in chunks(source, name, layout):
        batches.append(_store(chunk, (name, digest, kind, received, actor), stored, told))
    return ReadingsOutcome(stored.result(told, applied=True), tuple(batches))


def _digest(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look(
    source: Path | bytes, name: str, received: datetime, profile: ReadingsProfile
) -> tuple[_Counts, Findings]:
    counts, findings = _Counts(), Findings()
    for chunk in chunks(source, name, profile):
        rows = _rows(chunk, received)
        findings = chunk.findings
        counts.read += len(chunk)
        _kept, same = _new(rows, findings)
        counts.duplicate += same
        counts.accepted += len(rows.ts) - same
    return counts, findings


@dataclass
class _Rows:
    """The good rows, ascending by point, channel and instant. number: of each in the file."""

    point: Ints
    channel: Ints
    ts: Ints
    value: Ints
    revision: Ints
    month: Ints
    number: Ints
    codes: Mapping[int, str]


def _rows(chunk: Chunk, received: datetime) -> _Rows:
    """The rows that may be stored; what is wrong with the others is told to the chunk's findings."""
    ids = numbers_of({name for name in chunk.names if name})
    by_name = np.array([ids.get(name, -1) for name in chunk.names], dtype=np.int64)
    point = by_name[chunk.meter]
    number = chunk.row
    _tell_unknown(chunk, by_name, number)
    good = chunk.good & (point >= 0)
    ahead = good & (chunk.ts > int(received.timestamp()) + LATE_SECONDS)
    _tell_by_meter("reading_clock", chunk, ahead, number)
    good &= ~ahead
    if chunk.kinds is not None:
        good &= ~_other_kind(chunk, point, good, number)
    point, channel, ts, value, revision, number = (
        column if good.all() else column[good]
        for column in (point, chunk.channel, chunk.ts, chunk.value, chunk.revision, number)
    )
    codes = {ids[name]: name for name in chunk.names if name in ids}
    if not _rises(point, channel, ts):
        order = np.lexsort((value, revision, ts, channel, point))
        point, channel, ts, value, revision, number = (
            column[order] for column in (point, channel, ts, value, revision, number)
        )
    return _Rows(point, channel, ts, value, revision, months_of(ts), number, codes)


def _rises(point: Ints, channel: Ints, ts: Ints) -> bool:
    later = point[1:] > point[:-1]
    same = point[1:] == point[:-1]
    later |= same & (channel[1:] > channel[:-1])
    later |= same & (channel[1:] == channel[:-1]) & (ts[1:] > ts[:-1])
    return bool(later.all())


def _tell_unknown(chunk: Chunk, by_name: Ints, number: Ints) -> None:
    for index in np.flatnonzero(by_name < 0).tolist():
        rows = number[chunk.meter == index]
        chunk.findings.add(
            "reading_unknown_meter", rows, value=chunk.names[index][:60], key_=f"m{chunk.names[index]}"
        )


def _tell_by_meter(code: str, chunk: Chunk, where: Bools, number: Ints, **data: object) -> None:
    for index in np.unique(chunk.meter[where]).tolist():
        rows = number[where & (chunk.meter == index)]
        chunk.findings.add(code, rows, value=chunk.names[index][:60], key_=f"m{chunk.names[index]}", **data)


def _other_kind(chunk: Chunk, point: Ints, good: Bools, number: Ints) -> Bools:
    """Rows whose kind is not that of their meter."""
    assert chunk.kinds is not None
    known = known_of(set(point[good].tolist()))
    wrong = np.zeros(len(chunk), dtype=bool)
    for n, said in enumerate(chunk.kinds):
        if said and good[n] and said.strip().lower() != known[int(point[n])].version.kind:
            wrong[n] = True
    for index in np.unique(chunk.meter[wrong]).tolist():
        rows = np.flatnonzero(wrong & (chunk.meter == index))
        stored = known[int(point[rows[0]])].version.kind
        chunk.findings.add(
            "reading_kind", number[rows], value=chunk.names[index], key_=f"m{chunk.names[index]}", stored=stored,
            read=str(chunk.kinds[int(rows[0])]),
        )  # fmt: skip
    return wrong


def _new(rows: _Rows, findings: Findings) -> tuple[Bools, int]:
    """(which rows are not in the file or the store already, how many are)."""
    key = _key(rows.point, rows.channel, rows.ts)
    fresh = np.ones(len(key), dtype=bool)
    same_instant = key[1:] == key[:-1]
    same = same_instant & (rows.value[1:] == rows.value[:-1]) & (rows.revision[1:] == rows.revision[:-1])
    fresh[1:] &= ~same
    rivals = np.zeros(len(key), dtype=bool)
    rivals[1:] = same_instant & ~same & (rows.revision[1:] == rows.revision[:-1])
    stored = _stored(rows)
    if stored is not None:
        again, other = _compared(rows, key, stored)
        fresh &= ~again
        rivals |= other & fresh
    for point in np.unique(rows.point[rivals]).tolist():
        number = rows.number[rivals & (rows.point == point)]
        findings.add("reading_conflict", number, value=rows.codes[point], key_=f"m{point}")
    return fresh, int((~fresh).sum())


_Stored = tuple[Ints, Ints, Ints]


def _key(point: Ints, channel: Ints, ts: Ints) -> Ints:
    """One number for point, channel and instant: the serial of the point fits beside them in 63 bits."""
    base = int(point.min()) if len(point) else 0
    spread = int(point.max()) - base if len(point) else 0
    if spread < 2 ** (63 - _CHANNEL_BITS - _TS_BITS):
        return ((point - base) << (_CHANNEL_BITS + _TS_BITS)) | (channel << _TS_BITS) | ts
    _points, dense = np.unique(point, return_inverse=True)
    return (dense << (_CHANNEL_BITS + _TS_BITS)) | (channel << _TS_BITS) | ts


def _stored(rows: _Rows) -> _Stored | None:
    """(key, value, revision) of what the store has of these points between these instants, ascending."""
    lake = prepared_lake()
    if not len(rows.ts):
        return None
    low, high = int(rows.point.min()), int(rows.point.max())
    first, last = int(rows.ts.min()), int(rows.ts.max())
    months = {str(month) for month in np.unique(rows.month).tolist()}
    files = [
        file
        for file in lake.snapshot([READINGS]).tables[READINGS].files
        if file.partition["ym"] in months
        and file.minimum.get("point", low) <= high
        and file.maximum.get("point", high) >= low
        and file.minimum.get("ts", first) <= last
        and file.maximum.get("ts", last) >= first
    ]
    if not files:
        return None
    found = lake.read(
        READINGS, ["point", "channel", "ts", "value", "revision"], files=files,
        spans={"point": (low, high), "ts": (first, last)},
    )  # fmt: skip
    point, channel, ts, revision = (
        arrays.whole(found[name]) for name in ("point", "channel", "ts", "revision")
    )
    value, _there = arrays.quantities(found["value"], len(ts))
    near = (
        (point >= low)
        & (point <= high)
        & (ts >= first)
        & (ts <= last)
        & np.isin(point, np.unique(rows.point))
    )
    point, channel, ts, value, revision = (one[near] for one in (point, channel, ts, value, revision))
    if not len(ts):
        return None
    key = _key(np.concatenate((rows.point, point)), np.concatenate((rows.channel, channel)),
               np.concatenate((rows.ts, ts)))[len(rows.ts) :]  # fmt: skip
    order = np.argsort(key, kind="stable")
    return key[order], value[order], revision[order]


def _compared(rows: _Rows, key: Ints, stored: _Stored) -> tuple[Bools, Bools]:
    """(rows that are stored as they are, rows with another value stored for their instant)."""
    own = _key(rows.point, rows.channel, rows.ts) if key is None else key
    known, value, revision = stored
    place = np.searchsorted(known, own)
    again, other = np.zeros(len(own), dtype=bool), np.zeros(len(own), dtype=bool)
    for step in range(4):
        at = np.minimum(place + step, len(known) - 1)
        there = (place + step < len(known)) & (known[at] == own)
        if not there.any():
            break
        same = there & (revision[at] == rows.revision)
        again |= same & (value[at] == rows.value)
        other |= same & (value[at] != rows.value)
    return again, other


_About = tuple[str, str, str, datetime, str]


def _store(chunk: Chunk, about: _About, counts: _Counts, told: Findings) -> int:
    """Store one part: the batch with its entry of the log in one transaction, then its rows in one commit."""
    name, digest, kind, received, actor = about
    lake = prepared_lake()
    with lake.lock.hold():  # nothing may come between the comparison and the storing
        settle(lake)
        rows = _rows(chunk, received)
        fresh, same = _new(rows, chunk.findings)
        batch = ReadingBatch(
            name=Path(name).name[:200], sha256=digest, source=kind, rank=RANKS[kind], received=received, actor=actor,
            rows=len(chunk), stored=int(fresh.sum()),
            findings=[finding.as_dict() for finding in chunk.findings.made()][:200],
        )  # fmt: skip
        with transaction.atomic():
            batch.save()
            record(
                "metering.import_readings", f"readings:{batch.pk}", actor=actor,
                data={"file": batch.name, "sha256": digest, "rows": batch.rows, "stored": batch.stored},
            )  # fmt: skip
        failpoint("readings.after_batch")
        if fresh.any():
            lake.append(READINGS, _table(rows, fresh, batch.pk), txn=("ingest", batch.pk))
        failpoint("readings.after_lake")
        ReadingBatch.objects.filter(pk=batch.pk).update(state=ReadingBatch.State.DONE)
    counts.read += len(chunk)
    counts.duplicate += same
    counts.accepted += int(fresh.sum())
    told.groups = chunk.findings.groups
    return batch.pk


def settle(lake: DeltaLake) -> None:
    """Say of batches that an unclean stop left whether their rows are in the lake. The caller holds its lock."""
    pending = ReadingBatch.objects.filter(state=ReadingBatch.State.PENDING).order_by("pk")
    if not pending.exists():
        return
    last = lake.last_txn(READINGS, "ingest") or 0
    for batch in pending:
        there = batch.pk <= last or not batch.stored
        batch.state = ReadingBatch.State.DONE if there else ReadingBatch.State.LOST
        with transaction.atomic():
            batch.save(update_fields=["state"])
            if not there:
                record(
                    "metering.lost_readings",
                    f"readings:{batch.pk}",
                    actor=batch.actor,
                    data={"file": batch.name},
                )


def _table(rows: _Rows, fresh: Bools, batch: int) -> pa.Table:
    every = bool(fresh.all())
    columns = {name: getattr(rows, name) for name in ("month", "point", "channel", "ts", "value", "revision")}
    if not every:
        columns = {name: column[fresh] for name, column in columns.items()}
    count = len(columns["ts"])
    there = np.ones(count, dtype=bool)
    made = [
        pa.array(columns["month"].astype(np.int32)),
        pa.array(columns["point"]),
        pa.array(columns["channel"].astype(np.int32)),
        pa.array(columns["ts"]),
        arrays.decimals(columns["value"], there),
        pa.array(columns["revision"].astype(np.int32)),
        pa.array(np.full(count, batch, dtype=np.int64)),
    ]
    return pa.Table.from_arrays(made, schema=readings_schema())
