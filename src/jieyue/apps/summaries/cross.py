"""Free tables: an item over two ways to group the institutions of a body, or several items over one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jieyue.apps.registry.queries import levels_on
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.tables import counted, groups
from jieyue.domain.summary import Ints, cross

#: Ways to group. `body` are the bodies right below this one; `period` goes back in time, `items` are not groups.
AXES = ("body", "area", "department", "type", "level")


@dataclass(frozen=True)
class Label:
    """A row's or column's heading: a node's names, or a code alone. Who stands in none has an empty code."""

    code: str
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True)
class Cross:
    """cells[row][column]: ten-thousandths, None where nobody stated the item; the last row and column are totals."""

    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: tuple[tuple[int | None, ...], ...]


def axis(ledger: Ledger, name: str, body: int) -> tuple[Ints, list[Label]]:
    """(the group of each institution, headings); the last group are those that stand in none, if there are any."""
    if name == "level":
        said = levels_on(ledger.period.last_day, ledger.sequence)
        own = [said.get(number, "") or "" for number in ledger.institutions.tolist()]
        labels = [Label(code) for code in sorted({code for code in own if code})]
        place = {label.code: at for at, label in enumerate(labels)}
        group = np.array([place.get(code, -1) for code in own], dtype=np.int64)
    else:
        group, nodes = groups(ledger, "line" if name == "body" else name, body if name == "body" else None)
        labels = [Label(node.code, node.name_zh, node.name_en) for node in nodes]
    here = ledger.below(body)
    if bool((group[here] < 0).any()):
        group = np.where(group < 0, len(labels), group)
        labels.append(Label(""))
    used = np.unique(group[here])
    move = np.full(len(labels) + 1, -1, dtype=np.int64)
    move[used] = np.arange(len(used))
    return move[group], [labels[at] for at in used.tolist()]


def has_item(ledger: Ledger, item: str) -> bool:
    """Whether the form has the item under the scheme of the ledger's period."""
    return any(row.code == item for row in ledger.items)


def two_ways(ledger: Ledger, body: int, item: str, rows: str, columns: str) -> Cross:
    """One item by two axes."""
    down, first = axis(ledger, rows, body)
    across, second = axis(ledger, columns, body)
    values, stated = counted(ledger, item)
    found = cross(values, stated & ledger.below(body), down, across, len(first), len(second))
    return Cross(tuple(first), tuple(second), found)


def several(ledgers: Sequence[Ledger], body: int, items: Sequence[str], rows: str) -> list[Cross]:
    """Several items by one axis, for each ledger (period) a table of its own; columns are the items, not totalled.

    An item that the form of the ledger's scheme has not is empty throughout.
    """
    found = []
    for ledger in ledgers:
        down, first = axis(ledger, rows, body)
        everyone = np.zeros(len(down), dtype=np.int64)
        columns: list[tuple[tuple[int | None, ...], ...]] = []
        for item in items:
            if not has_item(ledger, item):
                columns.append(((None, None),) * (len(first) + 1))
                continue
            values, stated = counted(ledger, item)
            columns.append(cross(values, stated & ledger.below(body), down, everyone, len(first), 1))
        cells = tuple(tuple(column[at][0] for column in columns) for at in range(len(first) + 1))
        found.append(Cross(tuple(first), tuple(Label(item) for item in items), cells))
    return found
