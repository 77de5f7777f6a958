"""Why energy changed between two years, as a sentence and a table: the size, and the use of each carrier per size.

The parts are derived figures of `insights/why.py` (LMDI-I, additive, no remainder); each column adds up to the change.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from jieyue.apps.insights.why import PART_OF_YEAR, SIZES, Cause
from jieyue.apps.papers.content import Cell, Column, TableBlock, Text
from jieyue.apps.papers.numbers import joined
from jieyue.apps.papers.statement_facts import carrier_zh, change_cell, together
from jieyue.apps.papers.words import indicator_zh

#: So many carriers stand by name in the sentence and in the table; the others stand together.
_IN_WORDS, IN_TABLE = 3, 6
_SHARE = "energy_share_"


def is_known(causes: Sequence[Cause]) -> bool:
    """Whether one of the readings could be made."""
    return any(cause.size is not None for cause in causes)


def why_said(cause: Cause) -> Cell:
    """The change in one clause, with what moved most; none where it is not known."""
    if cause.change is None or cause.intensities is None:
        return ()
    said: list[Cell | str] = [indicator_zh(cause.whole), change_cell(cause.change), "，其中面积变化的影响"]
    said += [change_cell(cause.size)]
    named, rest = _moved_most([cause], _IN_WORDS)
    for name in named:
        said += [f"、{carrier_zh(name)}强度", change_cell(cause.intensities[name])]
    if rest:
        said += ["、其他品种强度", _together(cause, rest)]
    return joined(*said, "。")


def why_table(causes: Sequence[Cause], number: int, notes: tuple[str, ...] = ()) -> TableBlock:
    """A column for each size, a line for each carrier; notes: what else stands below."""
    lines: list[tuple[str, Sequence[Cell]]] = [
        ("规模（面积或人数）", [change_cell(cause.size) for cause in causes]),
        *_lines(causes),
        ("变化合计", [change_cell(cause.change) for cause in causes]),
    ]
    titles = [Column(f"按{indicator_zh(size)}", "吨标准煤", number=True, share=4) for size in SIZES]
    return TableBlock(
        number, f"{indicator_zh(causes[0].whole)}变化的原因", (Column("原因", share=4), *titles),
        tuple(((Text(title),), *cells) for title, cells in lines),
        notes=("两栏各自相加等于变化合计，互相参照，不相加。", *notes), dense=True,
    )  # fmt: skip


def gaps_said(cause: Cause, then: int, now: int, part: str) -> str:
    """What stands in the way of a reading; part: what it is called that a year was only in part there."""
    years = {"now": now, "then": then}
    parts = [
        f"{years[when]}年{part}" if code == PART_OF_YEAR else f"{years[when]}年{_gap_zh(code)}"
        for code, when in cause.gaps
    ]
    return f"按{indicator_zh(cause.size_of)}：不作分解。缺：{'、'.join(parts)}。"


def _lines(causes: Sequence[Cause]) -> Iterator[tuple[str, Sequence[Cell]]]:
    """A line for each carrier, those that moved least in one line where they are many."""
    named, rest = _moved_most(causes, IN_TABLE)
    for name in named:
        yield (
            f"{carrier_zh(name)}单位用量",
            [change_cell((cause.intensities or {}).get(name)) for cause in causes],
        )
    if rest:
        yield "其他品种单位用量", [_together(cause, rest) for cause in causes]


def _moved_most(causes: Sequence[Cause], most: int) -> tuple[list[str], list[str]]:
    """Carriers in the order of the catalog: those whose effect was largest, and the others."""
    largest: dict[str, Fraction] = {}
    for cause in causes:
        for name, effect in (cause.intensities or {}).items():
            largest[name] = max(largest.get(name, Fraction(0)), abs(effect.value or Fraction(0)))
    first = set(sorted(largest, key=lambda name: -largest[name])[:most])
    return [name for name in largest if name in first], [name for name in largest if name not in first]


def _together(cause: Cause, names: Sequence[str]) -> Cell:
    return together([cause.intensities[name] for name in names]) if cause.intensities else change_cell(None)


def _gap_zh(code: str) -> str:
    return carrier_zh(code.removeprefix(_SHARE)) if code.startswith(_SHARE) else indicator_zh(code)
