"""The figures of the tile map 方格图: every region or body on its tile or in the strip, together the whole.

By area the places are the regions of the authority's area tree; by reporting line the bodies directly below one body,
on the tile of the region whose code ends theirs (`L-500103` stands on 500103). Whoever has no tile stands in the
strip; what hangs at the whole itself and at none of them is the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache

from django.conf import settings

from jieyue.apps.accounts.queries import FigureRow, ScopeInfo, figures, scopes
from jieyue.apps.accounts.services.compute_run import OUTSIDE_COUNT
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.catalog.model import Region
from jieyue.catalog.plan import PlanIndicator
from jieyue.domain.change import Relative, relative_of
from jieyue.domain.period import Period
from jieyue.domain.plan_verdict import verdict
from jieyue.domain.tile_map import TileMap, breaks, tiles_on

AREA, LINE = "area", "line"
#: Indicators of these shapes add up over regions; of others there is no rest.
ADDITIVE = ("sum", "stock", "count")
_MISSED = ("missed", "off_path")


@dataclass(frozen=True)
class MapQuestion:
    """What a map shows. top: `city`, or a node of the tree; day: whose boundaries count, None: the period's own.

    months: of a map of one month the published months of its year, whose values make the classes together.
    """

    tree: str
    top: str
    indicator: str
    period: str
    sequence: int
    day: date | None = None
    months: tuple[str, ...] = ()

    @property
    def boundaries(self) -> date:
        """The day whose regions are shown."""
        return self.day or Period.parse(self.period).last_day


@dataclass(frozen=True)
class Place:
    """A region or body: where it stands (row 0: in the strip), its figure, the one of a year before if asked for.

    new: it was made after the period a year before ended. missed: a binding indicator of the plan is missed here.
    """

    info: ScopeInfo
    region: Region | None
    row: int
    column: int
    figure: FigureRow
    before: FigureRow | None = None
    new: bool = False
    missed: bool = False

    @property
    def outside(self) -> bool:
        """Whether the total does not hold it."""
        return OUTSIDE_COUNT in self.figure.reasons

    @property
    def change(self) -> Relative | None:
        """The change against a year before; None where none was asked for."""
        return None if self.before is None else relative_of(self.before.exact, self.figure.exact)


@dataclass(frozen=True)
class MapFigures:
    """tiles: by row and column; strip: in its order; total: of the whole; bounds: of the classes."""

    question: MapQuestion
    tiles: tuple[Place, ...]
    strip: tuple[Place, ...]
    total: FigureRow
    total_before: FigureRow | None
    bounds: tuple[Fraction, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Tiles and strip."""
        return (*self.tiles, *self.strip)

    @cached_property
    def rest(self) -> Fraction | None:
        """What the whole holds beyond tiles and strip, exactly; None for what does not add up, or an unknown whole."""
        additive = home_catalog().indicator(self.question.indicator).shape in ADDITIVE
        if not additive or self.total.exact is None:
            return None
        inside = (place.figure.exact for place in self.places if not place.outside)
        return self.total.exact - sum((value for value in inside if value is not None), Fraction(0))


def map_of(asked: MapQuestion, *, against: str = "") -> MapFigures:
    """The map of a question; against: the period of a year before, on the same boundaries as this one.

    Raises what `figures` raises.
    """
    nodes = _nodes(asked)
    layout, codes = _layout(asked, nodes)
    day = asked.boundaries.isoformat()
    found = _values(asked, nodes, asked.period, day)
    before = _values(asked, nodes, against, day) if against else {}
    spots = {spot.code: (spot.row, spot.column) for spot in layout.spots}
    regions = _regions(asked.boundaries)
    by_code = {codes[node.scope]: node for node in nodes}
    places = []
    for code in (*spots, *layout.strip):
        node = by_code[code]
        row, column = spots.get(code, (0, 0))
        region = regions.get(code)
        places.append(
            Place(
                info=node,
                region=region,
                row=row,
                column=column,
                figure=found[node.scope],
                before=before.get(node.scope),
                new=bool(against and region and region.valid_from > Period.parse(against).last_day),
                missed=_missed(asked, found[node.scope].exact),
            )
        )
    tiles = tuple(place for place in places if place.row)
    strip = tuple(place for place in places if not place.row)
    return MapFigures(
        asked, tiles, strip, found[asked.top], before.get(asked.top), _bounds(asked, tiles or strip)
    )


def _nodes(asked: MapQuestion) -> list[ScopeInfo]:
    """The regions below the top, through groups of regions; by line the bodies directly below."""
    day = asked.boundaries.isoformat()
    below: dict[str, list[ScopeInfo]] = {}
    for node in _scopes(str(settings.JIEYUE_HOME.path), asked.period, day, asked.tree, asked.sequence):
        below.setdefault(node.parent_scope, []).append(node)
    found: list[ScopeInfo] = []
    waiting = [asked.top]
    while waiting:
        for node in below.get(waiting.pop(), []):
            if asked.tree == AREA and node.kind == "group":
                waiting.append(node.scope)
            else:
                found.append(node)
    return sorted(found, key=lambda node: node.code)


@lru_cache(maxsize=64)
def _scopes(_home: str, period: str, day: str, tree: str, _sequence: int) -> tuple[ScopeInfo, ...]:
    return tuple(scopes(period, tree, boundaries=day))


def _layout(asked: MapQuestion, nodes: Sequence[ScopeInfo]) -> tuple[TileMap, Mapping[str, str]]:
    """Where the nodes stand, and the code of each by scope: the region's, or its own where it has none.

    Two bodies of one region: the first stands on its tile, the other in the strip under its own code.
    """
    regions, codes, taken = _regions(asked.boundaries), dict[str, str](), set[str]()
    for node in nodes:
        code = node.code if asked.tree == AREA else region_of(node.code, regions)
        codes[node.scope] = code if code not in taken else node.code
        taken.add(codes[node.scope])
    return tiles_on(asked.boundaries, codes.values(), home_catalog().tiles), codes


def region_of(code: str, regions: Iterable[str]) -> str:
    """The region whose code ends a body's code after a hyphen (`L-500103` → 500103); else the body's own code."""
    tail = code.partition("-")[2]
    return tail if tail in set(regions) else code


def _regions(day: date) -> dict[str, Region]:
    return {region.code: region for region in home_catalog().regions_on(day)}


def _values(
    asked: MapQuestion, nodes: Sequence[ScopeInfo], period: str, day: str | None
) -> dict[str, FigureRow]:
    rows = figures(
        [asked.top, *(node.scope for node in nodes)],
        period,
        indicators=[asked.indicator],
        boundaries=day,
        sequence=asked.sequence,
    )
    return {row.scope: row for row in rows}


def _bounds(asked: MapQuestion, places: Sequence[Place]) -> tuple[Fraction, ...]:
    """Bounds of five classes: of the map's own values; of a month those of all published months of its year.

    So the classes of a month are the same for every month of the year and every day of boundaries.
    """
    if len(asked.months) < 2:
        return breaks(place.figure.exact for place in places if place.figure.exact is not None)
    year = replace(asked, period=asked.months[-1], day=None)
    return _bounds_of_months(str(settings.JIEYUE_HOME.path), home_catalog().digest, year)


@lru_cache(maxsize=128)
def _bounds_of_months(_home: str, _digest: str, asked: MapQuestion) -> tuple[Fraction, ...]:
    nodes = _nodes(asked)
    layout, codes = _layout(asked, nodes)
    on_grid = {spot.code for spot in layout.spots}
    wanted = [node for node in nodes if codes[node.scope] in on_grid] or nodes
    known = {node.scope for node in wanted}
    rows = (
        row
        for month in asked.months
        for row in _values(replace(asked, period=month), wanted, month, None).values()
    )
    return breaks(row.exact for row in rows if row.scope in known and row.exact is not None)


def _missed(asked: MapQuestion, actual: Fraction | None) -> bool:
    """Whether an intensity misses the binding target of the whole authority, or is off its path."""
    judged = judging(asked)
    if judged is None or actual is None:
        return False
    plan, year = home_plan(), Period.parse(asked.period).year
    found = verdict(judged, actual, year, base_year=plan.base_year, target_year=plan.target_year)
    return found.status in _MISSED


def judging(asked: MapQuestion) -> PlanIndicator | None:
    """The plan's binding indicator that judges the map's values, so that the mark has a meaning.

    None for totals (the target of the whole is not a region's), parts of a year, and years outside the plan.
    """
    plan, period = home_plan(), Period.parse(asked.period)
    if period != Period.of_year(period.year) or not plan.base_year <= period.year <= plan.target_year:
        return None
    if home_catalog().indicator(asked.indicator).shape in ADDITIVE:
        return None
    return next((row for row in plan.indicators if row.code == asked.indicator and row.binding), None)
