"""The thresholds by which readings are judged, as the home's catalog has them on each day of a month.

A day is judged by the rules of that day. A month of the intervals carries the number of its rules in its commits
(`r202501`), so that other rules make it anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import groupby
from typing import Final

from jieyue.apps.metering.months import begin_of, first_day, shifted
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.loader import Catalog
from jieyue.catalog.reading_rules import V1, RuleSet, classes_of
from jieyue.domain.readings import DAY, HOUR, Rules

#: Of a commit's number of rules: what a whole number in the log holds for sure.
_DIGITS: Final = 12


@dataclass(frozen=True)
class OfClass:
    """What holds of meters of one class. still: seconds that one may stand before it is looked at; no_values:
    ten-thousandths that mean "no value"."""

    still: int
    no_values: frozenset[int]


@dataclass(frozen=True)
class Judged:
    """What holds on some days."""

    said: RuleSet

    @cached_property
    def rules(self) -> Rules:
        """The thresholds that all meters share, as the rules take them."""
        value = self.said.values
        return Rules(
            version=self.version, gap=float(value["gap"]), bound=float(value["bound"]),
            learned=float(value["learned"]), longest=int(value["longest"]), jitter=int(value["jitter"]),
            rollover=float(value["rollover"]), peak=float(value["peak"]), deviations=float(value["deviations"]),
            like_days=int(value["like_days"]), before=int(value["before"]), after=int(value["after"]),
        )  # fmt: skip

    @property
    def version(self) -> str:
        """The set's name, for good."""
        return self.said.version

    def of_class(self, carrier: str, is_below: bool) -> OfClass:
        """What holds of the meters of a carrier, main ones or those below others."""
        words = classes_of(carrier, below=is_below)
        hours = next(self.said.still[word] for word in words if word in self.said.still)
        none = frozenset(int(value * 10_000) for meters, value in self.said.no_values if meters in words)
        return OfClass(int(hours) * HOUR, none)

    @property
    def ranks(self) -> Mapping[str, int]:
        """Origin → rank."""
        return self.said.ranks

    @property
    def balance(self) -> float:
        """Part of a point's use by which what is below may exceed it."""
        return float(self.said.values["balance"])


@dataclass(frozen=True)
class Span:
    """Days of a month, as instants [begin, end), that are judged alike."""

    begin: int
    end: int
    judged: Judged


def judged_on(day: date) -> Judged:
    """What holds on a day."""
    return _on(home_catalog(), day)


def tolerances(month: int) -> list[float]:
    """By which parts of a point's use what is below may exceed it, on the days of a month; ascending."""
    first, end = first_day(month), first_day(shifted(month, 1))
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    return sorted({judged_on(day).balance for day in days})


def spans_of(month: int) -> tuple[Span, ...]:
    """The days of a month by what holds on them."""
    return _spans(home_catalog(), month)


def number_of(month: int) -> int:
    """The number of a month's rules."""
    spans = spans_of(month)
    if len(spans) == 1:
        return _number(spans[0].judged.said.digest)
    said = "|".join(f"{span.begin}:{span.judged.said.digest}" for span in spans)
    return _number(sha256(said.encode()).hexdigest())


#: By what a month was made whose commits say nothing: before rules were data there was one set.
BEFORE: Final = int(V1[:_DIGITS], 16)


def _number(digest: str) -> int:
    return int(digest[:_DIGITS], 16)


@lru_cache(maxsize=512)
def _on(catalog: Catalog, day: date) -> Judged:
    return Judged(catalog.reading_rules(day))


@lru_cache(maxsize=512)
def _spans(catalog: Catalog, month: int) -> tuple[Span, ...]:
    first, end = first_day(month), first_day(shifted(month, 1))
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    changes = catalog.reading_rule_days
    if not any(first < day < end for day in changes):
        days = [first]
    found = []
    for _digest, group in groupby(days, key=lambda day: _on(catalog, day).said.digest):
        found.append(next(group))
    begins = [begin_of(month) + (day - first).days * DAY for day in found]
    ends = [*begins[1:], begin_of(shifted(month, 1))]
    return tuple(
        Span(begin, end, _on(catalog, day)) for begin, end, day in zip(begins, ends, found, strict=True)
    )
