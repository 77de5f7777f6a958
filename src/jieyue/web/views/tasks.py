"""My returns: what is due, overdue or sent back, with one button each; and what was entered lately."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.returns.queries import ReturnLine, latest_of
from jieyue.domain.workflow import State
from jieyue.web.access import access_of, needs
from jieyue.web.entry import state_name
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import local, period_name

_PERIODS = 4
_MOST = 40


@needs("enter", "submit")
def tasks(request: HttpRequest) -> HttpResponse:
    """The returns of the institutions that the person files for."""
    context = tasks_context(request)
    if "export" in request.GET:
        return context["table"].export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    return page(request, "tasks", context, section="entry")


def tasks_context(request: HttpRequest) -> dict[str, Any]:
    """What the page of tasks shows; the workbench shows it too."""
    own = sorted(access_of(request).leaves)[:_MOST]
    today = settings.JIEYUE_HOME.today()
    codes, names = codes_of(own, today), names_of(own, today)
    month = collecting_month()
    form = home_plan().method.account_form
    lines = latest_of(own, most=_PERIODS * len(own) if own else 0)
    begun = {(line.subject, line.form, line.period) for line in lines}
    fresh = [
        ReturnLine(number, form, month, "", State.NONE.value)
        for number in own
        if (number, form, month) not in begun
    ]
    table = _table([*fresh, *lines], codes, names)
    table.bind(request)
    return {"table": table, "own": own}


def _table(lines: list[ReturnLine], codes: dict[int, str], names: dict[int, str]) -> Table:
    return Table(
        caption=_("Returns"),
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("form", _("Form"), sortable=False),
            Column("period", _("Period"), sortable=False),
            Column("state", _("State"), sortable=False),
            Column("open", "", sortable=False),
        ],
        rows=[_row(line, codes, names) for line in lines if line.subject in codes],
        name="returns",
        empty=_("No institution reports through you."),
    )


def _row(line: ReturnLine, codes: dict[int, str], names: dict[int, str]) -> Row:
    state = State(line.state)
    href = reverse("return", args=[codes[line.subject], line.form, line.period])
    form = home_catalog().forms.get(line.form)
    words = {State.NONE: _("Begin"), State.DRAFT: _("Go on"), State.RETURNED: _("Mend")}
    return Row(
        (
            Cell(names.get(line.subject, ""), line.subject, heading=True),
            Cell(
                f"{line.form} {local(form) if form else ''}" + (f" {line.instance}" if line.instance else ""),
                line.form,
            ),
            Cell(period_name(line.period), line.period),
            Cell(state_name(state), line.state),
            Cell(
                words.get(state, _("Open")),
                None,
                href=href + (f"?room={line.instance}" if line.instance else ""),
            ),
        )
    )
