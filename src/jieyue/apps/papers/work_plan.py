"""The yearly work plan 年度工作要点: last year's result, control figures, who does what, what is due when."""

from collections.abc import Sequence
from itertools import count as counter

from jieyue.apps.obligations.due import common_days
from jieyue.apps.obligations.owing import collected
from jieyue.apps.obligations.worklist import forms_open
from jieyue.apps.papers.brief import ATTRIBUTES, verdict_zh
from jieyue.apps.papers.content import Blank, Block, Cell, Column, Heading, Paper, Paragraph, TableBlock, Text
from jieyue.apps.papers.evaluation_facts import CITY, Facts, clause_of, plan_number
from jieyue.apps.papers.evaluation_tasks import target_of
from jieyue.apps.papers.numbers import joined, on_year
from jieyue.apps.papers.words import STATUS, authority_zh, foot_zh, period_zh, printed
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.plan import PlanIndicator, PlanTask
from jieyue.domain.period import Period
from jieyue.domain.task_verdict import declares_number

CODE = "work-plan"
_QUARTERS = "一二三四"
_STATES = {"not_done": "未完成", "no_data": "无数据"}


def work_plan(facts: Facts) -> Paper:
    """The paper of the year after that of the facts."""
    table = counter(1)
    year = facts.year + 1
    blocks = (
        *_result(facts, next(table)),
        *_control(facts, year, next(table)),
        *_duties(facts, year, table),
        *_dates(year, table),
    )
    return Paper(
        code=CODE,
        title=f"{year}年全市公共机构\n节约能源资源工作要点",
        scope=CITY,
        scope_name=authority_zh(),
        period=str(year),
        sequence=facts.sequence,
        blocks=blocks,
        foot=foot_zh("全市（规划口径）", Period.of_year(facts.year), facts.sequence),
        synthetic=facts.synthetic,
        provisional=any(facts.now[one.code].status == "provisional" for one in facts.plan.indicators),
    )


def _result(facts: Facts, number: int) -> tuple[Block, ...]:
    """一: the indicators of last year beside those of the year before."""
    before = facts.years.get(facts.year - 1)
    columns = (
        Column("指标", share=5), Column("单位", share=4), Column(f"{facts.year - 1}年", number=True, share=3),
        Column(f"{facts.year}年", number=True, share=3), Column("同比", "%", number=True, share=2),
        Column("结论", share=3), Column("状态", share=2),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in facts.plan.indicators:
        now = facts.now[one.code]
        then: Cell = (Text("—"),) if before is None else (facts.number(one, facts.year - 1),)
        moved: Cell = (Text("—"),) if before is None else (on_year(now, before[one.code]),)
        rows.append((
            (Text(one.name_zh),), (Text(facts.unit(one)),), then, (facts.number(one, facts.year),), moved,
            (Text(verdict_zh(facts, facts.standings[one.code])),), (Text(STATUS[now.status]),),
        ))  # fmt: skip
    against = "规划目标" if facts.final else f"{facts.year}年路径值"
    note = f"系统按规划口径所算；结论为{facts.year}年与{against}相比。初步数与终值不相比。"
    return (
        Heading(1, "一、上年结果"),
        TableBlock(number, f"{facts.year}年主要指标", columns, tuple(rows), notes=(note,)),
    )


def _control(facts: Facts, year: int, number: int) -> tuple[Block, ...]:
    """二: the control figures of the year as the plan prints them, else places to be filled in."""
    columns = (
        Column("指标", share=5), Column("属性", share=3), Column("单位", share=4),
        Column(f"{facts.year}年实际", number=True, share=3), Column(f"{year}年控制数", number=True, share=4),
    )  # fmt: skip
    steps = {one.code: _step(facts, one, year) for one in facts.plan.indicators}
    rows = tuple(
        (
            (Text(one.name_zh),), (Text(ATTRIBUTES[one.binding]),), (Text(facts.unit(one)),),
            (facts.number(one, facts.year),), steps[one.code],
        )
        for one in facts.plan.indicators
    )  # fmt: skip
    issued = all(not isinstance(cell[0], Blank) for cell in steps.values())
    words = f"{year}年控制数按规划所印。" if issued else f"规划没有印出{year}年控制数的指标，按下达的数填写。"
    return (
        Heading(1, "二、本年控制数"),
        Paragraph((Text(words),)),
        TableBlock(number, f"{year}年控制数", columns, rows),
    )


def _step(facts: Facts, one: PlanIndicator, year: int) -> Cell:
    """What the plan prints for the year: a yearly value, or in the target year the target."""
    value = one.path.get(year)
    if value is not None:
        places = max(2, len(one.target.text.partition(".")[2]) if one.target else 2)
        text = printed(value / one.scale, places)
        return (plan_number(facts.plan, text, facts.unit(one), f"path({one.code})@{year}", clause_of(one)),)
    if year == facts.plan.target_year and one.target_value is not None:
        return (facts.target(one),)
    return (Blank(f"{one.name_zh}{year}年控制数（{facts.unit(one)}）"),)


def _duties(facts: Facts, year: int, table: "counter[int]") -> tuple[Block, ...]:
    """三: the tasks that are not done, whose they are, until when, and in which quarter of the year."""
    head = Heading(1, "三、任务分工")
    rows = [row for row in facts.tasks if row.status != "done"]
    if not rows:
        return (
            head,
            Paragraph((Text("规划的任务都已申报完成。"),)),
            Paragraph((Blank("本年任务与分工"),)),
        )
    columns = (
        Column("任务", share=5), Column("条款", share=2), Column("目标", share=4), Column("责任单位", share=4),
        Column("规划期限", share=3), Column(f"{year}年季度", share=3), Column("现状", share=2),
    )  # fmt: skip
    lines, undecided = [], 0
    for row in rows:
        task = row.task
        target = target_of(facts, task) if declares_number(task) else (Text("未印数"),)
        quarter = _quarter(facts, task, year)
        undecided += not quarter
        lines.append((
            (Text(task.name_zh),), (Text(f"§{task.clause}"),), target, (Text(row.owner_zh),),
            (Text(_limit(facts, task)),), (Text(quarter or "待定"),), (Text(_STATES[row.status]),),
        ))  # fmt: skip
    words = joined(
        "规划任务中尚未完成或没有申报的", facts.counted(len(rows), "项", "tasks.open", f"tasks/{facts.plan.id}"),
        "，分工如下；无数据的是系统内没有申报，不是没有做。",
    )  # fmt: skip
    note = f"季度：规划期限在{year}年内的，按期限所在的季度；规划没有印出期限的，按规划期末；其余待定。"
    told = TableBlock(next(table), "任务分工", columns, tuple(lines), notes=(note,), landscape=True)
    asked = (Paragraph((Blank(f"待定的任务在{year}年的季度安排，由责任单位填报"),)),) if undecided else ()
    return head, Paragraph(words), told, *asked


def _limit(facts: Facts, task: PlanTask) -> str:
    """Until when the plan wants it: the day it prints, else its end."""
    return f"{task.due:%Y年%-m月}" if task.due else f"{facts.plan.target_year}年底"


def _quarter(facts: Facts, task: PlanTask, year: int) -> str:
    """The quarter of the year in which the plan's limit lies; empty where it lies in another year."""
    due = task.due or Period.of_year(facts.plan.target_year).last_day
    return f"第{_QUARTERS[(due.month - 1) // 3]}季度" if due.year == year else ""


def _dates(year: int, table: "counter[int]") -> tuple[Block, ...]:
    """四: what is due in the year, by the deadlines that stand."""
    head = Heading(1, "四、报送时间")
    found, notes = due_in(year)
    if not found:
        return head, Paragraph((Text("系统内没有报送期限，由主管部门设定后再列。"),))
    columns = (
        Column("截止日", share=3),
        Column("报表", share=6),
        Column("期间", share=4),
        Column("开放填报", share=3),
    )
    rows = tuple(tuple((Text(text),) for text in row) for row in found)
    return head, TableBlock(next(table), f"{year}年报送时间表", columns, rows, notes=notes)


def due_in(year: int) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """The dates of a year in their order, and which of them nobody has decided."""
    forms = collected()
    opened = forms_open(forms)
    found, notes = [], []
    for code in forms:
        form = home_catalog().forms[code]
        kinds = {"Y", *(Period.parse(text).kind_letter for text in opened.get(code, ()))} & set(form.periods)
        for period in _periods(kinds, year):
            try:
                days, rule = common_days(code, period)
            except RefusedError:
                continue
            if days.due.year == year:
                name = f"{form.name_zh}（{code}）"
                found.append(
                    (days.due.isoformat(), name, _named(period), days.opens.isoformat(), code, str(period))
                )
                notes += [rule.note_zh] if rule else []
    words = tuple(f"未核实：{note}。" for note in dict.fromkeys(notes))
    return [row[:4] for row in sorted(found, key=lambda row: (row[0], row[4], row[5]))], words


def _periods(kinds: set[str], year: int) -> Sequence[Period]:
    """Periods of these kinds that begin in the year or in the one before."""
    made: list[Period] = []
    for each in (year - 1, year):
        made += [Period.of_year(each)] if "Y" in kinds else []
        made += [Period.of_season(each)] if "H" in kinds else []
        made += [Period.of_quarter(each, quarter) for quarter in range(1, 5)] if "Q" in kinds else []
        made += [Period.of_month(each, month) for month in range(1, 13)] if "M" in kinds else []
    return made


def _named(period: Period) -> str:
    """A period by its usual name: a season is of two years."""
    if period.kind_letter == "H":
        return f"{period.year}—{period.year + 1}年采暖季"
    return period_zh(str(period))
