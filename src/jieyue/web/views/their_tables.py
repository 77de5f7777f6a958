"""Summary tables printed above 上级印出的综合表: taken, shown beside ours first, kept for their node, never added."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.exchange.scope import BRINGS
from jieyue.apps.identity.queries import who
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries.scope import their_tables_for
from jieyue.apps.summaries.services.drop_their_table import drop_their_table
from jieyue.apps.summaries.services.take_their_table import Asked, Looked, keep_their_table, take_their_table
from jieyue.apps.summaries.theirs import Beside, TableSide, beside_of
from jieyue.apps.trees.queries import NodeInfo
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.sides import KINDS
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.page import page
from jieyue.web.summary_sheet import headings
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.their_rows import kind_words
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.views.theirs import bodies_to_bring, line_nodes_by_id
from jieyue.web.words import grouped, local, period_name, unit


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The tables that were taken, and the form that takes one."""
    return _listing(request)


def _listing(
    request: HttpRequest, *, wrong: str = "", looked: Looked | None = None, status: int = 200
) -> HttpResponse:
    table = _tables(list(their_tables_for(access_of(request))), line_nodes_by_id(request))
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context: dict[str, Any] = {
        "table": table,
        "bodies": bodies_to_bring(request),
        "layouts": exchange.kept_profiles("summaries"),
        "period": request.POST.get("period") or str(settings.JIEYUE_HOME.today().year - 1),
        "said": request.POST,
        "wrong": wrong,
        "looked": looked,
    }
    if looked is not None:
        context |= findings_context(request, [one.as_dict() for one in looked.result.findings], marked=False)
    return page(request, "their_tables", context, section="theirs", status=status)


def _tables(rows: list[Any], nodes: Mapping[int, NodeInfo]) -> Table:
    people = who([row.batch.by for row in rows])
    return Table(
        caption=_("Summary tables taken"),
        columns=[
            Column("file", _("File")),
            Column("form", _("Form")),
            Column("period", _("Period")),
            Column("body", _("Collecting body")),
            Column("state", _("State")),
            Column("by", _("By")),
            Column("at", _("Time")),
        ],
        rows=[_one_of(row, nodes, people) for row in rows],
        name="their-tables",
        empty=_("No summary table printed above was taken yet."),
    )


def _one_of(row: Any, nodes: Mapping[int, NodeInfo], people: Mapping[str, str]) -> Row:
    batch, node = row.batch, nodes.get(row.body)
    at, body = localtime(batch.at).strftime("%Y-%m-%d %H:%M"), local(node) if node else ""
    state = _("Kept") if row.kept_at else _("Looked at, not kept")
    return Row(
        (
            Cell(batch.file_name, batch.file_name, href=reverse("their-table", args=[row.pk]), heading=True),
            Cell(row.form, row.form),
            Cell(period_name(row.period), row.period),
            Cell(body, body),
            Cell(state, state),
            Cell(people.get(batch.by, batch.by), batch.by),
            Cell(at, at),
        )
    )


@needs(*BRINGS, post=True)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Read the file and show it beside ours; an error is told and nothing is stored."""
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return _listing(request, wrong=_("Choose one file of at most 20 MB."), status=422)
    if wrong := too_large(files[0], DEFAULT.workbook_bytes, TABLE):
        return _listing(request, wrong=wrong, status=STATUS)
    period, body, chosen = (request.POST.get(key, "").strip() for key in ("period", "body", "profile"))
    layout = exchange.profile_version(chosen, "summaries")
    if layout is None or body not in {code for code, _name in bodies_to_bring(request)}:
        raise Http404
    node = next(node.id for node in line_nodes_by_id(request).values() if node.code == body)
    user = access_of(request).user
    asked = Asked(layout, node, period, by=user)
    try:
        looked = take_their_table(files[0].read(), files[0].name or "file", asked, actor=user.get_username())
    except DomainError as error:
        if error.code == "theirs_right":
            raise PermissionDenied from error
        return _listing(request, wrong=local(error, "message"), status=422)
    if looked.table is None:
        wrong = _("Nothing was stored: see the findings.")
        return _listing(request, wrong=wrong, looked=looked, status=422)
    return redirect("their-table", looked.table)


def _row_of(request: HttpRequest, number: int) -> Any:
    row = their_tables_for(access_of(request)).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One table beside ours: how many cells are the same, and each that is not."""
    row, kind = _row_of(request, number), request.GET.get("kind", "")
    if kind and kind not in KINDS:
        raise Http404
    found, node = beside_of(row), line_nodes_by_id(request).get(row.body)
    table = _sides(row, found, kind, node)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    brings = node is not None and node.code in {code for code, _name in bodies_to_bring(request)}
    context: dict[str, Any] = {
        "row": row,
        "body_name": local(node) if node else "",
        "period_name": period_name(row.period),
        "form_name": f"{row.form} {local(home_catalog().forms[row.form])}",
        "by": who([row.batch.by]).get(row.batch.by, row.batch.by),
        "counts": [(name, kind_words(name), count) for name, count in found.counts().items()],
        "kind": kind,
        "sequence": found.sequence,
        "table": table,
        "keeps": brings and row.kept_at is None,
        "brings": brings,
        "drops": row.kept_at is None and any(access_of(request).may(verb) for verb in BRINGS),
    }
    if brings:
        context |= findings_context(request, list(row.batch.findings), marked=False)
    return page(request, "their_table", context, section="theirs")


@needs(*BRINGS, post=True)
@require_POST
def keep(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the table as declared for its node."""
    row, user = _row_of(request, number), access_of(request).user
    try:
        keep_their_table(row.pk, by=user, actor=user.get_username())
    except DomainError as error:
        if error.code == "theirs_right":
            raise PermissionDenied from error
        messages.warning(request, local(error, "message"))
    else:
        messages.success(request, _("The table was kept beside ours; nothing was added up."))
    return redirect("their-table", row.pk)


@needs(*BRINGS, post=True)
@require_POST
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Delete one's own preview."""
    row = _row_of(request, number)
    try:
        drop_their_table(row.pk, actor=access_of(request).user.get_username())
    except DomainError as error:
        messages.warning(request, local(error, "message"))
        return redirect("their-table", row.pk)
    messages.success(request, _("The preview of %(file)s was deleted.") % {"file": row.batch.file_name})
    return redirect("their-tables")


def _sides(row: Any, found: Beside, kind: str, node: NodeInfo | None) -> Table:
    scheme = home_catalog().scheme_on(Period.parse(row.period).last_day).code
    items = {item.code: item for item in home_catalog().items(row.form, scheme)}
    names = {head.column: head.name for head in headings()}
    return Table(
        caption=_("Theirs and ours"),
        columns=[
            Column("item", _("Item"), sortable=False),
            Column("unit", _("Unit"), sortable=False),
            Column("column", _("Column of the table"), sortable=False),
            Column("kind", _("How they stand"), sortable=False),
            Column("ours", _("Ours"), number=True, sortable=False),
            Column("theirs", _("Printed above"), number=True, sortable=False),
            Column("difference", _("Theirs less ours"), number=True, sortable=False),
        ],
        rows=[_side(row, side, items[side.item], names[side.column], node) for side in found.rows(kind)],
        name=f"their-table-{row.pk}",
        empty=_("Nothing to show: what the file says is what is published."),
        notes=[
            _(
                "Ours is what is published now; compared to the last digit. Theirs is declared and never added."
            )
        ],
    )


def _side(row: Any, side: TableSide, item: Any, column: str, node: NodeInfo | None) -> Row:
    asked = {"form": row.form, "period": row.period, "body": node.code if node else "", "item": side.item,
             "column": side.column}  # fmt: skip
    behind = f"{reverse('summary-cell')}?{urlencode(asked)}" if node and side.ours is not None else ""
    symbol = unit(item.unit) if item.unit else ""
    return Row(
        (
            Cell(f"{side.item} {local(item)}", side.item, heading=True),
            Cell(symbol, symbol),
            Cell(column, side.column),
            Cell(kind_words(side.kind), side.kind),
            _number(side.ours, href=behind),
            _number(side.theirs),
            _number(side.difference) if side.difference is not None else Cell("", None, number=True),
        )
    )


def _number(text: str | None, href: str = "") -> Cell:
    if text is None:
        return Cell(_("Not reported"), None, missing=True, number=True)
    return Cell(grouped(text), Decimal(text), number=True, href=href)
