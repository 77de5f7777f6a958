"""One durable change of a table: files first, flushed; then the log entry, flushed; then the mark.

The caller holds the lake lock. A kill at any point leaves the state before or the state after.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jieyue.store.datafile import Encoded
from jieyue.store.errors import LakeError, disk_errors
from jieyue.store.failpoint import failpoint
from jieyue.store.log import HINT, Checkpoint, TableLog, entry_metadata
from jieyue.store.port import DataFile, Transaction
from jieyue.store.repair import make_durable

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
    from deltalake.transaction import AddAction

CHECKPOINT_EVERY: Final = 100
CREATE_LINES: Final = 3  # commitInfo, protocol, metaData
ADD_COLUMNS_LINES: Final = 2  # commitInfo, metaData
SET_PROPERTY_LINES: Final = 2  # commitInfo, metaData


@dataclass(frozen=True)
class Change:
    """What a commit does: files to remove, the transaction it carries, and whether the rows change.

    notes: more transactions that it carries, whose numbers say what the rows are made by and may rise or fall.
    new_rows: whether the added files hold rows that the removed ones had not.
    """

    removes: Sequence[DataFile] = ()
    txn: Transaction | None = None
    data_change: bool = True
    notes: Sequence[Transaction] = ()
    new_rows: bool = True


def no_hooks() -> "PostCommitHookProperties":
    """delta-rs writes no checkpoint and cleans no log by itself."""
    from deltalake import PostCommitHookProperties

    return PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def properties(
    log: TableLog, version: int, lines: int, txns: Sequence[Transaction] = ()
) -> "CommitProperties":
    """Commit properties with our chain and line count; no retries, since the lock leaves no rival."""
    from deltalake import CommitProperties
    from deltalake import Transaction as DeltaTransaction

    return CommitProperties(
        custom_metadata=entry_metadata(log, version, lines),
        max_commit_retries=0,
        app_transactions=[DeltaTransaction(*txn) for txn in txns] or None,
    )


def write_and_commit(
    log: TableLog, delta: "DeltaTable", encoded: Iterable[Encoded], *, label: str, change: Change
) -> None:
    """Write the files and commit them with the removals; on failure before the entry, leave nothing behind."""
    written: list[Path] = []
    version = delta.version() + 1
    with disk_errors(log.table, log.root):
        try:
            adds = [
                _write(log, item, f"{label}-{number}", written, change) for number, item in enumerate(encoded)
            ]
            failpoint("lake.after_parquet")
            for folder in {path.parent for path in written}:
                log.files.sync(folder)
            failpoint("lake.before_commit")
            _commit(log, delta, adds, change)
        except BaseException:
            if log.files.stat(log.entry_path(version)) is None:
                for path in written:
                    log.files.remove(path)
            raise
        failpoint("lake.after_commit")
        finish(log, version)


def finish(log: TableLog, version: int) -> None:
    """Flush a new entry, renew the mark, and write a checkpoint when one is due."""
    with disk_errors(log.table, log.folder):
        mark = log.read_mark()
        known = mark.checkpoint if mark else None
        make_durable(log, version, known)
        failpoint("lake.after_fsync")
    if version - (known.version if known else 0) >= CHECKPOINT_EVERY:
        write_checkpoint(log, version)


def write_checkpoint(log: TableLog, version: int) -> None:
    """Write and flush a checkpoint of the newest version; failing is no harm, the entries are all there."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    name = log.checkpoint_name(version)
    try:
        failpoint("lake.before_checkpoint")
        DeltaTable(str(log.root)).create_checkpoint()
        failpoint("lake.after_checkpoint")
        log.files.sync(log.folder / name)
        log.files.sync(log.folder / HINT)
        failpoint("lake.after_checkpoint_fsync")
        make_durable(log, version, Checkpoint(version, log.files.sha256(log.folder / name)))
    except (DeltaError, LakeError, OSError):
        log.files.remove(log.folder / HINT)
        log.files.remove(log.folder / name)


def _write(log: TableLog, item: Encoded, label: str, written: list[Path], change: Change) -> "AddAction":
    from deltalake.transaction import AddAction

    name = f"{item.folder}{label}-{item.digest}.parquet"
    path = log.root / name
    log.files.make_folder(path.parent, log.root)
    with disk_errors(log.table, path):
        log.files.write_new(path, memoryview(item.data))
    written.append(path)
    return AddAction(
        path=name,
        size=item.data.size,
        partition_values=dict(item.partition),
        modification_time=time.time_ns() // 1_000_000,
        data_change=change.data_change and change.new_rows,
        stats=json.dumps(item.stats()),
    )


def _commit(log: TableLog, delta: "DeltaTable", adds: "list[AddAction]", change: Change) -> None:
    from deltalake.transaction import RemoveAction

    now = time.time_ns() // 1_000_000
    removes: list[Any] = [
        RemoveAction(file.name, change.data_change, now, file.size, dict(file.partition))
        for file in change.removes
    ]
    txns = [*([change.txn] if change.txn else []), *change.notes]
    lines = 1 + len(adds) + len(removes) + len(txns)
    delta.create_write_transaction(
        [*adds, *removes],
        "append",
        delta.schema(),
        partition_by=delta.metadata().partition_columns,
        commit_properties=properties(log, delta.version() + 1, lines, txns),
        post_commithook_properties=no_hooks(),
    )


def fields_of(schema: "pa.Schema") -> list[Any]:
    """Delta fields of an Arrow schema."""
    from deltalake import Schema

    return list(Schema.from_arrow(schema).fields)
