"""Whether virtual meters can stand as they are written, day by day: known parts of one kind, no circle, shares up to 1.

Where a virtual meter stands in the tree (`hangs_below`) makes the totals right: see docs/explanation/readings.md.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, TypeVar

from jieyue.domain.formula import Part
from jieyue.domain.tree import Interval

K = TypeVar("K")
_DEEPEST: Final = 64


@dataclass(frozen=True)
class Held:
    """What holds of a point in some days, as far as virtual meters ask. unit: one of its unit in the carrier's own.
    parent: its code, empty for none; parts: of its formula (none: a meter that is read)."""

    institution: str
    carrier: str
    unit: Fraction
    kind: str
    end_use: str
    direction: str
    parent: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a virtual meter from a day on: code of the finding, what it is about, whose rows can be it."""

    code: str
    meter: str
    value: str
    day: date
    involved: tuple[str, ...]


State = Mapping[str, Sequence[Interval[Held]]]
"""Point's code → what holds of it."""


def hangs_below(meter: K, stated: K | None, added: Sequence[K], parents: Mapping[K, K | None]) -> K | None:
    """Below which point a virtual meter stands: the added part that is stated, else the first, unless that hangs below
    it.

    added: its parts with a plus; parents: of the points that are there on the day.

    >>> hangs_below("V", None, ["M"], {"M": None}), hangs_below("V", None, ["M"], {"M": "V"})
    ('M', None)
    """
    if stated is not None:
        return stated
    there = [part for part in added if part in parents]
    return there[0] if there and parents[there[0]] != meter else None


def problems(state: State) -> list[Problem]:
    """Everything that is wrong, each once, by the first day on which it is."""
    days = sorted({row.valid_from for rows in state.values() for row in rows})
    found: dict[tuple[str, str, str], Problem] = {}
    for day in days:
        there = {
            code: row.value
            for code, rows in state.items()
            for row in rows
            if row.valid_from <= day < row.valid_to
        }
        for one in _Day(day, there, state).problems():
            found.setdefault((one.code, one.meter, one.value), one)
    return list(found.values())


class _Day:
    """The points of one day."""

    def __init__(self, day: date, there: Mapping[str, Held], state: State) -> None:
        self.day, self.there, self.state = day, there, state
        self.parents: dict[str, str | None] = {code: held.parent or None for code, held in there.items()}

    def problems(self) -> Iterator[Problem]:
        for meter, held in self.there.items():
            if held.parts:
                wrong = next(self._of(meter, held), None)
                if wrong is not None:
                    code, value = wrong
                    yield Problem(code, meter, value, self.day, self._involved(meter))
        yield from self._shares()
        yield from self._branches()

    def _of(self, meter: str, held: Held) -> Iterator[tuple[str, str]]:
        """(code, value) of what is wrong with one, the first thing first."""
        yield from self._parts(meter, held)
        if meter in self._closure(meter):
            yield "meter_formula_circle", meter
        there = [part for part in held.parts if part.code in self.there]
        hung = [part.code for part in there if self._is_below(part.code, meter)]
        if hung:
            direct = all(self.parents[part.code] == meter and part.share == 1 for part in there)
            if not direct:
                yield "meter_formula_below", hung[0]
        else:
            yield from self._place(meter, held, [part.code for part in there if part.share > 0])
        if self._circles(meter):
            yield "meter_circle", meter

    def _parts(self, meter: str, held: Held) -> Iterator[tuple[str, str]]:
        for part in held.parts:
            own = self.there.get(part.code)
            if part.code not in self.state:
                yield "meter_formula_unknown", part.code
            elif own is not None and own.kind == "gauge":
                yield "meter_formula_kind", part.code
            elif own is not None and (own.carrier, own.unit) != (held.carrier, held.unit):
                yield "meter_formula_carrier", part.code
            elif own is not None and part.share > 0 and own.direction != held.direction:
                yield "meter_formula_direction", part.code

    def _place(self, meter: str, held: Held, added: Sequence[str]) -> Iterator[tuple[str, str]]:
        """What it is taken from must be one institution's, and where a point above is stated, be that point: below a
        point further up its use would be taken off there beside the use of the part, which holds it already."""
        owners = {self.there[code].institution for code in added}
        uses = {self.there[code].end_use for code in added}
        if len(owners) > 1 or (owners and owners != {held.institution} and len(uses) > 1):
            yield "meter_formula_owners", ", ".join(added)
        if owners == {held.institution} and held.end_use and held.end_use in uses:
            yield "meter_formula_end_use", held.end_use
        if held.parent and held.parent not in added:
            yield "meter_formula_parent", held.parent

    def _above(self, code: str) -> str | None:
        held = self.there.get(code)
        if held is None or not held.parts:
            return self.parents.get(code)
        added = [part.code for part in held.parts if part.share > 0]
        return hangs_below(code, self.parents[code], added, self.parents)

    def _up(self, code: str) -> Iterator[str]:
        """The points above one, the nearest first; in a circle no more than so many."""
        at = self._above(code)
        for _ in range(_DEEPEST):
            if at is None:
                return
            yield at
            at = self._above(at)

    def _is_below(self, code: str, other: str) -> bool:
        return other in self._up(code)

    def _circles(self, meter: str) -> bool:
        return meter in self._up(meter)

    def _closure(self, meter: str) -> set[str]:
        """Every point that its formula is made of, to the last; itself among them only where it goes in a circle."""
        found: set[str] = set()
        queue = [meter]
        while queue:
            held = self.there.get(queue.pop())
            fresh = {part.code for part in held.parts} - found if held else set()
            found |= fresh
            queue += fresh
        return found

    def _involved(self, meter: str) -> tuple[str, ...]:
        parts = self._closure(meter)
        above = {up for code in (meter, *parts) for up in self._up(code)}
        return (meter, *sorted((parts | above) - {meter}))

    def _shares(self) -> Iterator[Problem]:
        """What is given of one point on a day, and what is taken off by it, is at most the whole of it, each."""
        sums: dict[tuple[str, bool], list[tuple[str, Fraction]]] = defaultdict(list)
        for meter, held in self.there.items():
            for part in held.parts:
                sums[part.code, part.share > 0].append((meter, abs(part.share)))
        for (code, _added), sharers in sums.items():
            if sum(share for _meter, share in sharers) > 1:
                meters = tuple(meter for meter, _share in reversed(sharers))
                yield Problem("meter_shares", meters[0], code, self.day, meters)

    def _branches(self) -> Iterator[Problem]:
        """A share of a point is a share of all below it: what is given to others of a point, and with the points above
        it that hold its use, less what is taken off there, is at most the whole of it."""
        owners = {meter: self._owner(meter) for meter, held in self.there.items() if held.parts}
        given = {
            meter: self._made_of(meter, frozenset((meter,)))
            for meter, owner in owners.items()
            if owner != self.there[meter].institution
        }
        for code in dict.fromkeys(code for shares in given.values() for code in shares):
            owner, branch = self.there[code].institution, (code, *self._held_in(code))
            sums = {
                meter: sum((shares.get(point, Fraction(0)) for point in branch), Fraction(0))
                for meter, shares in given.items()
                if owners[meter] == owner and not shares.keys().isdisjoint(branch)
            }
            if sum(sums.values()) > 1 >= sum(given[meter].get(code, Fraction(0)) for meter in sums):
                meters = tuple(reversed(sums))
                beside = {part for meter in meters for part in self._closure(meter)} | {*branch}
                involved = (*meters, *sorted(beside - {*meters}))
                yield Problem("meter_shares_branch", meters[0], code, self.day, involved)
        yield from self._served(owners, given)

    def _served(
        self, owners: Mapping[str, str | None], given: Mapping[str, Mapping[str, Fraction]]
    ) -> Iterator[Problem]:
        """A meter that is read and serves somebody else than the points above it is given away whole: of what holds its
        use no share may be given that has a part of it as well, or the owner is left with less than nothing."""
        for code, held in self.there.items():
            above = self.there.get(held.parent)
            if above is None or held.parts or held.kind == "gauge" or above.institution == held.institution:
                continue
            if (above.carrier, above.direction) != (held.carrier, held.direction):
                continue
            branch = (code, held.parent, *self._held_in(held.parent))
            sums = {
                meter: share
                for meter, shares in given.items()
                if owners[meter] == above.institution
                and (share := sum((shares.get(point, Fraction(0)) for point in branch), Fraction(0)))
            }
            if sum(sums.values()) > 0:
                meters = tuple(reversed(sums))
                beside = {part for meter in meters for part in self._closure(meter)} | {*branch}
                involved = (*meters, code, *sorted(beside - {*meters, code}))
                yield Problem("meter_shares_branch", meters[0], code, self.day, involved)

    def _owner(self, meter: str) -> str | None:
        """Whose use a virtual meter is taken from."""
        added = (part.code for part in self.there[meter].parts if part.share > 0)
        return next((self.there[code].institution for code in added if code in self.there), None)

    def _made_of(self, meter: str, seen: frozenset[str]) -> dict[str, Fraction]:
        """The shares that a virtual meter has of points; in place of its owner's own virtual ones, of their parts."""
        found: dict[str, Fraction] = defaultdict(Fraction)
        for part in self.there[meter].parts:
            own = self.there.get(part.code)
            if own is None:
                continue
            inner = {part.code: Fraction(1)}
            if own.parts and part.code not in seen and self._owner(part.code) == own.institution:
                inner = self._made_of(part.code, seen | {part.code})
            for code, share in inner.items():
                found[code] += share * part.share
        return found

    def _held_in(self, code: str) -> Iterator[str]:
        """The points above one that are read and whose use holds its own, the nearest first."""
        held, at = self.there[code], self.parents.get(code)
        for _ in range(_DEEPEST):
            above = self.there.get(at) if at else None
            if at is None or above is None or above.parts or above.kind == "gauge" or at == code:
                return
            if (above.institution, above.carrier, above.direction) != (
                held.institution,
                held.carrier,
                held.direction,
            ):
                return
            yield at
            at = self.parents.get(at)
