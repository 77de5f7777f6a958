"""The monthly bulletin 月度通报 of a body: who has filed, the month and the year to date against last year.

Every number is a figure of the accounts or a count of the board: nothing is computed a second way here. The year before
stands on the boundaries of the month's last day 按现行区划可比; what the period itself had is on its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from jieyue.apps.accounts.change_document import comparable_indicators
from jieyue.apps.accounts.changes import Change, changes
from jieyue.apps.accounts.changes import alike as alike_of
from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.obligations.board import Board, board_of
from jieyue.apps.obligations.worklist import findings_of
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, memberships
from jieyue.domain.change import Relative, relative_of
from jieyue.domain.period import Period

#: The lines of the table, in their order.
LINES = ("energy_total_tce", "energy_building_tce", "energy_vehicle_tce", "water_total_m3", "co2_total_t",
         "co2_direct_t", "co2_indirect_t", "energy_cost_yuan", "water_cost_yuan")  # fmt: skip
#: What is compared like for like as well.
ALIKE = ("energy_total_tce", "water_total_m3", "co2_total_t")
#: Observed use ÷ what the types of a body use in the whole.
RATIO = "energy_per_area_ratio"
#: What stands beside the amounts of a body below.
BESIDE = (RATIO, "completeness")


@dataclass(frozen=True)
class Line:
    """One indicator of two periods. alike: like for like, over `institutions`; None where there is no such change."""

    indicator: str
    then: FigureRow
    now: FigureRow
    reported: Relative
    alike: Relative | None = None
    institutions: int = 0
    change: Change | None = None


@dataclass(frozen=True)
class Span:
    """A period beside the same one a year before."""

    then: str
    now: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Bulletin:
    """month, to_date: the spans. below: body directly below → its lines of the year to date, energy like for like too.
    beside: body directly below → observed ÷ expected and completeness of the year to date, by code.

    findings: how many of each kind stand with the month's returns (worklist.findings_of has the words).
    """

    period: Period
    top: NodeInfo
    scope: str
    board: Board
    month: Span
    to_date: Span
    below: Mapping[NodeInfo, Sequence[Line]]
    beside: Mapping[NodeInfo, Mapping[str, FigureRow]]
    findings: Counter[str]

    @property
    def is_provisional(self) -> bool:
        """Whether a number of it is not final yet."""
        rows = (line.now for span in (self.month, self.to_date) for line in span.lines)
        return any(row.status == "provisional" for row in rows)


def to_date(month: Period) -> Period:
    """From January to the month."""
    return Period.of_range(Period.of_month(month.year, 1), month)


def bulletin_of(top: NodeInfo, line: TreeView, month: Period, today: date, sequence: int) -> Bulletin:
    """The bulletin of a body on the line, as of one publication. Raises what figures and changes raise."""
    scope = _scope(top, line)
    form, ytd = home_plan().method.account_form, to_date(month)
    children = {_scope(node, line): node for node in line.children(top.id) if not line.is_outside(node.id)}
    beside: dict[NodeInfo, dict[str, FigureRow]] = {node: {} for node in children.values()}
    for row in figures(list(children), str(ytd), indicators=BESIDE, sequence=sequence) if children else ():
        beside[children[row.scope]][row.indicator] = row
    return Bulletin(
        month,
        top,
        scope,
        board_of(form, month, today, top, line),
        _span(scope, month, sequence),
        _span(scope, ytd, sequence),
        _below(children, ytd, sequence),
        beside,
        _findings(form, month, line.subtree(top.id), sequence),
    )


def _scope(node: NodeInfo, line: TreeView) -> str:
    return "city" if node == line.root else f"line:{node.code}"


def _span(scope: str, period: Period, sequence: int) -> Span:
    now, then, day = str(period), str(period.previous_year()), period.last_day.isoformat()
    alike = [code for code in ALIKE if code in comparable_indicators(now, sequence=sequence)]
    made = changes(scope, alike, then, now, boundaries=day, sequence=sequence)
    found = {one.indicator: one for one in made}
    lines = _as_reported([scope], LINES, period, sequence)[scope]
    return Span(then, now, [_with(line, found.get(line.indicator)) for line in lines])


def _with(line: Line, change: Change | None) -> Line:
    if change is None:
        return line
    return replace(line, alike=change.like_for_like_relative, institutions=change.institutions, change=change)


def _as_reported(
    scopes: Sequence[str], codes: Sequence[str], period: Period, sequence: int
) -> dict[str, list[Line]]:
    """Scope → its lines, without what is like for like; the year before on the boundaries of the period's last day."""
    day = period.last_day.isoformat()
    sides = [
        {
            (row.scope, row.indicator): row
            for row in figures(scopes, str(each), indicators=codes, boundaries=boundaries, sequence=sequence)
        }
        for each, boundaries in ((period.previous_year(), day), (period, None))
    ]
    return {
        scope: [
            Line(code, before, after, relative_of(before.exact, after.exact))
            for code in codes
            for before, after in [(sides[0][scope, code], sides[1][scope, code])]
        ]
        for scope in scopes
    }


def _below(children: Mapping[str, NodeInfo], period: Period, sequence: int) -> dict[NodeInfo, Sequence[Line]]:
    if not children:
        return {}
    energy = ALIKE[0]
    found = _as_reported(list(children), ALIKE, period, sequence)
    then, now = str(period.previous_year()), str(period)
    same = alike_of(list(children), [energy], then, now, sequence=sequence) or {}
    return {
        children[scope]: [
            _with(line, same.get((scope, energy)) if line.indicator == energy else None) for line in lines
        ]
        for scope, lines in found.items()
    }


def _findings(form: str, month: Period, bodies: frozenset[int], sequence: int) -> Counter[str]:
    counts = findings_of(form, str(month))
    hangs = memberships(sorted({subject for subject, _room in counts}), month.last_day, sequence)
    found: Counter[str] = Counter()
    for (subject, _room), one in counts.items():
        if hangs.get(subject, {}).get(Tree.LINE) in bodies:
            found += one
    return found
