"""The tasks of the plan: goal, what was declared with its evidence, and the verdict; none without data."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_plan
from jieyue.apps.targets.task_list import OWNERS, TaskRow, task_rows, text_of
from jieyue.domain.task_verdict import TaskStatus, declares_number
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import clauses, grouped, is_chinese, labelled, local

STATES: tuple[TaskStatus, ...] = ("done", "not_done", "no_data")
#: Verdict → the mark before its word.
_MARKS = {"done": "●", "not_done": "▲", "no_data": "○"}


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """All countable tasks; with `state`, `chapter` or `owner` some of them. For who sees the whole authority."""
    if not access_of(request).whole:
        raise Http404
    plan = home_plan()
    rows = task_rows(plan.id)
    chosen = _chosen(request, rows)
    table = _table(local(plan), chosen).bind(request)
    if (kind := request.GET.get("export")) is not None:
        return table.export(kind, synthetic=settings.JIEYUE_HOME.synthetic)
    counts = Counter(row.status for row in rows)
    context = {
        "plan": plan,
        "counts": [(state, state_words(state), counts[state]) for state in STATES],
        "total": len(rows),
        "table": table,
        "said": request.GET,
        "states": [(state, state_words(state)) for state in STATES],
        "chapters": _chapters(rows),
        "owners": [(code, local_of(code)) for code in OWNERS if any(row.task.owner == code for row in rows)],
    }
    return page(request, "plan_tasks", context, section="plan-tasks")


def state_words(state: str) -> str:
    """A verdict on a task in words."""
    return {"done": _("Done"), "not_done": _("Not done"), "no_data": _("No data")}[state]


def local_of(owner: str) -> str:
    """Who a task is for, in the language of the page."""
    return OWNERS[owner][0 if is_chinese() else 1]


def _chapters(rows: Sequence[TaskRow]) -> list[str]:
    return list(dict.fromkeys(row.task.clause for row in rows))


def _chosen(request: HttpRequest, rows: Sequence[TaskRow]) -> list[TaskRow]:
    """The rows asked for; a word that is none of the choices is not found."""
    state, chapter, owner = (request.GET.get(name, "") for name in ("state", "chapter", "owner"))
    if (state and state not in STATES) or (owner and owner not in OWNERS):
        raise Http404
    if chapter and chapter not in _chapters(rows):
        raise Http404
    return [
        row
        for row in rows
        if (not state or row.status == state)
        and (not chapter or row.task.clause == chapter)
        and (not owner or row.task.owner == owner)
    ]


def _table(caption: str, rows: Sequence[TaskRow]) -> Table:
    columns = [
        Column("clause", _("Clause"), sortable=False),
        Column("name", _("Task"), sortable=False),
        Column("target", _("Target"), sortable=False),
        Column("value", _("Achieved"), number=True, sortable=False),
        Column("unit", _("Unit"), sortable=False),
        Column("status", _("Verdict"), sortable=False),
        Column("on", _("As of"), sortable=False),
        Column("of", _("Counted over"), sortable=False),
        Column("owner", _("Responsible"), sortable=False),
        Column("source", _("Source and evidence"), sortable=False),
        Column("statement", _("The plan's words"), sortable=False),
    ]
    return Table(
        caption=_("%(plan)s: tasks") % {"plan": caption},
        columns=columns,
        rows=[_row(row) for row in rows],
        name="plan-tasks",
        page_size=max(1, len(rows)),
        empty=_("No task is like that. Choose otherwise above."),
        notes=[_("A task without a declared result has no data and no verdict.")],
    )


def _row(row: TaskRow) -> Row:
    result = row.result
    of_what = local(row.task, "denominator")
    if row.denominator is not None:
        of_what = labelled(of_what, grouped(text_of(row.denominator)))
    source = (
        "" if result is None else clauses(x for x in (result.source, result.evidence, result.person) if x)
    )
    cells: list[Any] = [
        Cell(row.task.clause, row.task.clause),
        Cell(local(row.task), row.task.name_zh, heading=True),
        Cell(row.target or _("no number printed"), row.target, nowrap=True),
        _value(row),
        Cell(row.unit, row.unit, nowrap=True),
        _verdict(row),
        Cell(result.on.isoformat() if result else "", result.on if result else None, nowrap=True),
        Cell(of_what, of_what),
        Cell(local_of(row.task.owner), row.task.owner),
        Cell(source, source),
        Cell(f"“{row.task.statement}”", row.task.statement),
    ]
    return Row(tuple(cells))


def _value(row: TaskRow) -> Cell:
    text = text_of(row.value)
    if text is not None:
        return Cell(grouped(text), Decimal(text), number=True)
    if row.result is not None and not declares_number(row.task):
        return Cell("", None, number=True)
    return Cell(_("not declared"), None, missing=True, number=True)


def _verdict(row: TaskRow) -> Cell:
    words = state_words(row.status)
    text = (
        _("%(verdict)s, after its day") % {"verdict": words} if row.late and row.status == "done" else words
    )
    return Cell(f"{_MARKS[row.status]} {text}", row.status, nowrap=True)
