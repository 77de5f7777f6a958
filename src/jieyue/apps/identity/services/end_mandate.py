"""Take back what was delegated, lent, handed over or given for an audit, before its time."""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.mandates import mandate_words
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.services.end_sessions import end_if_nothing_is_left
from jieyue.apps.identity.services.grant import make_grant
from jieyue.apps.identity.services.lend import lending_grant
from jieyue.apps.identity.services.open_mandate import today
from jieyue.apps.publication.errors import RefusedError


def end_mandate(number: int, *, user: User, by: Authority, reason: str = "") -> Mandate:
    """Its grants are in force no more from now on; after a hand-over the first person has his again.

    A delegation ends by who gave it; a lent worklist by who may lend it; all of them by who may give the roles, but
    no hand-over by one of its two. Raises RefusedError.
    """
    day = today()
    with transaction.atomic():
        row = Mandate.objects.select_for_update().filter(pk=number, ended_on=None, valid_to__gt=day).first()
        if row is None:
            raise RefusedError(
                "mandate_ended", zh="这项委托没有了，或已结束", en="there is no such mandate, or it has ended"
            )
        grants = list(row.grants.select_for_update().order_by("id"))
        if not may_end(row, grants, user, by, lambda node: lending_grant(user, node) is not None):
            raise RefusedError(
                "not_yours", zh="这项委托不归您收回", en="this mandate is not yours to take back"
            )
        before = mandate_words(row)
        for one in grants:
            if row.kind == Mandate.Kind.HAND_OVER:
                _give_back(row, one, day, user.username)
            one.valid_to = min(one.valid_to, max(day, one.valid_from))
            one.save(update_fields=["valid_to"])
        row.ended_on = day
        row.save(update_fields=["ended_on"])
        ended = end_if_nothing_is_left(row.taker_id, day)
        record(
            "identity.end_mandate",
            f"user:{row.taker_id}",
            actor=user.username,
            before=before,
            after={**before, "ended_on": day.isoformat()},
            reason=reason,
            data={"mandate": row.pk, "kind": row.kind, "grants": [one.pk for one in grants], **ended},
        )
    return row


def may_end(
    row: Mandate, grants: list[Grant], user: User, by: Authority, lends: Callable[[int], bool]
) -> bool:
    """Whether the person may take it back. by: his authority; lends: whether a body's worklist is his to lend."""
    if row.kind == Mandate.Kind.DELEGATION and row.giver_id == user.pk:
        return True
    if row.kind == Mandate.Kind.LENDING and all(lends(one.node) for one in grants):
        return True
    concerned = user.pk in (row.giver_id, row.taker_id)
    return not concerned and bool(grants) and all(by.may_give(one.role, one.node) for one in grants)


def _give_back(row: Mandate, held: Grant, day: date, actor: str) -> None:
    first = max(day, held.valid_from)
    if row.giver is None or first >= held.valid_to:
        return  # the successor's was ended already
    make_grant(
        row.giver,
        held.role,
        node=held.node,
        valid_from=first,
        valid_to=held.valid_to,
        actor=actor,
        verbs=held.verbs,
        forms=held.forms,
        periods=held.periods,
        mandate=row,
    )
