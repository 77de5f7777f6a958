"""The summary tables 综合表: a body's table of now, what stands behind a cell, and free tables of rows and columns."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jieyue.apps.identity.queries import who
from jieyue.apps.papers.make import summary_for
from jieyue.apps.registry.queries import codes_of, names_of, number_of
from jieyue.apps.returns.queries import version_cells
from jieyue.apps.summaries.acting import SUMMARISE, holds
from jieyue.apps.summaries.ledger import COUNT_ITEM
from jieyue.apps.summaries.outstanding import outstanding
from jieyue.apps.summaries.queries import below, cells, first_accepted, history, since, versions_behind
from jieyue.apps.summaries.scope import summaries_for
from jieyue.apps.summaries.tables import behind
from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import fixed_text
from jieyue.domain.summary import COLUMNS, cells_of
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.frozen_tables import published_shown
from jieyue.web.page import as_of_words, page
from jieyue.web.paper_files import paper_file
from jieyue.web.summary_choice import APPROVED, BASES, REPORTED, Choice, chosen, summary_forms
from jieyue.web.summary_sheet import SheetRow, answer_of, headings, inner_name, sheet_rows, workbook
from jieyue.web.summary_words import (
    basis_words,
    differences_shown,
    findings_shown,
    reason_words,
    reconciled,
    state_words,
    unmet_shown,
)
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.views.data import Tab
from jieyue.web.words import grouped, local, unit

PAGE = 50
ACCEPTED_FIRST = gettext_noop(
    "As it stood in the first summary that was accepted; later corrections are not in it."
)
PUBLISHED_FIRST = gettext_noop(
    "No summary was accepted yet: each return as it was published first; later corrections are not in it."
)
FIGURES = ("energy_total_tce", "water_total_m3", "co2_total_t")


@needs(VIEW, limited=True)
def table(request: HttpRequest) -> HttpResponse:
    """The table of a body: its numbers, whether the roll-ups agree, who is missing, and its way upward."""
    choice = chosen(request)
    if choice is None:
        return no_body(request)
    listed = history(
        summaries_for(access_of(request), limited=True),
        choice.body.node,
        choice.form.code,
        str(choice.period),
    )
    first = first_accepted(listed)
    rows = _rows(choice, _reported(choice, first) if choice.basis == REPORTED else None)
    if "export" in request.GET:
        return _export(request, choice, rows, first)
    newest = listed[0] if listed else None
    changed = since(newest, choice.approved).cells if newest else ()
    context: dict[str, Any] = {
        "choice": choice,
        "forms": [(code, local(form)) for code, form in summary_forms().items()],
        "rows": rows,
        "headings": headings(),
        "inner_name": inner_name(),
        "basis_tabs": [
            Tab(basis_words(name), f"?{_with_basis(choice, name)}", name == choice.basis) for name in BASES
        ],
        "first": first,
        **({} if choice.basis == REPORTED else _about(request, choice)),
        "persons": who([name for row in listed for name in (row.sent_by, row.decided_by)]),
        "listed": [(row, state_words(row.state)) for row in listed],
        "since": differences_shown(changed, choice),
        "newest": newest,
        "children": [
            (node, row, state_words(row.state) if row else "") for node, row in _children(request, choice)
        ],
        "may_send": choice.ended
        and choice.basis == APPROVED
        and not any(one.blocks for one in choice.findings)
        and (
            newest is None
            or newest.state in ("recalled", "returned")
            or (newest.state == "accepted" and bool(changed))
        )
        and holds(choice.access.user, choice.body.node, SUMMARISE, choice.said, choice.period.last_day),
        "published": _published(request, choice.form.code, choice.period.year),
        "as_of": as_of_words(choice.ledger.sequence),
    }
    return page(request, "summary", context, section="summary")


def _about(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    """What is told of the numbers of now; beside numbers as they were reported it would be of another table."""
    unmet = outstanding(choice.ledger, choice.body.node)
    return {
        "of_now": True,
        "roll_ups": reconciled(choice),
        "findings": findings_shown(choice.findings, choice, access_of(request)),
        "unmet": unmet_shown(unmet, access_of(request), choice.period.last_day),
        "figures": [_figure(choice, code) for code in FIGURES],
    }


def no_body(request: HttpRequest) -> HttpResponse:
    """For who sees no body's table, or where there is none yet: what is published."""
    access = access_of(request)
    context = {"published": _published(request), "bodies": access.whole or access.tops}
    return page(request, "summary_none", context, section="summary")


def _published(request: HttpRequest, form: str = "", year: int | None = None) -> Any:
    """What is published is for whoever looks at data; a grant for some forms and periods is not that."""
    return published_shown(form, year) if access_of(request).may(VIEW) else []


def _rows(choice: Choice, frozen: dict[str, list[str | None]] | None) -> list[SheetRow]:
    notes = {
        line.item: _("estimated: %(n)s institutions, %(value)s")
        % {"n": grouped(str(line.estimates)), "value": grouped(fixed_text(line.estimated))}
        for line in choice.table.lines
        if line.estimates and frozen is None
    }
    found = cells_of(choice.table.lines) if frozen is None else frozen
    return sheet_rows(choice.form.code, choice.base.code, choice.period, found, notes)


def _reported(choice: Choice, first: Any) -> dict[str, list[str | None]]:
    """As reported: the table that was accepted first; where none was, of each return what was published first."""
    return cells(first) if first is not None else cells_of(choice.as_reported.lines)


def _with_basis(choice: Choice, basis: str) -> str:
    words = {"form": choice.form.code, "body": choice.body.code, "period": str(choice.period), "basis": basis}
    return urlencode(words)


def _children(request: HttpRequest, choice: Choice) -> Any:
    return below(summaries_for(access_of(request), limited=True), choice.ledger, choice.body.node)


def _figure(choice: Choice, code: str) -> tuple[str, str]:
    from jieyue.web.words import indicator_name

    query = urlencode({"scope": choice.scope, "indicator": code, "period": str(choice.period)})
    return indicator_name(code), f"{reverse('source')}?{query}"


def table_notes(choice: Choice) -> list[str]:
    """What a file of the table says about itself."""
    notes = [_("Sample data: every number here is synthetic.")] if settings.JIEYUE_HOME.synthetic else []
    notes.append(f"{basis_words(choice.basis)} · {as_of_words(choice.ledger.sequence)}")
    if not choice.official:
        notes.append(_("The authority's own table in the layout of %(form)s: the official one is yearly.")
                     % {"form": choice.form.code})  # fmt: skip
    if choice.basis == REPORTED:
        return notes
    shown = choice.table
    counts = {
        "all": shown.institutions,
        "members": shown.members,
        "done": shown.complete,
        "owe": shown.filers,
    }
    notes.append(_("%(all)s institutions, %(members)s of them reported in another's return.") % counts)
    notes.append(_("%(done)s of %(owe)s institutions are wholly in; the others add nothing.") % counts)
    return notes


def _export(request: HttpRequest, choice: Choice, rows: list[SheetRow], first: Any) -> HttpResponse:
    if request.GET["export"] == "pdf" and choice.basis == APPROVED:
        return _printed(request, choice)
    if request.GET["export"] != "xlsx":
        raise Http404
    heads = [
        (_("Form"), choice.form.code),
        (_("Period"), choice.period_name),
        (_("Summarising body"), choice.body_name),
        (_("Counted"), basis_words(choice.basis)),
    ]
    notes = table_notes(choice)
    if choice.basis == REPORTED:
        notes.append(_(ACCEPTED_FIRST) if first is not None else _(PUBLISHED_FIRST))
    notes += [f"{row.name}{_(': ')}{row.note}" for row in rows if row.note]
    content = workbook(local(choice.form), heads, rows, notes, choice.form.code)
    return answer_of(content, f"{choice.form.code}-{choice.body.code}-{choice.period}.xlsx")


def _printed(request: HttpRequest, choice: Choice) -> HttpResponse:
    """The table as it is filed; only what is approved is filed."""
    try:
        paper = summary_for(
            choice.form.code, str(choice.period), choice.scope, sequence=choice.ledger.sequence
        )
    except DomainError as error:
        return errors.unprocessable(request, error)
    return paper_file(request, paper, "pdf", f"{choice.form.code}-{choice.body.code}-{choice.period}")


@needs(VIEW, limited=True)
def cell(request: HttpRequest) -> HttpResponse:
    """What stands behind a cell: the institutions with what each adds; of one of them (`unit`) its versions."""
    choice = chosen(request)
    item, column = request.GET.get("item", ""), request.GET.get("column", COLUMNS[0])
    if choice is None or choice.basis == REPORTED or column not in COLUMNS:
        raise Http404
    if item not in {row.code for row in choice.ledger.items}:
        raise Http404
    shown = (
        _of_unit(request, choice, item) if "unit" in request.GET else _of_cell(request, choice, item, column)
    )
    shown.bind(request)
    if "export" in request.GET:
        return shown.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    line, row = choice.table.line(item), next(row for row in choice.ledger.items if row.code == item)
    head = next(head for head in headings() if head.column == column)
    context = {
        "choice": choice,
        "table": shown,
        "item": row,
        "item_name": local(row),
        "unit": unit(row.unit),
        "column_name": head.name,
        "value": grouped(line.texts[COLUMNS.index(column)]),
        "stated": line.stated[COLUMNS.index(column)],
        "estimates": line.estimates if column == COLUMNS[0] else 0,
        "estimated": grouped(fixed_text(line.estimated)),
        "basis": basis_words(choice.basis),
    }
    return page(request, "summary_cell", context, section="summary")


def _of_cell(request: HttpRequest, choice: Choice, item: str, column: str) -> Table:
    found = behind(choice.ledger, choice.body.node, item, column)
    every = "export" in request.GET
    start = 0 if every else (page_number(request) - 1) * PAGE
    part = found[start : len(found) if every else start + PAGE]
    ids, day = [share.institution for share in part], choice.period.last_day
    codes, names, own = codes_of(ids, day), names_of(ids, day), set(choice.access.own(ids))
    versions = {} if item == COUNT_ITEM else versions_behind(choice.ledger, choice.body.node, ids)
    rows = []
    for share in part:
        number, code = share.institution, codes[share.institution]
        href = (
            f"{reverse('summary-cell')}?{choice.query(item=item, column=column, unit=code)}"
            if number in own
            else ""
        )
        kept = versions.get(number, [])
        waits = "" if kept or item == COUNT_ITEM else _("not approved")
        rows.append(
            Row(
                (
                    Cell(names[number], names[number], href="" if item == COUNT_ITEM else href, heading=True),
                    Cell(code, code),
                    Cell(grouped(fixed_text(share.value)), Decimal(fixed_text(share.value)), number=True),
                    Cell(grouped(fixed_text(share.estimated)) if share.estimated else "", None, number=True),
                    Cell(part_words(share.part, len(kept)), None, tag=waits, tag_class="tag-unverified"),
                    Cell(kept[0].digest[:16] if len(kept) == 1 else "", None),
                )
            )
        )
    return Table(
        caption=_("Behind the cell"),
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("value", _("Value"), number=True, sortable=False),
            Column("estimated", _("of which estimated"), number=True, sortable=False),
            Column("part", _("Stands on"), sortable=False),
            Column("version", _("Version digest"), sortable=False),
        ],
        rows=rows,
        name=f"{choice.form.code}-{item}-{column}-{choice.period}",
        count=len(found),
        page_size=len(found) or 1 if every else PAGE,
        empty=_("Nobody has stated this item."),
        notes=table_notes(choice),
    )


def part_words(part: int, versions: int) -> str:
    """What an institution's value is added up from."""
    if part == 0:
        return _("the period's own return")
    return {1: _("%(n)s monthly returns"), 2: _("%(n)s quarterly returns")}.get(part, "") % {
        "n": versions or "…"
    }


def _of_unit(request: HttpRequest, choice: Choice, item: str) -> Table:
    """The versions of one institution behind the cell, each with a link to the return's own cell."""
    day, code = choice.period.last_day, request.GET.get("unit", "")
    number = number_of(code, day)
    if number is None or not choice.access.own([number]) or item == COUNT_ITEM:
        raise Http404
    kept = versions_behind(choice.ledger, choice.body.node, [number]).get(number, [])
    access = access_of(request)  # a grant for the year's table gives no month's return
    kept = [one for one in kept if access.asked(one.form, one.period).own([number])]
    rows = []
    for one in kept:
        value, origin = version_cells(one.version).get(item, (0, 0))
        address = reverse("return", args=[code, one.form, one.period])
        room = f"?{urlencode({'room': one.instance})}" if one.instance else ""
        text = {0: _("missing"), 9: _("not used")}.get(origin, grouped(fixed_text(value)))
        rows.append(
            Row(
                (
                    Cell(one.period, one.period, href=f"{address}{room}#r-{item}", heading=True),
                    Cell(
                        text,
                        Decimal(fixed_text(value)),
                        number=True,
                        tag=_("estimated") if origin == 4 else "",
                    ),
                    Cell(str(one.version), None),
                    Cell(one.digest, None),
                )
            )
        )
    return Table(
        caption=_("Versions"),
        columns=[
            Column("period", _("Period"), sortable=False),
            Column("value", _("Value"), number=True, sortable=False),
            Column("version", _("Version"), sortable=False),
            Column("digest", _("Digest"), sortable=False),
        ],
        rows=rows,
        name=f"{choice.form.code}-{item}-{code}-{choice.period}",
        empty=_("Nobody has stated this item."),
        notes=[names_of([number], day)[number], reason_words("not_begun") if not kept else ""],
    )
