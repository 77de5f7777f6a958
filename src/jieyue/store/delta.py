"""The lake in a local folder: Delta tables written with care (design in `docs/decisions/0002-lake.md`)."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jieyue.store import sql
from jieyue.store.checks import LastLook, verify_lake
from jieyue.store.commit import (
    ADD_COLUMNS_LINES,
    CREATE_LINES,
    SET_PROPERTY_LINES,
    Change,
    fields_of,
    finish,
    no_hooks,
    properties,
    write_and_commit,
)
from jieyue.store.datafile import FILE_ROWS, Verifier, encode, encode_part
from jieyue.store.duck import DuckEngine, EngineSettings, Slots
from jieyue.store.errors import LakeError, LakeSchemaError, disk_errors
from jieyue.store.failpoint import failpoint
from jieyue.store.files import LocalFiles
from jieyue.store.fit import fit_rows, stored_schema
from jieyue.store.lock import LakeLock, OuterLock
from jieyue.store.port import (
    DataFile,
    Given,
    Inputs,
    Partitions,
    Problem,
    Snapshot,
    TableSnapshot,
    Transaction,
)
from jieyue.store.repair import Repair
from jieyue.store.scan import Asked, Scan
from jieyue.store.schema import check_name
from jieyue.store.series import Spans, added_files_since, read_rows
from jieyue.store.spark import SparkEngine
from jieyue.store.state import TableStates

if TYPE_CHECKING:
    import pyarrow as pa

_APPLICATION: Final = re.compile(r"[a-z][a-z0-9_]*")
_CONFIGURATION: Final = {
    # delta-rs would write a checkpoint and clean the log by itself, both without flushing.
    "delta.checkpointInterval": "1000000000",
    "delta.enableExpiredLogCleanup": "false",
}
VACUUM_HOURS: Final = 24
# Each file of a few rows costs a query about a millisecond; a partition with so many is merged on the next write.
MANY_FILES: Final = 32
FEW_ROWS: Final = 25_000


class DeltaLake:
    """The port over a folder. `outer_lock` gives the office's advisory lock when its database has one."""

    def __init__(
        self,
        folder: Path | str,
        *,
        settings: EngineSettings | None = None,
        outer_lock: OuterLock | None = None,
    ) -> None:
        root = Path(folder).resolve()
        if "%" in str(root):
            raise LakeError(
                f"数据湖目录的路径不能含有 %：{root}",
                f"the path of the lake folder may not contain %: {root}",
            )
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.lock = LakeLock(root, outer_lock)
        self._files = LocalFiles()
        self._states = TableStates(root, self._files, self.lock)
        self._verifier, self._look = Verifier(self._files), LastLook()
        self.engine = _engine(root, self._states, self._verifier, settings or EngineSettings())

    # Reading

    def tables(self) -> list[str]:
        """Names of the tables that exist."""
        return self._states.names()

    def snapshot(self, names: Sequence[str] | None = None) -> Snapshot:
        """Pin the given tables (default all)."""
        return self._states.snapshot(names)

    def last_txn(self, name: str, application: str) -> int | None:
        """The last transaction number of this application in the table, from its log as it is now."""
        found = self._states.handle(name).transaction_version(application)
        return None if found is None else int(found)

    def last_txns(self, name: str, applications: Sequence[str]) -> dict[str, int]:
        """The last transaction numbers of several applications, of those that have one, from one look at the log."""
        table = self._states.handle(name)
        found = {one: table.transaction_version(one) for one in applications}
        return {one: int(number) for one, number in found.items() if number is not None}

    def query(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        snapshot: Snapshot | None = None,
        partitions: Partitions | None = None,
        slots: Slots | None = None,
    ) -> "pa.Table":
        """Run `store/queries/<name>.sql` → Arrow; see `DuckEngine.run`."""
        return self.engine.query(name, params, snapshot=snapshot, partitions=partitions, slots=slots)

    def steps(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        partitions: Partitions | None = None,
        slots: Slots | None = None,
        given: Given | None = None,
        inputs: Inputs | None = None,
    ) -> "dict[str, pa.Table]":
        """Run the steps of `store/queries/<name>.sql`; see `DuckEngine.steps`."""
        return self.engine.steps(name, params, partitions=partitions, slots=slots, given=given, inputs=inputs)

    def write(
        self,
        name: str,
        folder: Path,
        params: Mapping[str, object] | None = None,
        *,
        partitions: Partitions | None = None,
        inputs: Inputs | None = None,
    ) -> dict[str, int]:
        """Run the steps of `store/queries/<name>.sql` and write their results as Parquet below the folder."""
        return self.engine.write(name, folder, params, partitions=partitions, inputs=inputs)

    def scan(
        self,
        name: str,
        columns: Sequence[str],
        *,
        seq: int,
        partitions: Partitions | None = None,
        same: Sequence[str] = (),
        replaced: bool = False,
    ) -> Scan:
        """The rows of a table current as of publication `seq`, file by file, these columns only; see the port."""
        wanted = (partitions or {}).get(name, {})

        def find() -> tuple[TableSnapshot, Sequence[DataFile]]:
            table = self._states.table(name)
            return table, sql.visible(sql.pruned(table, wanted), seq)

        within = {
            column: numbers
            for column, values in wanted.items()
            if len(numbers := [value for value in values if isinstance(value, int)]) == len(values)
        }
        return Scan(find, self._verifier.check, Asked(columns, seq, same, within, replaced))

    def read(
        self,
        name: str,
        columns: Sequence[str],
        *,
        partitions: Partitions | None = None,
        files: Sequence[DataFile] | None = None,
        spans: Spans | None = None,
    ) -> "pa.Table":
        """All rows of a series in the files that can hold what `partitions` names (whole files; filter what comes).

        files: these instead of the newest snapshot's. spans: column → (least, greatest) of what is wanted.
        """
        table = self._states.table(name)
        wanted = (partitions or {}).get(name) if partitions else None
        chosen = sql.pruned(table, wanted) if files is None else files
        self._verifier.check(table, chosen)
        return read_rows(table, chosen, columns, spans)

    def added_since(self, name: str, version: int) -> list[DataFile]:
        """Files that commits after `version` added with new rows, as far as they are still there by that name.

        A file that was merged away since stands for the merged one: its rows are there, its name is not; then every
        present file of its partition is given. version −1: all files.
        """
        table = self._states.table(name)
        return added_files_since(self._states.log(name), table, version)

    def verify(self, *, deep: bool = False) -> list[Problem]:
        """Check log and files, read again where they have changed since the last look; `deep` reads all anew, hashes
        every file and checks row keys."""
        return verify_lake(self._states, self._verifier, self.engine, self._look, deep=deep)

    @property
    def repairs(self) -> list[Repair]:
        """What has been mended since this object was made."""
        return list(self._states.repairs)

    # Writing

    def create_table(
        self, name: str, schema: "pa.Schema", partition_by: Sequence[str] = (), *, append_only: bool = True
    ) -> None:
        """Create a table, or check that the existing one holds these columns and partitions."""
        from deltalake import DeltaTable, Schema

        check_name(name)
        wanted = stored_schema(schema)
        with self.lock.hold():
            if self._states.exists(name):
                _check_same(self._states.table(name), wanted, partition_by)
                return
            log = self._states.log(name)
            with disk_errors(name, log.root):
                DeltaTable.create(
                    str(log.root),
                    Schema.from_arrow(wanted),
                    mode="error",
                    partition_by=list(partition_by),
                    configuration={**_CONFIGURATION, "delta.appendOnly": str(append_only).lower()},
                    commit_properties=properties(log, 0, CREATE_LINES),
                    post_commithook_properties=no_hooks(),
                )
                failpoint("lake.after_create")
                self._files.sync(log.root)
                self._files.sync(self.root)
            finish(log, 0)

    def add_columns(self, name: str, fields: Sequence["pa.Field"]) -> None:
        """Add nullable columns in a flushed commit of their own; those that exist are only compared."""
        wanted = stored_schema(fields)
        with self.lock.hold():
            delta, table = self._states.open_for_change(name)
            _check_types(table, [field for field in wanted if field.name in table.schema.names])
            new = [field for field in wanted if field.name not in table.schema.names]
            for field in new:
                if not field.nullable:
                    raise LakeSchemaError(
                        f"新列 {field.name} 必须允许为空",
                        f"the new column {field.name} must be nullable",
                        table=name,
                    )
            if not new:
                return
            log = self._states.log(name)
            with disk_errors(name, log.folder):
                delta.alter.add_columns(
                    fields_of(stored_schema(new)),
                    commit_properties=properties(log, table.version + 1, ADD_COLUMNS_LINES),
                    post_commithook_properties=no_hooks(),
                )
            failpoint("lake.after_add_columns")
            finish(log, table.version + 1)

    def append(self, name: str, rows: "pa.Table", *, txn: Transaction) -> bool:
        """Append rows durably and once; False if the transaction, or a later one of its kind, is already in."""
        return self._change(name, rows, (), txn)

    def correct(
        self,
        name: str,
        rows: "pa.Table | Iterable[pa.Table]",
        *,
        removes: Sequence[DataFile],
        txn: Transaction,
        notes: Sequence[Transaction] = (),
        group_rows: int | None = None,
    ) -> bool:
        """Replace whole files of a table made with `append_only=False` by `rows`, in one commit.

        rows: several tables are asked for one after another, each is written before the next. notes: more numbers
        that the commit carries (`last_txns` tells them), whatever they were before. group_rows: as `encode` has it.
        """
        return self._change(name, rows, removes, txn, notes, group_rows=group_rows)

    def compact(
        self, name: str, partition: Mapping[str, int | str] | None = None, *, sort_by: Sequence[str] = ()
    ) -> int:
        """Merge the small files of each partition (default all partitions); rows stay as they are.

        Without `sort_by` files of at least 250,000 rows are left alone; with it the whole partition is
        rewritten in that order, so that `partitions=` can pass over files by their smallest and largest values.
        """
        return self._merge(name, partition or {}, sort_by, below=FILE_ROWS // 2)

    def let_go(
        self, name: str, rows: "Iterable[pa.Table]", *, removes: Sequence[DataFile], txn: Transaction
    ) -> bool:
        """Take rows out of an append-only table for good, in one commit; False if the transaction is already in.

        rows: those of the removed files that stay, and no others; they do not count as new. The files themselves go
        with the next `vacuum`. Killed anywhere the table has all rows or those that stay; said again, it is append-only
        again, which a kill after the commit leaves undone.
        """
        with self.lock.hold():
            last = self.last_txn(name, txn[0])
            if last is not None and txn[1] <= last:
                self._set_append_only(name, said=True)  # a stop after the commit left it open
                return False
            self._set_append_only(name, said=False)
            try:
                return self._change(name, rows, removes, txn, new_rows=False)
            finally:
                self._set_append_only(name, said=True)

    def _set_append_only(self, name: str, *, said: bool) -> None:
        """Say in a flushed commit of its own whether rows may leave the table; nothing if that is said already."""
        delta, table = self._states.open_for_change(name)
        wanted = str(said).lower()
        if delta.metadata().configuration.get("delta.appendOnly") == wanted:
            return
        log = self._states.log(name)
        with disk_errors(name, log.folder):
            delta.alter.set_table_properties(
                {"delta.appendOnly": wanted},
                commit_properties=properties(log, table.version + 1, SET_PROPERTY_LINES),
                post_commithook_properties=no_hooks(),
            )
        failpoint("lake.after_property")
        finish(log, table.version + 1)

    def vacuum(self, name: str, *, hours: int = VACUUM_HOURS) -> list[Path]:
        """Remove data files that no log version in use names, for `hours` (at least 24) by now: whoever began to read
        before they were taken out of the table still finds them.
        """
        if hours < VACUUM_HOURS:
            raise LakeError(f"至少保留 {VACUUM_HOURS} 小时", f"keep at least {VACUUM_HOURS} hours")
        with self.lock.hold():
            table = self._states.table(name)
            used = {file.path for file in table.files}
            limit = time.time() - hours * 3600
            folder = self.root / name
            old = [path for path in folder.rglob("*.parquet*") if path.parent.name != "_delta_log"]
            late = self._states.log(name).removed_since(limit)
            gone = [
                path
                for path in old
                if str(path) not in used
                and path.stat().st_mtime < limit
                and path.relative_to(folder).as_posix() not in late
            ]
            for path in gone:
                self._files.remove(path)
            return gone

    def _change(
        self,
        name: str,
        rows: "pa.Table | Iterable[pa.Table]",
        removes: Sequence[DataFile],
        txn: Transaction,
        notes: Sequence[Transaction] = (),
        *,
        new_rows: bool = True,
        group_rows: int | None = None,
    ) -> bool:
        application, number = txn
        for name_of, said in (txn, *notes):
            if not _APPLICATION.fullmatch(name_of) or said < 0:
                raise LakeError(f"事务标识 {txn} 不合规", f"{txn} is not a transaction (name, number from 0)")
        with self.lock.hold():
            delta, table = self._states.open_for_change(name)
            last = delta.transaction_version(application)
            if last is not None and number <= last:
                return False
            stale = [file.name for file in removes if file not in table.files]
            if stale:
                raise LakeSchemaError(
                    f"表 {name} 中已没有文件 {stale}，请重新读取快照",
                    f"table {name} no longer has the files {stale}; take a new snapshot",
                    table=name,
                )
            fitted = _fitted(rows, table)
            if self._tidy(table, removes):
                delta, table = self._states.open_for_change(name)
            write_and_commit(
                self._states.log(name),
                delta,
                (file for part in fitted for file in encode(part, table.partition_by, group_rows)),
                label=f"{application}-{number}",
                change=Change(removes=removes, txn=txn, notes=notes, new_rows=new_rows),
            )
            return True

    def _tidy(self, table: TableSnapshot, removes: Sequence[DataFile] = ()) -> bool:
        """Merge partitions that have gathered many small files; a failure is no reason to refuse the rows. Files that
        are about to be removed keep their names, and so does what stands beside them."""
        few = Counter(tuple(file.partition.items()) for file in table.files if file.rows < FEW_ROWS)
        held = {tuple(file.partition.items()) for file in removes}
        due = [dict(key) for key, count in few.items() if count >= MANY_FILES and key not in held]
        try:
            for partition in due:
                self._merge(table.name, partition, (), below=FEW_ROWS)
        except LakeError:
            return True
        return bool(due)

    def _merge(
        self, name: str, partition: Mapping[str, int | str], sort_by: Sequence[str], *, below: int
    ) -> int:
        """Merge the files of fewer than `below` rows in each partition that matches; their number."""
        with self.lock.hold():
            delta, table = self._states.open_for_change(name)
            groups = _groups(table, partition, sort_by, below)
            old = [file for files in groups.values() for file in files]
            if not old:
                return 0
            self._verifier.check(table, old)
            parts = (
                encode_part(rows.slice(start, FILE_ROWS), dict(key))
                for key, files in groups.items()
                for rows in [_merged(files, sort_by)]
                for start in range(0, rows.num_rows, FILE_ROWS)
            )
            change = Change(removes=old, data_change=False)
            label = f"compact-{table.version + 1}"
            write_and_commit(self._states.log(name), delta, parts, label=label, change=change)
            return len(old)


def _engine(
    root: Path, states: TableStates, verifier: Verifier, settings: EngineSettings
) -> DuckEngine | SparkEngine:
    if settings.master is not None:
        return SparkEngine(root, states, settings.master)
    return DuckEngine(root, states, verifier, settings)


def _fitted(rows: "pa.Table | Iterable[pa.Table]", table: TableSnapshot) -> "Iterable[pa.Table]":
    """Rows with the table's types: one table at once, so that it is known whether it fits; several as they come."""
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return [fit_rows(table.name, rows, table.schema)]
    return (fit_rows(table.name, part, table.schema) for part in rows)


def _groups(
    table: TableSnapshot, partition: Mapping[str, int | str], sort_by: Sequence[str], below: int
) -> dict[tuple[tuple[str, str], ...], list[DataFile]]:
    """Files to merge by partition: the small ones where there are several; all of them if they are to be sorted."""
    wanted = {column: str(value) for column, value in partition.items()}
    groups: dict[tuple[tuple[str, str], ...], list[DataFile]] = {}
    for file in table.files:
        if (sort_by or file.rows < below) and wanted.items() <= file.partition.items():
            groups.setdefault(tuple(file.partition.items()), []).append(file)
    return {key: files for key, files in groups.items() if sort_by or len(files) > 1}


def _merged(files: Sequence[DataFile], sort_by: Sequence[str]) -> "pa.Table":
    """All rows of some files, columns that a file lacks as null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pq.read_table(file.path, partitioning=None) for file in files]
    rows = pa.concat_tables(tables, promote_options="default")
    return rows.sort_by([(column, "ascending") for column in sort_by]) if sort_by else rows


def _check_types(table: TableSnapshot, fields: Sequence["pa.Field"]) -> None:
    for field in fields:
        found = table.schema.field(field.name).type
        if found != field.type:
            raise LakeSchemaError(
                f"表 {table.name} 的列 {field.name} 已有类型 {found}，不能改为 {field.type}",
                f"column {field.name} of table {table.name} has the type {found}, not {field.type}",
                table=table.name,
            )


def _check_same(table: TableSnapshot, wanted: "pa.Schema", partition_by: Sequence[str]) -> None:
    lacking = [name for name in wanted.names if name not in table.schema.names]
    if lacking or table.partition_by != tuple(partition_by):
        raise LakeSchemaError(
            f"表 {table.name} 已存在，但缺少列 {lacking} 或分区不同（{table.partition_by}）",
            f"table {table.name} exists but lacks the columns {lacking} or has other partitions "
            f"({table.partition_by})",
            table=table.name,
        )
    _check_types(table, list(wanted))
