"""Progress 报送进度: body by body how far the returns have come, who is late by name, reminders, and more time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from jieyue.apps.obligations.board import KINDS, Board, Line, Missing, board_of, line_of, name_rows
from jieyue.apps.obligations.queries import WORDS
from jieyue.apps.obligations.reminder import MOST, group_text
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.services.remind import VERBS, mail_is_on, remind
from jieyue.apps.obligations.services.set_deadline import EXTEND, extend
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import by_code
from jieyue.apps.trees.queries import NodeInfo, TreeView
from jieyue.domain.period import Period
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.worklist import account_form, choices, form_code, period_of
from jieyue.web.words import day, is_chinese, local, percent, period_name

PAGE = 50


@needs(VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """The board of a body, and the list of those to be reminded."""
    return _board(request)


def _board(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    text = period_of(request)
    period, form, today = Period.parse(text), form_code(request), settings.JIEYUE_HOME.today()
    read = read_as(access_of(request).read)
    line = line_of(period, read.sequence)
    mine = bodies_for(read, VIEW, period.last_day)
    top = body_asked(request, line, mine)
    kind = request.GET.get("kind") or request.POST.get("kind") or "overdue"
    if kind not in KINDS:
        raise Http404
    found = board_of(form, period, today, top, line) if top else None
    lines = found.lines if found else ()
    if not lines:
        _list_page(request, 0)
    table = progress_table(lines, Way(form, text))
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "table": table,
        "period": text,
        "period_name": period_name(text),
        "form": form,
        "form_name": local(home_catalog().forms[form]),
        **choices(form, text),
        "top": top,
        "top_name": local(top) if top else "",
        "trail": _trail(top, line, mine, Way(form, text)),
        "whole": found.whole if found else None,
        "kind": kind,
        "kinds": _kinds(lines),
        "wrong": wrong,
        "bulletin": f"{reverse('bulletin')}?{urlencode({'period': text, 'node': top.code})}"
        if lines and top and form == account_form() and period.kind_letter == "M"
        else "",
        **(_late(request, found, top, kind, line, Way(form, text)) if found and top and lines else {}),
    }
    return page(request, "board", context, section="board", status=status)


def body_asked(request: HttpRequest, line: TreeView, mine: set[int]) -> NodeInfo | None:
    """The body asked for, else the highest of the person's; one that is not his is not found."""
    code = request.GET.get("node") or request.POST.get("node") or ""
    if code:
        found = line.by_code.get(code)
        if found is None or found.id not in mine:
            raise Http404
        return found
    own = [node for node in mine if node in line.nodes]
    return min(
        (line.nodes[node] for node in own),
        key=lambda node: (len(line.path(node.id)), node.code),
        default=None,
    )


@dataclass(frozen=True)
class Way:
    """The form and the period that the page is of, as its addresses name them."""

    form: str
    period: str

    def to(self, node: str, **more: str) -> str:
        """The address of a body's board; the plan's own form is not named."""
        said = {} if self.form == account_form() else {"form": self.form}
        return f"{reverse('board')}?{urlencode({**said, 'period': self.period, 'node': node, **more})}"


def _trail(top: NodeInfo | None, line: TreeView, mine: set[int], way: Way) -> list[tuple[str, str]]:
    if top is None:
        return []
    steps = [node for node in line.path(top.id) if node.id in mine]
    return [(local(node), "" if node.id == top.id else way.to(node.code)) for node in steps]


def progress_table(lines: Sequence[Line], way: Way) -> Table:
    return Table(
        caption=_("Progress by body"),
        columns=[
            Column("body", _("Collecting body"), sortable=False),
            Column("due", _("Returns due"), number=True),
            Column("none", _("Not begun"), number=True),
            Column("draft", _("Being entered"), number=True),
            Column("submitted", _("Submitted"), number=True),
            Column("returned", _("Sent back"), number=True),
            Column("approved", _("Approved"), number=True),
            Column("overdue", _("Overdue"), number=True),
            Column("late", _("Late"), number=True),
            Column("collected", _("Collected"), number=True),
            Column("completeness", _("Completeness"), number=True),
        ],
        rows=[_row(line, place, way) for place, line in enumerate(lines)],
        name="board",
        page_size=max(1, len(lines)),
        empty=_("This period is not open, or no body of yours collects it."),
        notes=[_("Collected = submitted and approved ÷ due; completeness = approved ÷ due.")],
    )


def _row(line: Line, place: int, way: Way) -> Row:
    name = local(line)
    if line.own:
        name = _("%(body)s itself") % {"body": name}
    counts = line.counts
    href = "" if place == 0 or line.own else way.to(line.code)
    return Row(
        (
            Cell(name, name, href=href, heading=True),
            *(Cell(f"{count:,}", count, number=True) for count in line.numbers),
            _share(counts.collected, counts.due),
            _share(counts.approved, counts.due),
        ),
        total=place == 0,
    )


def _share(part: int, whole: int) -> Cell:
    """A share; what is not the whole never reads 100 %."""
    text = f"{part}/{whole}"
    return Cell(percent(text), round(part / whole, 6), number=True)


def _kinds(lines: Sequence[Line]) -> list[tuple[str, str, int]]:
    if not lines:
        return []
    counts = lines[0].counts
    return [
        ("overdue", _("overdue"), counts.overdue),
        ("outstanding", _("with the institution again"), counts.outstanding),
        ("missing", _("not handed in"), counts.missing),
    ]


def _late(
    request: HttpRequest, found: Board, top: NodeInfo, kind: str, line: TreeView, way: Way
) -> dict[str, Any]:
    """The list by name, the text for a work group, and what the person may do here."""
    period = Period.parse(way.period)
    behind = found.progress.of_kind(kind)
    number = _list_page(request, len(behind))
    read = read_as(access_of(request).read)
    may_remind = any(top.id in bodies_for(read, verb, period.last_day) for verb in VERBS)
    start, end = (number - 1) * PAGE, number * PAGE
    wanted = [*behind[start:end], *(behind[:MOST] if may_remind else ())]
    named = name_rows(way.form, period, wanted, line)
    shown = named[: len(behind[start:end])]
    pasted = named[len(shown) :]
    return {
        "late": [_named(row) for row in shown],
        "count": len(behind),
        "list_page": number,
        "list_pages": max(1, -(-len(behind) // PAGE)),
        "next_href": way.to(top.code, kind=kind, list=str(number + 1)),
        "before_href": way.to(top.code, kind=kind, list=str(number - 1)),
        "text": _text(pasted, way, top, len(behind)) if pasted else "",
        "may_remind": may_remind,
        "mail_on": mail_is_on(),
        "may_extend": top.id in bodies_for(read, EXTEND, period.last_day),
    }


def _list_page(request: HttpRequest, count: int) -> int:
    text = request.GET.get("list", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= max(1, -(-count // PAGE))):
        raise Http404
    return int(text)


def _named(row: Missing) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.named(is_chinese()),
        "body": row.body if is_chinese() else row.body_en,
        "state": WORDS[row.state][0 if is_chinese() else 1],
        "due": day(row.due),
        "overdue": row.overdue,
        "reminded": day(localtime(row.reminded_at).date()) if row.reminded_at else "",
    }


def _title(way: Way) -> str:
    form = home_catalog().forms[way.form]
    return f"{period_name(way.period)} {form.code} {local(form)}"


def _signed(top: NodeInfo) -> str:
    authority = _("Example City") if settings.JIEYUE_HOME.synthetic else local(home_plan(), "authority")
    return authority if top.parent is None else local(top)


def _text(rows: Sequence[Missing], way: Way, top: NodeInfo, count: int) -> str:
    today = settings.JIEYUE_HOME.today()
    return group_text(
        rows, title=_title(way), today=today, signed=_signed(top), count=count, chinese=is_chinese()
    )


@needs(*VERBS, post=True)
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Remind of the list: in the system, and by letters where a mail server is set."""
    way, top, kind = _posted(request)
    try:
        done = remind(
            access_of(request).user,
            way.form,
            Period.parse(way.period),
            top.id,
            kind,
            title=_title(way),
            signed=_signed(top),
        )
    except RefusedError as error:
        return _refused(request, error)
    said = [
        ngettext(
            "%(n)s return was reminded of among the tasks of who files it.",
            "%(n)s returns were reminded of among the tasks of who files them.",
            done.returns,
        )
        % {"n": done.returns}
    ]
    if mail_is_on():
        said.append(
            ngettext("%(n)s letter was sent.", "%(n)s letters were sent.", done.letters) % {"n": done.letters}
        )
    if done.without:
        said.append(
            ngettext(
                "%(n)s institution has nobody with an e-mail address.",
                "%(n)s institutions have nobody with an e-mail address.",
                done.without,
            )
            % {"n": done.without}
        )
    if done.again:
        said.append(
            ngettext("%(n)s was reminded today already.", "%(n)s were reminded today already.", done.again)
            % {"n": done.again}
        )
    messages.success(request, " ".join(said))
    return redirect(way.to(top.code, kind=kind))


def _posted(request: HttpRequest) -> tuple[Way, NodeInfo, str]:
    way = Way(form_code(request), period_of(request))
    period = Period.parse(way.period)
    read = read_as(access_of(request).read)
    top = body_asked(request, line_of(period, read.sequence), bodies_for(read, VIEW, period.last_day))
    kind = request.POST.get("kind", "overdue")
    if top is None or kind not in KINDS:
        raise Http404
    return way, top, kind


@needs(EXTEND, post=True)
@require_POST
def more_time(request: HttpRequest) -> HttpResponse:
    """A later day for a body's institutions, or for one by its code."""
    way, top, kind = _posted(request)
    period = Period.parse(way.period)
    code = request.POST.get("institution", "").strip()[:60]
    target = by_code([code], period.last_day).get(code) if code else top.id
    try:
        until = date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        return _board(request, wrong=_("Name the new day."), status=422)
    if target is None:
        return _board(request, wrong=_("No institution of yours has this code."), status=422)
    try:
        changed = extend(
            access_of(request).user,
            way.form,
            period,
            target,
            until,
            reason=request.POST.get("reason", ""),
        )
    except RefusedError as error:
        if code and error.code == "not_yours":
            return _board(request, wrong=_("No institution of yours has this code."), status=422)
        return _refused(request, error)
    messages.success(
        request,
        ngettext("%(n)s institution has until %(day)s.", "%(n)s institutions have until %(day)s.", changed)
        % {"n": changed, "day": day(until)},
    )
    return redirect(way.to(top.code, kind=kind))


def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    if error.code == "not_yours":
        return errors.forbidden(request)
    return _board(request, wrong=local(error, "message"), status=422)
