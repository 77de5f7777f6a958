"""What a table holds now: its log folded (by hand, see fold.py, or by delta-rs) into a schema and a list of files."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jieyue.store.errors import LakeCorrupt, LakeSchemaError, corrupt_file
from jieyue.store.files import LocalFiles, Stat
from jieyue.store.fold import fold
from jieyue.store.lock import LakeLock
from jieyue.store.log import TableLog, broken_link
from jieyue.store.port import DataFile, Snapshot, TableSnapshot
from jieyue.store.repair import Repair, repair, settle

if TYPE_CHECKING:
    from deltalake import DeltaTable


class TableStates:
    """Snapshots of the tables of one lake folder, each refreshed when its log has grown."""

    def __init__(self, root: Path, files: LocalFiles, lock: LakeLock) -> None:
        self.root = root
        self.repairs: list[Repair] = []
        self._files = files
        self._lock = lock
        self._guard = threading.Lock()
        self._cached: dict[str, tuple[TableSnapshot, Stat | None]] = {}
        self._handles: dict[str, DeltaTable] = {}
        self._settled: set[str] = set()
        self._chained: dict[str, int] = {}

    def log(self, name: str) -> TableLog:
        """The table's log, whether it exists or not."""
        return TableLog(self.root, name, self._files)

    def names(self) -> list[str]:
        """Tables that exist, sorted."""
        folders = [name for name in self._files.names(self.root) if not name.startswith(".")]
        return [name for name in folders if self.exists(name)]

    def exists(self, name: str) -> bool:
        """Whether the table has a log, after mending it if it must be."""
        if name in self._cached:
            return True  # a table never goes; its log may be long to list
        log = self.log(name)
        if not log.folder.is_dir():
            return False
        self._settle_once(log)
        return bool(log.versions())

    def snapshot(self, names: Sequence[str] | None = None) -> Snapshot:
        """Pin the given tables (default all)."""
        return Snapshot({name: self.table(name) for name in (self.names() if names is None else names)})

    def table(self, name: str) -> TableSnapshot:
        """The table as it is now. Raises LakeSchemaError if there is none, LakeCorrupt if it cannot be read."""
        log, cached = self.log(name), self._cached.get(name)
        if cached is not None and self._is_current(log, *cached):
            return cached[0]
        found = fold(log) if self.exists(name) else None
        if found is not None:
            return self._keep(log, found)
        return self._fold(log, self.open(name))

    def handle(self, name: str) -> "DeltaTable":
        """A delta-rs handle of the table as it is now: the one that its state was read from, if nothing came since."""
        return self._handle(name, self.table(name))

    def _handle(self, name: str, found: TableSnapshot) -> "DeltaTable":
        with self._guard:
            kept = self._handles.get(name)
        if kept is None or kept.version() != found.version:
            kept = self.open(name)
            with self._guard:
                self._handles[name] = kept
        return kept

    def open(self, name: str) -> "DeltaTable":
        """A fresh delta-rs handle; a log that cannot be read is mended once before giving up."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        log = self.log(name)
        if not self.exists(name):
            raise LakeSchemaError(f"数据湖中没有表 {name}", f"the lake has no table {name}", table=name)
        try:
            return DeltaTable(str(log.root))
        except (DeltaError, OSError, ValueError) as first:
            with self._lock.hold():
                self.repairs.extend(repair(log))
            try:
                return DeltaTable(str(log.root))
            except (DeltaError, OSError, ValueError):
                raise LakeCorrupt(
                    f"数据湖表 {name} 的日志无法读取：{first}；请从备份恢复 {log.folder}",
                    f"the log of lake table {name} cannot be read: {first}; restore {log.folder} from a backup",
                    table=name,
                    file=log.folder,
                ) from first

    def open_for_change(self, name: str) -> "tuple[DeltaTable, TableSnapshot]":
        """A handle as of now and its state for a writer that holds the lock.

        Whatever an earlier commit left unflushed is flushed first, so that "already in" means on the disk.
        """
        log = self.log(name)
        self.repairs.extend(repair(log))
        self._settled.add(name)
        found = self.table(name)
        return self._handle(name, found), found

    def _fold(self, log: TableLog, delta: "DeltaTable") -> TableSnapshot:
        """Schema and files of a handle, checked against the chain and kept for the next readers."""
        found = read_state(log.table, self.root, delta)
        with self._guard:  # never held while waiting for the lake lock
            self._check_chain(log, found.version)
            self._cached[log.table] = (found, self._files.stat(log.entry_path(found.version)))
            self._handles[log.table] = delta
        return found

    def _keep(self, log: TableLog, found: TableSnapshot) -> TableSnapshot:
        with self._guard:
            self._chained[log.table] = found.version
            self._cached[log.table] = (found, self._files.stat(log.entry_path(found.version)))
            self._handles.pop(log.table, None)  # of another state, though a restored log may be as long
        return found

    def _settle_once(self, log: TableLog) -> None:
        if log.table not in self._settled:
            self.repairs.extend(settle(log, self._lock))
            self._settled.add(log.table)

    def _is_current(self, log: TableLog, found: TableSnapshot, entry: Stat | None) -> bool:
        return (
            self._files.stat(log.entry_path(found.version + 1)) is None
            and self._files.stat(log.entry_path(found.version)) == entry
        )

    def _check_chain(self, log: TableLog, version: int) -> None:
        """Check the digests of the log entries that delta-rs has folded, once per process."""
        checkpoints = [number for number in log.checkpoints().values() if number <= version]
        first = max(checkpoints) + 1 if checkpoints else 0
        first = max(first, min(self._chained.get(log.table, 0), version))
        broken = broken_link(log.entries(first, version))
        if broken is not None:
            raise corrupt_file(
                log.table,
                log.entry_path(broken),
                "与日志链中的摘要不符",
                "does not match the log's chain of digests",
            )
        self._chained[log.table] = version


def read_state(name: str, root: Path, delta: "DeltaTable") -> TableSnapshot:
    """Schema and files from a delta-rs handle."""
    import pyarrow as pa

    partition_by = tuple(delta.metadata().partition_columns)
    schema = pa.schema(delta.schema().to_arrow())
    # pa.table() would look for pandas first, a quarter of a second in a cold process.
    actions = pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()
    # Statistics of whole-number columns only: that is what we write, and a wide table has many columns.
    numbered = {
        field.name for field in schema if pa.types.is_integer(field.type) and field.type.bit_width >= 32
    }
    wanted = [
        column
        for column in actions.column_names
        if column.partition(".")[0] not in ("min", "max", "null_count")
        or column.partition(".")[2] in numbered
    ]
    rows = actions.select(wanted).to_pylist()
    files = tuple(_data_file(name, root, row, partition_by) for row in rows)
    return TableSnapshot(name, delta.version(), schema, partition_by, files)


def _data_file(table: str, root: Path, row: dict[str, Any], partition_by: Sequence[str]) -> DataFile:
    path = str(row["path"])
    partition = {column: str(row[f"partition.{column}"]) for column in partition_by}
    folder = "".join(f"{column}={value}/" for column, value in partition.items())
    if path.rpartition("/")[0] != folder.rstrip("/"):
        raise corrupt_file(
            table, root / table / path, "不在其分区目录中", "is not in the folder of its partition"
        )
    groups: dict[str, dict[str, int]] = {"min": {}, "max": {}, "null_count": {}}
    for column, value in row.items():
        kind, _, field = column.partition(".")
        if kind in groups and isinstance(value, int):
            groups[kind][field] = value
    return DataFile(
        name=path,
        path=str(root / table / path),
        size=row["size_bytes"],
        rows=row["num_records"],
        partition=partition,
        minimum=groups["min"],
        maximum=groups["max"],
        nulls=groups["null_count"],
    )
