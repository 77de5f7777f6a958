"""Publish: the one way from office rows to lake rows (docs/explanation/spine.md, "The data's way", step 3).

Under the lake lock: finish what is pending; one office transaction writes the rows with the new number, the
action log entry and Publication(pending); then each registered table is appended with the application transaction
('publish', seq); then the publication is done. A crash anywhere leaves either nothing (before the office commit)
or a pending publication, which the next publish, start-up or the worker finishes; the tables' own transactions
tell what is already in.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.signer import LogKeyError
from jieyue.apps.publication import tables as lake_tables
from jieyue.apps.publication.digest import digest_tables
from jieyue.apps.publication.lake import APPLICATION, open_lake, prepare_table
from jieyue.apps.publication.models import Publication
from jieyue.store import DeltaLake
from jieyue.store.failpoint import failpoint

log = logging.getLogger(__name__)

Write = Callable[[int], Mapping[str, pa.Table] | None]
Summary = Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None


class PublicationPendingError(RuntimeError):
    """The office holds the change, the lake could not take it; it is finished by the next start or publish."""

    def __init__(self, seq: int) -> None:
        self.zh = f"第 {seq} 次发布已存入办公库，但尚未写入数据湖；排除故障后会自动完成"
        self.en = (
            f"publication {seq} is stored, but the lake could not take it yet; it finishes by itself once the cause "
            f"is gone"
        )
        super().__init__(f"{self.zh} / {self.en}")
        self.seq = seq


class PublicationDamagedError(RuntimeError):
    """The rows derived again differ from those that were committed: the office was changed behind the log."""

    def __init__(self, seq: int) -> None:
        self.zh = f"第 {seq} 次发布的数据与登记的摘要不符；请从备份恢复办公库"
        self.en = f"the rows of publication {seq} do not match its digest; restore the office from a backup"
        super().__init__(f"{self.zh} / {self.en}")
        self.seq = seq


def publish(
    kind: str,
    *,
    actor: str,
    write: Write,
    obj: str = "",
    reason: str = "",
    summary: Summary = None,
    before: Mapping[str, Any] | str | None = None,
    on_behalf: str = "",
) -> Publication:
    """Store and publish one change; returns the finished publication.

    kind: the verb (`registry.merge`), also the log entry's. obj: `kind:id` of what it is about, by default the
    publication. write(seq) stores the office rows with that number; it may return Arrow tables it has already,
    otherwise the registered provider derives them. summary: data for the log entry, or a function asked after
    `write`; its key `after`, if given, is the object's new state and goes into the entry's digest.
    Raises what `write` raises, with nothing changed; PublicationPendingError if only the lake failed.
    """
    if connection.in_atomic_block:
        raise RuntimeError(f"publish({kind!r}) makes its own transaction and cannot stand inside another")
    lake = open_lake()
    with lake.lock.hold():
        _finish_pending(lake)
        failpoint("publish.before_office")
        with transaction.atomic():
            seq = 1 + (Publication.objects.aggregate(seq=Max("seq"))["seq"] or 0)
            given = write(seq) or {}
            rows = _rows_of(seq, given)
            data = dict(summary() if callable(summary) else summary or {})
            after = data.pop("after", None)
            digest = digest_tables(rows)
            entry = record(
                kind,
                obj or f"publication:{seq}",
                actor=actor,
                on_behalf=on_behalf,
                before=before,
                after=after if after is not None else digest,
                reason=reason,
                data={**data, "seq": seq, "digest": digest},
            )
            publication = Publication.objects.create(
                seq=seq,
                kind=kind,
                digest=digest,
                state=Publication.State.PENDING,
                at=timezone.now(),
                actor=actor,
                log=entry,
            )
            failpoint("publish.in_office")
        failpoint("publish.after_office")
        _into_lake(lake, publication, rows)
    _seal_log(seq)
    return publication


def _seal_log(seq: int) -> None:
    """Number and sign the log up to this publication; what cannot be done now is done with the next one."""
    try:
        checkpoint()
    except (DatabaseError, OSError, LogKeyError) as error:
        log.warning("no checkpoint of the log after publication %s: %s", seq, error)


def finish_pending() -> list[int]:
    """Finish what a crash left; the numbers that were finished. For start-up and the worker."""
    if not Publication.objects.filter(state=Publication.State.PENDING).exists():
        return []
    lake = open_lake()
    with lake.lock.hold():
        return _finish_pending(lake)


def ensure_tables() -> None:
    """Make every registered lake table, so that readers find it before the first row."""
    lake = open_lake()
    with lake.lock.hold():
        for table in lake_tables.registered():
            prepare_table(lake, table)


def _finish_pending(lake: DeltaLake) -> list[int]:
    finished = []
    for publication in Publication.objects.filter(state=Publication.State.PENDING).order_by("seq"):
        with transaction.atomic():  # one view of the rows
            rows = _rows_of(publication.seq, {})
        if digest_tables(rows) != publication.digest:
            raise PublicationDamagedError(publication.seq)
        _into_lake(lake, publication, rows)
        finished.append(publication.seq)
        log.warning("finished publication %s, which an unclean stop had left", publication.seq)
    return finished


def _rows_of(seq: int, given: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The rows of every registered table: those the writer has, else derived; in the table's own column order."""
    rows = {}
    for table in lake_tables.registered():
        derived = given[table.name] if table.name in given else table.rows(seq)
        if derived is not None and derived.num_rows:
            rows[table.name] = derived
    if unknown := sorted(set(given) - {table.name for table in lake_tables.registered()}):
        raise ValueError(f"rows for unregistered lake tables: {', '.join(unknown)}")
    return rows


def _into_lake(lake: DeltaLake, publication: Publication, rows: Mapping[str, pa.Table]) -> None:
    seq = publication.seq
    try:
        for table in lake_tables.registered():
            if table.name not in rows:
                continue
            prepare_table(lake, table)
            failpoint("publish.before_append")
            # Does nothing where this transaction is in already, from before a crash.
            lake.append(table.name, rows[table.name], txn=(APPLICATION, seq))
            failpoint("publish.after_append")
        failpoint("publish.before_done")
        publication.state = Publication.State.DONE
        publication.save(update_fields=["state"])
    except Exception as error:
        raise PublicationPendingError(seq) from error
    failpoint("publish.after_done")
