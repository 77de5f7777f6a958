"""Reads of the obligations: how each stands, what a person has to do, and how far a body has come.

Words for people: 未录入 none, 录入中 draft, 已上报 submitted, 已审核 approved, 已退回 returned (`WORDS`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    Field,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from jieyue.apps.identity.models import User
from jieyue.apps.obligations.firsts import first_filed, submissions_of
from jieyue.apps.obligations.models import Deadline, Obligation
from jieyue.apps.obligations.scope import alone, read_of, within
from jieyue.apps.publication.prepared import LONGEST_LIST, Prepared
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.registry.scope import Read
from jieyue.apps.trees.queries import named_nodes

NONE, DRAFT, SUBMITTED, RETURNED, APPROVED = "none", "draft", "submitted", "returned", "approved"
STATES = (NONE, DRAFT, SUBMITTED, RETURNED, APPROVED)
#: State → (Chinese, English).
WORDS = {
    NONE: ("未录入", "not begun"),
    DRAFT: ("录入中", "being entered"),
    SUBMITTED: ("已上报", "submitted"),
    RETURNED: ("已退回", "sent back"),
    APPROVED: ("已审核", "approved"),
}
_NOT_BEGUN = Q(filed__id__isnull=True)
_DRAFT = Q(filed__state=DRAFT)
_OPEN = _NOT_BEGUN | _DRAFT | Q(filed__state=RETURNED)


def standing(rows: QuerySet[Obligation], today: date) -> QuerySet[Any]:
    """The rows with `state`, `first` (instant of the first filing), `overdue`, `late` and `outstanding`.

    first: the first snapshot of a submission or the publication of an imported first version, whichever came first
    (firsts.py). What the sample brought, and what was there before the obligation was made, is on time. overdue: due is
    past, and nothing was ever submitted. late: the first filing came after due. outstanding: submitted once, and again
    with the institution (sent back, withdrawn, reopened); that is not late.
    """
    return rows.annotate(
        state=Coalesce(F("filed__state"), Value(NONE)),
        first=first_filed("filed__id"),
        overdue=_flag(is_overdue(today)),
        late=_flag(is_late()),
        outstanding=_flag(is_outstanding()),
    )


def bodies_owed(form: str, period: str) -> set[int]:
    """Bodies that returns of a form and period are due to."""
    rows = Obligation.objects.filter(form=form, period=period)
    return set(rows.values_list("body", flat=True).distinct())


def is_overdue(today: date) -> Q:
    """Due is past, nothing was ever submitted."""
    return Q(due__lt=today) & (_NOT_BEGUN | (_DRAFT & ~_was_submitted()))


def is_outstanding() -> Q:
    """Submitted once, and again with the institution."""
    return Q(filed__state=RETURNED) | (_DRAFT & _was_submitted())


def _was_submitted() -> Q:
    """Once, here or before it was brought."""
    return Q(Exists(submissions_of("filed__id"))) | Q(filed__undated=True)


def is_late() -> Q:
    """Its first filing came when due was past; told by `first`, which is asked of begun returns only."""
    return Q(filed__id__isnull=False) & Q(GreaterThanOrEqual(first_filed("filed__id"), F("late_from")))


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


@dataclass(frozen=True)
class Task:
    """One return that a person has to enter, finish or mend. days_left: negative after the due day."""

    institution: int
    code: str
    name: str
    form: str
    period: str
    instance: str
    state: str
    opens: date
    due: date
    days_left: int
    overdue: bool
    returned: bool
    reminded_at: datetime | None = None
    reminded_by: int | None = None


@dataclass(frozen=True)
class Tasks:
    """A page of open tasks, the most urgent first, and how many there are of each kind over all pages."""

    rows: Sequence[Task]
    count: int
    overdue: int
    returned: int
    begun: int

    @property
    def waiting(self) -> int:
        """Due and not begun, not yet late."""
        return self.count - self.overdue - self.returned - self.begun


def tasks_of(user: User, today: date, *, page: int = 1, size: int = 50, read: Read | None = None) -> Tasks:
    """The open tasks of a reporter: what may be begun today and is not with the reviewer or approved.

    user: the person signed in; tasks are of the institutions for which he holds `enter` or `submit` today.
    today: the home's day (`settings.JIEYUE_HOME.today()`). page, size: which window; `count` is of all pages.
    read: `access.read`, if the caller has it (saves a question).

    One row per (institution, form, period, instance), by due day, then sent-back ones, then form and institution:

    - state: none, draft or returned (`WORDS` has them in Chinese and English);
    - due: last day on time; days_left: due − today, so 0 = today, −2 = two days over;
    - overdue: due is past and nothing was ever submitted; returned: sent back (whatever the day);
    - reminded_at, reminded_by: when a body above reminded of it last, and which node of the reporting line that is.
    """
    read = read or read_of(user)
    own = alone(user, read, "enter", "submit")
    if own is not None and len(own) <= LONGEST_LIST:
        totals = next(iter(_TOTALS.rows(subjects=own, today=today)), (0, 0, 0, 0))
        listed = _listed(page, size).rows(subjects=own, today=today)
    else:
        rows = Obligation.objects.filter(within(user, read, "enter", "submit"), _OPEN, opens__lte=today)
        totals = next(iter(_totals(rows, today)), (0, 0, 0, 0))
        listed = list(_window(rows, today, page, size))
    labels = labels_of({row[0] for row in listed})
    tasks = [_task(row, *labels.get(row[0], ("", "")), today) for row in listed]
    return Tasks(tasks, *totals)


def _totals(rows: QuerySet[Obligation], today: Any) -> QuerySet[Any, Any]:
    """All, overdue, sent back and begun, in one row."""
    late = is_overdue(today)
    return (
        rows.order_by()
        .values(one=Value(1))
        .annotate(
            count=Count("pk"),
            overdue=Count("pk", filter=late),
            returned=Count("pk", filter=Q(filed__state=RETURNED)),
            begun=Count("pk", filter=_DRAFT & ~late),
        )
        .values_list("count", "overdue", "returned", "begun")
    )


_COLUMNS = (
    "subject",
    "form",
    "period",
    "instance",
    "state",
    "opens",
    "due",
    "overdue",
    "reminded_at",
    "reminded_by",
)


def _window(rows: QuerySet[Obligation], today: Any, page: int, size: int) -> QuerySet[Any, Any]:
    start = (page - 1) * size
    said = rows.annotate(state=Coalesce(F("filed__state"), Value(NONE)), overdue=_flag(is_overdue(today)))
    ordered = said.order_by("due", "-state", "form", "subject", "instance").values_list(*_COLUMNS)
    return ordered[start : start + size]


def _of(subjects: Any, today: Any) -> QuerySet[Obligation]:
    return Obligation.objects.filter(_OPEN, subject__in=subjects, opens__lte=today)


_FIELDS: Mapping[str, Field[Any, Any]] = {"subjects": BigIntegerField(), "today": DateField()}
_TOTALS = Prepared(lambda subjects, today: _totals(_of(subjects, today), today), **_FIELDS)


@lru_cache(maxsize=16)
def _listed(page: int, size: int) -> Prepared:
    return Prepared(lambda subjects, today: _window(_of(subjects, today), today, page, size), **_FIELDS)


def _task(row: tuple[Any, ...], code: str, name: str, today: date) -> Task:
    subject, form, period, instance, state, opens, due, overdue, *reminded = row
    left = (due - today).days
    return Task(
        subject,
        code,
        name,
        form,
        period,
        instance,
        state,
        opens,
        due,
        left,
        overdue,
        state == RETURNED,
        *reminded,
    )


@dataclass(frozen=True)
class DeadlineRow:
    """A decision that stands, in words. everybody: it is for all; then there is no target to name."""

    kind: str
    period: str
    everybody: bool
    target_zh: str
    target_en: str
    rule_zh: str
    rule_en: str
    valid_from: date
    reason: str
    actor: str

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        said = {name: value for name, value in vars(self).items() if name != "target_zh"}
        return {**said, "target": self.target_zh, "valid_from": self.valid_from.isoformat()}


def deadlines(form: str) -> list[DeadlineRow]:
    """The decisions of a form that stand, general ones first; superseded and withdrawn ones are left out."""
    newest: dict[tuple[str, int | None, str, date], Deadline] = {}
    for row in Deadline.objects.filter(form=form).order_by("kind", "period", "target", "valid_from", "pk"):
        newest[row.kind, row.target, row.period, row.valid_from] = row
    rows = [row for row in newest.values() if not row.gone]
    names = _target_names([row.target for row in rows if row.target is not None])
    return [
        DeadlineRow(
            row.kind,
            row.period,
            row.target is None,
            *(("", "") if row.target is None else names[row.target]),
            *_rule_words(row),
            row.valid_from,
            row.reason,
            row.actor,
        )
        for row in rows
    ]


def _target_names(targets: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Target → its name in Chinese and English; of what has ended or begins later too, at worst its number."""
    found = {target: (f"#{target}", f"#{target}") for target in targets}
    nodes = named_nodes(targets)
    for target, node in nodes.items():
        code = f"{node.tree}:{node.code}"
        found[target] = (f"{code} {node.name_zh}".rstrip(), f"{code} {node.name_en or node.name_zh}".rstrip())
    labels = labels_of([target for target in targets if target not in nodes])
    return found | {target: (f"{code} {name}",) * 2 for target, (code, name) in labels.items()}


def _rule_words(row: Deadline) -> tuple[str, str]:
    zh, en = [], []
    if row.opens_on or row.opens_days is not None:
        zh.append(f"开放 {row.opens_on or f'后 {row.opens_days} 日'}")
        en.append(f"opens {row.opens_on or f'{row.opens_days} days after'}")
    if row.due_on:
        zh.append(f"截止 {row.due_on}")
        en.append(f"due {row.due_on}")
    elif row.due_days is not None:
        months = f"{row.due_months} 个月又 " if row.due_months else ""
        zh.append(f"截止于期末后 {months}{row.due_days} 日")
        en.append(f"due {f'{row.due_months} months and ' if row.due_months else ''}{row.due_days} days after")
    return "，".join(zh), ", ".join(en)
