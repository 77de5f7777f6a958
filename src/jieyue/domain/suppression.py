"""Which cells of a table that goes out must be withheld, and what can still be worked out about each of them.

A cell is withheld because few stand behind it or one of them outweighs the rest (primary); then others are, until no
withheld value can be worked out from what is printed (complementary). Whether it can is not a rule of thumb: the least
and the greatest value that a reader may still hold possible are solved for, from every sum that the printed tables,
earlier releases and other boundary sets give him, with all numbers rounded as printed (an interval test; Fischetti and
Salazar-González 2001 state the problem). Values are of sums over institutions, so none is below zero.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np

#: Why a cell is withheld.
FEW, DOMINATED, SENSITIVE, COMPLEMENTARY = "few", "dominated", "sensitive", "complementary"


@dataclass(frozen=True, slots=True)
class Contributors:
    """Who stands behind a cell: how many, and the share of the largest in each indicator (None: nothing there).

    sensitive: how many of them are in totals only; their_share: what these hold together of each indicator.
    """

    count: int
    largest: Sequence[Fraction | None] = ()
    sensitive: int = 0
    their_share: Sequence[Fraction | None] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` is the sum of `parts`; all are keys of cells."""

    total: str
    parts: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """All cells that the sum speaks of."""
        return (self.total, *self.parts)


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator of all cells: exact values by key, and half of the last printed digit."""

    values: Mapping[str, Fraction]
    half: Fraction


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader can work out: the value lies between low and high (None: no limit)."""

    low: float
    high: float | None


@dataclass(frozen=True)
class Pattern:
    """withheld: key → reason. bounds: (indicator, key) → what can be worked out of it. exposed: keys that are withheld
    in vain, because nothing more can be withheld that would hide them."""

    withheld: Mapping[str, str]
    bounds: Mapping[tuple[str, str], Bounds] = field(default_factory=dict)
    exposed: tuple[str, ...] = ()


def primary(cells: Mapping[str, Contributors], *, least: int, dominance: Fraction) -> dict[str, str]:
    """Cells with fewer than `least` institutions, or of which one holds more than `dominance` of an indicator.

    A cell with sensitive institutions is withheld too if without them it would be one of fewer than `least`, or if
    they together hold more than `dominance`. A cell without any institution says nothing of anybody and stays.

    >>> cells = {"a": Contributors(2), "b": Contributors(3, [Fraction(9, 10)]), "c": Contributors(3)}
    >>> primary(cells, least=3, dominance=Fraction(4, 5))
    {'a': 'few', 'b': 'dominated'}
    """
    found = {}
    for key, who in cells.items():
        if 0 < who.count < least:
            found[key] = FEW
        elif who.count and any(share is not None and share > dominance for share in who.largest):
            found[key] = DOMINATED
        elif who.sensitive and (
            who.count - who.sensitive < least
            or any(share is not None and share > dominance for share in who.their_share)
        ):
            found[key] = SENSITIVE
    return found


class _Reader:
    """What a reader of the printed numbers can solve for, for one indicator."""

    def __init__(self, measure: Measure, sums: Iterable[Sum]) -> None:
        self.values = measure.values
        self.half = float(measure.half)
        self.place = {key: place for place, key in enumerate(measure.values)}
        import highspy  # the library core does without a solver

        self.solver: Any = highspy
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        self.model.silent()
        for name, value in (("presolve", "off"), ("simplex_strategy", 4), ("threads", 1)):
            self.model.setOptionValue(name, value)
        for key in self.values:
            self.model.addVar(*self._printed(key))
        for one in sums:
            if all(key in self.place for key in one.keys):
                columns = np.array([self.place[key] for key in one.keys], dtype=np.int32)
                signs = np.array([-1.0, *([1.0] * len(one.parts))])
                self.model.addRow(0.0, 0.0, len(columns), columns, signs)

    def _printed(self, key: str) -> tuple[float, float]:
        value = float(self.values[key])
        return max(value - self.half, 0.0), value + self.half

    def hide(self, keys: Iterable[str]) -> None:
        """Print these no more."""
        for key in keys:
            self.model.changeColBounds(self.place[key], 0.0, inf)

    def show(self, key: str) -> None:
        """Print it again."""
        self.model.changeColBounds(self.place[key], *self._printed(key))

    def bounds(self, key: str) -> Bounds:
        """The least and the greatest value that fits all that is printed."""
        place = self.place[key]
        self.model.changeColCost(place, 1.0)
        low = self._optimum(self.solver.ObjSense.kMinimize)
        high = self._optimum(self.solver.ObjSense.kMaximize)
        self.model.changeColCost(place, 0.0)
        return Bounds(max(low or 0.0, 0.0), high)

    def _optimum(self, sense: Any) -> float | None:
        self.model.changeObjectiveSense(sense)
        self.model.run()
        status, kinds = self.model.getModelStatus(), self.solver.HighsModelStatus
        if status == kinds.kOptimal:
            return float(self.model.getObjectiveValue())
        if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
            return None
        raise ValueError(f"the sums of a table do not add up: {self.model.modelStatusToString(status)}")


def is_hidden(value: Fraction, found: Bounds, within: Fraction) -> bool:
    """Whether what can be worked out leaves the value open to more than `within` of itself on both sides.

    >>> is_hidden(Fraction(100), Bounds(89.0, 111.0), Fraction(1, 10))
    True
    >>> is_hidden(Fraction(100), Bounds(95.0, None), Fraction(1, 10))
    False
    """
    if value == 0:
        return found.high is None or found.high > 0
    low, high = float(value * (1 - within)), float(value * (1 + within))
    return found.low < low and (found.high is None or found.high > high)


def bounds_of(measure: Measure, sums: Sequence[Sum], withheld: Collection[str]) -> dict[str, Bounds]:
    """What can be worked out of each withheld cell of one indicator. Raises ValueError if sums contradict values."""
    reader = _Reader(measure, sums)
    wanted = [key for key in withheld if key in reader.place]
    reader.hide(wanted)
    return {key: reader.bounds(key) for key in wanted}


def protect(
    measures: Mapping[str, Measure],
    sums: Sequence[Sum],
    first: Mapping[str, str],
    *,
    within: Fraction,
    fixed: Collection[str] = (),
    withheld: Collection[str] = (),
    unprinted: Collection[str] = (),
) -> Pattern:
    """Withhold more cells until every one of `first` is hidden in every indicator; then give back what is not needed.

    first: cells withheld for themselves. fixed: cells that are always printed, or were printed before. withheld: cells
    that an earlier release withholds: they stay so and must stay hidden. unprinted: groups that stand in no table but
    in the difference of two; they are protected if they are in `first`. One pattern holds for all indicators, for one
    that is printed gives another away (a total by an intensity and an area). The cheapest are taken first: those with
    the smallest values in the first indicator.
    """
    readers = {code: _Reader(measure, sums) for code, measure in measures.items()}
    found: dict[str, str] = {**dict.fromkeys(withheld, COMPLEMENTARY), **first}
    hidden_from = _Protection(readers, measures, sums, within, frozenset(fixed) - found.keys())
    hidden_from.hide({*found, *unprinted})
    exposed: list[str] = []
    waiting = list(found)
    while waiting:  # who is hidden once stays so: withholding more only widens what a reader holds possible
        if not hidden_from.is_open(waiting[0]):
            waiting.pop(0)
            continue
        more = hidden_from.cheapest_beside(waiting[0], {*found, *unprinted})
        if more is None:
            exposed.append(waiting.pop(0))
            continue
        found[more] = COMPLEMENTARY
        hidden_from.hide([more])
        waiting.append(more)
    _give_back(hidden_from, found, kept={*first, *withheld}, exposed=exposed)
    in_vain = tuple(key for key in exposed if key in found)  # what is printed again hides nothing
    return Pattern(found, hidden_from.all_bounds(found), in_vain)


class _Protection:
    """The readers of all indicators together."""

    def __init__(
        self,
        readers: Mapping[str, _Reader],
        measures: Mapping[str, Measure],
        sums: Sequence[Sum],
        within: Fraction,
        fixed: frozenset[str],
    ) -> None:
        self.readers, self.measures, self.sums, self.within = readers, measures, sums, within
        self.fixed = fixed
        self.weights = next(iter(measures.values())).values if measures else {}

    def hide(self, keys: Iterable[str]) -> None:
        wanted = list(keys)
        for reader in self.readers.values():
            reader.hide(key for key in wanted if key in reader.place)

    def show(self, key: str) -> None:
        for reader in self.readers.values():
            if key in reader.place:
                reader.show(key)

    def is_open(self, key: str) -> bool:
        """Whether some indicator of the cell can be worked out."""
        return any(
            key in reader.place and not is_hidden(reader.values[key], reader.bounds(key), self.within)
            for reader in self.readers.values()
        )

    def cheapest_beside(self, key: str, taken: Collection[str]) -> str | None:
        """The cell that costs least of those that stand in a sum with the open one, or with one that does.

        What is printed for good joins no two sums: a number that a reader has lets nothing in the one sum widen what he
        holds possible in the other.
        """
        reached, beside = {key}, set[str]()
        while not beside:
            near = {other for one in self.sums if reached & set(one.keys) for other in one.keys} - self.fixed
            if near <= reached:
                return None
            reached |= near
            beside = {one for one in near if one not in taken and self.weights.get(one, 0) > 0}
        return min(beside, key=lambda one: (self.weights[one], one))

    def all_bounds(self, keys: Iterable[str]) -> dict[tuple[str, str], Bounds]:
        wanted = list(keys)
        return {
            (code, key): reader.bounds(key)
            for code, reader in self.readers.items()
            for key in wanted
            if key in reader.place
        }


def _give_back(
    protection: _Protection, found: dict[str, str], *, kept: Collection[str], exposed: Collection[str]
) -> None:
    """Print again what need not be withheld, the largest first."""
    extra = [key for key in found if key not in kept]
    for key in sorted(extra, key=lambda one: (-protection.weights.get(one, 0), one)):
        protection.show(key)
        rest = [other for other in found if other != key and other not in exposed]
        if any(protection.is_open(other) for other in rest):
            protection.hide([key])
        else:
            del found[key]
