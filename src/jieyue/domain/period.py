"""Periods 期间: month, quarter, year, heating season and range of months, as objects and never as string pairs.

A period is whole months; its dates are half-open, `start` belongs to it and `end` does not. Dates are the
authority's local dates (Asia/Shanghai unless it says otherwise); no instant and no time zone enters here.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from jieyue.domain.errors import DomainError

MONTHS = 12
FIRST_YEAR = 1000
LAST_YEAR = 9998
"""Years are four digits; 9999-12-31 is the open end of valid time and belongs to no period."""

_FORMS_ZH = "年 2025、季度 2025-Q1、月 2025-03、供暖季 2024-HS（2024年开始）、月份区间 2026-01..2026-10"
_FORMS_EN = (
    "a year 2025, a quarter 2025-Q1, a month 2025-03, a heating season 2024-HS (that begins in 2024), "
    "a range of months 2026-01..2026-10"
)
_SINGLE = re.compile(r"([1-9][0-9]{3})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|(HS)))?")
_RANGE = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])\.\.([1-9][0-9]{3})-(0[1-9]|1[0-2])")


class PeriodError(DomainError):
    """A text that is no period (`period_form`), or a range that ends before it begins (`period_order`)."""


class PeriodKind(StrEnum):
    """Kinds of period; the value is the letter of the column `kind` in the lake's fact tables."""

    YEAR = "Y"
    QUARTER = "Q"
    MONTH = "M"
    HEATING_SEASON = "H"
    RANGE = "R"


@dataclass(frozen=True, slots=True)
class HeatingSeason:
    """The months of a heating season 供暖季, a setting of the authority and no rule of law.

    `first_month` and `last_month` are 1 to 12, both within the season; a season whose first month comes after
    its last one runs into the next year. The default, November to March, covers the common 15 November to
    15 March in whole months, because returns are monthly; an authority sets its own.

    >>> HeatingSeason().length, HeatingSeason(first_month=1, last_month=4).length
    (5, 4)
    """

    first_month: int = 11
    last_month: int = 3

    def __post_init__(self) -> None:
        """Refuse what is not a month."""
        if not (1 <= self.first_month <= MONTHS and 1 <= self.last_month <= MONTHS):
            raise PeriodError(
                "period_form",
                zh="供暖季的起止月份应为 1 至 12；请改正设置",
                en="a heating season begins and ends in a month from 1 to 12; mend the setting",
            )

    @property
    def length(self) -> int:
        """Number of months, 1 to 12."""
        return (self.last_month - self.first_month) % MONTHS + 1


DEFAULT_SEASON = HeatingSeason()


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A period of whole months.

    `first` and `last` count months from year 0 (year × 12 + month − 1), both within the period; make periods
    by `parse`, `of_month`, `of_quarter`, `of_year`, `of_season` and `of_range`. Periods are ordered by first
    month, then by last month; a range of twelve months is not the year it covers (a year asks for yearly
    returns first, a range for months).

    >>> period = Period.parse("2025-Q1")
    >>> str(period), period.start.isoformat(), period.end.isoformat(), period.days
    ('2025-Q1', '2025-01-01', '2025-04-01', 90)
    """

    first: int
    last: int
    kind: PeriodKind

    def __post_init__(self) -> None:
        """Keep the invariants: first ≤ last, years of four digits."""
        if self.first > self.last:
            raise PeriodError(
                "period_order",
                zh=f"期间的起月晚于止月：{_month_text(self.first)}..{_month_text(self.last)}；请对调",
                en=f"the range ends before it begins: {_month_text(self.first)}..{_month_text(self.last)}; swap",
            )
        if self.first < FIRST_YEAR * MONTHS or self.last >= (LAST_YEAR + 1) * MONTHS:
            raise PeriodError(
                "period_form",
                zh=f"年份应为 {FIRST_YEAR} 至 {LAST_YEAR}",
                en=f"the year must be from {FIRST_YEAR} to {LAST_YEAR}",
            )

    @classmethod
    def parse(cls, text: str, season: HeatingSeason = DEFAULT_SEASON) -> "Period":
        """Read the canonical text of a period; `season` gives the months of a heating season.

        Strict: nothing around it, no other spelling. Raises PeriodError that names the accepted forms.

        >>> Period.parse("2024-HS").last_day.isoformat()
        '2025-03-31'
        >>> Period.parse("2025-3")
        Traceback (most recent call last):
            ...
        jieyue.domain.period.PeriodError: “2025-3” is not a period; write a year 2025, a quarter ...
        """
        if match := _RANGE.fullmatch(text):
            year, month, last_year, last_month = (int(part) for part in match.groups())
            return cls.of_range(cls.of_month(year, month), cls.of_month(last_year, last_month))
        if match := _SINGLE.fullmatch(text):
            year_text, month_text, quarter_text, season_text = match.groups()
            if month_text:
                return cls.of_month(int(year_text), int(month_text))
            if quarter_text:
                return cls.of_quarter(int(year_text), int(quarter_text))
            return cls.of_season(int(year_text), season) if season_text else cls.of_year(int(year_text))
        shown = text[:40]
        raise PeriodError(
            "period_form",
            zh=f"“{shown}”不是期间；可用形式：{_FORMS_ZH}",
            en=f"“{shown}” is not a period; write {_FORMS_EN}",
            data={"value": shown},
        )

    @classmethod
    def of_month(cls, year: int, month: int) -> "Period":
        """Return the calendar month; `month` is 1 to 12.

        >>> str(Period.of_month(2025, 3))
        '2025-03'
        """
        _within(month, MONTHS, "month", "月")
        index = year * MONTHS + month - 1
        return cls(index, index, PeriodKind.MONTH)

    @classmethod
    def of_quarter(cls, year: int, quarter: int) -> "Period":
        """Return the calendar quarter; `quarter` is 1 to 4.

        >>> str(Period.of_quarter(2025, 4))
        '2025-Q4'
        """
        _within(quarter, 4, "quarter", "季度")
        first = year * MONTHS + 3 * (quarter - 1)
        return cls(first, first + 2, PeriodKind.QUARTER)

    @classmethod
    def of_year(cls, year: int) -> "Period":
        """Return the calendar year.

        >>> Period.of_year(2024).days
        366
        """
        return cls(year * MONTHS, year * MONTHS + MONTHS - 1, PeriodKind.YEAR)

    @classmethod
    def of_season(cls, year: int, season: HeatingSeason = DEFAULT_SEASON) -> "Period":
        """Return the heating season that begins in `year`.

        >>> Period.of_season(2024).start.isoformat()
        '2024-11-01'
        """
        first = year * MONTHS + season.first_month - 1
        return cls(first, first + season.length - 1, PeriodKind.HEATING_SEASON)

    @classmethod
    def of_range(cls, first: "Period", last: "Period") -> "Period":
        """Return the months from the first of `first` to the last of `last`, as a range.

        >>> str(Period.of_range(Period.of_month(2026, 1), Period.of_month(2026, 10)))
        '2026-01..2026-10'
        """
        return cls(first.first, last.last, PeriodKind.RANGE)

    @property
    def start(self) -> date:
        """First day of the period."""
        return _first_day(self.first)

    @property
    def end(self) -> date:
        """The day after the last one: the period is [start, end)."""
        return _first_day(self.last + 1)

    @property
    def last_day(self) -> date:
        """Last day of the period; boundaries of then and stocks are taken on it."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def year(self) -> int:
        """The year in which the period begins: that of its name, also for a heating season."""
        return self.first // MONTHS

    @property
    def first_month(self) -> int:
        """Month of the year in which the period begins, 1 to 12."""
        return self.first % MONTHS + 1

    @property
    def last_month(self) -> int:
        """Month of the year in which the period ends, 1 to 12."""
        return self.last % MONTHS + 1

    @property
    def month_count(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    @property
    def kind_letter(self) -> str:
        """Y year, Q quarter, M month, H heating season, R range."""
        return self.kind.value

    def months(self) -> "tuple[Period, ...]":
        """Return the months of the period in order.

        >>> [str(month) for month in Period.parse("2024-Q4").months()]
        ['2024-10', '2024-11', '2024-12']
        """
        return tuple(Period(index, index, PeriodKind.MONTH) for index in range(self.first, self.last + 1))

    def previous_year(self) -> "Period":
        """Return the same months a year earlier (同比).

        >>> str(Period.parse("2026-01..2026-10").previous_year())
        '2025-01..2025-10'
        """
        return Period(self.first - MONTHS, self.last - MONTHS, self.kind)

    def previous(self) -> "Period":
        """Return the period just before (环比): the month, quarter, year or season before; for a range, as
        many months.

        >>> str(Period.parse("2025-Q1").previous()), str(Period.parse("2026-01..2026-10").previous())
        ('2024-Q4', '2025-03..2025-12')
        """
        step = MONTHS if self.kind is PeriodKind.HEATING_SEASON else self.month_count
        return Period(self.first - step, self.last - step, self.kind)

    def contains(self, part: "date | Period") -> bool:
        """Return whether a day, or all of another period, lies within this one.

        >>> Period.parse("2025").contains(Period.parse("2025-Q4")), Period.parse("2025").contains(date(2026, 1, 1))
        (True, False)
        """
        if isinstance(part, Period):
            return self.first <= part.first and part.last <= self.last
        return self.start <= part < self.end

    def __str__(self) -> str:
        """Return the canonical text, which `parse` reads back (a heating season with the same setting)."""
        if self.kind is PeriodKind.YEAR:
            return f"{self.year}"
        if self.kind is PeriodKind.QUARTER:
            return f"{self.year}-Q{self.first_month // 3 + 1}"
        if self.kind is PeriodKind.HEATING_SEASON:
            return f"{self.year}-HS"
        if self.kind is PeriodKind.RANGE:
            return f"{_month_text(self.first)}..{_month_text(self.last)}"
        return _month_text(self.first)


def _month_text(index: int) -> str:
    return f"{index // MONTHS}-{index % MONTHS + 1:02d}"


def _first_day(index: int) -> date:
    return date(index // MONTHS, index % MONTHS + 1, 1)


def _within(number: int, highest: int, name_en: str, name_zh: str) -> None:
    if not 1 <= number <= highest:
        raise PeriodError(
            "period_form",
            zh=f"{name_zh}应为 1 至 {highest}，而不是 {number}",
            en=f"the {name_en} must be from 1 to {highest}, not {number}",
        )
