"""The engine: DuckDB in memory, one instance per process, over the file lists of a snapshot.

It returns sums of DECIMAL only; DuckDB turns a DECIMAL quotient into DOUBLE, so factors and ratios are applied
after it, exactly. It reads below the lake folder and nowhere else, and loads no extension.
"""

import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jieyue.store import sql
from jieyue.store.datafile import Verifier
from jieyue.store.port import Given, Inputs, Partitions, Snapshot
from jieyue.store.steps import query_steps
from jieyue.store.wanted import Pins, failed, pinned_for, wanted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Slots = Mapping[str, str | Sequence[str]]
#: The one function of the portable texts that engines spell differently.
_DAYS_BETWEEN: Final = "CREATE MACRO days_between(a, b) AS date_diff('day', a, b)"


@dataclass(frozen=True)
class EngineSettings:
    """Limits of the process's engine: threads (None: all cores), memory such as "2GB", spill folder.

    master: address of a Spark cluster, which is the engine then and has its limits in its own configuration.
    """

    threads: int | None = None
    memory_limit: str = "2GB"
    temp_directory: str | None = None
    master: str | None = None


class DuckEngine:
    """Runs query texts on snapshots; safe to use from several threads."""

    def __init__(self, root: Path, pins: Pins, verifier: Verifier, settings: EngineSettings) -> None:
        self._root = root
        self._pins = pins
        self._verifier = verifier
        self._settings = settings
        self._guard = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._process = 0

    def query(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        snapshot: Snapshot | None = None,
        partitions: Partitions | None = None,
        slots: Slots | None = None,
    ) -> "pa.Table":
        """Run `store/queries/<name>.sql` → Arrow table."""
        return self.run(
            sql.query_text(name), params, snapshot=snapshot, partitions=partitions, slots=slots, label=name
        )

    def run(
        self,
        text: str,
        params: Mapping[str, object] | None = None,
        *,
        snapshot: Snapshot | None = None,
        partitions: Partitions | None = None,
        slots: Slots | None = None,
        label: str = "",
    ) -> "pa.Table":
        """Run a trusted statement of our own (doctor, benches, tests); pages and services use `query`."""
        values = dict(params or {})
        text = sql.fill_slots(sql.without_comments(text), slots or {})
        statement = self._with_tables(text, values, snapshot, partitions, label)
        cursor = self._instance().cursor()
        try:
            return _fetch(cursor, statement, sql.used_parameters(text, values), label)
        finally:
            cursor.close()

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
        """Run the steps of `store/queries/<name>.sql` on one snapshot → step name to Arrow table.

        A step that a later one names is kept as a temporary table of this run and not returned. A step in
        `given` is made by its function, which may read the steps kept so far; if that gives None it is run.
        inputs: tables that this run brings along, by the name under which the text knows them.
        """
        values = dict(params or {})
        found = query_steps(name)
        texts = [(step, sql.fill_slots(text, slots or {})) for step, text in found]
        snapshot = pinned_for((text for _, text in texts), self._pins)
        results: dict[str, pa.Table] = {}
        cursor = self._instance().cursor()
        try:
            for table, rows in (inputs or {}).items():
                cursor.register(sql.checked(table), rows)
            for place, (step, text) in enumerate(texts):
                if step in (given or {}) and _take(cursor, step, (given or {})[step], label=name):
                    continue
                statement = self._with_tables(text, values, snapshot, partitions, name)
                parameters = sql.used_parameters(text, values)
                later = " ".join(rest for _, rest in texts[place + 1 :])
                if sql.mentioned(later, [step])[0]:
                    _keep(cursor, step, statement, parameters, label=name)
                else:
                    results[step] = _fetch(cursor, statement, parameters, name)
        finally:
            cursor.close()
        return results

    def write(
        self,
        name: str,
        folder: Path,
        params: Mapping[str, object] | None = None,
        *,
        partitions: Partitions | None = None,
        inputs: Inputs | None = None,
    ) -> dict[str, int]:
        """Run the steps and write the results as Parquet to FOLDER/<step>/ → rows of each step."""
        import pyarrow.parquet as pq

        found = self.steps(name, params, partitions=partitions, inputs=inputs)
        for step, rows in found.items():
            (folder / step).mkdir(parents=True)
            pq.write_table(rows, folder / step / "part-0.parquet", store_decimal_as_integer=True)
        return {step: rows.num_rows for step, rows in found.items()}

    def _with_tables(
        self,
        text: str,
        values: Mapping[str, object],
        snapshot: Snapshot | None,
        partitions: Partitions | None,
        label: str,
    ) -> str:
        """The statement with the definitions of its tables in front; their files are checked first."""
        definitions: dict[str, str] = {}
        for one in wanted(text, values, self._pins, snapshot=snapshot, partitions=partitions, label=label):
            name = one.table.name
            if one.plain:
                definitions[name] = sql.all_rows(one.table, one.files)
            if one.seq is not None:
                definitions[f"cur_{name}"] = sql.current_rows(one.table, one.files, one.seq)
            self._verifier.check(one.table, one.read())
        return sql.with_tables(definitions, text)

    def _instance(self) -> "duckdb.DuckDBPyConnection":
        """The process's instance; a forked child makes its own."""
        with self._guard:
            if self._connection is None or self._process != os.getpid():
                self._connection = self._connect()
                self._process = os.getpid()
            return self._connection

    def _connect(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        spill = self._settings.temp_directory or str(Path(tempfile.gettempdir()) / f"jieyue-{os.getpid()}")
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": self._settings.threads or os.cpu_count() or 1,
            "memory_limit": self._settings.memory_limit,
            "temp_directory": spill,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET allowed_directories = [$folder]", {"folder": f"{self._root}/"})
        connection.execute("SET parquet_metadata_cache = true")  # a file never changes under its name
        connection.execute("SET enable_external_access = false")
        connection.execute(_DAYS_BETWEEN)
        connection.execute("SET lock_configuration = true")
        return connection


def _fetch(
    cursor: "duckdb.DuckDBPyConnection", statement: str, values: Mapping[str, object], label: str
) -> "pa.Table":
    import duckdb

    try:
        relation = cursor.sql(statement, params=dict(values)) if values else cursor.sql(statement)
        return relation.to_arrow_table()
    except duckdb.Error as error:
        raise failed(label, error) from error


def _keep(
    cursor: "duckdb.DuckDBPyConnection",
    step: str,
    statement: str,
    values: Mapping[str, object],
    *,
    label: str,
) -> None:
    import duckdb

    try:
        cursor.execute(f"CREATE OR REPLACE TEMPORARY TABLE {step} AS {statement}", dict(values))
    except duckdb.Error as error:
        raise failed(label, error) from error


def _take(
    cursor: "duckdb.DuckDBPyConnection",
    step: str,
    make: "Callable[[Callable[[str], pa.Table]], pa.Table | None]",
    *,
    label: str,
) -> bool:
    """Keep rows made elsewhere under the step's name; False if there are none to keep."""
    rows = make(lambda kept: _fetch(cursor, f"SELECT * FROM {sql.checked(kept)}", {}, label))  # noqa: S608
    if rows is None:
        return False
    cursor.register(step, rows)
    return True
