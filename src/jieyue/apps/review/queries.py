"""Reads of the review: findings with the words that people read, and how often each rule spoke."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.models import Return
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.review.rules import ruleset
from jieyue.apps.review.words import Said, item_name, item_unit, numbers
from jieyue.catalog.ruleset import RuleRow
from jieyue.domain.period import Period

STATES = tuple(ReviewFinding.State.values)


def kept(
    form: str, periods: Sequence[str], *, state: str = "open", rule: str = ""
) -> QuerySet[ReviewFinding]:
    """Findings of some periods in a state, in the order of period, rule and institution."""
    rows = ReviewFinding.objects.filter(form=form, period__in=periods, state=state)
    return (rows.filter(rule=rule) if rule else rows).order_by("period", "rule", "subject", "item")


def findings_of_return(row: Return) -> QuerySet[ReviewFinding]:
    """All that was found of a return, gone ones too."""
    return ReviewFinding.objects.filter(
        subject=row.subject, form=row.form, period=row.period, instance=row.instance
    )


@dataclass(frozen=True)
class FindingRow:
    """A finding as it is shown."""

    id: int
    rule: str
    severity: str
    state: str
    subject: int
    code: str
    name: str
    form: str
    period: str
    item: str
    item_zh: str
    item_en: str
    unit: str
    value: str | None
    rule_zh: str
    rule_en: str
    mend_zh: str
    mend_en: str
    numbers: Sequence[Said]
    explanation: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON: names in both languages."""
        said = {
            "rule": self.rule,
            "severity": self.severity,
            "state": self.state,
            "institution": self.code,
            "name": self.name,
            "form": self.form,
            "period": self.period,
            "item": self.item,
            "unit": self.unit,
            "value": self.value,
            "message_zh": f"{self.rule_zh}：{self.item_zh}",
            "message_en": f"{self.rule_en}: {self.item_en}",
            "mend_zh": self.mend_zh,
            "mend_en": self.mend_en,
            "explanation": self.explanation,
        }
        return {**said, "numbers": [vars(one) for one in self.numbers]}


def shown(
    rows: Iterable[ReviewFinding], own: Callable[[list[int]], list[int]] | None = None
) -> list[FindingRow]:
    """Findings with names of rules, items and institutions, in the order given.

    own: which institutions the reader may see; another one that a finding speaks of is not named to others.
    """
    found = list(rows)
    subjects = {row.subject for row in found}
    others = {int(row.facts["institution"]) for row in found if "institution" in row.facts}
    seen = subjects | (others if own is None else set(own(sorted(others))))
    labels, rules = labels_of(seen), rule_rows()
    return [_shown(row, labels, rules.get(row.rule)) for row in found]


def rule_rows(name: str = "") -> dict[str, RuleRow]:
    """The rows of a rule set by code."""
    return {row.code: row for row in ruleset(name).rows}


def _shown(row: ReviewFinding, labels: Mapping[int, tuple[str, str]], rule: RuleRow | None) -> FindingRow:
    facts = dict(row.facts)
    code, name = labels.get(row.subject, (str(row.subject), ""))
    if "institution" in facts:
        facts["institution"] = labels.get(int(facts["institution"]), ("—", ""))[0]
    item_zh, item_en = item_name(row.form, row.item)
    return FindingRow(
        row.pk,
        row.rule,
        row.severity,
        row.state,
        row.subject,
        code,
        name,
        row.form,
        row.period,
        row.item,
        item_zh,
        item_en,
        item_unit(row.form, row.item),
        row.value,
        rule.name_zh if rule else row.rule,
        rule.name_en if rule else row.rule,
        rule.mend_zh if rule else "",
        rule.mend_en if rule else "",
        numbers(row.form, facts),
        row.explanation,
    )


def counts_by_rule(rows: QuerySet[ReviewFinding]) -> dict[str, int]:
    """Rule → number of findings among the rows."""
    return dict(rows.order_by("rule").values_list("rule").annotate(number=Count("pk")))


def last_run(form: str, period: str) -> ReviewRun | None:
    """The newest pass over all that looked at a form and period."""
    rows = ReviewRun.objects.filter(form=form, subject=None).order_by("-pk")
    return next((run for run in rows[:50] if period in run.periods), None)


def periods_reviewed(form: str) -> list[str]:
    """Periods that a pass over all has looked at, newest first."""
    rows = (
        ReviewRun.objects.filter(form=form, subject=None)
        .order_by("-pk")
        .values_list("periods", flat=True)[:200]
    )
    return sorted({period for periods in rows for period in periods}, reverse=True)


def counts_by_state(rows: QuerySet[ReviewFinding]) -> dict[str, int]:
    """State → number of findings among the rows."""
    return dict(rows.order_by("state").values_list("state").annotate(number=Count("pk")))


def a_year_ago(row: ReviewFinding) -> ReviewFinding | None:
    """What the same rule said of the same item of the institution in the same period of last year."""
    before = str(Period.parse(row.period).previous_year())
    return ReviewFinding.objects.filter(
        subject=row.subject,
        form=row.form,
        period=before,
        instance=row.instance,
        rule=row.rule,
        item=row.item,
    ).first()
