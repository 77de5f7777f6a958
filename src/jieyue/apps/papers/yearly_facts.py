"""What a yearly bulletin 年度通报 is written from: figures of a body and of those below it, changes, quality, the plan.

The body and those below it are compared on the boundaries of the year's last day, both years; beside that stands what
they had on the boundaries of the year before, so that a change of regions is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from jieyue.apps.accounts import derived as derived_figures
from jieyue.apps.accounts.change_document import comparable_indicators
from jieyue.apps.accounts.changes import Change, alike, changes
from jieyue.apps.accounts.peer_frame import PEERS
from jieyue.apps.accounts.peers import type_quantiles
from jieyue.apps.accounts.queries import FigureRow, figures, run_for
from jieyue.apps.accounts.series import Rows, figures_over
from jieyue.apps.insights.standard import Step
from jieyue.apps.obligations.board import line_of
from jieyue.apps.papers import circular_facts
from jieyue.apps.papers.content import Kind, Number, Status
from jieyue.apps.papers.evaluation_facts import Facts as PlanFacts
from jieyue.apps.papers.evaluation_facts import facts_of as plan_facts_of
from jieyue.apps.papers.monthly_facts import Pair, pairs_of
from jieyue.apps.papers.parts import part
from jieyue.apps.papers.yearly_key_units import KeyUnitRow, key_units_below
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, every_node
from jieyue.domain.period import Period

CITY = "city"
DISTRICT = "district_bureau"
ENERGY, RATIO, PER_AREA = "energy_total_tce", "energy_per_area_ratio", "energy_per_area_kgce_m2"
#: The six numbers of a body.
SIX = (ENERGY, "water_total_m3", "co2_total_t", "energy_cost_yuan", PER_AREA, "energy_per_person_kgce")
_BESIDE = ("institutions", "floor_area_m2", "persons", "completeness", RATIO)
#: Parts of the facts, and the paper that is made of them.
PARTS = 13
#: What is taken apart between the two years.
BRIDGED = (ENERGY, "water_total_m3", "co2_total_t")


@dataclass(frozen=True)
class TypeRow:
    """A type of institutions: how many have the intensity, its figure, and quantiles; none below ten."""

    name_zh: str
    figure: FigureRow
    n: int
    quantiles: Mapping[int, Fraction]


@dataclass(frozen=True)
class Moved:
    """A body below whose energy of the year before is another on its own boundaries (`old`) and on those of the
    year's last day (`now`); set_up, dissolved: it is not there on the former, on the latter."""

    node: NodeInfo
    old: FigureRow
    now: FigureRow
    set_up: bool
    dissolved: bool


@dataclass(frozen=True)
class Facts:
    """Everything of one body and one year, as of one publication and one day. plan: of the whole authority alone."""

    top: NodeInfo
    line: TreeView
    year: Period
    sequence: int
    quality: circular_facts.Facts
    own: Mapping[tuple[str, str], FigureRow]
    below: Sequence[NodeInfo]
    moved: Sequence["Moved"]
    rows: Rows
    old: Rows
    alike_of: Mapping[tuple[str, str], Change]
    changes: Mapping[str, Change]
    shares: Sequence[Pair]
    prices: Sequence[Pair]
    types: Sequence[TypeRow]
    ranks: Mapping[str, derived_figures.Derived]
    plan: PlanFacts | None
    key_units: Sequence[KeyUnitRow] = ()

    @property
    def is_city(self) -> bool:
        """Whether the paper is the authority's own."""
        return self.quality.is_city

    @property
    def then(self) -> Period:
        """The year before."""
        return self.year.previous_year()

    @property
    def districts(self) -> list[NodeInfo]:
        """Bodies of districts directly below."""
        return [node for node in self.below if node.kind == DISTRICT]

    @property
    def others(self) -> list[NodeInfo]:
        """The other bodies directly below."""
        return [node for node in self.below if node.kind != DISTRICT]

    def row(self, node: NodeInfo, code: str, period: Period | None = None) -> FigureRow:
        """A figure of a body below, on the boundaries of the year's last day."""
        return self.rows[scope_of(node), code, str(period or self.year)]

    def change_of(self, node: NodeInfo) -> Change | None:
        """Like for like, of energy."""
        return self.alike_of.get((scope_of(node), ENERGY))

    def has_moved(self, node: NodeInfo) -> bool:
        """Whether the year before is another on the boundaries of today."""
        return any(one.node == node for one in self.moved)

    @property
    def own_old(self) -> dict[str, FigureRow]:
        """The body's own totals of the year before on that year's boundaries."""
        return {code: self.old[self.quality.scope, code, str(self.then)] for code in BRIDGED}

    @cached_property
    def own_moved(self) -> bool:
        """Whether they are others on the boundaries of the year's last day."""
        return any(old.exact != self.own[code, str(self.then)].exact for code, old in self.own_old.items())

    @cached_property
    def provisional(self) -> bool:
        """Whether a figure of the body itself is not final."""
        return any(row.status == "provisional" for row in self.own.values())


def scope_of(node: NodeInfo) -> str:
    """The scope of a body on the line."""
    return f"line:{node.code}"


def rank_number(found: derived_figures.Derived) -> Number:
    """A place among the bodies of a kind; without one the words that say so."""
    value = found.value
    status = Status.MISSING if value is None else Status(found.status)
    text = "不参与排序" if value is None else str(int(value))
    return Number(
        text, "", f"rank({found.indicator})", found.scope, "", value, found.receipt, status, Kind.DERIVED,
        found.parts,
    )  # fmt: skip


def steps_of(scope: str, period: str, sequence: int) -> list[Step]:
    """The parts of figures that the facts of a year read: they are computed once and stored."""
    year = Period.parse(period)
    day, then = year.last_day.isoformat(), year.previous_year()
    plain = [run_for(str(each), sequence=sequence) for each in (then, year)]
    today = [run_for(str(each), boundaries=day, sequence=sequence) for each in (then, year, *year.months())]
    steps = [*(Step(run) for run in (*plain, *today)), Step(today[1], today[0])]
    if scope == CITY:
        steps.append(Step(plain[1], part=PEERS))
    return list({step.key: step for step in steps}.values())


def facts_of(top: NodeInfo, line: TreeView, year: Period, today: date, sequence: int) -> Facts:
    """The facts of a body's year; computes what is not stored. Raises what figures and changes raise."""
    scope, then, now = CITY if top == line.root else scope_of(top), str(year.previous_year()), str(year)
    below = [node for node in line.children(top.id) if not line.is_outside(node.id)]
    before = line_of(year.previous_year(), sequence)
    before_below = before.children(top.id) if top.id in before.nodes else []
    gone = [node for node in before_below if node.id not in line.nodes and not before.is_outside(node.id)]
    names, day = [scope_of(node) for node in (*below, *gone)], year.last_day.isoformat()
    codes = (*SIX, *_BESIDE)
    own = part(figures_over([scope], [then, now], indicators=codes, boundaries=day, sequence=sequence)) or {}
    rows = part(figures_over(names, [then, now], indicators=codes, boundaries=day, sequence=sequence)) or {}
    months = [str(month) for month in year.months()]
    monthly = part(figures_over(names, months, indicators=[ENERGY], boundaries=day, sequence=sequence))
    comparable = [code for code in BRIDGED if code in comparable_indicators(now, sequence=sequence)]
    old = part(figures_over([scope, *names], [then], indicators=BRIDGED, sequence=sequence)) or {}
    sides = [
        (node, old[scope_of(node), ENERGY, then], rows[scope_of(node), ENERGY, then])
        for node in (*below, *gone)
    ]
    return Facts(
        top=top,
        line=line,
        year=year,
        sequence=sequence,
        quality=part(circular_facts.facts_of(top, line, year, today, sequence)),
        own={(code, period): row for (_scope, code, period), row in own.items()},
        below=[node for node in below if _has_anything(node, rows, then, now)],
        moved=[
            Moved(node, one, other, node.id not in before.nodes, node.id not in line.nodes)
            for node, one, other in sorted(sides, key=lambda side: side[0].code)
            if one.exact != other.exact
        ],
        rows=rows | (monthly or {}),
        old=old,
        alike_of=part((alike(names, [ENERGY], then, now, sequence=sequence) or {}) if names else {}),
        changes=part(_changes(scope, comparable, then, now, day, sequence)),
        shares=part(pairs_of(scope, now, "energy_share_", sequence, day)),
        prices=part(pairs_of(scope, now, "unit_price_", sequence, day)),
        types=part(_types(now, sequence) if scope == CITY else ()),
        ranks=part(_ranks(below, now, day, sequence)),
        plan=part(_plan(year, sequence) if scope == CITY else None),
        key_units=key_units_below(line.subtree(top.id), year, sequence),
    )


def _has_anything(node: NodeInfo, rows: Rows, then: str, now: str) -> bool:
    """Whether a body has institutions, or a number in either year."""
    scope = scope_of(node)
    there = rows[scope, "institutions", now].exact
    return bool(there) or any(rows[scope, ENERGY, period].exact is not None for period in (then, now))


def _changes(
    scope: str, codes: Sequence[str], then: str, now: str, day: str, sequence: int
) -> dict[str, Change]:
    """Totals that both years have on the day's boundaries, taken apart."""
    rows = figures([scope], then, indicators=codes, boundaries=day, sequence=sequence) if codes else []
    known = [row.indicator for row in rows if row.exact is not None]
    found = changes(scope, known, then, now, boundaries=day, sequence=sequence) if known else []
    return {one.indicator: one for one in found if one.rows[1].exact is not None}


def _types(period: str, sequence: int) -> list[TypeRow]:
    """Types that have institutions with an intensity, by code."""
    found = type_quantiles(run_for(period, sequence=sequence), PER_AREA)
    nodes = [node for node in every_node(Tree.TYPE) if node.id in found]
    asked = [f"type:{node.code}" for node in nodes]
    rows = figures(asked, period, indicators=[PER_AREA], sequence=sequence) if asked else []
    return [TypeRow(node.name_zh, row, *found[node.id]) for node, row in zip(nodes, rows, strict=True)]


def _ranks(
    below: Sequence[NodeInfo], period: str, day: str, sequence: int
) -> dict[str, derived_figures.Derived]:
    """The place of each district by observed ÷ expected, the lowest first."""
    plan = run_for(period, boundaries=day, sequence=sequence)
    scopes = [scope_of(node) for node in below if node.kind == DISTRICT]
    return {
        scope: derived_figures.rank(plan, scope, RATIO)
        for scope in scopes
        if derived_figures.peers_of(plan, scope, RATIO) is not None
    }


def _plan(year: Period, sequence: int) -> PlanFacts | None:
    wanted = home_plan()
    return plan_facts_of(wanted.id, year.year, sequence) if year.year > wanted.base_year else None
