"""Let a proposed release out, or drop it; what is out stays, and is corrected by a newer one."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.accounts.scope import access_for
from jieyue.apps.audit.services.record import digest, record
from jieyue.apps.disclosure import refusals
from jieyue.apps.disclosure.models import DataRelease
from jieyue.apps.disclosure.scope import may_disclose, released
from jieyue.apps.identity.models import User
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.sensitive import sensitive_on

_State = DataRelease.State


def let_out(user: User, number: int) -> DataRelease:
    """Release it to everybody. Raises RefusedError: `not_yours`, `own_proposal`, `release_state`, `exposed`,
    `newly_marked`."""
    with transaction.atomic():
        row = _waiting(user, number, _State.READY)
        if row.proposed_by == user.get_username():
            raise refusals.own_proposal()
        if exposed := row.kept.get("exposed"):
            raise refusals.exposed("、".join(exposed)[:200])
        if _newly_marked(row):
            raise refusals.newly_marked(row.content.get("marks", row.proposed_at.date().isoformat()))
        if digest(row.content) != row.digest or _overtaken(row):
            raise refusals.decided()
        _decide(row, _State.RELEASED, user.get_username())
        record(
            "disclosure.release", f"disclosure:{number}", actor=row.decided_by, after=row.digest,
            reason=row.note,
            data={"period": row.period, "sequence": row.sequence, "proposed_by": row.proposed_by},
        )  # fmt: skip
    return row


def drop(user: User, number: int) -> DataRelease:
    """Drop a proposal. Raises RefusedError."""
    with transaction.atomic():
        row = _waiting(user, number, _State.READY, _State.COMPUTING, _State.FAILED)
        _decide(row, _State.DROPPED, user.get_username())
        record("disclosure.drop", f"disclosure:{number}", actor=row.decided_by, data={"period": row.period})
    return row


def fail(number: int) -> None:
    """The worker could not compute it."""
    with transaction.atomic():
        rows = DataRelease.objects.select_for_update().filter(pk=number, state=_State.COMPUTING)
        if rows.update(state=_State.FAILED):
            record("disclosure.fail", f"disclosure:{number}", actor="worker")


def _waiting(user: User, number: int, *states: DataRelease.State) -> DataRelease:
    if not may_disclose(access_for(user, last_done())):
        raise refusals.not_yours()
    row = DataRelease.objects.select_for_update().filter(pk=number).first()
    if row is None or row.state not in states:
        raise refusals.decided()
    return row


def _newly_marked(row: DataRelease) -> bool:
    """An institution of it was marked as sensitive since it was computed."""
    marked = sensitive_on(settings.JIEYUE_HOME.today()) - set(row.kept.get("sensitive", ()))
    return any(not marked.isdisjoint(who) for who in row.kept["members"].values())


def _overtaken(row: DataRelease) -> bool:
    """Another release of the period came out since this one was computed: what it tells was not reckoned with."""
    newest = released().filter(period=row.period).first()
    return newest is not None and newest.pk != row.replaces_id


def _decide(row: DataRelease, state: DataRelease.State, actor: str) -> None:
    row.state, row.decided_by, row.decided_at = state, actor, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
