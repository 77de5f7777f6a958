"""Reads for the page of people: accounts that somebody may see, their roles, their state; one's own sessions."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.sessions.models import Session
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import Activation, Grant, SignIn, User
from jieyue.apps.identity.roles import BOUNDED

LOCKED, WAITING, EXPIRED, NO_ROLE, ACTIVE = "locked", "waiting", "expired", "no_role", "active"


@dataclass(frozen=True)
class Person:
    """An account as an administrator sees it. grants: those on his nodes; may_reset: he may give a new code."""

    user: User
    grants: tuple[Grant, ...]
    state: str
    code_until: datetime | None
    may_reset: bool


def accounts_for(authority: Authority, text: str = "") -> "QuerySet[User]":
    """The accounts that hold or held a role on a node of the person's, by user name; all for who has the whole.

    Who audits somewhere is known to those only who may appoint auditors there.
    """
    rows = User.objects.order_by("username")
    if not authority.whole:
        held = Grant.objects.exclude(role__in=BOUNDED).filter(node__in=authority.reach)
        audits = Grant.objects.filter(role__in=BOUNDED, node__in=authority.every)
        rows = rows.filter(Q(pk__in=held.values("user_id")) | Q(pk__in=audits.values("user_id")))
    if text:
        rows = rows.filter(Q(username__icontains=text) | Q(real_name__icontains=text))
    return rows


def counts_for(authority: Authority) -> dict[str, int]:
    """How many of the accounts that the person may see are locked, wait for their code or let it run out."""
    rows = accounts_for(authority).order_by()
    unused = Q(
        is_active=True,
        activation__used_at__isnull=True,
        activation__isnull=False,
        password__startswith=UNUSABLE_PASSWORD_PREFIX,
    )
    now = timezone.now()
    return rows.aggregate(
        **{
            LOCKED: Count("pk", filter=Q(is_active=False)),
            WAITING: Count("pk", filter=unused & Q(activation__expires_at__gt=now)),
            EXPIRED: Count("pk", filter=unused & Q(activation__expires_at__lte=now)),
        }
    )


def account_for(authority: Authority, pk: int) -> Person | None:
    """One account, None if it is not there or not the person's to see."""
    return next(iter(persons(authority, accounts_for(authority).filter(pk=pk))), None)


def persons(authority: Authority, users: "QuerySet[User]") -> list[Person]:
    """The accounts with what the page says of them: three queries, however many they are."""
    rows = list(users.select_related("activation").prefetch_related("grants"))
    return [_person(authority, user) for user in rows]


def _person(authority: Authority, user: User) -> Person:
    grants = sorted(user.grants.all(), key=lambda grant: (grant.valid_from, grant.pk))
    code: Activation | None = getattr(user, "activation", None)
    return Person(
        user=user,
        grants=tuple(grant for grant in grants if _is_seen(authority, grant)),
        state=state_of(user, code, grants),
        code_until=None if code is None or code.used_at is not None else code.expires_at,
        may_reset=authority.may_reset(user, grants),
    )


def _is_seen(authority: Authority, grant: Grant) -> bool:
    if grant.role in BOUNDED:
        return authority.may_give(grant.role, grant.node)
    return authority.covers(grant.node)


def state_of(user: User, code: Activation | None, grants: list[Grant]) -> str:
    """locked, waiting for its code, with an outdated code, without a role, or active."""
    if not user.is_active:
        return LOCKED
    if code is not None and code.used_at is None and not user.has_usable_password():
        return WAITING if code.expires_at > timezone.now() else EXPIRED
    today = settings.JIEYUE_HOME.today()
    return ACTIVE if any(grant.valid_from <= today < grant.valid_to for grant in grants) else NO_ROLE


def sessions_of(user: User) -> list[SignIn]:
    """The person's sessions that are still there, the newest first."""
    rows = list(SignIn.objects.filter(user=user).order_by("-at", "-pk")[:200])
    alive = set(
        Session.objects.filter(
            session_key__in=[row.session for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    return [row for row in rows if row.session in alive]
