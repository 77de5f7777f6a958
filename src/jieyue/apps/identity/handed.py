"""Reads of what was handed on: who has whose work, until when, whether it still holds, and who may take it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Case, Q, QuerySet, Value, When

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import BOUNDED
from jieyue.apps.identity.scope import nodes_for
from jieyue.apps.identity.services.end_mandate import may_end
from jieyue.apps.identity.services.lend import VERB

COMING, ON, OVER, BACK = "coming", "on", "over", "back"
_MOST = 200


@dataclass(frozen=True)
class Handed:
    """A mandate as a page lists it. nodes: where; state: coming, on, over, or taken back."""

    row: Mandate
    nodes: tuple[int, ...]
    state: str
    may_end: bool


def handed_of(user: User, by: Authority, viewer: User) -> list[Handed]:
    """What a person gave and got, newest first, as far as the viewer may see it: his own, or on nodes of his.

    by: what the viewer administers; `nothing_of(viewer)` for one's own page.
    """
    rows = Mandate.objects.filter(Q(giver=user) | Q(taker=user))
    found = _listed(rows, by, viewer)
    if viewer.pk == user.pk:
        return found
    return [one for one in found if _is_seen(one, by)]


def nothing_of(user: User) -> Authority:
    """The authority of who looks at his own account: he takes back what he gave, and asks no more."""
    return Authority(user, frozenset(), frozenset())


def handed_for(by: Authority, viewer: User) -> list[Handed]:
    """What was handed on at the nodes of an administrator: what holds or comes first, then the newest."""
    rows = Mandate.objects.all()
    if not by.whole:
        rows = rows.filter(pk__in=Grant.objects.filter(node__in=by.reach).values("mandate"))
    return [one for one in _listed(rows, by, viewer) if _is_seen(one, by)]


def handed_one(number: int, by: Authority, viewer: User) -> Handed | None:
    """One of these, however old; None if there is none, or none for this administrator."""
    found = _listed(Mandate.objects.filter(pk=number), by, viewer)
    return next((one for one in found if _is_seen(one, by)), None)


def _is_seen(one: Handed, by: Authority) -> bool:
    """Audits are known to who may appoint auditors there: a sample that is announced is none."""
    if one.row.kind == Mandate.Kind.AUDIT:
        return all(by.may_give(role, node) for role in BOUNDED for node in one.nodes)
    return any(by.covers(node) for node in one.nodes)


def _listed(rows: QuerySet[Mandate], by: Authority, viewer: User) -> list[Handed]:
    today = settings.JIEYUE_HOME.today()
    lent = nodes_for(viewer, VERB) if by.whole or by.reach else set()
    over = Case(When(Q(ended_on=None) & Q(valid_to__gt=today), then=Value(0)), default=Value(1))
    sorted_ = rows.select_related("giver", "taker").prefetch_related("grants__source").order_by(over, "-pk")
    found = []
    for row in sorted_[:_MOST]:
        grants = sorted(row.grants.all(), key=lambda one: one.pk)
        state = _state(row, grants, today)
        open_still = state in (COMING, ON) and may_end(row, grants, viewer, by, lent.__contains__)
        nodes = tuple(dict.fromkeys(one.node for one in grants))
        found.append(Handed(row, nodes, state, open_still))
    return found


def _state(row: Mandate, grants: Iterable[Grant], today: date) -> str:
    if row.ended_on is not None:
        return BACK
    alive = any(
        one.valid_to > today and (one.source is None or one.source.valid_to > today) for one in grants
    )
    if not alive:
        return OVER
    return COMING if row.valid_from > today else ON
