"""Thresholds of the rules for readings 读数规则, numbers that mean "no value", ranks of sources: dated and sourced.

All that is shipped are defaults of this product, marked as not verified; an authority's overlay changes them from a
day. Which meters a row is about: `*` all; a carrier; `electricity:main` and `electricity:below`, without and with a
point above. The most special row counts.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from jieyue.catalog.model import Sourced
from jieyue.catalog.strict import BEGINNING, OPEN_END, Placed

RULES, NO_VALUES, RANKS = "reading_rules", "reading_no_values", "source_ranks"
ANY: Final = "*"
#: Codes that may differ between meters; all others are said of all.
BY_METER: Final = ("still",)
#: Codes that raise findings and change no use.
FOUND_ONLY: Final = ("balance",)
#: The highest rank of a source.
_HIGHEST: Final = 1000
ORIGINS: Final = ("correction", "file", "backlog", "live")
#: What is shipped is named so that what was derived by it before rules were data stands.
SHIPPED: Final = "vee.v1"
V1: Final = "080cd7055e2d91ce951f7beb58114b4be62307534b901de7c564625198bc5b85"

Code = Literal[
    "gap", "bound", "learned", "longest", "jitter", "rollover", "peak", "deviations", "like_days", "before", "after",
    "still", "balance",
]  # fmt: skip


class _Limits(NamedTuple):
    unit: str
    least: Fraction
    most: Fraction
    whole: bool


def _limits(unit: str, least: str, most: str, *, whole: bool = False) -> _Limits:
    return _Limits(unit, Fraction(least), Fraction(most), whole)


#: Unit, and between what a threshold may lie: beyond that a rule says nothing, or everything. The days looked at are
#: those of the locality rule at most.
LIMITS: Final[Mapping[str, _Limits]] = {
    "gap": _limits("1", "1", "1000"),
    "bound": _limits("1", "0.1", "1000"),
    "learned": _limits("1", "1", "1000"),
    "longest": _limits("piece", "1", "48", whole=True),
    "jitter": _limits("piece", "0", "1000", whole=True),
    "rollover": _limits("1", "0.5", "1"),
    "peak": _limits("1", "1", "1000"),
    "deviations": _limits("1", "0.1", "1000"),
    "like_days": _limits("piece", "1", "28", whole=True),
    "before": _limits("d", "1", "28", whole=True),
    "after": _limits("d", "0", "2", whole=True),
    "still": _limits("h", "1", "8760", whole=True),
    "balance": _limits("1", "0", "10"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRule(Sourced):
    """One threshold of some meters."""

    code: Code
    meters: str = ANY
    value: Fraction
    unit: str
    name_zh: str
    name_en: str
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True, kw_only=True)
class NoValue(Sourced):
    """A number that means "no value" in some meters' readings: a sentinel, or 0 where it stands for a missing one."""

    meters: str
    value: Fraction
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRank(Sourced):
    """Of readings of one instant the one of the higher rank stands."""

    origin: Literal["correction", "file", "backlog", "live"]
    rank: int
    name_zh: str
    name_en: str
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True)
class RuleSet:
    """What holds on a day. values: of thresholds that all meters share; still: meters → hours; no_values: (meters,
    number); ranks: origin → rank."""

    values: Mapping[str, Fraction]
    still: Mapping[str, Fraction]
    no_values: tuple[tuple[str, Fraction], ...]
    ranks: Mapping[str, int]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides a use or its quality."""
        said = [
            sorted((code, str(value)) for code, value in self.values.items() if code not in FOUND_ONLY),
            sorted((meters, str(value)) for meters, value in self.still.items()),
            sorted((meters, str(value)) for meters, value in self.no_values),
            sorted(self.ranks.items()),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def version(self) -> str:
        """The set's name, for good: another set has another name."""
        return SHIPPED if self.digest == V1 else f"vee-{self.digest[:12]}"


def in_force(
    rules: tuple[ReadingRule, ...], blanks: tuple[NoValue, ...], ranks: tuple[SourceRank, ...], day: date
) -> RuleSet:
    """What holds on a day."""

    def there(row: Any) -> bool:
        return bool(row.valid_from <= day < row.valid_to)

    return RuleSet(
        {row.code: row.value for row in rules if there(row) and row.code not in BY_METER},
        {row.meters: row.value for row in rules if there(row) and row.code == "still"},
        tuple(sorted((row.meters, row.value) for row in blanks if there(row))),
        {row.origin: row.rank for row in ranks if there(row)},
    )


def classes_of(carrier: str, *, below: bool) -> tuple[str, str, str]:
    """The words under which rows may speak of a meter, the most special first.

    >>> classes_of("electricity", below=False)
    ('electricity:main', 'electricity', '*')
    """
    return f"{carrier}:{'below' if below else 'main'}", carrier, ANY


def check_rules(tables: Mapping[str, tuple[Placed[Any], ...]]) -> None:
    """Refuse thresholds out of their limits, meters that nothing is, and days without a threshold or a rank."""
    words = {ANY}
    for placed in tables["carriers"]:
        words |= {placed.row.code, f"{placed.row.code}:main", f"{placed.row.code}:below"}
    for name in (RULES, NO_VALUES):
        for placed in tables[name]:
            _known_meters(placed, words)
    for placed in tables[RULES]:
        _within(placed)
    for placed in tables[NO_VALUES]:
        if (placed.row.value * 10_000).denominator != 1:
            placed.refuse("value", "最多四位小数", "four decimals at most")
    for placed in tables[RANKS]:
        if not 0 <= placed.row.rank <= _HIGHEST:
            placed.refuse("rank", f"应为 0 至 {_HIGHEST} 的整数", f"must be whole, 0 to {_HIGHEST}")
    if tables[RULES]:
        rows = [placed for placed in tables[RULES] if placed.row.meters == ANY]
        _always(rows, lambda row: row.code, LIMITS)
        _always(list(tables[RANKS]), lambda row: row.origin, ORIGINS)


def _known_meters(placed: Placed[Any], words: set[str]) -> None:
    if placed.row.meters not in words:
        placed.refuse(
            "meters",
            f"没有这类表“{placed.row.meters}”；可写 *、品种代码、品种:main、品种:below",
            f"no such meters: {placed.row.meters}; write *, a carrier, CARRIER:main or CARRIER:below",
        )


def _within(placed: Placed[Any]) -> None:
    row, limits = placed.row, LIMITS[placed.row.code]
    if row.meters != ANY and row.code not in BY_METER:
        placed.refuse(
            "meters", f"{row.code} 对所有表相同，写 *", f"{row.code} is the same for all meters: write *"
        )
    if row.unit != limits.unit:
        placed.refuse(
            "unit", f"{row.code} 的单位是 {limits.unit}", f"the unit of {row.code} is {limits.unit}"
        )
    if not limits.least <= row.value <= limits.most or (limits.whole and row.value.denominator != 1):
        whole_zh, whole_en = ("的整数", "whole, ") if limits.whole else ("", "")
        placed.refuse(
            "value",
            f"{row.code} 应为 {limits.least} 至 {limits.most}{whole_zh}",
            f"{row.code} must be {whole_en}{limits.least} to {limits.most}",
        )


def _always(rows: list[Placed[Any]], key: Callable[[Any], str], wanted: Any) -> None:
    """Every wanted key holds on every day: the sums of all days could not be made otherwise."""
    for name in wanted:
        mine = sorted(
            (placed for placed in rows if key(placed.row) == name), key=lambda placed: placed.row.valid_from
        )
        spans = [(placed.row.valid_from, placed.row.valid_to) for placed in mine]
        whole = bool(spans) and spans[0][0] == BEGINNING and spans[-1][1] == OPEN_END
        if not whole and rows:
            (mine or rows)[-1].refuse(
                "valid_from",
                f"{name} 必须每一天都有值",
                f"{name} must have a value on every day",
            )
