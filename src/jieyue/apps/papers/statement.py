"""The two-page energy statement of an institution: what its year was, where it stands, why it changed, what is next.

Made from the same profile as the page (`insights/profile.py`); nothing is computed a second time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count as counter

from jieyue.apps.accounts.derived import change, relative
from jieyue.apps.accounts.peers import ABSENT, LEVEL_WORDS, Band
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights.profile import COMPARED, ORIGIN_SHARES
from jieyue.apps.papers.content import (
    Block,
    Cell,
    Column,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Status,
    TableBlock,
    Text,
)
from jieyue.apps.papers.numbers import Shape, figure, joined, percent_figure, shape_of
from jieyue.apps.papers.statement_facts import (
    ENERGY,
    MONTHLY,
    PER_AREA,
    Facts,
    carrier_zh,
    change_cell,
    figure_cell,
    is_synthetic,
)
from jieyue.apps.papers.statement_steps import UNTOLD, numbered, steps_of
from jieyue.apps.papers.why_table import IN_TABLE, gaps_said, is_known, why_said, why_table
from jieyue.apps.papers.words import foot_zh, indicator_zh, unit_zh

CODE = "energy-statement"
#: From this size on a month is printed without decimals.
_WHOLE = 100
#: What the place among peers is told by.
_PLACES = (PER_AREA, "energy_per_person_kgce", "water_per_person_m3", "co2_per_area_kg_m2")
_SAID = ("water_total_m3", "co2_total_t", "energy_cost_yuan")
NO_QUOTA = "本市定额值未录入，不作定额判断；外省的定额不作结论。"
_COMPUTING = "这一年同类机构的数尚未算好，本稿不列位置。"


def energy_statement(facts: Facts) -> Paper:
    """Two pages whatever is missing: what is long is told in few words, and the layout's sizes leave room."""
    blocks = _numbered((*_first(facts), PageBreak(), *_second(facts)))
    rows = [*facts.profile.now.values(), *facts.profile.then.values(), *facts.months.values()]
    scope = f"本单位（{facts.own.code}）"
    return Paper(
        code=CODE,
        title=f"{facts.own.name}\n{facts.year.year}年能源资源消费说明",
        scope=facts.scope,
        scope_name=facts.own.name,
        period=str(facts.year),
        sequence=facts.sequence,
        blocks=blocks,
        foot=(foot_zh(scope, facts.year, facts.sequence)[0], *_sources(facts)),
        synthetic=is_synthetic(),
        provisional=any(row.status == Status.PROVISIONAL.value for row in rows),
        form=True,
        signed=False,
        qr=f"{facts.address}{facts.now(ENERGY).receipt}",
    )


def _numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The tables that there are, numbered from 1."""
    number = counter(1)
    return tuple(
        replace(block, number=next(number)) if isinstance(block, TableBlock) else block for block in blocks
    )


def _first(facts: Facts) -> Iterable[Block]:
    yield Heading(1, "一、结论")
    if facts.inside:
        yield Paragraph((Text("本单位的能源资源由另一填报单位一并填报，没有单独的数；以下只列在册的情况。"),))
    yield from (Paragraph(cell) for cell in (_energy(facts), _amounts(facts), _place(facts)))
    yield Heading(1, "二、位置")
    yield from _position(facts)
    yield Heading(1, "三、变化")
    yield _changes(facts)
    yield Paragraph(_changed(facts))
    yield Heading(1, "四、十二个月")
    yield _months(facts)


def _second(facts: Facts) -> Iterable[Block]:
    yield Heading(1, "五、原因")
    yield from _reasons(facts)
    yield from _costs(facts)
    yield Heading(1, "六、数据可信度")
    yield from _quality(facts)
    yield Heading(1, "七、下一步")
    steps = numbered(steps_of(facts))
    yield from (Paragraph(cell, indent=False) for cell in steps)
    if not steps:
        yield Paragraph((Text("按现有的数，没有规则要求采取行动。"),))
    if facts.earlier:
        yield Paragraph((Text(UNTOLD[0]),), indent=False)


# -- page 1 -----------------------------------------------------------------------------------------------------


def _energy(facts: Facts) -> Cell:
    row, year = facts.now(ENERGY), facts.year.year
    if row.exact is None:
        return joined(f"{year}年能源消费", figure(row), "，不作比较。")
    return joined(
        f"{year}年，本单位能源消费", figure(row), "，", _year_on_year(facts, ENERGY), "；其中建筑用能",
        figure(facts.now("energy_building_tce")), "，车辆用能", figure(facts.now("energy_vehicle_tce")), "。",
    )  # fmt: skip


def _amounts(facts: Facts) -> Cell:
    """Water, carbon, money: one sentence each."""
    said: list[Cell | str] = []
    for code in _SAID:
        row = facts.now(code)
        if row.exact is None:
            said += [f"{indicator_zh(code)}", (figure(row),), "，不作比较。"]
        else:
            said += [indicator_zh(code), (figure(row),), "，", _year_on_year(facts, code), "。"]
    return joined(*said)


def _year_on_year(facts: Facts, code: str) -> Cell:
    return change_cell(relative(facts.now(code), facts.then(code)), "同比")


def _place(facts: Facts) -> Cell:
    band, own = facts.band(PER_AREA), facts.now(PER_AREA)
    if band is None:
        return joined(_COMPUTING)
    if band.level == ABSENT:
        return joined("本单位这一年不在统计范围内，没有同类位置。")
    if not band.level:
        return joined("同类机构不足10个，不列在同类中的位置。")
    peers = facts.made("peer_n", Fraction(band.n), "个", 0, PER_AREA)
    if band.percentile is None:
        return joined("单位建筑面积能耗", figure(own), "，在", peers, "同类机构中没有位置。")
    unit, decimals = shape_of(own).unit, shape_of(own).decimals
    return joined(
        "单位建筑面积能耗", figure(own), "，在", peers, "同类机构中处于第",
        facts.made("peer_percentile", band.percentile, "", 0, PER_AREA), "百分位（由低到高）；同类中位数",
        facts.made("peer_p50", band.quantiles[50], unit, decimals, PER_AREA), "。该分位由本系统统计，不是定额。",
    )  # fmt: skip


def _position(facts: Facts) -> Iterable[Block]:
    bands = [band for code in _PLACES if (band := facts.band(code)) is not None]
    if bands:
        columns = (
            Column("指标", share=5), Column("单位", share=5), Column("本单位", number=True, share=3),
            Column("百分位", number=True, share=2), Column("下四分位", number=True, share=3),
            Column("中位数", number=True, share=3), Column("上四分位", number=True, share=3),
            Column("同类数", number=True, share=2),
        )  # fmt: skip
        rows = tuple(_peer_row(facts, band) for band in bands)
        notes = tuple(_levels(bands))
        yield TableBlock(0, "在同类机构中的位置（由低到高）", columns, rows, notes=notes, dense=True)
    else:
        yield Paragraph((Text(_COMPUTING),))
    yield Paragraph((Text(NO_QUOTA),))


def _levels(bands: Sequence[Band]) -> Iterator[str]:
    """Who the peers are: said once where they are the same for all."""
    by_level: dict[str, list[str]] = {}
    for band in bands:
        by_level.setdefault(band.level, []).append(indicator_zh(band.indicator))
    for level, names in by_level.items():
        whose = "" if len(by_level) == 1 else f"（{'、'.join(names)}）"
        yield f"同类范围{whose}：{LEVEL_WORDS[level][0]}。"


def _peer_row(facts: Facts, band: Band) -> tuple[Cell, ...]:
    code, shape = band.indicator, shape_of(facts.now(band.indicator))

    def of(share: int) -> Cell:
        if not band.quantiles:
            return (Text("不列"),)
        return (facts.made(f"peer_p{share}", band.quantiles[share], shape.unit, shape.decimals, code),)

    place: Cell = (Text("不列"),)
    if band.percentile is not None:
        place = (facts.made("peer_percentile", band.percentile, "", 0, code),)
    return (
        (Text(indicator_zh(code)),), (Text(shape.unit),), figure_cell(facts.now(code)), place, of(25), of(50),
        of(75), (facts.made("peer_n", Fraction(band.n), "个", 0, code) if band.n else Text("不列"),),
    )  # fmt: skip


def _changes(facts: Facts) -> TableBlock:
    columns = (
        Column("指标", share=6), Column("单位", share=5), Column(f"{facts.before.year}年", number=True, share=4),
        Column(f"{facts.year.year}年", number=True, share=4), Column("变化", number=True, share=4),
        Column("同比", "%", number=True, share=4),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for code in COMPARED:
        now, then = facts.now(code), facts.then(code)
        rows.append((
            (Text(indicator_zh(code)),), (Text(shape_of(now).unit),), figure_cell(then), figure_cell(now),
            change_cell(change(now, then)), change_cell(relative(now, then)),
        ))  # fmt: skip
    return TableBlock(0, "主要指标与上年比较", columns, tuple(rows), dense=True)


def _changed(facts: Facts) -> Cell:
    """The change of building energy in one sentence, by floor area."""
    return why_said(facts.profile.causes[0]) or joined("用能变化没有分解，缺的数见五。")


def _months(facts: Facts) -> TableBlock:
    columns = (
        Column("项目", share=4),
        *(Column(f"{month}月", number=True, share=3) for month in range(1, 13)),
    )
    rows: list[tuple[Cell, ...]] = []
    for code in MONTHLY:
        for span in (facts.before, facts.year):
            found = [facts.months[(code, str(month))] for month in span.months()]
            large = any(row.exact is not None and abs(row.exact) >= _WHOLE for row in found)
            shape = Shape(unit_zh(found[0].unit), 1, 0) if large else shape_of(found[0])
            head = f"{'能源' if code == ENERGY else '用水'}{span.year}年"
            rows.append(((Text(head),), *((figure(row, shape),) for row in found)))
    note = "能源单位为吨标准煤，用水单位为立方米；“未报”为没有该月报表，只报年报的单位各月都是未报。"
    return TableBlock(0, "各月能源消费和用水", columns, tuple(rows), notes=(note,), dense=True)


# -- page 2 -----------------------------------------------------------------------------------------------------


def _reasons(facts: Facts) -> Iterable[Block]:
    causes = facts.profile.causes
    if is_known(causes):
        yield why_table(causes, 0)
    for cause in causes:
        if cause.gaps:
            yield Paragraph((Text(gaps_said(cause, facts.before.year, facts.year.year, "只有部分时间在册")),))


def _costs(facts: Facts) -> Iterable[Block]:
    if not facts.profile.money:
        yield Paragraph((Text("两年都没有报来可分解的费用。"),))
        return
    columns = (
        Column("品种", share=3), Column("占能源", "%", number=True, share=2),
        Column("单价单位", share=3), Column(f"{facts.before.year}年单价", number=True, share=3),
        Column(f"{facts.year.year}年单价", number=True, share=3),
        Column("用量的影响", "元", number=True, share=4), Column("单价的影响", "元", number=True, share=4),
    )  # fmt: skip
    shown = sorted(facts.profile.money, key=lambda one: -max(one.now or 0, one.then or 0))[:IN_TABLE]
    rows = tuple(
        (
            (Text(carrier_zh(one.carrier)),), figure_cell(facts.now(f"energy_share_{one.carrier}")),
            (Text(shape_of(facts.now(f"unit_price_{one.carrier}")).unit),),
            figure_cell(facts.then(f"unit_price_{one.carrier}")),
            figure_cell(facts.now(f"unit_price_{one.carrier}")),
            change_cell(one.quantity), change_cell(one.price),
        )
        for one in shown
    )  # fmt: skip
    note = "单价＝费用÷用量；两项影响相加等于该品种费用的变化。"
    if len(shown) < len(facts.profile.money):
        note += "只列费用较大的品种，其余见单位画像页。"
    yield TableBlock(0, "费用变化的原因", columns, rows, notes=(note,), dense=True)


def _quality(facts: Facts) -> Iterable[Block]:
    row = facts.now("completeness")
    said = percent_figure(row) if row.exact is not None else Text("不足以计算")
    yield Paragraph(joined(f"{facts.year.year}年报表完整率", said, "。"))
    columns = tuple(Column(_origin(code), "%", number=True) for code in ORIGIN_SHARES)
    cells = tuple(figure_cell(facts.now(code)) for code in ORIGIN_SHARES)
    yield TableBlock(0, "能源数据的来源（占能源消费）", columns, (cells,), dense=True)


def _origin(code: str) -> str:
    return indicator_zh(code).removesuffix("占能源消费比重")


def _sources(facts: Facts) -> tuple[str, ...]:
    """Sources and receipt numbers: a receipt is the run's number, the scope and the indicator's code."""

    def run(row: FigureRow) -> str:
        return row.receipt.partition("/")[0]

    now, then = run(facts.now(ENERGY)), run(facts.then(ENERGY))
    by_month = "、".join(
        f"{month.year}-{month.first_month:02d}\u00a0{run(facts.months[(ENERGY, str(month))])}"
        for span in (facts.before, facts.year)
        for month in span.months()
    )
    where = "扫右侧方码打开能源消费的回执，需登录。" if facts.address else "右侧方码是能源消费的回执号。"
    return (
        "来源：本单位经审核公布的报表；同类分位由本系统统计；变化和原因由所列各数算出。"
        f"回执号为 运行号/{facts.scope}/指标代码。运行号：{facts.year.year}年 {now}，{facts.before.year}年 {then}。",
        f"能源消费的回执：{facts.now(ENERGY).receipt}。{where}",
        f"各月运行号：{by_month}。",
    )
