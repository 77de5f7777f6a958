"""How an indicator stands: its verdict, what would turn it, and how sure it is; as plain data that is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.domain.break_even import Confidence, confidence
from jieyue.domain.plan_verdict import Status

#: The other ways to look at an indicator, in their order. Those of MADE are runs of the accounts.
FILLED, WAITING = "missing_filled", "unapproved"
MADE: Mapping[str, Mapping[str, str]] = {
    "electricity_of_year": {"electricity_factor": "of-year"},
    "official_vehicles": {"vehicle_boundary": "official_vehicles"},
    "boundaries_now": {"boundaries": "now"},
}
TRIALS = (*MADE, FILLED, WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An indicator looked at in another way: its value (None: cannot be had), and the verdict on it.

    sources: receipts that stand behind the value. label: the factor set and electricity factor of a run.
    """

    code: str
    value: Fraction | None
    status: Status
    sources: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One indicator in a year, exact, in its own unit.

    limit: the target, or before the target year the value on the path. silent: how many owe and are not in the figure;
    silent_of: their registered floor area or persons (None for a total); silent_before: their use a year ago.
    turn_missing: the use of theirs at which the verdict turns, in the unit of ``silent_before``; turn_factor and
    factor: electricity factor at which it turns, and the one used [kgCO2/kWh]; turn_area: the share by which the floor
    area or the persons would have to be smaller. weighted: completeness weighted by last year's use.
    measured, estimated: shares of the energy that are metered or billed, and estimated [%].
    rule_value, by_rule: the target by the percentage rule and the verdict on it; also, by_also: a second printed one.
    """

    indicator: str
    value: Fraction | None
    status: Status
    limit: Fraction | None
    receipt: str
    silent: int
    silent_of: Fraction | None
    silent_before: Fraction
    turn_missing: Fraction | None
    turn_factor: Fraction | None
    factor: Fraction | None
    turn_area: Fraction | None
    weighted: Fraction | None
    threshold: Fraction
    measured: Fraction | None
    estimated: Fraction | None
    trials: tuple[Trial, ...]
    sources: tuple[str, ...]
    rule_value: Fraction | None = None
    by_rule: str = ""
    also: Fraction | None = None
    by_also: str = ""

    @property
    def margin(self) -> Fraction | None:
        """How far the value is from the limit, of the limit; below zero: within it."""
        if self.value is None or not self.limit:
            return None
        return (self.value - self.limit) / self.limit

    def turns(self, trial: Trial) -> bool | None:
        """Whether a trial turns the verdict; None: it could not be made."""
        if trial.status == "no_data" or self.status == "no_data":
            return None
        return trial.status != self.status

    @property
    def confidence(self) -> Confidence:
        """How sure the verdict is, by the rule of `domain.break_even`."""
        return confidence(
            {trial.code: self.turns(trial) for trial in self.trials},
            completeness=self.weighted,
            threshold=self.threshold,
        )

    @property
    def ratio(self) -> Fraction | None:
        """turn_missing as a multiple of what the same used a year ago."""
        if self.turn_missing is None or self.silent_before <= 0:
            return None
        return self.turn_missing / self.silent_before

    def trial(self, code: str) -> Trial | None:
        """One way to look at it."""
        return next((trial for trial in self.trials if trial.code == code), None)


_FRACTIONS = (
    "value", "limit", "silent_of", "silent_before", "turn_missing", "turn_factor", "factor", "turn_area", "weighted",
    "threshold", "measured", "estimated", "rule_value", "also",
)  # fmt: skip


def document(rows: Sequence[Standing]) -> list[dict[str, Any]]:
    """The rows as JSON; fractions as their texts."""
    return [
        {
            **{name: _text(getattr(row, name)) for name in _FRACTIONS},
            "indicator": row.indicator,
            "status": row.status,
            "receipt": row.receipt,
            "silent": row.silent,
            "by_rule": row.by_rule,
            "by_also": row.by_also,
            "sources": list(row.sources),
            "trials": [
                {
                    "code": one.code, "value": _text(one.value), "status": one.status,
                    "sources": list(one.sources), "label": one.label,
                }
                for one in row.trials
            ],
        }
        for row in rows
    ]  # fmt: skip


def rows_of(stored: Sequence[Mapping[str, Any]]) -> list[Standing]:
    """The rows of a document."""
    return [
        Standing(
            indicator=row["indicator"],
            status=row["status"],
            receipt=row["receipt"],
            silent=row["silent"],
            by_rule=row["by_rule"],
            by_also=row["by_also"],
            sources=tuple(row["sources"]),
            trials=tuple(
                Trial(
                    code=one["code"],
                    value=_number(one["value"]),
                    status=one["status"],
                    sources=tuple(one["sources"]),
                    label=one["label"],
                )
                for one in row["trials"]
            ),
            **{name: _number(row[name]) for name in _FRACTIONS},
        )
        for row in stored
    ]


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Any:
    return None if text is None else Fraction(text)
