"""The progress report of a plan 规划进展报告: where each indicator stands, gaps, tasks, trust, what to decide."""

from itertools import count as counter

from jieyue.apps.papers.brief import (
    APART,
    ATTRIBUTES,
    change_cell,
    conclusion,
    confidence_cell,
    gap_cell,
    limit_cell,
    verdict_table,
    verdict_zh,
)
from jieyue.apps.papers.content import Blank, Block, Cell, Heading, Paper, Paragraph, Text
from jieyue.apps.papers.evaluation import evidence_cell, quality_cell
from jieyue.apps.papers.evaluation_facts import Facts
from jieyue.apps.papers.evaluation_tasks import countable, tally_cell, tasks_table
from jieyue.apps.papers.numbers import change_said, joined, on_year
from jieyue.apps.papers.plan_paper import plan_paper
from jieyue.apps.targets.standing import Standing

CODE = "plan-progress"
_PASSED = ("missed", "off_path")


def progress_report(facts: Facts) -> Paper:
    """The paper of one plan and one year."""
    table = counter(1)
    blocks = (
        Heading(1, "一、指标位置"),
        Paragraph(conclusion(facts)),
        verdict_table(facts, next(table)),
        *_off_path(facts),
        Heading(1, "三、任务进展"),
        *_tasks(facts, table),
        Heading(1, "四、数据可信度"),
        Paragraph(evidence_cell(facts)),
        Paragraph(quality_cell(facts)),
        *(Paragraph(confidence_cell(facts, row)) for row in facts.standings.values()),
        *_to_decide(facts),
    )
    return plan_paper(facts, CODE, f"{facts.year}年进展报告", blocks)


def _off_path(facts: Facts) -> tuple[Block, ...]:
    """二: binding ones first; a gap with its direction in the last year and what would change the verdict."""
    rows = facts.standings.values()
    off = [row for row in rows if row.status in _PASSED]
    off.sort(key=lambda row: facts.plan.indicator(row.indicator).binding is not True)
    told = [Paragraph(cell) for row in off for cell in (_off(facts, row), change_cell(facts, row))]
    silent = [facts.plan.indicator(row.indicator).name_zh for row in rows if row.status == "no_data"]
    if silent:
        told.append(Paragraph((Text(f"没有数据、不作结论的指标：{'、'.join(silent)}。"),)))
    if not off:
        words = "有数据的指标都在路径上。" if len(silent) < len(facts.standings) else "没有指标有数据。"
        told.insert(0, Paragraph((Text(words),)))
    return Heading(1, "二、偏离路径的指标与差距"), *told


def _off(facts: Facts, row: Standing) -> Cell:
    indicator = facts.plan.indicator(row.indicator)
    limit = "规划目标" if facts.final else f"{facts.year}年路径值"
    words = joined(
        f"{indicator.name_zh}（{ATTRIBUTES[indicator.binding]}）：{facts.year}年",
        facts.number(indicator, facts.year), f"，{limit}", limit_cell(facts, row), "，差距", gap_cell(facts, row),
    )  # fmt: skip
    before = facts.years.get(facts.year - 1)
    if before is not None:
        moved = on_year(facts.now[row.indicator], before[row.indicator])
        words = joined(words, "，", change_said("同比", moved))
    apart = f"{APART[facts.final]}。" if indicator.binding is False else ""
    return joined(words, f"。{apart}")


def _tasks(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    rows = countable(facts)
    if not rows:
        return (Paragraph((Text("规划没有可计数的任务。"),)),)
    late = [row.task.name_zh for row in rows if row.late and row.status != "done"]
    words = f"已过规划期限而未完成的：{'、'.join(late)}。" if late else "没有已过规划期限而申报未完成的任务。"
    block = tasks_table(facts, next(table), rows)
    return Paragraph(tally_cell(facts, rows)), Paragraph((Text(words),)), block


def _to_decide(facts: Facts) -> tuple[Block, ...]:
    """五: what the data put before a person, then the place where he writes."""
    told: list[Cell] = []
    for row in facts.standings.values():
        indicator = facts.plan.indicator(row.indicator)
        if row.status in _PASSED and indicator.binding:
            told.append(
                joined(f"{indicator.name_zh}{verdict_zh(facts, row)}，差距", gap_cell(facts, row), "。")
            )
        if row.by_rule and row.by_rule != row.status:
            told.append(joined(f"{indicator.name_zh}按印出的目标与按下降比例结论不一，以哪一个为准。"))
    blank = [row for row in countable(facts) if row.status == "no_data"]
    if blank:
        number = facts.counted(len(blank), "项", "tasks.no_data", f"tasks/{facts.plan.id}")
        told.append(joined("系统内无完成数据的任务", number, "，由责任单位申报。"))
    lines = [Paragraph(joined(f"{place}. ", one)) for place, one in enumerate(told, 1)]
    return (
        Heading(1, "五、需要决定的事项"),
        *(lines or [Paragraph((Text("数据中没有必须决定的事项。"),))]),
        Paragraph((Blank("需要决定的事项，每项写明后果，由起草人填写"),)),
    )
