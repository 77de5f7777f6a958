"""九、重点用能单位 of a yearly bulletin: who is one on the year's last day, and what each has used in both years.

A unit that is named nowhere is in no sum either from which its figure could be told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count as counter
from typing import TYPE_CHECKING

from jieyue.apps.accounts.queries import FigureRow, institutions_of
from jieyue.apps.holdings.key_units import units_on
from jieyue.apps.papers.content import (
    Blank,
    Block,
    Cell,
    Column,
    Heading,
    Kind,
    Number,
    Paragraph,
    TableBlock,
    Text,
)
from jieyue.apps.papers.named import LEFT_OUT, named
from jieyue.apps.papers.numbers import derived, figure, joined, large_shape, on_year
from jieyue.apps.papers.words import STATUS
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.trees.queries import Tree, memberships
from jieyue.domain.period import Period

if TYPE_CHECKING:
    from jieyue.apps.papers.yearly_facts import Facts

ENERGY, PER_AREA = "energy_total_tce", "energy_per_area_kgce_m2"
#: A year that is not whole: nothing was filed, or a month is not there. Which of them, the number does not say.
NO_YEAR, NO_FIGURE = "没有全年数", "缺数"
#: So many units that are not named have to stand behind a sum, else it tells the figure of one.
FEWEST_HIDDEN = 2
HIDDEN = "不列名的机构中有全年数的不足两家，列出合计即可推算其数，故能源消费合计和占比不列"


@dataclass(frozen=True)
class KeyUnitRow:
    """One unit: who supervises it, and its figures; none where nothing of it was published."""

    institution: int
    code: str
    name: str
    supervisor: str
    now: FigureRow | None
    then: FigureRow | None
    per_area: FigureRow | None


def key_units_below(bodies: Collection[int], year: Period, sequence: int) -> list[KeyUnitRow]:
    """Units on record on the year's last day that report to one of the bodies, by code."""
    day = year.last_day
    units = {one.institution: one for one in units_on(day)}
    hangs = memberships(sorted(units), day, sequence) if units else {}
    own = [one for one in units if hangs.get(one, {}).get(Tree.LINE) in bodies]
    if not own:
        return []
    now, then = (
        institutions_of(own, str(each), indicators=(ENERGY, PER_AREA), sequence=sequence)
        for each in (year, year.previous_year())
    )
    labels = labels_of(own, day)
    rows = [
        KeyUnitRow(
            one, *labels[one], units[one].supervisor, now.get(one, {}).get(ENERGY), then.get(one, {}).get(ENERGY),
            now.get(one, {}).get(PER_AREA),
        )
        for one in own
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.code)


def key_units_section(facts: "Facts", table: "counter[int]") -> tuple[Block, ...]:
    """How many there are and what they use of the whole; then each by name, but those that are named nowhere."""
    head, rows = Heading(1, "九、重点用能单位"), facts.key_units
    if not rows:
        words = f"名录库{facts.year.year}年末没有标明的重点用能单位，系统不自行列名。"
        return head, Paragraph((Text(words), Blank("重点用能单位情况")))
    open_ = named(row.institution for row in rows)
    told = [row for row in rows if row.institution in open_]
    lines = [Paragraph(_said(facts, rows, open_))]
    if not told:
        return head, *lines, Paragraph((Text(LEFT_OUT),))
    notes = (
        "按名录库当年末的标明列出，次序按机构代码，不是排名。",
        *((LEFT_OUT,) if len(told) < len(rows) else ()),
    )
    columns = (
        Column("机构代码", share=4), Column("机构名称", share=6), Column("监管单位", share=5),
        Column(f"{facts.then.year}年", "吨标准煤", number=True, share=4),
        Column(f"{facts.year.year}年", "吨标准煤", number=True, share=4), Column("同比", "%", number=True, share=3),
        Column("单位面积能耗", "千克标准煤/平方米", number=True, share=4), Column("状态", share=2),
    )  # fmt: skip
    block = TableBlock(
        next(table), "重点用能单位能源消费", columns, tuple(_row(row) for row in told), notes=notes
    )
    return head, *lines, block


def _said(facts: "Facts", rows: Sequence[KeyUnitRow], open_: Collection[int]) -> Cell:
    words = joined(
        f"{facts.year.year}年末名录库标明的重点用能单位",
        facts.quality.counted(len(rows), "家", "key_units", "key-units"),
    )
    if not _may_be_summed(rows, open_):
        return joined(words, f"。{HIDDEN}。")
    known = _known(rows)
    if not known:
        return joined(words, f"，都没有{facts.year.year}年的全年能源消费数。")
    total = sum((row.exact or Fraction(0) for row in known), Fraction(0))
    shape, all_named = large_shape(known[0]), len(open_) == len(rows)
    whole_sum = derived(f"sum.key_units({ENERGY})", total / shape.divisor, shape.unit, shape.decimals, known)
    words = joined(words, f"，{facts.year.year}年能源消费合计", _of_the_list(facts, whole_sum, all_named))
    if len(known) < len(rows):
        lost = len(rows) - len(known)
        words = joined(
            words,
            "，另有",
            facts.quality.counted(lost, "家", "key_units.missing", "key-units"),
            f"{NO_YEAR}，没有计入",
        )
    whole = facts.own[ENERGY, str(facts.year)]
    if whole.exact and len(known) == len(rows):
        share = derived(f"share.key_units({ENERGY})", total / whole.exact * 100, "%", 1, (*known, whole))
        words = joined(
            words, f"，占{facts.quality.whole_name}公共机构的", _of_the_list(facts, share, all_named)
        )
    return joined(words, "。")


def _of_the_list(facts: "Facts", number: Number, all_named: bool) -> Number:
    """A number of the list's: where not all are named its source is the list, for receipts of figures name them."""
    own = replace(number, scope=facts.quality.scope)
    if all_named:
        return own
    return replace(
        own, kind=Kind.COUNT, parts=(), receipt=facts.quality.receipt("key-units", facts.quality.scope)
    )


def _known(rows: Sequence[KeyUnitRow]) -> list[FigureRow]:
    return [row.now for row in rows if row.now is not None and row.now.exact is not None]


def _may_be_summed(rows: Sequence[KeyUnitRow], open_: Collection[int]) -> bool:
    """Whether a sum, less the figures that are listed, is no single unit's."""
    left_out = [row for row in rows if row.institution not in open_]
    return not left_out or len(_known(left_out)) >= FEWEST_HIDDEN


def _row(row: KeyUnitRow) -> tuple[Cell, ...]:
    nothing: Cell = (Text(NO_YEAR),)
    per_area = NO_YEAR if row.now is None or row.now.exact is None else NO_FIGURE
    moved = nothing if row.now is None or row.then is None else (on_year(row.now, row.then),)
    return (
        (Text(row.code),), (Text(row.name),), (Text(row.supervisor),),
        _cell(row.then), _cell(row.now), moved, _cell(row.per_area, per_area),
        (Text(STATUS["missing" if row.now is None else row.now.status]),),
    )  # fmt: skip


def _cell(row: FigureRow | None, without: str = NO_YEAR) -> Cell:
    """A figure; one that is not there in the words that fit a year, of which a month may have been filed."""
    if row is None:
        return (Text(without),)
    number: Number = figure(row)
    return (number if number.value is not None else replace(number, text=without),)
