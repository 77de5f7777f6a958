"""Fold the write-ahead log into the lake: what was acknowledged is there once, then its segment goes.

A fold is one batch: its packets, counts and entry of the action log in one office transaction, its rows in one fsynced
commit with the batch's number, by which a later start knows whether they are in. Only after that a segment is removed.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db import IntegrityError, transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.incoming import (
    Rows,
    compare,
    rank_of,
    rows_where,
    sorted_rows,
    table_of,
    without_closed,
)
from jieyue.apps.metering.kept import kept_from
from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.last_readings import keep_last
from jieyue.apps.metering.models import Packet, ReadingBatch
from jieyue.apps.metering.packets import COLUMNS, columns_of, packet_of
from jieyue.apps.metering.points import codes_of
from jieyue.apps.metering.readings_file import Findings
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.metering.services.settle import settle
from jieyue.apps.metering.services.take_packet import KEPT, keep
from jieyue.apps.metering.write_ahead import log_reader
from jieyue.domain.readings import Bools, Ints
from jieyue.store import DeltaLake
from jieyue.store.errors import LakeCorrupt
from jieyue.store.failpoint import failpoint
from jieyue.store.log_reader import LogReader, Segment
from jieyue.store.log_record import Entry
from jieyue.store.write_log import Place

#: Readings of one commit.
ROWS = 1_000_000
_TOLD = ("fold", "stored", "duplicate", "conflict", "rejected", "findings")
_ROW_BYTES = 8 * COLUMNS


@dataclass(frozen=True)
class Folded:
    """What went into the lake: packets, readings in them, how many of these were new."""

    packets: int = 0
    rows: int = 0
    stored: int = 0


@dataclass(frozen=True)
class _Item:
    """An entry of the log, and where it stands."""

    place: Place
    entry: Entry


def fold_packets() -> Folded:
    """Fold all that the logs hold; nothing if another process does so now. Raises LakeCorrupt, after all else is
    stored, if a segment has damaged bytes."""
    reader = log_reader()
    done, damaged = Folded(), []
    with reader.alone() as mine:
        if not mine or not reader.owners():
            return done
        lake = prepared_lake()
        for segments, items in _groups(reader):
            with lake.lock.hold():
                settle(lake)
                waiting = _waiting(items)
                if waiting:
                    done = _plus(done, _store(lake, waiting))
            failpoint("fold.before_drop")
            damaged += [one for one in segments if one.found.damages]
            for segment in segments:
                if segment.whole:
                    reader.drop(segment)
    if damaged:
        raise _damage(damaged)
    return done


def _groups(reader: LogReader) -> Iterator[tuple[list[Segment], list[_Item]]]:
    """Segments whose readings are about one commit, with their entries."""
    segments: list[Segment] = []
    items: list[_Item] = []
    rows = 0
    for segment in reader.segments():
        segments.append(segment)
        for one in segment.found.records:
            items.append(_Item(Place(segment.name, one.offset), one.entry))
            rows += len(items[-1].entry.payload) // _ROW_BYTES
        if rows >= ROWS:
            yield segments, items
            segments, items, rows = [], [], 0
    if segments:
        yield segments, items


def _waiting(items: Sequence[_Item]) -> list[tuple[Packet, Entry]]:
    """Packets that are not in the lake. One that the office does not know was never answered; it is taken all the same,
    unless its key stands for another that was."""
    known: dict[tuple[str, int], Packet] = {}
    for segment in {item.place.segment for item in items}:
        for row in Packet.objects.filter(segment=segment).defer("findings"):
            known[segment, row.offset] = row
    waiting = []
    for item in items:
        packet = known.get((item.place.segment, item.place.offset)) or _kept(item)
        if packet is not None and packet.fold_id is None:
            waiting.append((packet, item.entry))
    return waiting


def _kept(item: _Item) -> Packet | None:
    """The office's row of an entry that had none a moment ago; None if its key stands for another."""
    packet = packet_of(item.entry, item.place)
    try:
        with transaction.atomic():
            keep(packet)
    except IntegrityError:  # its sender was faster, or another had the key first
        return Packet.objects.filter(segment=item.place.segment, offset=item.place.offset).first()
    return packet


def _store(lake: DeltaLake, waiting: Sequence[tuple[Packet, Entry]]) -> Folded:
    """One batch of these packets: the office first, then the lake. The caller holds the lake's lock."""
    packets = [packet for packet, _entry in waiting]
    parts = [columns_of(entry) for _packet, entry in waiting]
    number = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    columns = np.concatenate(parts, axis=1)
    codes = codes_of(np.unique(columns[0]).tolist())
    rows = sorted_rows([*columns, number], codes)
    rows = _without_closed(lake, packets, rows)
    fresh, rivals = compare(rows)
    batch = _batch(packets, rows, fresh, rivals)
    with transaction.atomic():
        batch.save()
        _tell(packets, batch, rows.number, fresh, rivals)
        if batch.stored:
            ask_derive()
        record(
            "metering.fold", f"readings:{batch.pk}", actor=batch.actor,
            data={"packets": len(packets), "rows": batch.rows, "stored": batch.stored, "sha256": batch.sha256},
        )  # fmt: skip
    failpoint("fold.after_office")
    if fresh.any():
        lake.append(READINGS, table_of(rows, fresh, batch.pk), txn=("ingest", batch.pk))
    failpoint("fold.after_lake")
    with transaction.atomic():
        ReadingBatch.objects.filter(pk=batch.pk).update(state=ReadingBatch.State.DONE)
        keep_last(rows, fresh, batch)
    return Folded(len(packets), batch.rows, batch.stored)


def _without_closed(lake: DeltaLake, packets: Sequence[Packet], rows: Rows) -> Rows:
    """Without the readings of months that were let go since their packets were checked: each packet counts them as
    rejected and says why."""
    first, every = kept_from(lake), rows
    rows, closed = without_closed(every, first, Findings())
    for place in np.unique(every.number[closed]).tolist():
        packet, mine, findings = packets[place], every.number == place, Findings()
        own = rows_where(every, mine)
        without_closed(replace(own, number=np.ones_like(own.number)), first, findings)
        packet.rejected += int((closed & mine).sum())
        packet.findings = [*packet.findings, *(one.as_dict() for one in findings.made())][:KEPT]
    return rows


def _batch(packets: Sequence[Packet], rows: Rows, fresh: Bools, rivals: Bools) -> ReadingBatch:
    findings = Findings()
    for point in np.unique(rows.point[rivals]).tolist():
        mine = rivals & (rows.point == point)
        findings.add("reading_conflict", rows.number[mine] + 1, value=rows.codes[point], key_=f"m{point}")
    digest = hashlib.sha256("".join(packet.digest for packet in packets).encode()).hexdigest()
    return ReadingBatch(
        name=f"{packets[0].segment} +{len(packets)}", sha256=digest, source="live", rank=rank_of("live"),
        received=max(packet.received for packet in packets), actor="worker", rows=len(rows.ts),
        stored=int(fresh.sum()), findings=[finding.as_dict() for finding in findings.made()][:200],
    )  # fmt: skip


def _tell(packets: Sequence[Packet], batch: ReadingBatch, number: Ints, fresh: Bools, rivals: Bools) -> None:
    """Each packet's own counts."""
    stored, duplicate, conflict = (
        np.bincount(number[mask], minlength=len(packets)).tolist() for mask in (fresh, ~fresh, rivals & fresh)
    )
    for place, packet in enumerate(packets):
        packet.fold = batch
        packet.stored, packet.duplicate, packet.conflict = stored[place], duplicate[place], conflict[place]
    Packet.objects.bulk_update(packets, [*_TOLD], batch_size=200)


def _plus(one: Folded, other: Folded) -> Folded:
    return Folded(one.packets + other.packets, one.rows + other.rows, one.stored + other.stored)


def _damage(segments: Sequence[Segment]) -> LakeCorrupt:
    """Names the segments and the bytes; what stands beside them is in the lake."""
    said = "; ".join(
        f"{one.name} [{hurt.offset}–{hurt.until})" for one in segments for hurt in one.found.damages
    )
    return LakeCorrupt(
        f"写前日志有损坏的字节：{said}；其余读数已存入，损坏的段保留在 log/.aside/。请检查磁盘，并请采集程序重发该时段",
        f"the write-ahead log has damaged bytes: {said}; all other readings are stored, the segments are kept in "
        f"log/.aside/. Check the disk, and let the collector send that time again",
        file=segments[0].path,
    )
