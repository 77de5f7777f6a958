"""The summary table 综合表: columns S001–S010 of sums over institutions, roll-ups that reconcile, states of a summary.

Quantities are whole ten-thousandths, so every sum is exact in any order. An institution stands in one column, by its
type; S003 is what stands in S004 to S009 (and what is only known to be a public service institution), S001 is all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.quantity import fixed_text

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Numbers = NDArray[Any]

COLUMNS: Final = tuple(f"S{number:03}" for number in range(1, 11))
#: Columns whose sum S003 is, as places in COLUMNS.
_OF_S003: Final = slice(2, 9)
_SAFE: Final = 2**62

Cells = Mapping[str, Sequence[str | None]]
"""Item → the ten cells as plain decimals; null where nobody stated the item."""


@dataclass(frozen=True)
class Line:
    """A row of the table. values: ten-thousandths by column, None where nobody stated the item; stated: institutions
    behind each cell; estimated: the part of S001 that is estimated 推算, and of how many institutions it is a part."""

    item: str
    values: tuple[int | None, ...]
    stated: tuple[int, ...]
    estimated: int = 0
    estimates: int = 0

    @property
    def texts(self) -> tuple[str | None, ...]:
        """The cells as plain decimals."""
        return tuple(None if value is None else fixed_text(value) for value in self.values)


def place_of(columns: Mapping[str, str], kind: str) -> int:
    """Where an institution of a type stands in COLUMNS; 0 = in the total alone, for its type is not known.

    >>> place_of({"021": "S004", "02": "S003"}, "021"), place_of({}, "")
    (3, 0)
    """
    column = columns.get(kind, COLUMNS[0])
    return COLUMNS.index(column)


def line(item: str, values: Numbers, stated: Bools, place: Ints, *, estimated: Numbers | None = None) -> Line:
    """Add up one item over institutions; place: the column of each, as a place in COLUMNS.

    >>> number = np.array([10_000, 20_000, 5_000])
    >>> found = line("110", number, np.array([True, True, True]), np.array([1, 3, 0]))
    >>> found.texts[:4]
    ('3.5', '1', '2', '2')
    """
    sums = _columns(_exact(values * stated), place)
    counts = _columns(stated.astype(np.int64), place)
    part = np.zeros(0, dtype=np.int64) if estimated is None else _exact(estimated * stated)
    return Line(
        item,
        tuple(int(value) if count else None for value, count in zip(sums, counts, strict=True)),
        tuple(int(count) for count in counts),
        int(part.sum()),
        int((part != 0).sum()),
    )


def _columns(values: Numbers, place: Ints) -> Numbers:
    """What stands in each of the ten columns: an institution's own column, the subtotal, the total."""
    own = np.zeros(len(COLUMNS), dtype=values.dtype)
    np.add.at(own, place, values)
    total, subtotal = own.sum(), own[_OF_S003].sum()
    own[0], own[2] = total, subtotal
    return own


def _exact(values: Numbers) -> Numbers:
    """As they are where no sum can leave int64, else as Python integers."""
    if values.dtype == object or not len(values):
        return values
    most = max(-int(values.min()), int(values.max())) * len(values)
    return values if most < _SAFE else values.astype(object)


def in_groups(values: Numbers, stated: Bools, group: Ints, count: int) -> list[int]:
    """Sums by group 0 … count − 1; what stands in none (−1) is left out.

    >>> in_groups(np.array([1, 2, 4]), np.array([True, True, True]), np.array([0, 1, -1]), 2)
    [1, 2]
    """
    total = _exact(values * stated)
    found = np.zeros(count + 1, dtype=total.dtype)
    np.add.at(found, group, total)  # −1 is the last place, which is dropped
    return [int(value) for value in found[:count]]


def cross(
    values: Numbers, stated: Bools, down: Ints, across: Ints, rows: int, columns: int
) -> tuple[tuple[int | None, ...], ...]:
    """Sums by two groups, with a row and a column of totals at the end; None where nobody stated the item.

    >>> number = np.array([1, 2, 4])
    >>> cross(number, np.array([True, True, False]), np.array([0, 1, 1]), np.array([0, 0, 1]), 2, 2)
    ((1, None, 1), (2, None, 2), (3, None, 3))
    """
    total = _exact(values * stated)
    found = np.zeros((rows + 1, columns + 1), dtype=total.dtype)
    counts = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    mine = (down >= 0) & (across >= 0) & stated
    at = (down[mine], across[mine])
    np.add.at(found, at, total[mine])
    np.add.at(counts, at, 1)
    for table in (found, counts):
        table[-1, :] = table[:-1, :].sum(axis=0)
        table[:, -1] = table[:, :-1].sum(axis=1)
    return tuple(
        tuple(int(value) if count else None for value, count in zip(row, row_counts, strict=True))
        for row, row_counts in zip(found, counts, strict=True)
    )


def cells_of(lines: Sequence[Line]) -> dict[str, list[str | None]]:
    """What a summary freezes of its table."""
    return {row.item: list(row.texts) for row in lines}


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that differs between two tables; None: nobody stated the item there."""

    item: str
    column: str
    before: str | None
    after: str | None


def differences(before: Cells, after: Cells) -> list[Difference]:
    """The cells that differ, in the order of the items; an item that only one table has counts as empty in the other.

    >>> differences({"110": ["1"] + [None] * 9}, {"110": ["2"] + [None] * 9})
    [Difference(item='110', column='S001', before='1', after='2')]
    """
    empty: Sequence[str | None] = (None,) * len(COLUMNS)
    return [
        Difference(item, column, old, new)
        for item in dict.fromkeys([*before, *after])
        for column, old, new in zip(COLUMNS, before.get(item, empty), after.get(item, empty), strict=True)
        if old != new
    ]


class SummaryState(StrEnum):
    """Where the newest summary of a body, form and period stands; `none` is none at all."""

    NONE = "none"
    SENT = "sent"
    RECALLED = "recalled"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class SummaryVerb(StrEnum):
    """What a person does to it."""

    SEND = "send"
    RECALL = "recall"
    ACCEPT = "accept"
    RETURN = "return"


#: State × verb → next state. Sending after an acceptance makes an amended summary; the accepted one stays.
MOVES: Final[Mapping[tuple[SummaryState, SummaryVerb], SummaryState]] = {
    (SummaryState.NONE, SummaryVerb.SEND): SummaryState.SENT,
    (SummaryState.RECALLED, SummaryVerb.SEND): SummaryState.SENT,
    (SummaryState.RETURNED, SummaryVerb.SEND): SummaryState.SENT,
    (SummaryState.ACCEPTED, SummaryVerb.SEND): SummaryState.SENT,
    (SummaryState.SENT, SummaryVerb.RECALL): SummaryState.RECALLED,
    (SummaryState.SENT, SummaryVerb.ACCEPT): SummaryState.ACCEPTED,
    (SummaryState.SENT, SummaryVerb.RETURN): SummaryState.RETURNED,
}
