"""The director's one page 一页纸: verdicts, how sure, what would change them; also an evaluation's summary."""

import re
from fractions import Fraction

from jieyue.apps.papers.content import Blank, Block, Cell, Column, Heading, Paper, Paragraph, TableBlock, Text
from jieyue.apps.papers.evaluation_facts import Facts
from jieyue.apps.papers.numbers import joined, not_quite
from jieyue.apps.papers.plan_paper import plan_paper
from jieyue.apps.papers.words import printed
from jieyue.apps.targets.standing import Standing
from jieyue.apps.targets.standing_words import GRADES, changes, count_of, verdict_words

CODE = "plan-brief"
#: What a passed expected value is not, by whether the evaluation is the final one.
APART = {True: "预期性指标超过不计为约束性目标未完成", False: "预期性指标超过不计为约束性指标偏离路径"}
ATTRIBUTES = {True: "约束性", False: "预期性", None: "未载明"}


def plan_brief(facts: Facts) -> Paper:
    """The paper of one plan and one year."""
    blocks = (
        Heading(1, "一、结论"),
        Paragraph(conclusion(facts)),
        Heading(1, "二、目标、实际、差距与把握"),
        verdict_table(facts, 1),
        Heading(1, "三、把握由什么组成"),
        *(Paragraph(confidence_cell(facts, row)) for row in facts.standings.values()),
        Heading(1, "四、什么会改变结论"),
        *change_blocks(facts),
        Heading(1, "五、请示事项"),
        Paragraph((Blank("请示事项，由起草人填写"),)),
    )
    return plan_paper(facts, CODE, f"{facts.year}年结论一页纸", blocks)


def conclusion(facts: Facts) -> Cell:
    """The whole in one sentence; binding and expected are never counted together."""
    rows = list(facts.standings.values())
    bound, hoped = count_of(facts.plan, rows, binding=True), count_of(facts.plan, rows, binding=False)
    good = "完成" if facts.final else "在路径上"
    lack = [
        (one.no_data, name) for one, name in ((bound, "约束性指标"), (hoped, "预期性指标")) if one.no_data
    ]
    of = facts.of_verdicts
    words = joined(
        "约束性指标", of(bound.all, "n(binding)"), "，", good, of(bound.kept, "n(kept,binding)"),
        "，未完成" if facts.final else "，偏离路径", of(bound.passed, "n(passed,binding)"),
        "；预期性指标", of(hoped.all, "n(expected)"), "，在控制值以内", of(hoped.kept, "n(kept,expected)"),
        "，超过", of(hoped.passed, "n(passed,expected)"), f"（{APART[facts.final]}）",
    )  # fmt: skip
    for count, name in lack:
        words = joined(words, f"；{name}无数据", facts.of_verdicts(count, "n(no_data)"))
    loose = sum(is_provisional(facts, row) for row in rows)
    if loose:
        words = joined(words, "；其中按初步数判断的", of(loose, "n(provisional)"), "，结论为初步")
    return joined(words, "。")


def verdict_table(facts: Facts, number: int) -> TableBlock:
    """Seven rows: target, actual, gap, verdict, confidence."""
    limit = "目标" if facts.final else "路径值"
    columns = (
        Column("指标", share=5),
        Column("属性", share=3),
        Column("单位", share=4),
        Column(limit, number=True, share=3),
        Column("实际", number=True, share=4),
        Column("差距", number=True, share=4),
        Column("结论", share=4),
        Column("把握", share=2),
    )
    rows = tuple(_row(facts, row) for row in facts.standings.values())
    graded = "把握：高，检验都不改变结论；中，有一项改变或做不了；低，完整率低于门槛或不止一项改变。"
    notes = (f"差距为实际减{limit}；{graded}",)
    return TableBlock(number, "各项指标的结论与把握", columns, rows, notes=notes)


def gap_cell(facts: Facts, row: Standing) -> Cell:
    """Actual less limit, in the printed unit."""
    indicator = facts.plan.indicator(row.indicator)
    gap = None if row.value is None or row.limit is None else row.value - row.limit
    text = facts.shown(indicator).signed(gap)
    value = None if gap is None else gap / indicator.scale
    return (
        facts.from_figures(
            f"gap({row.indicator})", value, facts.unit(indicator), text, (row.receipt,), "未报"
        ),
    )


def limit_cell(facts: Facts, row: Standing) -> Cell:
    """The printed target; before the target year the value on the path."""
    indicator = facts.plan.indicator(row.indicator)
    if facts.final or row.limit is None:
        return (facts.target(indicator),)
    number = facts.printed(indicator, "path", row.limit)
    return (number,)


def verdict_zh(facts: Facts, row: Standing, status: str = "") -> str:
    """The verdict in two or three words; of a figure that is not final it is not final either."""
    binding = facts.plan.indicator(row.indicator).binding
    words = verdict_words(status or row.status, binding=binding)[0]
    return f"{words}（初步）" if is_provisional(facts, row) else words


def is_provisional(facts: Facts, row: Standing) -> bool:
    """Whether there is a verdict, of a figure that is not final."""
    return row.status != "no_data" and facts.now[row.indicator].status == "provisional"


def _row(facts: Facts, row: Standing) -> tuple[Cell, ...]:
    indicator = facts.plan.indicator(row.indicator)
    return (
        (Text(indicator.name_zh),),
        (Text(ATTRIBUTES[indicator.binding]),),
        (Text(facts.unit(indicator)),),
        limit_cell(facts, row),
        (facts.number(indicator, facts.year),),
        gap_cell(facts, row),
        (Text(verdict_zh(facts, row)),),
        (Text(GRADES[row.confidence.grade][0]),),
    )


def confidence_cell(facts: Facts, row: Standing) -> Cell:
    """The parts of a confidence as a sentence; its numbers are bound to the figures behind them."""
    indicator = facts.plan.indicator(row.indicator)
    sources = (row.receipt, *row.sources)
    words = joined(f"{indicator.name_zh}：把握{GRADES[row.confidence.grade][0]}。完整率（按上年用量加权）")
    for code, value, times, tail in (
        ("completeness.weighted", row.weighted, 100, "，表计和账单占"),
        ("evidence.measured", row.measured, 1, "，推算占"),
        ("evidence.estimated", row.estimated, 1, "，未处理的审核错误"),
    ):
        share = None if value is None else value * times
        text = "" if share is None else not_quite(share, 2)
        words = joined(words, facts.from_figures(code, share, "%", text, sources, "不明"), tail)
    errors = facts.counted(facts.errors, "项", "findings.errors", f"review/{facts.year}@{facts.sequence}")
    margin = None if row.margin is None else abs(row.margin) * 100
    text = "" if margin is None else printed(margin, 2)
    turned = len(row.confidence.turning)
    return joined(
        words, errors, "，与限值相差", facts.from_figures("margin", margin, "%", text, sources, "不明"), "；检验",
        facts.sure("n(trials)", Fraction(len(row.trials)), "项", str(len(row.trials)), sources), "，改变结论",
        facts.sure("n(turning)", Fraction(turned), "项", str(turned), sources), "。",
    )  # fmt: skip


def change_blocks(facts: Facts) -> tuple[Block, ...]:
    """What would change each verdict; that nobody is missing is said once."""
    told = tuple(Paragraph(change_cell(facts, row)) for row in facts.standings.values())
    if any(row.silent for row in facts.standings.values()):
        return told
    return (Paragraph((Text("应报的机构都已报，没有未报的用能会改变结论。"),)), *told)


def change_cell(facts: Facts, row: Standing) -> Cell:
    """The sentences of `standing_words.changes` with each number in them bound."""
    indicator = facts.plan.indicator(row.indicator)
    words = joined(f"{indicator.name_zh}，{verdict_zh(facts, row)}：")
    sources = (row.receipt, *(source for trial in row.trials for source in trial.sources))
    unique = tuple(dict.fromkeys(sources))
    for zh, _en in changes(facts.plan, row):
        words = joined(words, *bound_numbers(facts, zh, f"break_even({row.indicator})", unique))
    return words


#: A number of such a sentence with its unit; what is the plan's own factor is not provisional.
_NUMBER = re.compile(
    r"(?P<plan>规划口径 )?(?P<text>-?\d+\.\d+)(?P<unit>%| 倍| 吨标准煤| 立方米| 吨二氧化碳| 千克二氧化碳/千瓦时)?"
)


def bound_numbers(facts: Facts, sentence: str, code: str, parts: tuple[str, ...]) -> Cell:
    """A sentence whose decimals are made numbers of the paper; whole counts stay words of the sentence."""
    made: list[Cell | str] = []
    place = 0
    for found in _NUMBER.finditer(sentence):
        plain, value = found["text"], Fraction(found["text"])
        text = printed(value, len(plain.partition(".")[2]))
        number = facts.sure if found["plan"] else facts.from_figures
        made += [sentence[place : found.start()] + (found["plan"] or "").strip()]
        made += [(number(code, value, (found["unit"] or "").strip(), text, parts),)]
        place = found.end()
    return joined(*made, sentence[place:])
