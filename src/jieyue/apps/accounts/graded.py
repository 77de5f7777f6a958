"""Grade the institutions of a period as columns: what each owes, what it filed, which groups it is in, where it stands.

Gives the step `rated` of `figures_sums.sql` its rows, to the same rules and in the same words; the registry's rows
come from the lake as they are (`Registry`), the returns added up (`Filed`). The engine takes a hundred and fifty
milliseconds to say the same of a city, most of it planning; `test_graded.py` holds the two together.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from jieyue.apps.accounts.filed import Filed
from jieyue.apps.accounts.sums_query import MONTHS_IN_ONE, index, means
from jieyue.domain.account_form import AccountForm
from jieyue.domain.period import Period
from jieyue.store import arrays
from jieyue.store.arrays import Bools, Ints, Numbers
from jieyue.store.port import Lake
from jieyue.store.scan import Rows, Scan

PLACES = ("area", "department", "type", "line")
_REGISTRY = ("floor_area", "persons", "vehicles")
_FLEETS = ("petrol_vehicles", "diesel_vehicles")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Dated:
    """Rows of the registry: `column` by name, whose they are, and from which day to which (that day not in it)."""

    institution: Ints
    start: Ints
    end: Ints
    columns: dict[str, tuple[Ints, Bools]]

    def on(self, day: Ints | int) -> Bools:
        """Where a row holds on a day."""
        return (self.start <= day) & (self.end > day)

    def take(self, rows: Bools) -> "Dated":
        """Some of the rows."""
        columns = {name: (values[rows], known[rows]) for name, (values, known) in self.columns.items()}
        return Dated(self.institution[rows], self.start[rows], self.end[rows], columns)


class Registry:
    """The institutions and their memberships as of a publication, being read from the moment that this is made."""

    def __init__(self, lake: Lake, sequence: int, institutions: Sequence[int] | None = None) -> None:
        self._wanted = None if institutions is None else np.array(institutions, dtype=np.int64)
        only = {} if institutions is None else {"institution": list(institutions)}
        versions, members = "dim_institution", "dim_membership"
        self._versions = lake.scan(
            versions,
            ["institution", "valid_from", "valid_to", "in_count", *_REGISTRY],
            seq=sequence,
            partitions={versions: only},
        )
        self._members = lake.scan(
            members,
            ["institution", "valid_from", "valid_to", "tree", "node"],
            seq=sequence,
            partitions={members: only},
        )

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        """Read no further."""
        self._versions.close()
        self._members.close()

    def both(self) -> tuple[Dated, Dated]:
        """(`versions`, `members`), each in a thread of its own: of a nation they are eight million rows."""
        with ThreadPoolExecutor(1) as pool:
            versions = pool.submit(self.versions)
            members = self.members()
            return versions.result(), members

    def versions(self) -> Dated:
        """The institutions' attributes: `in_count` and the stocks."""
        return self._read(self._versions, _attributes, ("in_count", *_REGISTRY))

    def members(self) -> Dated:
        """Memberships: `node`, and `tree` as its place in `PLACES`; 4 = the reporting unit, 5 = any other."""
        return self._read(self._members, _membership, ("tree", "node"))

    def _read(
        self, scan: Scan, read: Callable[[Rows], dict[str, tuple[Ints, Bools]]], names: Sequence[str]
    ) -> Dated:
        found = []
        with scan as parts:
            for part in parts:
                whole = {
                    name: arrays.whole(part.columns[name])
                    for name in ("institution", "valid_from", "valid_to")
                }
                rows = Dated(whole["institution"], whole["valid_from"], whole["valid_to"], read(part))
                kept = part.current
                if self._wanted is not None:
                    own = np.isin(rows.institution, self._wanted)
                    kept = own if kept is None else kept & own
                found.append(rows if kept is None else rows.take(kept))
        return found[0] if len(found) == 1 else _joined(found, names)


def _attributes(rows: Rows) -> dict[str, tuple[Ints, Bools]]:
    in_count = arrays.flag(rows.columns["in_count"])
    stocks = {role: arrays.quantities(rows.columns.get(role), rows.count) for role in _REGISTRY}
    return {"in_count": (in_count.astype(np.int64), np.ones(rows.count, dtype=bool)), **stocks}


_UNIT, _OTHER = len(PLACES), len(PLACES) + 1


def _membership(rows: Rows) -> dict[str, tuple[Ints, Bools]]:
    tree = np.full(rows.count, _OTHER, dtype=np.int64)
    for place, name in enumerate((*PLACES, "unit")):
        tree[arrays.says(rows.columns["tree"], name)] = place
    every = np.ones(rows.count, dtype=bool)
    return {"tree": (tree, every), "node": (arrays.whole(rows.columns["node"]), every)}


def _joined(parts: Sequence[Dated], names: Sequence[str]) -> Dated:
    def whole(columns: Iterable[Ints]) -> Ints:
        return np.concatenate([np.zeros(0, dtype=np.int64), *columns])

    def truths(columns: Iterable[Bools]) -> Bools:
        return np.concatenate([np.zeros(0, dtype=bool), *columns])

    return Dated(
        whole(part.institution for part in parts),
        whole(part.start for part in parts),
        whole(part.end for part in parts),
        {
            name: (
                whole(part.columns[name][0] for part in parts),
                truths(part.columns[name][1] for part in parts),
            )
            for name in names
        },
    )


class Seen:
    """The institutions that the registry knows, ascending, and what they owe in a period: before any fact is read.

    Months are those of the period, in order. day: the day whose memberships place an institution.
    """

    def __init__(self, versions: Dated, members: Dated, period: Period, day: date) -> None:
        months = period.months()
        self.period, self.first_month = period, index(months[0])
        self._versions, self._members = versions, members
        self._ends = np.array([_days(month.last_day) for month in months], dtype=np.int64)
        self._first, self._last = _days(period.start), _days(period.last_day)
        self.institutions, self._at = _groups(versions.institution)
        self.born = self._least(versions.start)
        self.ended = -self._least(-versions.end)
        self.days = self._overlap(versions, self._at)
        self.at_end = (self.born <= self._last) & (self.ended > self._last)
        self._node_day = np.maximum(np.minimum(_days(day), self.ended - 1), self.born)
        self._last_seen = np.maximum(np.minimum(self._last, self.ended - 1), self.born)
        tree, node = members.columns["tree"][0], members.columns["node"][0]
        self._away = members.take((tree == _UNIT) & (node != members.institution))
        self._away_at = self._places(self._away)
        known = self._away_at >= 0
        self._away, self._away_at = self._away.take(known), self._away_at[known]
        self.own_days = self.days - self._overlap(self._away, self._away_at)
        self._owe()

    def _places(self, rows: Dated) -> Ints:
        return arrays.places(self.institutions, pa.array(rows.institution))

    def _least(self, values: Ints) -> Ints:
        least = np.full(len(self.institutions), np.iinfo(np.int64).max)
        np.minimum.at(least, self._at, values)
        return least

    def _overlap(self, rows: Dated, at: Ints) -> Ints:
        """Days of the period in which rows hold, added up by institution."""
        days = np.minimum(rows.end, self._last + 1) - np.maximum(rows.start, self._first)
        total = np.zeros(len(self.institutions), dtype=np.int64)
        np.add.at(total, at, np.maximum(days, 0))
        return total

    def _owe(self) -> None:
        """A month is owed by who is in being on its last day and files for itself then."""
        count = len(self.institutions)
        throughout = (self.born <= self._ends[0]) & (self.ended > self._last)
        throughout[self._away_at] = False
        self.partly = np.flatnonzero(~throughout)
        own = (self.born[self.partly, None] <= self._ends) & (self.ended[self.partly, None] > self._ends)
        here = np.searchsorted(self.partly, self._away_at)
        covered = (self._away.start[:, None] <= self._ends) & (self._away.end[:, None] > self._ends)
        np.logical_and.at(own, here, ~covered)
        self._own = own
        self.expected = np.full(count, len(self._ends), dtype=np.int64)
        self.expected[self.partly] = own.sum(axis=1)

    def due(self, chunk: int) -> Ints:
        """The months owed as bits, sixty to a number."""
        own = self._own[:, chunk * MONTHS_IN_ONE : (chunk + 1) * MONTHS_IN_ONE]
        size = min(MONTHS_IN_ONE, len(self._ends) - chunk * MONTHS_IN_ONE)
        bits = np.full(len(self.institutions), (1 << size) - 1, dtype=np.int64)
        bits[self.partly] = (own.astype(np.int64) << np.arange(size)).sum(axis=1)
        return bits

    def elsewhere(self) -> Callable[[Ints, Ints, Ints], Bools] | None:
        """Which returns (institution, first and last month) stand in another's return already; None: nobody's."""
        if not len(self._away_at):
            return None
        months = self.first_month + np.arange(len(self._ends))
        start, end = _month(self._away.start), _month(self._away.end)
        touched = np.zeros_like(self._own)
        here = np.searchsorted(self.partly, self._away_at)
        np.logical_or.at(touched, here, (start[:, None] <= months) & (end[:, None] >= months))
        known = self.institutions[self.partly]
        away, own = _running(touched), _running(self._own)

        def stands(institution: Ints, first: Ints, last: Ints) -> Bools:
            place = arrays.places(known, pa.array(institution))
            low = np.clip(first - self.first_month, 0, len(months))
            high = np.clip(last - self.first_month + 1, 0, len(months))
            found: Bools = (
                (place >= 0) & (away[place, high] > away[place, low]) & (own[place, high] == own[place, low])
            )
            return found

        return stands

    def members_at_end(self) -> Bools:
        """Who stands in another's reporting unit when last seen."""
        found = np.zeros(len(self.institutions), dtype=bool)
        found[self._away_at[self._away.on(self._last_seen[self._away_at])]] = True
        return found

    def last_version(self) -> tuple[Bools, dict[str, tuple[Ints, Bools]]]:
        """(who has attributes when last seen, these by name: value and where known)."""
        rows = self._versions.on(self._last_seen[self._at])
        at, there = self._at[rows], np.zeros(len(self.institutions), dtype=bool)
        there[at] = True
        found = {}
        for name, (values, known) in self._versions.columns.items():
            some = known[rows]
            found[name] = _largest(at[some], values[rows][some], len(there))
        return there, found

    def nodes(self, outside: Sequence[int]) -> tuple[dict[str, Ints], Bools]:
        """(tree to the node of each institution, 0 where none; who reports to a node of `outside`)."""
        at = self._places(self._members)
        tree, node = self._members.columns["tree"][0], self._members.columns["node"][0]
        standing = (at >= 0) & (tree < _UNIT)
        standing &= self._members.on(self._node_day[np.maximum(at, 0)]) if len(self.institutions) else False
        count = len(self.institutions)
        found = {}
        for place, name in enumerate(PLACES):
            rows = standing & (tree == place)
            found[name] = _largest(at[rows], node[rows], count)[0]
        lines = np.flatnonzero(standing & (tree == PLACES.index("line")))
        is_outside = np.zeros(count, dtype=bool)
        is_outside[at[lines[np.isin(node[lines], np.array(outside, dtype=np.int64))]]] = True
        return found, is_outside


def _days(day: date) -> int:
    return day.toordinal() - _EPOCH


def _month(days: Ints) -> Ints:
    """year * 12 + month - 1 of days since 1970."""
    months: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months + 1970 * 12


def _groups(keys: Ints) -> tuple[Ints, Ints]:
    """(the keys, each once, ascending; the place of each row among them)."""
    if len(keys) < 2 or bool((keys[1:] > keys[:-1]).all()):
        return keys, np.arange(len(keys))
    once = np.unique(keys)
    return once, np.searchsorted(once, keys)


def _largest(at: Ints, values: Ints, count: int) -> tuple[Ints, Bools]:
    """(the largest of the values at each place, 0 where none; where any)."""
    found, there = np.full(count, np.iinfo(np.int64).min), np.zeros(count, dtype=bool)
    np.maximum.at(found, at, values)
    there[at] = True
    return found * there, there


def _running(truths: Bools) -> Ints:
    """How many are true before each column, and in all."""
    total = np.zeros((truths.shape[0], truths.shape[1] + 1), dtype=np.int64)
    np.cumsum(truths, axis=1, out=total[:, 1:])
    return total


def rated(
    seen: Seen, filed: Filed, form: AccountForm, *, outside: Sequence[int] = (), everybody: bool = False
) -> pa.Table:
    """The rows of the step `rated`. everybody: bodies outside the count too."""
    nodes, is_outside = seen.nodes(outside)
    there, version = seen.last_version()
    has_return = filed.part >= 0
    if not everybody:
        there &= (version["in_count"][0] == 1) & ~is_outside
    rows = np.flatnonzero(there & ((seen.days > 0) | has_return))
    present = sum(
        (np.bitwise_count(filed.months_filed(chunk) & seen.due(chunk)) for chunk in range(filed.chunks)),
        start=np.zeros(len(there), dtype=np.int64),
    )
    whole = filed.part == 0
    present = np.where(whole, seen.expected, present * has_return)
    complete = has_return & (whole | (present == seen.expected))
    stocks = _stocks(seen, filed, form, version)
    grades = _grades(filed, form, complete, stocks)
    numbers = {
        "institution": seen.institutions, **nodes, "days": seen.own_days, "expected": seen.expected,
        "present": present, "known_all": filed.masks("known_all"),
    }  # fmt: skip
    numbers |= {f"{role}_months": stocks[role][1] for role in means(form)}
    truths = {"at_end": seen.at_end, "complete": complete, **grades}
    columns = {name: pa.array(values[rows]) for name, values in numbers.items()}
    columns |= {name: _truths(values[rows]) for name, values in truths.items()}
    for role, (total, _, known) in stocks.items():
        column = arrays.long_decimals if role in form.means else arrays.decimals
        columns[role] = column(total[rows], known[rows])
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))


def _truths(values: Bools) -> pa.Array:
    return pa.Array.from_buffers(
        pa.bool_(), len(values), [None, pa.py_buffer(np.packbits(values, bitorder="little"))]
    )


_Stock = tuple[Numbers, Ints, Bools]


def _stocks(
    seen: Seen, filed: Filed, form: AccountForm, version: dict[str, tuple[Ints, Bools]]
) -> dict[str, _Stock]:
    """Role to (total, what it is to be divided by, where known): the return's, else the registry's.

    The registry speaks only of who stands in no other's reporting unit.
    """
    alone = ~seen.members_at_end()
    count = len(seen.institutions)
    found = {}
    for role in (*_REGISTRY, *_FLEETS):
        nothing = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64), np.zeros(count, dtype=bool)
        total, months, known = filed.stock(role) if role in form.roles else nothing
        if role in _REGISTRY:
            own, there = version[role]
            own_too = there & alone & ~known
            total = total * known + own * own_too
            months = np.where(known, months, 1)
            known = known | own_too
        found[role] = total, months, known
    return found


def _grades(filed: Filed, form: AccountForm, complete: Bools, stocks: dict[str, _Stock]) -> dict[str, Bools]:
    """The groups `e_ok`, `w_ok`, `f_ok`: whose returns state what the figures need in every period."""
    bits = {code: 1 << place for place, code in enumerate(form.flow_codes)}
    known_all, known_any = filed.masks("known_all"), filed.masks("known_any")

    def mask(codes: Sequence[str]) -> int:
        return sum(bits[code] for code in codes)

    def states(wanted: int) -> Bools:
        return (known_all & wanted == wanted) if wanted else np.zeros(len(complete), dtype=bool)

    every = mask([item.code for item in form.energy_carriers])
    required = mask([item.code for item in form.energy_carriers if item.required])
    energy = (known_all & required == required) & (known_all & every != 0)
    energy &= known_any & every == known_all & every
    water = states(mask([form.water_item.code] if form.water_item else []))
    fuels = [form.roles[role] for role in ("vehicle_petrol", "vehicle_diesel") if role in form.roles]
    fuel = states(mask(fuels)) & stocks["petrol_vehicles"][2] & stocks["diesel_vehicles"][2]
    return {"e_ok": complete & energy, "w_ok": complete & water, "f_ok": complete & fuel}
