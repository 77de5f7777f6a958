"""九、重点用能单位 of a yearly bulletin: who is one on the year's last day, and what each has used in both years."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as counter
from typing import TYPE_CHECKING

from jieyue.apps.accounts.queries import FigureRow, institutions_of
from jieyue.apps.holdings.key_units import units_on
from jieyue.apps.papers.content import Blank, Block, Cell, Column, Heading, Paragraph, TableBlock, Text
from jieyue.apps.papers.named import LEFT_OUT, named
from jieyue.apps.papers.numbers import derived, figure, joined, large_shape, on_year
from jieyue.apps.papers.words import STATUS
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.trees.queries import Tree, memberships
from jieyue.domain.period import Period

if TYPE_CHECKING:
    from jieyue.apps.papers.yearly_facts import Facts

ENERGY, PER_AREA = "energy_total_tce", "energy_per_area_kgce_m2"


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
    lines = [Paragraph(_said(facts, rows))]
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


def _said(facts: "Facts", rows: Sequence[KeyUnitRow]) -> Cell:
    words = joined(
        f"{facts.year.year}年末名录库标明的重点用能单位",
        facts.quality.counted(len(rows), "家", "key_units", "key-units"),
    )
    known = [row.now for row in rows if row.now is not None and row.now.exact is not None]
    if not known:
        return joined(words, f"，{facts.year.year}年都没有报来能源消费数。")
    total = sum((row.exact or Fraction(0) for row in known), Fraction(0))
    shape = large_shape(known[0])
    words = joined(
        words, f"，{facts.year.year}年能源消费合计",
        derived(f"sum.key_units({ENERGY})", total / shape.divisor, shape.unit, shape.decimals, known),
    )  # fmt: skip
    if len(known) < len(rows):
        lost = len(rows) - len(known)
        words = joined(
            words,
            "，另有",
            facts.quality.counted(lost, "家", "key_units.missing", "key-units"),
            "未报，没有计入",
        )
    whole = facts.own[ENERGY, str(facts.year)]
    if whole.exact and len(known) == len(rows):
        share = derived(f"share.key_units({ENERGY})", total / whole.exact * 100, "%", 1, (*known, whole))
        words = joined(words, f"，占{facts.quality.whole_name}公共机构的", share)
    return joined(words, "。")


def _row(row: KeyUnitRow) -> tuple[Cell, ...]:
    nothing: Cell = (Text("未报"),)
    moved = nothing if row.now is None or row.then is None else (on_year(row.now, row.then),)
    return (
        (Text(row.code),), (Text(row.name),), (Text(row.supervisor),),
        nothing if row.then is None else (figure(row.then),), nothing if row.now is None else (figure(row.now),),
        moved, nothing if row.per_area is None else (figure(row.per_area),),
        (Text(STATUS["missing" if row.now is None else row.now.status]),),
    )  # fmt: skip
