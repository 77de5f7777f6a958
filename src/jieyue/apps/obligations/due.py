"""Which day a return opens and is due: the most specific decision wins, and where there is none the default.

An institution's own decision beats that of a group, a group's that of the authority; of two groups the deeper node
wins (of two as deep, that of the reporting line, then department, area, type). At one level a decision for the single
period beats the general one, and of two alike the later valid, then the later made. No day is moved for a holiday.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from jieyue.apps.obligations.models import Deadline
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree, TreeView
from jieyue.catalog.due import DueRule, days_after, default_rule
from jieyue.domain.period import Period

#: Of two groups as deep, the first named goes before.
ORDER = (Tree.LINE, Tree.DEPARTMENT, Tree.AREA, Tree.TYPE)
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Days:
    """When a return may be begun first, and the last day that is on time."""

    opens: date
    due: date

    @property
    def closes(self) -> datetime:
        """The instant after the last on time: 24:00 of the due day in the authority's zone."""
        zone = ZoneInfo(settings.JIEYUE_HOME.timezone)
        return datetime.combine(self.due + timedelta(days=1), time.min, tzinfo=zone)


def days_of(form: str, period: Period, institutions: Collection[int]) -> dict[int, Days]:
    """Institution → its days for the period. Raises RefusedError where no rule says when it is due."""
    said = _said(form, period)
    whole = Days(*_counted(said.get(None), form, period))
    if not (said.keys() - {None}):
        return dict.fromkeys(institutions, whole)
    groups = _groups(said, institutions, period.last_day)
    found = {}
    for number in institutions:
        row = said.get(number) or next((said[node] for node in groups.get(number, ())), None)
        found[number] = whole if row is None else Days(*_counted(row, form, period, whole))
    return found


def common_days(form: str, period: Period) -> tuple[Days, DueRule | None]:
    """The days of whoever has none of his own, and the default that they come from; None: the authority decided.

    Raises RefusedError where no rule says when it is due.
    """
    row = _said(form, period).get(None)
    rule = default_rule(form, period.kind_letter) if row is None else None
    return Days(*_counted(row, form, period)), rule


def _said(form: str, period: Period) -> dict[int | None, Deadline]:
    """Target → the decision that stands for the period."""
    rows = Deadline.objects.filter(
        form=form, kind=period.kind_letter, valid_from__lte=period.last_day, period__in=("", str(period))
    )
    found: dict[int | None, dict[str, Deadline]] = {}
    for row in rows.order_by("valid_from", "pk"):
        found.setdefault(row.target, {})[row.period] = row
    standing: dict[int | None, Deadline] = {}
    for target, mine in found.items():
        ordered = (mine.get(str(period)), mine.get(""))
        kept = next((row for row in ordered if row is not None and not row.gone), None)
        if kept is not None:
            standing[target] = kept
    return standing


def _counted(row: Deadline | None, form: str, period: Period, whole: Days | None = None) -> tuple[date, date]:
    """The days that a decision gives; what it leaves open is the authority's, then the default's."""
    rule = default_rule(form, period.kind_letter)
    last = period.last_day
    opens = whole.opens if whole else last + timedelta(days=rule.opens_days) if rule else period.end
    due = whole.due if whole else days_after(last, rule.due_months, rule.due_days) if rule else None
    if row is not None:
        if row.opens_days is not None:
            opens = last + timedelta(days=row.opens_days)
        if row.due_days is not None:
            due = days_after(last, row.due_months or 0, row.due_days)
        opens, due = row.opens_on or opens, row.due_on or due
    if due is None:
        raise RefusedError(
            "no_deadline",
            zh=f"{form} {period} 没有截止日，请先设定",
            en=f"{form} {period} has no deadline; set one first",
        )
    return min(opens, due), due


def _groups(
    said: Mapping[int | None, Deadline], institutions: Collection[int], day: date
) -> dict[int, list[int]]:
    """Institution → the nodes above it that something is said of, the most specific first."""
    ranked: dict[int, list[tuple[int, int, int]]] = {}
    for place, name in enumerate(ORDER):
        view = tree_view(name, last_done(), day)
        if not (said.keys() & view.nodes.keys()):
            continue
        above = {node: _above(view, node, said) for node in view.nodes}
        for number, node in _hanging(name, day, institutions):
            for depth, step in above.get(node, ()):
                ranked.setdefault(number, []).append((-depth, place, step))
    return {number: [step for _, _, step in sorted(steps)] for number, steps in ranked.items()}


def _above(view: TreeView, node: int, said: Mapping[int | None, Deadline]) -> list[tuple[int, int]]:
    return [(depth, step.id) for depth, step in enumerate(view.path(node)) if step.id in said]


def _hanging(name: str, day: date, institutions: Collection[int]) -> Sequence[tuple[int, int]]:
    """(institution, node) of one tree on the day, of these institutions only."""
    wanted = list(institutions)
    rows = Membership.objects.as_of().on(day).filter(tree=name)
    if len(wanted) <= _BATCH:
        return list(rows.filter(institution__in=wanted).values_list("institution", "node"))
    own = set(wanted)
    return [pair for pair in rows.values_list("institution", "node") if pair[0] in own]
