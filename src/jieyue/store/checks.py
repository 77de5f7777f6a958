"""`doctor`'s look at the lake: every log entry and file; deep: every byte and every row key."""

from collections import deque
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jieyue.store.datafile import Verifier, damage
from jieyue.store.errors import LakeError
from jieyue.store.files import LocalFiles
from jieyue.store.log import TableLog, broken_link, parse_entry
from jieyue.store.port import Problem, Snapshot, TableSnapshot

if TYPE_CHECKING:
    from jieyue.store.duck import DuckEngine
    from jieyue.store.spark import SparkEngine
    from jieyue.store.state import TableStates

_NOT_WHOLE: Final = ("日志条目缺失或不完整", "log entry missing or not whole")
_NOT_CHAINED: Final = ("日志条目与链中摘要不符", "log entry does not match the chain")


class LastLook:
    """What the last look at a table's log and files found: it holds until one of them changes (size, times, inode)."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Hashable, list[Problem]]] = {}

    def problems(self, log: TableLog, table: TableSnapshot) -> list[Problem]:
        """Those of the table's log and files at first sight; what has not changed since is not read again."""
        entries = (str(log.entry_path(version)) for version in range(table.version + 1))
        state = log.files.states((*entries, *(file.path for file in table.files)))
        before = self._found.get(table.name)
        if before is not None and before[0] == state:
            return before[1]
        found = _log_problems(log, table) + _file_problems(log.files, table)
        self._found[table.name] = (state, found)
        return found

    def forget(self) -> None:
        """Look at everything again."""
        self._found.clear()


def verify_lake(
    states: "TableStates",
    verifier: Verifier,
    engine: "DuckEngine | SparkEngine",
    look: LastLook,
    *,
    deep: bool = False,
) -> list[Problem]:
    """All problems of all tables; an empty list means sound. `deep` reads every byte anew."""
    if deep:
        verifier.forget()
        look.forget()
    problems: list[Problem] = []
    try:
        names = states.names()
    except LakeError as error:
        return [_from_error(error)]
    for name in names:
        try:
            table = states.table(name)
        except LakeError as error:
            problems.append(_from_error(error))
            continue
        found = look.problems(states.log(name), table)
        if deep and not found:
            found = _byte_problems(table, verifier) or _row_problems(table, engine)
        problems += found
    return problems


def _from_error(error: LakeError) -> Problem:
    return Problem(error.code, error.table, error.file, error.zh, error.en)


def _log_problems(log: TableLog, table: TableSnapshot) -> list[Problem]:
    """Entries that are missing, cut, or not chained to the entry before them. Each is read once."""
    cut: list[int] = []
    entries = _entries(log, table.version, cut)
    broken = broken_link(entries)
    deque(entries, maxlen=0)  # those after the broken link
    if not cut and broken is not None:
        return [_of_entry(log, broken, "lake.chain", *_NOT_CHAINED)]
    return [_of_entry(log, version, "lake.log", *_NOT_WHOLE) for version in cut]


def _entries(log: TableLog, last: int, cut: list[int]) -> Iterator[tuple[int, bytes | None]]:
    """All entries to the last; the versions of those that are not whole are put into `cut`."""
    for version, data in log.entries(0, last):
        if data is None or parse_entry(data) is None:
            cut.append(version)
        yield version, data


def _of_entry(log: TableLog, version: int, code: str, zh: str, en: str) -> Problem:
    return Problem(code, log.table, str(log.entry_path(version)), zh, en)


def _file_problems(files: LocalFiles, table: TableSnapshot) -> list[Problem]:
    problems = []
    for file in table.files:
        wrong = damage(files, Path(file.path), file.size)
        if wrong is not None:
            problems.append(Problem("lake.file", table.name, file.path, wrong[0], wrong[1]))
    return problems


def _byte_problems(table: TableSnapshot, verifier: Verifier) -> list[Problem]:
    problems = []
    for file in table.files:
        try:
            verifier.check(table, [file])
        except LakeError as error:
            problems.append(_from_error(error))
    return problems


def _row_problems(table: TableSnapshot, engine: "DuckEngine | SparkEngine") -> list[Problem]:
    """Row counts against the log; keys that occur twice (counted twice in every sum); replaced rows that are not."""
    pinned = Snapshot({table.name: table})
    name, key = table.name, table.key
    counted = engine.run(f"SELECT count(*) AS n FROM {name}", snapshot=pinned)["n"][0].as_py()  # noqa: S608
    problems = []
    if counted != table.rows:
        problems.append(
            Problem(
                "lake.rows",
                name,
                "",
                f"行数 {counted} 与日志 {table.rows} 不符",
                f"{counted} rows, log says {table.rows}",
            )
        )
    if key is None:
        return problems
    twice = engine.run(
        f"SELECT {key} AS id FROM {name} GROUP BY {key} HAVING count(*) > 1 ORDER BY id LIMIT 5",  # noqa: S608
        snapshot=pinned,
    )["id"].to_pylist()
    lost = engine.run(
        f"SELECT replaces AS id FROM {name} WHERE replaces IS NOT NULL "  # noqa: S608
        f"AND replaces NOT IN (SELECT {key} FROM {name}) ORDER BY id LIMIT 5",
        snapshot=pinned,
    )["id"].to_pylist()
    if twice:
        problems.append(
            Problem("lake.key_twice", name, "", f"行号重复：{twice}", f"row keys occur twice: {twice}")
        )
    if lost:
        problems.append(
            Problem(
                "lake.replaces", name, "", f"所取代的行不存在：{lost}", f"replaced rows do not exist: {lost}"
            )
        )
    return problems
