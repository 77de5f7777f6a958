"""The annexes of an evaluation: figures, meanings, quality, who has not reported, regions, text check, sample data.

The figures' own annex, the first, is filled when the paper is written (`figures_annex`).
"""

from collections.abc import Sequence
from itertools import count as counter

from jieyue.apps.accounts.queries import ScopeInfo, scopes
from jieyue.apps.papers.content import Annex, Block, Cell, Column, Paragraph, TableBlock, Text
from jieyue.apps.papers.evaluation_facts import CITY, Facts
from jieyue.apps.papers.figures_annex import TITLE
from jieyue.apps.papers.named import LEFT_OUT, named, nobody_named
from jieyue.apps.papers.numbers import Shape, count, figure, joined, percent_figure
from jieyue.apps.papers.words import unit_zh
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import labels_of
from jieyue.domain.period import Period

#: A list longer than this is cut, and the rest is counted.
MOST = 300
_BASES = {"standard_coal": "标准煤", "physical": "实物量", "co2": "碳排放", "money": "金额"}
_BOUNDARIES = {"building": "建筑用能，不含车辆用油", "all": "含车辆用油", "vehicle": "车辆用能", "none": "—"}
_SHAPES = {"sum": "各机构之和", "ratio": "两项都有的机构之和相除"}
_SEVERITY = {"error": "错误", "warning": "不一致", "note": "说明"}


def annexes(facts: Facts, table: "counter[int]") -> tuple[Annex, ...]:
    """数据出处, 指标解释, 数据质量, 未报机构, 区划对照, 规划文本核对, 样例数据声明."""
    found = [
        Annex(TITLE, (), figures=next(table)),
        Annex("指标解释", (_meanings(facts, next(table)),)),
        Annex("数据质量", (_quality(facts, next(table)),)),
        Annex("未报机构", _silent(facts, table)),
        Annex("区划对照", _regions(facts, table)),
        Annex("规划文本核对", (_check(facts, next(table)),)),
    ]
    if facts.synthetic:
        words = (
            "本报告所用机构、报表、任务完成情况均为合成的样例数据，不代表任何真实机构，不得用于考核。"
            "规划文本为公开文件原文。"
        )
        found.append(Annex("样例数据声明", (Paragraph((Text(words),)),)))
    return tuple(found)


def _meanings(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("指标", share=4), Column("单位", share=4), Column("算法", share=5), Column("能源边界", share=4),
        Column("计量", share=3),
    )  # fmt: skip
    rows = []
    for indicator in facts.plan.indicators:
        known = home_catalog().indicator(indicator.code)
        boundary = "—" if known.basis == "physical" else _BOUNDARIES[known.boundary]
        words = (
            indicator.name_zh, unit_zh(indicator.unit), _SHAPES[known.shape], boundary,
            _BASES[known.basis],
        )  # fmt: skip
        rows.append(tuple((Text(one),) for one in words))
    note = "强度的分母按在册天数加权。"
    return TableBlock(number, "指标的含义", columns, tuple(rows), notes=(note,))


def _quality(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("年份", share=2), Column("机构", "个", number=True, share=3),
        Column("完整率", "%", number=True, share=3),
        *(Column(name, "%", number=True, share=3) for name in ("表计", "账单", "手填", "推算")),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for year, found in facts.years.items():
        shares: list[Cell] = [
            (figure(found[f"evidence_share_{code}"], Shape("%", 1, 2)),)
            for code in ("metered", "billed", "typed", "estimated")
        ]
        rows.append((
            (Text(f"{year}年"),), (figure(found["institutions"], Shape("个", 1, 0)),),
            (percent_figure(found["completeness"]),), *shares,
        ))  # fmt: skip
    return TableBlock(
        number, "各年完整率与数据来源", columns, tuple(rows), notes=("来源为各类数占能源消费的比重。",)
    )


def _silent(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """Who owes the year and has not reported, by the total of energy."""
    change = facts.changes.get("energy_total_tce")
    return silent_blocks(() if change is None else change.owing, CITY, str(facts.year), facts.sequence, table)


def silent_blocks(
    owing: Sequence[int], scope: str, period: str, sequence: int, table: "counter[int]"
) -> tuple[Block, ...]:
    """Institutions by name; what is more than the list holds is counted."""
    if not owing:
        return (Paragraph((Text("应报机构都已报，没有未报的机构。"),)),)
    open_ = named(owing)
    told = [one for one in owing if one in open_]
    if not told:
        return nobody_named()
    labels = labels_of(set(told[:MOST]))
    rows = tuple(((Text(labels[one][0]),), (Text(labels[one][1]),)) for one in told[:MOST] if one in labels)
    columns = (Column("机构代码", share=3), Column("机构名称", share=8))
    rest: tuple[Block, ...] = ()
    if len(told) > MOST:
        receipt = f"due/{period}@{sequence}"
        more = count(len(told) - MOST, "家", "silent.rest", scope, period, receipt)
        rest = (Paragraph(joined("其余", more, "见系统内的名单。")),)
    notes = (LEFT_OUT,) if len(told) < len(owing) else ()
    return TableBlock(next(table), "应报未报的机构", columns, rows, notes=notes, dense=True), *rest


def _regions(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """Regions of the base year's end beside those of today: what is in one list alone."""
    days = [Period.of_year(year).last_day.isoformat() for year in (facts.plan.base_year, facts.year)]
    then, now = ({one.code: one for one in _districts(facts, day)} for day in days)
    gone = [one for code, one in then.items() if code not in now]
    new = [one for code, one in now.items() if code not in then]
    if not gone and not new:
        return (Paragraph((Text(f"{days[0]} 与 {days[1]} 的区划相同。"),)),)
    columns = (Column("区划代码", share=3), Column("名称", share=5), Column("变化", share=5))
    rows = [((Text(one.code),), (Text(one.name_zh),), (Text(f"{days[1]} 已不存在"),)) for one in gone]
    rows += [((Text(one.code),), (Text(one.name_zh),), (Text(f"{days[0]} 以后新设"),)) for one in new]
    notes = (f"基期末 {len(then)} 个，期末 {len(now)} 个；分区县表两年都按 {days[1]} 的区划计算。",)
    return (TableBlock(next(table), "区划变化", columns, tuple(rows), notes=notes),)


def _districts(facts: Facts, day: str) -> list[ScopeInfo]:
    found = scopes(str(facts.year), "area", boundaries=day)
    return [one for one in found if one.kind in ("district", "county", "zone")]


def _check(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("编号", share=2),
        Column("条款", share=2),
        Column("级别", share=2),
        Column("说明", share=14),
    )
    clauses = {statement.id: statement.clause for statement in facts.plan.statements}
    rows = tuple(
        (
            (Text(one.check),),
            (Text(f"§{clauses.get(one.check, '')}"),),
            (Text(_SEVERITY[one.finding.severity]),),
            (Text(one.finding.message_zh),),
        )
        for one in facts.findings
    )
    return TableBlock(number, "用规划自己的数重算其所载各数", columns, rows, dense=True)
