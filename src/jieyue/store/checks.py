"""`doctor`'s look at the lake: every log entry and file; deep: every byte and every row key."""

from pathlib import Path
from typing import TYPE_CHECKING

from jieyue.store.datafile import Verifier, damage
from jieyue.store.errors import LakeError
from jieyue.store.files import LocalFiles
from jieyue.store.log import broken_link, parse_entry
from jieyue.store.port import Problem, Snapshot, TableSnapshot

if TYPE_CHECKING:
    from jieyue.store.duck import DuckEngine
    from jieyue.store.spark import SparkEngine
    from jieyue.store.state import TableStates


def verify_lake(
    states: "TableStates", verifier: Verifier, engine: "DuckEngine | SparkEngine", *, deep: bool = False
) -> list[Problem]:
    """All problems of all tables; an empty list means sound. `deep` reads every byte anew."""
    if deep:
        verifier.forget()
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
        found = _log_problems(states, table) + _file_problems(table)
        if deep and not found:
            found = _byte_problems(table, verifier) or _row_problems(table, engine)
        problems += found
    return problems


def _from_error(error: LakeError) -> Problem:
    return Problem(error.code, error.table, error.file, error.zh, error.en)


def _log_problems(states: "TableStates", table: TableSnapshot) -> list[Problem]:
    """Entries that are missing, cut, or not chained to the entry before them."""
    log = states.log(table.name)
    problems = []
    for version in range(table.version + 1):
        path = log.entry_path(version)
        data = log.files.read(path)
        if data is None or parse_entry(data) is None:
            problems.append(
                Problem(
                    "lake.log",
                    table.name,
                    str(path),
                    "日志条目缺失或不完整",
                    "log entry missing or not whole",
                )
            )
    broken = broken_link(log, 0, table.version)
    if not problems and broken is not None:
        path = log.entry_path(broken)
        problems.append(
            Problem(
                "lake.chain",
                table.name,
                str(path),
                "日志条目与链中摘要不符",
                "log entry does not match the chain",
            )
        )
    return problems


def _file_problems(table: TableSnapshot) -> list[Problem]:
    files = LocalFiles()
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
