"""The monthly bulletin 月度通报 as a paper: its sections, sentences and tables, each number bound.

The numbers are those of `insights.bulletin`; what is asked for besides stands in `monthly_facts`.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count as counter

from jieyue.apps.insights.bulletin import Line
from jieyue.apps.papers.content import (
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
from jieyue.apps.papers.monthly_bodies import bodies_section
from jieyue.apps.papers.monthly_facts import Facts, Pair
from jieyue.apps.papers.monthly_problems import annexes, problems_section
from jieyue.apps.papers.numbers import (
    NOT_USED,
    Shape,
    alike,
    change_said,
    count,
    derived,
    figure,
    joined,
    not_quite,
    on_year,
    percent_figure,
    points,
    points_said,
    shape_of,
)
from jieyue.apps.papers.words import foot_zh, indicator_zh, period_zh

CODE = "monthly-bulletin"
#: The lines that have a sentence of their own.
SAID = ("energy_total_tce", "water_total_m3", "co2_total_t", "energy_cost_yuan")


def monthly_bulletin(facts: Facts) -> Paper:
    """The paper of one body and one month."""
    found = facts.bulletin
    table = counter(1)
    blocks = (
        *_filing(facts, next(table)),
        *_overall(facts, next(table)),
        *_on_time(facts),
        *_structure(facts, (next(table), next(table))),
        *bodies_section(facts, table),
        *problems_section(facts),
        Heading(1, "七、下月工作"),
        Paragraph((Blank("下月工作安排，由起草人填写"),)),
    )
    return Paper(
        code=CODE,
        title=f"关于{period_zh(str(found.period))}{facts.whole_name}公共机构\n能源资源消费情况的通报",
        scope=found.scope,
        scope_name=facts.body_name,
        period=str(found.period),
        sequence=facts.sequence,
        blocks=blocks,
        annexes=annexes(facts, table),
        foot=foot_zh(facts.scope_words, found.period, facts.sequence),
        synthetic=facts.synthetic,
        provisional=found.is_provisional,
    )


def _filing(facts: Facts, number: int) -> tuple[Block, ...]:
    """一: who has filed, first, since all else depends on it."""
    head = Heading(1, "一、报送情况")
    board = facts.bulletin.board
    if board.whole is None:
        return head, Paragraph((Text("本月报送没有开期记录，以下各数按已公布的报表列示。"),))
    said = facts.counted
    whole = board.whole
    sentence = joined(
        f"{period_zh(str(facts.bulletin.period))}，{facts.whole_name}应报",
        said(whole.due, "家", "due"),
        "（涵盖公共机构",
        figure(facts.institutions, Shape("个", 1, 0)),
        *_inside_others(facts),
        "），已报",
        said(whole.collected, "家", "collected"),
        "，其中按时",
        said(whole.collected - whole.collected_late, "家", "on_time"),
        "、逾期报来",
        said(whole.collected_late, "家", "late"),
        "；退回待改",
        said(whole.returned, "家", "returned"),
        "，未报",
        said(whole.missing, "家", "missing"),
        "，其中已过期限",
        said(whole.overdue, "家", "overdue"),
        "。审核通过率",
        percent_figure(facts.completeness),
        _weighted(facts),
        "。",
    )
    below = () if not facts.bulletin.is_provisional else (
        Paragraph(joined("完整率低于", facts.threshold, "，以下标明初步的数尚非终值。")),
    )  # fmt: skip
    return head, Paragraph(sentence), *below, _filing_table(facts, number)


def _inside_others(facts: Facts) -> tuple[Cell, ...]:
    """How many of them another one reports for."""
    number = count(
        facts.members, "个", "members", facts.bulletin.scope, str(facts.bulletin.period), facts.units_receipt
    )
    return (joined("，其中代报机构", number),)


def _weighted(facts: Facts) -> Cell:
    line = facts.bulletin.month.lines[0]
    if line.change is None or line.change.weighted is None:
        return ()
    value = line.change.weighted * 100
    number = derived("completeness.weighted", value, "%", 1, line.change.rows)
    return joined("，按上年同月能耗加权", replace(number, text=not_quite(value, 1)))


def _filing_table(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("报送单位", share=4),
        *(Column(title, "家", number=True) for title in ("应报", "已报", "已审", "逾期", "退回", "未报")),
        Column("已审比", "%", number=True),
    )
    rows = []
    for line in facts.bulletin.board.lines:
        one, scope = line.counts, f"line:{line.code}"
        name = f"{line.name_zh}{'（本级）' if line.own else ''}"
        values = (("due", one.due), ("collected", one.collected), ("approved", one.approved),
                  ("overdue", one.overdue), ("returned", one.returned), ("missing", one.missing))  # fmt: skip
        own = "own." if line.own else ""
        cells: list[Cell] = [(facts.counted(value, "家", own + code, scope),) for code, value in values]
        cells.append((facts.share_of(one.approved, one.due, own + "approved_share", scope),))
        rows.append(((Text(name),), *cells))
    return TableBlock(number, "各报送单位报送情况", columns, tuple(rows), notes=("首行为合计。",))


def _overall(facts: Facts, number: int) -> tuple[Block, ...]:
    """二: energy, water, carbon, money: the month and the year to date, as reported and like for like."""
    found = facts.bulletin
    told = [
        Paragraph(_sentence(facts, month, total))
        for month, total in zip(found.month.lines, found.to_date.lines, strict=True)
        if month.indicator in SAID
    ]
    return Heading(1, "二、总体情况"), *_unreported(facts), *told, _overall_table(facts, number)


def _unreported(facts: Facts) -> tuple[Block, ...]:
    """The missing form: who has not filed, what they used a year ago, and that there is no change as reported."""
    energy, whole = facts.bulletin.month.lines[0], facts.bulletin.board.whole
    if energy.now.status != "provisional":
        return ()
    words = joined(period_zh(energy.now.period))
    if whole is not None:
        words = joined(
            words, "有", facts.counted(whole.due - whole.approved, "家", "not_approved"), "未报或未审"
        )
        if energy.change is not None and energy.change.weighted is not None:
            gone = (1 - energy.change.weighted) * 100
            words = joined(
                words, "，其上年同月用能占", derived("share(not_reported)", gone, "%", 1, energy.change.rows)
            )
        words = joined(words, "，")
    return (Paragraph(joined(words, "以下暂按已审数列示（初步），不计算同比、环比，变化以可比口径为准。")),)


def _sentence(facts: Facts, month: Line, total: Line) -> Cell:
    name, shape = indicator_zh(month.indicator), facts.shapes[month.now.unit]
    lead = f"{period_zh(month.now.period)}，{facts.whole_name}公共机构{name}"
    return joined(
        lead,
        *_amount(month, shape),
        _mom(facts, month),
        _parts(facts, month, shape),
        f"；{period_zh(total.now.period)}累计",
        *_amount(total, shape),
        "。",
    )


def _amount(line: Line, shape: Shape) -> tuple[Cell, ...]:
    """The amount with its changes; where it is provisional the change as reported is left out."""
    amount = (figure(line.now, shape),)
    if line.now.status == "missing":
        return (amount,)
    same: Cell = ()
    if line.change is not None:
        same = joined("，可比口径", change_said("", alike(line.change, line.now, line.then)))
    if line.now.status == "provisional":
        return amount, same
    return amount, joined("，", change_said("同比", on_year(line.now, line.then))), same


def _mom(facts: Facts, month: Line) -> Cell:
    before = facts.month_before.get(month.indicator)
    if before is None or month.now.status != "final":
        return ()
    return joined("，", change_said("环比", on_year(month.now, before, "mom")))


def _parts(facts: Facts, month: Line, shape: Shape) -> Cell:
    """Of carbon: direct and indirect."""
    if month.indicator != "co2_total_t" or month.now.exact is None:
        return ()
    rows = {line.indicator: line.now for line in facts.bulletin.month.lines}
    return joined(
        "（直接",
        figure(rows["co2_direct_t"], shape),
        "、间接",
        figure(rows["co2_indirect_t"], shape),
        *(("；", facts.electricity) if facts.electricity else ()),
        "）",
    )


def _overall_table(facts: Facts, number: int) -> TableBlock:
    columns = (
        Column("指标", share=4),
        Column("单位", share=3),
        Column("当月", number=True, share=3),
        Column("同比", "%", number=True, share=2),
        Column("可比", "%", number=True, share=2),
        Column("环比", "%", number=True, share=2),
        Column("累计", number=True, share=3),
        Column("同比", "%", number=True, share=2),
        Column("可比", "%", number=True, share=2),
    )
    found = facts.bulletin
    rows = []
    for month, total in zip(found.month.lines, found.to_date.lines, strict=True):
        shape = facts.shapes[month.now.unit]
        before = facts.month_before.get(month.indicator)
        mom: Cell = (Text("—"),) if before is None else (on_year(month.now, before, "mom"),)
        rows.append((
            (Text(indicator_zh(month.indicator)),), (Text(shape.unit),),
            (figure(month.now, shape),), (on_year(month.now, month.then),), _alike_cell(month), mom,
            (figure(total.now, shape),), (on_year(total.now, total.then),), _alike_cell(total),
        ))  # fmt: skip
    notes = (
        "可比：两期都报全的同样机构相比。“—”：该指标不计算可比变化，或上月没有数。",
        f"当月为{period_zh(found.month.now)}，累计为{period_zh(found.to_date.now)}，同比均与上年同期相比；"
        f"各项比较的两期都按{found.period.last_day}的区划和报送关系。",
    )
    return TableBlock(number, "当月与累计", columns, tuple(rows), notes=notes)


def _alike_cell(line: Line) -> Cell:
    return (Text("—"),) if line.change is None else (alike(line.change, line.now, line.then),)


def _on_time(facts: Facts) -> tuple[Block, ...]:
    """三: the year to date against the year's control figure, where one was issued, and against last year's course."""
    total = facts.bulletin.to_date.lines[0]
    year = facts.year_before
    words = joined("本年度未下达控制数，不与控制数比较。") if facts.control is None else _against(facts)
    if total.then.exact is not None and year.exact:
        share = derived("share(year)", total.then.exact / year.exact * 100, "%", 1, (total.then, year))
        words = joined(
            words,
            f"{period_zh(total.then.period)}能源消费占{period_zh(year.period)}全年的",
            share,
            "，可作序时参照。",
        )
    else:
        words = joined(words, f"{period_zh(year.period)}没有全年数，不足以给出序时参照。")
    return Heading(1, "三、序时进度"), Paragraph(words)


def _against(facts: Facts) -> Cell:
    """How much of the year's control figure is used up; without a figure of the year to date, that there is none."""
    total, control = facts.bulletin.to_date.lines[0].now, facts.control
    assert control is not None
    if total.exact is None or control.value is None or not facts.control_divisor:
        return joined("本年控制数", control, f"；{period_zh(total.period)}累计数未报，不与控制数比较。")
    used = total.exact / facts.control_divisor / control.value * 100
    return joined(
        "本年控制数", control, f"，{period_zh(total.period)}累计占控制数的",
        derived("share(control)", used, "%", 1, (total,)), "。",
    )  # fmt: skip


def _structure(facts: Facts, numbers: tuple[int, int]) -> tuple[Block, ...]:
    """四: what energy is made of, and what a unit of each carrier cost."""
    told: list[Block] = [Heading(1, "四、结构与价格")]
    power = next((pair for pair in facts.shares if pair[0].indicator == "energy_share_electricity"), None)
    if power is not None and power[0].exact is not None:
        now, then = power
        words = joined(f"{period_zh(now.period)}，电力占能源消费的", figure(now, Shape("%", 1, 1)))
        moved = points(now, then)
        if moved.value is not None:
            words = joined(words, "，较上年同期", points_said(moved))
        told.append(Paragraph(joined(words, "。")))
    if not facts.shares:
        told.append(Paragraph((Text("各品种没有报来的数，不足以计算结构。"),)))
        return tuple(told)
    told.append(pairs_table(numbers[0], "能源消费的品种结构（累计）", facts.shares, "占比", in_points=True))
    if facts.prices:
        told.append(
            pairs_table(
                numbers[1],
                "各品种平均单价（累计）",
                facts.prices,
                "单价",
                in_points=False,
                shares=facts.shares,
            )
        )
    return tuple(told)


def pairs_table(
    number: int,
    caption: str,
    pairs: Sequence[Pair],
    what: str,
    *,
    in_points: bool,
    shares: Sequence[Pair] = (),
) -> TableBlock:
    """Figures of every carrier beside those of a year before.

    shares: of the carriers in all energy; one of nothing is of a carrier that is not used, and has no price.
    """
    unused = {_carrier(now.indicator): (now.exact == 0, then.exact == 0) for now, then in shares}
    columns = (
        Column("品种", share=3),
        Column("单位", share=2),
        Column(what, number=True, share=2),
        Column("上年同期", number=True, share=2),
        Column("变动", "百分点" if in_points else "%", number=True, share=2),
    )
    rows = []
    for now, then in pairs:
        shape = Shape("%", 1, 1) if in_points else shape_of(now)
        name = _carrier(now.indicator)
        not_now, not_then = unused.get(name, (False, False))
        changed = points(now, then) if in_points else on_year(now, then)
        if now.exact is None and not_now:
            changed = replace(changed, text="本期不使用")
        rows.append((
            (Text(name),), (Text(shape.unit),), (_priced(figure(now, shape), not_now),),
            (_priced(figure(then, shape), not_then),), (changed,),
        ))  # fmt: skip
    return TableBlock(number, caption, columns, tuple(rows))


def _priced(number: Number, unused: bool) -> Number:
    return replace(number, text=NOT_USED) if unused and number.value is None else number


def _carrier(code: str) -> str:
    return indicator_zh(code).replace("占能源消费比重", "").replace("平均单价", "")
