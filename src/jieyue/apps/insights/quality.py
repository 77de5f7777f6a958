"""Data quality 数据质量 of a body on the reporting line: completeness by body and month, findings by rule, lateness."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.accounts.scope import Access
from jieyue.apps.accounts.series import figures_over
from jieyue.apps.accounts.services.compute_run import threshold
from jieyue.apps.insights.overview import Trust
from jieyue.apps.insights.overview_periods import boundaries_of
from jieyue.apps.obligations.progress import lateness
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.review.queries import rule_rows
from jieyue.apps.review.scope import rule_counts_for
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, members
from jieyue.catalog.ruleset import RuleRow
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS

MONTHS = 12
_CODES = ("completeness", *(f"evidence_share_{origin}" for origin in ORIGINS))

_kept = LastFew[Collection[int]](64)


@dataclass(frozen=True)
class RuleCount:
    """A rule with its findings by state: open, explained, accepted, gone. row None: it is in force no more."""

    code: str
    row: RuleRow | None
    states: Mapping[str, int]

    @property
    def total(self) -> int:
        """Findings in all."""
        return sum(self.states.values())


@dataclass(frozen=True)
class Quality:
    """What the figures say. matrix: scope → completeness of each month, the body itself first. least: from which a
    figure is final."""

    month: Period
    months: Sequence[Period]
    matrix: Mapping[str, Sequence[FigureRow]]
    trust: Sequence[Trust]
    least: Fraction

    @property
    def short(self) -> list[str]:
        """Bodies below whose last month is not complete enough for final figures."""
        rows = list(self.matrix.items())[1:]
        return [scope for scope, each in rows if each[-1].exact is not None and each[-1].exact < self.least]

    @property
    def due(self) -> list[str]:
        """Bodies below of whom returns of the last month are due."""
        return [scope for scope, each in list(self.matrix.items())[1:] if each[-1].exact is not None]


@dataclass(frozen=True)
class Work:
    """What becomes of the returns of a month, publication or not: findings by rule, how late they came."""

    month: Period
    rules: Sequence[RuleCount]
    lateness: Counter[str]


def quality_of(
    scope: str, below: Sequence[str], month: Period, *, sequence: int, compute: bool = True
) -> Quality | None:
    """The quality of a body's figures for twelve months up to one.

    compute False: None where a month was not computed yet. Raises what figures raise.
    """
    months = twelve(month)
    rows = figures_over(
        [scope, *below],
        [str(each) for each in months],
        indicators=_CODES,
        boundaries=boundaries_of(scope, month),
        sequence=sequence,
        compute=compute,
    )
    if rows is None:
        return None
    return Quality(
        month,
        months,
        {node: [rows[node, "completeness", str(each)] for each in months] for node in (scope, *below)},
        [
            Trust(
                rows[scope, "completeness", str(each)], [rows[scope, code, str(each)] for code in _CODES[1:]]
            )
            for each in months
        ],
        threshold(run_for(str(month), sequence=sequence)),
    )


def work_of(top: NodeInfo, line: TreeView, month: Period, *, sequence: int, access: Access) -> Work:
    """Findings and lateness of a body's returns of a month. access: the reader's, who counts findings that he sees."""
    bodies = None if top == line.root else line.subtree(top.id)
    form = home_plan().method.account_form
    subjects = None if bodies is None else _hanging(bodies, month.last_day, sequence)
    counts = rule_counts_for(access, form, str(month), subjects)
    return Work(month, _by_rule(counts, str(month)), lateness(form, str(month), bodies))


def _hanging(bodies: frozenset[int], day: date, sequence: int) -> Collection[int]:
    """Who hangs at one of the bodies on the day, as a publication knew it: that never changes."""
    key = (bodies, day, sequence)
    return _kept.get(key, lambda: frozenset(members(bodies, Tree.LINE, day, sequence)))


def twelve(month: Period) -> list[Period]:
    """The months of the matrix: twelve up to one."""
    found = [month]
    while len(found) < MONTHS:
        found.append(found[-1].previous())
    return found[::-1]


def _by_rule(counts: Mapping[str, Mapping[str, int]], period: str) -> list[RuleCount]:
    """The rules that found something, those with most that is still open first."""
    known = rule_rows(period) if counts else {}
    found = [RuleCount(code, known.get(code), states) for code, states in counts.items()]
    return sorted(found, key=lambda one: (-one.states.get("open", 0), -one.total, one.code))
