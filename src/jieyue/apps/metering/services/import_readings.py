"""Take in a file of readings: every good row into the lake once, in one fsynced commit for each part of the file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.metering.incoming import Rows, compare, rank_of, sorted_rows, table_of, without_closed
from jieyue.apps.metering.kept import kept_from, kept_said, month_said
from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.last_readings import keep_last
from jieyue.apps.metering.models import ReadingBatch
from jieyue.apps.metering.months import begin_of
from jieyue.apps.metering.points import known_of, numbers_of, virtual_among
from jieyue.apps.metering.readings_file import (
    CHUNK_ROWS,
    LATE_SECONDS,
    Chunk,
    Findings,
    chunks,
)
from jieyue.apps.metering.readings_profile import ReadingsProfile
from jieyue.apps.metering.readings_source import ReadingsFileError
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.metering.services.settle import settle
from jieyue.catalog.findings import make
from jieyue.domain.readings import Bools, Ints
from jieyue.store.failpoint import failpoint


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
        counts, findings, whole = _look(source, name, received, layout)
    except ReadingsFileError as error:
        finding = make("readings_file", reason=str(error))
        return ReadingsOutcome(ImportResult(0, 0, 0, 0, False, (finding,)), ())
    refused = any(finding.severity == "error" for finding in findings.made()) and not valid_rows_only
    if dry_run or refused:
        return ReadingsOutcome(counts.result(findings, applied=False), ())
    digest = _digest(source)
    stored = _Counts()
    told, batches, stopped = Findings(), [], False
    parts = [whole] if whole else (_Part.of(chunk, received) for chunk in chunks(source, name, layout))
    for part in parts:
        batch = _store(part, (name, digest, kind, received, actor), stored, told, strict=not valid_rows_only)
        stopped = batch is None
        if batch is None:  # parts before it stay; brought again, they are duplicates
            break
        batches.append(batch)
    return ReadingsOutcome(stored.result(told, applied=bool(batches) or not stopped), tuple(batches))


def _digest(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class _Part:
    """A part of a file: its rows that may be stored, and which of them the store has not got (as of its `version`).

    told: the findings before the rows were compared with the store.
    """

    chunk: Chunk
    rows: Rows
    told: Findings
    fresh: Bools
    version: int = -1

    @classmethod
    def of(cls, chunk: Chunk, received: datetime) -> "_Part":
        rows = _rows(chunk, received)
        return cls(chunk, rows, chunk.findings.copy(), np.zeros(len(rows.ts), dtype=bool))

    def compare(self) -> None:
        """With the store as it is now, unless that is what it was compared with."""
        version = prepared_lake().snapshot([READINGS]).tables[READINGS].version
        if version != self.version:
            self.chunk.findings.groups = self.told.copy().groups
            self.fresh = _new(self.rows, self.chunk.findings)
            self.version = version

    def shut(self, first: int | None) -> bool:
        """Whether rows are of months that were let go since they were checked; these are dropped and told."""
        self.rows, closed = without_closed(self.rows, first, self.told)
        if closed.any():
            self.version = -1
        return bool(closed.any())

    @property
    def same(self) -> int:
        """How many of the rows are in the file or the store already."""
        return len(self.fresh) - int(self.fresh.sum())


def _look(
    source: Path | bytes, name: str, received: datetime, profile: ReadingsProfile
) -> tuple[_Counts, Findings, _Part | None]:
    """Counts and findings; the part as it was read, if the file is a single one."""
    counts, findings, kept = _Counts(), Findings(), None
    for number, chunk in enumerate(chunks(source, name, profile)):
        part = _Part.of(chunk, received)
        part.compare()
        findings = chunk.findings
        counts.read += len(chunk)
        counts.duplicate += part.same
        counts.accepted += len(part.rows.ts) - part.same
        kept = part if number == 0 and len(chunk) < CHUNK_ROWS else None  # of a long file no part is kept
        del part, chunk
    return counts, findings, kept


def _rows(chunk: Chunk, received: datetime) -> Rows:
    """The rows that may be stored; what is wrong with the others is told to the chunk's findings."""
    ids = numbers_of({name for name in chunk.names if name})
    by_name = np.array([ids.get(name, -1) for name in chunk.names], dtype=np.int64)
    point = by_name[chunk.meter]
    number = chunk.row
    _tell_unknown(chunk, by_name, number)
    good = chunk.good & (point >= 0)
    if virtual := virtual_among(ids.values()):
        read = good & np.isin(point, sorted(virtual))
        _tell_by_meter("reading_virtual", chunk, read, number)
        good &= ~read
    ahead = good & (chunk.ts > int(received.timestamp()) + LATE_SECONDS)
    _tell_by_meter("reading_clock", chunk, ahead, number)
    good &= ~ahead
    if (first := kept_said()) is not None:
        closed = good & (chunk.ts < begin_of(first))
        _tell_by_meter("reading_closed", chunk, closed, number, since=month_said(first))
        good &= ~closed
    if chunk.kinds is not None:
        good &= ~_other_kind(chunk, point, good, number)
    point, channel, ts, value, revision, number = (
        column if good.all() else column[good]
        for column in (point, chunk.channel, chunk.ts, chunk.value, chunk.revision, number)
    )
    codes = {ids[name]: name for name in chunk.names if name in ids}
    return sorted_rows((point, channel, ts, value, revision, number), codes)


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


def _new(rows: Rows, findings: Findings) -> Bools:
    """Which rows are not in the file or the store already."""
    fresh, rivals = compare(rows)
    for point in np.unique(rows.point[rivals]).tolist():
        number = rows.number[rivals & (rows.point == point)]
        findings.add("reading_conflict", number, value=rows.codes[point], key_=f"m{point}")
    return fresh


_About = tuple[str, str, str, datetime, str]


def _store(part: _Part, about: _About, counts: _Counts, told: Findings, *, strict: bool) -> int | None:
    """Store one part: the batch with its entry of the log in one transaction, then its rows in one commit. strict:
    nothing of it (None) if the months of some rows were let go since they were checked."""
    name, digest, kind, received, actor = about
    lake, chunk = prepared_lake(), part.chunk
    with lake.lock.hold():  # nothing may come between the comparison and the storing
        settle(lake)
        shut = part.shut(kept_from(lake))
        part.compare()
        _count(part, counts, told)
        if shut and strict:
            return None
        fresh = part.fresh
        batch = ReadingBatch(
            name=Path(name).name[:200], sha256=digest, source=kind, rank=rank_of(kind), received=received, actor=actor,
            rows=len(chunk), stored=int(fresh.sum()),
            findings=[finding.as_dict() for finding in chunk.findings.made()][:200],
        )  # fmt: skip
        with transaction.atomic():
            batch.save()
            if batch.stored:
                ask_derive()
            record(
                "metering.import_readings", f"readings:{batch.pk}", actor=actor,
                data={"file": batch.name, "sha256": digest, "rows": batch.rows, "stored": batch.stored},
            )  # fmt: skip
        failpoint("readings.after_batch")
        if fresh.any():
            lake.append(READINGS, table_of(part.rows, fresh, batch.pk), txn=("ingest", batch.pk))
        failpoint("readings.after_lake")
        with transaction.atomic():
            ReadingBatch.objects.filter(pk=batch.pk).update(state=ReadingBatch.State.DONE)
            keep_last(part.rows, fresh, batch)
    return batch.pk


def _count(part: _Part, counts: _Counts, told: Findings) -> None:
    counts.read += len(part.chunk)
    counts.duplicate += part.same
    counts.accepted += int(part.fresh.sum())
    told.groups = part.chunk.findings.groups
