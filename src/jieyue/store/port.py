"""The lake's interface: what the rest of the product may ask of it, whatever stores the bytes.

Tables are append-only under a versioned log. A commit carries one application transaction
`(application, number)`; numbers of one application rise within a table, and a number that is not above the
table's last one is already in. Facts and dimensions are read as of a publication number `seq`.

Readings use the same verbs. Raw instants are appended and never replaced. A derived table (intervals,
roll-ups) is created with `append_only=False`; a rebuilt meter and month is one `correct`: the new rows and
the names of the files that they take the place of, in one commit, with the transaction
`("from", readings version)`. A query over several derived tables reports the oldest of these as its age.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from jieyue.store.scan import Scan

Transaction = tuple[str, int]
"""(application name, number), for example ("publish", 17)."""

Given = Mapping[str, Callable[[Callable[[str], "pa.Table"]], "pa.Table | None"]]
"""Steps of a query that are made elsewhere: their rows, from a function that reads the steps before (None: run it)."""

Inputs = Mapping[str, "pa.Table"]
"""Tables that a run of a query brings along, by the name under which its text knows them."""

Partitions = Mapping[str, Mapping[str, Sequence[int | str]]]
"""table → column (a partition column or any whole-number one) → wanted values.

Only files that can hold them are read; a hint, so the query still filters itself."""


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table: `name` below the table's folder, size in bytes, and what its log entry says.

    `minimum`, `maximum` and `nulls` (count) exist for whole-number columns only.
    """

    name: str
    path: str
    size: int
    rows: int
    partition: Mapping[str, str] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)
    nulls: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TableSnapshot:
    """One table at one version of its log: a fixed schema and a fixed list of files."""

    name: str
    version: int
    schema: "pa.Schema"
    partition_by: tuple[str, ...]
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        """Rows in all files, superseded ones included."""
        return sum(file.rows for file in self.files)

    @property
    def key(self) -> str | None:
        """The column that `replaces` points to: `version` in facts, `row_id` in dimensions."""
        names = set(self.schema.names)
        if not {"seq", "replaces"} <= names:
            return None
        return "version" if "version" in names else "row_id"


@dataclass(frozen=True)
class Snapshot:
    """Pinned tables: a query on a snapshot gives the same answer whatever is appended meanwhile."""

    tables: Mapping[str, TableSnapshot]

    @property
    def versions(self) -> dict[str, int]:
        """Log version of each table."""
        return {name: table.version for name, table in self.tables.items()}


@dataclass(frozen=True)
class Problem:
    """One thing that `verify` found: code, place, and text in Chinese and English."""

    code: str
    table: str
    file: str
    zh: str
    en: str


class Lake(Protocol):
    """The port. All writes take the lake lock themselves; reads take none."""

    def create_table(
        self,
        name: str,
        schema: "pa.Schema",
        partition_by: Sequence[str] = (),
        *,
        append_only: bool = True,
    ) -> None:
        """Create a table, or check that the existing one fits. Raises LakeSchemaError if it does not."""

    def add_columns(self, name: str, fields: Sequence["pa.Field"]) -> None:
        """Add nullable columns in a commit of their own; columns that exist with the same type are skipped."""

    def append(self, name: str, rows: "pa.Table", *, txn: Transaction) -> bool:
        """Append rows durably; False, and nothing done, if the transaction is already in.

        Raises LakeSchemaError (rows do not fit), LakeFull, LakeWriteFailed, LakeCorrupt.
        """

    def correct(
        self,
        name: str,
        rows: "pa.Table | Iterable[pa.Table]",
        *,
        removes: Sequence[DataFile],
        txn: Transaction,
    ) -> bool:
        """Replace whole files of a derived table by `rows` in one commit; False if already in."""

    def last_txn(self, name: str, application: str) -> int | None:
        """The last transaction number of this application in the table, None if there is none."""

    def query(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        snapshot: Snapshot | None = None,
        partitions: Partitions | None = None,
        slots: Mapping[str, str | Sequence[str]] | None = None,
    ) -> "pa.Table":
        """Run `store/queries/<name>.sql`; `cur_<table>` in it means the table as of `params["seq"]`."""

    def steps(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        partitions: Partitions | None = None,
        slots: "Mapping[str, str | Sequence[str]] | None" = None,
        given: Given | None = None,
        inputs: Inputs | None = None,
    ) -> "dict[str, pa.Table]":
        """Run a query file of several steps on one snapshot; the results of the last ones by step name.

        A step in `given` need not be run: its rows are those that the function returns, unless it returns None.
        """

    def write(
        self,
        name: str,
        folder: "Path",
        params: Mapping[str, object] | None = None,
        *,
        partitions: Partitions | None = None,
        inputs: Inputs | None = None,
    ) -> dict[str, int]:
        """Run a query file of several steps and write what `steps` would return as Parquet; rows by step name.

        A cluster's machines write FOLDER/<step>/ themselves: nothing passes through the process that asks.
        """

    def scan(
        self,
        name: str,
        columns: Sequence[str],
        *,
        seq: int,
        partitions: Partitions | None = None,
        same: Sequence[str] = (),
        replaced: bool = False,
    ) -> "Scan":
        """The rows of a table current as of publication `seq`, file by file, these columns only.

        Reading begins at once; close it after use. same: columns that are not read where a file's statistics prove
        that all of its rows say the same; `Rows.same` says it then. replaced: also the rows that others replaced.
        """

    def snapshot(self, names: Sequence[str] | None = None) -> Snapshot:
        """Pin the given tables (default all)."""

    def compact(
        self, name: str, partition: Mapping[str, int | str] | None = None, *, sort_by: Sequence[str] = ()
    ) -> int:
        """Merge small files of a partition without changing one row; the number of files merged."""

    def tables(self) -> list[str]:
        """Names of the tables that exist."""

    def verify(self, *, deep: bool = False) -> list[Problem]:
        """Check log and files; `deep` also hashes every file and checks row keys."""
