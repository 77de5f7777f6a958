"""How the indicators of a plan stand, in words: the sentence of the whole, the gap, what would turn a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.targets.standing import FILLED, WAITING, Standing
from jieyue.apps.targets.standing_sides import scale_of, total_of
from jieyue.catalog.plan import Plan, PlanIndicator
from jieyue.domain.break_even import Grade
from jieyue.domain.rounding import display

Words = tuple[str, str]
"""Chinese, English."""

GRADES: dict[Grade, Words] = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}
NAMES: dict[str, Words] = {
    "plan": ("规划口径", "the plan's method"),
    "electricity_of_year": ("电力因子取当年公布值", "the published electricity factor of the year"),
    "official_vehicles": ("车辆边界只计公务用车", "official vehicles only"),
    "boundaries_now": ("按现行区划", "boundaries of today"),
    FILLED: ("未报的按上年数补入", "those missing filled with last year's use"),
    WAITING: ("未审的报表计入", "submitted returns counted in"),
}
_KEPT = ("met", "on_path")
_MOST_DIGITS = 6
_BINDING = {
    "met": ("完成", "met"), "missed": ("未完成", "missed"), "on_path": ("在路径上", "on the path"),
    "off_path": ("偏离路径", "off the path"), "no_data": ("无数据", "no data"),
}  # fmt: skip
_EXPECTED = {
    **_BINDING,
    "met": ("在控制值以内", "within the expected value"),
    "missed": ("超过控制值", "above the expected value"),
    "on_path": ("在路径值以内", "within the expected path"),
    "off_path": ("超过路径值", "above the expected path"),
}


def verdict_words(status: str, *, binding: bool | None) -> Words:
    """A verdict in two or three words; an expected value that is passed is never called a target missed."""
    return (_EXPECTED if binding is False else _BINDING)[status]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of one kind there are, kept, passed, and without data."""

    kept: int
    passed: int
    no_data: int

    @property
    def all(self) -> int:
        """All of them."""
        return self.kept + self.passed + self.no_data


def count_of(plan: Plan, rows: Sequence[Standing], *, binding: bool) -> Count:
    """Binding or expected indicators by verdict; the two are never counted together."""
    own = [row for row in rows if plan.indicator(row.indicator).binding is binding]
    kept = sum(row.status in _KEPT for row in own)
    none = sum(row.status == "no_data" for row in own)
    return Count(kept, len(own) - kept - none, none)


def conclusion(plan: Plan, rows: Sequence[Standing], *, final: bool) -> Words:
    """The whole in one sentence."""
    bound, hoped = count_of(plan, rows, binding=True), count_of(plan, rows, binding=False)
    good = ("完成", "met") if final else ("在路径上", "on the path")
    zh = f"约束性指标 {bound.all} 项中 {bound.kept} 项{good[0]}{_lack(bound)}；"
    zh += f"预期性指标 {hoped.all} 项中 {hoped.kept} 项在控制值以内{_lack(hoped)}。"
    en = f"{bound.kept} of {bound.all} binding indicators {good[1]}; {hoped.kept} of {hoped.all} expected ones within."
    return zh, en


def _lack(count: Count) -> str:
    return f"、{count.no_data} 项无数据" if count.no_data else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers of an indicator as the plan prints them, with as many digits as it takes to see the difference."""

    indicator: PlanIndicator
    digits: int

    def text(self, value: Fraction | None) -> str:
        """A value in the printed unit; empty if there is none."""
        return "" if value is None else display(value / self.indicator.scale, self.digits)

    def signed(self, value: Fraction | None) -> str:
        """A difference in the printed unit, with its sign."""
        text = self.text(value)
        return text if not text or text.startswith("-") or not value else f"+{text}"


def shown(plan: Plan, row: Standing) -> Shown:
    """Enough digits that a value that is not the limit does not look like it."""
    indicator = plan.indicator(row.indicator)
    printed = indicator.target or indicator.base
    digits = max(2, len(printed.text.partition(".")[2]) if printed else 2)
    while (
        row.value is not None
        and row.limit is not None
        and row.value != row.limit
        and digits < _MOST_DIGITS
        and display(row.value / indicator.scale, digits) == display(row.limit / indicator.scale, digits)
    ):
        digits += 1
    return Shown(indicator, digits)


def changes(plan: Plan, row: Standing) -> list[Words]:
    """What would change the verdict, computed; nothing that cannot be computed."""
    if row.status == "no_data":
        return [("没有数据，没有结论可变。", "No data, so no verdict to turn.")]
    kept = row.status in _KEPT
    made = [_missing(plan, row, kept=kept), _factor(row, kept=kept), _area(plan, row, kept=kept)]
    return [one for one in made if one is not None] + _other_target(plan, row) + [_trials(row)]


def _missing(plan: Plan, row: Standing, *, kept: bool) -> Words | None:
    if not row.silent or row.turn_missing is None:
        return None
    if row.turn_missing < 0:
        return (
            f"已经超过，未报的 {row.silent} 家报多少都不改变结论。",
            f"Passed already: whatever the {row.silent} missing report does not turn it.",
        )
    text, unit_zh, unit_en = use_text(row, row.turn_missing)
    ratio = "" if row.ratio is None else f"（为其上年值的 {display(row.ratio, 2)} 倍）"
    ratio_en = "" if row.ratio is None else f" ({display(row.ratio, 2)} times what they used a year ago)"
    word, word_en = ("超过", "exceeds") if kept else ("不超过", "does not exceed")
    return (
        f"未报的 {row.silent} 家用量{word} {text} {unit_zh}{ratio}时，结论改变。",
        f"It turns if the use of the {row.silent} missing {word_en} {text} {unit_en}{ratio_en}.",
    )


def use_text(row: Standing, value: Fraction) -> tuple[str, str, str]:
    """A use in the unit of the total that the indicator is made of: text, unit in Chinese and in English."""
    catalog = home_catalog()
    definition = catalog.indicator(row.indicator)
    unit = catalog.indicator(total_of(definition)).unit
    text = display(value / scale_of(definition), 2)
    return text, catalog.unit_symbol(unit, "zh"), catalog.unit_symbol(unit, "en")


def _factor(row: Standing, *, kept: bool) -> Words | None:
    if row.turn_factor is None or row.factor is None:
        return None
    used, star = display(row.factor, 4), display(row.turn_factor, 4)
    if row.turn_factor < 0:
        return ("电力因子取任何值都不改变结论。", "No electricity factor turns it.")
    word, en = ("高于", "above") if kept else ("不高于", "at or below")
    return (
        f"电力因子{word} {star} 千克二氧化碳/千瓦时时，结论改变（规划口径 {used}）。",
        f"It turns with an electricity factor {en} {star} kgCO2/kWh (the plan's: {used}).",
    )


def _area(plan: Plan, row: Standing, *, kept: bool) -> Words | None:
    if row.turn_area is None:
        return None
    stock = home_catalog().indicator(row.indicator).denominator
    name, name_en = {"floor_area": ("建筑面积", "floor area"), "persons": ("用能人数", "number of persons")}[
        stock
    ]
    share = display(abs(row.turn_area) * 100, 2)
    less, less_en = ("少", "smaller") if kept else ("多", "larger")
    return (
        f"{name}若实际{less} {share}% {'以上' if kept else '及以上'}，结论改变。",
        f"It turns if the {name_en} is in truth {less_en} by {'more than ' if kept else ''}{share} %.",
    )


def _trials(row: Standing) -> Words:
    """Which of the other ways turn the verdict; the rest only by number."""
    turning = [NAMES[trial.code] for trial in row.trials if row.turns(trial)]
    undone = [NAMES[trial.code] for trial in row.trials if row.turns(trial) is None]
    rest = len(row.trials) - len(turning) - len(undone)
    zh = [f"{name[0]}：改变" for name in turning] + [f"{name[0]}：无法检验" for name in undone]
    en = [f"{name[1]}: turns" for name in turning] + [f"{name[1]}: cannot be tested" for name in undone]
    if not zh:
        return f"换 {rest} 种口径看，都不改变。", f"Looked at in {rest} other ways it does not turn."
    return "；".join([*zh, f"其余 {rest} 种口径不改变"]) + "。", "; ".join(
        [*en, f"{rest} others do not turn it"]
    ) + "."


def _other_target(plan: Plan, row: Standing) -> list[Words]:
    """Targets of the plan itself that give another verdict than the printed one, which counts."""
    indicator, made = plan.indicator(row.indicator), []
    own = shown(plan, row)
    digits = Shown(indicator, max(4, own.digits))
    named = (
        (row.rule_value, row.by_rule, f"按规划正文下降 {_fall(indicator)}% 计", "by the plan's percentage"),
        (row.also, row.by_also, "按正文所印控制值计", "by the second printed value"),
    )
    for value, status, zh, en in named:
        if status and status != row.status and value is not None:
            word = verdict_words(status, binding=indicator.binding)
            made.append((f"{zh}（{digits.text(value)}）为：{word[0]}；以专栏所印目标为准。",
                         f"{en} ({digits.text(value)}): {word[1]}; the printed target counts."))  # fmt: skip
    return made


def _fall(indicator: PlanIndicator) -> str:
    return indicator.change.text.removeprefix("-") if indicator.change else ""


def parts_of(row: Standing, errors: int) -> list[Words]:
    """The parts of the confidence. errors: of the year's returns that stand open."""

    def pct(value: Fraction | None, zh: str, en: str, times: int = 1) -> Words:
        text = None if value is None else f"{display(value * times, 2)}%"
        return f"{zh} {text or '不明'}", f"{en} {text or 'not known'}"

    turned = len(row.confidence.turning)
    margin = None if row.margin is None else abs(row.margin)
    return [
        pct(row.weighted, "完整率（按上年用量加权）", "completeness (weighted by last year's use)", 100),
        pct(row.measured, "表计和账单占", "metered and billed"),
        pct(row.estimated, "推算占", "estimated"),
        (f"未处理的审核错误 {errors} 项", f"{errors} open errors of the review"),
        pct(margin, "与限值相差", "from the limit", 100),
        (
            f"检验 {len(row.trials)} 项，改变结论 {turned} 项",
            f"{len(row.trials)} tests, {turned} of them turn it",
        ),
    ]
