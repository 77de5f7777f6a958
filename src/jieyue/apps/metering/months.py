"""Local months of instants, as the lake's partitions have them: 202501."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from jieyue.domain.readings import Ints

#: Months through which it is quicker to go one after another than to search among them for each instant.
_FEW = 4


def offset_seconds() -> int:
    """Seconds east of UTC of the authority's days. China has no summer time."""
    zone = ZoneInfo(settings.JIEYUE_HOME.timezone)
    found = datetime(2025, 1, 1, tzinfo=zone).utcoffset()
    return int(found.total_seconds()) if found is not None else 0


def months_of(ts: Ints) -> Ints:
    """The local month of each instant."""
    if not len(ts):
        return np.zeros(0, dtype=np.int64)
    first, last = month_of(int(ts.min())), month_of(int(ts.max()))
    every = np.array(months_between(first, last), dtype=np.int64)
    if len(every) == 1:
        return np.full(len(ts), first, dtype=np.int64)
    begins = np.array([begin_of(int(month)) for month in every], dtype=np.int64)
    if len(every) > _FEW:
        return every[np.searchsorted(begins, ts, side="right") - 1]
    found = np.full(len(ts), first, dtype=np.int64)
    for begin, month in zip(begins[1:].tolist(), every[1:].tolist(), strict=True):
        found[ts >= begin] = month
    return found


def month_of(ts: int) -> int:
    """Of one instant."""
    day = date.fromordinal((ts + offset_seconds()) // 86400 + date(1970, 1, 1).toordinal())
    return day.year * 100 + day.month


def first_day(month: int) -> date:
    """Its first day."""
    return date(month // 100, month % 100, 1)


def second_of(day: date) -> int:
    """The first second of a local day (UTC)."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86400 - offset_seconds()


def begin_of(month: int) -> int:
    """The first second of a local month (UTC)."""
    return second_of(first_day(month))


def shifted(month: int, by: int) -> int:
    """So many months later."""
    number = month // 100 * 12 + month % 100 - 1 + by
    return number // 12 * 100 + number % 12 + 1


def months_between(first: int, last: int) -> list[int]:
    """Months from the first to the last, both included."""
    found = [first]
    while found[-1] < last:
        found.append(shifted(found[-1], 1))
    return found
