"""Who owes a return of a period, and to which body: the line, the reporting units and the count of its last day.

A form that only some file (`required_if`) is owed by those of whom the registry says so on that day: NY202 once for
each data-centre room, NY203 by those that are heated. Of whom nothing is said nothing is asked.
"""

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
from jieyue.catalog.model import Form
from jieyue.domain.period import Period
from jieyue.domain.rooms import rooms_of

_HAS_ROOM, _IS_HEATED = "NY101:have_room=yes", "NY101:is_heating=yes"


def require_owed(form: str, period: Period) -> None:
    """Refuse a form that nobody can be asked for: a summary, one for other periods, one whose condition is unknown."""
    row = home_catalog().forms.get(form)
    if row is None or form not in forms() or row.summary_of or period.kind_letter not in row.periods:
        raise RefusedError(
            "form_not_collected",
            zh=f"{form} 不按 {period} 这样的期间向机构收取",
            en=f"{form} is not collected from institutions for periods such as {period}",
        )
    if not _is_known(row):
        raise RefusedError(
            "form_needs_switch",
            zh=f"{form} 只由一部分机构填报（{row.required_if}），名录里还没有这一项，不能生成报送义务",
            en=f"only some institutions file {form} ({row.required_if}); the registry does not say which yet",
        )


def collected() -> tuple[str, ...]:
    """The forms that institutions may owe: what all file first, then those that only some do."""
    known = home_catalog().forms
    wanted = [known[code] for code in forms() if not known[code].summary_of and _is_known(known[code])]
    return tuple(form.code for form in sorted(wanted, key=lambda form: bool(form.required_if)))


def _is_known(form: Form) -> bool:
    """Whether the registry says who files it."""
    by_room = form.instance != "none"
    return form.required_if in ((_HAS_ROOM,) if by_room else ("", _IS_HEATED))


def owed_returns(
    form: str, period: Period, institutions: Collection[int] | None = None
) -> dict[tuple[int, str], int]:
    """(Institution, room or empty) → the body that collects the return; None: of all institutions."""
    bodies = owed(period, institutions)
    condition = home_catalog().forms[form].required_if
    if not condition:
        return {(number, ""): body for number, body in bodies.items()}
    rows = InstitutionVersion.objects.as_of().on(period.last_day)
    if institutions is not None:
        rows = rows.filter(institution__in=institutions)
    if condition == _IS_HEATED:
        heated = rows.filter(heating="yes").values_list("institution_id", flat=True)
        return {(number, ""): bodies[number] for number in heated if number in bodies}
    known = rows.exclude(rooms="").values_list("institution_id", "rooms")
    return {
        (number, room): bodies[number]
        for number, text in known
        if number in bodies
        for room in rooms_of(text)
    }


def owed(period: Period, institutions: Collection[int] | None = None) -> dict[int, int]:
    """Institution → the body that collects its return of the period, of a form that all file; None: of all.

    It owes one if it is in being on the last day, in the count, reports for itself and hangs below the line inside
    the count. Reads the registry as it stands now, a change in the making included; none alters the line's nodes.
    """
    units = dict(_memberships(UNIT, period.last_day, institutions))
    return {
        number: node for number, node in _counted(period, institutions) if units.get(number, number) == number
    }


def inside_others(period: Period, bodies: Collection[int], *, sequence: int) -> dict[int, int]:
    """Institution that hangs at one of the bodies → the one that reports for it: it counts and owes no return. By the
    registry as of a publication."""
    units = dict(_memberships(UNIT, period.last_day, None, sequence))
    return {
        number: units[number]
        for number, node in _counted(period, None, sequence)
        if node in bodies and units.get(number, number) != number
    }


def _counted(
    period: Period, institutions: Collection[int] | None, sequence: int | None = None
) -> list[tuple[int, int]]:
    """Who is in being on the last day, in the count and below the line inside the count, with the node there.

    sequence: as of this publication; None: as the registry stands now.
    """
    day = period.last_day
    line = tree_view(Tree.LINE, last_done() if sequence is None else sequence, day)
    outside = {node.id for node in line if line.is_outside(node.id)}
    being = _being(day, institutions, sequence)
    return [
        (number, node)
        for number, node in _memberships(Tree.LINE, day, institutions, sequence)
        if number in being and node in line.nodes and node not in outside
    ]


def _memberships(
    name: str, day: date, institutions: Collection[int] | None, sequence: int | None = None
) -> Sequence[tuple[int, int]]:
    rows = Membership.objects.as_of(sequence).on(day).filter(tree=name)
    if institutions is not None:
        rows = rows.filter(institution__in=institutions)
    return list(rows.values_list("institution", "node"))


def _being(day: date, institutions: Collection[int] | None, sequence: int | None) -> set[int]:
    rows = InstitutionVersion.objects.as_of(sequence).on(day).filter(in_count=True)
    if institutions is not None:
        rows = rows.filter(institution_id__in=institutions)
    return set(rows.values_list("institution_id", flat=True))
