"""Theirs and ours 平台对照: take a file of the platform above, and see where it differs from what is published here."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.scope import BRINGS
from jieyue.apps.identity.queries import who
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import line_nodes
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.scope import their_files_for
from jieyue.apps.returns.services.take_theirs import Taken, Taking, take_theirs
from jieyue.apps.returns.theirs import compared, findings_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.web import intake
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.their_rows import EXPORTED, PAGE, Board, kind_words, side_table
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.words import local, period_name


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The files that were taken, and the form that takes one."""
    return _listing(request)


def _listing(
    request: HttpRequest, *, wrong: str = "", unread: Taken | None = None, status: int = 200
) -> HttpResponse:
    access = access_of(request)
    table = _files(
        list(their_files_for(access.user, whole=access.whole, read=access.read)), line_nodes_by_id(request)
    )
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context: dict[str, Any] = {
        "table": table,
        "bodies": bodies_to_bring(request),
        "forms": [(code, f"{code} {local(home_catalog().forms[code])}") for code in forms()],
        "profiles": exchange.profile_names("returns"),
        "period": request.POST.get("period") or collecting_month(),
        "said": request.POST,
        "wrong": wrong,
        "unread": unread,
    }
    if unread is not None:
        context |= findings_context(request, [one.as_dict() for one in unread.result.findings], marked=False)
    return page(request, "theirs", context, section="theirs", status=status)


def line_nodes_by_id(request: HttpRequest) -> Mapping[int, NodeInfo]:
    """The nodes of the reporting line as the person reads them."""
    read = access_of(request).read
    return tree_view(Tree.LINE, read.sequence).nodes if read else {}


def bodies_to_bring(request: HttpRequest) -> list[tuple[str, str]]:
    """The bodies for which the person may bring a file, the highest first."""
    access = access_of(request)
    if access.read is None or not any(access.may(verb) for verb in BRINGS):
        return []
    own = {node for verb in BRINGS for node in line_nodes(access.user, verb, read=access.read)}
    line = tree_view(Tree.LINE, access.read.sequence)
    found = sorted((line.nodes[node] for node in own & line.nodes.keys()), key=_by_depth(line))
    return [(node.code, local(node)) for node in found]


def _by_depth(line: Any) -> Any:
    return lambda node: (len(line.path(node.id)), node.code)


def _files(rows: list[Any], nodes: Mapping[int, NodeInfo]) -> Table:
    people = who([row.batch.by for row in rows])
    return Table(
        caption=_("Files taken"),
        columns=[
            Column("file", _("File")),
            Column("form", _("Form")),
            Column("period", _("Period")),
            Column("body", _("Collecting body")),
            Column("rows", _("Rows compared"), number=True),
            Column("left", _("Rows left out"), number=True),
            Column("by", _("By")),
            Column("at", _("Time")),
        ],
        rows=[_file(row, nodes, people) for row in rows],
        name="theirs",
        empty=_("No file of the platform was taken yet."),
    )


def _file(row: Any, nodes: Mapping[int, NodeInfo], people: Mapping[str, str]) -> Row:
    batch, node = row.batch, nodes.get(row.body)
    left = batch.rejected + batch.duplicate
    at = localtime(batch.at).strftime("%Y-%m-%d %H:%M")
    body = local(node) if node else ""
    return Row(
        (
            Cell(batch.file_name, batch.file_name, href=reverse("their-file", args=[row.pk]), heading=True),
            Cell(row.form, row.form),
            Cell(period_name(row.period), row.period),
            Cell(body, body),
            Cell(f"{batch.accepted:,}", batch.accepted, number=True),
            Cell(f"{left:,}", left, number=True),
            Cell(people.get(batch.by, batch.by), batch.by),
            Cell(at, at),
        )
    )


@needs(*BRINGS, post=True)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take the file in; what of it cannot be compared is told, the rest is kept."""
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return _listing(request, wrong=_("Choose one file."), status=422)
    if wrong := too_large(files[0], intake.LARGEST, TABLE):
        return _listing(request, wrong=wrong, status=STATUS)
    form, period, body, name = (
        request.POST.get(key, "").strip() for key in ("form", "period", "body", "profile")
    )
    own = {code for code, _name in bodies_to_bring(request)}
    if body not in own or (name and name not in exchange.profile_names("returns")):
        raise Http404
    profile = exchange.profile(name, "returns") if name else None
    arrival = intake.Arrival(
        files[0].read(), files[0].name or "file", "returns", request.user, form, period, profile
    )
    try:
        Period.parse(period)
        arrival, ask = intake.with_profile(arrival)
        if ask:
            return _listing(request, wrong=_no_profile(), status=422)
        node = next(node.id for node in line_nodes_by_id(request).values() if node.code == body)
        asked = Taking(form, period, node, arrival.profile, by=access_of(request).user)
        taken = take_theirs(arrival.content, arrival.name, asked, actor=request.user.get_username())
    except DomainError as error:
        if error.code == "theirs_right":
            raise PermissionDenied from error
        return _listing(request, wrong=local(error, "message"), status=422)
    if taken.file is None:
        return _listing(request, wrong=_("Nothing was kept: see the findings."), unread=taken, status=422)
    messages.success(request, _("The file was taken; no return was changed."))
    return redirect("their-file", taken.file)


def _no_profile() -> str:
    return _(
        "The columns of this file are not known yet. Bring it on the import page once and keep its mapping."
    )


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One file: how many cells are the same, and each that is not, by institution and item."""
    access = access_of(request)
    row = their_files_for(access.user, whole=access.whole, read=access.read).filter(pk=number).first()
    if row is None:
        raise Http404
    whole = compared(row)
    seen = None if access.whole else set(access.own(sorted(set(whole.subjects.tolist()))))
    board = Board.of(request, row, whole.part(subjects=seen), line_nodes_by_id(request))
    table = side_table(board, every="export" in request.GET)
    if "export" in request.GET and board.total > EXPORTED:
        return _one(request, board, table, wrong=_too_many(board.total), status=422)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    return _one(request, board, table)


def _too_many(total: int) -> str:
    words = _("%(n)s rows are too many for one file; choose a kind, a body or an item (at most %(most)s).")
    return words % {"n": f"{total:,}", "most": f"{EXPORTED:,}"}


def _one(
    request: HttpRequest, board: Board, table: Table, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    row, node = board.row, line_nodes_by_id(request).get(board.row.body)
    takes = node is not None and node.code in {code for code, _name in bodies_to_bring(request)}
    context: dict[str, Any] = {
        "file": row,
        "body_name": local(node) if node else "",
        "period_name": period_name(row.period),
        "form_name": f"{row.form} {local(home_catalog().forms[row.form])}",
        "by": who([row.batch.by]).get(row.batch.by, row.batch.by),
        "counts": [(kind, kind_words(kind), count) for kind, count in board.counts.items()],
        "board": board,
        "table": table,
        "wrong": wrong,
        "page_size": PAGE,
        "takes": takes,
    }
    if takes:
        context |= findings_context(request, findings_of(row), marked=False)
    return page(request, "their_file", context, section="theirs", status=status)
