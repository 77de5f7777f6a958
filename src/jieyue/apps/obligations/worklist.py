"""The reviewer's list 待审: what is submitted, at the step of which body, and what the rules found in it.

Light rows of the whole list are read at once, so that counts, order and pages agree; names and numbers come for the
page that is shown.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.obligations.firsts import first_filed
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import by_code, by_name
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import CheckingBody, Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.returns.services.review_return import UNSEEN
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.trees import kept
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree
from jieyue.domain.period import Period
from jieyue.domain.workflow import OF_THE_BODY, Verb, right, route

Cells = dict[int, dict[str, tuple[int, int]]]
#: What stands against a return, the worst first: errors; warnings without a word; explained, not yet accepted; nothing.
CLASSES = ("errors", "unexplained", "explained", "clean")
_JUDGES = tuple(right(verb) for verb in OF_THE_BODY if verb is not Verb.REOPEN)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One submitted return. step of steps: where it stands; body: whose turn it is. at: None where no submission is
    on record (what the sample brought). owed: one of those that the board counts; not so what came in from an
    institution that is not in the count, or for which another one reports."""

    id: int
    subject: int
    instance: str
    step: int
    steps: int
    body: int
    own: bool
    errors: int
    unexplained: int
    explained: int
    accepted: int
    by: str
    on_behalf: bool
    at: datetime | None
    seen: str
    mark: int
    late: bool
    owed: bool

    @property
    def kind(self) -> str:
        """One of CLASSES."""
        return (
            "errors"
            if self.errors
            else "unexplained"
            if self.unexplained
            else "explained"
            if self.explained
            else "clean"
        )

    @property
    def findings(self) -> int:
        """How many stand against it still."""
        return self.errors + self.unexplained + self.explained


class Bodies:
    """Who is to act on a period's returns: the steps of each body, and which of them are the person's."""

    def __init__(self, read: Read, day: date, verbs: Collection[str] = _JUDGES) -> None:
        self.line, self._gone = kept.tree_and_gone(Tree.LINE, read.sequence, day)
        self.granted = {grant.node for grant in read.grants if verbs_of(grant) & set(verbs)}
        rows = CheckingBody.objects.filter(valid_from__lte=day, valid_to__gt=day)
        self._checking = set(rows.values_list("node", flat=True))
        self._routes: dict[int, tuple[int, ...]] = {}

    def route(self, node: int) -> tuple[int, ...]:
        """The body of each step for an institution that hangs at the node; empty where it hangs nowhere now."""
        found = self._routes.get(node)
        if found is None:
            step: int | None = node
            while step is not None and step not in self.line.nodes:
                step = self._gone.get(step)
            upward = [] if step is None else [one.id for one in reversed(self.line.path(step))]
            found = self._routes[node] = route(upward, self._checking)
        return found

    @cached_property
    def below(self) -> frozenset[int]:
        """The bodies for which the person may act: granted ones and all below them."""
        return frozenset(
            step for node in self.granted & self.line.nodes.keys() for step in self.line.subtree(node)
        )

    @property
    def whole(self) -> bool:
        """Whether that is everybody."""
        return len(self.below) == len(self.line.nodes)

    def reaching(self) -> set[int]:
        """The nodes whose institutions' returns may come before the person."""
        nodes = {*self.line.nodes, *self._gone}
        return {node for node in nodes if any(body in self.below for body in self.route(node))}


def waiting(bodies: Bodies, form: str, period: Period) -> list[Waiting]:
    """The submitted returns at the step of a body for which the person may pass, return or approve."""
    if not bodies.below:
        return []
    filed = Return.objects.filter(
        form=form,
        period=str(period),
        state=Return.State.SUBMITTED,
        subject_kind=Return.Subject.INSTITUTION,
    )
    hangs = Membership.objects.as_of().on(period.last_day).filter(tree=Tree.LINE)
    if not bodies.whole:
        own = hangs.filter(node__in=bodies.reaching())
        filed = filed.filter(subject__in=own.values("institution"))
    rows = list(
        at_nodes(filed, form, period).values_list("id", "subject", "instance", "step", "node", "owed")
    )
    found, sent = findings_of(form, str(period)), _sent(form, str(period))
    made = []
    for number, subject, instance, stands, hung, owed in rows:
        steps = bodies.route(hung) if hung is not None else ()
        step = min(max(stands, 1), len(steps))
        if not steps or steps[step - 1] not in bodies.below:
            continue
        counts, one = found.get((subject, instance), _NOTHING), sent.get(number, _Sent())
        made.append(
            Waiting(
                number,
                subject,
                instance,
                step,
                len(steps),
                steps[step - 1],
                steps[step - 1] in bodies.granted,
                counts["errors"],
                counts["unexplained"],
                counts["explained"],
                counts["accepted"],
                one.by,
                bool(one.on_behalf),
                one.at,
                one.seen,
                one.mark,
                one.late,
                owed,
            )
        )
    return made


def at_nodes(filed: QuerySet[Return], form: str, period: Period) -> QuerySet[Any]:
    """The returns with `node`, the one that collects each: the obligation has it at hand; what was filed without one is
    looked up in the line of the period's last day. `owed`: whether there is an obligation."""
    hangs = Membership.objects.as_of().on(period.last_day).filter(tree=Tree.LINE)
    owed = Obligation.objects.filter(
        form=form, period=str(period), subject=OuterRef("subject"), instance=OuterRef("instance")
    )
    node = Coalesce(
        Subquery(owed.values("body")[:1]),
        Subquery(hangs.filter(institution=OuterRef("subject")).values("node")[:1]),
    )
    return filed.annotate(node=node, owed=Exists(owed))


_NOTHING: Counter[str] = Counter()


def findings_of(form: str, period: str) -> Mapping[tuple[int, str], Counter[str]]:
    """(Institution, room) → how many findings of each kind stand with its return."""
    rows = ReviewFinding.objects.filter(form=form, period=period).exclude(state=ReviewFinding.State.GONE)
    found: dict[tuple[int, str], Counter[str]] = {}
    for subject, room, severity, state in rows.values_list("subject", "instance", "severity", "state"):
        kind = ("errors" if severity == "error" else "unexplained") if state == "open" else state
        if severity != "note":
            found.setdefault((subject, room), Counter())[kind] += 1
    return found


@dataclass(frozen=True, slots=True)
class _Sent:
    """Who submitted a return last, for whom, and when; whether its first filing was late; its newest snapshot."""

    by: str = ""
    on_behalf: str = ""
    at: datetime | None = None
    seen: str = UNSEEN
    mark: int = 0
    late: bool = False


#: Submitted here for the first time, and nothing of it was brought before.
_NEW = Q(parent__current=None, parent__undated=False)


def _sent(form: str, period: str) -> dict[int, _Sent]:
    owed = Obligation.objects.filter(
        form=form, period=period, subject=OuterRef("parent__subject"), instance=OuterRef("parent__instance")
    )
    named = User.objects.filter(username=OuterRef("actor")).exclude(real_name="")
    rows = (
        ReturnSnapshot.objects.filter(
            parent__form=form, parent__period=period, parent__state=Return.State.SUBMITTED
        )
        .annotate(
            person=Coalesce(Subquery(named.values("real_name")[:1]), "actor"),
            limit=Subquery(owed.values("late_from")[:1]),
            # Asked of what was brought or approved before; of the others the first row says it.
            first=Case(When(_NEW, then=Value(None)), default=first_filed("parent_id")),
            new=Case(When(_NEW, then=Value(True)), default=Value(False), output_field=BooleanField()),
        )
        .order_by("pk")
    )
    found: dict[int, _Sent] = {}
    late: dict[int, bool] = {}
    columns = ("parent_id", "verb", "person", "on_behalf", "at", "digest", "pk", "limit", "first")
    for parent, verb, person, behalf, at, digest, number, limit, first, new in rows.values_list(
        *columns, "new"
    ):
        if verb == Verb.SUBMIT.value:
            came = at if new else first
            late.setdefault(parent, None not in (came, limit) and came >= limit)
            found[parent] = _Sent(person, behalf, at, digest, number, late[parent])
        else:
            found[parent] = replace(found.get(parent, _Sent()), seen=digest, mark=number)
    return found


def periods_open(form: str) -> list[str]:
    """Periods of the form that were opened for collection, newest first."""
    return forms_open([form]).get(form, [])


def forms_open(forms: Collection[str]) -> dict[str, list[str]]:
    """Those of the forms that somebody owes, each with its periods, newest first."""
    rows = Obligation.objects.filter(form__in=forms).order_by().values_list("form", "period").distinct()
    found: dict[str, list[str]] = {}
    for form, period in sorted(rows, key=lambda row: Period.parse(row[1]).last, reverse=True):
        found.setdefault(form, []).append(period)
    return found


def counted(rows: Iterable[Waiting]) -> dict[str, int]:
    """How many of each class."""
    counts = Counter(row.kind for row in rows)
    return {kind: counts[kind] for kind in CLASSES}


def read_as(read: Read | None) -> Read:
    """What the access has read; nothing where nobody is signed in."""
    return read or Read((), last_done())


def cells_beside(form: str, rows: Sequence[Waiting], before: str) -> tuple[Cells, Cells]:
    """Institution → what it has submitted now, and what is published of it for the period before."""
    drafts = Return.objects.filter(pk__in=[row.id for row in rows]).values_list("subject", "draft")
    published = Return.objects.filter(
        form=form, period=before, instance="", subject__in=[row.subject for row in rows]
    )
    versions = ReturnVersion.objects.filter(pk__in=published.values("current"))
    return (
        {subject: parse(draft) for subject, draft in drafts if draft},
        {subject: parse(cells) for subject, cells in versions.values_list("parent__subject", "cells")},
    )


def find_number(access: Access, form: str, period: str, code: str) -> int | None:
    """The return of an institution that the person may see, by its code or its very name, in whatever state."""
    day = Period.parse(period).last_day
    numbers = list(by_code([code], day).values()) or by_name([code], day).get(code, [])
    rows = returns_for(access.user, whole=access.whole, limited=True).filter(
        form=form, period=period, subject__in=numbers, subject_kind=Return.Subject.INSTITUTION
    )
    return rows.values_list("pk", flat=True).first()
