"""三、行动与任务完成情况; 四、支撑体系、协同、保障机制: data give a sentence and a verdict, none a blank and none."""

from collections import Counter
from collections.abc import Sequence
from itertools import count as counter

from jieyue.apps.papers.content import (
    Blank,
    Block,
    Cell,
    Column,
    Heading,
    Inline,
    Number,
    Paragraph,
    TableBlock,
    Text,
)
from jieyue.apps.papers.evaluation_facts import Facts, plan_number
from jieyue.apps.papers.numbers import joined
from jieyue.apps.papers.words import printed
from jieyue.apps.targets.task_list import TaskRow, text_of
from jieyue.catalog.plan import PlanTask
from jieyue.domain.task_verdict import declares_number

WORDS = {"done": "完成", "not_done": "未完成", "no_data": "无数据"}
#: Chapter of the plan whose clauses are the actions; those behind it are supports and guarantees.
ACTIONS = "4."
_ORDINALS = "一二三四五六七八九十"


def tasks_section(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """The count of verdicts, the table of every countable task, and a paragraph for each, by action."""
    rows = countable(facts)
    blocks: list[Block] = [
        Heading(1, "三、行动与任务完成情况"),
        Paragraph(tally_cell(facts, rows)),
        tasks_table(facts, next(table), rows),
    ]
    for place, clause in enumerate(
        dict.fromkeys(task.clause for task in facts.plan.tasks if task.clause.startswith(ACTIONS)), 1
    ):
        blocks.append(Heading(2, f"（{ordinal(place)}）{title_of(facts, clause)}"))
        own = [row for row in rows if row.task.clause == clause]
        blocks += [Paragraph(sentence(facts, row)) for row in own]
        if not own:
            blocks.append(
                Paragraph(
                    (Text("本项行动没有可计数的任务。"), Blank(f"{title_of(facts, clause)}开展情况，附依据"))
                )
            )
    return tuple(blocks)


def countable(facts: Facts) -> list[TaskRow]:
    """The countable tasks of the plan's actions."""
    return [row for row in facts.tasks if row.task.clause.startswith(ACTIONS)]


def tally_cell(facts: Facts, rows: Sequence[TaskRow]) -> Cell:
    """How many there are by verdict."""
    tally = Counter(row.status for row in rows)

    def number(value: int, code: str) -> Number:
        return facts.counted(value, "项", code, f"tasks/{facts.plan.id}")

    return joined(
        "规划各项行动中可计数的任务", number(len(rows), "tasks"), "，完成", number(tally["done"], "tasks.done"),
        "，未完成", number(tally["not_done"], "tasks.not_done"), "，无数据", number(tally["no_data"], "tasks.no_data"),
        "；无数据的不作结论。",
    )  # fmt: skip


def ordinal(place: int) -> str:
    """一 … 十九.

    >>> ordinal(1), ordinal(11)
    ('一', '十一')
    """
    tens, ones = divmod(place, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_ORDINALS[tens - 1]}十"
    return head + (_ORDINALS[ones - 1] if ones else "")


def title_of(facts: Facts, clause: str) -> str:
    """The heading of a clause in the plan's words."""
    return facts.plan.clauses.get(clause, (f"第{clause}条", ""))[0]


def target_of(facts: Facts, task: PlanTask) -> Cell:
    """What the plan wants of a task: its number, or its own words."""
    if declares_number(task) and task.number is not None:
        sign = {"<=": "不高于", "<": "低于", ">=": "不低于", ">": "高于", "=": ""}[task.op]
        clause = f"§{task.clause}" + (f" 专栏{task.box}" if task.box else "")
        return joined(sign, plan_number(facts.plan, task.number.text, unit_of(task), task.code, clause))
    return (Text(f"“{task.statement}”"),)


def unit_of(task: PlanTask) -> str:
    """The printed unit; none where the name says it already, as PUE does."""
    unit = task.number.printed_unit if task.number else ""
    return "" if unit in task.name_zh.split() else unit


def _receipt(facts: Facts, row: TaskRow) -> str:
    version = row.result.version if row.result else 0
    return f"task/{facts.plan.id}/{row.task.code}@{version}"


def done_of(facts: Facts, row: TaskRow) -> Inline:
    """What was declared: a number, or that it is done or not."""
    text = text_of(row.value)
    if text is None or row.value is None:
        return Text({"done": "已完成", "not_done": "尚未完成"}.get(row.status, "未申报"))
    decimals = len(text.partition(".")[2])
    receipt = _receipt(facts, row)
    made = facts.counted(0, unit_of(row.task), row.task.code, receipt)
    return Number(
        printed(row.value, decimals), made.unit, made.code, made.scope, made.period, row.value, receipt, made.status,
        made.kind,
    )  # fmt: skip


def sentence(facts: Facts, row: TaskRow) -> Cell:
    """A task with data, or without: then a blank for its owner and no verdict."""
    task, result = row.task, row.result
    lead = joined(f"{task.name_zh}：规划目标", target_of(facts, task))
    if result is None:
        ask = f"由责任单位 {row.owner_zh} 填报并附依据"
        return joined(lead, "，系统内无完成数据，", Blank(ask), "，本报告暂不作结论。")
    of_what = f"分母：{task.denominator_zh}" if task.denominator_zh else ""
    words = joined(lead, f"，截至{result.on:%Y年%-m月%-d日}", _did(facts, row), f"（{of_what}")
    if row.denominator is not None:
        whole = Number(
            printed(row.denominator, 0), "", f"{task.code}.of", "city", str(facts.year), row.denominator,
            _receipt(facts, row), facts.counted(0, "", "", "x").status, facts.counted(0, "", "", "x").kind,
        )  # fmt: skip
        words = joined(words, " ", whole)
    parted = "；" if of_what else ""
    evidence = f"，凭据 {result.evidence}" if result.evidence else ""
    late = "" if not row.late else "，晚于规划期限" if row.status == "done" else "，已过规划期限"
    return joined(words, f"{parted}来源：{result.source}{evidence}），{WORDS[row.status]}{late}。")


def _did(facts: Facts, row: TaskRow) -> Cell:
    """完成 103.5 万平方米, or 已完成; a number without a printed goal stands beside the owner's word."""
    made = done_of(facts, row)
    if isinstance(made, Text):
        return (made,)
    word = "为" if row.task.kind in ("share", "limit") else "完成"
    return joined(word, made) if declares_number(row.task) else joined("申报数", made)


def tasks_table(facts: Facts, number: int, rows: Sequence[TaskRow]) -> TableBlock:
    """One row a task: target, what is declared, whose it is, verdict."""
    columns = (
        Column("任务", share=5), Column("条款", share=2), Column("目标", share=4), Column("分母", share=5),
        Column("完成", number=True, share=3), Column("责任单位", share=4), Column("来源", share=7),
        Column("结论", share=3),
    )  # fmt: skip
    lines = []
    for row in rows:
        task = row.task
        target = target_of(facts, task) if declares_number(task) else (Text("未印数"),)
        source = row.result.source if row.result else "—"
        lines.append((
            (Text(task.name_zh),), (Text(f"§{task.clause}"),), target, (Text(task.denominator_zh or "—"),),
            (done_of(facts, row),), (Text(row.owner_zh),), (Text(source),), (Text(WORDS[row.status]),),
        ))  # fmt: skip
    note = "无数据：没有申报，不作结论。未印数的任务由责任单位申报是否完成。"
    return TableBlock(number, "任务完成情况", columns, tuple(lines), notes=(note,), landscape=True)


def supports_section(facts: Facts) -> tuple[Block, ...]:
    """Clause by clause behind the actions: what is declared, else a blank for number, date and attachment."""
    found = {row.task.code: row for row in facts.tasks}
    tasks = [task for task in facts.plan.tasks if _behind(task.clause)]
    blocks: list[Block] = [Heading(1, f"四、支撑体系、{_together(facts, tasks)}、保障机制")]
    for place, clause in enumerate(dict.fromkeys(task.clause for task in tasks), 1):
        blocks.append(Heading(2, f"（{ordinal(place)}）{title_of(facts, clause)}"))
        for task in tasks:
            if task.clause == clause:
                blocks.append(Paragraph(_support(facts, task, found.get(task.code))))
    return tuple(blocks)


def _together(facts: Facts, tasks: Sequence[PlanTask]) -> str:
    """成渝协同 where the plan has a chapter on both regions, else 协同."""
    titles = {title_of(facts, task.clause) for task in tasks}
    return "成渝协同" if any("成渝" in title for title in titles) else "协同"


def _behind(clause: str) -> bool:
    head = clause.partition(".")[0]
    return head.isdigit() and int(head) > int(ACTIONS.partition(".")[0])


def _support(facts: Facts, task: PlanTask, row: TaskRow | None) -> Cell:
    if row is not None and row.result is not None:
        return sentence(facts, row)
    ask = "文件名称、文号、日期及附件" if task.kind == "deliver" else "落实情况，附依据"
    return joined(f"{task.name_zh}：“{task.statement}”。系统内无记载，", Blank(ask), "。")
