"""Who may act on a return, and the return held fast while he does: the door of every service of the workflow.

Rights are those of today, on the reporting line of the period's last day; who collects the institution today reopens
its older periods (statistical workflow, "Which line").
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, CharField, DateField, Field, QuerySet

from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import asked, grants_of, verbs_of
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.scope import Read, may_at
from jieyue.apps.returns import refusals
from jieyue.apps.returns.models import CheckingBody, Return
from jieyue.apps.trees import kept
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree
from jieyue.domain.period import Period
from jieyue.domain.workflow import OF_THE_BODY, Place, State, Verb, barred, move, persons, right, route


@dataclass(frozen=True, slots=True)
class Key:
    """Of which return: institution, form, period, and for NY202 the room."""

    subject: int
    form: str
    period: str
    instance: str = ""

    @property
    def last_day(self) -> date:
        """The day whose reporting line counts. Raises PeriodError."""
        return Period.parse(self.period).last_day


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, and whether he acts for the institution 代填 (he may not submit in its name).

    read: his grants and the publication as the door has read them, once for the act.
    """

    user: User
    on_behalf: bool
    read: Read | None = None

    @property
    def name(self) -> str:
        """As the log has it."""
        return str(self.user.get_username())


def line_day(key: Key, verb: Verb) -> date:
    """The day whose reporting line says who may do this."""
    return settings.JIEYUE_HOME.today() if verb is Verb.REOPEN else key.last_day


def enter_door(user: User, key: Key, verb: Verb) -> Actor:
    """The person as one who may do this with the institution's returns. Raises RefusedError."""
    day = line_day(key, verb)
    read = _read(user, key)

    def may(word: str) -> bool:
        return may_at(user, key.subject, day, word, read)

    if not may(right(verb)):
        seen = may("view") or may_at(user, key.subject, key.last_day, "view", read)
        raise refusals.not_yours(verb) if seen else refusals.unknown()
    return Actor(user, right(verb) == "enter" and not may("submit"), read)


def _read(user: User, key: Key) -> Read:
    """The grants as they count for this form and period, limited ones too."""
    return Read(asked(grants_of(user), key.form, key.period), last_done())


def hold(key: Key) -> Return | None:
    """The return, locked until the transaction ends; None if nothing is begun."""
    return next(iter(_HELD.objects(**_named(key))), None)


def find(key: Key) -> Return | None:
    """The return, not locked; None if nothing is begun."""
    return next(iter(_FOUND.objects(**_named(key))), None)


def _named(key: Key) -> dict[str, Any]:
    return {"subject": key.subject, "form": key.form, "period": key.period, "instance": key.instance}


def _of_key(subject: int, form: str, period: str, instance: str) -> QuerySet[Return]:
    named = {"subject": subject, "form": form, "period": period, "instance": instance}
    return Return.objects.filter(**named, subject_kind=Return.Subject.INSTITUTION)


_KEY: Mapping[str, Field[Any, Any]] = {
    "subject": BigIntegerField(),
    "form": CharField(),
    "period": CharField(),
    "instance": CharField(),
}
_FOUND = Prepared(_of_key, **_KEY)
_HELD = Prepared(lambda **key: _of_key(**key).select_for_update(), **_KEY)


def take(actor: Actor, key: Key, verb: Verb) -> tuple[Return, Place]:
    """The locked return, and where the verb leads it. Raises RefusedError: state, body, or the same person."""
    row = hold(key)
    read = actor.read or _read(actor.user, key)
    day = line_day(key, verb)
    bodies = bodies_of(key, read.sequence, day)
    here = place_of(row, bodies)
    then = move(here, verb)
    if row is None or then is None:
        raise refusals.wrong_state(here, verb)
    body = bodies[(here.step or len(bodies)) - 1]
    if verb in OF_THE_BODY and not _of_body(read, body, verb, day):
        raise refusals.not_yours(verb)
    why = barred(verb, actor.name, entered=persons(row.entered_by), reviewers=row.passed_by)
    if why:
        raise refusals.same_person(why)
    return row, then


def take_submitted(actor: Actor, key: Key) -> Return:
    """The locked return, submitted, at a step of a body for which the person passes; it is to stay where it is."""
    row, read, day = hold(key), actor.read or _read(actor.user, key), line_day(key, Verb.PASS)
    bodies = bodies_of(key, read.sequence, day)
    here = place_of(row, bodies)
    if row is None or here.state is not State.SUBMITTED:
        raise refusals.wrong_state(here, Verb.PASS)
    if not _of_body(read, bodies[here.step - 1], Verb.PASS, day):
        raise refusals.not_yours(Verb.PASS)
    return row


def place_of(row: Return | None, bodies: tuple[int, ...]) -> Place:
    """Where a return stands; a submitted one at a step of those that its line has today."""
    steps = len(bodies)
    if row is None:
        return Place(State.NONE, 0, steps)
    here = Place(State(row.state), 0, steps)
    return replace(here, step=min(max(row.step, 1), steps)) if here.state is State.SUBMITTED else here


def bodies_of(key: Key, sequence: int | None = None, day: date | None = None) -> tuple[int, ...]:
    """The body of each step, the last approves. Raises RefusedError where the institution hangs nowhere.

    sequence: the publication that the line is read as of; the newest by default. day: default the period's last.
    """
    day = day or key.last_day
    body: int | None = next(iter(_BODY.column(subject=key.subject, day=day)), None)
    line, gone = kept.tree_and_gone(Tree.LINE, last_done() if sequence is None else sequence, day)
    while body is not None and body not in line.nodes:
        body = gone.get(body)
    if body is None:
        raise refusals.unknown()
    upward = [node.id for node in reversed(line.path(body))]
    return route(upward, set(_CHECKING.column(nodes=upward, day=day)))


_BODY = Prepared(
    lambda subject, day: (
        Membership.objects.as_of()
        .filter(tree=Tree.LINE, institution=subject, valid_from__lte=day)
        .order_by("-valid_from")
        .values_list("node")[:1]
    ),
    subject=BigIntegerField(),
    day=DateField(),
)
_CHECKING = Prepared(
    lambda nodes, day: CheckingBody.objects.filter(
        node__in=nodes, valid_from__lte=day, valid_to__gt=day
    ).values_list("node"),
    nodes=BigIntegerField(),
    day=DateField(),
)


def _of_body(read: Read, body: int, verb: Verb, day: date) -> bool:
    """Whether the person acts for this body or one above it; a grant on a body below does not reach it."""
    granted = {grant.node for grant in read.grants if right(verb) in verbs_of(grant)}
    line, _ = kept.tree_and_gone(Tree.LINE, read.sequence, day)
    return any(node.id in granted for node in line.path(body))
