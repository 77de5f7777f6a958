"""The yearly bulletin 年度通报 of the authority or of a body below it, with a page for each district."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count as counter

from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.papers.brief import ATTRIBUTES, conclusion, verdict_zh
from jieyue.apps.papers.circular import checked_cell
from jieyue.apps.papers.content import (
    Annex,
    Blank,
    Block,
    Cell,
    Column,
    Heading,
    Number,
    Paper,
    Paragraph,
    TableBlock,
    Text,
)
from jieyue.apps.papers.evaluation_annexes import silent_blocks
from jieyue.apps.papers.evaluation_facts import Facts as PlanFacts
from jieyue.apps.papers.evaluation_regions import NEW, causes_blocks
from jieyue.apps.papers.figures_annex import TITLE
from jieyue.apps.papers.monthly import pairs_table
from jieyue.apps.papers.numbers import (
    Shape,
    alike,
    change_said,
    derived,
    figure,
    joined,
    large_shape,
    on_year,
    percent_figure,
    points,
    points_said,
    shape_of,
)
from jieyue.apps.papers.words import STATUS, foot_zh, indicator_zh, printed
from jieyue.apps.papers.yearly_districts import bodies_table, district_pages
from jieyue.apps.papers.yearly_facts import ENERGY, SIX, Facts, Moved
from jieyue.apps.papers.yearly_key_units import key_units_section
from jieyue.apps.targets.standing import Standing
from jieyue.catalog.plan import PlanIndicator
from jieyue.domain.plan_verdict import lower_is_better

CODE = "yearly-bulletin"


def yearly_bulletin(facts: Facts) -> Paper:
    """The paper of one body and one year."""
    table = counter(1)
    blocks = (
        *_filing(facts),
        *_use(facts, table),
        *_targets(facts, table),
        *_causes(facts, table),
        *_structure(facts, table),
        *_types(facts, table),
        *_districts(facts, table),
        *_others(facts, table),
        *key_units_section(facts, table),
        Heading(1, "十、存在问题与要求"),
        Paragraph((Blank("存在问题与要求，由起草人填写"),)),
    )
    quality = facts.quality
    return Paper(
        code=CODE,
        title=f"关于{facts.year.year}年{quality.whole_name}公共机构\n能源资源消费情况的年度通报",
        scope=quality.scope,
        scope_name=quality.body_name,
        period=str(facts.year),
        sequence=facts.sequence,
        blocks=blocks,
        annexes=_annexes(facts, table),
        foot=foot_zh(quality.scope_words, facts.year, facts.sequence),
        synthetic=quality.synthetic,
        provisional=facts.provisional,
    )


def _filing(facts: Facts) -> tuple[Block, ...]:
    """一: who has filed, what was checked, what was corrected."""
    quality, whole = facts.quality, facts.quality.whole
    head = Heading(1, "一、报送与数据质量")
    told: list[Cell] = []
    if quality.lines:
        told.append(joined(
            f"{facts.year.year}年{quality.whole_name}应报", quality.counted(whole.due, "份", "due"), "，已报",
            quality.counted(whole.collected, "份", "collected"), "，已审",
            quality.counted(whole.approved, "份", "approved"),
            "，未报", quality.counted(whole.missing, "份", "missing"), "。",
        ))  # fmt: skip
    else:
        told.append(joined("系统内没有报送义务的开期记录，以下各数按已公布的报表列示。"))
    told.append(
        joined(
            "报表完整率", percent_figure(quality.completeness), "，达到", quality.threshold, "的数为终值。"
        )
    )
    told.append(checked_cell(quality))
    mended = sum(quality.mended_of.values())
    told.append(joined(
        "公布后更正的报表", quality.counted(mended, "份", "corrected", "corrections"), "，涉及",
        quality.counted(len(quality.mended), "项", "corrected.items", "corrections"), "。",
    ))  # fmt: skip
    return head, *(Paragraph(one) for one in told)


def _use(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """二: the year beside the one before; with the plan its base and target."""
    now, then = (facts.own[ENERGY, str(each)] for each in (facts.year, facts.then))
    shape = large_shape(now)
    lead = f"{facts.year.year}年，{facts.quality.whole_name}公共机构能源消费总量"
    like = change_said("", alike(facts.changes.get(ENERGY), now, then))
    if now.status == "missing":
        words = joined(f"{facts.year.year}年没有报来能源消费数，不列消费和强度。")
    elif now.status == "provisional":
        words = joined(lead, "暂按已审数", figure(now, shape), "列示，不计算同比；可比口径", like, "。")
    else:
        words = joined(
            lead, figure(now, shape), "，", change_said("同比", on_year(now, then)), "，可比口径", like, "。"
        )
    if facts.own_moved:
        words = joined(words, "按现行区划追溯，与原区划公布数的差异见附件3。")
    if facts.plan is not None:
        return Heading(1, "二、年度消费情况"), Paragraph(words), _plan_table(facts, facts.plan, next(table))
    return Heading(1, "二、年度消费情况"), Paragraph(words), _own_table(facts, next(table))


def _plan_table(facts: Facts, plan: PlanFacts, number: int) -> TableBlock:
    columns = (
        Column("指标", share=5), Column("单位", share=4), Column("基期", number=True, share=3),
        Column(f"{facts.then.year}年", number=True, share=3), Column(f"{facts.year.year}年", number=True, share=3),
        Column("同比", "%", number=True, share=2), Column("目标", number=True, share=3), Column("状态", share=2),
    )  # fmt: skip
    rows = []
    for one in plan.plan.indicators:
        now, then = plan.now[one.code], plan.years[plan.year - 1][one.code]
        rows.append((
            (Text(one.name_zh),), (Text(plan.unit(one)),), (plan.base(one),), (plan.number(one, plan.year - 1),),
            (plan.number(one, plan.year),), (on_year(now, then),), (plan.target(one),),
            (Text(STATUS[now.status]),),
        ))  # fmt: skip
    own = plan.plan
    note = f"基期、目标为规划所印（{own.base_year}年、{own.target_year}年）；两年为系统按规划口径所算。"
    return TableBlock(number, "主要指标", columns, tuple(rows), notes=(note,))


def _own_table(facts: Facts, number: int) -> TableBlock:
    """The six numbers of a body that has no plan of its own."""
    columns = (
        Column("指标", share=5), Column("单位", share=4), Column(f"{facts.then.year}年", number=True, share=3),
        Column(f"{facts.year.year}年", number=True, share=3), Column("同比", "%", number=True, share=2),
        Column("状态", share=2),
    )  # fmt: skip
    rows = []
    for code in SIX:
        now, then = (facts.own[code, str(each)] for each in (facts.year, facts.then))
        rows.append((
            (Text(indicator_zh(code)),), (Text(shape_of(now).unit),), (figure(then),), (figure(now),),
            (on_year(now, then),), (Text(STATUS[now.status]),),
        ))  # fmt: skip
    return TableBlock(number, "主要指标", columns, tuple(rows))


def _targets(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """三: two verdicts of each indicator: the year's own step, and the whole way so far."""
    head, plan = Heading(1, "三、目标完成"), facts.plan
    if plan is None:
        words = "规划目标按全市考核" if not facts.is_city else f"{facts.year.year}年不在规划期内"
        return head, Paragraph((Text(f"{words}，本级不列目标结论。"),))
    found: list[Block] = [head, Paragraph(conclusion(plan))]
    for binding, title in (
        (True, "（一）约束性指标"),
        (False, "（二）预期性指标"),
        (None, "（三）未载明属性的指标"),
    ):
        own = [one for one in plan.plan.indicators if one.binding is binding]
        if own:
            found += [Heading(2, title), _steps_table(plan, next(table), own, ATTRIBUTES[binding])]
    return tuple(found)


def _steps_table(plan: PlanFacts, number: int, own: list[PlanIndicator], kind: str) -> TableBlock:
    columns = (
        Column("指标", share=5), Column("当年变化", number=True, share=3), Column("年均要求", number=True, share=3),
        Column("当年结论", share=3), Column("累计进度", "%", number=True, share=3),
        Column("时间进度", "%", number=True, share=3), Column("累计结论", share=3),
    )  # fmt: skip
    rows = tuple(_steps(plan, one, plan.standings[one.code]) for one in own)
    note = (
        "当年变化与年均要求均为该指标单位；年均要求＝（目标－基期）÷规划年数；累计进度＝（实际－基期）÷（目标－基期），"
        "目标高于基期的为已用增量。累计结论与路径值相比。"
    )
    return TableBlock(number, f"{kind}指标当年与累计", columns, rows, notes=(note,))


def _steps(plan: PlanFacts, one: PlanIndicator, row: Standing) -> tuple[Cell, ...]:
    now, before = plan.now[one.code], plan.years[plan.year - 1][one.code]
    base, target, years = one.base_value, one.target_value, plan.plan.target_year - plan.plan.base_year
    moved = None if now.exact is None or before.exact is None else (now.exact - before.exact) / one.scale
    asked = None if base is None or target is None else (target - base) / years / one.scale
    gone = None
    if now.exact is not None and base is not None and target is not None and target != base:
        gone = (now.exact - base) / (target - base) * 100
    passed = Fraction(plan.year - plan.plan.base_year, years) * 100
    said = "不足以判断"
    if moved is not None and asked is not None and "provisional" not in (now.status, before.status):
        said = "达到" if _reached(one, moved, asked) else "未达到"
    parts = (now.receipt, before.receipt)
    return (
        (Text(one.name_zh),),
        (plan.from_figures(f"step({one.code})", moved, "", _signed(moved), parts, "无可比基数"),),
        (plan.sure(f"step_asked({one.code})", asked, "", _signed(asked), (row.receipt,))
         if asked is not None else Text("未载"),),
        (Text(said),),
        (derived(f"progress({one.code})", gone, "%", 1, (now,), "不足以计算"),),
        (plan.sure("time", passed, "%", printed(passed, 1), (row.receipt,)),),
        (Text(verdict_zh(plan, row)),),
    )  # fmt: skip


def _reached(one: PlanIndicator, moved: Fraction, asked: Fraction) -> bool:
    """Whether a year's step is what an average year asks: a fall at least as deep, a rise within a cap."""
    return moved <= asked if lower_is_better(one) else moved >= asked


def _signed(value: Fraction | None) -> str:
    if value is None:
        return ""
    text = printed(value, 3)
    return text if value <= 0 else f"+{text}"


def _causes(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """四: the bridge between the two years."""
    head = Heading(1, "四、变化原因")
    if not facts.changes:
        words = f"{facts.then.year}年或{facts.year.year}年没有总量，不能分解。"
        return head, Paragraph((Text(words),))
    note = "未报不算节约，补报不算增长；各项相加正好等于变化。"
    old = facts.own_old if facts.own_moved else None
    return head, *causes_blocks(facts.changes, (facts.then.year, facts.year.year), next(table), note, old)


def _structure(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """五: carriers and prices."""
    head = Heading(1, "五、结构、费用")
    if not facts.shares:
        return head, Paragraph((Text("各品种没有报来的数，不足以计算结构。"),))
    found: list[Block] = [head]
    power = next((pair for pair in facts.shares if pair[0].indicator == "energy_share_electricity"), None)
    if power is not None and power[0].exact is not None:
        said = points_said(points(*power))
        found.append(
            Paragraph(joined("电力占能源消费的", figure(power[0], Shape("%", 1, 1)), "，较上年", said, "。"))
        )
    cost, before = (facts.own["energy_cost_yuan", str(each)] for each in (facts.year, facts.then))
    changed: Cell = ()
    if cost.exact is not None:
        changed = joined("，", change_said("同比", on_year(cost, before)))
    found.append(Paragraph(joined("能源费用", figure(cost, large_shape(cost)), changed, "。")))
    found.append(pairs_table(next(table), "能源消费的品种结构", facts.shares, "占比", in_points=True))
    if facts.prices:
        found.append(
            pairs_table(
                next(table), "各品种平均单价", facts.prices, "单价", in_points=False, shares=facts.shares
            )
        )
    return tuple(found)


def _types(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """六: quantiles of each type with how many they are of."""
    head = Heading(1, "六、分类型分位")
    if not facts.is_city:
        return head, Paragraph((Text("分位按全市同类统计，见全市通报。"),))
    if not facts.types:
        return head, Paragraph((Text("没有机构同时报来建筑用能和面积，不足以统计分位。"),))
    columns = (
        Column("类型", share=5), Column("样本数", "个", number=True, share=3), Column("平均", number=True, share=3),
        Column("P20", number=True, share=3), Column("P50", number=True, share=3), Column("P80", number=True, share=3),
    )  # fmt: skip
    rows = []
    for one in facts.types:
        cells: list[Cell] = [
            (Text(one.name_zh),),
            (derived(f"n({one.figure.scope})", Fraction(one.n), "个", 0, [one.figure]),),
        ]
        cells.append((figure(one.figure),))
        for share in (20, 50, 80):
            value = one.quantiles.get(share)
            cells.append(
                (derived(f"p{share}({one.figure.indicator})", value, "", 2, [one.figure], "不足十个"),)
            )
        rows.append(tuple(cells))
    notes = ("单位建筑面积能耗，千克标准煤/平方米；本系统同类分位，非定额。样本不足十个的不列分位。",)
    return head, TableBlock(
        next(table), "各类型机构单位建筑面积能耗的分位", columns, tuple(rows), notes=notes
    )


def _districts(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """七: the table of all, then a page for each."""
    head = Heading(1, "七、区县情况" if facts.is_city else "七、下级单位情况")
    nodes = facts.districts if facts.is_city else list(facts.below)
    if not nodes:
        return head, Paragraph((Text("本单位以下没有报送单位。"),))
    caption = "各区县（报送口径）" if facts.is_city else "下级单位（报送口径）"
    block = bodies_table(facts, next(table), caption, nodes)
    return head, block, *(district_pages(facts, nodes, table) if facts.is_city else ())


def _others(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """八: departments."""
    head = Heading(1, "八、部门系统")
    if not facts.is_city:
        return head, Paragraph((Text("见第七部分。"),))
    if not facts.others:
        return head, Paragraph((Text("没有部门系统的报送单位。"),))
    return head, bodies_table(facts, next(table), "各部门系统（报送口径）", facts.others)


def _annexes(facts: Facts, table: "counter[int]") -> tuple[Annex, ...]:
    """名单, 数据出处, 区划对照."""
    change = facts.changes.get(ENERGY)
    owing = () if change is None else change.owing
    scope = facts.quality.scope
    names: tuple[Block, ...]
    if change is None:
        names = (Paragraph((Text("没有可比的上年，未报机构见报送进度。"),)),)
    else:
        names = silent_blocks(owing, scope, str(facts.year), facts.sequence, table)
    figures = Annex(TITLE, (), figures=next(table))
    return Annex("未报机构名单", names), figures, Annex("区划对照", _boundaries(facts, table))


def _boundaries(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """The year before as it was published on its own boundaries, beside what stands on those of today."""
    rows = [_boundary_row(one) for one in facts.moved]
    own = (facts.own_old[ENERGY], facts.own[ENERGY, str(facts.then)])
    if facts.is_city:
        rows += [_boundary_sum(facts.moved)] if rows else []
    elif own[0].exact != own[1].exact:
        rows.insert(0, _boundary_cells(facts.quality.whole_name, figure(own[0]), figure(own[1]), own))
    if not rows:
        return (Paragraph((Text("上年按原区划与按现行区划的数相同。"),)),)
    columns = (
        Column("单位", share=5),
        Column(f"{facts.then.year}年（原区划）", "吨标准煤", number=True, share=4),
        Column(f"{facts.then.year}年（现行区划）", "吨标准煤", number=True, share=4),
        Column("差", "吨标准煤", number=True, share=4),
    )
    words = f"本通报的比较按{facts.year.last_day}的区划和报送关系追溯；上年原区划公布数与追溯数如下。"
    block = TableBlock(next(table), "上年能源消费按两种区划", columns, tuple(rows))
    return Paragraph((Text(words),)), block


def _boundary_row(one: Moved) -> tuple[Cell, ...]:
    old, now = figure(one.old), figure(one.now)
    return _boundary_cells(
        one.node.name_zh,
        replace(old, text=NEW) if one.set_up and old.value is None else old,
        replace(now, text="撤销") if one.dissolved and now.value is None else now,
        (one.old, one.now),
    )


def _boundary_sum(moved: Sequence[Moved]) -> tuple[Cell, ...]:
    """All of the table: what one has lost another has got."""
    olds, nows = [one.old for one in moved], [one.now for one in moved]
    old, now = (_sum_of(code, rows) for code, rows in (("moved.old", olds), ("moved.now", nows)))
    return _boundary_cells("合计", old, now, (*olds, *nows))


def _sum_of(code: str, rows: Sequence[FigureRow]) -> Number:
    known = [row for row in rows if row.exact is not None]
    total = sum((row.exact or Fraction(0) for row in known), Fraction(0))
    return derived(f"{code}({ENERGY})", total, "吨标准煤", 2, known or rows)


def _boundary_cells(name: str, old: Number, now: Number, rows: Sequence[FigureRow]) -> tuple[Cell, ...]:
    """A body that was set up has got all that it has, one that was dissolved has lost it."""
    gap = (now.value or Fraction(0)) - (old.value or Fraction(0))
    return (Text(name),), (old,), (now,), (derived(f"moved({ENERGY})", gap, "吨标准煤", 2, rows),)
