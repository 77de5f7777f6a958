"""What a finding says, in words: the rule's sentence and the numbers that it was judged by, with names and units."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.ruleset import UNSET, RuleRow
from jieyue.domain.period import Period
from jieyue.domain.review_panel import TCE

_READERS = {
    "prev_year": ("上年同期", "a year ago"),
    "prev_period": ("上期", "the period before"),
    "base_year": ("基期", "base year"),
    "sum_periods": ("各月之和", "sum of its months"),
    "sum_instances": ("各机房之和", "all rooms"),
    "same_period": ("同期", "same period"),
}
_OWN = {
    "price": ("单价", "price"),
    "low": ("下限", "low"),
    "high": ("上限", "high"),
    "factor": ("与其他各期相差", "off from its other periods"),
    "usual": ("其他各期中位数", "median of its other periods"),
    "period": ("与此期相同", "same as period"),
    "institution": ("与此机构相同", "same as institution"),
}
#: A rule's limits by their names in the rule set.
LIMITS: Mapping[str, tuple[str, str]] = {
    "tol": ("容差", "tolerance"),
    "tolerance": ("容差", "tolerance"),
    "min": ("下限", "low"),
    "max": ("上限", "high"),
    "share": ("自身中位数上下", "own median ±"),
    "least": ("至少个数", "least number"),
    "limit": ("限值", "limit"),
    "max_change": ("变动上限", "largest change"),
    "deviations": ("离散倍数", "deviations"),
    "times": ("倍数", "times"),
    "factor_a": ("倍数一", "factor 1"),
    "factor_b": ("倍数二", "factor 2"),
    "pue_error_max": ("PUE 不应低于", "PUE not below"),
    "pue_warn_above": ("PUE 上限", "PUE high"),
    "days_min": ("最少天数", "least days"),
    "days_max": ("最多天数", "most days"),
}
#: What is reckoned from all the other periods of the institution.
_OF_OTHER_PERIODS = frozenset({"low", "high", "factor", "usual", "period"})
#: Readers of the same period, and of one that stands beside it; the others take periods together.
_SAME = frozenset({"", "same_period", "sum_instances"})
_BESIDE: Mapping[str, Callable[[Period], Period]] = {
    "prev_year": Period.previous_year,
    "prev_period": Period.previous,
}
_COAL = ("建筑用能折标煤（kgce）", "building energy (kgce)")


@dataclass(frozen=True)
class Said:
    """A number that a rule looked at; or, by its kind, a `period` or an `institution` that it is compared with."""

    name_zh: str
    name_en: str
    value: str
    unit: str = ""
    kind: str = "number"


def numbers(form: str, facts: Mapping[str, str]) -> list[Said]:
    """The facts of a finding with names and units, in their order."""
    return [_number(form, key, value) for key, value in facts.items()]


def readable(
    form: str, period: str, facts: Mapping[str, str], reads: Callable[[str, str], bool]
) -> dict[str, str]:
    """The facts without those of forms and periods that a limited right does not reach, or that take periods together.

    reads: whether the person reads the institution's return of a form and period.
    """
    return {key: value for key, value in facts.items() if _is_readable(form, period, key, reads)}


def _is_readable(form: str, period: str, key: str, reads: Callable[[str, str], bool]) -> bool:
    if key in _OWN:
        return key not in _OF_OTHER_PERIODS
    head, _, rest = key.partition(":")
    reader, cell = (head, rest) if head in _READERS else ("", key)
    other = cell.rpartition(":")[0] or form
    if reader in _SAME:
        return other == form or reads(other, period)
    return reader in _BESIDE and reads(other, str(_BESIDE[reader](Period.parse(period))))


def item_name(form: str, code: str) -> tuple[str, str]:
    """The name of an item in both languages; of the return as a whole where there is none."""
    if not code:
        return "整份报表", "the whole return"
    if code == TCE:
        return _COAL
    try:
        item = home_catalog().item(code if ":" in code else f"{form}:{code}")
    except UnknownRuleError:
        return code, code
    return item.name_zh, item.name_en


def item_unit(form: str, code: str) -> str:
    """The unit of an item, empty where it has none."""
    with suppress(UnknownRuleError):
        return home_catalog().item(code if ":" in code else f"{form}:{code}").unit
    return ""


def _number(form: str, key: str, value: str) -> Said:
    if key in _OWN:
        return Said(*_OWN[key], value, kind=key if key in ("period", "institution") else "number")
    head, _, rest = key.partition(":")
    reader = _READERS.get(head)
    code = rest if reader else key
    zh, en = item_name(form, code)
    unit = item_unit(form, code)
    return (
        Said(f"{reader[0]}{zh}", f"{en}, {reader[1]}", value, unit) if reader else Said(zh, en, value, unit)
    )


def limits_in_words(params: Iterable[str]) -> tuple[str, str]:
    """The limits of a rule in both languages.

    >>> limits_in_words(["min=0.40", "limit=unset"])
    ('下限 0.40；限值 未设', 'low 0.40; limit not set')
    """
    pairs = [
        (*LIMITS.get(name, (name, name)), text)
        for name, _sign, text in (one.partition("=") for one in params)
    ]
    zh = "；".join(f"{word} {'未设' if text == UNSET else text}" for word, _en, text in pairs)
    return zh, "; ".join(f"{word} {'not set' if text == UNSET else text}" for _zh, word, text in pairs)


def in_words(form: str, item: str, rule: str, row: RuleRow | None) -> tuple[str, str]:
    """The item and the rule that speaks of it by their names in both languages, their codes in brackets."""
    item_zh, item_en = item_name(form, item)
    named = item and item != item_zh
    zh, en = (f"{item_zh}（{item}）", f"{item_en} ({item})") if named else (item_zh, item_en)
    if row is None:
        return f"{zh}：{rule}", f"{en}: {rule}"
    return f"{zh}：{row.name_zh}（{rule}）", f"{en}: {row.name_en} ({rule})"
