"""The table of a body from a ledger, what stands behind one cell, and the roll-ups that must agree with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.summaries.ledger import COUNT_ITEM, Ledger
from jieyue.domain.summary import COLUMNS, Bools, Ints, Line, Numbers, in_groups, line


@dataclass(frozen=True)
class Summed:
    """The table of a body. lines: by item, in the order of the form. institutions: in being on the last day; members:
    those of them for which another's return speaks; filers, complete: who owes a return, and whose are all in.
    """

    lines: tuple[Line, ...]
    institutions: int
    members: int
    filers: int
    complete: int

    def line(self, item: str) -> Line:
        """One row of the table."""
        return next(row for row in self.lines if row.item == item)


def counted(ledger: Ledger, item: str) -> tuple[Numbers, Bools]:
    """(what each institution adds to an item, where it adds anything)."""
    if item == COUNT_ITEM:
        return np.full(len(ledger.institutions), 10_000, dtype=np.int64), ledger.at_end
    known = ledger.known[item] & ledger.complete
    stock = next(row for row in ledger.items if row.code == item).agg == "stock"
    return ledger.values[item], known & ledger.at_end if stock else known


def summed(ledger: Ledger, body: int) -> Summed:
    """The table of a body: the institutions whose reporting line ends at it or below it."""
    here = ledger.below(body)
    lines = []
    for item in ledger.items:
        values, stated = counted(ledger, item.code)
        part = ledger.estimated.get(item.code)
        estimated = None if part is None else part[here]
        lines.append(line(item.code, values[here], stated[here], ledger.place[here], estimated=estimated))
    owes = here & (ledger.expected > 0) if ledger.obliged else here & (ledger.part >= 0)
    return Summed(
        tuple(lines),
        institutions=int((here & ledger.at_end).sum()),
        members=int((here & ledger.at_end & ledger.member).sum()),
        filers=int(owes.sum()),
        complete=int((owes & ledger.complete).sum()),
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What an institution adds to a cell."""

    institution: int
    value: int
    estimated: int
    part: int


def behind(ledger: Ledger, body: int, item: str, column: str) -> list[Share]:
    """The institutions behind a cell, the largest first."""
    values, stated = counted(ledger, item)
    here = stated & ledger.below(body) & in_column(ledger.place, column)
    estimated = ledger.estimated.get(item)
    found = [
        Share(int(ledger.institutions[at]), int(values[at]), 0 if estimated is None else int(estimated[at]),
              int(ledger.part[at]))
        for at in np.flatnonzero(here)
    ]  # fmt: skip
    return sorted(found, key=lambda share: (-share.value, share.institution))


def in_column(place: Ints, column: str) -> Bools:
    """Which institutions a column adds up."""
    number = COLUMNS.index(column)
    if number == 0:
        return np.ones(len(place), dtype=bool)
    return (place >= 2) & (place < 9) if number == 2 else place == number


@dataclass(frozen=True)
class RollUp:
    """One view of the same facts. parts: (node, sums by item); total: of the parts; lost: institutions that stand at
    none of its nodes, with a value in the table; differs: items whose parts do not make up the table."""

    tree: str
    parts: tuple[tuple[RunNode, tuple[int, ...]], ...]
    total: tuple[int, ...]
    lost: tuple[int, ...]
    differs: tuple[str, ...]


def roll_ups(ledger: Ledger, body: int, table: Summed) -> tuple[RollUp, ...]:
    """By reporting line, area, department and type, each added up by itself over the body's own institutions."""
    return tuple(_roll_up(ledger, body, tree, table) for tree in ("line", "area", "department", "type"))


def _roll_up(ledger: Ledger, body: int, tree: str, table: Summed) -> RollUp:
    here = ledger.below(body)
    group, nodes = groups(ledger, tree, body if tree == "line" else None)
    sums: list[list[int]] = []
    lost = np.zeros(len(here), dtype=bool)
    for item in ledger.items:
        values, stated = counted(ledger, item.code)
        mine = stated & here
        sums.append(in_groups(values, mine, group, len(nodes)))
        lost |= mine & (group < 0)
    total = tuple(sum(row) for row in sums)
    return RollUp(
        tree,
        tuple((node, tuple(row[at] for row in sums)) for at, node in enumerate(nodes)),
        total,
        tuple(ledger.institutions[lost].tolist()),
        tuple(
            row.item for row, found in zip(table.lines, total, strict=True) if (row.values[0] or 0) != found
        ),
    )


def groups(ledger: Ledger, tree: str, top: int | None = None) -> tuple[Ints, list[RunNode]]:
    """(the group of each institution, its nodes): those right below `top` (the root), and `top` itself where somebody
    stands at it; −1 = at none. Of types every one that occurs is a group."""
    parents, root = ledger.trees.parents(tree), ledger.trees.root(tree)
    start = root if top is None else top
    found: dict[int, int | None] = {}
    for node in np.unique(ledger.nodes[tree]).tolist():
        if node in parents:
            found[node] = node if tree == "type" else _right_below(node, start, parents)
    chosen = sorted({n for n in found.values() if n is not None}, key=lambda n: ledger.trees.nodes[n].code)
    place: dict[int | None, int] = {node: at for at, node in enumerate(chosen)}
    group = [place.get(found.get(node), -1) for node in ledger.nodes[tree].tolist()]
    return np.array(group, dtype=np.int64), [ledger.trees.nodes[node] for node in chosen]


def _right_below(node: int, start: int | None, parents: dict[int, int | None]) -> int | None:
    """The node right below `start` under which this one stands; `start` for itself; None where it is elsewhere."""
    step: int | None = node
    while step is not None and step in parents:
        if step == start or parents[step] == start:
            return step
        step = parents[step]
    return None


def items_texts(lines: Sequence[Line]) -> dict[str, tuple[str | None, ...]]:
    """Cells by item."""
    return {row.item: row.texts for row in lines}
