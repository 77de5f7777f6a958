"""The evaluation of a plan 规划评估报告: at its end, or on the way with other words; every number bound."""

from fractions import Fraction
from itertools import count as counter

from jieyue.apps.papers.brief import (
    APART,
    ATTRIBUTES,
    change_blocks,
    conclusion,
    confidence_cell,
    gap_cell,
    limit_cell,
    verdict_table,
    verdict_zh,
)
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
from jieyue.apps.papers.evaluation_annexes import annexes
from jieyue.apps.papers.evaluation_facts import Facts, misprinted, plan_number
from jieyue.apps.papers.evaluation_regions import causes_section, regions_section
from jieyue.apps.papers.evaluation_tasks import supports_section, tasks_section
from jieyue.apps.papers.numbers import Shape, change_said, figure, joined, percent_figure
from jieyue.apps.papers.plan_paper import plan_paper
from jieyue.apps.papers.words import STATUS, printed, unit_zh
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.targets.standing import FILLED, MADE, Standing, Trial
from jieyue.apps.targets.standing_words import NAMES, verdict_words
from jieyue.catalog.plan import PlanIndicator

CODE = "plan-evaluation"
_POPULATION = {"in_count": "本级名录库内机构", "all": "登记的全部机构"}
_BOUNDARIES = {"then": "各年当时区划", "now": "现行区划"}
_VEHICLES = {"all_oil": "汽油、柴油全部计入车辆", "official_vehicles": "只计公务用车用油"}


def plan_evaluation(facts: Facts) -> Paper:
    """The paper of one plan up to one year: final at the plan's end, mid-term before."""
    table = counter(1)
    kind = "终期评估报告" if facts.final else "中期评估报告"
    blocks = (
        *_summary(facts, table),
        *_basis(facts),
        *_indicators(facts, table),
        *tasks_section(facts, table),
        *supports_section(facts),
        *regions_section(facts, table),
        *causes_section(facts, table),
        *_problems(facts),
        Heading(1, "八、建议"),
        Paragraph((Blank("建议，由起草人填写"),)),
    )
    return plan_paper(facts, CODE, kind, blocks, annexes(facts, table))


def _summary(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """The director's one page, with headings of the second level."""
    return (
        Heading(1, "摘要"),
        Paragraph(conclusion(facts)),
        verdict_table(facts, next(table)),
        Heading(2, "把握由什么组成"),
        *(Paragraph(confidence_cell(facts, row)) for row in facts.standings.values()),
        Heading(2, "什么会改变结论"),
        *change_blocks(facts),
        Heading(2, "请示事项"),
        Paragraph((Blank("请示事项，由起草人填写"),)),
    )


def _basis(facts: Facts) -> tuple[Block, ...]:
    """一、评估说明."""
    document, method = facts.plan.document, facts.plan.method
    issued = (
        f"（{document.number}，{document.date:%Y年%-m月%-d日}印发）"
        if document.date
        else f"（{document.number}）"
    )
    boundaries = _BOUNDARIES.get(str(method.boundaries), str(method.boundaries))
    factor = home_catalog().factor_set(method.factor_set).row.name_zh if method.factor_set else "规划未指明"
    in_set = bool(method.factor_set) and method.electricity is not None and method.electricity.kind == "set"
    central = "不计入" if method.central_units == "out" else "计入"
    lines = (
        ("标准煤折算", home_catalog().factor_set(method.tce_set).row.name_zh),
        ("碳排放因子组", factor),
        ("电力因子", "因子组内的值，由规划所载各项占比推得" if in_set else "见因子组"),
        ("车辆边界", _VEHICLES[method.vehicle_boundary]),
        ("人口与机构", f"{_POPULATION[method.population]}，中央在地单位{central}"),
        ("区划", boundaries),
        ("报表", method.account_form),
    )
    return (
        Heading(1, "一、评估说明"),
        Heading(2, "（一）依据"),
        Paragraph(joined(f"依据{document.issuer}《{document.title}》{issued}，并按其专栏和正文所载目标、任务逐项评估。")),
        Heading(2, "（二）对象与范围"),
        Paragraph(_population(facts)),
        Heading(2, "（三）口径"),
        *(Paragraph(joined(f"{name}：{words}。")) for name, words in lines),
        Heading(2, "（四）数据来源"),
        Paragraph(evidence_cell(facts)),
        Heading(2, "（五）完整率与抽查"),
        Paragraph(quality_cell(facts)),
    )  # fmt: skip


def _population(facts: Facts) -> Cell:
    base = facts.plan.declared.get("institutions")
    words = joined("名录库内公共机构", figure(facts.now["institutions"], Shape("个", 1, 0)))
    if base is not None:
        number = plan_number(
            facts.plan, base.number.text, base.number.printed_unit, "institutions", f"§{base.clause}"
        )
        words = joined(words, f"（规划所载{facts.plan.base_year}年", number, "）")
    return joined(
        words,
        "，建筑面积", figure(facts.now["floor_area_m2"], Shape("万平方米", 10_000, 2)),
        "，用能人数", figure(facts.now["persons"], Shape("万人", 10_000, 2)),
        "，公务车", figure(facts.now["vehicles"], Shape("万辆", 10_000, 2)), "。",
    )  # fmt: skip


def evidence_cell(facts: Facts) -> Cell:
    """Where the energy's values come from."""
    words = joined(f"{facts.year}年能源消费中，")
    for lead, code in (
        ("表计", "metered"),
        ("，账单", "billed"),
        ("，手填", "typed"),
        ("，推算", "estimated"),
    ):
        words = joined(words, f"{lead}数占", figure(facts.now[f"evidence_share_{code}"], Shape("%", 1, 2)))
    return joined(words, "。")


def quality_cell(facts: Facts) -> Cell:
    """Completeness, spot checks, open errors."""
    checks = facts.counted(
        facts.spot_checks, "次", "spot_checks", f"spotchecks/{facts.year}@{facts.sequence}"
    )
    errors = facts.counted(facts.errors, "项", "findings.errors", f"review/{facts.year}@{facts.sequence}")
    return joined(
        f"{facts.year}年报表完整率", percent_figure(facts.now["completeness"]), "；质量抽查", checks,
        "；审核发现而未处理的错误", errors, "。",
    )  # fmt: skip


def _indicators(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """二、主要目标完成情况."""
    return (
        Heading(1, "二、主要目标完成情况"),
        Heading(2, "（一）总体"),
        Paragraph(conclusion(facts)),
        _years_table(facts, next(table)),
        Heading(2, "（二）逐项"),
        *(Paragraph(_one(facts, facts.standings[one.code], one)) for one in facts.plan.indicators),
        Heading(2, "（三）口径敏感性"),
        _ways_table(facts, next(table)),
        Paragraph(_factor_words(facts)),
        Heading(2, "（四）规划文本核对"),
        *_text_check(facts, next(table)),
    )


def _years_table(facts: Facts, number: int) -> TableBlock:
    years = list(facts.years)[1:]
    columns = (
        Column("指标", share=5), Column("属性", share=3), Column("单位", share=4), Column("基期", number=True, share=3),
        Column("目标", number=True, share=3), *(Column(f"{year}年", number=True, share=4) for year in years),
        Column("差距", number=True, share=3), Column("结论", share=4), Column("状态", share=2),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for indicator in facts.plan.indicators:
        row = facts.standings[indicator.code]
        rows.append((
            (Text(indicator.name_zh),), (Text(ATTRIBUTES[indicator.binding]),), (Text(facts.unit(indicator)),),
            (facts.base(indicator),), (facts.target(indicator),),
            *((facts.number(indicator, year),) for year in years),
            gap_cell(facts, row), (Text(verdict_zh(facts, row)),), (Text(STATUS[facts.now[indicator.code].status]),),
        ))  # fmt: skip
    against = "目标" if facts.final else "当年路径值"
    note = f"基期、目标为规划专栏所印；各年为系统按规划口径所算；差距为{facts.year}年实际减{against}。"
    return TableBlock(number, "主要指标逐年与目标", columns, tuple(rows), notes=(note,), landscape=True)


def _one(facts: Facts, row: Standing, indicator: PlanIndicator) -> Cell:
    """One indicator's paragraph, with its unit, its second verdict and its other cap where there are."""
    now, base = facts.number(indicator, facts.year), facts.base(indicator)
    words = joined(f"{indicator.name_zh}（{ATTRIBUTES[indicator.binding]}）：{facts.year}年", now)
    if row.value is None or indicator.base_value is None:
        return joined(words, "，没有数据，不作结论。")
    change = (row.value - indicator.base_value) / indicator.base_value * 100
    changed = facts.from_figures(f"chg({indicator.code})", change, "%", printed(change, 2), (row.receipt,))
    words = joined(
        words, "，较基期", base, change_of(changed), "；规划目标", _signed_target(facts, indicator)
    )
    if not facts.final:
        words = joined(words, f"，{facts.year}年路径值", *limit_cell(facts, row))
    words = joined(words, f"。结论：{verdict_zh(facts, row)}。")
    words = joined(words, _by_rule(facts, row, indicator), _by_also(facts, row, indicator))
    if misprinted(indicator):
        box = f"规划专栏{indicator.box}印作“{indicator.printed_unit}”，与其总量和面积不符"
        words = joined(words, f"单位按“{facts.unit(indicator)}”计（{box}）。")
    if row.status in ("missed", "off_path") and indicator.binding is False:
        words = joined(words, f"{APART[facts.final]}。")
    return words


def change_of(number: Number) -> Cell:
    """A change against the base, its direction in a word."""
    return change_said("", number)


def _signed_target(facts: Facts, indicator: PlanIndicator) -> Cell:
    sign = {"<=": "不超过", ">=": "不低于"}.get(indicator.target_op, "")
    return joined(sign, facts.target(indicator))


def _by_rule(facts: Facts, row: Standing, indicator: PlanIndicator) -> Cell:
    """The target by the percentage in the text, and its verdict where it is another."""
    if row.rule_value is None or indicator.change is None:
        return ()
    clause = f"§{indicator.clause}"
    fall = plan_number(
        facts.plan, indicator.change.text.removeprefix("-"), "%", f"change({indicator.code})", clause
    )
    value = facts.printed(indicator, "rule", row.rule_value)
    text = printed(row.rule_value / indicator.scale, 4)
    number = plan_number(facts.plan, text, value.unit, f"rule({indicator.code})", clause)
    words = joined("按正文下降", fall, "计为", number)
    if row.by_rule and row.by_rule != row.status:
        return joined(
            words,
            f"，按此为：{verdict_zh(facts, row, row.by_rule)}；两者不一，以专栏所印目标为准，请主管部门明确。",
        )
    return joined(words, "，结论相同。")


def _by_also(facts: Facts, row: Standing, indicator: PlanIndicator) -> Cell:
    """The second printed target, as the water cap of the text beside that of the box."""
    if row.also is None or indicator.also is None or not row.by_also:
        return ()
    if indicator.also.value == indicator.target_value:
        return ()
    number = plan_number(
        facts.plan,
        indicator.also.text,
        indicator.also.printed_unit,
        f"also({indicator.code})",
        f"§{indicator.clause}",
    )
    same = "结论相同" if row.by_also == row.status else f"按此为：{verdict_zh(facts, row, row.by_also)}"
    return joined("正文另印控制值", number, f"，{same}。")


def _ways_table(facts: Facts, number: int) -> TableBlock:
    """表: the verdict of each indicator by the plan's method and by others."""
    ways = (*MADE, FILLED)
    columns = [
        Column("指标", share=5),
        Column("单位", share=4),
        Column("规划口径", number=True, share=3),
        Column("结论", share=3),
    ]
    for code in ways:
        columns += [Column(NAMES[code][0], number=True, share=3), Column("结论", share=3)]
    rows = []
    for indicator in facts.plan.indicators:
        row, own = facts.standings[indicator.code], facts.shown(indicator)
        cells: list[Cell] = [
            (Text(indicator.name_zh),), (Text(facts.unit(indicator)),), (facts.number(indicator, facts.year),),
            (Text(verdict_zh(facts, row)),),
        ]  # fmt: skip
        for code in ways:
            trial = row.trial(code)
            assert trial is not None
            value = None if trial.value is None else trial.value / indicator.scale
            made = facts.from_figures(
                f"{code}({indicator.code})",
                value,
                facts.unit(indicator),
                own.text(trial.value),
                trial.sources,
                "缺数",
            )
            turned = "（改变）" if row.turns(trial) else ""
            cells += [(made,), (Text(verdict_words(trial.status, binding=indicator.binding)[0] + turned),)]
        rows.append(tuple(cells))
    note = "同一用能量，差异全部来自方法，不作为考核结论；考核结论只按规划口径。"
    return TableBlock(number, "口径敏感性", tuple(columns), tuple(rows), notes=(note,), landscape=True)


def _factor_words(facts: Facts) -> Cell:
    """The same consumption by two electricity factors."""
    words = joined("同一用能量，")
    for indicator in facts.plan.indicators:
        row = facts.standings[indicator.code]
        trial = row.trial("electricity_of_year")
        if row.factor is None or trial is None or trial.value is None:
            continue
        own = facts.shown(indicator)
        label = trial.label.partition("@")[2]
        used = facts.sure("factor", row.factor, "", printed(row.factor, 4), (row.receipt,))
        other = facts.from_figures(
            f"electricity_of_year({indicator.code})", trial.value / indicator.scale, facts.unit(indicator),
            own.text(trial.value), trial.sources,
        )  # fmt: skip
        words = joined(
            words, f"{indicator.name_zh}在电力因子取规划隐含值", used, "千克二氧化碳/千瓦时时为",
            facts.number(indicator, facts.year), f"，取{label}年公布值", *_published(facts, trial), "时为", other, "；",
        )  # fmt: skip
    return joined(words, "差异全部来自因子，不作为考核结论。")


def _published(facts: Facts, trial: Trial) -> Cell:
    """The published electricity factor of the year."""
    grid = home_catalog().grid_factor(facts.plan.region, facts.year)
    if grid is None:
        return ()
    return (facts.sure("factor(of-year)", grid.value, "", grid.text, trial.sources),)


def _grouped(text: str) -> str:
    """A printed number in groups of three."""
    return printed(Fraction(text), len(text.partition(".")[2])) if text else text


def _text_check(facts: Facts, number: int) -> tuple[Block, ...]:
    """表: what the plan prints against what its own numbers give, contradictions only; the rest in the annex."""
    warned = [one for one in facts.findings if one.finding.severity != "note"]
    if not warned:
        return (Paragraph((Text("用规划自己的数重算其所载各数，没有发现不一致。"),)),)
    columns = (
        Column("编号", share=2), Column("所载", number=True, share=3), Column("重算", number=True, share=3),
        Column("单位", share=3), Column("说明与对结论的影响", share=12),
    )  # fmt: skip
    clauses = {statement.id: statement for statement in facts.plan.statements}
    rows = []
    for one in warned:
        clause = f"{one.check} §{clauses[one.check].clause}"
        unit = unit_zh(one.unit)
        cells = [
            (plan_number(facts.plan, text, unit, one.check, clause),) if text is not None else (Text("—"),)
            for text in (_short(one.declared), _short(one.recomputed))
        ]
        rows.append(((Text(one.check),), *cells, (Text(unit),), (Text(one.finding.message_zh),)))
    note = "完整清单见附件6；印出的数仍是判定依据，不一致处由主管部门明确。"
    return (TableBlock(number, "规划文本核对（不一致处）", columns, tuple(rows), notes=(note,)),)


def _short(text: str | None) -> str | None:
    """A recomputed number to six decimals at most."""
    if text is None or "." not in text:
        return text
    whole, _dot, rest = text.partition(".")
    return f"{whole}.{rest[:6].rstrip('0')}".rstrip(".")


def _problems(facts: Facts) -> tuple[Block, ...]:
    """七、存在问题: only what the data, the tasks and the plan's text show."""
    told: list[Cell] = []
    for indicator in facts.plan.indicators:
        row = facts.standings[indicator.code]
        if row.status in ("missed", "off_path"):
            told.append(
                joined(
                    f"{indicator.name_zh}（{ATTRIBUTES[indicator.binding]}）{verdict_zh(facts, row)}，差距",
                    gap_cell(facts, row),
                    "。",
                )
            )
        if row.confidence.grade == "low":
            told.append(joined(f"{indicator.name_zh}的结论把握为低。"))
    undone = [row for row in facts.tasks if row.status == "not_done"]
    if undone:
        names = "、".join(row.task.name_zh for row in undone)
        number = facts.counted(len(undone), "项", "tasks.not_done", f"tasks/{facts.plan.id}")
        told.append(joined("任务未完成", number, f"：{names}。"))
    blank = [row for row in facts.tasks if row.status == "no_data"]
    if blank:
        number = facts.counted(len(blank), "项", "tasks.no_data", f"tasks/{facts.plan.id}")
        told.append(joined("系统内无完成数据的任务", number, "，本报告暂不作结论。"))
    silent = max((row.silent for row in facts.standings.values()), default=0)
    if silent:
        told.append(
            joined(
                "应报未报的机构",
                facts.counted(silent, "家", "silent", f"due/{facts.year}@{facts.sequence}"),
                "，名单见附件4。",
            )
        )
    warned = [one for one in facts.findings if one.finding.severity != "note"]
    if warned:
        number = facts.counted(len(warned), "处", "plan.contradictions", f"plan-check/{facts.plan.id}")
        told.append(joined("规划文本所载的数前后不一致", number, "，见（四）规划文本核对。"))
    if facts.errors:
        number = facts.counted(facts.errors, "项", "findings.errors", f"review/{facts.year}@{facts.sequence}")
        told.append(joined("审核发现而未处理的错误", number, "。"))
    lines = [Paragraph(joined(f"{place}. ", one)) for place, one in enumerate(told, 1)]
    none = (Paragraph((Text("数据、任务和规划文本中没有发现需要列出的问题。"),)),)
    return (Heading(1, "七、存在问题"), *(lines or none))
