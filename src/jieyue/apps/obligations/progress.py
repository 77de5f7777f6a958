"""How far each body of the reporting line has come with a form and period: one walk over keys, sums in memory.

A whole city is some 16,000 obligations; joined one by one they cost three times as much as two lists side by side.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Self

from django.db.models import Case, IntegerField, Min, Q, QuerySet, Value, When
from django.utils import timezone

from jieyue.apps.obligations.models import Obligation
from jieyue.apps.publication.models import Publication
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.domain.workflow import Verb

_FEW = 2000
Key = tuple[int, str]


@dataclass
class Counts:
    """How many obligations of a body, or of it and all below it, stand how. See queries.py for the words."""

    due: int = 0
    none: int = 0
    draft: int = 0
    submitted: int = 0
    returned: int = 0
    approved: int = 0
    overdue: int = 0
    late: int = 0
    outstanding: int = 0

    def __iadd__(self, other: Self) -> Self:
        """Add another body's."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    @property
    def collected(self) -> int:
        """Handed in, and not with the institution again 收齐."""
        return self.submitted + self.approved

    @property
    def missing(self) -> int:
        """Neither handed in nor approved: whom to remind."""
        return self.due - self.collected


def progress(form: str, period: str, today: date, bodies: Collection[int] | None = None) -> dict[int, Counts]:
    """Body → the counts of what itself collects; bodies: these only. Who owes nothing is absent."""
    rows = Obligation.objects.filter(form=form, period=period)
    if bodies is not None:
        rows = rows.filter(body__in=bodies)
    past = Case(When(due__lt=today, then=Value(1)), default=Value(0), output_field=IntegerField())
    owed = list(rows.annotate(past=past).values_list("subject", "instance", "body", "past"))
    filed = _filed(form, period, [row[0] for row in owed])
    stored = filed.values_list("subject", "instance", "state")
    states = {(subject, instance): state for subject, instance, state in stored}
    again = _submitted_drafts(filed)
    late = late_keys(rows, filed)
    found: dict[int, Counts] = {}
    for subject, instance, body, is_past in owed:
        key = (subject, instance)
        count = found.get(body)
        if count is None:
            count = found[body] = Counts()
        _count(count, states.get(key, "none"), bool(is_past), key in again, key in late)
    return found


def _count(count: Counts, state: str, past: bool, again: bool, late: bool) -> None:
    count.due += 1
    setattr(count, state, getattr(count, state) + 1)
    if state in ("none", "draft") and past and not again:
        count.overdue += 1
    if state == "returned" or again:
        count.outstanding += 1
    count.late += late


def _filed(form: str, period: str, subjects: list[int]) -> QuerySet[Return]:
    rows = Return.objects.filter(form=form, period=period, subject_kind=Return.Subject.INSTITUTION)
    return rows.filter(subject__in=subjects) if len(subjects) <= _FEW else rows


def _submitted_drafts(filed: QuerySet[Return]) -> set[Key]:
    """What was submitted once and is a draft again."""
    drafts = filed.filter(state=Return.State.DRAFT, snapshots__verb=Verb.SUBMIT.value)
    return set(drafts.values_list("subject", "instance").distinct())


def late_keys(rows: QuerySet[Obligation], filed: QuerySet[Return]) -> set[Key]:
    """What came first when its due day was over."""
    earliest = rows.aggregate(at=Min("late_from"))["at"]
    if earliest is None or earliest > timezone.now():
        return set()
    firsts = _submissions(filed)
    candidates = {key: at for key, at in firsts.items() if at >= earliest}
    candidates |= {key: at for key, at in _imports(filed, earliest).items() if key not in firsts}
    bounds = rows.filter(subject__in=[key[0] for key in candidates]) if len(candidates) <= _FEW else rows
    limits = {
        (subject, instance): at
        for subject, instance, at in bounds.values_list("subject", "instance", "late_from")
    }
    return {key for key, at in candidates.items() if key in limits and at >= limits[key]}


def _submissions(filed: QuerySet[Return]) -> dict[Key, datetime]:
    firsts = (
        ReturnSnapshot.objects.filter(verb=Verb.SUBMIT.value, parent__in=filed)
        .order_by()
        .values_list("parent__subject", "parent__instance")
        .annotate(first=Min("at"))
    )
    return {(subject, instance): first for subject, instance, first in firsts}


def _imports(filed: QuerySet[Return], earliest: datetime) -> dict[Key, datetime]:
    """First versions that were imported since: what the sample brought is left out."""
    instants = dict(
        Publication.objects.filter(~Q(kind__startswith="sample."), at__gte=earliest).values_list("seq", "at")
    )
    if not instants:
        return {}
    first = ReturnVersion.objects.filter(number=1, approver="", seq__gte=min(instants), parent__in=filed)
    rows = first.values_list("parent__subject", "parent__instance", "seq")
    return {(subject, instance): instants[seq] for subject, instance, seq in rows if seq in instants}
