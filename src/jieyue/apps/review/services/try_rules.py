"""What a rule set would find on past data beside the one that holds; nothing is stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jieyue.apps.returns.queries import periods as published
from jieyue.apps.review.releases import Held
from jieyue.apps.review.services.check_returns import look
from jieyue.domain.period import Period


@dataclass(frozen=True)
class Trial:
    """by_rule: code → (new, old) number of flags. flagged: returns with at least one (new, old). errors: (new, old)."""

    form: str
    periods: tuple[str, ...]
    returns: int
    by_rule: dict[str, tuple[int, int]]
    flagged: tuple[int, int]
    errors: tuple[int, int]
    unset: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For keeping and for JSON."""
        return {
            "form": self.form,
            "periods": list(self.periods),
            "returns": self.returns,
            "by_rule": {rule: {"new": new, "old": old} for rule, (new, old) in self.by_rule.items()},
            "flagged_returns": dict(zip(("new", "old"), self.flagged, strict=True)),
            "errors": dict(zip(("new", "old"), self.errors, strict=True)),
            "unset": list(self.unset),
        }


def try_rules(new: Held, old: Held, form: str, periods: Sequence[Period]) -> Trial:
    """Judge the published and submitted returns of some periods by both. Raises DomainError."""
    found = [look(form, periods, rules=held, drafts=False) for held in (new, old)]
    counts = [Counter(flag.rule for flag in one.flags) for one in found]
    return Trial(
        form,
        tuple(str(period) for period in periods),
        found[0].returns,
        {rule: (counts[0][rule], counts[1][rule]) for rule in sorted(counts[0].keys() | counts[1].keys())},
        _pair([len({(flag.subject, flag.period) for flag in one.flags}) for one in found]),
        _pair([sum(flag.severity == "error" for flag in one.flags) for one in found]),
        tuple(found[0].unset),
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
