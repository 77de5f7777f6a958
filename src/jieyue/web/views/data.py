"""Tables by reporting line, area, department and type, down to the institutions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import ScopeInfo
from jieyue.apps.accounts.services.compute_run import OUTSIDE_COUNT
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import members
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.institution_rows import institution_table
from jieyue.web.kept import drawn_once, key_of
from jieyue.web.numbers import Sheet, sheet
from jieyue.web.ready import newer_than, select_ready
from jieyue.web.selection import TREES, Selection, scope_name, tree_titles
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.views.change import address_of
from jieyue.web.views_of_data import CARDS, VIEWS, view_columns, view_titles
from jieyue.web.words import local, percent


@dataclass(frozen=True)
class Tab:
    """One tab: title, address, whether it is the present one."""

    title: str
    href: str
    current: bool


@needs(VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The tables begin with the reporting line, which everyone who sees anything has a part of."""
    access = access_of(request)
    if not access.tops and not access.whole:
        return redirect("registry")
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('data-tree', args=['line'])}{query}")


@needs(VIEW)
def by_tree(request: HttpRequest, tree: str) -> HttpResponse:
    """One node of one tree: its figures, the nodes below it, or its institutions."""
    if tree not in TREES or (tree != "line" and not access_of(request).whole):
        raise Http404
    selection = select_ready(request, trees=(tree,))
    if selection.scope != "city" and not selection.scope.startswith(f"{tree}:"):
        raise Http404
    key = key_of(request, selection.sequence, names=True)
    return drawn_once(
        request,
        "data",
        key,
        lambda: _drawn(request, selection, tree),
        {"newer": newer_than(request, selection)},
        section=f"data-{tree}",
        selection=selection,
    )


def _drawn(request: HttpRequest, selection: Selection, tree: str) -> dict[str, Any] | HttpResponse:
    """What the page is drawn of, or its table as a file."""
    below = children(selection, tree)
    view = request.GET.get("view", "core")
    listed = request.GET.get("list") or ("nodes" if below else "institutions")
    if view not in VIEWS or listed not in ("nodes", "institutions"):
        raise Http404
    if listed == "nodes":
        table = _node_table(selection, tree, below, view)
    else:
        table = _institution_table(request, selection, tree, view)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    found = sheet(
        [selection.scope], selection.period, CARDS, sequence=selection.sequence, more=selection.more
    )
    return {
        "trail": _trail(selection, tree),
        "cards": [found.shown(selection.scope, code) for code in CARDS],
        "view_tabs": _view_tabs(request, view),
        "list_tabs": _list_tabs(request, listed) if below else [],
        "table": table,
        "tree": tree,
        "change": address_of(selection),
    }


def children(selection: Selection, tree: str) -> list[ScopeInfo]:
    """The nodes directly below the scope in a tree, by code."""
    own = selection.scopes.get(selection.scope)
    if own is None:
        return []
    below = [node for node in selection.scopes.values() if node.parent_scope == own.scope]
    return sorted((n for n in below if n.scope.startswith(f"{tree}:")), key=lambda node: node.code)


def _node_table(selection: Selection, tree: str, below: Sequence[ScopeInfo], view: str) -> Table:
    codes = VIEWS[view]
    scopes = [selection.scope, *(node.scope for node in below)]
    found = sheet(
        scopes, selection.period, [*codes, "completeness"], sequence=selection.sequence, more=selection.more
    )
    address = reverse("data-tree", args=[tree])
    rows = [_row(Cell(_("Total"), None, heading=True), found, selection.scope, codes, total=True)]
    for node in below:
        query = urlencode({"scope": node.scope, "period": selection.period, "view": view, **selection.more})
        name = Cell(_node_name(node, found), node.code, href=f"{address}?{query}", heading=True)
        rows.append(_row(name, found, node.scope, codes))
    return Table(
        caption=f"{selection.scope_name} {selection.period_name} {view_titles()[view]}",
        columns=[Column("name", tree_titles()[tree]), *view_columns(codes), completeness_column()],
        rows=rows,
        name=f"{tree}-{selection.period}-{view}",
        page_size=100,
        notes=table_notes(selection),
        empty=_("No body hangs below this one."),
    )


def _node_name(node: ScopeInfo, found: Sheet) -> str:
    """The node's name; who adds up the rows is told which one the total does not hold."""
    row = found.get(node.scope, "completeness")
    outside = row is not None and OUTSIDE_COUNT in row.reasons
    return _("%(name)s (not in the total)") % {"name": local(node)} if outside else local(node)


def _row(name: Cell, found: Sheet, scope: str, codes: Sequence[str], *, total: bool = False) -> Row:
    return Row((name, *(found.cell(scope, code) for code in codes), completeness_cell(found, scope)), total)


def completeness_column() -> Column:
    """The last column of every table of figures."""
    return Column("completeness", _("Completeness"), number=True, group=_("Trust"))


def completeness_cell(found: Sheet, scope: str) -> Cell:
    """Completeness as a percentage with its bar."""
    row = found.get(scope, "completeness")
    if row is None or row.value is None or row.exact is None:
        return Cell("—", None, missing=True, number=True)
    share = round(row.exact * 100, 1)
    return Cell(percent(str(row.exact)), float(share), meter=int(share), number=True)


def _institution_table(request: HttpRequest, selection: Selection, tree: str, view: str) -> Table:
    """The institutions below the node on the period's last day, one page of them with figures."""
    whole = tree_view(tree, selection.sequence, selection.day)
    code = selection.scope.partition(":")[2] or "city"
    node = whole.by_code.get(code)
    numbers = [] if node is None else members(whole.subtree(node.id), tree, selection.day)
    numbers = access_of(request).own(numbers)
    every = "export" in request.GET
    return institution_table(
        numbers,
        selection,
        codes=VIEWS[view],
        name=f"institutions-{selection.period}-{view}",
        page=1 if every else page_number(request),
        size=len(numbers) or 1 if every else 50,
    )


def table_notes(selection: Selection) -> list[str]:
    """What an exported table says about itself."""
    from jieyue.web.page import foot_of

    return [f"{name}: {text}" for name, text in foot_of(selection)]


def _trail(selection: Selection, tree: str) -> list[tuple[str, str]]:
    """From the top that the person sees down to the scope."""
    steps: list[tuple[str, str]] = []
    node = selection.scopes.get(selection.scope)
    seen = {value for group in selection.choices for value, _text in group.choices}
    while node is not None and node.scope in seen:
        query = urlencode({"scope": node.scope, "period": selection.period, **selection.more})
        steps.append(
            (scope_name(node.scope, selection.scopes), f"{reverse('data-tree', args=[tree])}?{query}")
        )
        node = selection.scopes.get(node.parent_scope)
    return [*reversed(steps[1:])] if steps else []


def _view_tabs(request: HttpRequest, view: str) -> list[Tab]:
    return [Tab(title, _with(request, view=name), name == view) for name, title in view_titles().items()]


def _list_tabs(request: HttpRequest, listed: str) -> list[Tab]:
    titles = {"nodes": _("Bodies below"), "institutions": _("Institutions")}
    return [Tab(title, _with(request, list=name), name == listed) for name, title in titles.items()]


def _with(request: HttpRequest, **values: Any) -> str:
    kept = {key: value for key, value in request.GET.items() if key not in ("page", "sort", "export")}
    return f"{request.path}?{urlencode({**kept, **values})}"
