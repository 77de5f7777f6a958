"""How far each body of the reporting line has come with a form and period: one walk over keys, sums in memory.

A whole city is some 16,000 obligations; joined one by one they cost three times as much as two lists side by side.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Self

from django.db.models import Case, IntegerField, Min, Q, QuerySet, Value, When

from jieyue.apps.audit.queries import newest_mark
from jieyue.apps.obligations.firsts import Key, first_of, imports, sampled
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.domain.workflow import Verb

_FEW = 2000


@dataclass
class Counts:
    """How many obligations of a body, or of it and all below it, stand how. See queries.py for the words.

    late: whatever was filed late, also what is with the institution again; collected_late: of what is collected.
    """

    due: int = 0
    none: int = 0
    draft: int = 0
    submitted: int = 0
    returned: int = 0
    approved: int = 0
    overdue: int = 0
    late: int = 0
    outstanding: int = 0
    collected_late: int = 0

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
        """Neither handed in nor approved."""
        return self.due - self.collected


@dataclass(frozen=True, slots=True)
class Behind:
    """One obligation that is not handed in, or is with the institution again."""

    body: int
    subject: int
    instance: str
    state: str
    overdue: bool
    outstanding: bool


@dataclass
class Progress:
    """Body → the counts of what itself collects (who owes nothing is absent), and who is behind."""

    counts: dict[int, Counts] = field(default_factory=dict)
    behind: list[Behind] = field(default_factory=list)

    def add(self, key: Key, body: int, state: str, *, past: bool, again: bool, late: bool) -> None:
        """Count one obligation. again: submitted once and a draft now."""
        count = self.counts.get(body)
        if count is None:
            count = self.counts[body] = Counts()
        count.due += 1
        setattr(count, state, getattr(count, state) + 1)
        count.late += late
        if state in ("submitted", "approved"):
            count.collected_late += late
            return
        overdue = past and not again and state != "returned"
        outstanding = again or state == "returned"
        count.overdue += overdue
        count.outstanding += outstanding
        self.behind.append(Behind(body, *key, state, overdue, outstanding))

    def of_kind(self, kind: str) -> list[Behind]:
        """Those of a kind (board.KINDS), by body and institution."""
        found = [one for one in self.behind if kind == "missing" or getattr(one, kind)]
        return sorted(found, key=lambda one: (one.body, one.subject, one.instance))


def progress(form: str, period: str, today: date, bodies: frozenset[int] | None = None) -> Progress:
    """The state of every obligation of a form and period; bodies: what these collect only. Not to be changed.

    Nothing of it changes without an entry in the log, so a process keeps some until there is another one.
    """
    among = _whole if bodies is None else _of_bodies
    key = (newest_mark(), form, period, today, bodies)
    return among.get(key, lambda: progress_now(form, period, today, bodies))


#: That of all names everybody who is behind; those of single bodies are small, and each body asks for its own.
_whole, _of_bodies = LastFew[Progress](4), LastFew[Progress](64)


def progress_now(form: str, period: str, today: date, bodies: frozenset[int] | None = None) -> Progress:
    """The same, read anew: for who acts upon it."""
    rows = Obligation.objects.filter(form=form, period=period)
    if bodies is not None:
        rows = rows.filter(body__in=bodies)
    past = Case(When(due__lt=today, then=Value(1)), default=Value(0), output_field=IntegerField())
    owed = list(rows.annotate(past=past).values_list("subject", "instance", "body", "past"))
    filed = _filed(form, period, [row[0] for row in owed])
    stored = list(filed.values_list("subject", "instance", "state", "undated"))
    states = {(subject, instance): state for subject, instance, state, _undated in stored}
    brought = {(subject, instance) for subject, instance, _state, undated in stored if undated}
    firsts = _submissions(filed)
    late = _late(rows, _came(filed, firsts))
    found = Progress()
    for subject, instance, body, is_past in owed:
        key = (subject, instance)
        state = states.get(key, "none")
        found.add(
            key,
            body,
            state,
            past=bool(is_past),
            again=state == "draft" and (key in firsts or key in brought),
            late=key in late,
        )
    return found


#: How late a first filing was, in the order in which it is told; the number: up to so many days.
LATE: tuple[tuple[str, int], ...] = (("late_3", 3), ("late_7", 7), ("late_15", 15))
LATENESS = ("on_time", *(name for name, _days in LATE), "late_more", "none")


def lateness(form: str, period: str, bodies: frozenset[int] | None = None) -> Counter[str]:
    """How many obligations were filed when, by LATENESS; `none`: nothing was handed in so far. Kept like `progress`."""
    key = (newest_mark(), form, period, bodies)
    return Counter(_late_ones.get(key, lambda: _lateness(form, period, bodies)))


_late_ones = LastFew[Counter[str]](512)


def _lateness(form: str, period: str, bodies: frozenset[int] | None) -> Counter[str]:
    rows = Obligation.objects.filter(form=form, period=period)
    if bodies is not None:
        rows = rows.filter(body__in=bodies)
    owed = list(rows.values_list("subject", "instance", "late_from"))
    filed = _filed(form, period, [row[0] for row in owed])
    first = Min("snapshots__at", filter=Q(snapshots__verb=Verb.SUBMIT.value))
    rows_of = filed.order_by().annotate(first=first)
    stored = list(rows_of.values_list("subject", "instance", "state", "undated", "first"))
    came = _came(filed, {row[:2]: row[4] for row in stored if row[4] is not None})
    there = {row[:2] for row in stored if row[2] in ("submitted", "approved") or row[3]}
    handed = there | came.keys()
    found: Counter[str] = Counter()
    for subject, instance, late_from in owed:
        key = (subject, instance)
        at = came.get(key)
        if key not in handed:
            found["none"] += 1
        elif at is None or at < late_from:
            found["on_time"] += 1
        else:
            days = (at - late_from).days + 1
            found[next((name for name, most in LATE if days <= most), "late_more")] += 1
    return found


def _filed(form: str, period: str, subjects: Collection[int]) -> QuerySet[Return]:
    rows = Return.objects.filter(form=form, period=period, subject_kind=Return.Subject.INSTITUTION)
    return rows.filter(subject__in=subjects) if len(subjects) <= _FEW else rows


def _submissions(filed: QuerySet[Return]) -> dict[Key, datetime]:
    """The instant of each first submission."""
    firsts = (
        ReturnSnapshot.objects.filter(verb=Verb.SUBMIT.value, parent__in=filed)
        .order_by()
        .values_list("parent__subject", "parent__instance")
        .annotate(first=Min("at"))
    )
    return {(subject, instance): first for subject, instance, first in firsts}


def _came(filed: QuerySet[Return], firsts: dict[Key, datetime]) -> dict[Key, datetime]:
    """The instant of each first filing; what the sample brought has none."""
    brought = imports(filed)
    few = len(firsts) <= _FEW
    mended = filed.filter(subject__in={key[0] for key in firsts}) if few else filed
    of_sample = sampled(mended) if firsts else set()
    came = {
        key: first_of(firsts.get(key), brought.get(key), sampled=key in of_sample)
        for key in firsts.keys() | brought.keys()
    }
    return {key: at for key, at in came.items() if at is not None}


def _late(rows: QuerySet[Obligation], came: dict[Key, datetime]) -> set[Key]:
    """What came first when its due day was over."""
    if not came:
        return set()
    limits = rows.filter(late_from__lte=max(came.values()))
    if len(came) <= _FEW:
        limits = limits.filter(subject__in={key[0] for key in came})
    found = set()
    for subject, instance, at in limits.values_list("subject", "instance", "late_from"):
        first = came.get((subject, instance))
        if first is not None and first >= at:
            found.add((subject, instance))
    return found
