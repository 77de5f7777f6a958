"""The directory: institutions by search, one institution over the years and months, and its dated attributes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import FigureRow, institution_history
from jieyue.apps.papers.make import form_for
from jieyue.apps.papers.printed_basics import FORM as BASICS
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.duties import who_files
from jieyue.apps.registry.queries import (
    InstitutionInfo,
    aliases_of,
    find_institution,
    members_of_unit,
    names_of,
)
from jieyue.apps.registry.queries import institution_history as attribute_history
from jieyue.apps.registry.search import search
from jieyue.apps.registry.sensitive import marked_spans
from jieyue.apps.registry.services.set_sensitive import VERB as MARKS
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.queries import stored
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import UNIT, Tree, TreeView, membership_history
from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import from_fixed
from jieyue.domain.rooms import rooms_of
from jieyue.domain.rounding import display
from jieyue.web import errors
from jieyue.web.access import VIEW, Access, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.duties import duty_table, sides
from jieyue.web.numbers import figure_cell
from jieyue.web.page import page
from jieyue.web.paper_files import paper_file
from jieyue.web.pictures import Point, bars
from jieyue.web.selection import available, tree_titles
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import day, grouped, level_name, local, period_name, unit

PAGE = 50
YEARLY = (
    "energy_total_tce",
    "energy_building_tce",
    "energy_vehicle_tce",
    "energy_per_area_kgce_m2",
    "energy_per_person_kgce",
    "electricity_per_area_kwh_m2",
    "water_total_m3",
    "water_per_person_m3",
    "co2_total_t",
    "co2_per_area_kg_m2",
    "energy_cost_yuan",
    "floor_area_m2",
    "persons",
    "vehicles",
)
#: Items of the monthly table, by the code that every version of the form gives them.
MONTHLY = ("110", "111", "140", "150", "160", "120", "103")
_MONTHS = 24
#: Units of what is counted, not measured.
_WHOLE = ("person", "vehicle", "piece")


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Search and page through the institutions that the person sees."""
    text = request.GET.get("q", "").strip()[:100]
    trees = {name: tree_view(name, sequence_of(request)) for name in _filter_trees(request)}
    nodes = {name: _chosen(request, name, view) for name, view in trees.items() if request.GET.get(name)}
    every = "export" in request.GET
    number = 1 if every else page_number(request)
    access = access_of(request)
    total, found = search(
        access.user,
        text,
        nodes=nodes,
        start=(number - 1) * PAGE,
        size=1_000_000 if every else PAGE,
        whole=access.whole,
        read=access.read,
    )
    table = _list_table(total, found, trees, every=every)
    if not text and not nodes and access.whole:
        table.empty = _("No institution is there yet. A file of institutions comes in on the page Import.")
    table.bind(request)
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    filters = [
        {
            "name": name,
            "title": _filter_titles()[name],
            "chosen": request.GET.get(name, ""),
            "nodes": _options(view),
        }
        for name, view in trees.items()
    ]
    return page(request, "registry", {"table": table, "q": text, "filters": filters}, section="registry")


def _filter_trees(request: HttpRequest) -> tuple[str, ...]:
    return (Tree.TYPE, Tree.AREA, Tree.LINE) if access_of(request).whole else (Tree.TYPE,)


def _filter_titles() -> dict[str, str]:
    return {"type": _("Type"), "area": _("Area"), "line": _("Reporting line"), "department": _("Department")}


def _chosen(request: HttpRequest, name: str, view: TreeView) -> frozenset[int]:
    node = view.by_code.get(request.GET[name])
    if node is None:
        raise Http404
    return view.subtree(node.id)


def _options(view: TreeView) -> list[tuple[str, str]]:
    root = view.root
    return [
        (node.code, "\u3000" * (len(view.path(node.id)) - 2) + local(node))
        for node in view
        if root is None or node.id != root.id
    ]


def _list_table(
    total: int, found: list[InstitutionInfo], trees: Mapping[str, TreeView], *, every: bool
) -> Table:
    columns = [
        Column("name", _("Name"), sortable=False),
        Column("code", _("Code"), sortable=False),
        *(Column(name, _filter_titles()[name], sortable=False) for name in trees),
        Column("level", _("Level"), sortable=False),
        Column("floor_area", _("Floor area"), unit("m2"), number=True, sortable=False),
        Column("persons", _("Energy users"), unit("person"), number=True, sortable=False),
        Column("in_count", _("Counted"), sortable=False),
    ]
    rows = [_list_row(info, trees) for info in found]
    return Table(
        caption=_("Institutions"),
        columns=columns,
        rows=rows,
        name="institutions",
        count=total,
        page_size=total or 1 if every else PAGE,
        empty=_("No institution matches. Take a shorter part of the name, or fewer filters."),
    )


def _list_row(info: InstitutionInfo, trees: Mapping[str, TreeView]) -> Row:
    places = [_node_name(view, info.nodes.get(name)) for name, view in trees.items()]
    known = info.attributes
    return Row(
        (
            Cell(info.name, info.name, href=reverse("institution", args=[info.code]), heading=True),
            Cell(info.code, info.code),
            *(Cell(text, text) for text in places),
            Cell(level_name(known.level), known.level),
            quantity_cell(known.floor_area, 2),
            quantity_cell(known.persons, 0),
            Cell(_("Yes") if known.in_count else _("No"), known.in_count),
        )
    )


def quantity_cell(value: Decimal | None, decimals: int) -> Cell:
    """A registry quantity; unknown is unknown, not zero."""
    if value is None:
        return Cell(_("unknown"), None, missing=True, number=True)
    return Cell(grouped(display(value, decimals)), value, number=True)


def _node_name(view: TreeView, node: int | None) -> str:
    found = view.nodes.get(node) if node is not None else None
    return local(found) if found else "—"


# --- one institution -----------------------------------------------------------------------------------


def own_institution(request: HttpRequest, code: str) -> InstitutionInfo:
    """The institution of a code, if it is there and the person's to see."""
    found = find_institution(code)
    if found is None or not access_of(request).sees_institution(found.id):
        raise Http404
    return found


@needs(VIEW)
def profile(request: HttpRequest, code: str) -> HttpResponse:
    """One institution over the years, and its months."""
    own = own_institution(request, code)
    sequence = sequence_of(request)
    if request.GET.get("export") in ("basics", "blank"):
        return _basics(request, own, sequence)
    periods = available(sequence)
    years = [text for text in periods if len(text) == 4]
    compute = "compute" in request.GET or "export" in request.GET
    rows = institution_history(own.id, YEARLY, years, sequence=sequence, compute=compute)
    yearly = _yearly(own, years, rows or [])
    monthly = _monthly(own, [text for text in periods if len(text) == 7][-_MONTHS:])
    for table in (yearly, monthly):
        table.path, table.query = request.path, {}
    wanted = {"xlsx": yearly, "csv": yearly, "months-xlsx": monthly, "months-csv": monthly}
    if (kind := request.GET.get("export")) is not None:
        if kind not in wanted:
            raise Http404
        return wanted[kind].export(kind.removeprefix("months-"), synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "own": own,
        "facts": _facts(own, access_of(request), sequence),
        "yearly": yearly,
        "monthly": monthly,
        "waiting": rows is None,
        "chart": _chart(years, rows or []),
        "chart_unit": unit("tce"),
        "tabs": tabs_of(own, "figures"),
    }
    if request.headers.get("HX-Request"):
        return render(request, "parts/institution_years.html", context)
    return page(request, "institution", context, section="registry")


def _basics(request: HttpRequest, own: InstitutionInfo, sequence: int) -> HttpResponse:
    """NY101 on paper: of the institution today, or blank."""
    code = own.code if request.GET["export"] == "basics" else ""
    try:
        paper = form_for(BASICS, str(settings.JIEYUE_HOME.today().year), code, sequence=sequence)
    except DomainError as error:
        return errors.unprocessable(request, error)
    return paper_file(request, paper, "pdf", f"{BASICS}-{code or 'blank'}")


def tabs_of(own: InstitutionInfo, current: str) -> list[dict[str, Any]]:
    """The pages of an institution."""
    return [
        {
            "title": _("Figures"),
            "href": reverse("institution", args=[own.code]),
            "current": current == "figures",
        },
        {
            "title": _("Profile"),
            "href": reverse("institution-profile", args=[own.code]),
            "current": current == "profile",
        },
        {
            "title": _("Register"),
            "href": reverse("institution-register", args=[own.code]),
            "current": current == "register",
        },
        {
            "title": _("Buildings and equipment"),
            "href": reverse("institution-holdings", args=[own.code]),
            "current": current == "holdings",
        },
        {
            "title": _("Meters"),
            "href": f"{reverse('meters')}?{urlencode({'institution': own.code})}",
            "current": False,
        },
    ]


def _names(numbers: Sequence[int], access: Access) -> dict[int, str]:
    """Names of institutions beside one's own; another line's institution stays unnamed."""
    named = names_of(access.own(numbers))
    return {number: named.get(number, _("an institution of another body")) for number in numbers}


def _facts(own: InstitutionInfo, access: Access, sequence: int) -> list[tuple[str, str]]:
    """Where the institution hangs today."""
    titles = _filter_titles()
    names = []
    for name in ("type", "area", "department", "line"):
        view = tree_view(name, sequence)
        names.append((titles[name], _node_name(view, own.nodes.get(name))))
    if own.unit is not None and own.unit != own.id:
        names.append((_("Reported inside"), _names([own.unit], access)[own.unit]))
    return names


def _yearly(own: InstitutionInfo, years: list[str], rows: list[FigureRow]) -> Table:
    found = {(row.indicator, row.period): row for row in rows}
    catalog = home_catalog()
    lines = []
    for code in YEARLY:
        definition = catalog.indicator(code)
        cells = [figure_cell(found.get((code, year))) for year in years]
        lines.append(Row((Cell(local(definition), code, heading=True), Cell(unit(definition.unit)), *cells)))
    return Table(
        caption=f"{own.name} {_('Years')}",
        columns=[
            Column("indicator", _("Indicator"), sortable=False),
            Column("unit", _("Unit"), sortable=False),
            *(Column(year, year, number=True, sortable=False) for year in years),
        ],
        rows=lines if years else [],
        name=f"{own.code}-years",
        empty=_("No year has a published return of this institution."),
    )


def _monthly(own: InstitutionInfo, months: list[str]) -> Table:
    """What the published returns say, month by month: quantities as reported."""
    form = home_plan().method.account_form
    kept = stored(form, [(own.id, month, "") for month in months])
    items = {item.code: item for item in home_catalog().items(form) if item.code in MONTHLY}
    wanted = [code for code in MONTHLY if code in items]
    rows = []
    for month in reversed(months):
        state = kept.get((own.id, month, ""))
        cells = parse(state.cells) if state and state.current is not None else {}
        rows.append(
            Row(
                (
                    Cell(period_name(month), month, heading=True),
                    *(_item_cell(cells.get(code), items[code].unit) for code in wanted),
                    Cell(state_words(state.state if state else ""), state.state if state else ""),
                )
            )
        )
    return Table(
        caption=f"{own.name} {_('Months')}",
        columns=[
            Column("month", _("Month"), sortable=False),
            *(Column(c, local(items[c]), unit(items[c].unit), number=True, sortable=False) for c in wanted),
            Column("state", _("State"), sortable=False),
        ],
        rows=rows if kept else [],
        name=f"{own.code}-months",
        empty=_("No month has a return of this institution."),
        page_size=_MONTHS,
    )


def _item_cell(cell: tuple[int, int] | None, unit_code: str) -> Cell:
    if cell is None:
        return Cell(_("Not reported"), None, missing=True, number=True)
    value, origin = cell
    if origin == 9:
        return Cell(_("not used"), None, missing=True, number=True)
    number = from_fixed(value)
    return Cell(grouped(display(number, 0 if unit_code in _WHOLE else 2)), number, number=True)


def state_words(state: str) -> str:
    """The state of a return in the words of the survey."""
    words = {
        "": _("Not begun"),
        "draft": _("Being entered"),
        "submitted": _("Submitted"),
        "returned": _("Sent back"),
        "approved": _("Approved"),
    }
    return words.get(state, state)


def _chart(years: list[str], rows: list[FigureRow]) -> Any:
    found = {row.period: row for row in rows if row.indicator == "energy_total_tce"}
    points: list[Point | None] = []
    for before, year in zip(["", *years], years, strict=False):
        if before and int(year) - int(before) > 1:
            points.append(None)
        row = found.get(year)
        value = Decimal(row.display) if row is not None and row.display is not None else None
        text = grouped(row.display) if row is not None else ""
        points.append((year, value, text, row is not None and row.status == "provisional"))
    return bars(points) if points else None


@needs(VIEW)
def register(request: HttpRequest, code: str) -> HttpResponse:
    """What the registry says of an institution, by date: attributes, memberships, names."""
    return register_page(request, own_institution(request, code))


def register_page(
    request: HttpRequest, own: InstitutionInfo, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    """The page; wrong: why a mark could not be set."""
    history = attribute_history(own.id)
    places, members, duties = membership_history(own.id), members_of_unit(own.id), who_files([own.id])
    units = [row.node for row in places if row.tree == UNIT]
    names = _names(sorted({*units, *members, *sides(duties)}), access_of(request))
    context = {
        "own": own,
        "tabs": tabs_of(own, "register"),
        "attributes": _attributes(history),
        "memberships": _memberships(places, names, sequence_of(request)),
        "aliases": [(alias.get_kind_display(), alias.value, _span(alias)) for alias in aliases_of(own.id)],
        "members": {number: names[number] for number in members},
        "duties": duty_table(duties, names, sequence_of(request)),
        "sensitive": _sensitive(request, history),
        "wrong": wrong,
    }
    return page(request, "register", context, section="registry", status=status)


def _sensitive(
    request: HttpRequest, history: Sequence[tuple[date, date, Attributes]]
) -> dict[str, Any] | None:
    """Since when it is marked, and the form; only for who looks after the whole register."""
    access, today = access_of(request), settings.JIEYUE_HOME.today()
    if not (access.whole and access.may(MARKS)):
        return None
    spans = marked_spans(history)
    return {
        "spans": [f"{day(first)} — {day(end)}" for first, end in spans],
        "now": any(first <= today < end for first, end in spans),
        "day": request.POST.get("from") or today.isoformat(),
        "reason": request.POST.get("reason", ""),
    }


def _attributes(history: list[Any]) -> Table:
    columns = [
        Column("from", _("From"), sortable=False),
        Column("to", _("To"), sortable=False),
        Column("name", _("Name"), sortable=False),
        Column("code", _("Code"), sortable=False),
        Column("credit_code", _("Credit code"), sortable=False),
        Column("floor_area", _("Floor area"), unit("m2"), number=True, sortable=False),
        Column("persons", _("Energy users"), unit("person"), number=True, sortable=False),
        Column("vehicles", _("Vehicles"), unit("vehicle"), number=True, sortable=False),
        Column("rooms", _("Data-centre rooms"), sortable=False),
        Column("heating", _("Heated"), sortable=False),
        Column("in_count", _("Counted"), sortable=False),
    ]
    rows = [
        Row(
            (
                Cell(day(first), first, heading=True),
                Cell(day(end), end),
                Cell(known.name),
                Cell(known.code),
                Cell(known.credit_code or "—"),
                quantity_cell(known.floor_area, 2),
                quantity_cell(known.persons, 0),
                quantity_cell(known.vehicles, 0),
                Cell(_rooms(known.rooms), known.rooms, missing=not known.rooms),
                Cell(_heating(known.heating), known.heating, missing=not known.heating),
                Cell(_("Yes") if known.in_count else _("No")),
            )
        )
        for first, end, known in reversed(history)
    ]
    return Table(_("Attributes by date"), columns, rows, name="attributes")


def _rooms(text: str) -> str:
    """The numbers of the rooms; each files a return of its own."""
    if not text:
        return _("unknown")
    return text if rooms_of(text) else _("none")


def _heating(said: str) -> str:
    return {"yes": _("Yes"), "no": _("No")}.get(said, _("unknown"))


def _memberships(found: Sequence[Any], names: Mapping[int, str], sequence: int) -> Table:
    titles = {**tree_titles(), UNIT: _("Reporting unit")}
    views: dict[str, TreeView] = {
        name: tree_view(name, sequence) for name in {row.tree for row in found} - {UNIT}
    }
    rows = []
    for row in found:
        view = views.get(row.tree)
        name = names.get(row.node, str(row.node)) if view is None else _node_name(view, row.node)
        rows.append(
            Row(
                (
                    Cell(titles.get(row.tree, row.tree), row.tree, heading=True),
                    Cell(name),
                    Cell(day(row.valid_from), row.valid_from),
                    Cell(day(row.valid_to), row.valid_to),
                )
            )
        )
    columns = [
        Column("tree", _("Tree"), sortable=False),
        Column("node", _("Hangs at"), sortable=False),
        Column("from", _("From"), sortable=False),
        Column("to", _("To"), sortable=False),
    ]
    return Table(_("Memberships by date"), columns, rows, name="memberships")


def _span(alias: Any) -> str:
    return f"{day(alias.valid_from)} — {day(alias.valid_to)}"
