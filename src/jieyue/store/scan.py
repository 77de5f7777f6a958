"""Read a table's current rows as columns, file by file: for what adds up faster than a query engine can.

The same rows as `cur_<table>` of a query text (store/sql.py): written by publication `seq` or before and not
replaced by then. Files are checked and decoded while the caller works on others, or on something else.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jieyue.store import arrays, sql
from jieyue.store.errors import LakeSchemaError
from jieyue.store.port import DataFile, TableSnapshot

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_THREADS = 2
_PIECE_ROWS = 125_000
_FEW_WANTED = 16  # numbers that stand in so few row groups that a whole file of them is no burden
_AHEAD = 2
_ROWS_AHEAD = 30_000  # rows that wait decoded: memory that is used again is half as dear as new


@dataclass(frozen=True)
class Rows:
    """Rows of one file or of a part: the asked columns that it has, its partition's values, which are current.

    `current` None = all of them. A column that the file is too old to have is absent: null throughout. same: what
    columns that need not be read say in all of the rows.
    """

    columns: "dict[str, pa.ChunkedArray]"
    partition: dict[str, str]
    current: NDArray[np.bool_] | None
    count: int
    same: dict[str, int | str]


@dataclass(frozen=True)
class Asked:
    """What of the rows is wanted: columns; as of which publication; replaced: also those that others replaced.

    same: columns of which `Rows.same` may speak instead. within: column to the whole numbers wanted; row groups
    that hold none of them are passed over, and rows before the first and after the last of them.
    """

    columns: Sequence[str]
    seq: int
    same: Sequence[str] = ()
    within: Mapping[str, Sequence[int]] = field(default_factory=dict)
    replaced: bool = False


def replaced_rows(table: TableSnapshot, seq: int) -> NDArray[np.int64]:
    """Keys of the rows that a row of publication `seq` or earlier replaces, ascending."""
    return _replaced(tuple(file.path for file in sql.replacing_files(table, seq)), seq)


@lru_cache(maxsize=8)
def _replaced(paths: tuple[str, ...], seq: int) -> NDArray[np.int64]:
    found = []
    for path in paths:
        rows = _read(path, ["replaces", "seq"])
        old = arrays.whole(rows["seq"]) <= seq
        replaces = arrays.one(rows["replaces"])
        found.append(arrays.whole(replaces)[old & arrays.known(replaces)])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


class Scan:
    """The rows of a table's files, read ahead from the moment that this is made; an iterator to close after use.

    find: (the table, the files wanted), asked in the background; what it raises is raised by the first step.
    check: called with the table and each file before it is read.
    """

    def __init__(
        self,
        find: Callable[[], tuple[TableSnapshot, Sequence[DataFile]]],
        check: Callable[[TableSnapshot, Sequence[DataFile]], None],
        asked: Asked,
    ) -> None:
        self._find, self._check, self._asked = find, check, asked
        self._replaced: Future[NDArray[np.int64]] = Future()
        self._waiting: deque[tuple[int, Future[Rows]]] = deque()
        self._pool = ThreadPoolExecutor(_THREADS)
        self._started = self._pool.submit(self._start)

    def __iter__(self) -> "Scan":
        return self

    def __next__(self) -> Rows:
        self._started.result()
        while self._waiting:
            rows = self._waiting.popleft()[1].result()
            self._read_ahead()
            if rows.count:  # a row group may reach over pieces
                return rows
        self.close()
        raise StopIteration

    def __enter__(self) -> "Scan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no further."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        self._table, files = self._find()
        if self._table.key is None:
            raise LakeSchemaError(
                f"表 {self._table.name} 没有 seq 和 replaces 列，不能按发布号读取",
                f"table {self._table.name} has no seq and replaces, so it cannot be read as of a publication",
                table=self._table.name,
            )
        folders = self._table.partition_by
        within = {name: values for name, values in self._asked.within.items() if name not in folders}
        self._asked = replace(self._asked, within=within)
        self._replacing = _Replacing(self._table, self._asked.seq)
        self._pieces = self._cut(files)
        self._next = next(self._pieces, None)
        self._read_ahead()
        try:  # the first pieces are decoded meanwhile
            self._check(self._table, self._replacing.files)
            self._replaced.set_result(replaced_rows(self._table, self._asked.seq))
        except BaseException as error:
            self._replaced.set_exception(error)
            raise

    def _cut(self, files: Sequence[DataFile]) -> "Iterator[_Piece]":
        # Who looks for a few rows finds them in a group or two: no need to look at a file in several pieces.
        few = any(len(wanted) <= _FEW_WANTED for wanted in self._asked.within.values())
        for file in files:
            rows = max(file.rows, 1) if few else _PIECE_ROWS
            opened = self._pool.submit(self._open, file, alone=file.rows <= rows)
            for first in range(0, file.rows, rows):
                yield _Piece(file, opened, first, min(rows, file.rows - first))

    def _open(self, file: DataFile, *, alone: bool) -> "_Opened":
        """A file that was checked. alone: one piece reads it, so that it is opened but once.

        What its end says is kept for those who look at a few rows of it, and of files that replace others, whose
        replaced rows are read apart.
        """
        self._check(self._table, [file])
        if self._asked.within or file.path in self._replacing.paths:
            return _Opened(_kept_footer(file.path))
        if not alone:
            return _Opened(_footer(file.path))
        source = _source(file.path)
        return _Opened(source.metadata, source)

    def _read_ahead(self) -> None:
        while self._next is not None:
            ahead = sum(rows for rows, _ in self._waiting)
            if len(self._waiting) >= _AHEAD and ahead + self._next.rows > _ROWS_AHEAD:
                return
            self._waiting.append((self._next.rows, self._pool.submit(self._read, self._next)))
            self._next = next(self._pieces, None)

    def _read(self, piece: "_Piece") -> Rows:
        return _rows(self._table, piece, self._asked, self._replacing, self._replaced)


class _Replacing:
    """The files whose rows replace others by a publication, and which rows they may replace."""

    def __init__(self, table: TableSnapshot, seq: int) -> None:
        self.files = sql.replacing_files(table, seq)
        self.paths = frozenset(file.path for file in self.files)
        self._spans = [(file.minimum.get("replaces"), file.maximum.get("replaces")) for file in self.files]

    def may_touch(self, file: DataFile, key: str) -> bool:
        """Whether a row may replace one of the file, by the files' statistics."""
        low, high = file.minimum.get(key), file.maximum.get(key)
        return any(
            low is None or high is None or first is None or last is None or (first <= high and last >= low)
            for first, last in self._spans
        )


@dataclass(frozen=True)
class _Opened:
    """What a file's end says; the open file, if nobody else reads it."""

    footer: "pq.FileMetaData"
    source: "pq.ParquetFile | None" = None


def _source(path: str, footer: "pq.FileMetaData | None" = None) -> "pq.ParquetFile":
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, metadata=footer, memory_map=True)


def _footer(path: str) -> "pq.FileMetaData":
    import pyarrow.parquet as pq

    return pq.read_metadata(path, memory_map=True)


_kept_footer = lru_cache(maxsize=64)(_footer)  # a file never changes under its name


@dataclass(frozen=True)
class _Piece:
    """The row groups of a file that begin within some rows; the file was asked for before any piece."""

    file: DataFile
    opened: "Future[_Opened]"
    first: int
    rows: int

    def read(
        self, columns: Sequence[str], asked: Asked
    ) -> "tuple[dict[str, pa.ChunkedArray], int, dict[str, int | str]]":
        """(the asked columns that the file has, number of rows, what is the same in all of them)."""
        opened = self.opened.result()
        footer = opened.footer
        places = {name: place for place, name in enumerate(footer.schema.names)}
        held = _may_hold(self.file.path, asked.within) if asked.within else range(footer.num_row_groups)
        if self.rows < self.file.rows:
            held = [number for number in self._begin_within(footer) if number in held]
        groups = [(number, footer.row_group(number)) for number in held]
        if not groups:
            return {}, 0, {}
        with opened.source or _source(self.file.path, footer) as source:
            found = [(*group, *_span(source, group, places, asked.within)) for group in groups]
            found = [group for group in found if group[3]]
            if not found:
                return {}, 0, {}
            same = _same([group for _, group, _, _ in found], places, asked.same)
            wanted = [name for name in columns if name in places and name not in same]
            table = source.read_row_groups([number for number, _, _, _ in found], wanted, use_threads=False)
        last = found[-1]
        first, end = found[0][2], sum(group.num_rows for _, group, _, _ in found[:-1]) + last[3]
        table = table.slice(first, end - first)
        return {name: table.column(name) for name in table.column_names}, end - first, same

    def _begin_within(self, footer: "pq.FileMetaData") -> Iterator[int]:
        """The row groups that begin within the piece."""
        start = 0
        for number in range(footer.num_row_groups):
            if self.first <= start < self.first + self.rows:
                yield number
            start += footer.row_group(number).num_rows


def _span(
    source: "pq.ParquetFile",
    group: "tuple[int, pq.RowGroupMetaData]",
    places: Mapping[str, int],
    within: Mapping[str, Sequence[int]],
) -> tuple[int, int]:
    """The rows of a group from the first to the last that hold a wanted number; (0, 0) if none does."""
    names = [name for name in within if name in places]
    if not names:
        return 0, group[1].num_rows
    heads = source.read_row_groups([group[0]], names, use_threads=False)
    holds = np.logical_and.reduce([np.isin(arrays.whole(heads.column(name)), within[name]) for name in names])
    rows = np.flatnonzero(holds)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)


def _may_hold(path: str, within: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """The row groups of a file that can hold a wanted number of each column."""
    holds: list[NDArray[np.bool_]] = []
    for name, wanted in within.items():
        least, most = _bounds(path, name)
        ascending = np.sort(np.array(wanted, dtype=np.int64))
        holds.append(np.searchsorted(ascending, least) < np.searchsorted(ascending, most, side="right"))
    found: list[int] = np.flatnonzero(np.logical_and.reduce(holds)).tolist()
    return found


@lru_cache(maxsize=256)
def _bounds(path: str, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least and the greatest number of a column in each row group of a file; any, if the file's end is silent."""
    footer, any_number = _kept_footer(path), np.iinfo(np.int64)
    least = np.full(footer.num_row_groups, any_number.min)
    most = np.full(footer.num_row_groups, any_number.max)
    names = footer.schema.names
    for number in range(footer.num_row_groups) if name in names else ():
        said = footer.row_group(number).column(names.index(name)).statistics
        if said is not None and said.has_min_max:
            least[number], most[number] = said.min, said.max
    return least, most


def _same(
    groups: "Sequence[pq.RowGroupMetaData]", places: Mapping[str, int], names: Sequence[str]
) -> dict[str, int | str]:
    """Columns that say the same in all rows of the groups, by the file's own statistics."""
    found = {}
    for name in names:
        said = [group.column(places[name]).statistics for group in groups] if name in places else []
        if said and all(each is not None and each.has_min_max and each.null_count == 0 for each in said):
            values = {value for each in said for value in (each.min, each.max)}
            if len(values) == 1:
                found[name] = values.pop()
    return found


def _rows(
    table: TableSnapshot,
    piece: _Piece,
    asked: Asked,
    replacing: _Replacing,
    replaced: "Future[NDArray[np.int64]]",
) -> Rows:
    key, file, seq = str(table.key), piece.file, asked.seq
    touched = not asked.replaced and replacing.may_touch(file, key)
    young = file.maximum.get("seq", seq + 1) > seq
    gone = "gone" in table.schema.names
    extra = [key] * touched + ["seq"] * young + ["gone"] * gone
    found, count, same = piece.read(list(dict.fromkeys([*asked.columns, *extra])), asked)
    current: NDArray[np.bool_] | None = None
    if count and extra:
        current = np.ones(count, dtype=bool)
        if touched:
            current &= ~_isin(arrays.whole(found[key]), _between(replaced.result(), file, key))
        if young:
            current &= arrays.whole(found["seq"]) <= seq
        if gone:
            current &= ~arrays.flag(found["gone"])
    columns = {name: found[name] for name in asked.columns if name in found}
    return Rows(columns, dict(file.partition), current, count, same)


def _between(keys: NDArray[np.int64], file: DataFile, key: str) -> NDArray[np.int64]:
    """Those of the ascending keys that the file can hold."""
    low, high = file.minimum.get(key), file.maximum.get(key)
    if low is None or high is None:
        return keys
    return keys[np.searchsorted(keys, low) : np.searchsorted(keys, high, side="right")]


def _isin(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the keys, each there once, are among the wanted ones, which ascend."""
    hit = np.zeros(len(keys), dtype=bool)
    if not len(wanted) or not len(keys):
        return hit
    ascending = len(wanted) < len(keys) and bool((keys[1:] > keys[:-1]).all())
    if ascending:  # as nearly always: the fewer are looked for among the more
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit[places[keys[places] == wanted]] = True
        return hit
    places = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    return np.equal(wanted[places], keys, out=hit)


def _read(path: str, columns: Sequence[str]) -> "dict[str, pa.ChunkedArray]":
    footer = _kept_footer(path)
    there = set(footer.schema.names)
    with _source(path, footer) as source:
        table = source.read(columns=[name for name in columns if name in there], use_threads=False)
    return {name: table.column(name) for name in table.column_names}
