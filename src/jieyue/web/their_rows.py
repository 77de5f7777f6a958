"""The board of theirs and ours as a page shows it: what is chosen, and its cells as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.theirs import Compared, Side, SideRow
from jieyue.apps.trees.queries import NodeInfo, Tree, tree
from jieyue.domain.period import Period
from jieyue.domain.sides import KINDS
from jieyue.web.access import access_of
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.views.tasks import return_address
from jieyue.web.words import grouped, local, unit

PAGE = 50
#: Rows that one file to take away holds at most.
EXPORTED = 50_000


@dataclass(frozen=True)
class Board:
    """A file of theirs with what the person chose of it. kind: empty = all that is not the same.

    counts: of the chosen body and item. items, bodies: (code, words) to choose from, with cells that are not the same.
    """

    row: Any
    part: Compared
    counts: Mapping[str, int]
    kind: str
    item: str
    body: str
    items: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]
    page: int

    @classmethod
    def of(cls, request: HttpRequest, row: Any, seen: Compared, nodes: Mapping[int, NodeInfo]) -> "Board":
        """seen: what the person sees of the comparison. What is not there to choose is not found."""
        kind, item, body = (request.GET.get(name, "") for name in ("kind", "item", "body"))
        if (kind and kind not in KINDS) or (item and item not in seen.codes):
            raise Http404
        access = access_of(request)
        own = {node.id: node for node in nodes.values() if access.whole or node.code in access.line}
        chosen = next((node for node in own.values() if node.code == body), None)
        if body and chosen is None:
            raise Http404
        below = None if chosen is None else _below(chosen.id, row.period)
        part = seen.part(bodies=below, item=item)
        return cls(
            row, part, part.counts(), kind, item, body,
            _items(row.form, seen.part(bodies=below).by_item(), item),
            _bodies(own, seen.part(item=item).by_body(), chosen),
            page_number(request),
        )  # fmt: skip

    @property
    def total(self) -> int:
        """How many rows are shown."""
        if self.kind:
            return self.counts[self.kind]
        return sum(count for kind, count in self.counts.items() if kind != "equal")


def _below(node: int, period: str) -> frozenset[int]:
    line = tree(Tree.LINE, Period.parse(period).last_day)
    return frozenset(line.subtree(node)) if node in line.nodes else frozenset()


def _items(form: str, counts: Mapping[str, int], chosen: str) -> tuple[tuple[str, str], ...]:
    codes = dict.fromkeys([*counts, *([chosen] if chosen else [])])
    names = {item.code: local(item) for item in home_catalog().items(form)}
    return tuple((code, f"{code} {names[code]} ({counts.get(code, 0):,})") for code in codes)


def _bodies(
    own: Mapping[int, NodeInfo], counts: Mapping[int, int], chosen: NodeInfo | None
) -> tuple[tuple[str, str], ...]:
    nodes = [own[number] for number in counts if number in own]
    if chosen is not None and chosen not in nodes:
        nodes.append(chosen)
    found = sorted(nodes, key=lambda node: node.code)
    return tuple((node.code, f"{local(node)} ({counts.get(node.id, 0):,})") for node in found)


def kind_words(kind: str) -> str:
    """How a cell stands between the two sides, in words."""
    return {
        "equal": _("the same"),
        "differs": _("differs"),
        "theirs": _("only theirs"),
        "ours": _("only ours"),
    }[kind]


def side_table(board: Board, *, every: bool = False) -> Table:
    """One page of the cells, or all of them to take away."""
    start, size = (0, EXPORTED) if every else ((board.page - 1) * PAGE, PAGE)
    rows = board.part.rows(board.kind, start=start, size=size)
    day = Period.parse(board.row.period).last_day
    labels = labels_of({row.subject for row in rows}, day)
    named = {item.code: item for item in home_catalog().items(board.row.form)}
    return Table(
        caption=_("Theirs and ours"),
        columns=[
            Column("institution", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("item", _("Item"), sortable=False),
            Column("unit", _("Unit"), sortable=False),
            Column("kind", _("How they stand"), sortable=False),
            Column("ours", _("Ours"), number=True, sortable=False),
            Column("theirs", _("The platform's"), number=True, sortable=False),
            Column("difference", _("Theirs less ours"), number=True, sortable=False),
        ],
        rows=[_row(board.row, row, labels[row.subject], named[row.item]) for row in rows],
        name=f"theirs-{board.row.pk}",
        count=None if every else board.total,
        page_size=PAGE,
        empty=_("Nothing to show: what the file says is what is published."),
        notes=[
            _("Ours is what is published now; numbers are compared exactly, in our units, to four decimals.")
        ],
    )


def _row(file: Any, row: SideRow, label: tuple[str, str], item: Any) -> Row:
    code, name = label
    room = " " + _("room %(room)s") % {"room": row.instance} if row.instance else ""
    href = return_address(code, file.form, file.period, row.instance)
    return Row(
        (
            Cell(name + room, name, href=href, heading=True),
            Cell(code, code),
            Cell(f"{row.item} {local(item)}", row.item),
            Cell(unit(item.unit) if item.unit else "", item.unit),
            Cell(kind_words(row.kind), row.kind),
            _side(row.ours),
            _side(row.theirs),
            _number(row.difference),
        )
    )


def _side(side: Side) -> Cell:
    if side.state == "value":
        return _number(side.value)
    words = {
        "not_used": _("not used"),
        "not_reported": _("Not reported"),
        "not_published": _("Not published"),
    }
    return Cell(words[side.state], words[side.state], missing=side.state != "not_used", number=True)


def _number(text: str | None) -> Cell:
    from decimal import Decimal

    if text is None:
        return Cell("", None, number=True)
    return Cell(grouped(text), Decimal(text), number=True)
