"""The office notes from which month on raw readings are kept: with the act, or after a stop that came before it."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.kept import KEPT, kept_from, kept_said
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.models import Derivation
from jieyue.store import DeltaLake


def note_kept(lake: DeltaLake, actor: str) -> int | None:
    """The first month that stays open, by the lake (None: all). What a stop left in the lake alone is noted and logged,
    and the table closed again that it may have left open."""
    first = kept_from(lake)
    if first is not None and first != kept_said():
        lake.let_go(READINGS, [], removes=[], txn=(KEPT, first))  # is in already: nothing goes
        note(first, actor, {"recovered": True})
    return first


def note(first: int, actor: str, data: dict[str, object]) -> None:
    """Note the first month that stays open, and log it."""
    with transaction.atomic():
        Derivation.objects.update_or_create(pk=1, defaults={"raw_from": first})
        record("metering.retain_readings", "lake:readings", actor=actor, data={"first": first, **data})
