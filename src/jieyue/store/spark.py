"""The other engine: a Spark cluster, for sums over more than one machine holds (decision 0006).

The same texts over the same files: each table is the list of files of one version of its log, read as Parquet, so no
library of Delta's is needed on the cluster. Files are verified by a job of the cluster before they are used. It costs
seconds to ask for anything: pages keep DuckDB, batch work takes the cluster.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from jieyue.store import sql
from jieyue.store.datafile import damage, digest_in_name, other_types
from jieyue.store.errors import LakeEngineError, corrupt_file
from jieyue.store.files import LocalFiles
from jieyue.store.port import DataFile, Given, Inputs, Partitions, Snapshot, TableSnapshot
from jieyue.store.steps import query_steps
from jieyue.store.wanted import Pins, Wanted, failed, pinned_for, wanted

if TYPE_CHECKING:
    import pyarrow as pa

Slots = Mapping[str, str | Sequence[str]]

#: What the meaning of our texts depends on; everything else is the cluster's own configuration (spark-defaults.conf).
_CONFIGURATION: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.ui.showConsoleProgress": "false",
}
_DAYS_BETWEEN: Final = (
    "CREATE TEMPORARY FUNCTION days_between(a DATE, b DATE) RETURNS BIGINT RETURN datediff(b, a)"
)
_PATIENCE: Final = 10.0
_GLOB: Final = frozenset("*?[]{}\\")


class SparkEngine:
    """Runs query texts on snapshots by a cluster; safe to use from several threads."""

    def __init__(self, root: Path, pins: Pins, master: str) -> None:
        if wrong := sorted(_GLOB & set(str(root))):
            raise LakeEngineError(
                f"用集群时，数据湖目录的路径不能含有 {' '.join(wrong)}：{root}",
                f"with a cluster the path of the lake folder may not contain {' '.join(wrong)}: {root}",
            )
        self._root = root
        self._pins = pins
        self._master = master
        self._good: set[str] = set()

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
        text = sql.query_text(name)
        return self.run(text, params, snapshot=snapshot, partitions=partitions, slots=slots, label=name)

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
        """Run a trusted statement of our own."""
        text = sql.fill_slots(sql.without_comments(text), slots or {})
        with self._run(params, partitions, label) as run:
            return run.arrow(run.frame(text, snapshot))

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
        """Run the steps of `store/queries/<name>.sql` on one snapshot → step to Arrow table; see `DuckEngine.steps`."""
        results: dict[str, pa.Table] = {}

        def take(step: str, frame: Any) -> None:
            results[step] = run.arrow(frame)

        with self._run(params, partitions, name) as run:
            run.bring(inputs or {})
            self._through(run, name, slots, given or {}, take)
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
        """Run the steps; the cluster's machines write the results as Parquet to FOLDER/<step>/ → rows of each step."""
        rows: dict[str, int] = {}
        with self._run(params, partitions, name) as run:

            def put(step: str, frame: Any) -> None:
                run.tried(lambda: frame.write.parquet(str(folder / step)))
                rows[step] = _rows_of(folder / step)

            run.bring(inputs or {})
            self._through(run, name, None, {}, put)
        return rows

    def _through(
        self,
        run: "_Run",
        name: str,
        slots: Slots | None,
        given: Given,
        take: Callable[[str, Any], None],
    ) -> None:
        """Go through the steps: one that a later one names is kept, the others are taken."""
        texts = [(step, sql.fill_slots(text, slots or {})) for step, text in query_steps(name)]
        snapshot = pinned_for((text for _, text in texts), self._pins)
        for place, (step, text) in enumerate(texts):
            if step in given and (made := given[step](run.rows)) is not None:
                run.bring({step: made})
                continue
            frame = run.frame(text, snapshot)
            later = " ".join(rest for _, rest in texts[place + 1 :])
            if sql.mentioned(later, [step])[0]:
                run.keep(step, frame)
            else:
                take(step, frame)

    @contextmanager
    def _run(
        self, params: Mapping[str, object] | None, partitions: Partitions | None, label: str
    ) -> Iterator["_Run"]:
        """One run: views of its own, kept steps are dropped at its end."""
        session = _session(self._master).newSession()
        session.sql(_DAYS_BETWEEN)
        run = _Run(self, session, dict(params or {}), partitions, label)
        try:
            yield run
        finally:
            for frame in run.kept:
                frame.unpersist()

    def tables(self, text: str, run: "_Run", snapshot: Snapshot | None) -> None:
        """Make the views of the tables that a text names; their files are verified first."""
        found = list(
            wanted(
                text, run.values, self._pins, snapshot=snapshot, partitions=run.partitions, label=run.label
            )
        )
        self._verify(run, found)
        for one in found:
            name = one.table.name
            if one.plain:
                run.view(name, self._frame(run.session, one.table, one.files))
            if one.seq is not None:
                self._current(run, one, one.seq)

    def _current(self, run: "_Run", one: Wanted, seq: int) -> None:
        """The view `cur_<table>`: its rows as of a publication."""

        def rows(table: TableSnapshot, files: Sequence[DataFile]) -> str:
            return f"SELECT * FROM {run.view(f'kept_{table.name}', self._frame(run.session, table, files))}"  # noqa: S608

        def replacing(table: TableSnapshot, files: Sequence[DataFile]) -> str:
            return run.view(f"replacing_{table.name}", self._frame(run.session, table, files))

        text = sql.current_rows(one.table, one.files, seq, rows=rows, replacing_rows=replacing)
        run.view(f"cur_{one.table.name}", run.session.sql(text))

    def _frame(self, session: Any, table: TableSnapshot, files: Sequence[DataFile]) -> Any:
        """The rows of some files, with every column of the table whatever the files hold."""
        from pyspark.sql.pandas.types import from_arrow_schema

        if not files:
            return session.createDataFrame(table.schema.empty_table())
        reader = session.read.schema(from_arrow_schema(table.schema))
        return reader.option("basePath", str(self._root / table.name)).parquet(*(file.path for file in files))

    def _verify(self, run: "_Run", found: Sequence[Wanted]) -> None:
        """Compare the bytes of files that were not used before with the SHA-256 in their names, by a job."""
        fresh = {
            file.path: (one.table, file)
            for one in found
            for file in one.read()
            if file.path not in self._good
        }
        here = LocalFiles()
        for table, file in fresh.values():
            wrong = damage(here, Path(file.path), file.size) or other_types(table, file.path)
            if wrong is not None:
                raise corrupt_file(table.name, file.path, *wrong)
        if not fresh:
            return
        reader = run.session.read.format("binaryFile").option("recursiveFileLookup", "true")
        read = run.arrow(reader.load(list(fresh)).selectExpr("path", "sha2(content, 256) AS digest"))
        digests = {unquote(urlsplit(row["path"]).path): row["digest"] for row in read.to_pylist()}
        for path, (table, file) in fresh.items():
            if digests.get(path) != digest_in_name(file.name):
                raise corrupt_file(
                    table.name,
                    path,
                    "内容与文件名中的 SHA-256 不符（数据被改动或磁盘出错）",
                    "does not match the SHA-256 in its name",
                )
        self._good |= set(fresh)


@dataclass
class _Run:
    """One run of a query: its session, parameters and the steps that it keeps."""

    engine: SparkEngine
    session: Any
    values: dict[str, object]
    partitions: Partitions | None
    label: str
    kept: list[Any] = field(default_factory=list)

    def frame(self, text: str, snapshot: Snapshot | None) -> Any:
        """What a statement gives, not computed yet."""
        arguments = sql.used_parameters(text, self.values)
        self.engine.tables(text, self, snapshot)
        return self.tried(lambda: self.session.sql(sql.named_with_colon(text), args=arguments))

    def bring(self, tables: Inputs) -> None:
        """Rows of this process under the names by which texts know them."""
        for name, rows in tables.items():
            self.view(sql.checked(name), self.session.createDataFrame(rows))

    def rows(self, step: str) -> "pa.Table":
        """A step that was kept."""
        return self.arrow(self.session.table(sql.checked(step)))

    def keep(self, step: str, frame: Any) -> None:
        """A step for later ones: computed once."""
        self.kept.append(frame.cache())
        self.view(step, frame)

    def view(self, name: str, frame: Any) -> str:
        """Give rows a name in this run."""
        frame.createOrReplaceTempView(name)
        return name

    def arrow(self, frame: Any) -> "pa.Table":
        """Compute it."""
        found: pa.Table = self.tried(frame.toArrow)
        return found

    def tried(self, work: Callable[[], Any]) -> Any:
        """Do it, or say that the query failed."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return work()
        except (PySparkException, Py4JError) as error:
            raise failed(self.label, str(error).partition("\n\nJVM")[0]) from error


def _rows_of(folder: Path) -> int:
    """Rows in the files of a folder, by their footers."""
    import pyarrow.parquet as pq

    return sum(pq.ParquetFile(file).metadata.num_rows for file in folder.glob("*.parquet"))


_guard = threading.Lock()
_started: dict[str, Any] = {}


def _session(master: str) -> Any:
    """The session of this process with the cluster, started at its first use; all threads share it."""
    with _guard:
        if master not in _started:
            _started[master] = _start(master)
        return _started[master]


def _start(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LakeEngineError(
            "用集群需要 pyspark：pip install 'jieyue[cluster]'",
            "a cluster needs pyspark: pip install 'jieyue[cluster]'",
        ) from error
    _reach(master)
    builder = SparkSession.builder.master(master).appName("jieyue")
    own = (
        {"spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false"}
        if master.startswith("local")
        else {}
    )
    for name, value in {**_CONFIGURATION, **own}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise LakeEngineError(
            f"集群 {master} 无法启动会话：{error}；需要 Java 17",
            f"no session with the cluster {master}: {error}; Java 17 is needed",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _reach(master: str) -> None:
    """A standalone master that does not answer is named at once; Spark itself would try for a minute."""
    if not master.startswith("spark://"):
        return
    reasons = []
    for place in master.removeprefix("spark://").split(","):
        address = urlsplit(f"spark://{place}")
        try:
            socket.create_connection((address.hostname or "", address.port or 7077), _PATIENCE).close()
        except OSError as error:
            reasons.append(str(error))
        else:
            return
    raise LakeEngineError(
        f"集群 {master} 连不上：{reasons[0]}；请检查 JIEYUE_ENGINE 和集群的主节点",
        f"the cluster {master} does not answer: {reasons[0]}; check JIEYUE_ENGINE and the cluster's master",
    )
