"""Add up the returns of a period by institution: columns of whole numbers, one place an institution.

Gives the steps `parts`, `chosen` and `last_stocks` of `figures_graded.sql` their rows, to the same rules, and the
amounts themselves. An engine's grouping costs some twenty nanoseconds a value, this two; a city has eight
million values a year. Quantities are int64 ten-thousandths; a sum that could leave int64 is taken in Python
integers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.accounts import arrays
from jieyue.apps.accounts.arrays import Bools, Ints, Numbers
from jieyue.apps.accounts.sums_query import MONTHS_IN_ONE, NOT_USED, STOCKS, index, summed
from jieyue.domain.account_form import AccountForm
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS

KEYS = ("institution", "period", "kind", "year", "first_month", "last_month")
_SAFE = 2**62
_PARTS = (0, 1, 2)  # the whole period's return, months, quarters


@dataclass(frozen=True)
class Block:
    """Some rows of the fact table: columns by name; an absent item is null throughout."""

    columns: Mapping[str, pa.ChunkedArray | pa.Array]
    rows: int
    current: Bools | None = None
    year: int | None = None

    def ints(self, name: str) -> Ints:
        """A whole-number column, 0 where null or absent."""
        if name == "year" and self.year is not None:
            return np.full(self.rows, self.year, dtype=np.int64)
        column = self.columns.get(name)
        return np.zeros(self.rows, dtype=np.int64) if column is None else arrays.whole(column)

    def is_text(self, name: str, wanted: str) -> Bools:
        """Where a text column says this."""
        return arrays.says(self.columns[name], wanted)


def columns_of(form: AccountForm) -> list[str]:
    """Columns of the fact table that `Filed` reads."""
    stocks = [f"c{form.roles[role]}" for role in STOCKS if role in form.roles]
    items = [f"o{code}" for code in form.flow_codes] + [f"c{code}" for code in summed(form)]
    return list(dict.fromkeys([*KEYS, *items, *stocks]))


@dataclass
class _Part:
    """What one part (whole, months, quarters) of each institution adds up to."""

    size: int
    months: int
    there: Bools = field(init=False)
    end: Ints = field(init=False)
    known_all: Ints = field(init=False)
    known_any: Ints = field(init=False)
    filed: list[Ints] = field(init=False)
    stocks: dict[str, tuple[Ints, Bools]] = field(default_factory=dict)
    sums: dict[str, Numbers] = field(default_factory=dict)
    bounds: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.there = np.zeros(self.size, dtype=bool)
        self.end = np.full(self.size, -1, dtype=np.int64)
        self.known_all = np.full(self.size, -1, dtype=np.int64)
        self.known_any = np.zeros(self.size, dtype=np.int64)
        chunks = -(-self.months // MONTHS_IN_ONE)
        self.filed = [np.zeros(self.size, dtype=np.int64) for _ in range(chunks)]

    def add(self, name: str, at: Ints, values: Ints) -> None:
        """Add values at places that are all different."""
        if not len(values):
            return
        bound = self.bounds.get(name, 0) + max(-int(values.min()), int(values.max()))
        total = self.sums.get(name)
        if total is None:
            total = self.sums[name] = np.zeros(self.size, dtype=np.int64)
        if bound >= _SAFE and total.dtype != object:
            total = self.sums[name] = total.astype(object)
        self.bounds[name] = bound
        total[at] += values

    def keep_stock(
        self, role: str, at: Ints, values: Ints, known: Bools, *, newer: Bools, same: Bools
    ) -> None:
        """The stock of the last row; of two rows with one end the larger."""
        if role not in self.stocks:
            self.stocks[role] = (np.zeros(self.size, dtype=np.int64), np.zeros(self.size, dtype=bool))
        kept, there = self.stocks[role]
        larger = newer | (same & known & (~there[at] | (values > kept[at])))
        kept[at[larger]], there[at[larger]] = values[larger], known[larger]


class Filed:
    """The returns of a period, added up; `institutions` ascending, rows of others are left out.

    doubled: returns (institution, period) that another's return stands for.
    """

    def __init__(
        self, form: AccountForm, period: Period, institutions: Ints, doubled: Iterable[tuple[int, str]]
    ) -> None:
        months = period.months()
        self._form = form
        self._flows = form.flow_codes
        self._summed = summed(form)
        self._period = str(period)
        self._from, self._to = index(months[0]), index(months[-1])
        self.institutions = institutions
        self._doubled = frozenset(doubled)
        self._parts: dict[int, _Part] = {}
        self._months = len(months)

    def take(self, block: Block) -> None:
        """Add the rows of a block."""
        first = block.ints("year") * 12 + block.ints("first_month") - 1
        last = block.ints("year") * 12 + block.ints("last_month") - 1
        whole = block.is_text("period", self._period)
        month = block.is_text("kind", "M")
        inside = (first >= self._from) & (last <= self._to) & (month | block.is_text("kind", "Q"))
        place = arrays.places(self.institutions, block.columns["institution"])
        chosen = (place >= 0) & (whole | inside)
        if block.current is not None:
            chosen &= block.current
        if self._doubled:
            chosen &= ~self._is_doubled(block)
        part = np.where(whole, 0, np.where(month, 1, 2))
        for number in _PARTS:
            rows = np.flatnonzero(chosen & (part == number))
            if len(rows):
                if number not in self._parts:
                    self._parts[number] = _Part(len(self.institutions), self._months)
                values = _Values(block, None if len(rows) == block.rows else rows)
                self._add(self._parts[number], values, place[rows], first[rows], last[rows])

    def _is_doubled(self, block: Block) -> Bools:
        subjects = block.ints("institution")
        suspects = np.flatnonzero(np.isin(subjects, [institution for institution, _ in self._doubled]))
        found = np.zeros(block.rows, dtype=bool)
        periods = block.columns["period"].take(pa.array(suspects)).to_pylist()
        pairs = zip(subjects[suspects].tolist(), periods, strict=True)
        found[suspects] = [pair in self._doubled for pair in pairs]
        return found

    def _add(self, part: _Part, values: "_Values", place: Ints, first: Ints, last: Ints) -> None:
        known = self._known(values)
        for rows in _layers(place):
            at = place if rows is None else place[rows]
            pick = (lambda column: column) if rows is None else (lambda column: column[rows])  # noqa: B023
            self._add_layer(part, values, at, pick(first), pick(last), pick(known), rows)

    def _add_layer(
        self,
        part: _Part,
        values: "_Values",
        at: Ints,
        first: Ints,
        last: Ints,
        known: Ints,
        rows: Ints | None,
    ) -> None:
        newer, same = last > part.end[at], last == part.end[at]
        for role in STOCKS:
            if role in self._form.roles:
                stock, there = values.quantity(self._form.roles[role], rows)
                part.keep_stock(role, at, stock, there, newer=newer, same=same)
        part.there[at] = True
        part.end[at] = np.maximum(part.end[at], last)
        part.known_all[at] &= known
        part.known_any[at] |= known
        for chunk, filed in enumerate(part.filed):
            base = self._from + chunk * MONTHS_IN_ONE
            low, high = np.maximum(first - base, 0), np.minimum(last - base, MONTHS_IN_ONE - 1)
            filed[at] |= np.where(
                low <= high, ((np.int64(1) << np.clip(high - low + 1, 0, 60)) - 1) << np.clip(low, 0, 60), 0
            )
        self._add_amounts(part, values, at, rows)

    def _add_amounts(self, part: _Part, values: "_Values", at: Ints, rows: Ints | None) -> None:
        costs = self._form.costs
        amounts = {code: values.quantity(code, rows)[0] for code in self._summed if values.has(code)}
        for code, amount in amounts.items():
            part.add(f"c{code}", at, amount)
        for item in self._form.carriers:
            if item.code not in amounts:
                continue
            origins = values.origins(item.code, rows)
            counts = np.bincount(origins, minlength=NOT_USED + 1)
            if item.carrier != self._form.water:
                for origin in ORIGINS.values():
                    if counts[origin]:
                        here = np.flatnonzero(origins == origin)
                        part.add(f"o{origin}_{item.code}", at[here], amounts[item.code][here])
            if item.carrier in costs and counts[NOT_USED]:
                here = np.flatnonzero(origins == NOT_USED)
                for code in (item.code, costs[item.carrier]):
                    if code in amounts:
                        part.add(f"unused_{item.code}_{code}", at[here], amounts[code][here])

    def _known(self, values: "_Values") -> Ints:
        total = np.zeros(values.rows, dtype=np.int64)
        for bit, code in enumerate(self._flows):
            if values.has_origin(code):
                total |= (values.origins(code, None) > 0).astype(np.int64) << bit
        return total

    @cached_property
    def part(self) -> NDArray[np.int8]:
        """The part that counts: the whole, else the months, else the quarters; -1 = nothing filed."""
        chosen = np.full(len(self.institutions), -1, dtype=np.int8)
        for number in sorted(self._parts, reverse=True):
            chosen[self._parts[number].there] = number
        return chosen

    def amount(self, name: str) -> Numbers:
        """An amount of the counting part by institution."""
        total: Numbers = np.zeros(len(self.institutions), dtype=np.int64)
        for number, part in self._parts.items():
            values = part.sums.get(name)
            if values is not None:
                if values.dtype == object:
                    total = total.astype(object)
                here = self.part == number
                total[here] = values[here]
        return total

    def names(self) -> list[str]:
        """Names of the amounts: `c<item>`, `o<origin>_<item>`, `unused_<item>_<item or cost>`."""
        return list(dict.fromkeys(name for part in self._parts.values() for name in part.sums))

    def chosen(self) -> pa.Table:
        """The rows of the step `chosen`."""
        there = np.flatnonzero(self.part >= 0)
        columns: dict[str, Ints] = {"institution": self.institutions, "part": self.part.astype(np.int64)}
        for name in ("end", "known_all", "known_any"):
            columns["part_end" if name == "end" else name] = self._merged(
                [(n, getattr(p, name)) for n, p in self._parts.items()]
            )
        for chunk in range(-(-self._months // MONTHS_IN_ONE)):
            columns[f"m{chunk}"] = self._merged([(n, p.filed[chunk]) for n, p in self._parts.items()])
        return pa.Table.from_arrays(
            [pa.array(column[there]) for column in columns.values()], names=list(columns)
        )

    def last_stocks(self) -> pa.Table:
        """The rows of the step `last_stocks`."""
        there = np.flatnonzero(self.part >= 0)
        names, columns = ["institution"], [pa.array(self.institutions[there])]
        for role in STOCKS:
            if role in self._form.roles:
                values = self._merged([(n, p.stocks[role][0]) for n, p in self._parts.items()])
                known = self._merged(
                    [(n, p.stocks[role][1].astype(np.int64)) for n, p in self._parts.items()]
                )
                names.append(role)
                columns.append(arrays.decimals(values[there], known[there] > 0))
        return pa.Table.from_arrays(columns, names=names)

    def _merged(self, parts: Sequence[tuple[int, Ints]]) -> Ints:
        total = np.zeros(len(self.institutions), dtype=np.int64)
        for number, values in parts:
            here = self.part == number
            total[here] = values[here]
        return total


class _Values:
    """The item columns of some rows of a block, each decoded once."""

    def __init__(self, block: Block, rows: Ints | None) -> None:
        self._block = block
        self._rows = rows
        self.rows = block.rows if rows is None else len(rows)
        self._quantities: dict[str, tuple[Ints, Bools]] = {}
        self._origins: dict[str, NDArray[np.int8]] = {}

    def has(self, code: str) -> bool:
        """Whether the rows have an amount of the item at all."""
        column = self._block.columns.get(f"c{code}")
        return column is not None and column.null_count < len(column)

    def has_origin(self, code: str) -> bool:
        return f"o{code}" in self._block.columns

    def quantity(self, code: str, rows: Ints | None) -> tuple[Ints, Bools]:
        """(ten-thousandths, 0 where null; where known)."""
        if code not in self._quantities:
            column = self._block.columns.get(f"c{code}")
            found = arrays.quantities(column, self._block.rows)
            self._quantities[code] = (
                found if self._rows is None else (found[0][self._rows], found[1][self._rows])
            )
        values, known = self._quantities[code]
        return (values, known) if rows is None else (values[rows], known[rows])

    def origins(self, code: str, rows: Ints | None) -> NDArray[np.int8]:
        """Origins, 0 where missing."""
        if code not in self._origins:
            column = self._block.columns.get(f"o{code}")
            found = np.zeros(self._block.rows, dtype=np.int8) if column is None else arrays.small(column)
            self._origins[code] = found if self._rows is None else found[self._rows]
        return self._origins[code] if rows is None else self._origins[code][rows]


def _layers(place: Ints) -> Iterator[Ints | None]:
    """Rows in groups in which no place comes twice; None = all rows at once."""
    if len(place) < 2 or bool((place[1:] > place[:-1]).all()):
        yield None
        return
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    rank = np.arange(len(place)) - np.repeat(starts, np.diff(np.append(starts, len(place))))
    for layer in range(int(rank.max()) + 1):
        yield order[rank == layer]
