"""Query texts: one file a query, its slots, and the tables it reads as common table expressions.

A text names tables as they are called in the lake: `facts_NY201` is every row ever written, `cur_facts_NY201`
the rows current as of `params["seq"]`. The engine puts the definition of each named table in front of the text, with
the file list of one snapshot in it, so a text is plain portable SQL and no state is kept between queries.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from jieyue.store.errors import LakeQueryError, LakeSchemaError
from jieyue.store.port import DataFile, TableSnapshot

if TYPE_CHECKING:
    import pyarrow as pa

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETER: Final = re.compile(r"\$([A-Za-z_]\w*)")
_WITH: Final = re.compile(r"WITH\s+(RECURSIVE\s+)?", re.IGNORECASE)
_FORBIDDEN: Final = (";", "--", "/*")
_TYPES: Final = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
    "timestamp[us]": "TIMESTAMP",
    "binary": "BLOB",
}


@cache
def query_text(name: str) -> str:
    """The text of `store/queries/<name>.sql`, comments taken out."""
    checked(name)
    source = resources.files("jieyue.store") / "queries" / f"{name}.sql"
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LakeQueryError(f"没有名为 {name} 的查询", f"there is no query named {name}") from None
    return without_comments(text)


def checked(name: str) -> str:
    """The name of a step or query, if it is one."""
    if not _NAME.fullmatch(name):
        raise LakeQueryError(f"查询名“{name}”不合规", f"{name!r} is not a query name")
    return name


def without_comments(text: str) -> str:
    """The statement alone, without comments and a closing semicolon."""
    return _COMMENT.sub("", text).strip().rstrip(";").rstrip()


def fill_slots(text: str, slots: Mapping[str, str | Sequence[str]]) -> str:
    """Put trusted SQL into `{slot}` places; a list is joined by commas.

    Slots carry identifiers checked against the catalog and expressions built from them, never user input; a text
    that could end the statement or hide a part of it is refused. Every slot of the text needs a value.
    """
    texts = {name: value if isinstance(value, str) else ", ".join(value) for name, value in slots.items()}
    wanted = set(_SLOT.findall(text))
    missing = sorted(wanted - set(texts))
    if missing:
        raise LakeQueryError(f"查询缺少填充项 {missing}", f"the query lacks values for its slots {missing}")
    for name in wanted:
        if any(mark in texts[name] for mark in _FORBIDDEN):
            raise LakeQueryError(f"填充项 {name} 含有不允许的字符", f"slot {name} contains ; or a comment")
    return _SLOT.sub(lambda match: texts[match.group(1)], text)


def used_parameters(text: str, params: Mapping[str, object]) -> dict[str, object]:
    """The parameters that the text names; a missing one is an error, a spare one is left out."""
    wanted = set(_PARAMETER.findall(text))
    missing = sorted(wanted - set(params))
    if missing:
        raise LakeQueryError(f"查询缺少参数 {missing}", f"the query lacks the parameters {missing}")
    return {name: params[name] for name in wanted}


def named_with_colon(text: str) -> str:
    """The text with its parameters written `:name`, as some engines want them."""
    return _PARAMETER.sub(r":\1", text)


def mentioned(text: str, tables: Iterable[str]) -> tuple[set[str], set[str]]:
    """Tables that the text names plainly, and those it names as of a publication (`cur_`)."""
    words = set(re.findall(r"[A-Za-z_]\w*", text))
    names = set(tables)
    return names & words, {name for name in names if f"cur_{name}" in words}


def with_tables(definitions: Mapping[str, str], text: str) -> str:
    """The text with table definitions in front of its own WITH list."""
    if not definitions:
        return text
    front = ",\n".join(f"{name} AS NOT MATERIALIZED ({body})" for name, body in definitions.items())
    own = _WITH.match(text)
    if own is None:
        return f"WITH {front}\n{text}"
    return f"WITH {own.group(1) or ''}{front},\n{text[own.end() :]}"


def all_rows(table: TableSnapshot, files: Sequence[DataFile]) -> str:
    """SQL for every row in these files, with every column of the table whatever the files hold.

    The typed empty branch gives the columns their types when the list is empty and when no file holds a column
    that was added later; the optimiser removes it from the plan.
    """
    columns = ", ".join(f"CAST(NULL AS {sql_type(field)}) AS {_quoted(field.name)}" for field in table.schema)
    empty = f"SELECT {columns} WHERE FALSE"
    if not files:
        return empty
    said = "*"
    if same := _same(table, files):
        words = (
            f"CAST({n:d} AS {sql_type(table.schema.field(name))}) AS {_quoted(name)}" for name, n in same
        )
        said = f"* REPLACE ({', '.join(words)})"
    return f"SELECT {said} FROM {_read_parquet(table, files)} UNION ALL BY NAME {empty}"  # noqa: S608 (checked names)


def _same(table: TableSnapshot, files: Sequence[DataFile]) -> list[tuple[str, int]]:
    """Columns of a series that say one number in every row of all the files, by what the log says of them: they need
    not be read."""
    if table.key is not None:
        return []
    found = []
    for field in table.schema:
        name = field.name
        values = {file.minimum.get(name) for file in files} | {file.maximum.get(name) for file in files}
        number = values.pop()
        if not values and number is not None and not any(file.nulls.get(name, 1) for file in files):
            found.append((name, number))
    return found


Source = Callable[[TableSnapshot, Sequence[DataFile]], str]
"""SQL for the rows of some files of a table: each engine reads them in its own way."""


def current_rows(
    table: TableSnapshot,
    files: Sequence[DataFile],
    seq: int,
    *,
    rows: Source | None = None,
    replacing_rows: Source | None = None,
) -> str:
    """SQL for the rows current as of publication `seq`: written by then and not replaced by then.

    What the files' statistics already prove is left out of the statement: no `seq` test if all rows are old
    enough, no look at `replaces` if no row replaces another. Replacing rows are looked for in all files of the
    table, not only in the partitions asked for. rows, replacing_rows: DuckDB's ways if none are given.
    """
    key = table.key
    if key is None:
        raise LakeSchemaError(
            f"表 {table.name} 没有 seq 和 replaces 列，不能按发布号读取",
            f"table {table.name} has no seq and replaces, so it cannot be read as of a publication",
            table=table.name,
        )
    tests = []
    kept = visible(files, seq)
    if any(file.maximum.get("seq", seq + 1) > seq for file in kept):
        tests.append(f"t.seq <= {seq:d}")
    replacing = replacing_files(table, seq)
    if replacing:
        tests.append(
            f"NOT EXISTS (SELECT 1 FROM {(replacing_rows or _read_parquet)(table, replacing)} r "  # noqa: S608 (checked names)
            f"WHERE r.replaces = t.{key} AND r.seq <= {seq:d})"
        )
    if "gone" in table.schema.names:
        tests.append("t.gone IS NOT TRUE")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return f"SELECT t.* FROM ({(rows or all_rows)(table, kept)}) t{where}"  # noqa: S608 (checked names)


def visible(files: Iterable[DataFile], seq: int) -> list[DataFile]:
    """The files that hold rows of publication `seq` or earlier."""
    return [file for file in files if file.minimum.get("seq", seq) <= seq]


def replacing_files(table: TableSnapshot, seq: int) -> list[DataFile]:
    """The files of any partition in which a row of publication `seq` or earlier replaces another."""
    return [file for file in visible(table.files, seq) if file.nulls.get("replaces") != file.rows]


def pruned(table: TableSnapshot, wanted: Mapping[str, Sequence[int | str]] | None) -> tuple[DataFile, ...]:
    """The files that can hold the wanted values, by partition and by the files' smallest and largest values."""
    files = table.files
    for column, values in (wanted or {}).items():
        if column in table.partition_by:
            texts = {str(value) for value in values}
            files = tuple(file for file in files if file.partition[column] in texts)
        elif column in table.schema.names:
            files = tuple(file for file in files if _may_hold(file, column, values))
        else:
            raise LakeQueryError(
                f"表 {table.name} 没有列 {column}",
                f"table {table.name} has no column {column}",
                table=table.name,
            )
    return files


def sql_type(field: "pa.Field") -> str:
    """DuckDB's name of a column's type."""
    import pyarrow as pa

    if pa.types.is_decimal(field.type):
        return f"DECIMAL({field.type.precision},{field.type.scale})"
    return _TYPES[str(field.type)]


def _may_hold(file: DataFile, column: str, values: Sequence[int | str]) -> bool:
    low, high = file.minimum.get(column), file.maximum.get(column)
    if low is None or high is None:
        return file.nulls.get(column) != file.rows  # no statistics: it may; only nulls: it cannot
    return any(low <= value <= high for value in values if isinstance(value, int))


def _read_parquet(table: TableSnapshot, files: Sequence[DataFile]) -> str:
    paths = ", ".join("'" + file.path.replace("'", "''") + "'" for file in files)
    if not table.partition_by:
        return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
    types = ", ".join(f"'{name}': {sql_type(table.schema.field(name))}" for name in table.partition_by)
    return (
        f"read_parquet([{paths}], union_by_name = true, hive_partitioning = true, hive_types = {{{types}}})"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
