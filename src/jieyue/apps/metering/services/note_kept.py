"""The office notes from which month on raw readings are kept: with the act, or after a stop that came before it."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.kept import KEPT, kept_from
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.models import Derivation
from jieyue.store import DeltaLake


def note_kept(lake: DeltaLake, actor: str) -> None:
    """Note and log what a stop left in the lake alone, and close the table again that it may have left open."""
    first, said = kept_from(lake), Derivation.objects.get_or_create(pk=1)[0].raw_from
    if first is not None and first != said:
        lake.let_go(READINGS, [], removes=[], txn=(KEPT, first))  # is in already: nothing goes
        note(first, actor, {"recovered": True})


def note(first: int, actor: str, data: dict[str, object]) -> None:
    """Note the first month that stays open, and log it."""
    with transaction.atomic():
        Derivation.objects.filter(pk=1).update(raw_from=first)
        record("metering.retain_readings", "lake:readings", actor=actor, data={"first": first, **data})
