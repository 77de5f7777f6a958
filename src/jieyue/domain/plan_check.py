"""The plan checker 规划文本核对: recompute a plan's printed statements from the plan's own numbers.

A plan is checked as data: each row of its ``statements.csv`` names one generic recomputation and the numbers
that go into it. Nothing is known of any result beforehand, so a changed number makes its findings come or go.

Severity: a contradiction is a warning; a rounding, an explanation, a derived value or a comparison with the
plan above is a note; a statement that cannot be recomputed is an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.catalog.findings import Finding, make
from jieyue.catalog.plan import Plan, Statement
from jieyue.domain import plan_recompute, plan_recompute_carbon
from jieyue.domain.plan_outcome import Outcome, Reader
from jieyue.domain.rounding import display, exact_text, finite_decimals

Recompute = Callable[[Reader], Outcome | None]

RECOMPUTATIONS: Mapping[str, Recompute] = {
    "sum": plan_recompute.sum_of_parts,
    "share": plan_recompute.share,
    "ratio": plan_recompute.ratio,
    "boundary": plan_recompute.boundary,
    "change": plan_recompute.change,
    "target": plan_recompute.target,
    "unit": plan_recompute.unit,
    "same_limit": plan_recompute.same_limit,
    "against_parent": plan_recompute.against_parent,
    "implied_factor": plan_recompute_carbon.implied_factor,
    "ratio_list": plan_recompute_carbon.ratio_list,
    "implied_twice": plan_recompute_carbon.implied_twice,
    "average_fall": plan_recompute_carbon.average_fall,
    "implied_denominator": plan_recompute_carbon.implied_denominator,
    "cap_in_line": plan_recompute_carbon.cap_in_line,
}


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """A finding about one printed statement: ``declared`` as the plan has it and ``recomputed`` from its own
    numbers, both plain decimals in ``unit`` (None where there is no such number)."""

    check: str
    finding: Finding
    declared: str | None
    recomputed: str | None
    unit: str

    def as_dict(self) -> dict[str, object]:
        """The JSON object of ``plan check``."""
        document: dict[str, object] = {
            "severity": self.finding.severity,
            "code": self.finding.code,
            "check": self.check,
            "declared": self.declared,
            "recomputed": self.recomputed,
            "unit": self.unit,
            "message_zh": self.finding.message_zh,
            "message_en": self.finding.message_en,
        }
        data = self.finding.as_dict().get("data")
        if data:
            document["data"] = data
        return document


def check_plan(plan: Plan, *, parent: Plan | None = None) -> list[PlanFinding]:
    """Recompute every printed statement of ``plan``, in the order of its file.

    ``parent`` is the plan above it (`jieyue.catalog.plan.parent_of`), for the statements that compare.

    >>> from jieyue.catalog.plan import load_plan
    >>> plan = load_plan("chongqing-14fyp")
    >>> [(f.declared, f.recomputed, f.unit) for f in check_plan(plan) if f.check == "S06"]
    [('0.6', '0.97', '%')]
    """
    findings = []
    for statement in plan.statements:
        reader = Reader(plan, statement, parent)
        try:
            outcome = RECOMPUTATIONS[statement.kind](reader)
        except ZeroDivisionError:
            outcome = Outcome("plan_not_computable", None, None)
        if outcome is not None:
            findings.append(_finding(reader, outcome))
    return findings


def _finding(reader: Reader, outcome: Outcome) -> PlanFinding:
    statement = reader.statement
    declared = None if outcome.declared is None else _declared(reader, outcome.declared)
    recomputed = None if outcome.recomputed is None else reader.show(outcome.recomputed)
    texts: dict[str, Any] = {
        **outcome.texts,
        "check": statement.id,
        "where_zh": _where(statement, "第 {} 部分", "专栏 {}", "，"),
        "where_en": _where(statement, "section {}", "box {}", ", "),
        "what_zh": statement.name_zh,
        "what_en": statement.name_en,
        "declared": declared,
        "recomputed": recomputed,
        "unit": statement.unit,
        "unit_zh": statement.unit_zh,
    }
    finding = make(outcome.code, value=declared, **texts)
    return PlanFinding(statement.id, finding, declared, recomputed, statement.unit)


def _declared(reader: Reader, value: Fraction) -> str:
    """The declared number in the statement's unit: the printed digits where they are in that unit."""
    statement = reader.statement
    printed = reader.subject if statement.subject else None
    if printed and printed.value == value and printed.scale == statement.unit_scale:
        return printed.text
    decimals = max(statement.places, len(printed.text.partition(".")[2]) if printed else 0)
    return _trimmed(value / statement.unit_scale, decimals)


def _trimmed(value: Fraction, decimals: int) -> str:
    places = finite_decimals(value)
    return exact_text(value) if places is not None and places <= decimals else display(value, decimals)


def _where(statement: Statement, clause: str, box: str, comma: str) -> str:
    parts = [clause.format(statement.clause)] if statement.clause else []
    if statement.box:
        parts.append(box.format(statement.box))
    return comma.join(parts) or "-"
