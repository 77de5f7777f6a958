"""Tables that are made of the readings: up to which state they stand, and how new rows take the place of old ones.

A month of a table carries the transaction (m202501, state): version of the readings, publication, and how often it was
made again of the same. What came since is what is made again; a crash repeats it, never skips it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.lake import DERIVED
from jieyue.apps.metering.months import begin_of, first_day, shifted
from jieyue.apps.metering.rules import BEFORE
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import DAY, Bools, Ints, ReadingsError
from jieyue.store import DeltaLake, arrays
from jieyue.store.datafile import FILE_ROWS
from jieyue.store.port import DataFile, Transaction

#: The way in which months are made of readings: one more where the same readings give other rows than before, so that
#: what was made in the old way is made again.
METHOD: Final = 1
_SEQ_BITS, _TURN_BITS = 32, 8
#: Days of a file in the month that readings still come in of: a new hour writes such a part anew, and not the month.
PART_DAYS: Final = 5
#: Rows of a group in such a file: one point's rows are then looked for among as few as in a month's file.
GROUP_ROWS: Final = 20_000
#: Rows that are parted at once: some two hundred megabytes.
_PARTED_ROWS: Final = 2_000_000


def state_of(version: int, seq: int) -> int:
    """The number of a state: version of the readings, publication."""
    return (version << _SEQ_BITS | seq) << _TURN_BITS


def parts_of(state: int) -> tuple[int, int]:
    """(version of the readings, publication)."""
    both = state >> _TURN_BITS
    return both >> _SEQ_BITS, both & (2**_SEQ_BITS - 1)


@dataclass(frozen=True)
class Reached:
    """The states that the months of each derived table have reached, and the numbers of the rules they were made by."""

    tables: Sequence[Mapping[str, int]]

    def is_by(self, month: int, number: int) -> bool:
        """Whether the intervals of a month were made by the rules of this number."""
        return all(table.get(f"r{month}", BEFORE) == number for table in self.tables[:1])

    def all(self, month: int) -> int | None:
        """Which one all tables have reached; None: one of them has never been made."""
        last = [table.get(f"m{month}") for table in self.tables]
        return None if None in last else min(one for one in last if one is not None)

    def is_torn(self, month: int) -> bool:
        """Whether a stop has left the month made up to here in one table and up to there in another."""
        return len({table.get(f"m{month}") for table in self.tables}) > 1

    def next(self, month: int, state: int) -> int:
        """The number under which a month is made again although nothing is new. Raises ReadingsError where the numbers
        of a state are used up: the next one would speak of a publication that is still to come."""
        found = max(state, *(table.get(f"m{month}", -1) + 1 for table in self.tables))
        if found != state and not found & (2**_TURN_BITS - 1):
            raise ReadingsError(
                "readings_turns",
                zh=f"{month} 月在同一状态下已重做 {2**_TURN_BITS - 1} 次；有了新的读数或新的公布之后可以再做",
                en=f"month {month} was made again {2**_TURN_BITS - 1} times of the same state;"
                " once new readings or a new publication are there it can be made again",
            )
        return found


def reached(lake: DeltaLake, months: Sequence[int]) -> Reached:
    """What the logs of the derived tables say."""
    made, rules = ([f"{letter}{month}" for month in months] for letter in "mr")
    return Reached([lake.last_txns(table, made + rules * (table == DERIVED[0])) for table in DERIVED])


def replace(
    lake: DeltaLake,
    table: str,
    key: str,
    gone: Ints | None,
    made: Iterable[pa.Table],
    txn: tuple[int, int],
    rules: int | None = None,
    since: int | None = None,
    parted: bool = False,
) -> bool:
    """Put `made`, ascending by `key`, in place of the month's rows whose key is in `gone` (ascending; None: all).

    txn: (month, state). rules: the number of those by which the rows were made. Only files that can hold
    such rows are written anew, all in one commit. since: rows that start earlier stay as they are, of `made` they are
    let go; no file lies across it (`part_of`). parted: the files are of so many days each (`PART_DAYS`).
    """
    month, state = txn
    name: Transaction = (f"m{month}", state)
    notes = [] if rules is None else [(f"r{month}", rules)]
    with lake.lock.hold():
        old = _holding(lake, table, month, key, gone)
        if since is not None:
            if any(_lies_across(file, since) for file in old):
                raise ReadingsError(
                    "readings_part",
                    zh=f"{month} 月的文件在推导期间换过，这一次没有写；下一次推导会重做",
                    en=f"the files of month {month} were exchanged while it was derived; nothing was written, the next"
                    " derivation does it again",
                )
            old = [file for file in old if file.minimum["start"] >= since]
        stays = gone is not None and any(_heads(lake, table, key, gone, file)[1].any() for file in old)
        new = made if since is None else (_from(table, since) for table in made)
        rows = _merged(lake, table, key, gone, old, new) if gone is not None and stays else new
        if parted:
            rows = _parted(rows, month)
        groups = GROUP_ROWS if parted else None
        return lake.correct(table, rows, removes=old, txn=name, notes=notes, group_rows=groups)


def note(lake: DeltaLake, month: int, state: int, rules: int) -> None:
    """Say in every derived table that a month stands up to a state, where no row of it is another one."""
    for table in DERIVED:
        notes = [(f"r{month}", rules)] if table == DERIVED[0] else []
        lake.correct(table, [], removes=(), txn=(f"m{month}", state), notes=notes)


def part_of(lake: DeltaLake, table: str, month: int, key: str, gone: Ints, since: int) -> int | None:
    """The latest instant up to `since` across which none of the files lies that can hold rows of `gone`; None: there is
    none after the month's beginning."""
    begin = max(one for one in _borders(month) if one <= since)
    files = _holding(lake, table, month, key, gone)
    across = any(_lies_across(file, begin) for file in files)
    return None if across or begin == begin_of(month) else begin


def _lies_across(file: DataFile, instant: int) -> bool:
    """Whether a file can hold rows that start before an instant and others."""
    low, high = file.minimum.get("start"), file.maximum.get("start")
    return low is None or high is None or low < instant <= high


def _holding(lake: DeltaLake, table: str, month: int, key: str, gone: Ints | None) -> list[DataFile]:
    """A month's files that can hold rows of some keys (None: all of them)."""
    return [
        file
        for file in lake.snapshot([table]).tables[table].files
        if file.partition["ym"] == str(month) and (gone is None or can_hold(file, key, gone))
    ]


def _borders(month: int) -> list[int]:
    """Where the parts of a month begin; the last one takes the odd days."""
    days = (first_day(shifted(month, 1)) - first_day(month)).days
    return [begin_of(month) + day * DAY for day in range(0, days - PART_DAYS + 1, PART_DAYS)]


def _from(table: pa.Table, since: int) -> pa.Table:
    """The rows that start at an instant or later."""
    return table.filter(pa.array(arrays.whole(table["start"]) >= since))


def _parted(tables: Iterable[pa.Table], month: int) -> Iterator[pa.Table]:
    """The same rows, part by part of the month; some million at a time."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(one.num_rows for one in held) >= _PARTED_ROWS:
            yield from _parts(held, month)
            held = []
    yield from _parts(held, month)


def _parts(tables: Sequence[pa.Table], month: int) -> Iterator[pa.Table]:
    borders = np.array(_borders(month), dtype=np.int64)
    place = [
        np.searchsorted(borders, arrays.whole(table["start"]), side="right").astype(np.int8)
        for table in tables
    ]
    for part in range(1, len(borders) + 1):
        mine = [
            table if there.all() else table.filter(pa.array(there))
            for table, one in zip(tables, place, strict=True)
            if (there := one == part).any()
        ]
        if mine:
            yield pa.concat_tables(mine)


def _merged(
    lake: DeltaLake, table: str, key: str, gone: Ints, old: Sequence[DataFile], made: Iterable[pa.Table]
) -> Iterator[pa.Table]:
    """The rows of the old files that stay and those that were made, ascending by key, some hundred thousand at a time:
    a file of the old ones with what comes before the next one begins."""
    files = sorted(old, key=lambda one: one.minimum.get(key, 0))  # as they were written
    schema = lake.snapshot([table]).tables[table].schema
    waiting, full = _Waiting(made, key, schema), _Waiting([], key, schema)
    held: list[pa.Table] = []
    for place, file in enumerate(files):
        end = files[place + 1].minimum.get(key, 0) if place + 1 < len(files) else None
        for stretch in _staying(lake, table, key, gone, file):
            full.add(stretch)
        parts = [*full.before(end), *waiting.before(end)]
        if parts:
            held.append(_by_key(parts, key))
        if sum(part.num_rows for part in held) >= FILE_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


class _Waiting:
    """Tables ascending by key, taken from the front."""

    def __init__(self, tables: Iterable[pa.Table], key: str, schema: pa.Schema) -> None:
        self._tables, self._key, self._schema = iter(tables), key, schema
        self._next: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """One more; its keys may be among those of the ones before."""
        self._next.append(table)

    def before(self, end: int | None) -> Iterator[pa.Table]:
        """What has a key below `end` (None: all), and is taken away with it."""
        left = []
        for table in self._coming(end):
            place = (
                table.num_rows if end is None else int(np.searchsorted(arrays.whole(table[self._key]), end))
            )
            if place:
                yield table.slice(0, place)
            if place < table.num_rows:
                left.append(table.slice(place))
        self._next = left

    def _coming(self, end: int | None) -> Iterator[pa.Table]:
        yield from self._next
        if end is not None and any(table.num_rows for table in self._next if self._last(table) >= end):
            return
        for table in self._tables:
            if table.num_rows:
                fitted = table.cast(self._schema)
                yield fitted
                if end is not None and self._last(fitted) >= end:
                    return

    def _last(self, table: pa.Table) -> int:
        return int(arrays.whole(table[self._key].slice(table.num_rows - 1))[0])


def _staying(lake: DeltaLake, table: str, key: str, gone: Ints, file: DataFile) -> Iterator[pa.Table]:
    """The rows of a file that stay as they are, stretch by stretch."""
    names = lake.snapshot([table]).tables[table].schema.names
    ends, stays = _heads(lake, table, key, gone, file)
    if not stays.any():
        return
    rows = lake.read(table, names, files=[file])
    turns = np.flatnonzero(np.diff(np.append(stays, False), prepend=False))
    for begin, end in ends[turns].reshape(-1, 2).tolist():
        yield rows.slice(begin, end - begin)


def _heads(lake: DeltaLake, table: str, key: str, gone: Ints, file: DataFile) -> tuple[Ints, Bools]:
    """Where the runs of a key begin in a file, and where the last one ends; which of the runs stay."""
    column = arrays.whole(lake.read(table, [key], files=[file])[key])
    heads = heads_of(column)
    return np.append(heads, len(column)), ~np.isin(column[heads], gone)


def _by_key(parts: Sequence[pa.Table], key: str) -> pa.Table:
    """Rows ascending by key, those of one key as they stand, of several parts by when they begin. Parts are so each,
    stretches of them are put one after another, and nothing is sorted."""
    runs: list[tuple[Ints, ...]] = []
    for place, part in enumerate(parts):
        column, start = arrays.whole(part[key]), arrays.whole(part["start"])
        heads = heads_of(column)
        ends = np.append(heads, len(column))[1:]
        runs.append((column[heads], start[heads], np.full(len(heads), place), heads, ends))
    keys, start, owner, begin, end = (np.concatenate([run[n] for run in runs]) for n in range(5))
    order = np.lexsort((start, keys))
    found = in_stretches(owner[order], begin[order], end[order])
    return pa.concat_tables([parts[which].slice(first, after - first) for which, first, after in found])


def in_stretches(part: Ints, begin: Ints, end: Ints) -> list[tuple[int, int, int]]:
    """(part, from place, to place) of runs that follow one another, those that go on where one ended as one.

    >>> import numpy as np
    >>> in_stretches(np.array([0, 0, 1, 0]), np.array([0, 2, 0, 5]), np.array([2, 5, 4, 6]))
    [(0, 0, 5), (1, 0, 4), (0, 5, 6)]
    """
    goes_on = (part[1:] == part[:-1]) & (begin[1:] == end[:-1])
    heads = np.flatnonzero(np.append(True, ~goes_on)) if len(part) else begin
    tails = np.append(heads[1:], len(part)) - 1
    return list(zip(part[heads].tolist(), begin[heads].tolist(), end[tails].tolist(), strict=True))


def can_hold(file: DataFile, key: str, wanted: Ints) -> bool:
    """Whether a file can have rows with one of some keys, ascending."""
    low, high = file.minimum.get(key), file.maximum.get(key)
    if low is None or high is None:
        return True
    place = int(np.searchsorted(wanted, low))
    return place < len(wanted) and int(wanted[place]) <= high


def columns_of(
    lake: DeltaLake,
    table: str,
    names: Sequence[str],
    files: Sequence[DataFile],
    span: tuple[str, int, int],
    keys: Ints | None = None,
) -> tuple[Ints, ...]:
    """Columns of the row groups that can hold a key from the least to the greatest: span = (key, least, greatest).

    Quantities are 0 where there is none. keys (ascending): only the rows of these.
    """
    parts = columns_by_file(lake, table, names, files, span, keys)
    return tuple(together([part[n] for part in parts]) for n in range(len(names)))


def columns_by_file(
    lake: DeltaLake,
    table: str,
    names: Sequence[str],
    files: Sequence[DataFile],
    span: tuple[str, int, int],
    keys: Ints | None = None,
) -> list[tuple[Ints, ...]]:
    """The same, file by file. A column that says one number in all of a file is not read, and rows of other keys
    are let go before they are turned into numbers."""
    key, low, high = span
    found = []
    for file in files:
        fixed = {
            name: number for name in names if name != key and (number := _one_number(file, name)) is not None
        }
        rows = lake.read(
            table, [name for name in names if name not in fixed], files=[file], spans={key: (low, high)}
        )
        if keys is not None:
            rows = _rows_with(rows, key, keys)
        found.append(
            tuple(
                np.broadcast_to(np.int64(fixed[name]), rows.num_rows)
                if name in fixed
                else _numbers(rows[name])
                for name in names
            )
        )
    return found


def together(parts: Sequence[Ints]) -> Ints:
    """Parts of a column one after another; where all say one number it goes on doing so."""
    some = [part for part in parts if len(part)]
    if not some:
        return np.zeros(0, dtype=np.int64)
    if len(some) == 1:
        return some[0]
    same = all(not part.strides[0] for part in some) and len({int(part[0]) for part in some}) == 1
    return np.broadcast_to(some[0][0], sum(map(len, some))) if same else np.concatenate(some)


def _rows_with(rows: pa.Table, key: str, keys: Ints) -> pa.Table:
    """Rows with one of some keys: asked once for each run of a key; no copy where they stand together."""
    column = arrays.whole(rows[key])
    heads = heads_of(column)
    wanted = np.isin(column[heads], keys)
    if wanted.all():
        return rows
    ends, places = np.append(heads, len(column)), np.flatnonzero(wanted)
    if not len(places) or places[-1] - places[0] + 1 == len(places):
        begin, end = (ends[places[0]], ends[places[-1] + 1]) if len(places) else (0, 0)
        return rows.slice(begin, end - begin)
    return rows.filter(pa.array(np.repeat(wanted, np.diff(ends))))


def _one_number(file: DataFile, name: str) -> int | None:
    """The number that a column has in every row of a file, by what the log says of it; None if there are several."""
    low = file.minimum.get(name)
    return low if low == file.maximum.get(name) and not file.nulls.get(name) else None


def _numbers(column: pa.ChunkedArray) -> Ints:
    if pa.types.is_decimal(column.type):
        return arrays.quantities(column, len(column))[0]
    return arrays.whole(column)
