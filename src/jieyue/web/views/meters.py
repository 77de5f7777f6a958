"""Meters 计量: the list of metering points with how they stand in a month, and the board of their data's quality."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from jieyue.apps.exchange.export_gate import csv_bytes, write_xlsx
from jieyue.apps.metering.lists import TOP, Wanted, carriers_there, every_standing, listed, units_read
from jieyue.apps.metering.outward import HEADS, meter_rows
from jieyue.apps.metering.scope import REGISTER, Viewer
from jieyue.apps.metering.standing import (
    COMPLETE,
    STATES,
    Standing,
    Tally,
    months_there,
    tallies,
    this_month,
)
from jieyue.apps.registry.queries import labels_of, number_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, all_memberships
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import joined, local, percent

PAGE = 50
#: The register as a file: what the address asks for, and what it is.
FILES = {
    "register-csv": "text/csv; charset=utf-8",
    "register-xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ALL = 1_000_000
#: Years of which a month can be asked for: no reading is earlier, and the months around each are dates too.
_YEARS = range(1970, 3000)


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Metering points by what is asked of them."""
    viewer, months = words.viewer_of(request), months_there()
    if request.GET.get("export") in FILES:
        return _register(viewer, request.GET["export"])
    wanted = _wanted(request, months)
    every = "export" in request.GET
    start = 0 if every else (page_number(request) - 1) * PAGE
    total, found = listed(viewer, wanted, start=start, size=_ALL if every else PAGE)
    table = _points(total, found, wanted, every=every).bind(request)
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    pairs = carriers_there(viewer)
    context = {
        "table": table,
        "tabs": words.tabs_of("meters"),
        "may_take": viewer.whole,
        "keeper": viewer.whole and access_of(request).may(REGISTER),
        "wanted": wanted,
        "said": request.GET,
        "months": month_choices(months, wanted.month),
        "month_name": words.month_words(wanted.month),
        "carriers": [(code, words.carrier_words(code)) for code in dict.fromkeys(code for code, _ in pairs)],
        "end_uses": [
            (code, words.end_use_words(code)) for code in sorted({code for _, code in pairs if code})
        ],
        "states": [(code, str(words.STATES[code])) for code in STATES],
    }
    return page(request, "meters", context, section="meters")


def _register(viewer: Viewer, kind: str) -> HttpResponse:
    """The whole register as the file that it comes in by; for who may bring one in, and so sees all of it."""
    if not viewer.whole:
        raise Http404
    suffix = kind.removeprefix("register-")
    mark = [[_("Sample data: every number here is synthetic.")]] if settings.JIEYUE_HOME.synthetic else []
    rows: list[Any] = [*mark, HEADS, *meter_rows()]
    if suffix == "csv":
        content = csv_bytes(rows)
    else:
        book = io.BytesIO()
        write_xlsx(book, [(_("Meters"), rows)])
        content = book.getvalue()
    response = HttpResponse(content, content_type=FILES[kind])
    response["Content-Disposition"] = content_disposition_header(True, f"meters.{suffix}")
    return response


def _wanted(request: HttpRequest, months: Sequence[int]) -> Wanted:
    """What the address asks for; an institution that is not there or not the person's is not found."""
    said = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "carrier", "end_use", "state")}
    if said["state"] and said["state"] not in STATES:
        raise Http404
    institution = None
    if code := request.GET.get("institution", "").strip():
        institution = number_of(code)
        if institution is None or not access_of(request).sees_institution(institution):
            raise Http404
    return Wanted(
        month_of(request, months), said["q"], institution, said["carrier"], said["end_use"], _parent(request),
        said["state"], _closed(request),
    )  # fmt: skip


def _closed(request: HttpRequest) -> bool:
    text = request.GET.get("service", "")
    if text not in ("", "closed"):
        raise Http404
    return text == "closed"


def _parent(request: HttpRequest) -> int | None:
    text = request.GET.get("parent", "")
    if not text:
        return None
    if text == "top":
        return TOP
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


def month_of(request: HttpRequest, months: Sequence[int]) -> int:
    """The month asked for, 2025-01; else the newest that anything is known of."""
    text = request.GET.get("month", "")
    if not text:
        return months[0] if months else this_month()
    year, _dash, month = text.partition("-")
    if not (text.isascii() and year.isdigit() and month.isdigit() and len(text) == 7):
        raise Http404
    if int(year) not in _YEARS or not 1 <= int(month) <= 12:
        raise Http404
    return int(year) * 100 + int(month)


def month_choices(months: Sequence[int], chosen: int) -> list[tuple[str, str]]:
    """(as the address says it, in words) of the months that there are and the chosen one, the newest first."""
    every = sorted({*months, chosen}, reverse=True)
    return [(words.month_text(month), words.month_words(month)) for month in every]


def _points(total: int, found: Sequence[Standing], wanted: Wanted, *, every: bool) -> Table:
    named = labels_of({one.version.institution for one in found})
    units = units_read([one.version for one in found])
    return Table(
        caption=_("Metering points") + " " + words.month_words(wanted.month),
        columns=[
            Column("code", _("Metering point"), sortable=False),
            Column("name", _("Name"), sortable=False),
            Column("institution", _("Institution"), sortable=False),
            Column("carrier", _("Carrier"), sortable=False),
            Column("end_use", _("End use"), sortable=False),
            Column("parent", _("Point above"), sortable=False),
            Column("last", _("Known until"), sortable=False),
            Column("complete", _("Complete"), number=True, sortable=False),
            Column("work", _("To look at"), number=True, sortable=False),
            Column("state", _("State"), sortable=False),
            Column("read", _("Last reading"), number=True, sortable=False),
            Column("read_at", _("Read at"), sortable=False),
        ],
        rows=[_point(one, named, words.month_text(wanted.month), units) for one in found],
        name="meters",
        count=total,
        page_size=total or 1 if every else PAGE,
        empty=_("No metering point matches. Meters come in by file, on the page Import."),
        notes=[_("Complete = measured and calculated hours ÷ hours of the month up to today.")],
    )


def _point(one: Standing, named: Mapping[int, tuple[str, str]], month: str, units: Mapping[int, str]) -> Row:
    row = one.version
    _code, institution = named.get(row.institution, ("", "—"))
    number = f"?{urlencode({'month': month})}"
    work = sum(one.work.values())
    return Row(
        (
            Cell(row.point.code, row.point.code, href=reverse("meter", args=[row.point_id]) + number, heading=True,
                 tag=_tag(row)),
            Cell(row.name or "—", row.name),
            Cell(institution, institution),
            Cell(words.carrier_words(row.carrier), row.carrier),
            Cell(words.end_use_words(row.end_use) if row.end_use else "—", row.end_use),
            Cell(row.above or "—", row.above),
            Cell(words.instant(one.last) or _("never"), one.last),
            share_cell(one.complete),
            Cell(f"{work:,}", work, number=True),
            Cell(states_text(one) or _("in order"), ",".join(one.states)),
            Cell(words.shown_reading(row, units[row.point_id]), row.shown, number=True, missing=row.shown is None),
            Cell(words.read_at(row), row.read_at),
        )
    )  # fmt: skip


def _tag(row: Any) -> str:
    """What is to be seen at first sight: that it is reckoned, or until when it was in service."""
    words_of = [_("virtual")] if row.kind == "virtual" else []
    if row.valid_to <= settings.JIEYUE_HOME.today():
        words_of.append(_("out of service since %(day)s") % {"day": row.valid_to.isoformat()})
    return joined(words_of)


def states_text(one: Standing) -> str:
    """Its states in words; that something is to be looked at has a column of its own."""
    return joined(str(words.STATES[state]) for state in one.states if state != "open")


def share_cell(share: float | None) -> Cell:
    """A share of hours; none where there is nothing to be known yet."""
    if share is None:
        return Cell("—", None, missing=True, number=True)
    return Cell(percent(f"{share:.6f}"), round(share, 6), number=True, meter=round(share * 100))


# --- the board ----------------------------------------------------------------------------------------


@needs(VIEW)
def quality(request: HttpRequest) -> HttpResponse:
    """How the data of the person's points stand, by body of the line and by institution."""
    months = months_there()
    month = month_of(request, months)
    found = every_standing(words.viewer_of(request), month)
    line = tree_view(Tree.LINE, sequence_of(request))
    top = _top(request, line)
    places = all_memberships(Tree.LINE) if top is not None else {}
    by_institution = tallies(found)
    if top is not None:
        below = line.subtree(top.id)
        by_institution = {one: tally for one, tally in by_institution.items() if places.get(one) in below}
    bodies = _bodies(by_institution, line, top, places, words.month_text(month))
    table = _institutions(by_institution, words.month_text(month))
    tables = {"": table, "bodies": bodies}
    if (kind := request.GET.get("export")) is not None:
        chosen = tables.get(request.GET.get("table", ""))
        if chosen is None:
            raise Http404
        return chosen.bind(request).export(kind, synthetic=settings.JIEYUE_HOME.synthetic)
    whole = Tally()
    for tally in by_institution.values():
        whole.take(tally)
    context = {
        "tabs": words.tabs_of("meters-quality", words.month_text(month)),
        "months": month_choices(months, month),
        "month": words.month_text(month),
        "month_name": words.month_words(month),
        "top": top,
        "top_name": local(top) if top else "",
        "trail": _trail(request, line, top, words.month_text(month)),
        "figures": _figures(whole, words.month_text(month), every="node" not in request.GET),
        "bodies": bodies if top is not None else None,
        "table": table.bind(request),
        "threshold": percent(str(COMPLETE), 0),
    }
    return page(request, "meters_quality", context, section="meters")


def _top(request: HttpRequest, line: TreeView) -> NodeInfo | None:
    """The body asked for, or the person's highest; none for who has single institutions, or several bodies."""
    access = access_of(request)
    code = request.GET.get("node", "") or (access.tops[0] if len(access.tops) == 1 else "")
    if not code:
        return None
    found = line.by_code.get(code)
    if found is None or found.code not in access.line:
        raise Http404
    return found


def _trail(request: HttpRequest, line: TreeView, top: NodeInfo | None, month: str) -> list[tuple[str, str]]:
    if top is None:
        return []
    steps = [node for node in line.path(top.id) if node.code in access_of(request).line]
    return [(local(node), "" if node.id == top.id else _to(node, month)) for node in steps]


def _to(node: NodeInfo, month: str) -> str:
    return f"{reverse('meters-quality')}?{urlencode({'month': month, 'node': node.code})}"


def _figures(whole: Tally, month: str, *, every: bool) -> list[tuple[str, str, str]]:
    """(name, number, address of the list behind it); every: of all that the person sees, as that list is."""
    address = reverse("meters")
    shown = [(_("Metering points"), whole.points, ""), *(
        (str(words.STATES[state]), getattr(whole, state), state) for state in STATES
    )]  # fmt: skip
    return [
        (name, f"{count:,}", f"{address}?{urlencode({'month': month, 'state': state})}" if every else "")
        for name, count, state in shown
    ]


_HEADS = ("points", *STATES)


def _columns(title: str) -> list[Column]:
    heads = {"points": _("Metering points"), **{state: str(words.STATES[state]) for state in STATES}}
    return [
        Column("name", title),
        *(Column(name, heads[name], number=True) for name in _HEADS),
        Column("complete", _("Completeness"), number=True),
        Column("estimated", _("Estimated"), number=True),
        Column("missing", _("Missing hours"), number=True),
    ]


def _numbers(tally: Tally) -> list[Cell]:
    counts = [getattr(tally, name) for name in _HEADS]
    return [
        *(Cell(f"{count:,}", count, number=True) for count in counts),
        share_cell(tally.known / tally.hours if tally.hours else None),
        share_cell(tally.estimated / tally.hours if tally.hours else None),
        Cell(f"{tally.missing:,}", tally.missing, number=True),
    ]


def _bodies(
    found: Mapping[int, Tally], line: TreeView, top: NodeInfo | None, places: Mapping[int, int], month: str
) -> Table:
    """Each body right below the top with all below it, and the top's own institutions; without a top none."""
    sums: dict[int, Tally] = {}
    for institution, tally in found.items() if top is not None else ():
        path = [node.id for node in line.path(places[institution])]
        place = path.index(top.id) if top is not None else 0
        sums.setdefault(path[min(place + 1, len(path) - 1)], Tally()).take(tally)
    rows = []
    for number, tally in sums.items():
        node = line.nodes[number]
        own = top is not None and number == top.id
        name = _("%(body)s itself") % {"body": local(node)} if own else local(node)
        href = "" if own else _to(node, month)
        rows.append(Row((Cell(name, node.code, href=href, heading=True), *_numbers(tally))))
    return Table(
        caption=_("Data quality by body") + " " + month,
        columns=_columns(_("Collecting body")),
        rows=sorted(rows, key=lambda row: row.cells[0].value),
        name="meters-bodies",
        page_size=max(1, len(rows)),
        empty=_("No body below has a metering point."),
    )


def _institutions(found: Mapping[int, Tally], month: str) -> Table:
    named = labels_of(found)
    rows = []
    for number in sorted(found, key=lambda one: named.get(one, ("", ""))[0]):
        code, name = named.get(number, ("", str(number)))
        href = f"{reverse('meters')}?{urlencode({'month': month, 'institution': code})}" if code else ""
        rows.append(Row((Cell(name, name, href=href, heading=True), *_numbers(found[number]))))
    return Table(
        caption=_("Data quality by institution") + " " + month,
        columns=_columns(_("Institution")),
        rows=rows,
        name="meters-institutions",
        empty=_("No institution here has a metering point."),
    )
