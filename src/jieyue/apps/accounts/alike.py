"""Like for like of all nodes at once: one pass over the institutions for each pair of periods, kept with the later run.

Gives every node of the four trees what `changes` works out for one: both sides of the like-for-like change, the
effects, the counts, the weighted completeness; `test_alike.py` holds the two together. An institution counts for a
node by where it stood then and where it stands now: institutions of one such pair are added up once, and each pair is
handed to the nodes above both places (in the scope both times), above the first only, and above the second only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray

from jieyue.apps.accounts.alike_frame import AlikeFrame, AlikeRow
from jieyue.apps.accounts.collect import Everyone
from jieyue.apps.accounts.everyone import everyone
from jieyue.apps.accounts.nodes import ROOT, TREES, RunTrees
from jieyue.apps.accounts.services.compute_run import (
    EVERYBODY,
    OUTSIDE,
    RunPlan,
    store_part,
    stored_content,
)
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import catalog_by_digest
from jieyue.domain.change import Effect, Presence, StateArray, effects_of, presence
from jieyue.domain.exact import Quotients
from jieyue.domain.indicators import EXPECTED, compute, indicator_codes

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]
Bools = NDArray[np.bool_]

_EFFECTS = len(Effect)
#: In the scope both times, then only, now only.
_BOTH, _THEN, _NOW = 0, 1, 2
_REPORTED = (Presence.PRESENT, Presence.PARTIAL)
_kept = LastFew[AlikeFrame](8)


def part_name(then: RunPlan) -> str:
    """The part of the later run that compares it with the earlier one."""
    return f"alike:{then.id[:32]}"


def alike_frame(then: RunPlan, now: RunPlan) -> AlikeFrame:
    """The stored frame of two runs, else computed and stored."""
    return _kept.get((then.id, now.id), lambda: _stored(then, now) or _computed(then, now))


def stored_alike(then: RunPlan, now: RunPlan) -> AlikeFrame | None:
    """The frame of two runs if it was computed before."""
    return _stored(then, now)


def has_nodes(plan: RunPlan) -> bool:
    """Whether all nodes of the run are in such a frame: bodies outside the count are compared one by one."""
    return plan.key.population != OUTSIDE


def _stored(then: RunPlan, now: RunPlan) -> AlikeFrame | None:
    content = stored_content(now.id, part_name(then))
    return None if content is None else AlikeFrame.from_bytes(content)


def _computed(then: RunPlan, now: RunPlan) -> AlikeFrame:
    made = compute_alike(then, now)
    store_part(now, part_name(then), made.to_bytes(), made.digest())
    return made


def compute_alike(then: RunPlan, now: RunPlan) -> AlikeFrame:
    """Compute the frame from the lake; stores nothing."""
    return AlikeFrame.of(_Pass(everyone(then), everyone(now), then, now).rows())


def comparable(plan: RunPlan) -> list[str]:
    """Indicators with a like-for-like change: sums over institutions and intensities, no money."""
    catalog = catalog_by_digest(plan.key.catalog_digest)
    known = catalog.indicators
    codes = [code for code in indicator_codes(plan.method.account.form) if code != EXPECTED or code in known]
    return [code for code in codes if catalog.indicator(code).has_change]


@dataclass(frozen=True)
class Side:
    """One period in the order of everybody: who is listed, who counts, what each owes and has."""

    plan: RunPlan
    people: Everyone
    at: Ints  # place of each of `people` among everybody
    size: int

    def spread(self, values: NDArray[np.generic], fill: object, kind: type) -> NDArray[np.generic]:
        """A column of `people` in the order of everybody."""
        found: NDArray[np.generic] = np.full(self.size, fill, dtype=kind)
        found[self.at] = values
        return found

    @cached_property
    def counted(self) -> Bools:
        own = self.people.counted
        if self.plan.key.population == EVERYBODY:
            own = np.ones(len(own), dtype=bool)
        return self.spread(own, False, bool).astype(bool)

    @cached_property
    def owes(self) -> Bools:
        return self.spread(self.people.expected > 0, False, bool).astype(bool)

    @cached_property
    def out(self) -> StateArray:
        """The state of each where the scope does not hold it."""
        return self.spread(
            np.full(len(self.at), Presence.OUT_OF_SCOPE), Presence.NOT_IN_BEING, np.uint8
        ).astype(np.uint8)

    @cached_property
    def columns(self) -> Mapping[str, Quotients]:
        codes = comparable(self.plan)
        found = compute(self.people.sums, self.plan.method.account, codes)
        return {code: found[code].values for code in codes}

    def states(self, column: Quotients) -> StateArray:
        """The state of each where the scope holds it."""
        people = self.people
        codes = presence(
            reported=column.known,
            days=np.maximum(people.days, 1),
            days_of_period=self.plan.period.days,
            in_scope=(people.expected > 0) | column.known,
        )
        return self.spread(codes, Presence.NOT_IN_BEING, np.uint8).astype(np.uint8)

    def amounts(self, column: Quotients) -> tuple[Objects, Objects]:
        """Numerators and denominators, zero where not reported."""
        num = self.spread(column.num * column.known, 0, object).astype(object)
        return num, self.spread(column.den * column.known, 0, object).astype(object)


@dataclass(frozen=True)
class _Spread:
    """Pairs of places in a tree and the nodes that they count for.

    of: the pair of each institution. handed: (pair, place of the scope, mode), one entry for each node above a place.
    """

    scopes: Sequence[str]
    of: Ints
    pairs: int
    handed: Mapping[int, tuple[Ints, Ints]]

    @cached_property
    def moved(self) -> Bools:
        """Pairs that a node holds on one side only."""
        found = np.zeros(self.pairs, dtype=bool)
        for mode in (_THEN, _NOW):
            found[self.handed[mode][0]] = True
        return found


class _Pass:
    """One pass over the institutions of two periods."""

    def __init__(self, then: Everyone, now: Everyone, before: RunPlan, after: RunPlan) -> None:
        everybody = np.union1d(then.ids, now.ids)
        self.sides = tuple(
            Side(plan, people, np.searchsorted(everybody, people.ids), len(everybody))
            for plan, people in ((before, then), (after, now))
        )
        self.spreads = [self._whole(), *(self._tree(tree) for tree in TREES)]

    def rows(self) -> Iterator[AlikeRow]:
        """Every scope by every indicator."""
        catalog = catalog_by_digest(self.sides[1].plan.key.catalog_digest)
        for code in self.sides[1].columns:
            if code not in self.sides[0].columns:
                continue
            definition = catalog.indicator(code)
            weight = code
            if definition.shape != "sum":
                weight = "water_total_m3" if definition.numerator == "water" else "energy_total_tce"
            one = _Indicator(self.sides, code, weight, is_sum=definition.shape == "sum")
            for spread in self.spreads:
                yield from one.rows(spread)

    def _whole(self) -> _Spread:
        """The root: all that count, wherever they stand."""
        places = [np.where(side.counted, 1, 0) for side in self.sides]
        return _spread([ROOT], places, [{1: {0}}, {1: {0}}])

    def _tree(self, tree: str) -> _Spread:
        trees = [side.people.trees for side in self.sides]
        scopes = [
            scope
            for scope, node in trees[1].by_scope().items()
            if node.tree == tree and scope != ROOT and scope in trees[0].by_scope()
        ]
        place = {scope: number for number, scope in enumerate(scopes)}
        nodes = [
            np.where(side.counted, side.spread(side.people.nodes[tree], 0, np.int64), 0)
            for side in self.sides
        ]
        return _spread(scopes, nodes, [scopes_above(each, tree, place) for each in trees])


def scopes_above(trees: RunTrees, tree: str, place: Mapping[str, int]) -> dict[int, set[int]]:
    """Node → places of the scopes that hold it: its own and all above; a code means the node it has on the day."""
    parents = trees.parents(tree)
    own = {trees.by_scope()[scope].node: number for scope, number in place.items()}
    found: dict[int, set[int]] = {}
    for node in parents:
        step: int | None = node
        found[node] = set()
        while step is not None:
            if step in own:
                found[node].add(own[step])
            step = parents.get(step)
    return found


def _spread(
    scopes: Sequence[str], places: Sequence[Ints], above: Sequence[Mapping[int, set[int]]]
) -> _Spread:
    pairs, of = np.unique(np.stack(places, axis=1), axis=0, return_inverse=True)
    handed: dict[int, list[tuple[int, int]]] = {_BOTH: [], _THEN: [], _NOW: []}
    for number, (then, now) in enumerate(pairs.tolist()):
        before, after = above[0].get(then, set()), above[1].get(now, set())
        handed[_BOTH] += [(number, scope) for scope in before & after]
        handed[_THEN] += [(number, scope) for scope in before - after]
        handed[_NOW] += [(number, scope) for scope in after - before]
    columns = {mode: np.array(list_, dtype=np.int64).reshape(-1, 2) for mode, list_ in handed.items()}
    return _Spread(
        scopes, of.reshape(-1), len(pairs), {mode: (rows[:, 0], rows[:, 1]) for mode, rows in columns.items()}
    )


class _Indicator:
    """One indicator of all institutions: what each is on both sides, and its amounts."""

    def __init__(self, sides: Sequence[Side], code: str, weight: str, *, is_sum: bool) -> None:
        self.code, self.is_sum = code, is_sum
        self._sides = sides
        columns = [side.columns[code] for side in sides]
        self._dens = [_common(column) for column in columns] if is_sum else [1, 1]
        self._amounts = [side.amounts(column) for side, column in zip(sides, columns, strict=True)]
        states = [side.states(column) for side, column in zip(sides, columns, strict=True)]
        outs = [side.out for side in sides]
        self._effects = {
            _BOTH: effects_of(states[0], states[1]),
            _THEN: effects_of(states[0], outs[1]),
            _NOW: effects_of(outs[0], states[1]),
        }
        self._reported = [np.isin(state, _REPORTED) for state in states]
        self._owing = states[1] == Presence.MISSING
        self._weights(sides, weight)

    def _weights(self, sides: Sequence[Side], weight: str) -> None:
        """What each weighs that owes a return of the later period, and the part of it that is there.

        Both in the same unit, so that only their ratio means something.
        """
        then, now = sides
        had = then.amounts(then.columns[weight])[0]
        expected = now.spread(now.people.expected, 0, np.int64).astype(np.int64)
        present = now.spread(now.people.present, 0, np.int64).astype(np.int64)
        self._periods = lcm(*np.unique(expected[expected > 0]).tolist())
        share = np.where(expected > 0, self._periods // np.maximum(expected, 1) * present, 0)
        self._whole = had * (expected > 0)
        self._part = had * share.astype(object)

    def rows(self, spread: _Spread) -> Iterator[AlikeRow]:
        count = len(spread.scopes)
        both = [np.zeros((count, _EFFECTS), dtype=object) for _ in range(2)]  # numerators by effect
        below = [np.zeros(count, dtype=object) for _ in range(2)]  # denominators of the like-for-like ones
        counts = np.zeros((count, _EFFECTS), dtype=np.int64)
        reported = [np.zeros(count, dtype=np.int64) for _ in range(2)]
        owing = np.zeros(count, dtype=np.int64)
        weights = [np.zeros(count, dtype=object) for _ in range(2)]
        for mode, (pairs, scopes) in spread.handed.items():
            if not len(pairs):
                continue
            who = slice(None) if mode == _BOTH else np.flatnonzero(spread.moved[spread.of])
            of, effects = spread.of[who], self._effects[mode][who]
            cell = of * _EFFECTS + effects
            size = spread.pairs * _EFFECTS
            np.add.at(counts, scopes, np.bincount(cell, minlength=size).reshape(-1, _EFFECTS)[pairs])
            for number in (0, 1):
                if mode == (_NOW, _THEN)[number]:  # the scope does not hold them on that side
                    continue
                amounts = self._amounts[number][0][who]
                np.add.at(both[number], scopes, _added(amounts, cell, size).reshape(-1, _EFFECTS)[pairs])
                there = self._reported[number][who].astype(np.int64)
                np.add.at(reported[number], scopes, _added(there, of, spread.pairs)[pairs])
                if not self.is_sum and mode == _BOTH:
                    same = self._amounts[number][1][who] * (effects == Effect.LIKE_FOR_LIKE)
                    np.add.at(below[number], scopes, _added(same, of, spread.pairs)[pairs])
            if mode != _THEN:
                missing = self._owing[who].astype(np.int64)
                np.add.at(owing, scopes, _added(missing, of, spread.pairs)[pairs])
                for column, total in zip((self._part, self._whole), weights, strict=True):
                    np.add.at(total, scopes, _added(column[who], of, spread.pairs)[pairs])
        counts[:, Effect.NONE] += self._sides[0].size - counts.sum(axis=1)
        for place, scope in enumerate(spread.scopes):
            yield self._row(scope, place, both, below, counts, reported, owing, weights)

    def _row(
        self,
        scope: str,
        place: int,
        both: Sequence[Objects],
        below: Sequence[Objects],
        counts: Ints,
        reported: Sequence[Ints],
        owing: Ints,
        weights: Sequence[Objects],
    ) -> AlikeRow:
        effects: tuple[Fraction, ...] | None = None
        same: tuple[Fraction | None, ...] = (None, None)
        if self.is_sum:
            sums = [
                [Fraction(int(amount), den) for amount in column[place]]
                for column, den in zip(both, self._dens, strict=True)
            ]
            effects = tuple(after - before for before, after in zip(*sums, strict=True))
            if counts[place, Effect.LIKE_FOR_LIKE]:
                same = sums[0][Effect.LIKE_FOR_LIKE], sums[1][Effect.LIKE_FOR_LIKE]
            totals = tuple(sum(column, Fraction()) for column in sums)
        else:
            same = tuple(
                Fraction(int(above[place, Effect.LIKE_FOR_LIKE]), int(den[place])) if den[place] else None
                for above, den in zip(both, below, strict=True)
            )
            totals = (Fraction(), Fraction())
        part, whole = (int(column[place]) for column in weights)
        return AlikeRow(
            scope=scope,
            indicator=self.code,
            then=same[0],
            now=same[1],
            effects=effects,
            totals=(totals[0], totals[1]),
            counts=tuple(counts[place].tolist()),
            reported=(int(reported[0][place]), int(reported[1][place])),
            owing=int(owing[place]),
            weighted=Fraction(part, whole * self._periods) if whole else None,
        )


def _common(column: Quotients) -> int:
    """The one denominator of a column of sums."""
    return int(column.den[0]) if len(column.den) else 1


def _added(values: NDArray[np.generic], at: Ints, count: int) -> NDArray[np.generic]:
    total = np.zeros(count, dtype=values.dtype)
    np.add.at(total, at, values)
    return total
