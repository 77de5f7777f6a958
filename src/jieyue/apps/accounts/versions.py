"""Which version of each return counts in a run: the one in force, or 首报数, what was reported first.

首报数 is what the first accepted summary of a body froze; where there is none, of each return what was published first
(statistics.md). A run says it as a text that its receipts keep: `first`, or `first:2025=17+2026-03=21`, period = number
of the summary that froze the returns of it. A summary of the run's own period froze all that counts: nothing else does.
Who has the summaries says which versions they hold (`register`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from django.conf import settings

from jieyue.domain.period import Period
from jieyue.store import arrays
from jieyue.store.arrays import Bools, Ints
from jieyue.store.scan import Rows

#: The word that a run begins with whose versions are not those in force.
FIRST = "first"
#: Columns of the fact table that tell versions apart.
KEYS = ("version", "replaces")
_frozen: list[Callable[[int], Iterable[int]]] = []


def register(frozen: Callable[[int], Iterable[int]]) -> None:
    """Who knows the versions that a summary froze, by its number."""
    _frozen[:] = [frozen]


def said(summaries: Mapping[str, int]) -> str:
    """The text of a run: period → number of the summary that froze its returns.

    >>> said({}), said({"2026-03": 21, "2026-01": 17})
    ('first', 'first:2026-01=17+2026-03=21')
    """
    listed = "+".join(f"{period}={number}" for period, number in sorted(summaries.items()))
    return f"{FIRST}:{listed}" if listed else FIRST


def summaries_of(text: str) -> dict[str, int]:
    """The summaries that a run's text names.

    >>> summaries_of("first:2026-01=17"), summaries_of("first")
    ({'2026-01': 17}, {})
    """
    listed = text.partition(":")[2]
    return {
        period: int(number)
        for period, _, number in (each.partition("=") for each in listed.split("+") if each)
    }


@dataclass(frozen=True)
class Versions:
    """frozen: period → the versions of its returns, ascending; of other periods the first published. whole: the period
    whose versions are all there are."""

    frozen: Mapping[str, Ints]
    whole: str = ""

    def only(self, parts: Iterable[Rows]) -> Iterator[Rows]:
        """The rows of a scan with those marked that count; the scan's own mark says what was there by then."""
        for part in parts:
            counts = self.counts(part)
            yield replace(part, current=counts if part.current is None else counts & part.current)

    def counts(self, part: Rows) -> Bools:
        """Which rows count."""
        version = arrays.whole(part.columns["version"])
        if self.whole:
            return np.isin(version, self.frozen[self.whole])
        before = part.columns.get("replaces")
        first = np.ones(part.count, dtype=bool) if before is None else ~arrays.known(arrays.one(before))
        for period, versions in self.frozen.items():
            there = _of_period(part, period)
            first = np.where(there, np.isin(version, versions), first)
        return first


def _of_period(part: Rows, period: str) -> Bools:
    said_of_all = part.same.get("period")
    if said_of_all is not None:
        return np.full(part.count, said_of_all == period)
    return arrays.says(part.columns["period"], period)


def versions_of(text: str, period: Period) -> Versions:
    """What a run's text means in a period."""
    return _read(str(settings.JIEYUE_HOME.path), text, str(period))


@lru_cache(maxsize=32)
def _read(_home: str, text: str, period: str) -> Versions:
    """Kept: a summary never changes."""
    frozen = {
        each: np.unique(np.fromiter(_frozen[0](number), dtype=np.int64))
        for each, number in summaries_of(text).items()
    }
    return Versions(frozen, period if period in frozen else "")
