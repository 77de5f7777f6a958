"""My returns: what is due, overdue or sent back, with one button each; and what was entered lately."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix, reverse
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.obligations.queries import Task, tasks_of
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.queries import ReturnLine, latest_of
from jieyue.apps.trees.queries import named_nodes
from jieyue.domain.workflow import State
from jieyue.web.access import access_of, needs
from jieyue.web.entry_words import state_name
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import day, local, period_name

PAGE = 50
_PERIODS = 6
_MOST = 40


@needs("enter", "submit", limited=True)
def tasks(request: HttpRequest) -> HttpResponse:
    """What the person has to enter, and the newest returns of the institutions that he alone files for."""
    access = access_of(request)
    if access.user is None:
        raise PermissionDenied
    number = page_number(request)
    table = lately_of(sorted(access.leaves)[:_MOST])
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = open_tasks(request, number=number, size=PAGE) | {"lately": table if access.leaves else None}
    pages = max(1, -(-context["tasks"].count // PAGE))
    context |= {"page_number": number, "pages": pages, "next": number + 1 if number < pages else 0}
    return page(request, "tasks", context, section="entry")


def open_tasks(request: HttpRequest, *, number: int = 1, size: int) -> dict[str, Any]:
    """The open tasks as pages show them."""
    access = access_of(request)
    found = tasks_of(access.user, settings.JIEYUE_HOME.today(), page=number, size=size, read=access.read)
    bodies = {task.reminded_by for task in found.rows if task.reminded_by is not None}
    names = {node.id: local(node) or node.code for node in named_nodes(bodies).values()} if bodies else {}
    return {"tasks": found, "task_rows": [task_row(task, names) for task in found.rows]}


def task_row(task: Task, bodies: Mapping[int, str]) -> dict[str, Any]:
    """One task: whose, which, until when in words, who reminded of it, and its one button. bodies: names of nodes."""
    state = State(task.state)
    room = _("room %(room)s") % {"room": task.instance} if task.instance else ""
    words = {State.NONE: _("Begin"), State.DRAFT: _("Go on"), State.RETURNED: _("Mend")}
    return {
        "task": task,
        "form": f"{task.form} {local(home_catalog().forms[task.form])}",
        "period": f"{period_name(task.period)} {room}".rstrip(),
        "state": state_name(state),
        "due": day(task.due),
        "left": left_words(task),
        "reminded": reminded_words(task, bodies),
        "href": return_address(task.code, task.form, task.period, task.instance),
        "act": words[state],
    }


def left_words(task: Task) -> str:
    """How long there is, in words."""
    if task.returned:
        return _("sent back, to be mended")
    if task.days_left < 0:
        days = -task.days_left
        return ngettext("%(days)s day over", "%(days)s days over", days) % {"days": days}
    if not task.days_left:
        return _("due today")
    return ngettext("%(days)s day left", "%(days)s days left", task.days_left) % {"days": task.days_left}


def reminded_words(task: Task, bodies: Mapping[int, str]) -> str:
    """Who reminded of it last, and on which day; empty if nobody did."""
    if task.reminded_at is None:
        return ""
    said = {"body": bodies.get(task.reminded_by or 0, ""), "day": day(localtime(task.reminded_at).date())}
    return _("%(body)s reminded on %(day)s") % said


def return_address(code: str, form: str, period: str, instance: str = "") -> str:
    """Where a return is entered and read."""
    query = f"?{urlencode({'room': instance})}" if instance else ""
    start, end = _around(get_script_prefix())
    return f"{start}{quote(code)}/{quote(form)}/{quote(period)}{end}{query}"


@cache
def _around(_prefix: str) -> tuple[str, str]:
    """What stands before and after an address's parts: a page lists dozens, and finding one anew takes longer than
    the row around it."""
    start, _parts, end = reverse("return", args=["0", "0", "0"]).partition("0/0/0")
    return start, end


def lately_of(own: list[int], *, periods: int = _PERIODS) -> Table:
    """The newest returns of these institutions."""
    today = settings.JIEYUE_HOME.today()
    labels = labels_of(own, today)
    lines = latest_of(own, most=periods * len(own)) if own else []
    return Table(
        caption=_("Entered lately"),
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("form", _("Form"), sortable=False),
            Column("period", _("Period"), sortable=False),
            Column("state", _("State"), sortable=False),
        ],
        rows=[_row(line, *labels[line.subject]) for line in lines if line.subject in labels],
        name="returns",
        empty=_("No institution reports through you."),
    )


def _row(line: ReturnLine, code: str, name: str) -> Row:
    form = home_catalog().forms.get(line.form)
    href = return_address(code, line.form, line.period, line.instance)
    return Row(
        (
            Cell(name, line.subject, heading=True),
            Cell(f"{line.form} {local(form) if form else ''} {line.instance}".strip(), line.form),
            Cell(period_name(line.period), line.period, href=href),
            Cell(state_name(State(line.state)), line.state),
        )
    )
