"""The row of a mandate and its entry in the log, for the services that hand rights on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.mandates import mandate_words
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.services.grant import stated

Makes = Callable[[Mandate], Iterable[Grant]]


def open_mandate(
    kind: Mandate.Kind,
    *,
    giver: User | None,
    taker: User,
    valid_from: date,
    valid_to: date,
    actor: str,
    makes: Makes,
    forms: Sequence[str] | None = None,
    periods: Sequence[str] | None = None,
    occasion: str = "",
    ends: Sequence[int] = (),
    signed_out: Mapping[str, int] | None = None,
) -> Mandate:
    """Make the mandate with its grants and one entry. makes: gives the grants, inside the transaction; ends: those
    that it ended; signed_out: what became of the giver's sessions and tokens."""
    with transaction.atomic():
        row = Mandate.objects.create(
            kind=kind,
            giver=giver,
            taker=taker,
            valid_from=valid_from,
            valid_to=valid_to,
            forms=None if forms is None else list(forms),
            periods=None if periods is None else list(periods),
            occasion=occasion.strip()[:200],
            made_by=actor,
            made_at=timezone.now(),
        )
        made = list(makes(row))
        state = {**mandate_words(row), "grants": [stated(one) | {"grant": one.pk} for one in made]}
        record(
            f"identity.{kind}",
            f"user:{taker.pk}",
            actor=actor,
            on_behalf="" if giver is None else giver.username,
            after=state,
            reason=row.occasion,
            data=state | ({"ended": list(ends)} if ends else {}) | dict(signed_out or {}),
        )
    return row


def today() -> date:
    """The home's day."""
    day: date = settings.JIEYUE_HOME.today()
    return day
