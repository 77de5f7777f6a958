"""五、分区县、分系统: the bodies directly below, by their reporting line, and the groups of regions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count as counter

from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights.bulletin import RATIO, Line
from jieyue.apps.papers.content import Block, Cell, Column, Heading, Number, Paragraph, TableBlock, Text
from jieyue.apps.papers.monthly_facts import Facts
from jieyue.apps.papers.numbers import alike, figure, joined, on_year, percent_figure, shape_of
from jieyue.apps.papers.words import STATUS
from jieyue.apps.trees.queries import NodeInfo
from jieyue.domain.period import Period

DISTRICT = "district_bureau"
_MOST_NAMES = 20


def bodies_section(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """Tables of districts, of departments and, for the city, of groups of regions; without bodies below a sentence."""
    below = {node: lines for node, lines in facts.bulletin.below.items() if _has_anything(facts, node, lines)}
    head = Heading(1, "五、分区县、分系统")
    if not below:
        return Heading(1, "五、分单位情况"), Paragraph((Text("本单位以下没有报送单位。"),))
    districts = {node: lines for node, lines in below.items() if node.kind == DISTRICT}
    others = {node: lines for node, lines in below.items() if node.kind != DISTRICT}
    blocks: list[Block] = [head, Paragraph(_below_threshold(facts, below))]
    if districts:
        blocks.append(_table(facts, next(table), "各区县（报送口径，累计）", districts))
    if others:
        blocks.append(_table(facts, next(table), "各部门系统（报送口径，累计）", others))
    if facts.groups:
        blocks.append(_groups_table(facts, next(table)))
    return tuple(blocks)


def _has_anything(facts: Facts, node: NodeInfo, lines: Sequence[Line]) -> bool:
    """Whether anything was due from a body or stands in either year."""
    due = any(one.node == node.id for one in facts.bulletin.board.lines)
    return due or any(row.exact is not None for line in lines for row in (line.now, line.then))


def _below_threshold(facts: Facts, below: Mapping[NodeInfo, Sequence[Line]]) -> Cell:
    """Who is not complete enough to be ranked, by name."""
    short = [node.name_zh for node, lines in below.items() if lines and lines[0].now.status != "final"]
    number = facts.counted(len(short), "个", "below_threshold")
    names = "、".join(short[:_MOST_NAMES]) + ("等" if len(short) > _MOST_NAMES else "")
    said = joined("累计完整率未达", facts.threshold, "的单位", number)
    return joined(said, f"，不参与排序：{names}。" if short else "。")


def _table(facts: Facts, number: int, caption: str, bodies: Mapping[NodeInfo, Sequence[Line]]) -> TableBlock:
    """Energy of the year to date: as reported, like for like, against what the types of a body use in the whole; water
    and carbon; bodies in the order of the directory, not ranked."""
    first = next(iter(bodies.values()))
    energy, *others = first
    columns = [
        Column("单位", share=5),
        Column(_SHORT[energy.indicator], shape_of(energy.now).unit, number=True, share=4),
        Column("同比", "%", number=True, share=3),
        Column("可比", "%", number=True, share=3),
        Column("与预期之比", number=True, share=3),
        *(Column(_SHORT[one.indicator], shape_of(one.now).unit, number=True, share=4) for one in others),
        Column("完整率", "%", number=True, share=3),
        Column("状态", share=2),
    ]
    rows: list[tuple[Cell, ...]] = []
    for node, (own, *more) in bodies.items():
        beside = facts.bulletin.beside[node]
        rows.append((
            (Text(node.name_zh),), (figure(own.now),), (on_year(own.now, own.then),),
            (alike(own.change, own.now, own.then),), (_ratio(beside[RATIO]),),
            *((figure(line.now),) for line in more),
            (percent_figure(beside["completeness"]),), (Text(STATUS[own.now.status]),),
        ))  # fmt: skip
    notes = (
        f"同比、可比两期都按{facts.bulletin.period.last_day}的区划和报送关系；次序同名录，不是排名。",
        "与预期之比：实际用能除以按类型结构折算的预期值，低于1即少于同类机构的平均水平。",
    )
    return TableBlock(number, caption, tuple(columns), tuple(rows), notes=notes)


def _ratio(row: FigureRow) -> Number:
    """Observed ÷ expected; without one the reason."""
    found = figure(row)
    return found if row.exact is not None else replace(found, text="不足以计算")


_SHORT = {"energy_total_tce": "能源消费", "water_total_m3": "用水", "co2_total_t": "碳排放"}


def _groups_table(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("片区", share=4),
        Column("能源消费", "吨标准煤", number=True, share=3),
        Column("上年同期", "吨标准煤", number=True, share=3),
        Column("同比", "%", number=True, share=2),
        Column("完整率", "%", number=True, share=2),
    )
    rows = []
    for node, pairs in facts.groups.items():
        now, then = pairs["energy_total_tce"]
        complete: Number = percent_figure(pairs["completeness"][0])
        rows.append(
            ((Text(node.name_zh),), (figure(now),), (figure(then),), (on_year(now, then),), (complete,))
        )
    period = Period.parse(facts.bulletin.to_date.now)
    note = f"两期都按{period.last_day}的区划，地域口径，含市级单位。"
    return TableBlock(number, "一区两群（地域口径，累计）", columns, tuple(rows), notes=(note,))
