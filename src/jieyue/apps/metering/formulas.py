"""Formulas of virtual meters as the register has them: what a change would make wrong, who is made of whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.point_rows import among
from jieyue.apps.metering.points import codes_of, numbers_of, unit_factor
from jieyue.apps.publication.dated import from_day, until_day
from jieyue.domain.formula import Part, parse
from jieyue.domain.tree import OPEN_END, Interval
from jieyue.domain.virtual_check import Held, Problem, problems

VIRTUAL: Final = "virtual"
_FEW: Final = 5_000


@lru_cache(maxsize=4096)
def parts_of(formula: str) -> tuple[Part, ...]:
    """The parts of a stored formula; none of a meter that is read."""
    return parse(formula) if formula else ()


def added_points(formulas: Collection[str]) -> dict[str, list[int]]:
    """Formula → the points that it adds."""
    numbers = numbers_of({part.code for formula in formulas for part in parts_of(formula)})
    return {
        formula: [numbers[part.code] for part in parts_of(formula) if part.share > 0] for formula in formulas
    }


@dataclass(frozen=True)
class Said:
    """What a row of a file says of a meter from its day on; held: None where it is no more."""

    code: str
    day: date
    held: Held | None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Of its formula."""
        return () if self.held is None else self.held.parts


def problems_after(said: Sequence[Said]) -> list[Problem]:
    """What is wrong with virtual meters once all of it holds."""
    virtual = PointVersion.objects.as_of().filter(kind=VIRTUAL)
    made_of = {part.code for one in said for part in one.parts}
    stored = [] if not virtual.exists() else list(virtual.values_list("point__code", "formula"))
    if not made_of and not stored:
        return []
    wanted = {code for code, _formula in stored} | {one.code for one in said if one.parts}
    wanted |= made_of | {part.code for _code, formula in stored for part in parts_of(formula)}
    return problems(_state(wanted, said))


def left_hanging(said: Sequence[Said]) -> list[tuple[str, date, list[str]]]:
    """(code, day, points) of what is closed from a day on while points hang below it, or are made of it, that day or
    later, before it is taken into service again."""
    closed = [one for one in said if one.held is None]
    if not closed:
        return []
    codes = {one.code for one in closed}
    stored = PointVersion.objects.as_of().filter(kind=VIRTUAL).values_list("point__code", "formula")
    made = {code for code, formula in stored if codes & {part.code for part in parts_of(formula)}}
    made |= {one.code for one in said if codes & {part.code for part in one.parts}}
    by_code: dict[str, list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.day):
        by_code[one.code].append(one)
    state = _held(codes | made | _below(codes, said), by_code)
    found = []
    for one in closed:
        again = [row.valid_from for row in state.get(one.code, ()) if row.valid_from >= one.day]
        names = _using(one.code, one.day, min(again, default=OPEN_END), state)
        if names:
            found.append((one.code, one.day, names))
    return found


@dataclass(frozen=True)
class Leaning:
    """A row that hangs a point below one that is closed, or makes it of one: its meter and day, that one, since when
    it is closed."""

    code: str
    day: date
    other: str
    closed: date
    of_formula: bool


def leaning_on_closed(said: Sequence[Said]) -> list[Leaning]:
    """The rows of a file that do so on some day, once all of it holds; of each the first."""
    named = {code for one in said if one.held is not None for code in _leans_on(one.held)}
    ended = {one.code for one in said if one.held is None} & named | _ended(named)
    if not ended:
        return []
    by_code: dict[str, list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.day):
        by_code[one.code].append(one)
    leaning = {one.code for one in said if one.held is not None and ended & _leans_on(one.held)}
    state = _held(ended | leaning, by_code)
    found: dict[tuple[str, date], Leaning] = {}
    for code in sorted(leaning):
        for row in state.get(code, ()):
            for other in sorted(ended & _leans_on(row.value)):
                gone = _first_gone(state.get(other, ()), row.valid_from, row.valid_to)
                cause = [one for one in by_code[code] if gone is not None and one.day <= gone[0]]
                if gone is None or not cause:  # what no row of the file touches was there before
                    continue
                day = cause[-1].day
                found.setdefault((code, day), Leaning(code, day, other, gone[1], row.value.parent != other))
    return list(found.values())


def _leans_on(held: Held) -> set[str]:
    return {part.code for part in held.parts} | ({held.parent} if held.parent else set())


def _ended(codes: Collection[str]) -> set[str]:
    """Those of which some day is the first on which they are no more."""
    numbers = numbers_of(codes)
    own = {number: code for code, number in numbers.items()}
    return {
        own[point]
        for part in among(own)
        for point in PointVersion.objects.as_of()
        .filter(part, valid_to__lt=OPEN_END)
        .values_list("point_id", flat=True)
        if point in own
    }


def _first_gone(rows: Sequence[Interval[Held]], first: date, end: date) -> tuple[date, date] | None:
    """(the first day of [first, end) on which a point is no more, since when); one that has not begun yet is not."""
    for day in sorted({first, *(row.valid_to for row in rows if first < row.valid_to < end)}):
        ends = [row.valid_to for row in rows if row.valid_to <= day]
        if ends and not any(row.valid_from <= day < row.valid_to for row in rows):
            return day, max(ends)
    return None


def _using(code: str, first: date, end: date, state: Mapping[str, Sequence[Interval[Held]]]) -> list[str]:
    """The points that hang below one, or are made of it, on some day of [first, end)."""
    return sorted(
        other
        for other, rows in state.items()
        if any(
            row.valid_from < end
            and row.valid_to > first
            and (row.value.parent == code or any(part.code == code for part in row.value.parts))
            for row in rows
        )
    )


def _state(wanted: set[str], said: Sequence[Said]) -> Mapping[str, list[Interval[Held]]]:
    """What holds of points, and of all above and below them, once all of it holds."""
    by_code: dict[str, list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.day):
        by_code[one.code].append(one)
    state: dict[str, list[Interval[Held]]] = {}
    below = _below(wanted, said)
    while wanted:
        state |= _held(wanted, by_code)
        above = {
            row.value.parent for code in wanted & state.keys() for row in state[code] if row.value.parent
        }
        wanted = above - state.keys()
    while below:
        state |= _held(below - state.keys(), by_code)
        below = _below(below, said) - state.keys()
    return state


def _held(wanted: set[str], said: Mapping[str, Sequence[Said]]) -> dict[str, list[Interval[Held]]]:
    """What holds of some points once all of it holds; without those of which nothing does."""
    found, rows = {}, _stored(wanted)
    for code in sorted(wanted):
        held = rows.get(code, [])
        for one in said.get(code, ()):
            held = until_day(held, one.day) if one.held is None else from_day(held, one.day, one.held)
        if held:
            found[code] = held
    return found


def _below(codes: set[str], said: Sequence[Said]) -> set[str]:
    """The points right below some, by what is on record or said."""
    found = {one.code for one in said if one.held is not None and one.held.parent in codes}
    numbers = list(numbers_of(codes).values())
    for start in range(0, len(numbers), _FEW):
        rows = PointVersion.objects.as_of().filter(parent__in=numbers[start : start + _FEW])
        found |= set(rows.values_list("point__code", flat=True))
    return found


def _stored(codes: Collection[str]) -> dict[str, list[Interval[Held]]]:
    numbers = numbers_of(codes)
    own = {number: code for code, number in numbers.items()}
    rows = [
        row
        for part in among(own)
        for row in PointVersion.objects.as_of().filter(part).order_by("valid_from")
        if row.point_id in own
    ]
    names = codes_of({row.parent for row in rows if row.parent})
    found: dict[str, list[Interval[Held]]] = defaultdict(list)
    for row in rows:
        held = held_of(row, names.get(row.parent, "") if row.parent else "")
        found[own[row.point_id]].append(Interval(row.valid_from, row.valid_to, held))
    return found


def held_of(row: PointVersion, parent: str) -> Held:
    """What holds of a point, as far as formulas ask."""
    return Held(
        str(row.institution), row.carrier, unit_factor(row.unit, row.carrier), row.kind, row.end_use,
        row.direction, parent, parts_of(row.formula),
    )  # fmt: skip


@dataclass(frozen=True)
class Users:
    """Virtual point → the points that it is made of by any version on record; and the other way."""

    parts: Mapping[int, frozenset[int]]
    users: Mapping[int, frozenset[int]]

    def touched(self, points: Iterable[int]) -> set[int]:
        """The virtual points that a change of points changes: those made of them, to the last; and, where a virtual
        point's own record has changed, those that share a part with it."""
        first = set(points)
        shared = {part for point in first & self.parts.keys() for part in self.parts[point]}
        queue = list(first | shared)
        found = first & self.parts.keys()
        while queue:
            fresh = self.users.get(queue.pop(), frozenset()) - found
            found |= fresh
            queue += fresh
        return found


def users() -> Users:
    """Of all virtual points."""
    rows = list(PointVersion.objects.filter(kind=VIRTUAL).values_list("point_id", "formula"))
    numbers = numbers_of({part.code for _point, formula in rows for part in parts_of(formula)})
    parts: dict[int, set[int]] = defaultdict(set)
    back: dict[int, set[int]] = defaultdict(set)
    for point, formula in rows:
        for part in parts_of(formula):
            parts[point].add(numbers[part.code])
            back[numbers[part.code]].add(point)
    return Users(
        {point: frozenset(one) for point, one in parts.items()},
        {point: frozenset(one) for point, one in back.items()},
    )


def beside(points: Collection[int]) -> set[int]:
    """The parts of virtual points among some, and the virtual points that are made of some."""
    known = users()
    if not known.parts:
        return set()
    return {other for point in points for other in (*known.parts.get(point, ()), *known.users.get(point, ()))}
