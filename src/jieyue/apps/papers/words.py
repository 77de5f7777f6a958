"""Words of a paper: periods, units and names in Chinese, whatever the language of the page that asked for it."""

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.conf import settings

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.period import Period
from jieyue.domain.rounding import display

SAMPLE_CITY = "示例市"
#: How sure a number is 状态.
STATUS = {"final": "终值", "provisional": "初步", "missing": "缺数"}
_VEHICLES = {"all_oil": "汽油柴油均计车辆", "official_vehicles": "只计公务用车"}
_ELECTRICITY = {"set": "因子组内的值", "of-year": "数据当年公布的值"}


def period_zh(text: str) -> str:
    """A period as a paper names it.

    >>> period_zh("2026-10"), period_zh("2026-01..2026-10"), period_zh("2025")
    ('2026年10月', '2026年1—10月', '2025年')
    """
    period = Period.parse(text)
    first, last = period.first_month, period.last_month
    if (first, last) == (1, 12):
        return f"{period.year}年"
    return f"{period.year}年{first}月" if first == last else f"{period.year}年{first}—{last}月"


def unit_zh(code: str) -> str:
    """A unit in Chinese; a bare ratio has none."""
    try:
        return home_catalog().unit_symbol(code, "zh")
    except UnknownRuleError:
        return code


def indicator_zh(code: str) -> str:
    """An indicator's name."""
    return home_catalog().indicator(code).name_zh


def printed(value: Fraction, decimals: int) -> str:
    """A number as a paper prints it: rounded once, in groups of three.

    >>> printed(Fraction(1234567, 100), 1), printed(Fraction(-5, 2), 1)
    ('12,345.7', '-2.5')
    """
    text = display(value, decimals)
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = body.partition(".")
    return f"{sign}{int(whole):,}{dot}{rest}"


def authority_zh() -> str:
    """Whose paper it is."""
    return SAMPLE_CITY if settings.JIEYUE_HOME.synthetic else home_plan().authority_zh


def as_of_zh(sequence: int) -> str:
    """When a publication was finished."""
    at = Publication.objects.filter(seq=sequence).values_list("at", flat=True).first()
    return "" if at is None else _local(at).strftime("%Y-%m-%d %H:%M")


def foot_zh(scope_words: str, period: Period, sequence: int) -> tuple[str, ...]:
    """What all numbers of a paper share: instant, publication, boundaries, scope, method, factor of electricity."""
    choice = MethodChoice.of_plan(home_plan())
    factor = _ELECTRICITY.get(choice.electricity_factor, choice.electricity_factor)
    vehicles = _VEHICLES.get(choice.vehicle_boundary, choice.vehicle_boundary)
    return (
        f"数据截至 {as_of_zh(sequence)}（发布序号 {sequence}），区划：{period.last_day}，口径：{scope_words}，"
        f"电力因子：{factor}，车辆边界：{vehicles}。",
        f"方法：{home_plan().name_zh}。本稿由系统代拟，经人核定、编号、用印后为准；每个数的出处见附件。",
    )


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(settings.JIEYUE_HOME.timezone))
