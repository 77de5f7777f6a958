"""Times of readings as people and machines write them, as UTC seconds."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

#: Below it a number is no second since 1970 but a date without its dashes (20250101) or a spreadsheet's day (45658).
LEAST_SECONDS: Final = 10**8
_CLOCK: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?)?"
)
_DAY_CLOCK: Final = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：]00)?")


def instant_of(text: object, place: ZoneInfo | None = None) -> int | None:
    """UTC seconds of ISO 8601 with an offset, or of seconds; without an offset an instant only where a place is given,
    and there not in the hour that its clocks show twice, or never. Of a place also 2025/1/1 0:15, 2025年1月1日 0:15 and
    24:00, the end of a day.

    >>> instant_of("2025-01-01T08:00:00+08:00"), instant_of("1735689600"), instant_of("2025-01-01T08:00:00")
    (1735689600, 1735689600, None)
    >>> instant_of("2024/12/31 24:00", ZoneInfo("Asia/Shanghai")), instant_of("20250101")
    (1735660800, None)
    """
    said = str(text).strip()
    if said.removeprefix("-").isdecimal() and len(said) <= 12:
        return int(said) if int(said) >= LEAST_SECONDS else None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        clock = _of_clock(said) if place is not None else None
        if clock is None:
            return None
        found = clock
    if found.tzinfo is None and place is not None:
        found = found.replace(tzinfo=place)
        if found.utcoffset() != found.replace(fold=1).utcoffset():
            return None
    return None if found.tzinfo is None else int(found.timestamp() // 1)


def _of_clock(said: str) -> datetime | None:
    parts = _CLOCK.fullmatch(said)
    if parts is None:
        return None
    year, month, day, hour, minute, second = (int(one or 0) for one in parts.groups())
    late = (hour, minute, second) == (24, 0, 0)
    try:
        found = datetime(year, month, day, 0 if late else hour, minute, second)  # noqa: DTZ001 (its place is said)
        return found + timedelta(days=1) if late else found
    except (ValueError, OverflowError):  # no such day, or the end of the last one
        return None


def clock_of(heading: str) -> str | None:
    """A heading that is a time of the day, 00:00 to 24:00, as one writes it; None if it is none.

    >>> clock_of("0:30"), clock_of("24:00"), clock_of("P1"), clock_of("24:30")
    ('00:30', '24:00', None, None)
    """
    parts = _DAY_CLOCK.fullmatch(heading.strip())
    if parts is None:
        return None
    hour, minute = int(parts[1]), int(parts[2])
    return f"{hour:02d}:{minute:02d}" if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)) else None
