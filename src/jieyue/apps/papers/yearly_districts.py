"""七、区县情况: one page a district: three sentences, six numbers, its place, twelve months, quality."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import count as counter

from jieyue.apps.papers.content import (
    Block,
    Cell,
    Column,
    Heading,
    PageBreak,
    Paragraph,
    Strip,
    TableBlock,
    Text,
)
from jieyue.apps.papers.evaluation_tasks import ordinal
from jieyue.apps.papers.numbers import (
    Shape,
    alike,
    change_said,
    derived,
    figure,
    joined,
    on_year,
    percent_figure,
    shape_of,
)
from jieyue.apps.papers.words import STATUS, indicator_zh
from jieyue.apps.papers.yearly_facts import ENERGY, PER_AREA, RATIO, SIX, Facts, rank_number, scope_of
from jieyue.apps.trees.queries import NodeInfo

#: From this many tonnes on a month is printed without decimals.
_WHOLE = 100
_AREA, _PERSONS = Shape("万平方米", 10_000, 2), Shape("万人", 10_000, 2)


def bodies_table(facts: Facts, number: int, caption: str, nodes: Sequence[NodeInfo]) -> TableBlock:
    """Bodies below in the order of the directory: energy of both years, changes, intensity, ratio, completeness."""
    columns = (
        Column("单位", share=5),
        Column(f"{facts.then.year}年", "吨标准煤", number=True, share=4),
        Column(f"{facts.year.year}年", "吨标准煤", number=True, share=4),
        Column("同比", "%", number=True, share=3), Column("可比", "%", number=True, share=3),
        Column("单位面积能耗", "千克标准煤/平方米", number=True, share=4),
        Column("与预期之比", number=True, share=3), Column("完整率", "%", number=True, share=3),
        Column("状态", share=2),
    )  # fmt: skip
    rows = []
    for node in nodes:
        now, then = facts.row(node, ENERGY), facts.row(node, ENERGY, facts.then)
        rows.append((
            (Text(node.name_zh),), (figure(then),), (figure(now),), (on_year(now, then),),
            (alike(facts.change_of(node), now, then),), (figure(facts.row(node, PER_AREA)),),
            (figure(facts.row(node, RATIO)),), (percent_figure(facts.row(node, "completeness")),),
            (Text(STATUS[now.status]),),
        ))  # fmt: skip
    notes = (
        f"两年都按{facts.year.last_day}的区划和报送关系；次序同名录，不是排名。",
        "与预期之比：实际用能除以按类型结构折算的预期值，低于1为好于全市同类。",
    )
    return TableBlock(number, caption, columns, tuple(rows), notes=notes)


def district_pages(facts: Facts, nodes: Sequence[NodeInfo], table: "counter[int]") -> tuple[Block, ...]:
    """A page for each."""
    found: list[Block] = []
    for place, node in enumerate(nodes, 1):
        found += [PageBreak(), Heading(2, f"（{ordinal(place)}）{node.name_zh}"), *_sentences(facts, node)]
        found += [_six(facts, node, next(table)), _place(facts, node), *_months(facts, node, table)]
        found += [Paragraph(_quality(facts, node))]
    return (*found, PageBreak()) if found else ()


def _sentences(facts: Facts, node: NodeInfo) -> tuple[Block, ...]:
    """Three sentences; where nothing or not all was reported they take another form."""
    year, now, then = facts.year.year, facts.row(node, ENERGY), facts.row(node, ENERGY, facts.then)
    size = joined(
        f"{node.name_zh}：管理机构", figure(facts.row(node, "institutions"), Shape("个", 1, 0)), "，建筑面积",
        figure(facts.row(node, "floor_area_m2"), _AREA), "，用能人数",
        figure(facts.row(node, "persons"), _PERSONS), "。",
    )  # fmt: skip
    like = change_said("", alike(facts.change_of(node), now, then))
    if now.status == "missing":
        use = joined(f"{year}年没有报来能源消费数，不列消费和强度。")
    elif now.status == "provisional":
        use = joined(
            f"{year}年有机构未报，能源消费暂按已审数", figure(now), "列示，不计算同比；可比口径", like, "。",
        )  # fmt: skip
    else:
        changed = change_said("同比", on_year(now, then))
        use = joined(f"{year}年能源消费", figure(now), "，", changed, "，可比口径", like, "。")
    told = [Paragraph(size), Paragraph(use)]
    if now.status != "missing":
        told.append(Paragraph(joined(
            "单位建筑面积能耗", figure(facts.row(node, PER_AREA)), "，为按类型结构折算的预期值的",
            figure(facts.row(node, RATIO), Shape("倍", 1, 3)), "；报表完整率",
            percent_figure(facts.row(node, "completeness")), "。",
        )))  # fmt: skip
    if facts.has_moved(node):
        words = f"{year}年区划或报送关系有变，以上按现行区划追溯，与原区划公布数的差异见附件3。"
        told.append(Paragraph((Text(words),)))
    return tuple(told)


def _six(facts: Facts, node: NodeInfo, number: int) -> TableBlock:
    columns = (
        Column("指标", share=5), Column("单位", share=5), Column(f"{facts.then.year}年", number=True, share=4),
        Column(f"{facts.year.year}年", number=True, share=4), Column("同比", "%", number=True, share=3),
    )  # fmt: skip
    rows = []
    for code in SIX:
        now, then = facts.row(node, code), facts.row(node, code, facts.then)
        rows.append((
            (Text(indicator_zh(code)),), (Text(shape_of(now).unit),), (figure(then),), (figure(now),),
            (on_year(now, then),),
        ))  # fmt: skip
    return TableBlock(number, f"{node.name_zh}主要指标", columns, tuple(rows))


def _place(facts: Facts, node: NodeInfo) -> Block:
    """Where the district stands among all by observed ÷ expected."""
    own, rank = facts.row(node, RATIO), facts.ranks.get(scope_of(node))
    caption = "与预期之比在各区县中的位置"
    if own.exact is None or rank is None:
        return Strip(caption, None, (), (Text("没有可比的数，不列位置。"),))
    final = [one for one in facts.districts if facts.row(one, RATIO).status == "final"]
    others = [facts.row(one, RATIO).exact for one in final if one != node]
    known = tuple(value for value in others if value is not None)
    words = joined("本区县", figure(own, Shape("倍", 1, 3)))
    if rank.value is None:
        return Strip(
            caption,
            own.exact,
            known,
            joined(words, "，", rank_number(rank), "（完整率不足或同级不足五个）。"),
        )
    total = derived("n(ranked)", Fraction(rank.of), "个", 0, [own])
    words = joined(words, "，由低到高第", rank_number(rank), "位，共", total, "参与排序；线上竖线为中位数。")
    return Strip(caption, own.exact, known, words)


def _months(facts: Facts, node: NodeInfo, table: "counter[int]") -> tuple[Block, ...]:
    """The twelve months; a sentence where no month was reported."""
    rows = [facts.row(node, ENERGY, month) for month in facts.year.months()]
    known = [row.exact for row in rows if row.exact is not None]
    if not known:
        return (Paragraph((Text("没有按月的报表，不列各月。"),)),)
    columns = tuple(Column(f"{month}月", number=True) for month in range(1, 13))
    shape = Shape("吨标准煤", 1, 0 if max(known) >= _WHOLE else 2)
    lines = (tuple((figure(row, shape),) for row in rows),)
    caption = f"{facts.year.year}年各月能源消费（吨标准煤）"
    return (TableBlock(next(table), caption, columns, lines, dense=True),)


def _quality(facts: Facts, node: NodeInfo) -> Cell:
    quality = facts.quality
    line = next((one for one in quality.lines if one.node == node.id and not one.own), None)
    if line is None:
        return joined("报送质量：系统内没有报送义务的开期记录。")
    scope = scope_of(node)
    return joined(
        "报送质量：应报", quality.counted(line.counts.due, "份", "due", scope=scope), "，已审",
        quality.counted(line.counts.approved, "份", "approved", scope=scope), "，审核中退回过",
        quality.counted(quality.inside(quality.sent_back, line), "份", "sent_back", "send-backs", scope),
        "，公布后更正",
        quality.counted(quality.inside(quality.mended_of, line), "份", "corrected", "corrections", scope), "。",
    )  # fmt: skip
