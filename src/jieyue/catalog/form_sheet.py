"""A form as on paper: its lines in order, indented, with what belongs together. The one definition of a form.

The page of entry, the workbook and its reading, the interface's schema and the page of documentation all take
their lines from here (docs/explanation/entry.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jieyue.catalog.model import Item
from jieyue.catalog.rules import Catalog

Block = Literal["stocks", "carriers", "other"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line. depth: how far it is indented. carrier_item: the item that stands for the carrier it belongs to,
    empty where it belongs to none. kind: what the number is."""

    item: Item
    block: Block
    depth: int
    carrier_item: str
    kind: Literal["stock", "quantity", "cost", "other"]

    @property
    def code(self) -> str:
        """The item's code."""
        return self.item.code


@dataclass(frozen=True)
class FormSheet:
    """The lines of a form under a scheme; numbers only."""

    form: str
    scheme: str
    lines: tuple[Line, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes in the order of the lines."""
        return tuple(line.code for line in self.lines)

    @property
    def carriers(self) -> tuple[Line, ...]:
        """The lines that stand for a carrier: what can be switched off as a whole."""
        return tuple(line for line in self.lines if line.carrier_item == line.code)

    def of_carrier(self, item: str) -> tuple[Line, ...]:
        """The carrier's line with all that goes with it."""
        return tuple(line for line in self.lines if line.carrier_item == item)

    def blocks(self) -> Mapping[Block, Sequence[Line]]:
        """Lines by block, in the order of the form; empty blocks are left out."""
        order: tuple[Block, ...] = ("stocks", "carriers", "other")
        found = {block: [line for line in self.lines if line.block == block] for block in order}
        return {block: lines for block, lines in found.items() if lines}


def form_sheet(catalog: Catalog, form: str, scheme: str) -> FormSheet:
    """As `_sheet`, made once for each catalog."""
    key = (catalog.digest, form, scheme)
    if key not in _made:
        _made[key] = _sheet(catalog, form, scheme)
    return _made[key]


_made: dict[tuple[str, str, str], FormSheet] = {}


def _sheet(catalog: Catalog, form: str, scheme: str) -> FormSheet:
    """The sheet of a form under a scheme: its numeric items whose label is known. Raises UnknownRuleError.

    >>> from jieyue.catalog.loader import load_catalog
    >>> sheet = form_sheet(load_catalog(), "NY201", "2025-11")
    >>> [line.code for line in sheet.of_carrier("150")]
    ['150', '151', '1501', '1511', '1502', '1512']
    """
    items = [item for item in catalog.items(form, scheme) if item.value_kind == "number" and item.rendered]
    known = {item.code: item for item in items}
    lines = []
    for item in items:
        top = _top(item, known)
        carrier = top.code if top.agg == "flow" and top.carrier else ""
        lines.append(Line(item, _block(item, carrier), _depth(item, known), carrier, _kind(item)))
    return FormSheet(form, scheme, tuple(_among(_together(lines))))


def _among(lines: Sequence[Line]) -> list[Line]:
    """What stands between two stocks stays there: the days of heating, between the areas and the boilers."""
    first = next((number for number, line in enumerate(lines) if line.block == "carriers"), len(lines))
    last = max((number for number, line in enumerate(lines[:first]) if line.block == "stocks"), default=0)
    return [replace(line, block="stocks") for line in lines[:last]] + list(lines[last:])


def _together(lines: Sequence[Line]) -> list[Line]:
    """What belongs to a carrier stands below it; else the order of the form."""
    place = {line.code: number for number, line in enumerate(lines)}
    return sorted(lines, key=lambda line: place.get(line.carrier_item, place[line.code]))


def _code(ref: str) -> str:
    return ref.rpartition(":")[2]


def _top(item: Item, known: Mapping[str, Item]) -> Item:
    """The item that it is in the end a part, or the money, of."""
    for _ in range(len(known)):
        above = known.get(_code(item.part_of)) or known.get(_code(item.cost_of))
        if above is None:
            return item
        item = above
    raise ValueError(f"{item.ref} is a part of itself")


def _depth(item: Item, known: Mapping[str, Item]) -> int:
    """1 for a cost or a part of a top item, 2 for the cost of a part."""
    depth = 1 if item.cost_of else 0
    while (above := known.get(_code(item.part_of))) is not None:
        depth, item = depth + 1, above
    return depth


def _block(item: Item, carrier: str) -> Block:
    if item.agg == "stock":
        return "stocks"
    return "carriers" if carrier else "other"


def _kind(item: Item) -> Literal["stock", "quantity", "cost", "other"]:
    if item.agg == "stock":
        return "stock"
    if item.cost_of:
        return "cost"
    return "quantity" if item.carrier else "other"
