"""The circular on completeness and quality 报送质量通报: counts alone, each with the list it is read from.

Who is named is a person's decision: the list of names is a place that is left open.
"""

from itertools import count as counter

from jieyue.apps.obligations.board import Line
from jieyue.apps.papers.circular_facts import Facts, Mended
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
from jieyue.apps.papers.numbers import joined, percent_figure
from jieyue.apps.papers.words import foot_zh, period_zh, printed, unit_zh
from jieyue.apps.publication.rules import home_catalog

CODE = "quality-circular"
_NONE = "—"
_LATE = {
    "on_time": "按时",
    "late_3": "逾期3日以内",
    "late_7": "逾期4至7日",
    "late_15": "逾期8至15日",
    "late_more": "逾期15日以上",
    "none": "至今未报",
}


def quality_circular(facts: Facts) -> Paper:
    """The paper of one body and one month or year."""
    table = counter(1)
    blocks: tuple[Block, ...] = (
        (*_complete(facts, table), *_in_time(facts, table), *_sent_back(facts, table))
        if facts.lines
        else _nothing_due()
    )
    return Paper(
        code=CODE,
        title=f"关于{period_zh(str(facts.period))}{facts.whole_name}公共机构\n能源资源消费统计报送质量的通报",
        scope=facts.scope,
        scope_name=facts.body_name,
        period=str(facts.period),
        sequence=facts.sequence,
        blocks=(*blocks, *_checked(facts, table), *_mended(facts, table), *_names(facts)),
        foot=foot_zh(facts.scope_words, facts.period, facts.sequence),
        synthetic=facts.synthetic,
        provisional=facts.completeness.status == "provisional",
    )


def _nothing_due() -> tuple[Block, ...]:
    words = Text("本期没有报送义务的开期记录，不足以说明完整、及时和退回情况。")
    return Heading(1, "一、完整、及时与退回"), Paragraph((words,))


def _complete(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    said, whole = facts.counted, facts.whole
    words = joined(
        f"{period_zh(str(facts.period))}，{facts.whole_name}应报", said(whole.due, "份", "due"), "，已报",
        said(whole.collected, "份", "collected"), "，已审", said(whole.approved, "份", "approved"), "，未报",
        said(whole.missing, "份", "missing"), "；报表完整率", percent_figure(facts.completeness), "，完整率达到",
        facts.threshold, "的数为终值。",
    )  # fmt: skip
    columns = (
        Column("报送单位", share=4),
        *(Column(title, "份", number=True, share=2) for title in ("应报", "已报", "已审", "未报")),
        Column("已报比", "%", number=True, share=2),
        Column("已审比", "%", number=True, share=2),
    )
    rows = []
    for line in facts.lines:
        one, scope = line.counts, f"line:{line.code}"
        rows.append((
            (Text(_name(line)),), (said(one.due, "份", "due", scope=scope),),
            (said(one.collected, "份", "collected", scope=scope),),
            (said(one.approved, "份", "approved", scope=scope),),
            (said(one.missing, "份", "missing", scope=scope),),
            (facts.share(one.collected, one.due, "collected_share", scope=scope),),
            (facts.share(one.approved, one.due, "approved_share", scope=scope),),
        ))  # fmt: skip
    note = "首行为合计；次序同名录，不是排名。"
    block = TableBlock(next(table), "各报送单位完整情况", columns, tuple(rows), notes=(note,))
    return Heading(1, "一、完整情况"), Paragraph(words), block


def _name(line: Line) -> str:
    return f"{line.name_zh}{'（本级）' if line.own else ''}"


def _in_time(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """When the first filing of each return came; what is with the institution again counts by its first."""
    late, due = facts.late, facts.whole.due
    overdue = facts.counted(facts.whole.overdue, "份", "overdue")
    words = joined(
        "按首次报来的日期，按时", facts.counted(late["on_time"], "份", "lateness.on_time", "lateness"), "，占应报的",
        facts.share(late["on_time"], due, "on_time_share", "lateness"), "；逾期报来",
        facts.counted(sum(late[code] for code in _LATE if code.startswith("late_")), "份", "lateness.late", "lateness"),
        "；已过期限仍未报", overdue, "。",
    )  # fmt: skip
    columns = (
        Column("首次报来", share=4),
        Column("份数", "份", number=True, share=2),
        Column("占应报", "%", number=True, share=2),
    )
    rows = tuple(
        (
            (Text(name),),
            (facts.counted(late[code], "份", f"lateness.{code}", "lateness"),),
            (facts.share(late[code], due, f"lateness_share.{code}", "lateness"),),
        )
        for code, name in _LATE.items()
    )
    return (
        Heading(1, "二、及时情况"),
        Paragraph(words),
        TableBlock(next(table), "首次报来的时间", columns, rows),
    )


def _sent_back(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    top = facts.lines[0]
    back, filed = facts.inside(facts.sent_back, top), _filed(top)
    words = joined(
        "审核中退回过的报表", facts.counted(back, "份", "sent_back", "send-backs"),
        "（同一报表退回几次只计一份），占报来过的",
        facts.share(back, filed, "sent_back_share", "send-backs"), "；现在仍待改正",
        facts.counted(top.counts.returned, "份", "returned"), "。",
    )  # fmt: skip
    columns = (
        Column("报送单位", share=4),
        Column("退回过", "份", number=True, share=2),
        Column("退回率", "%", number=True, share=2),
        Column("待改正", "份", number=True, share=2),
        Column("公布后更正", "份", number=True, share=2),
        Column("更正率", "%", number=True, share=2),
    )
    rows = []
    for line in facts.lines:
        one, scope = line.counts, f"line:{line.code}"
        gone, again = facts.inside(facts.sent_back, line), facts.inside(facts.mended_of, line)
        rows.append((
            (Text(_name(line)),), (facts.counted(gone, "份", "sent_back", "send-backs", scope),),
            (facts.share(gone, _filed(line), "sent_back_share", "send-backs", scope),),
            (facts.counted(one.returned, "份", "returned", scope=scope),),
            (facts.counted(again, "份", "corrected", "corrections", scope),),
            (facts.share(again, one.approved, "corrected_share", "corrections", scope),),
        ))  # fmt: skip
    note = "退回率为退回过的份数占报来过的份数（已报与退回待改之和）；更正率为公布后又更正的份数占已审份数。"
    block = TableBlock(next(table), "各报送单位退回与更正", columns, tuple(rows), notes=(note,))
    return Heading(1, "三、退回情况"), Paragraph(words), block


def _filed(line: Line) -> int:
    """Handed in at some time: what is there, and what is with the institution again."""
    return line.counts.collected + line.counts.outstanding


def checked_cell(facts: Facts) -> Cell:
    """What was drawn, looked at and found."""
    if not facts.checks:
        return joined("本期没有质量抽查。")

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in facts.checks)

    def number(name: str, unit: str) -> Number:
        return facts.counted(total(name), unit, f"spot.{name}", "spotchecks")

    return joined(
        "抽中机构", number("drawn", "家次"), "，已查", number("looked", "家次"), "，其中与凭据不符",
        number("differing", "家次"), "；核对", number("cells", "格"), "，相符的占",
        facts.share(total("agreeing"), total("cells"), "spot.agreeing_share", "spotchecks"), "。",
    )  # fmt: skip


def _checked(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    head = Heading(1, "四、抽查情况" if facts.lines else "二、抽查情况")
    if not facts.checks:
        return head, Paragraph(checked_cell(facts))

    def number(value: int, unit: str, what: str, scope: str) -> Cell:
        return (facts.counted(value, unit, what, "spotchecks", scope),)

    columns = (
        Column("报送单位", share=4),
        *(Column(title, "家次", number=True, share=2) for title in ("抽中", "已查", "不符")),
        Column("核对", "格", number=True, share=2),
        Column("相符率", "%", number=True, share=2),
    )
    rows = []
    for one in facts.checks:
        scope = f"line:{one.body.code}"
        rows.append((
            (Text(one.body.name_zh),), number(one.drawn, "家次", "spot.drawn", scope),
            number(one.looked, "家次", "spot.looked", scope), number(one.differing, "家次", "spot.differing", scope),
            number(one.cells, "格", "spot.cells", scope),
            (facts.share(one.agreeing, one.cells, "spot.agreeing_share", "spotchecks", scope),),
        ))  # fmt: skip
    note = "按收取报表的单位；相符率按格计，不加权，与抽查结论里的加权质量分不同。“—”：还没有核对过。"
    return (
        head,
        Paragraph(checked_cell(facts)),
        TableBlock(next(table), "各报送单位抽查", columns, tuple(rows), notes=(note,)),
    )


def _mended(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """How much was changed after it was published: first and present sums of the same returns."""
    head = Heading(1, "五、更正幅度" if facts.lines else "三、更正幅度")
    returns = sum(facts.mended_of.values())
    if not returns:
        return head, Paragraph((Text("本期已公布的报表没有更正过。"),))
    words = joined(
        "公布后又更正的报表", facts.counted(returns, "份", "corrected", "corrections"), "，改动的项目",
        facts.counted(len(facts.mended), "项", "corrected.items", "corrections"), "。",
    )  # fmt: skip
    columns = (
        Column("项目", share=4),
        Column("单位", share=2),
        Column("改动份数", "份", number=True, share=2),
        Column("首次公布", number=True, share=3),
        Column("现行", number=True, share=3),
        Column("更正幅度", "%", number=True, share=2),
        Column("新填", "份", number=True, share=2),
        Column("撤去", "份", number=True, share=2),
    )
    rows = tuple(_mended_row(facts, one) for one in facts.mended)
    notes = (
        "首次公布、现行只加总改动过这一项、两次都有数的报表，更正幅度为后者比前者；没有这样的报表写“—”。",
        "新填：首次公布时没有数、现在有数；撤去：首次公布时有数、现在没有。两者只计份数，不计入幅度。",
    )
    return head, Paragraph(words), TableBlock(next(table), "公布后的更正", columns, rows, notes=notes)


def _mended_row(facts: Facts, one: Mended) -> tuple[Cell, ...]:
    item = home_catalog().item(f"{facts.form}:{one.item}")
    unit = unit_zh(item.unit)
    change = None if not one.first else (one.now - one.first) / abs(one.first) * 100
    text = printed(change, 1) if change is not None else "无基数" if one.both else _NONE
    first, now = (value if one.both else None for value in (one.first, one.now))
    return (
        (Text(item.name_zh),),
        (Text(unit),),
        (facts.counted(one.returns, "份", f"corrected({one.item})", "corrections"),),
        (facts.summed(first, _NONE if first is None else printed(first, 2), unit, f"first({one.item})"),),
        (facts.summed(now, _NONE if now is None else printed(now, 2), unit, f"now({one.item})"),),
        (facts.summed(change, text, "%", f"corrected_by({one.item})"),),
        (facts.counted(one.stated, "份", f"stated({one.item})", "corrections"),),
        (facts.counted(one.withdrawn, "份", f"withdrawn({one.item})", "corrections"),),
    )


def _names(facts: Facts) -> tuple[Block, ...]:
    """六、名单: proposed by nobody but a person."""
    head = Heading(1, "六、名单" if facts.lines else "四、名单")
    behind = sum(len(rows) for _month, rows in facts.behind)
    counted = joined("系统内未报的有", facts.counted(behind, "份", "missing"), "。") if facts.lines else ()
    words = joined(counted, "点名与否由核定人决定，系统不自动列名。")
    return head, Paragraph(words), Paragraph((Blank("点名通报的单位，由核定人写入；不点名的写“本期不点名”"),))
