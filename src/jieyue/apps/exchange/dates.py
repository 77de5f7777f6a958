"""Days and periods as people and spreadsheets write them, or refused with a reason.

Nothing is guessed: 3/4/16 is a day only where the profile states its order.
"""

import re
from datetime import date, timedelta
from typing import Literal

from jieyue.apps.exchange.numbers import Refusal, half_width
from jieyue.apps.exchange.reader import Cell, Odd

Order = Literal["", "ymd", "mdy", "dmy"]
ORDERS: tuple[Order, ...] = ("ymd", "mdy", "dmy")

_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"\d{4,6}(?:\.0+)?", re.ASCII)
_EARLIEST, _LATEST = 1_000, 109_575  # 1902-09-26 and 2199-12-31 as serials of the 1900 system
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?)?"
_ORDERED = re.compile(rf"(\d{{1,4}})[-/.](\d{{1,2}})[-/.](\d{{1,4}}){_TIME}", re.ASCII)
#: A year of two digits below this is of this century, else of the last one (as POSIX has it).
_PIVOT = 69


def serial_date(serial: int, *, date_1904: bool = False) -> date:
    """A spreadsheet's day number. The 1900 system counts a 29 February 1900 that never was.

    >>> serial_date(45658).isoformat(), serial_date(44196, date_1904=True).isoformat()
    ('2025-01-01', '2025-01-01')
    """
    return (date(1904, 1, 1) if date_1904 else date(1899, 12, 30)) + timedelta(days=serial)


def parse_date(cell: Cell, *, date_1904: bool = False, order: Order = "") -> date | Refusal:
    """A day: ISO, 2026/3/5, 2026年3月5日, 20260305, a date cell, or a serial number.

    With an `order` also 12/31/16 and 12/31/2016 4:05 PM (mdy), 31.12.2016 (dmy); the time of day is left out.

    >>> parse_date("2026年3月5日"), parse_date("２０２６/3/5"), parse_date(45658.0)
    (datetime.date(2026, 3, 5), datetime.date(2026, 3, 5), datetime.date(2025, 1, 1))
    >>> parse_date("2025-02-30").code, parse_date("3/4/16").code
    ('not_a_date', 'not_a_date')
    >>> parse_date("3/4/16", order="mdy"), parse_date("3.4.2016", order="dmy")
    (datetime.date(2016, 3, 4), datetime.date(2016, 4, 3))
    """
    refusal = Refusal("not_a_date")
    if isinstance(cell, Odd):
        if cell.kind not in ("date", "datetime"):
            return Refusal(
                {"error": "error_cell", "formula": "formula_without_value"}.get(cell.kind, "not_a_date")
            )
        return date.fromisoformat(cell.text[:10])
    if isinstance(cell, float) and not isinstance(cell, bool):
        if not cell.is_integer():
            return refusal
        cell = str(int(cell))
    if not isinstance(cell, str | int) or isinstance(cell, bool):
        return refusal
    text = half_width(str(cell))
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if match:
            return date(*(int(part) for part in match.groups()))
        if _SERIAL.fullmatch(text) and _EARLIEST <= int(float(text)) <= _LATEST:
            return serial_date(int(float(text)), date_1904=date_1904)
        ordered = _ORDERED.fullmatch(text) if order else None
        return _in_order(ordered.groups(), order) if ordered else refusal
    except ValueError:
        return refusal


def _in_order(parts: tuple[str, ...], order: Order) -> date:
    """Raises ValueError if the parts are no day in this order."""
    said = dict(zip(order, parts, strict=True))
    year = int(said["y"])
    if len(said["y"]) == 2:
        year += 2000 if year < _PIVOT else 1900
    elif len(said["y"]) != 4:
        raise ValueError(said["y"])
    return date(year, int(said["m"]), int(said["d"]))


# --- periods -----------------------------------------------------------------------------------------

_PERIODS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\d{4})(?:年度?|年全年)?", re.ASCII), "{0}"),
    (re.compile(r"(\d{4})(?:[-/.年]|-)(0?[1-9]|1[0-2])月?(?:份)?", re.ASCII), "{0}-{1:0>2}"),
    (re.compile(r"(\d{4})(0[1-9]|1[0-2])", re.ASCII), "{0}-{1}"),
    (re.compile(r"(\d{4})[-/.年]?(?:第)?[Qq]?([1-4])(?:季度?|季)", re.ASCII), "{0}-Q{1}"),
    (re.compile(r"(\d{4})[-/. ]?[Qq]([1-4])", re.ASCII), "{0}-Q{1}"),
    (re.compile(r"(\d{4})-?HS", re.ASCII | re.IGNORECASE), "{0}-HS"),
    (re.compile(r"(\d{4})(?:-\d{4})?年?(?:采暖季|供暖季)", re.ASCII), "{0}-HS"),
)  # fmt: skip
_QUARTERS = str.maketrans("一二三四", "1234")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(r"([a-z]{3})[a-z]*\.?[-/,]?'?(\d{4}|\d{2})", re.ASCII | re.IGNORECASE)
_LONG_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "sept",
)  # fmt: skip


def parse_period(cell: Cell) -> str | Refusal:
    """The canonical text of a period: 2025, 2025-Q1, 2025-03, 2024-HS.

    A date cell means its month only if it is the first of the month: that is what a spreadsheet makes of a
    typed ``2025-03``. Months by their English names are read too: ``Jan-16`` is what a spreadsheet shows.

    >>> parse_period("2025年3月"), parse_period(2025.0), parse_period("2025年第一季度"), parse_period("202503")
    ('2025-03', '2025', '2025-Q1', '2025-03')
    >>> parse_period("Jan-16"), parse_period("September 2016"), parse_period("Janus 2016").code
    ('2016-01', '2016-09', 'unknown_period')
    """
    refusal = Refusal("unknown_period")
    if isinstance(cell, Odd):
        if cell.kind in ("date", "datetime") and cell.text[8:10] == "01":
            return cell.text[:7]
        return refusal
    if isinstance(cell, bool) or cell is None:
        return refusal
    if isinstance(cell, float):
        if not cell.is_integer():
            return refusal
        cell = int(cell)
    text = half_width(str(cell)).replace(" ", "").translate(_QUARTERS)
    for pattern, shape in _PERIODS:
        match = pattern.fullmatch(text)
        if match:
            return shape.format(*match.groups())
    return _named_month(text) or refusal


def _named_month(text: str) -> str:
    match = _NAMED.fullmatch(text)
    word = re.match("[a-z]*", text, re.IGNORECASE)
    name = word.group().lower() if word else ""
    if not match or name[:3] not in _MONTHS or name not in (*_MONTHS, *_LONG_NAMES):
        return ""
    digits = match.group(2)
    year = int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < _PIVOT else 1900)
    return f"{year:04d}-{_MONTHS.index(name[:3]) + 1:02d}"


def period_of_day(day: date, grain: str) -> str:
    """The year, quarter or month that a day lies in.

    >>> [period_of_day(date(2016, 12, 31), grain) for grain in ("year", "quarter", "month")]
    ['2016', '2016-Q4', '2016-12']
    """
    if grain == "year":
        return f"{day.year:04d}"
    return f"{day.year:04d}-Q{(day.month + 2) // 3}" if grain == "quarter" else f"{day:%Y-%m}"
