"""What a job is: a name, how often, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """Done again `every` so often or, if `at` is given, once a day at that time of the authority's zone."""

    name: str
    run: Callable[[], object]
    every: timedelta = timedelta(days=1)
    at: time | None = None

    def first(self, now: datetime, zone: str) -> datetime:
        """When it is due in a home that has never run it."""
        return now if self.at is None else self.next(now, zone)

    def next(self, now: datetime, zone: str) -> datetime:
        """When it is due again after a run that ended now.

        >>> from datetime import UTC
        >>> night = Job("x", print, at=time(1, 30))
        >>> night.next(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "Asia/Shanghai").isoformat()
        '2026-03-01T17:30:00+00:00'
        >>> night.next(datetime(2026, 3, 1, 17, 30, tzinfo=UTC), "Asia/Shanghai").isoformat()
        '2026-03-02T17:30:00+00:00'
        """
        if self.at is None:
            return now + self.every
        here = now.astimezone(ZoneInfo(zone))
        found = datetime.combine(here.date(), self.at, tzinfo=here.tzinfo)
        while found <= here:
            found = datetime.combine(found.date() + timedelta(days=1), self.at, tzinfo=here.tzinfo)
        return found.astimezone(now.tzinfo)

    @staticmethod
    def pause(failures: int) -> timedelta:
        """How long to wait after so many failures in a row.

        >>> [Job.pause(n).seconds for n in (1, 2, 3, 8, 50)]
        [5, 10, 20, 600, 600]
        """
        return min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
