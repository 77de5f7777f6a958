"""How a foreign file writes its periods and days: `{y}年{m}月`, `{mm}/{dd}/{yy}`, or `date` for date cells; and what it
names institutions by: `code` or `name`.

Recorded from a sample, so that the same file can be written again. Nothing is read by a pattern.
"""

import re
from collections.abc import Sequence
from datetime import date

from jieyue.apps.exchange.dates import Order, parse_date, parse_period
from jieyue.apps.exchange.numbers import Refusal
from jieyue.apps.exchange.reader import Cell, Odd, text_of
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period

#: What a column `institution`, which may hold either, has.
BY_CODE, BY_NAME = "code", "name"
_CODE = re.compile(r"[A-Za-z0-9._-]*\d[A-Za-z0-9._-]*", re.ASCII)
#: Fields that a pattern may be given for.
PATTERNED = ("period", "period_end", "year", "month", "quarter", "valid_from", "valid_to", "institution")
#: A date cell of a workbook.
DATE_CELL = "date"
_LOOKED_AT = 40
_PARTS = ("y", "yy", "m", "mm", "d", "dd", "q")
_PART = re.compile(r"\{(\w*)\}")
_PERIODS = (
    "{y}", "{y}年", "{y}年度", "{y}-{mm}", "{y}年{m}月", "{y}年{mm}月", "{y}年{m}月份", "{y}{mm}", "{y}/{mm}",
    "{y}/{m}", "{y}.{mm}", "{y}.{m}", "{y}-{m}", "{y}-Q{q}", "{y}Q{q}", "{y}年第{q}季度", "{y}年{q}季度",
)  # fmt: skip
_DAYS = (
    "{y}-{mm}-{dd}", "{y}/{m}/{d}", "{y}/{mm}/{dd}", "{y}年{m}月{d}日", "{y}年{mm}月{dd}日", "{y}.{m}.{d}",
    "{y}.{mm}.{dd}", "{y}{mm}{dd}", "{m}/{d}/{y}", "{mm}/{dd}/{y}", "{m}/{d}/{yy}", "{mm}/{dd}/{yy}", "{d}/{m}/{y}",
    "{dd}/{mm}/{y}", "{d}.{m}.{y}", "{dd}.{mm}.{y}", "{d}.{m}.{yy}", "{dd}.{mm}.{yy}",
)  # fmt: skip
_OF_PART = {
    "year": ("{y}", "{y}年", "{y}年度"),
    "month": ("{m}", "{mm}", "{m}月", "{mm}月", "{m}月份"),
    "quarter": ("{q}", "Q{q}", "第{q}季度", "{q}季度"),
}


def is_pattern(field: str, text: str) -> bool:
    """Whether it is one for the field: `date`, or a text with known parts."""
    if field == "institution":
        return text in (BY_CODE, BY_NAME)
    names = _PART.findall(text)
    return field in PATTERNED and (
        text == DATE_CELL or (bool(names) and all(name in _PARTS for name in names))
    )


def written(pattern: str, day: date) -> str | date:
    """A day, or the first day of a period, as the pattern has it.

    >>> written("{y}年{m}月", date(2026, 3, 1)), written("{mm}/{dd}/{yy}", date(2016, 12, 31))
    ('2026年3月', '12/31/16')
    """
    if pattern == DATE_CELL:
        return day
    parts = {
        "y": f"{day.year:04d}", "yy": f"{day.year % 100:02d}", "m": str(day.month), "mm": f"{day.month:02d}",
        "d": str(day.day), "dd": f"{day.day:02d}", "q": str((day.month + 2) // 3),
    }  # fmt: skip
    return _PART.sub(lambda match: parts[match.group(1)], pattern)


def pattern_of(field: str, cells: Sequence[Cell], order: Order = "") -> str:
    """The pattern by which all cells of a column are written; blank if there is none or none is needed."""
    filled = [cell for cell in cells if text_of(cell)]
    if not filled or field not in PATTERNED:
        return ""
    if field == "institution":
        return BY_CODE if all(_CODE.fullmatch(text_of(cell)) for cell in filled) else ""
    if all(isinstance(cell, Odd) and cell.kind in ("date", "datetime") for cell in filled):
        return DATE_CELL
    if not all(isinstance(cell, str) for cell in filled):
        return ""  # numbers are written as numbers
    texts = [text_of(cell) for cell in filled]
    tries = _OF_PART.get(field) or ((*_PERIODS, *_DAYS) if field == "period" else _DAYS)
    fitting = [one for one in tries if all(_says(one, field, text, order) for text in texts)]
    return fitting[0] if fitting else ""


def patterns_of(cells: Sequence[Cell], order: Order = "") -> dict[str, str]:
    """Field that the column may be → the pattern that it would have."""
    some = [cell for cell in cells if text_of(cell)][:_LOOKED_AT]
    found = {field: pattern_of(field, some, order) for field in PATTERNED}
    return {field: pattern for field, pattern in found.items() if pattern}


def _says(pattern: str, field: str, text: str, order: Order) -> bool:
    """Whether the text is what the pattern makes of the day or period that it stands for."""
    if field in _OF_PART:
        digits = re.sub(r"\D", "", text)
        if not digits or not 1 <= int(digits) <= 9999:
            return False
        year, month = (int(digits), 1) if field == "year" else (2000, int(digits))
        if field == "quarter":
            month = 3 * int(digits) - 2
        return 1 <= month <= 12 and written(pattern, date(year, month, 1)) == text
    if pattern in _DAYS:
        day = parse_date(text, order=order)
        return not isinstance(day, Refusal) and written(pattern, day) == text
    said = parse_period(text)
    try:
        return not isinstance(said, Refusal) and written(pattern, Period.parse(said).start) == text
    except DomainError:
        return False  # the year 0000
