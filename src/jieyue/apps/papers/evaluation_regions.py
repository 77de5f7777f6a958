"""五、分区县、分系统, both years on one boundary; 六、变化原因: the change since the base year, taken apart."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count as counter

from jieyue.apps.accounts.change_words import MEANINGS, NAMES, SHOWN
from jieyue.apps.accounts.changes import Change
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import FigureRow, ScopeInfo, figures_by, scopes
from jieyue.apps.papers.content import Block, Cell, Column, Heading, Paragraph, TableBlock, Text
from jieyue.apps.papers.evaluation_facts import CITY, Facts
from jieyue.apps.papers.numbers import (
    Shape,
    count,
    derived,
    directed,
    figure,
    joined,
    on_year,
    percent_figure,
)
from jieyue.apps.papers.why_table import gaps_said, is_known, why_said, why_table
from jieyue.apps.papers.words import STATUS, indicator_zh, unit_zh
from jieyue.domain.change import Effect, Relative
from jieyue.domain.period import Period

DISTRICTS, DEPARTMENTS = ("district_bureau",), ("municipal_department",)
_CODES = ("energy_total_tce", "energy_per_area_kgce_m2", "energy_per_person_kgce", "completeness")
_MOVED = (Effect.MOVED_IN, Effect.MOVED_OUT)
#: What a body has on boundaries on which it was not there.
NEW = "新设"
Rows = Mapping[tuple[str, str], FigureRow]


def regions_section(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """Bodies directly below the authority, base year and this year on the boundaries of this year's last day."""
    day = Period.of_year(facts.year).last_day.isoformat()
    below = [one for one in scopes(str(facts.year), "line", boundaries=day) if one.parent_scope == CITY]
    head = Heading(1, "五、分区县、分系统")
    if not below:
        return head, Paragraph((Text("没有下级报送单位。"),))
    choice = MethodChoice.of_plan(facts.plan).changed(boundaries=day)
    names = [one.scope for one in below]
    sides: list[Rows] = [
        {
            (row.scope, row.indicator): row
            for row in figures_by(choice, names, str(year), indicators=_CODES, sequence=facts.sequence)
        }
        for year in (facts.plan.base_year, facts.year)
    ]
    words = (
        f"{facts.plan.base_year}年与{facts.year}年均按{facts.year}年12月31日的区划和报送关系计算，可比；"
        "按报送口径，次序同名录，不是排名。"
    )
    blocks: list[Block] = [head, Paragraph((Text(words),))]
    for title, kinds in (("各区县", DISTRICTS), ("各部门系统", DEPARTMENTS)):
        own = [one for one in below if one.kind in kinds and _has(one, sides)]
        if own:
            blocks.append(_table(facts, next(table), title, own, sides))
    return tuple(blocks)


def _has(one: ScopeInfo, sides: Sequence[Rows]) -> bool:
    return any(side[one.scope, "energy_total_tce"].exact is not None for side in sides)


def _table(
    facts: Facts, number: int, title: str, bodies: Sequence[ScopeInfo], sides: Sequence[Rows]
) -> TableBlock:
    base, year = facts.plan.base_year, facts.year
    columns = (
        Column("单位", share=5),
        Column(f"{base}年能源消费", "吨标准煤", number=True, share=4),
        Column(f"{year}年能源消费", "吨标准煤", number=True, share=4),
        Column("变化", "%", number=True, share=3),
        Column(f"{base}年单位面积", "千克标准煤/平方米", number=True, share=3),
        Column(f"{year}年单位面积", "千克标准煤/平方米", number=True, share=3),
        Column("人均综合能耗", "千克标准煤/人", number=True, share=3),
        Column("完整率", "%", number=True, share=2),
        Column("状态", share=2),
    )
    then, now = sides
    rows = []
    for one in bodies:
        total = now[one.scope, "energy_total_tce"]
        rows.append((
            (Text(one.name_zh),), (figure(then[one.scope, "energy_total_tce"], Shape("吨标准煤", 1, 2)),),
            (figure(total, Shape("吨标准煤", 1, 2)),), (on_year(total, then[one.scope, "energy_total_tce"], "chg"),),
            (figure(then[one.scope, "energy_per_area_kgce_m2"]),), (figure(now[one.scope, "energy_per_area_kgce_m2"]),),
            (figure(now[one.scope, "energy_per_person_kgce"]),), (percent_figure(now[one.scope, "completeness"]),),
            (Text(STATUS[total.status]),),
        ))  # fmt: skip
    return TableBlock(number, f"{title}（报送口径）", columns, tuple(rows), landscape=True)


def causes_section(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """The bridge from the base year to this one: like for like, entries, exits, missing, moved; sums exactly."""
    head = Heading(1, "六、变化原因")
    found = facts.changes
    if not found:
        words = f"系统内没有{facts.plan.base_year}年的机构数据，不能分解；总量与规划基期的差见表。"
        return head, Paragraph((Text(words),))
    note = (
        "未报不算节约，补报不算增长；各项相加正好等于变化。因子取规划口径不变，因子影响为零，见口径敏感性。"
    )
    return (
        head,
        *causes_blocks(found, (facts.plan.base_year, facts.year), next(table), note),
        *_drivers(facts, table),
    )


def _drivers(facts: Facts, table: "counter[int]") -> tuple[Block, ...]:
    """The same change by its drivers: floor area or persons, and the use of each carrier per size; sums exactly."""
    causes, years = facts.causes, (facts.plan.base_year, facts.year)
    told: list[Block] = []
    if is_known(causes):
        lead = f"按驱动因素分解（对数平均迪氏指数法LMDI，加法，无余项），{years[0]}年至{years[1]}年"
        first = why_said(causes[0])
        told += [Paragraph(joined(lead, first))] if first else []
        note = "分解的是全部机构的报告数，新增、退出、未报也在其中，各有多少见上表。"
        told.append(why_table(causes, next(table), (note,)))
    told += [
        Paragraph((Text(gaps_said(cause, *years, "有机构只有部分时间在册")),))
        for cause in causes
        if cause.gaps
    ]
    return tuple(told)


def causes_blocks(
    found: Mapping[str, Change],
    years: tuple[int, int],
    number: int,
    note: str,
    old: Mapping[str, FigureRow] | None = None,
) -> tuple[Block, ...]:
    """Changes between two years as sentences, and the table of what they are made of.

    old: the earlier figures on their own boundaries, where the changes are on later ones: the table begins with them,
    and what moved is one row.
    """
    base, year = years
    told = [Paragraph(_sentence(one, years)) for one in found.values()]
    columns = (
        Column("原因", share=5),
        *(Column(indicator_zh(code), _unit(one), number=True, share=4) for code, one in found.items()),
        Column("含义", share=8),
    )
    rows = [_ends(f"{base}年", found, 0)] if old is None else _moved(base, found, old)
    rows += [_effect(effect, found) for effect in SHOWN if old is None or effect not in _MOVED]
    if any(one.undivided for one in found.values()):
        cells = [(derived("undivided", one.undivided, _unit(one), 2, one.rows),) for one in found.values()]
        rows.append(((Text("只有公布总数的部分"),), *cells, (Text("一期只有公布的总数，不能按机构分解"),)))
    rows.append(_ends(f"{year}年", found, 1))
    caption = f"{base}—{year}年变化的组成"
    return *told, TableBlock(number, caption, columns, tuple(rows), notes=(note,), landscape=True)


def _moved(base: int, found: Mapping[str, Change], old: Mapping[str, FigureRow]) -> list[tuple[Cell, ...]]:
    """The earlier year on its own boundaries, what moved, and the same year on the later boundaries."""
    first: list[Cell] = []
    moved: list[Cell] = []
    for code, one in found.items():
        number, unit = figure(old[code], Shape(_unit(one), 1, 2)), _unit(one)
        was = old[code].exact
        gap = None if was is None or one.then is None else one.then - was
        first.append((replace(number, text=NEW) if was is None else number,))
        moved.append((derived(f"moved({code})", gap, unit, 2, (one.rows[0], old[code]), NEW),))
    return [
        ((Text(f"{base}年（原区划）"),), *first, (Text("按当年末的区划和报送关系"),)),
        ((Text("划转"),), *moved, (Text("区划或报送关系变动：划入为正，划出为负；不是用能变化"),)),
        _ends(f"{base}年（现行区划）", found, 0),
    ]


def _unit(one: Change) -> str:
    return unit_zh(one.rows[0].unit)


def _ends(name: str, found: Mapping[str, Change], side: int) -> tuple[Cell, ...]:
    cells = [(figure(one.rows[side], Shape(_unit(one), 1, 2)),) for one in found.values()]
    return ((Text(name),), *cells, (Text("系统按规划口径所算"),))


def _effect(effect: Effect, found: Mapping[str, Change]) -> tuple[Cell, ...]:
    code = effect.name.lower()
    cells = []
    for one in found.values():
        value = None if one.split is None else Fraction(one.split.effects[effect])
        cells.append(
            (derived(f"effect.{code}({one.indicator})", value, _unit(one), 2, one.rows, "不足以计算"),)
        )
    return ((Text(NAMES[code][0]),), *cells, (Text(MEANINGS[code][0]),))


def _sentence(one: Change, years: tuple[int, int]) -> Cell:
    """The change between the years, as reported and like for like."""
    now = one.rows[1]
    alike = count(
        one.institutions, "家", f"like_for_like({one.indicator})", now.scope, now.period, one.parts[1]
    )
    said: list[Cell] = []
    for lead, share in (("全部机构", one.relative), ("可比机构", one.like_for_like_relative)):
        said.append(joined(lead, _direction(one, share)))
    return joined(
        f"{indicator_zh(one.indicator)}{years[0]}年至{years[1]}年：", said[0], "，", said[1],
        "（同样的机构", alike, "）。",
    )  # fmt: skip


def _direction(one: Change, share: Relative) -> Cell:
    if share.value is None:
        return (Text("无可比基数"),)
    value = share.value * 100
    return directed("", derived(f"chg({one.indicator})", value, "%", 2, one.rows), 2)
