"""Reads of the review: findings with the words that people read, and how often each rule spoke."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Count, QuerySet

from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.registry.scope import Reads
from jieyue.apps.returns.models import Return
from jieyue.apps.review.models import ReviewFinding, ReviewRun, RuleRelease
from jieyue.apps.review.releases import Held, held_on, loaded, set_of
from jieyue.apps.review.rules import PRICES
from jieyue.apps.review.words import Said, item_name, item_unit, numbers, readable
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
    rows: Iterable[ReviewFinding],
    own: Callable[[list[int]], list[int]] | None = None,
    held: Held | None = None,
    called: Mapping[int, tuple[str, str]] | None = None,
    reads: Reads | None = None,
) -> list[FindingRow]:
    """Findings with names of rules, items and institutions, in the order given.

    own: which institutions the reader may see; another one that a finding speaks of is not named to others.
    held: the rules in force for the rows' one period; called: code and name of institutions, where they are known.
    reads: whether an institution's return of a form and period is the reader's, of one whose right is limited to some.
    """
    found = list(rows)
    subjects = {row.subject for row in found}
    others = {int(row.facts["institution"]) for row in found if "institution" in row.facts}
    seen = subjects | (others if own is None else set(own(sorted(others))))
    labels = dict(called or {})
    labels |= labels_of(seen - labels.keys())
    rules = _rules_of(found, held)
    return [_shown(row, _facts(row, reads), labels, rules(row)) for row in found]


def _facts(row: ReviewFinding, reads: Reads | None) -> dict[str, str]:
    if reads is None:
        return dict(row.facts)
    return readable(row.form, row.period, row.facts, partial(reads, row.subject))


def rule_rows(period: str = "") -> dict[str, RuleRow]:
    """The rows in force for a period by code; without one those in force today."""
    day = Period.parse(period).last_day if period else settings.JIEYUE_HOME.today()
    return {row.code: row for row in held_on(day).rules.rows}


def rule_of_finding(row: ReviewFinding) -> RuleRow | None:
    """The rule as it stood when it spoke."""
    return _rules_of([row])(row)


def _rules_of(
    found: Sequence[ReviewFinding], held: Held | None = None
) -> Callable[[ReviewFinding], RuleRow | None]:
    """The row of each finding's rule: of the set that its last pass was made by, else of the one in force."""
    runs = {row.last_run_id for row in found if row.last_run_id is not None}
    digests = dict(_DIGESTS.rows(ids=runs)) if runs else {}
    by_digest: dict[str, dict[str, RuleRow]] = {}
    for digest in set(digests.values()):
        made_by = held.rules if held is not None and held.rules.digest == digest else set_of(digest)
        by_digest[digest] = {one.code: one for one in made_by.rows} if made_by is not None else {}
    by_period: dict[str, dict[str, RuleRow]] = {}

    def rule(row: ReviewFinding) -> RuleRow | None:
        said = by_digest.get(digests.get(row.last_run_id, ""), {}).get(row.rule)
        if said is not None:
            return said
        if row.period not in by_period:
            by_period[row.period] = (
                {one.code: one for one in held.rules.rows} if held else rule_rows(row.period)
            )
        return by_period[row.period].get(row.rule)

    return rule


_DIGESTS = Prepared(
    lambda ids: ReviewRun.objects.filter(pk__in=ids).values_list("pk", "ruleset_digest"),
    ids=BigIntegerField(),
)


def _shown(
    row: ReviewFinding, facts: dict[str, str], labels: Mapping[int, tuple[str, str]], rule: RuleRow | None
) -> FindingRow:
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


def counts_by_severity(form: str, period: str) -> dict[str, int]:
    """Severity → number of open findings of a form and period."""
    rows = kept(form, [period]).order_by("severity")
    return dict(rows.values_list("severity").annotate(number=Count("pk")))


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


@dataclass(frozen=True)
class ReleaseRow:
    """A proposed or released rule set as it is shown. trial: None while the worker has not tried it."""

    id: int
    ruleset: str
    name_zh: str
    name_en: str
    holds_from: date
    state: str
    reason: str
    digest: str
    prices: bool
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    trial: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **vars(self),
            "holds_from": self.holds_from.isoformat(),
            "proposed_at": self.proposed_at.isoformat(),
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
        }


def releases() -> list[ReleaseRow]:
    """All of them, the newest first."""
    return [_release(row) for row in RuleRelease.objects.order_by("-pk")]


def _release(row: RuleRelease) -> ReleaseRow:
    rules = loaded(row.contents).rules
    return ReleaseRow(
        row.pk, row.ruleset, rules.name_zh, rules.name_en, row.holds_from, row.state, row.reason, row.digest,
        PRICES in row.contents, row.proposed_by, row.proposed_at, row.decided_by, row.decided_at, row.trial,
    )  # fmt: skip
