"""Judge a summary table by rules: what its columns must add up to, and whether its cells are what lies behind them.

A line of the table is judged like a return whose items are the columns S001–S010. A column in which nobody states the
item adds nothing; a line that nobody states is not judged. Everything is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.quantity import SCALE, fixed_text, to_fixed
from jieyue.domain.rule_eval import Quantity, evaluate
from jieyue.domain.rule_text import READERS, Node, RuleTextError, calls_of, cells_of, parse
from jieyue.domain.summary import COLUMNS, Cells


@dataclass(frozen=True, slots=True)
class TableFlag:
    """A line that a rule finds wrong. columns: those looked at, with what stands there; behind: with what lies behind
    them, where a rule compares with that."""

    rule: str
    severity: str
    item: str
    columns: Mapping[str, str]
    behind: Mapping[str, str]


def columns_rule(text: str, form: str, limits: Mapping[str, Fraction]) -> Node:
    """The tree of a rule about the columns of a line. Raises RuleTextError, also for what no table has: other returns,
    explanations, or no column at all.

    >>> columns_rule("prev_year(#S001) > 0", "NY301", {})
    Traceback (most recent call last):
    jieyue.domain.rule_text.RuleTextError: rule "prev_year(#S001) > 0": prev_year is for returns, not for summary tables
    """
    node = parse(text, form=form, parameters=limits)
    for name in calls_of(node):
        if name in READERS or name == "explained":
            zh, en = f"{name} 只用于基层报表，不用于综合表", f"{name} is for returns, not for summary tables"
            raise RuleTextError("rule_text", zh=f"规则“{text}”：{zh}", en=f'rule "{text}": {en}')
    if not cells_of(node):
        raise RuleTextError(
            "rule_text", zh=f"规则“{text}”：没有写到任何一栏", en=f'rule "{text}": it names no column'
        )
    return node


class _Lines:
    """The lines of a table as the rules' evaluator takes returns."""

    def __init__(self, cells: Cells) -> None:
        self.items = [item for item, texts in cells.items() if texts[0] is not None]
        self.size = len(self.items)
        self._cells = cells

    def cell(self, reader: str, form: str, code: str) -> Quantity:
        """A column of every line."""
        place = COLUMNS.index(code)
        values = [_stored(self._cells[item][place]) or 0 for item in self.items]
        return Quantity(np.array(values, dtype=object), np.ones(self.size, dtype=np.bool_))

    def explained(self, form: str, code: str) -> NDArray[np.bool_]:
        """Nobody explains a column."""
        return np.zeros(self.size, dtype=np.bool_)


def judged_columns(rule: str, severity: str, node: Node, cells: Cells) -> list[TableFlag]:
    """The lines of which the rule's text is not true.

    >>> from jieyue.domain.rule_text import parse
    >>> table = {"110": ["3", "1", *[None] * 8], "120": ["1", "1", *[None] * 8]}
    >>> found = judged_columns("L", "error", parse("#S001 == #S002 + #S010", form="NY301"), table)
    >>> [(one.item, dict(one.columns)) for one in found]
    [('110', {'S001': '3', 'S002': '1'})]
    """
    lines = _Lines(cells)
    if not lines.size:
        return []
    wrong = evaluate(node, lines).fails
    named = [cell.code for cell in cells_of(node)]
    return [
        TableFlag(rule, severity, item, _said(named, cells[item]), {})
        for item, fails in zip(lines.items, wrong.tolist(), strict=True)
        if fails
    ]


def judged_sums(
    rule: str, severity: str, cells: Cells, behind: Mapping[str, Sequence[int]], tolerance: Fraction
) -> list[TableFlag]:
    """The lines of which a cell is not the sum of what lies behind it; behind: item → ten sums in ten-thousandths.

    >>> table = {"110": ["3", "3", *[None] * 8]}
    >>> found = judged_sums("L", "error", table, {"110": [20_000, 30_000, *[0] * 8]}, Fraction(0))
    >>> [(one.item, dict(one.columns), dict(one.behind)) for one in found]
    [('110', {'S001': '3'}, {'S001': '2'})]
    """
    found = []
    for item, sums in behind.items():
        texts = cells.get(item, (None,) * len(COLUMNS))
        off = [
            place
            for place, total in enumerate(sums)
            if abs((_stored(texts[place]) or 0) - total) > tolerance * SCALE
        ]
        if off:
            said = {COLUMNS[place]: texts[place] or "0" for place in off}
            other = {COLUMNS[place]: fixed_text(sums[place]) for place in off}
            found.append(TableFlag(rule, severity, item, said, other))
    return found


def _said(named: Sequence[str], texts: Sequence[str | None]) -> dict[str, str]:
    """The columns that a rule names, without those that are empty."""
    return {code: text for code in named if (text := texts[COLUMNS.index(code)]) is not None}


def _stored(text: str | None) -> Any:
    return None if text is None else to_fixed(text)[0]
