"""Add up the returns of a period by institution: columns of whole numbers, one place an institution.

Gives the steps `parts`, `chosen` and `last_stocks` of `figures_graded.sql` their rows, to the same rules, and the
amounts themselves. An engine's grouping costs some twenty nanoseconds a value, this two; a city has eight
million values a year. Quantities are int64 ten-thousandths; a sum that could leave int64 is taken in Python
integers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.accounts.sums_query import MONTHS_IN_ONE, NOT_USED, STOCKS, index, stock_roles, summed
from jieyue.domain.account_form import AccountForm, FlowItem
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS
from jieyue.store import arrays
from jieyue.store.arrays import Bools, Ints, Numbers

#: What a file of one month says the same of in all rows.
SAME_IN_MOST = ("period", "kind", "first_month", "last_month")
KEYS = ("institution", "period", "kind", "year", "first_month", "last_month")
_SAFE = 2**62
_THREADS = 2
_WORTH_THREADS = 100_000  # rows from which a second thread saves more than it costs
_PARTS = (0, 1, 2)  # the whole period's return, months, quarters
#: What a stock of a part's return counts in a mean: the whole's stands alone, a quarter's for three months.
_WEIGHTS = (1, 1, 3)
_ORIGIN_NUMBERS = np.arange(NOT_USED + 1)
_UNSTATED = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Block:
    """Some rows of the fact table: columns by name, or what a column says in all rows; an absent item is null."""

    columns: Mapping[str, pa.ChunkedArray | pa.Array]
    rows: int
    current: Bools | None = None
    year: int | None = None
    same: Mapping[str, int | str] = field(default_factory=dict)

    def ints(self, name: str) -> Ints:
        """A whole-number column, 0 where null or absent."""
        said = self.year if name == "year" else self.same.get(name)
        if said is not None:
            return np.full(self.rows, int(said), dtype=np.int64)
        column = self.columns.get(name)
        return np.zeros(self.rows, dtype=np.int64) if column is None else arrays.whole(column)

    def is_text(self, name: str, wanted: str) -> Bools:
        """Where a text column says this."""
        if name in self.same:
            return np.full(self.rows, self.same[name] == wanted)
        return arrays.says(self.columns[name], wanted)

    def texts(self, name: str, rows: Ints) -> list[str]:
        """What a text column says in some rows."""
        if name in self.same:
            return [str(self.same[name])] * len(rows)
        found: list[str] = self.columns[name].take(pa.array(rows)).to_pylist()
        return found


def columns_of(form: AccountForm) -> list[str]:
    """Columns of the fact table that `Filed` reads."""
    stocks = [f"c{form.roles[role]}" for role in stock_roles(form)]
    items = [f"o{code}" for code in form.flow_codes] + [f"c{code}" for code in summed(form)]
    return list(dict.fromkeys([*KEYS, *items, *stocks]))


@dataclass
class _Part:
    """What one part (whole, months, quarters) of each institution adds up to.

    Amounts have one place more than there are institutions: what is not counted is added there.
    """

    size: int
    months: int
    there: Bools = field(init=False)
    end: Ints = field(init=False)
    known_all: Ints = field(init=False)
    known_any: Ints = field(init=False)
    filed: list[Ints] = field(init=False)
    stocks: dict[str, tuple[Ints, Bools]] = field(default_factory=dict)
    stated: dict[str, Ints] = field(default_factory=dict)
    sums: dict[str, Numbers] = field(default_factory=dict)
    splits: dict[str, "_Split"] = field(default_factory=dict)
    bounds: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.there = np.zeros(self.size, dtype=bool)
        self.end = np.full(self.size, -1, dtype=np.int64)
        self.known_all = np.full(self.size, -1, dtype=np.int64)
        self.known_any = np.zeros(self.size, dtype=np.int64)
        chunks = -(-self.months // MONTHS_IN_ONE)
        self.filed = [np.zeros(self.size, dtype=np.int64) for _ in range(chunks)]

    def add(self, name: str, at: Ints, values: Ints, times: int) -> None:
        """Add values at places, none of which comes more than `times` times."""
        bound = self.bounds.get(name, 0) + times * max(-int(values.min()), int(values.max()))
        total = self.sums.get(name)
        if total is None:
            total = self.sums[name] = np.zeros(self.size + 1, dtype=np.int64)
        if bound >= _SAFE and total.dtype != object:
            total = self.sums[name] = total.astype(object)
        self.bounds[name] = bound
        np.add.at(total, at, values)

    def add_by_origin(
        self, code: str, at: Ints, values: Ints, origins: NDArray[np.int8], every: NDArray[np.int8]
    ) -> None:
        """Add values, added under `c<code>` before, by their origins too; every: the origins of all rows."""
        if code not in self.splits:
            self.splits[code] = _Split(self.size + 1)
        split = self.splits[code]
        split.note(every)
        split.add(at, values, origins, wide=self.sums[f"c{code}"].dtype == object)
        self.sums |= {f"o{origin}_{code}": split.row(origin) for origin in split.counted()}

    def keep_stock(
        self, role: str, at: Ints, values: Ints, known: Bools, *, same: Bools, rooms: bool
    ) -> None:
        """The stock of the last row; of two rows with one end the larger, or both where they are of two rooms.

        same: where a row ends when the last one before did; else it ends later.
        """
        if role not in self.stocks:
            self.stocks[role] = (np.zeros(self.size, dtype=np.int64), np.zeros(self.size, dtype=bool))
        kept, there = self.stocks[role]
        newer = ~same
        kept[at[newer]], there[at[newer]] = values[newer], known[newer]
        at, values, known = at[same], values[same], known[same]
        if rooms:
            kept[at] += values
            there[at] |= known
        else:
            larger = known & (~there[at] | (values > kept[at]))
            kept[at[larger]], there[at[larger]] = values[larger], True

    def keep_stated(self, role: str, at: Ints, values: Ints, known: Bools, month: Ints) -> None:
        """The stock that each return states, by the month of the period that it begins in; of two the larger."""
        if role not in self.stated:
            self.stated[role] = np.full((self.months, self.size), _UNSTATED, dtype=np.int64)
        cells = self.stated[role].reshape(-1)
        here = (month * self.size + at)[known]
        cells[here] = np.maximum(cells[here], values[known])

    def mean(self, role: str, weight: int) -> tuple[Numbers, Ints]:
        """(stocks stated × the months that each stands for, added up; these months, 0 where none is stated)."""
        cells = self.stated[role]
        known = cells != _UNSTATED
        values = arrays.safe(np.where(known, cells, 0), times=weight)
        return values.sum(axis=0) * weight, known.sum(axis=0) * weight


class _Split:
    """The amounts of a carrier by origin: a row of places for each; memory that is not written to costs nothing."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._there = 0
        self._rows: Numbers = np.zeros((NOT_USED + 1, size), dtype=np.int64)

    def note(self, origins: NDArray[np.int8]) -> None:
        """These origins occur, whether or not with an amount."""
        self._there |= int(np.bitwise_or.reduce(np.left_shift(1, origins, dtype=np.int16)))

    def add(self, at: Ints, values: Ints, origins: NDArray[np.int8], *, wide: bool) -> None:
        """Add values at places; wide: sums may leave int64."""
        if wide and self._rows.dtype != object:
            self._rows = self._rows.astype(object)
        np.add.at(self._rows.reshape(-1), np.take(_ORIGIN_NUMBERS * self._size, origins) + at, values)

    def counted(self) -> list[int]:
        """Origins with a row that totals show."""
        return [origin for origin in ORIGINS.values() if self._there >> origin & 1]

    def row(self, origin: int) -> Numbers:
        """Sums of an origin by place."""
        row: Numbers = self._rows[origin]
        return row


class Filed:
    """The returns of a period, added up; `institutions` ascending, rows of others are left out.

    doubled: returns (institution, period) that another's return stands for. rooms: an institution files one return
    for each of its rooms, so that the stocks of one period are added. elsewhere: says the same as `doubled`, asked
    by institution, first and last month.
    """

    def __init__(
        self,
        form: AccountForm,
        period: Period,
        institutions: Ints,
        doubled: Iterable[tuple[int, str]],
        *,
        rooms: bool = False,
        elsewhere: Callable[[Ints, Ints, Ints], Bools] | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self._rooms = rooms
        months = period.months()
        self._form = form
        self._flows = form.flow_codes
        self._summed = summed(form)
        self._carriers: dict[str, list[tuple[FlowItem, str | None]]] = {}
        for item in form.carriers:
            cost = form.costs.get(item.carrier)
            for code in {item.code, cost or item.code}:
                self._carriers.setdefault(code, []).append((item, cost))
        self._period = str(period)
        self._from, self._to = index(months[0]), index(months[-1])
        self.institutions = institutions
        self.doubled = frozenset(doubled)
        self._parts: dict[int, _Part] = {}
        self.months = len(months)
        self._means = [role for role in stock_roles(form) if role in form.means]
        self._pool = ThreadPoolExecutor(_THREADS)

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
        if self.doubled:
            chosen &= ~self._is_doubled(block)
        if self._elsewhere is not None:
            chosen &= ~self._elsewhere(block.ints("institution"), first, last)
        part = np.where(whole, 0, np.where(month, 1, 2))
        values = _Values(block)
        for number in _PARTS:
            rows = chosen & (part == number)
            if rows.any():
                if number not in self._parts:
                    self._parts[number] = _Part(len(self.institutions), self.months)
                times = self._add_returns(
                    self._parts[number], values, np.flatnonzero(rows), place, first, last
                )
                at = np.where(rows, place, len(self.institutions))
                self._add_amounts(self._parts[number], values, at, times)

    def _is_doubled(self, block: Block) -> Bools:
        subjects = block.ints("institution")
        suspects = np.flatnonzero(np.isin(subjects, [institution for institution, _ in self.doubled]))
        found = np.zeros(block.rows, dtype=bool)
        periods = block.texts("period", suspects)
        pairs = zip(subjects[suspects].tolist(), periods, strict=True)
        found[suspects] = [pair in self.doubled for pair in pairs]
        return found

    def _add_returns(
        self, part: _Part, values: "_Values", chosen: Ints, place: Ints, first: Ints, last: Ints
    ) -> int:
        """Add which returns there are, what they state and their stocks; how often a place comes at most."""
        times = 0
        states = values.known(self._flows)
        stocks = {role: values.quantity(self._form.roles[role]) for role in stock_roles(self._form)}
        averaged = {role: stocks.pop(role) for role in self._means}
        for rows in _layers(chosen, place[chosen]):
            times += 1
            at, ends, known = place[rows], last[rows], states[rows]
            before = part.end[at]
            latest = np.flatnonzero(ends >= before)  # files come in the latest first: soon there are few
            same = ends[latest] == before[latest]
            for role, (stock, there) in stocks.items():
                here = rows[latest]
                part.keep_stock(role, at[latest], stock[here], there[here], same=same, rooms=self._rooms)
            for role, (stock, there) in averaged.items():
                month = np.clip(first[rows] - self._from, 0, self.months - 1)
                part.keep_stated(role, at, stock[rows], there[rows], month)
            part.there[at[latest]] = True
            part.end[at[latest]] = ends[latest]
            part.known_all[at] &= known
            part.known_any[at] |= known
            for chunk, filed in enumerate(part.filed):
                filed[at] |= self._bits(first[rows], ends, chunk)
        return times

    def _bits(self, first: Ints, last: Ints, chunk: int) -> Ints:
        """The months from first to last as bits of a chunk."""
        if len(first) and first.min() == first.max() and last.min() == last.max():
            first, last = first[:1], last[:1]  # all rows of a month
        base = self._from + chunk * MONTHS_IN_ONE
        low = np.maximum(first - base, 0)
        high = np.minimum(last - base, MONTHS_IN_ONE - 1)
        bits = ((np.int64(1) << np.clip(high - low + 1, 0, 60)) - 1) << np.clip(low, 0, 60)
        return np.where(low <= high, bits, 0)

    def _add_amounts(self, part: _Part, values: "_Values", at: Ints, times: int) -> None:
        jobs = [
            partial(self._add_item, part, values, at, times, code)
            for code in self._summed
            if values.has(code)
        ]
        if len(at) < _WORTH_THREADS:
            for job in jobs:
                job()
        else:
            for started in [self._pool.submit(job) for job in jobs]:
                started.result()

    def _add_item(self, part: _Part, values: "_Values", at: Ints, times: int, code: str) -> None:
        """Add an item's amounts; a carrier's by origin too, and apart what a carrier not in use has and costs."""
        rows, amount = values.amounts(code)
        at = at if rows is None else at[rows]
        part.add(f"c{code}", at, amount, times)
        for item, cost in self._carriers.get(code, ()):
            every = values.origins(item.code)
            origins = every if rows is None else every[rows]
            if code == item.code and item.carrier != self._form.water:
                part.add_by_origin(code, at, amount, origins, every)
            if cost is not None:
                unused = np.flatnonzero((origins == NOT_USED) & (amount != 0))
                if len(unused):
                    part.add(f"unused_{item.code}_{code}", at[unused], amount[unused], times)

    @cached_property
    def part(self) -> NDArray[np.int8]:
        """The part that counts: the whole, else the months, else the quarters; -1 = nothing filed."""
        chosen = np.full(len(self.institutions), -1, dtype=np.int8)
        for number in sorted(self._parts, reverse=True):
            chosen[self._parts[number].there] = number
        return chosen

    def amount(self, name: str, rows: slice | Ints = slice(None)) -> Numbers:
        """An amount of the counting part by institution, of some of them by place."""
        if len(self._parts) == 1:
            (only,) = self._parts.values()
            if name in only.sums:
                return only.sums[name][:-1][rows]
        chosen = self.part[rows]
        total: Numbers = np.zeros(len(chosen), dtype=np.int64)
        for number, part in self._parts.items():
            values = part.sums.get(name)
            if values is not None:
                if values.dtype == object:
                    total = total.astype(object)
                np.copyto(total, values[:-1][rows], where=chosen == number)
        return total

    def names(self) -> list[str]:
        """Names of the amounts: `c<item>`, `o<origin>_<item>`, `unused_<item>_<item or cost>`."""
        return list(dict.fromkeys(name for part in self._parts.values() for name in part.sums))

    def chosen(self) -> pa.Table:
        """The rows of the step `chosen`."""
        there = np.flatnonzero(self.part >= 0)
        columns: dict[str, Ints] = {"institution": self.institutions, "part": self.part.astype(np.int64)}
        for name in ("end", "known_all", "known_any"):
            columns["part_end" if name == "end" else name] = self.masks(name)
        for chunk in range(self.chunks):
            columns[f"m{chunk}"] = self.months_filed(chunk)
        return pa.Table.from_arrays(
            [pa.array(column[there]) for column in columns.values()], names=list(columns)
        )

    @property
    def chunks(self) -> int:
        """How many numbers hold the months as bits."""
        return -(-self.months // MONTHS_IN_ONE)

    def months_filed(self, chunk: int) -> Ints:
        """The months that the counting part's returns speak of, as bits, by institution."""
        return self._merged([(n, part.filed[chunk]) for n, part in self._parts.items()])

    def masks(self, name: str) -> Ints:
        """`known_all` or `known_any` of the counting part: items in all of its returns, in some; or their `end`."""
        return self._merged([(n, getattr(part, name)) for n, part in self._parts.items()])

    def last_stocks(self) -> pa.Table:
        """The rows of the step `last_stocks`."""
        there = np.flatnonzero(self.part >= 0)
        names, columns = ["institution"], [pa.array(self.institutions[there])]
        for role in STOCKS:
            if role in self._means:
                total, months = self._mean(role)
                names += [role, f"{role}_months"]
                columns.append(arrays.long_decimals(total[there], months[there] > 0))
                columns.append(pa.array(months[there], mask=months[there] == 0))
            elif role in self._form.roles:
                values = self._merged([(n, p.stocks[role][0]) for n, p in self._parts.items()])
                known = self._merged(
                    [(n, p.stocks[role][1].astype(np.int64)) for n, p in self._parts.items()]
                )
                names.append(role)
                columns.append(arrays.decimals(values[there], known[there] > 0))
        return pa.Table.from_arrays(columns, names=names)

    def known(self, code: str) -> Bools:
        """Whether every return of the counting part states the flow item, by institution."""
        bit = self._flows.index(code)
        return (self.part >= 0) & ((self.masks("known_all") >> bit & 1) == 1)

    def stock(self, role: str) -> tuple[Numbers, Ints, Bools]:
        """(total, what it is to be divided by, where known) of a stock by institution; 1 but for a mean."""
        if role in self._means:
            total, months = self._mean(role)
            return total, np.maximum(months, 1), months > 0
        values = self._merged([(n, part.stocks[role][0]) for n, part in self._parts.items()])
        known = self._merged([(n, part.stocks[role][1].astype(np.int64)) for n, part in self._parts.items()])
        return values, np.ones(len(values), dtype=np.int64), known > 0

    def _mean(self, role: str) -> tuple[Numbers, Ints]:
        found = {number: part.mean(role, _WEIGHTS[number]) for number, part in self._parts.items()}
        total = self._merged([(number, values) for number, (values, _) in found.items()])
        return total, self._merged([(number, months) for number, (_, months) in found.items()])

    def _merged(self, parts: Sequence[tuple[int, Numbers]]) -> Numbers:
        wide = any(values.dtype == object for _, values in parts)
        total: Numbers = np.zeros(len(self.institutions), dtype=object if wide else np.int64)
        for number, values in parts:
            np.copyto(total, values, where=self.part == number)
        return total


class _Values:
    """The item columns of a block."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._origins: dict[str, NDArray[np.int8]] = {}

    def has(self, code: str) -> bool:
        """Whether the block has an amount of the item at all."""
        column = self._block.columns.get(f"c{code}")
        return column is not None and column.null_count < len(column)

    def quantity(self, code: str) -> tuple[Ints, Bools]:
        """(ten-thousandths, 0 where null; where known)."""
        return arrays.quantities(self._block.columns.get(f"c{code}"), self._block.rows)

    def amounts(self, code: str) -> tuple[Ints | None, Ints]:
        """(rows, their ten-thousandths): the rows that state one where these are few; None: all rows, 0 where null."""
        column = self._block.columns[f"c{code}"]
        if column.null_count * 2 < len(column):
            return None, arrays.quantities(column, self._block.rows)[0]
        return arrays.stated(column)

    def origins(self, code: str) -> NDArray[np.int8]:
        """Origins, 0 where missing."""
        if code not in self._origins:
            column = self._block.columns.get(f"o{code}")
            self._origins[code] = (
                np.zeros(self._block.rows, dtype=np.int8) if column is None else arrays.small(column)
            )
        return self._origins[code]

    def known(self, codes: Sequence[str]) -> Ints:
        """The items that each row states, as bits in the order of the codes."""
        total = np.zeros(self._block.rows, dtype=np.int64)
        for start in range(0, len(codes), 8):  # a byte at a time takes a quarter of what whole numbers take
            byte = np.zeros(self._block.rows, dtype=np.uint8)
            for bit, code in enumerate(codes[start : start + 8]):
                if f"o{code}" in self._block.columns:
                    byte |= (self.origins(code) > 0).view(np.uint8) * np.uint8(1 << bit)
            total |= byte.astype(np.int64) << start
        return total


def _layers(rows: Ints, place: Ints) -> Iterator[Ints]:
    """The rows in groups in which no place comes twice."""
    if len(place) < 2 or bool((place[1:] > place[:-1]).all()):
        yield rows
        return
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    rank = np.arange(len(place)) - np.repeat(starts, np.diff(np.append(starts, len(place))))
    for layer in range(int(rank.max()) + 1):
        yield rows[order[rank == layer]]
