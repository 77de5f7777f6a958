"""Tables that are made of the readings: up to which state they stand, and how new rows take the place of old ones.

A month of a table carries the transaction (m202501, state): version of the readings, publication, and how often it was
made again of the same. What came since is what is made again; a crash repeats it, never skips it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.lake import DERIVED
from jieyue.apps.metering.rules import BEFORE
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Ints, ReadingsError
from jieyue.store import DeltaLake, arrays
from jieyue.store.port import DataFile, Transaction

#: The way in which months are made of readings: one more where the same readings give other rows than before, so that
#: what was made in the old way is made again.
METHOD: Final = 1
_SEQ_BITS, _TURN_BITS = 32, 8
#: Keys are few where there are at least so many numbers for each of them.
_FEW: Final = 4


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
    names = [f"{letter}{month}" for letter in "mr" for month in months]
    return Reached([lake.last_txns(table, names) for table in DERIVED])


def replace(
    lake: DeltaLake,
    table: str,
    key: str,
    gone: Ints | None,
    made: Iterable[pa.Table],
    txn: tuple[int, int],
    rules: int | None = None,
) -> bool:
    """Put `made`, ascending by `key`, in place of the month's rows whose key is in `gone` (ascending; None: all).

    txn: (month, state). rules: the number of those by which the rows were made. Only files that can hold
    such rows are written anew, all in one commit.
    """
    month, state = txn
    name: Transaction = (f"m{month}", state)
    notes = [] if rules is None else [(f"r{month}", rules)]
    with lake.lock.hold():
        old = [
            file
            for file in lake.snapshot([table]).tables[table].files
            if file.partition["ym"] == str(month) and (gone is None or _can_hold(file, key, gone))
        ]
        stay = _staying(lake, table, key, gone, old)
        if stay is None:
            return lake.correct(table, made, removes=old, txn=name, notes=notes)
        rows = pa.concat_tables([stay, *(part.cast(stay.schema) for part in made)])
        order = np.argsort(arrays.whole(rows[key]), kind="stable")
        return lake.correct(table, rows.take(pa.array(order)), removes=old, txn=name, notes=notes)


def _staying(
    lake: DeltaLake, table: str, key: str, gone: Ints | None, old: Sequence[DataFile]
) -> pa.Table | None:
    """The rows of the files that stay as they are; None if there are none."""
    if gone is None or not old:
        return None
    keep = ~np.isin(arrays.whole(lake.read(table, [key], files=old)[key]), gone)
    if not keep.any():
        return None
    rows = lake.read(table, lake.snapshot([table]).tables[table].schema.names, files=old)
    return rows.filter(pa.array(keep))


def _can_hold(file: DataFile, key: str, wanted: Ints) -> bool:
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

    Quantities are 0 where there is none. A column that says one number in all of the files is not read. keys: rows of
    others are let go before they are turned into numbers, where these are few of those from the least to the greatest.
    """
    key, low, high = span
    fixed = {
        name: number for name in names if name != key and (number := _one_number(files, name)) is not None
    }
    found = lake.read(
        table, [name for name in names if name not in fixed], files=files, spans={key: (low, high)}
    )
    if keys is not None and _FEW * len(keys) <= high - low:
        found = _rows_with(found, key, keys)
    return tuple(
        np.broadcast_to(np.int64(fixed[name]), found.num_rows) if name in fixed else _numbers(found[name])
        for name in names
    )


def _rows_with(found: pa.Table, key: str, keys: Ints) -> pa.Table:
    """Rows with one of some keys: asked once for each run of a key."""
    column = arrays.whole(found[key])
    heads = heads_of(column)
    wanted = np.isin(column[heads], keys)
    return found.filter(pa.array(np.repeat(wanted, np.diff(np.append(heads, len(column))))))


def _one_number(files: Sequence[DataFile], name: str) -> int | None:
    """The number that a column has in every row, by what the log says of the files; None if there are several."""
    said = {bound.get(name) for file in files for bound in (file.minimum, file.maximum)}
    return said.pop() if len(said) == 1 and not any(file.nulls.get(name) for file in files) else None


def _numbers(column: pa.ChunkedArray) -> Ints:
    if pa.types.is_decimal(column.type):
        return arrays.quantities(column, len(column))[0]
    return arrays.whole(column)
