"""Which institutions moved, left, came or are missing in a change of energy, kept with the later of two runs.

A page lists them without a walk. For each institution of either period: its node in each tree then and now, its effect
where a scope holds it both times, then only, now only (`domain/change.py`), whether it owes the later period and has
not reported, and both amounts. A list of any node is read from it and is the one that a walk over the node's own
institutions gives (`test_who_moved.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.accounts.alike import Side, scopes_above
from jieyue.apps.accounts.everyone import everyone
from jieyue.apps.accounts.nodes import ROOT, TREES, RunTrees
from jieyue.apps.accounts.packed import packed, unpacked
from jieyue.apps.accounts.services.compute_run import RunPlan, store_part, stored_content
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.change import Effect, Presence, effects_of
from jieyue.domain.indicators import compute

#: What it is kept of.
ENERGY: Final = "energy_total_tce"
_SIDES: Final = ("then", "now")
_HELD: Final = ("both", *_SIDES)
#: Whole numbers without a largest.
Amounts = NDArray[np.object_]
_kept = LastFew["WhoMoved"](8)


def part_name(then: RunPlan) -> str:
    """The part of the later run that has them against the earlier one."""
    return f"moved.1:{then.id[:32]}"


@dataclass(frozen=True)
class WhoMoved:
    """The institutions as columns, ascending; how they are kept: a compressed Arrow file."""

    table: pa.Table

    def effects(self, scope: str, trees: Sequence[RunTrees]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The effect of each in a scope, and whether it owes there; trees: of the two runs."""
        then, now = (self._inside(scope, side, each) for side, each in zip(_SIDES, trees, strict=True))
        both, before, after = (self.table.column(f"effect_{held}").to_numpy() for held in _HELD)
        found = np.select([then & now, then, now], [both, before, after], np.uint8(Effect.NONE))
        return found.astype(np.uint8), now & self.table.column("owes").to_numpy()

    def _inside(self, scope: str, side: str, trees: RunTrees) -> NDArray[np.bool_]:
        """Who counts in the scope on that side: in the count, and at a node below it."""
        counted: NDArray[np.bool_] = self.table.column(f"counted_{side}").to_numpy()
        if scope == ROOT:
            return counted
        tree = trees.by_scope()[scope].tree
        below = [node for node, scopes in scopes_above(trees, tree, {scope: 0}).items() if scopes]
        return counted & np.isin(self.table.column(f"{tree}_{side}").to_numpy(), below)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """The institutions."""
        return np.asarray(self.table.column("institution").to_numpy())

    def amounts(
        self, numbers: Sequence[int]
    ) -> tuple[dict[int, Fraction | None], dict[int, Fraction | None]]:
        """What some of them had then and have now, in the indicator's unit; None: missing."""
        places = np.searchsorted(self.numbers, np.array(numbers, dtype=np.int64))
        rows = self.table.select([f"{part}_{side}" for side in _SIDES for part in ("num", "den")]).take(
            places
        )
        then, now = (
            {
                number: None if num is None else Fraction(int(num), int(den))
                for number, num, den in zip(
                    numbers,
                    rows.column(f"num_{side}").to_pylist(),
                    rows.column(f"den_{side}").to_pylist(),
                    strict=True,
                )
            }
            for side in _SIDES
        )
        return then, now

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Places by the size of the difference, the largest first; of equal ones the lower identifier."""
        return np.asarray(self.table.column("order").to_numpy())

    def to_bytes(self) -> bytes:
        """The table as a compressed Arrow file."""
        return packed(self.table)

    @classmethod
    def from_bytes(cls, content: bytes) -> "WhoMoved":
        """Read what `to_bytes` wrote."""
        return cls(unpacked(content).combine_chunks())

    def digest(self) -> str:
        """SHA-256 over the columns themselves, not over the file's bytes."""
        total = hashlib.sha256()
        for name in self.table.column_names:
            total.update("\x1f".join(map(str, self.table.column(name).to_pylist())).encode() + b"\x1e")
        return total.hexdigest()


def stored_who_moved(then: RunPlan, now: RunPlan) -> WhoMoved | None:
    """Those of two runs if they are stored; a process keeps the last few."""
    key = (then.id, now.id)
    found = _kept.peek(key)
    if found is None and (content := stored_content(now.id, part_name(then))) is not None:
        found = WhoMoved.from_bytes(content)
    if found is not None:
        _kept.keep(key, found)
    return found


def store_who_moved(then: RunPlan, now: RunPlan) -> WhoMoved:
    """Work them out and keep them with the later run."""
    made = compute_who_moved(then, now)
    store_part(now, part_name(then), made.to_bytes(), made.digest())
    return made


def compute_who_moved(then: RunPlan, now: RunPlan) -> WhoMoved:
    """From the lake; stores nothing."""
    people = [everyone(plan) for plan in (then, now)]
    everybody = np.union1d(*(each.ids for each in people))
    sides = [
        Side(plan, each, np.searchsorted(everybody, each.ids), len(everybody))
        for plan, each in zip((then, now), people, strict=True)
    ]
    values = [compute(side.people.sums, side.plan.method.account, [ENERGY])[ENERGY].values for side in sides]
    states = [side.states(value) for side, value in zip(sides, values, strict=True)]
    outs = [side.out for side in sides]
    columns: dict[str, object] = {
        "institution": everybody,
        "effect_both": effects_of(states[0], states[1]),
        "effect_then": effects_of(states[0], outs[1]),
        "effect_now": effects_of(outs[0], states[1]),
        "owes": states[1] == Presence.MISSING,
        "order": _largest_first(*(side.amounts(value) for side, value in zip(sides, values, strict=True))),
    }
    for name, side, value in zip(_SIDES, sides, values, strict=True):
        columns[f"counted_{name}"] = side.counted
        columns |= {f"{tree}_{name}": side.spread(side.people.nodes[tree], 0, np.int64) for tree in TREES}
        columns |= _texts(side, value.lowest(), value.known, name)
    return WhoMoved(pa.table(columns))


def _largest_first(then: tuple[Amounts, Amounts], now: tuple[Amounts, Amounts]) -> NDArray[np.int64]:
    below = [den + (den == 0) for _num, den in (then, now)]  # what is missing has no denominator either
    moved = (now[0] * below[0] - then[0] * below[1]) / (below[0] * below[1])
    return np.argsort(-np.abs(moved.astype(np.float64)), kind="stable")


def _texts(
    side: Side, lowest: Sequence[NDArray[np.object_]], known: NDArray[np.bool_], name: str
) -> Mapping[str, object]:
    """Numerator and denominator of each as whole numbers in words, for they have no largest."""
    there = ~side.spread(known, False, bool).astype(bool)
    return {
        f"{part}_{name}": pa.array(list(map(str, side.spread(column, 0, object))), pa.string(), mask=there)
        for part, column in zip(("num", "den"), lowest, strict=True)
    }
