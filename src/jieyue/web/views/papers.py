"""Official papers 公文报告: the list with the form that drafts one; one paper with preview, files and release."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.papers.binding import annex_of, blanks_of, provisional_of
from jieyue.apps.papers.content import (
    Blank,
    Block,
    Cell,
    Heading,
    Kind,
    Number,
    Paper,
    Paragraph,
    Strip,
    TableBlock,
    Text,
    cell_said,
)
from jieyue.apps.papers.kinds import KINDS
from jieyue.apps.papers.make import FILES
from jieyue.apps.papers.mark import Mark
from jieyue.apps.papers.monthly import CODE as MONTHLY
from jieyue.apps.papers.orders import order_of
from jieyue.apps.papers.pdf import notes_of
from jieyue.apps.papers.scope import DRAFTS, RELEASES, WORKER, papers_for, returned_for, scans_for
from jieyue.apps.papers.services.complete import LONGEST, fill, release
from jieyue.apps.papers.services.draft import draft_paper
from jieyue.apps.papers.services.order import order_paper
from jieyue.apps.papers.stored import from_json
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, every_node
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period, PeriodError
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.paper_files import paper_file
from jieyue.web.returned_rows import files_table
from jieyue.web.scan_rows import scan_cell, scans_table
from jieyue.web.table import Cell as TableCell
from jieyue.web.table import Column, Row, Table
from jieyue.web.views.worklist import account_form, period_choices, period_of
from jieyue.web.words import local, period_name

#: The first word of the receipt of a count → the page with the list.
_LISTS = {
    "spotchecks": "spotchecks",
    "key-units": "key-units",
    "tasks": "plan-tasks",
    "task": "plan-tasks",
    "plan-check": "plan",
}
_RIGHT, _NOTHING = ("not_yours", "own_draft"), ("paper_unknown",)
_CONFLICT = ("paper_released", "paper_moved")


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The papers that the person may see, and the form that drafts one."""
    return _listing(request)


def _listing(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    period = period_of(request)
    access = access_of(request)
    names = {node.id: local(node) for node in every_node(Tree.LINE)}
    rows = papers_for(access)
    state = request.GET.get("state", "")
    if state not in ("", "draft", "ready", "released"):
        raise Http404
    scans = scans_by_paper(access)
    table = _table([row for row in rows if state in ("", _state(row))], names, scans)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "table": table,
        "period": period,
        "kinds": [(kind.code, local(kind)) for kind in KINDS.values()],
        "period_groups": [
            (_("Months"), period_choices(account_form(), period)),
            (_("Years"), [(year, period_name(year)) for year in _years()]),
        ],
        "bodies": _bodies(request, period),
        "states": [("", _("All")), *((code, state_words(code)) for code in ("draft", "ready", "released"))],
        "state": state,
        "posted": request.POST,
        "wrong": wrong,
    }
    return page(request, "papers", context, section="papers", status=status)


def scans_by_paper(access: Any) -> dict[int, list[Any]]:
    """The scans of each paper, the newest first."""
    found: dict[int, list[Any]] = {}
    for scan in scans_for(access):
        found.setdefault(scan.paper_id, []).append(scan)
    return found


def _bodies(request: HttpRequest, period: str) -> list[tuple[str, str]]:
    """Bodies whose papers the person may draft, from the top."""
    read, last = read_as(access_of(request).read), Period.parse(period).last_day
    allowed = {node for verb in DRAFTS for node in bodies_for(read, verb, last)}
    line = tree_view(Tree.LINE, read.sequence, last)
    nodes = [line.nodes[one] for one in allowed if one in line.nodes]
    ordered = sorted(nodes, key=lambda node: (len(line.path(node.id)), node.code))
    return [(node.code, local(node)) for node in ordered]


def _years() -> list[str]:
    """Years to draft of: the coming one, for a work plan, back to the first of the plan."""
    newest, oldest = settings.JIEYUE_HOME.today().year + 1, home_plan().base_year + 1
    return [str(year) for year in range(newest, oldest - 1, -1)]


def _state(row: Any) -> str:
    """draft: something is left to be written; ready: another person may release it; released."""
    if row.state == "released":
        return "released"
    return "draft" if row.blanks else "ready"


def state_words(state: str) -> str:
    """The state of a paper in words."""
    return {
        "draft": pgettext("a paper", "being drafted"),
        "ready": pgettext("a paper", "in hand, to be released"),
        "released": pgettext("a paper", "released"),
    }[state]


def maker_words(row: Any, persons: dict[str, str]) -> str:
    """Who drafted it; where no person asked, the system."""
    return _("the system") if row.made_by == WORKER else persons.get(row.made_by, row.made_by)


def _table(rows: Sequence[Any], names: dict[int, str], scans: dict[int, list[Any]]) -> Table:
    persons = who([row.made_by for row in rows])
    return Table(
        caption=_("Official papers"),
        columns=[
            Column("title", _("Title")),
            Column("body", _("Collecting body")),
            Column("period", _("Period")),
            Column("number", _("Draft number"), number=True),
            Column("state", _("State")),
            Column("made", _("Drafted")),
            Column("scan", _("Stamped scan")),
        ],
        rows=[
            Row(
                (
                    TableCell(row.title, row.title, href=reverse("paper", args=[row.pk]), heading=True),
                    TableCell(names.get(row.body, row.scope), row.scope),
                    TableCell(period_name(row.period), row.period),
                    TableCell(f"{row.number:,}", row.number, number=True),
                    TableCell(state_words(_state(row)), _state(row)),
                    TableCell(
                        f"{maker_words(row, persons)} {row.made_at:%Y-%m-%d}",
                        row.made_at.isoformat(),
                    ),
                    scan_cell(row, scans.get(row.pk, [])),
                )
            )
            for row in rows
        ],
        name="papers",
        empty=_("No paper was drafted yet."),
    )


def _period_said(request: HttpRequest) -> str:
    """The month or year posted, up to the coming year."""
    try:
        period = Period.parse(request.POST.get("period", ""))
    except PeriodError as error:
        raise Http404 from error
    if not 2000 < period.year <= settings.JIEYUE_HOME.today().year + 1:
        raise Http404
    return str(period)


@needs(*DRAFTS, post=True)
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Draft a paper of a body."""
    said = request.POST
    kind, code, period = said.get("kind", MONTHLY), said.get("body", ""), _period_said(request)
    body = next((node for node in every_node(Tree.LINE) if node.code == code), None)
    if body is None or kind not in KINDS:
        raise Http404
    user = access_of(request).user
    try:
        if KINDS[kind].steps is not None:
            return redirect("paper-order", order_paper(user, kind, body.id, period).pk)
        made = draft_paper(user, kind, body.id, period)
    except RefusedError as error:
        return _refused(request, error) or _listing(request, wrong=local(error, "message"), status=422)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    messages.success(request, _("The paper was drafted; every number has its source."))
    return redirect("paper", made.pk)


@needs(*DRAFTS)
def order(request: HttpRequest, number: int) -> HttpResponse:
    """How far the person's own order is; when the paper is there, the browser goes to it."""
    found = order_of(access_of(request).user, number)
    if found is None:
        raise Http404
    shown = {"progress": found, "problem": local(found.row, "problem")}
    if "state" in request.GET:
        answer = render(request, "parts/paper_order.html", shown)
        if not found.open:
            answer["HX-Refresh"] = "true"
        return answer
    if found.row.draft_id is not None:
        return redirect("paper", found.row.draft_id)
    kind = KINDS[found.row.code]
    context = shown | {"kind": local(kind), "when": period_name(found.row.period)}
    return page(request, "paper_order", context, section="papers")


def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse | None:
    """The answer by the kind of refusal; None where what was typed is wrong."""
    return errors.by_kind(request, error, nothing=_NOTHING, right=_RIGHT, state=_CONFLICT)


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One paper as it reads; `export=pdf|docx|xlsx` gives the file."""
    return paper_page(request, number)


def paper_page(request: HttpRequest, number: int, *, wrong: str = "", status: int = 200) -> HttpResponse:
    row = papers_for(access_of(request)).defer(None).filter(pk=number).first()
    if row is None:
        raise Http404
    paper = from_json(row.content)
    if "export" in request.GET:
        return _file(request, row, paper)
    access, last = access_of(request), Period.parse(row.period).last_day
    read = read_as(access.read)
    name = access.user.get_username()
    own = name in (row.made_by, row.changed_by)
    handles = {verb for verb in {*DRAFTS, *RELEASES} if row.body in bodies_for(read, verb, last)}
    open_to = handles if row.state == "draft" else set()
    persons = who([row.made_by, row.changed_by, row.released_by])
    context = {
        "row": row,
        "state": state_words(_state(row)),
        "files": [
            (kind, f"{reverse('paper', args=[row.pk])}?{urlencode({'export': kind})}")
            for kind in sorted(FILES)
        ],
        "numbers": len(annex_of(paper)),
        "loose": len(provisional_of(paper)),
        "blanks": [blank.asks for _place, blank in blanks_of(paper)],
        "blocks": _shown(paper.blocks, row),
        "annexes": [(annex.title, _shown(annex.blocks, row), bool(annex.figures)) for annex in paper.annexes],
        "last_lines": (*paper.foot, paper.anchor) if paper.anchor else paper.foot,
        "may_fill": bool(open_to & {*DRAFTS}),
        "may_release": bool(open_to & {*RELEASES}) and not own,
        "own": own and bool(open_to & {*RELEASES}),
        "made_by": maker_words(row, persons),
        "released_by": persons.get(row.released_by, row.released_by),
        "may_check": bool(handles),
        "returned": files_table(list(returned_for(access).filter(paper=row.pk)), whole=False),
        "scans": scans_table(list(scans_for(access).filter(paper=row.pk))),
        "longest": LONGEST,
        "posted": request.POST,
        "wrong": wrong,
    }
    return page(request, "paper", context, section="papers", status=status)


def _file(request: HttpRequest, row: Any, paper: Paper) -> HttpResponse:
    stem = f"{row.code}-{row.scope.replace(':', '-')}-{row.period}-{row.number}"
    mark = Mark(row.pk, row.number, row.seq, row.digest)
    return paper_file(request, paper, request.GET["export"], stem, mark)


def _shown(blocks: Sequence[Block], row: Any) -> list[dict[str, Any]]:
    """Blocks for the page: a number opens its source."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append({"kind": "heading", "text": block.text})
        elif isinstance(block, Strip):
            found.append(
                {"kind": "paragraph", "parts": _parts((Text(f"{block.caption}："), *block.parts), row)}
            )
        elif isinstance(block, Paragraph):
            found.append({"kind": "paragraph", "parts": _parts(block.parts, row)})
        elif isinstance(block, TableBlock):
            rows = [
                [
                    (column.number, _parts(cell, row, alone=True))
                    for cell, column in zip(line, block.columns, strict=True)
                ]
                for line in block.rows
            ]
            found.append({"kind": "table", "table": block, "rows": rows, "notes": notes_of(block)})
    return found


def _parts(cell: Cell, row: Any, *, alone: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "text": cell_said((part,)) if alone else part.said,
            "blank": isinstance(part, Blank),
            "href": source_of_number(part, row) if isinstance(part, Number) else "",
        }
        for part in cell
    ]


def source_of_number(number: Number, row: Any) -> str:
    """Where a number comes from: its receipt, the first of its parts, or the list that it was counted from."""
    if number.kind is Kind.COUNT:
        node = number.scope.partition(":")[2] or "city"
        route = _LISTS.get(number.receipt.partition("/")[0], "board")
        month = "" if Period.parse(row.period).kind_letter == "Y" else row.period
        asked = {"period": month, "node": node} if route == "board" and month else {}
        return reverse(route) + (f"?{urlencode(asked)}" if asked else "")
    receipts = [one for one in number.sources if number.kind in (Kind.FIGURE, Kind.DERIVED)]
    return reverse("receipt", args=[receipts[0]]) if receipts else ""


@needs(*DRAFTS, post=True)
@require_POST
def complete(request: HttpRequest, number: int) -> HttpResponse:
    """Write into the open places."""
    texts = request.POST.getlist("text")[:100]
    try:
        fill(access_of(request).user, number, texts, request.POST.get("seen", ""))
    except RefusedError as error:
        return _refused(request, error) or paper_page(
            request, number, wrong=local(error, "message"), status=422
        )
    messages.success(request, _("What you wrote stands in the paper."))
    return redirect("paper", number)


@needs(*RELEASES, post=True)
@require_POST
def issue(request: HttpRequest, number: int) -> HttpResponse:
    """Release a paper."""
    said = request.POST
    try:
        release(access_of(request).user, number, said.get("seen", ""), said.get("reason", ""))
    except RefusedError as error:
        return _refused(request, error) or paper_page(
            request, number, wrong=local(error, "message"), status=422
        )
    messages.success(request, _("The paper is released."))
    return redirect("paper", number)
