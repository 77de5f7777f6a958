"""From institutions to the sums that the formulas take: which amounts count in which group, and up the trees.

One column at a time (a nation has a million and a half institutions): int64 where no sum can leave it, Python
integers else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jieyue.apps.accounts.filed import Filed
from jieyue.domain.account_form import BOUGHT_ROLES, AccountForm
from jieyue.domain.sums import ORIGINS
from jieyue.domain.tree import topological_order
from jieyue.store import arrays
from jieyue.store.arrays import Bools, Ints, Numbers

_REGISTRY = ("floor_area", "persons", "vehicles")


class Leaves:
    """Institutions with their groups (the step `rated`) and their amounts."""

    def __init__(self, rated: pa.Table, filed: Filed, form: AccountForm) -> None:
        self._rated = rated
        self._filed = filed
        self._form = form
        self._place = arrays.places(filed.institutions, rated.column("institution"))
        self._run = _run(self._place)
        self._names = frozenset(filed.names())
        self._known_all = arrays.whole(rated.column("known_all"))
        self._bits = {code: bit for bit, code in enumerate(form.flow_codes)}
        self._means: dict[str, tuple[Numbers, Bools]] = {}

    @property
    def institutions(self) -> Ints:
        """Identifiers, in the order of the columns."""
        return arrays.whole(self._rated.column("institution"))

    def nodes(self, tree: str) -> Ints:
        """The node of each institution in a tree; 0 = none."""
        return arrays.whole(self._rated.column(tree))

    def columns(self) -> Iterator[tuple[str, Numbers]]:
        """Name of `domain.sums` and what each institution adds to it; the same array again where two are the same."""
        yield from self._counts()
        yield from self._stocks()
        yield from self._energy()
        yield from self._water_and_fuel()
        yield from self._money()

    def _flag(self, name: str) -> Bools:
        return arrays.flag(self._rated.column(name))

    def _number(self, name: str) -> Ints:
        return arrays.wide(self._rated.column(name)).astype(np.int64)

    def _stock(self, role: str) -> tuple[Numbers, Bools]:
        if role in self._form.means:
            return self._mean(role)
        return arrays.quantities(self._rated.column(role), len(self._place))

    def _mean(self, role: str) -> tuple[Numbers, Bools]:
        """A stock that is a mean, in parts of a ten-thousandth (`AccountForm.parts`): sum ÷ months, exactly."""
        if role not in self._means:
            parts = self._form.parts(role, self._filed.months)
            shares = [parts // max(months, 1) for months in range(self._filed.months + 1)]
            share = np.array(shares, dtype=np.int64 if parts < 2**62 else object)
            total = arrays.safe(arrays.wide(self._rated.column(role)), times=parts)
            known = arrays.known(arrays.one(self._rated.column(role)))
            self._means[role] = total * share[self._number(f"{role}_months")], known
        return self._means[role]

    def _states(self, code: str) -> Bools:
        return (self._known_all >> self._bits[code] & 1).astype(bool)

    def _also(self, role: str, members: Bools) -> Bools | None:
        """Where the stock is known; None if it is of all these members, so that their amounts stay as they are."""
        known = self._stock(role)[1]
        return None if bool(known[members].all()) else known

    def _amount(self, name: str, where: Bools) -> Numbers:
        return self._filed.amount(name, self._place if self._run is None else self._run) * where

    def _counts(self) -> Iterator[tuple[str, Numbers]]:
        expected, present = self._number("expected"), self._number("present")
        at_end, energy, water = self._flag("at_end"), self._flag("e_ok"), self._flag("w_ok")
        complete = self._flag("complete")
        area, persons = self._stock("floor_area")[1], self._stock("persons")[1]
        yield "institutions", at_end.astype(np.int64)
        yield "expected", expected
        yield "present", present
        yield "filers", (at_end & (expected > 0)).astype(np.int64)
        yield "n_e", energy.astype(np.int64)
        yield "n_w", water.astype(np.int64)
        groups = {"e": energy, "w": water, "a": energy & area, "p": energy & persons, "x": water & persons}
        for group, members in {**groups, "f": self._flag("f_ok")}.items():
            yield f"present_{group}", present * members
        bought = [self._form.roles[role] for role in BOUGHT_ROLES if role in self._form.roles]
        for code in (*(item.code for item in self._form.energy_carriers), *bought):
            yield f"k_{code}", (energy & self._states(code)).astype(np.int64)
        for cost in self._form.costs.values():
            yield f"kt_{cost}", (complete & self._states(cost)).astype(np.int64)

    def _stocks(self) -> Iterator[tuple[str, Numbers]]:
        at_end, owes = self._flag("at_end"), self._number("expected") > 0
        for role in _REGISTRY:
            values, known = self._stock(role)
            yield f"s_{role}", values * at_end
            yield f"n_{role}", (at_end & known & owes).astype(np.int64)
        days, energy, water = self._number("days"), self._flag("e_ok"), self._flag("w_ok")
        area, persons = self._stock("floor_area")[0], self._stock("persons")[0]
        yield "a_floor_area_days", _times(area * energy, days)
        yield "p_persons_days", _times(persons * energy, days)
        yield "x_persons_days", _times(persons * water, days)
        fuel = self._flag("f_ok")
        for role in ("petrol_vehicles", "diesel_vehicles"):
            yield f"f_{role}", self._stock(role)[0] * fuel

    def _energy(self) -> Iterator[tuple[str, Numbers]]:
        form, energy = self._form, self._flag("e_ok")
        codes = [item.code for item in form.energy_carriers]
        own = {"petrol_vehicles", "diesel_vehicles", "floor_area", "persons", "vehicles"}
        costs = set(form.costs.values())
        extra = [code for role, code in form.roles.items() if role not in own and code not in codes]
        area, persons = (self._also(role, energy) for role in ("floor_area", "persons"))
        for code in (*codes, *extra):
            if code in form.flow_codes and code not in costs and f"c{code}" in self._names:
                values = self._amount(f"c{code}", energy)
                yield f"e_{code}", values
                yield f"a_{code}", values if area is None else values * area
                yield f"p_{code}", values if persons is None else values * persons
        for code in codes:
            for origin in ORIGINS.values():
                if f"o{origin}_{code}" in self._names:
                    yield f"o{origin}_{code}", self._amount(f"o{origin}_{code}", energy)

    def _water_and_fuel(self) -> Iterator[tuple[str, Numbers]]:
        form = self._form
        if form.water_item is not None and f"c{form.water_item.code}" in self._names:
            values = self._amount(f"c{form.water_item.code}", self._flag("w_ok"))
            yield f"w_{form.water_item.code}", values
            yield f"x_{form.water_item.code}", values * self._stock("persons")[1]
        for role in ("vehicle_petrol", "vehicle_diesel"):
            if f"c{form.roles.get(role)}" in self._names:
                yield f"f_{form.roles[role]}", self._amount(f"c{form.roles[role]}", self._flag("f_ok"))

    def _money(self) -> Iterator[tuple[str, Numbers]]:
        complete = self._flag("complete")
        for item in self._form.carriers:
            cost = self._form.costs.get(item.carrier)
            if cost is None or f"c{cost}" not in self._names:
                continue
            known = complete & self._states(cost)
            yield f"t_{cost}", self._amount(f"c{cost}", known)
            both = known & self._states(item.code)
            for name, code in ((f"q_{item.code}", item.code), (f"m_{item.code}", cost)):
                if f"c{code}" in self._names:
                    values = self._amount(f"c{code}", both)
                    unused = f"unused_{item.code}_{code}"
                    yield name, values - self._amount(unused, both) if unused in self._names else values


def _run(place: Ints) -> slice | None:
    """The places as a slice, None if they are not one after the other."""
    if not len(place) or place[0] < 0 or not np.array_equal(place, place[0] + np.arange(len(place))):
        return None
    return slice(int(place[0]), int(place[0]) + len(place))


def _times(values: Numbers, days: Ints) -> Numbers:
    return arrays.safe(values, times=int(days.max(initial=1))) * days


@dataclass(frozen=True)
class Place:
    """The nodes of a tree in order, where the institutions that count stand, and which stand at none of them."""

    nodes: Sequence[int]
    at: Ints
    counted: Bools | None  # None = all
    levels: Sequence[tuple[Ints, Ints]]
    astray: Bools


def place(found: Ints, parents: Mapping[int, int | None], root: int | None) -> Place:
    """Where institutions stand in a tree; what stands at no node of it counts at the root."""
    nodes = topological_order(parents)
    ids = np.array(nodes, dtype=np.int64)
    order = np.argsort(ids)
    number = arrays.places(ids[order], pa.array(found))
    at = np.where(number >= 0, order[number] if len(order) else 0, -1)
    astray = at < 0
    if root is not None:
        at = np.where(astray, nodes.index(root), at)
    where = {node: position for position, node in enumerate(nodes)}
    up = [(where[node], where[parent]) for node in nodes if (parent := parents[node]) is not None]
    counted = at >= 0
    everyone = bool(counted.all())
    return Place(
        nodes,
        at if everyone else at[counted],
        None if everyone else counted,
        _levels(up, len(nodes)),
        astray,
    )


def rolled(values: Numbers, tree: Place) -> Numbers:
    """Sums of each node and all below it."""
    total = _add(values if tree.counted is None else values[tree.counted], tree.at, len(tree.nodes))
    for children, above in tree.levels:
        total += _add(total[children], above, len(tree.nodes))
    return total


def right_at(values: Numbers, tree: Place) -> Numbers:
    """Sums of each node without those below it."""
    return _add(values if tree.counted is None else values[tree.counted], tree.at, len(tree.nodes))


def by_type(values: Numbers, tree: Place, types: Place) -> Numbers:
    """Sums of each node and all below it, a column for each node of the type tree that the institutions stand at."""
    there, kind = _everybody(tree, len(values)), _everybody(types, len(values))
    both = (there >= 0) & (kind >= 0)
    columns = len(types.nodes)
    total = _add(values[both], there[both] * columns + kind[both], len(tree.nodes) * columns)
    total = total.reshape(len(tree.nodes), columns)
    for children, above in tree.levels:
        np.add.at(total, above, total[children])
    return total


def _everybody(tree: Place, count: int) -> Ints:
    """Where each institution stands, -1 for who does not count."""
    if tree.counted is None:
        return tree.at
    found = np.full(count, -1, dtype=np.int64)
    found[tree.counted] = tree.at
    return found


def _levels(up: Sequence[tuple[int, int]], count: int) -> list[tuple[Ints, Ints]]:
    """(children, their parents) from the deepest level to the one below the top."""
    depth = np.zeros(count, dtype=np.int64)
    for child, parent in reversed(up):  # so that a parent's depth is known before its child's
        depth[child] = depth[parent] + 1
    pairs = np.array(up, dtype=np.int64).reshape(-1, 2)
    found = []
    for level in range(int(depth.max(initial=0)), 0, -1):
        here = pairs[depth[pairs[:, 0]] == level]
        found.append((here[:, 0], here[:, 1]))
    return found


def _add(values: Numbers, at: Ints, count: int) -> Numbers:
    """Sums of values by place; `values` are such that no sum leaves their type."""
    total = np.zeros(count, dtype=values.dtype)
    np.add.at(total, at, values)
    return total
