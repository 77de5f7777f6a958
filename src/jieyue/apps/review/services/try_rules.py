"""What a rule set would find on past data beside the one that holds; nothing is stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jieyue.apps.returns.queries import periods as published
from jieyue.apps.review.releases import Held
from jieyue.apps.review.services.check_returns import look
from jieyue.apps.review.tables import judged
from jieyue.domain.period import Period


@dataclass(frozen=True)
class Trial:
    """by_rule: code → (new, old) number of flags. flagged: returns with at least one (new, old). errors: (new, old).

    tables: summary tables that were judged by the rules about their columns; their lines count in `by_rule` and
    `errors`; flagged_tables: with at least one (new, old).
    """

    form: str
    periods: tuple[str, ...]
    returns: int
    by_rule: dict[str, tuple[int, int]]
    flagged: tuple[int, int]
    errors: tuple[int, int]
    unset: tuple[str, ...]
    tables: int = 0
    flagged_tables: tuple[int, int] = (0, 0)

    def as_dict(self) -> dict[str, Any]:
        """For keeping and for JSON."""
        return {
            "form": self.form,
            "periods": list(self.periods),
            "returns": self.returns,
            "by_rule": {rule: {"new": new, "old": old} for rule, (new, old) in self.by_rule.items()},
            "flagged_returns": dict(zip(("new", "old"), self.flagged, strict=True)),
            "tables": self.tables,
            "flagged_tables": dict(zip(("new", "old"), self.flagged_tables, strict=True)),
            "errors": dict(zip(("new", "old"), self.errors, strict=True)),
            "unset": list(self.unset),
        }


def try_rules(new: Held, old: Held, form: str, periods: Sequence[Period]) -> Trial:
    """Judge the published and submitted returns of some periods by both, and the tables sent of them. Raises
    DomainError."""
    found = [look(form, periods, rules=held, drafts=False) for held in (new, old)]
    tables = [judged(held, form, periods) for held in (new, old)]
    counts = [
        Counter([*(flag.rule for flag in one.flags), *(rule for rule, _severity, _table in sums.flags)])
        for one, sums in zip(found, tables, strict=True)
    ]
    severe = [
        [*(flag.severity for flag in one.flags), *(severity for _rule, severity, _table in sums.flags)]
        for one, sums in zip(found, tables, strict=True)
    ]
    return Trial(
        form,
        tuple(str(period) for period in periods),
        found[0].returns,
        {rule: (counts[0][rule], counts[1][rule]) for rule in sorted(counts[0].keys() | counts[1].keys())},
        _pair([len({(flag.subject, flag.period) for flag in one.flags}) for one in found]),
        _pair([one.count("error") for one in severe]),
        tuple(found[0].unset),
        tables[0].tables,
        _pair([len({table for _rule, _severity, table in one.flags}) for one in tables]),
    )


def _pair(numbers: list[int]) -> tuple[int, int]:
    return numbers[0], numbers[1]


def past_periods(form: str) -> list[Period]:
    """The last twelve published months of one year, else the last published year or heating season."""
    known = [Period.parse(text) for text in published(form)]
    for kind in ("M", "Q", "Y", "H"):
        own = [period for period in known if period.kind_letter == kind]
        if own:
            year = max(period.year for period in own)
            return sorted(
                (period for period in own if period.year == year), key=lambda period: period.last_day
            )
    return []
