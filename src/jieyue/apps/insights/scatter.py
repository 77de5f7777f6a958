"""Institutions by size and energy: the crowd in the cells of a logarithmic grid, and by themselves those that use
more, or less, per square metre or person than nine tenths of their type.

Read from the stored institutions of a run (`accounts.peer_frame`). Only whole returns count. The band of a type is
P5–P95 of all its institutions in the authority; a type with fewer than ten has none, and nobody of it is marked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10
from typing import Final

from jieyue.apps.accounts.peer_frame import COMPLETE, PeerFrame, peer_frame
from jieyue.apps.accounts.peers import LEAST, type_quantiles
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.accounts.services.compute_run import RunPlan, threshold
from jieyue.apps.insights.overview_periods import CITY, Times, last_twelve
from jieyue.apps.trees.kept import tree_view
from jieyue.domain.period import Period
from jieyue.domain.quantiles import between

#: Cells of the grid from a number to ten times as much.
CELLS: Final = 8
#: So many stand by themselves at most, those farthest outside their band.
MOST: Final = 300
LOW, HIGH = Fraction(5, 100), Fraction(95, 100)


@dataclass(frozen=True)
class View:
    """What is drawn: energy over size; ratio: the indicator by which a type's band is told."""

    size: str
    energy: str
    ratio: str


VIEWS: Final[Mapping[str, View]] = {
    "area": View("floor_area_m2", "energy_building_tce", "energy_per_area_kgce_m2"),
    "persons": View("persons", "energy_total_tce", "energy_per_person_kgce"),
}


@dataclass(frozen=True)
class Point:
    """An institution. above: over its type's band, False below it, None within it or no band."""

    number: int
    kind: int
    size: Fraction
    energy: Fraction
    ratio: Fraction
    above: bool | None = None
    far: float = 0.0

    @property
    def cell(self) -> tuple[int, int]:
        """Its cell of the grid."""
        return place(self.size), place(self.energy)


def place(value: Fraction) -> int:
    """The row or column of the grid that a positive number falls into."""
    return floor(log10(value) * CELLS)


@dataclass(frozen=True)
class Scatter:
    """A scope. marked: the farthest outside first; above, below: how many are outside in all. left_out: in the count,
    but not whole or without one of the numbers. unbanded: drawn, of types too small for a band."""

    plan: RunPlan
    view: View
    n: int
    cells: Mapping[tuple[int, int], int]
    points: Sequence[Point]
    marked: Sequence[Point]
    above: int
    below: int
    left_out: int
    unbanded: int


def span_of(period: Period) -> Period:
    """What is drawn for a period: a year of seasons, for months the twelve that end with the last."""
    month = Times(period).month
    return period if month is None else last_twelve(month)


def scatter_of(
    scope: str, period: Period, view: View, *, sequence: int, compute: bool = True
) -> Scatter | None:
    """The institutions of a scope; compute False: None where the run's institutions are not stored, 计算中."""
    plan = run_for(str(span_of(period)), sequence=sequence)
    frame = peer_frame(plan, compute_it=compute)
    if frame is None:
        return None
    whole = _points(frame, view, threshold(plan))
    bands = _bands(list(whole.values()))
    wanted = within(frame, scope, plan)
    points = [_judged(whole[number], bands) for number in wanted if number in whole]
    outside = sorted((one for one in points if one.above is not None), key=lambda one: (-one.far, one.number))
    return Scatter(
        plan,
        view,
        len(points),
        Counter(one.cell for one in points),
        points,
        outside[:MOST],
        sum(one.above is True for one in outside),
        sum(one.above is False for one in outside),
        len(wanted) - len(points),
        sum(one.kind not in bands for one in points),
    )


@dataclass(frozen=True)
class Spread:
    """A type: how many of it in the authority have a number, their quantiles (none of fewer than ten), how many of it
    a scope draws, and the scope's lowest and highest."""

    kind: int
    n: int
    quantiles: Mapping[int, Fraction]
    own: int
    lowest: Point | None
    highest: Point | None


def spreads_of(found: Scatter) -> list[Spread]:
    """The types that a scope draws, those with most institutions first."""
    every = type_quantiles(found.plan, found.view.ratio)
    own: dict[int, list[Point]] = {}
    for one in sorted(found.points, key=lambda one: (one.ratio, one.number)):
        own.setdefault(one.kind, []).append(one)
    made = [Spread(kind, *every[kind], len(rows), rows[0], rows[-1]) for kind, rows in own.items()]
    return sorted(made, key=lambda each: (-each.own, each.kind))


def _points(frame: PeerFrame, view: View, least: Fraction) -> dict[int, Point]:
    """Institution → its point, of those that are complete and have both numbers, none of them zero."""
    columns = (frame.values(code) for code in (COMPLETE, view.size, view.energy, view.ratio))
    rows = zip(frame.numbers("institution"), frame.numbers("type"), *columns, strict=True)
    return {
        number: Point(number, kind, size, energy, ratio)
        for number, kind, complete, size, energy, ratio in rows
        if size
        and energy
        and ratio
        and size > 0
        and energy > 0
        and complete is not None
        and complete >= least
    }


def _bands(points: Sequence[Point]) -> dict[int, tuple[Fraction, Fraction]]:
    """Type → P5 and P95 of its ratios, of types with ten or more."""
    by_type: dict[int, list[Fraction]] = {}
    for one in points:
        by_type.setdefault(one.kind, []).append(one.ratio)
    return {
        kind: (between(own, LOW), between(own, HIGH)) for kind, own in by_type.items() if len(own) >= LEAST
    }


def _judged(one: Point, bands: Mapping[int, tuple[Fraction, Fraction]]) -> Point:
    low, high = bands.get(one.kind, (one.ratio, one.ratio))
    if low <= one.ratio <= high:
        return one
    edge = high if one.ratio > high else low
    return Point(
        one.number, one.kind, one.size, one.energy, one.ratio, one.ratio > high, abs(log10(one.ratio / edge))
    )


def within(frame: PeerFrame, scope: str, plan: RunPlan) -> list[int]:
    """The institutions in the count that hang at a node or below it on the day of the run's boundaries."""
    numbers = frame.numbers("institution")
    if scope == CITY:
        return numbers
    tree, _, code = scope.partition(":")
    view = tree_view(tree, plan.key.sequence, plan.day)
    node = view.by_code.get(code)
    inside = frozenset[int]() if node is None else view.subtree(node.id)
    return [number for number, at in zip(numbers, frame.numbers(tree), strict=True) if at in inside]
