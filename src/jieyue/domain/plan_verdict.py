"""Verdicts on a plan's indicators: the path to the target, and whether it is kept.

The comparison is exact: the unrounded actual value against the printed target (a printed 10.95 is 10.95, so
10.954 misses a cap of 10.95). Only in the base year, where the printed base is itself a rounded figure of the
same data, the actual value is first rounded to the printed digits (GB/T 8170). An intensity printed as a bare
number is a cap if the plan wants a fall, a floor if it wants a rise. The target is the printed one; the value
by the percentage rule (base × (1 + change)) stands beside it with a status of its own, and so does a second
printed target. Where no target is printed the rule is the target.
Source: the plan's box 1 (预期性 expected, 约束性 binding); a missed expected total is not a missed binding
target and never says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from jieyue.catalog.plan import PlanIndicator
from jieyue.domain.errors import DomainError
from jieyue.domain.rounding import round_gb8170

Status = Literal["met", "missed", "on_path", "off_path", "no_data"]

_WORDS: Mapping[tuple[Status, bool | None], tuple[str, str]] = {
    ("met", True): ("约束性目标完成", "binding target met"),
    ("met", False): ("在预期性控制值以内", "within the expected value"),
    ("met", None): ("达到目标", "target met"),
    ("missed", True): ("约束性目标未完成", "binding target missed"),
    ("missed", False): (
        "预期性指标超过，不计为约束性目标未完成",
        "expected value passed; this is not a missed binding target",
    ),
    ("missed", None): ("未达到目标（是否约束性未载明）", "target missed; whether it is binding is not known"),
}
NO_DATA: Final = "no_data"
NO_DATA_WORDS: Final = ("无数据", "no data")
_OTHER_WORDS: Mapping[Status, tuple[str, str]] = {
    "on_path": ("在路径上", "on the path"),
    "off_path": ("偏离路径", "off the path"),
    NO_DATA: NO_DATA_WORDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an indicator stands in a year; all values exact, in the indicator's unit.

    ``target`` is what was judged against (``judged_by``: the printed target, or the rule where none is
    printed), ``path`` the value of the year on the way there, ``gap`` = actual − path (in and after the
    target year: − target). ``rule_value`` and ``also_target`` have their own statuses; None where the plan
    gives none. ``binding`` None: not known.
    """

    indicator: str
    year: int
    unit: str
    binding: bool | None
    actual: Fraction | None
    base: Fraction | None
    target: Fraction | None
    judged_by: Literal["printed", "rule"] | None
    path: Fraction | None
    gap: Fraction | None
    status: Status
    rule_value: Fraction | None
    status_by_rule: Status | None
    also_target: Fraction | None
    status_by_also: Status | None

    @property
    def words(self) -> tuple[str, str]:
        """The status in words for people, Chinese and English; expected and binding told apart."""
        return _OTHER_WORDS.get(self.status) or _WORDS[self.status, self.binding]


def path_value(
    base: Fraction,
    target: Fraction,
    *,
    base_year: int,
    target_year: int,
    year: int,
    printed: Mapping[int, Fraction] | None = None,
) -> Fraction:
    """The value of a year on the path: the printed one of that year, else on the straight line between its
    neighbours among base, printed years and target; the target afterwards.

    value = a + (b − a) × (year − yearₐ) ÷ (year_b − yearₐ). Raises `DomainError` before the base year.

    >>> path_value(Fraction("11.53"), Fraction("10.95"), base_year=2020, target_year=2025, year=2023)
    Fraction(5591, 500)
    """
    if year < base_year:
        raise _too_early(year, base_year)
    if year >= target_year:
        return target
    knots = sorted({**(printed or {}), base_year: base, target_year: target}.items())
    for (start, low), (end, high) in pairwise(knots):
        if start <= year < end:
            return low + (high - low) * Fraction(year - start, end - start)
    raise AssertionError("the knots cover base year to target year")


def lower_is_better(indicator: PlanIndicator, base: Fraction | None = None) -> bool:
    """Whether the target is a cap. For a target printed as a bare number: the plan wants a fall.

    ``base`` serves where the plan prints none. Raises `DomainError` if nothing tells.
    """
    if indicator.target_op != "=":
        return indicator.target_op == "<="
    if indicator.change_pct is not None:
        return indicator.change_pct <= 0
    start, end = base if indicator.base_value is None else indicator.base_value, indicator.target_value
    if start is None or end is None:
        raise DomainError(
            "target_direction_unknown",
            zh=f"指标 {indicator.code} 没有降幅也没有基期值，不知道目标是上限还是下限；请写 <= 或 >=。",
            en=f"{indicator.code} has neither a percentage nor a base, so its target may be a cap or a floor; "
            "write <= or >=.",
            data={"indicator": indicator.code},
        )
    return end <= start


def rule_value(indicator: PlanIndicator, base: Fraction | None = None) -> Fraction | None:
    """The target by the percentage rule, base × (1 + change ÷ 100), unrounded; None without rule or base."""
    start = indicator.base_value if indicator.base_value is not None else base
    if start is None or indicator.change_pct is None:
        return None
    return start * (1 + indicator.change_pct / 100)


def verdict(
    indicator: PlanIndicator,
    actual: Fraction | None,
    year: int,
    *,
    base_year: int,
    target_year: int,
    base: Fraction | None = None,
) -> Verdict:
    """Judge an actual value of a year [indicator's unit] against the plan.

    ``base`` is used where the plan prints none (its base year's own figure). In and after the target year:
    met or missed; before: on_path or off_path; no_data without a value, or without what a path needs.
    Raises `DomainError` for a year before the base year.
    """
    if year < base_year:
        raise _too_early(year, base_year)
    start = indicator.base_value if indicator.base_value is not None else base
    by_rule, printed_target = rule_value(indicator, base), indicator.target_value
    target = by_rule if printed_target is None else printed_target
    also = indicator.also.value if indicator.also else None
    course = _Course(indicator, start, year, base_year, target_year)
    path = course.limit(target, indicator.path)
    return Verdict(
        indicator=indicator.code,
        year=year,
        unit=indicator.unit,
        binding=indicator.binding,
        actual=actual,
        base=start,
        target=target,
        judged_by=None if target is None else "rule" if printed_target is None else "printed",
        path=path,
        gap=None if actual is None or path is None else actual - path,
        status=course.judge(actual, path),
        rule_value=by_rule,
        status_by_rule=None if by_rule is None else course.judge(actual, course.limit(by_rule, {})),
        also_target=also,
        status_by_also=None if also is None else course.judge(actual, course.limit(also, {})),
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """One indicator in one year: the limit on the way to a target, and the judgement against it."""

    indicator: PlanIndicator
    base: Fraction | None
    year: int
    base_year: int
    target_year: int

    def limit(self, target: Fraction | None, printed: Mapping[int, Fraction]) -> Fraction | None:
        if target is None or self.year >= self.target_year:
            return target
        if self.base is None:
            return None
        return path_value(
            self.base,
            target,
            base_year=self.base_year,
            target_year=self.target_year,
            year=self.year,
            printed=printed,
        )

    def judge(self, actual: Fraction | None, limit: Fraction | None) -> Status:
        if actual is None or limit is None:
            return "no_data"
        if self.year == self.base_year != self.target_year:
            actual = _at_printed_digits(self.indicator, actual)
        lower = lower_is_better(self.indicator, self.base)
        kept = actual <= limit if lower else actual >= limit
        if self.year >= self.target_year:
            return "met" if kept else "missed"
        return "on_path" if kept else "off_path"


def _too_early(year: int, base_year: int) -> DomainError:
    return DomainError(
        "year_before_plan",
        zh=f"{year} 年早于规划基期 {base_year} 年，没有路径；请选 {base_year} 年及以后。",
        en=f"{year} lies before the plan's base year {base_year}; take {base_year} or later.",
        data={"year": str(year), "base_year": str(base_year)},
    )


def _at_printed_digits(indicator: PlanIndicator, actual: Fraction) -> Fraction:
    """The actual value rounded to the digits of the printed base; as it is where no base is printed."""
    if indicator.base is None:
        return actual
    decimals = len(indicator.base.text.partition(".")[2])
    scale = indicator.base.scale
    return Fraction(round_gb8170(actual / scale, decimals)) * scale
