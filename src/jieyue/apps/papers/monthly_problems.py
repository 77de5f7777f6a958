"""六、主要问题, and the annexes that name names: who has not filed, and what was found."""

from itertools import count as counter

from jieyue.apps.obligations.board import name_rows
from jieyue.apps.papers.content import Annex, Block, Column, Heading, Paragraph, TableBlock, Text
from jieyue.apps.papers.monthly_facts import Facts
from jieyue.apps.papers.monthly_findings import found_of, limits_said
from jieyue.apps.papers.named import LEFT_OUT, named, nobody_named
from jieyue.apps.papers.numbers import joined
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import STATES, kept, shown
from jieyue.apps.trees.queries import Tree, memberships

#: A list longer than this is cut, and the rest is counted: the system has all of it.
MOST = 300
_SEVERITY = {"error": "错误", "warning": "疑点"}

#: What the list adds up from, for who compares it with the sentence.
_ALL_OPEN = "所有未了结的问题：同比变化未说明的（一家可有几项）、其他问题未了结的和到期未报的。"


def problems_section(facts: Facts) -> tuple[Block, ...]:
    """Who changed much on last year without a word; what else was found with the month's returns, and what became of
    it."""
    counted = facts.counted
    found = found_of(_of_body(facts, *STATES), str(facts.bulletin.period))
    limits = limits_said(facts.form, facts.bulletin.period)
    changed = joined(
        "同比变化超过审核限值",
        *(("（", limits, "）") if limits else ()),
        "且未说明的",
        counted(found.changed, "家", "findings.changed"),
        "（附件2）",
        *(("，已说明的", counted(found.told, "家", "findings.told")) if found.told else ()),
    )
    others = joined(
        "；疑似单位错误、复制上期等其他问题",
        counted(found.whole, "项", "findings.whole"),
        "（单位错误",
        counted(found.units, "项", "findings.units"),
        "、照抄另一期或另一机构",
        counted(found.copies, "项", "findings.copies"),
        "、其余错误",
        counted(found.errors, "项", "findings.errors"),
        "、其余异常",
        counted(found.others, "项", "findings.others"),
        "），已改正",
        counted(found.gone, "项", "findings.gone"),
        "，已说明待核",
        counted(found.explained, "项", "findings.explained"),
        "，说明已采纳",
        counted(found.accepted, "项", "findings.accepted"),
        "，未了结",
        counted(found.open, "项", "findings.standing"),
    )
    silent = counted(found.silent, "项", "findings.silent")
    unfiled = joined("；另有到期未报", silent, "，见第一部分和附件1") if found.silent else ()
    return Heading(1, "六、主要问题"), Paragraph(joined(changed, others, unfiled, "。"))


def annexes(facts: Facts, table: "counter[int]") -> tuple[Annex, ...]:
    """未报与逾期名单, 问题清单."""
    return (
        Annex("未报与逾期名单", _late(facts, next(table))),
        Annex("问题清单", _findings(facts, next(table))),
    )


def _late(facts: Facts, number: int) -> tuple[Block, ...]:
    behind = facts.bulletin.board.progress.of_kind("missing")
    if not behind:
        return (Paragraph((Text("没有未报的机构。"),)),)
    open_ = named(row.subject for row in behind)
    told = [row for row in behind if row.subject in open_]
    if not told:
        return nobody_named()
    rows = name_rows(facts.form, facts.bulletin.period, told[:MOST], facts.line)
    columns = (
        Column("报送单位", share=4),
        Column("机构代码", share=3),
        Column("机构名称", share=5),
        Column("状态", share=2),
        Column("期限", share=3),
        Column("是否逾期", share=2),
    )
    lines = tuple(
        tuple((Text(text),) for text in (row.body, row.code, row.named(True), row.words[0], row.due.isoformat(),
                                         "逾期" if row.overdue else "未到期"))
        for row in rows
    )  # fmt: skip
    notes = (LEFT_OUT,) if len(told) < len(behind) else ()
    return TableBlock(number, "未报与逾期名单", columns, lines, notes=notes, dense=True), *_rest(
        facts, len(told), "missing"
    )


def _findings(facts: Facts, number: int) -> tuple[Block, ...]:
    every = [row for row in _of_body(facts, "open") if row.severity in _SEVERITY]
    if not every:
        return (Paragraph((Text("没有未了结的问题。"),)),)
    open_ = named(row.subject for row in every)
    found = [row for row in every if row.subject in open_]
    if not found:
        return nobody_named()
    columns = (
        Column("机构代码", share=3),
        Column("机构名称", share=5),
        Column("类别", share=2),
        Column("项目", share=4),
        Column("问题", share=6),
    )
    lines = tuple(
        tuple(
            (Text(text),)
            for text in (row.code, row.name, _SEVERITY[row.severity], row.item_zh or "整张报表", row.rule_zh)
        )
        for row in shown(found[:MOST])
    )
    notes = (_ALL_OPEN, *((LEFT_OUT,) if len(found) < len(every) else ()))
    return TableBlock(number, "未了结的问题", columns, lines, notes=notes, dense=True), *_rest(
        facts, len(found), "findings.open"
    )


def _rest(facts: Facts, whole: int, what: str) -> tuple[Block, ...]:
    if whole <= MOST:
        return ()
    number = facts.counted(whole - MOST, "项", f"{what}.rest")
    return (Paragraph(joined("其余", number, "见系统内的名单。")),)


def _of_body(facts: Facts, *states: str) -> list[ReviewFinding]:
    """The month's findings in these states whose institutions hang below the body on the period's last day."""
    period = facts.bulletin.period
    rows = [row for state in states for row in kept(facts.form, [str(period)], state=state)]
    hangs = memberships(sorted({row.subject for row in rows}), period.last_day, facts.sequence)
    bodies = facts.line.subtree(facts.bulletin.top.id)
    return [row for row in rows if hangs.get(row.subject, {}).get(Tree.LINE) in bodies]
