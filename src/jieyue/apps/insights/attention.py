"""What needs somebody: the institutions whose use moved most, with their reasons, and the open findings by weight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from jieyue.apps.accounts.change_document import Member, members
from jieyue.apps.accounts.changes import Change, change
from jieyue.apps.accounts.due import values
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import FindingRow, shown
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree, memberships
from jieyue.domain.change import Effect
from jieyue.domain.period import Period, PeriodKind

MOST_MOVERS, MOST_ALERTS = 20, 10
#: Of so many open findings the weight is looked up; those of errors first.
_WEIGHED = 400
ENERGY = "energy_total_tce"
Own = Callable[[Sequence[int]], list[int]]


@dataclass(frozen=True)
class Mover:
    """An institution of the like-for-like change with what was said of it in the later period."""

    member: Member
    said: str

    @property
    def moved(self) -> Fraction:
        """now − then."""
        return (self.member.now or Fraction(0)) - (self.member.then or Fraction(0))


@dataclass(frozen=True)
class Alert:
    """An open finding: what is at stake (the institution's energy of the period), whose it is, since when."""

    finding: FindingRow
    weight: Fraction | None
    owner: NodeInfo | None
    since: date


@dataclass(frozen=True)
class Attention:
    """findings: how many are open in all, of which `alerts` weigh most."""

    change: Change
    movers: Sequence[Mover]
    alerts: Sequence[Alert]
    findings: int


def attention_of(
    scope: str,
    period: Period,
    *,
    sequence: int,
    boundaries: str | None,
    findings: QuerySet[ReviewFinding],
    own: Own,
) -> Attention:
    """Movers and alerts of a node. findings, own: those that the reader may see. Raises what changes raise."""
    then, now = str(period.previous_year()), str(period)
    found = change(scope, ENERGY, then, now, boundaries=boundaries, sequence=sequence)
    there = {
        number for effect, group in found.members.items() if effect is not Effect.NONE for number in group
    }
    there |= set(found.owing)
    form = home_plan().method.account_form
    month = period if period.kind in (PeriodKind.MONTH, PeriodKind.YEAR) else period.months()[-1]
    rows = list(findings.filter(form=form, period=str(month)).select_related("first_run"))
    return Attention(
        found,
        _movers(found, rows, own, sequence, boundaries),
        *_alerts(found, rows, there, month, sequence),
    )


def _movers(
    found: Change, rows: Sequence[ReviewFinding], own: Own, sequence: int, boundaries: str | None
) -> list[Mover]:
    numbers = own(found.members[Effect.LIKE_FOR_LIKE])[:MOST_MOVERS]
    said: dict[int, list[str]] = {number: [] for number in numbers}
    for row in rows:
        if row.explanation and row.explanation not in said.get(row.subject, [row.explanation]):
            said[row.subject].append(row.explanation)
    listed = members(found, numbers, sequence=sequence, boundaries=boundaries)
    return [Mover(member, "；".join(said[member.number])) for member in listed]


def _alerts(
    found: Change, rows: Sequence[ReviewFinding], there: set[int], month: Period, sequence: int
) -> tuple[list[Alert], int]:
    """The open findings within the scope that weigh most, and how many there are in all."""
    open_ones = [row for row in rows if row.state == ReviewFinding.State.OPEN and row.subject in there]
    open_ones.sort(key=lambda row: (row.severity != "error", row.pk))
    weighed = open_ones[:_WEIGHED]
    weights = _weights(found, month, sorted({row.subject for row in weighed}), sequence) if weighed else {}
    weighed.sort(key=lambda row: (-(weights.get(row.subject) or 0), row.severity != "error", row.pk))
    first = weighed[:MOST_ALERTS]
    owners = _owners({row.subject for row in first}, month, sequence)
    alerts = [
        Alert(told, weights.get(row.subject), owners.get(row.subject), row.first_run.made_at.date())
        for row, told in zip(first, shown(first), strict=True)
    ]
    return alerts, len(open_ones)


def _weights(
    found: Change, month: Period, subjects: Sequence[int], sequence: int
) -> Mapping[int, Fraction | None]:
    """The energy of institutions in the month: as it is kept with the change, where that is of the same period."""
    if found.rows[1].period == str(month) and found.kept_amounts is not None:
        return found.kept_amounts(subjects)[1]
    return values(run_for(str(month), sequence=sequence), ENERGY, list(subjects))


def _owners(subjects: set[int], month: Period, sequence: int) -> Mapping[int, NodeInfo]:
    """Institution → the body that collects its returns."""
    line = tree_view(Tree.LINE, sequence, month.last_day).nodes
    hangs = memberships(sorted(subjects), month.last_day, sequence)
    return {
        number: line[places[Tree.LINE]] for number, places in hangs.items() if places.get(Tree.LINE) in line
    }
