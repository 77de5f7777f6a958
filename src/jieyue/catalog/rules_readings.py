"""By which thresholds readings are judged on a day, and which source stands before which."""

from datetime import date
from functools import cached_property

from jieyue.catalog.reading_rules import (
    NO_VALUES,
    RANKS,
    RULES,
    NoValue,
    ReadingRule,
    RuleSet,
    SourceRank,
    in_force,
)
from jieyue.catalog.rules_base import Rules


class ReadingRules(Rules):
    """The thresholds of the rules for readings."""

    def reading_rules(self, day: date) -> RuleSet:
        """What holds on a day."""
        return in_force(
            self._rows(RULES, ReadingRule), self._rows(NO_VALUES, NoValue), self._rows(RANKS, SourceRank), day
        )

    @cached_property
    def reading_rule_days(self) -> frozenset[date]:
        """The days on which something begins or ends to hold."""
        return frozenset(
            day
            for name in (RULES, NO_VALUES, RANKS)
            for placed in self._tables[name]
            for day in (placed.row.valid_from, placed.row.valid_to)
        )
