"""Returns side by side for review: a form's returns as subjects × periods, and what stands beside them.

Quantities are int64 ten-thousandths with a mask of what is known. Not used is 0 and known; missing is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.rule_eval import Quantity

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: A derived item: standard coal of buildings, made by who reads the returns.
TCE = "tce_building"
Table = tuple[Ints, Bools]
"""An item of the returns: values and what is known, both subjects × periods."""


@dataclass(frozen=True)
class Panel:
    """The returns of a form. All arrays are subjects × periods; an item that is absent is unknown throughout."""

    form: str
    periods: tuple[str, ...]
    filed: Bools
    items: Mapping[str, Table]

    def item(self, code: str) -> Table:
        """An item's values (0 where unknown) and mask."""
        found = self.items.get(code)
        if found is None:
            return np.zeros(self.filed.shape, dtype=np.int64), np.zeros(self.filed.shape, dtype=bool)
        return found


@dataclass(frozen=True)
class Desk:
    """What rules look at: the panel under review and what stands beside it, all of the same subjects.

    subjects: identifiers. groups: the peers each subject belongs to. due, member: subjects × periods, whether a
    return is owed, and whether another files for the subject. before: the same periods a year ago. base: those of
    the base year. parts: the months, then the quarters of a yearly panel, each with what was due. others: other forms
    of the same periods (rooms of an institution added up). prices: item of a cost → (low, high) of the authority's
    own list. explained: item → where somebody wrote why the cell is as it is. flows: items that a period adds to.
    """

    panel: Panel
    subjects: Ints
    groups: Ints
    due: Bools
    member: Bools
    before: Panel | None = None
    base: Panel | None = None
    parts: Sequence[tuple[Panel, Bools]] = ()
    others: Mapping[str, Panel] = field(default_factory=dict)
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    explained: Mapping[str, Bools] = field(default_factory=dict)
    flows: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Subjects × periods."""
        return self.panel.filed.size

    def history(self, code: str) -> Table:
        """An item over last year's periods and this year's, one after the other."""
        values, known = self.panel.item(code)
        if self.before is None:
            return values, known
        then, was = self.before.item(code)
        return np.concatenate([then, values], axis=1), np.concatenate([was, known], axis=1)


class DeskSource:
    """A desk as the evaluator reads it: every return of the panel, flattened row by row."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.size = desk.size
        self._cells: dict[tuple[str, str, str], Quantity] = {}

    def cell(self, reader: str, form: str, code: str) -> Quantity:
        """An item of each return, or of the return that the reader names."""
        found = self._cells.get((reader, form, code))
        if found is None:
            values, known = self._table(reader, form, code)
            found = Quantity(np.where(known, values, 0).reshape(-1), known.reshape(-1))
            self._cells[reader, form, code] = found
        return found

    def explained(self, form: str, code: str) -> Bools:
        """Where somebody wrote why the cell is as it is."""
        found = self.desk.explained.get(code) if form == self.desk.panel.form else None
        return np.zeros(self.size, dtype=bool) if found is None else found.reshape(-1)

    def _table(self, reader: str, form: str, code: str) -> Table:
        desk = self.desk
        if form != desk.panel.form:  # another form of the same period, or of its parts together
            other = desk.others.get(form)
            return other.item(code) if other is not None else self._unknown()
        if reader == "prev_year":
            return desk.before.item(code) if desk.before is not None else self._unknown()
        if reader == "base_year":
            return desk.base.item(code) if desk.base is not None else self._unknown()
        if reader == "sum_periods":
            return self._summed(code)
        if reader == "prev_period":
            return self._shifted(code)
        return desk.panel.item(code)

    def _shifted(self, code: str) -> Table:
        width = self.desk.panel.filed.shape[1]
        values, known = self.desk.history(code)
        if values.shape[1] == width:  # nothing before the first period
            values = np.concatenate([np.zeros_like(values[:, :1]), values], axis=1)
            known = np.concatenate([np.zeros_like(known[:, :1]), known], axis=1)
        return values[:, -width - 1 : -1], known[:, -width - 1 : -1]

    def _summed(self, code: str) -> Table:
        """The sum of a year's months, or quarters, known where every one was due and states the item."""
        total, found = self._unknown()
        if total.shape[1] != 1:
            return total, found
        for parts, due in self.desk.parts:
            values, known = parts.item(code)
            whole: Bools = np.asarray((due & known).all(axis=1, keepdims=True)) & ~found
            total = np.where(whole, np.where(known, values, 0).sum(axis=1, keepdims=True), total)
            found = found | whole
        return total, found

    def _unknown(self) -> Table:
        shape = self.desk.panel.filed.shape
        return np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
