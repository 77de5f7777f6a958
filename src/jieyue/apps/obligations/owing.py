"""Who owes a return of a period, and to which body: the line, the reporting units and the count of its last day."""

from collections.abc import Collection, Sequence
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.models import InstitutionVersion
from jieyue.apps.returns.lake import forms
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import UNIT, Tree
from jieyue.domain.period import Period


def require_owed(form: str, period: Period) -> None:
    """Refuse a form that nobody can be asked for: a summary, one for other periods, one whose condition is unknown."""
    row = home_catalog().forms.get(form)
    if row is None or form not in forms() or row.summary_of or period.kind_letter not in row.periods:
        raise RefusedError(
            "form_not_collected",
            zh=f"{form} 不按 {period} 这样的期间向机构收取",
            en=f"{form} is not collected from institutions for periods such as {period}",
        )
    if row.required_if or row.instance != "none":
        raise RefusedError(
            "form_needs_switch",
            zh=f"{form} 只由一部分机构填报（{row.required_if}），名录里还没有这一项，不能生成报送义务",
            en=f"only some institutions file {form} ({row.required_if}); the registry does not say which yet",
        )


def owed(period: Period, institutions: Collection[int] | None = None) -> dict[int, int]:
    """Institution → the body that collects its return of the period; None: of all institutions.

    It owes one if it is in being on the last day, in the count, reports for itself and hangs below the line inside
    the count. Reads the registry as it stands now, a change in the making included; none alters the line's nodes.
    """
    day = period.last_day
    line = tree_view(Tree.LINE, last_done(), day)
    outside = {node.id for node in line if line.is_outside(node.id)}
    inside = dict(_memberships(UNIT, day, institutions))
    being = _being(day, institutions)
    return {
        number: node
        for number, node in _memberships(Tree.LINE, day, institutions)
        if number in being
        and inside.get(number, number) == number
        and node in line.nodes
        and node not in outside
    }


def _memberships(name: str, day: date, institutions: Collection[int] | None) -> Sequence[tuple[int, int]]:
    rows = Membership.objects.as_of().on(day).filter(tree=name)
    if institutions is not None:
        rows = rows.filter(institution__in=institutions)
    return list(rows.values_list("institution", "node"))


def _being(day: date, institutions: Collection[int] | None) -> set[int]:
    rows = InstitutionVersion.objects.as_of().on(day).filter(in_count=True)
    if institutions is not None:
        rows = rows.filter(institution_id__in=institutions)
    return set(rows.values_list("institution_id", flat=True))
