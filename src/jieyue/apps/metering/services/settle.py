"""Say of batches that an unclean stop left whether their rows are in the lake."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.last_readings import rebuild_last
from jieyue.apps.metering.models import Packet, ReadingBatch
from jieyue.store import DeltaLake


def settle(lake: DeltaLake) -> None:
    """Done or lost. Packets of a lost fold are still in the write-ahead log and wait again. The caller holds the lake's
    lock."""
    pending = ReadingBatch.objects.filter(state=ReadingBatch.State.PENDING).order_by("pk")
    if not pending.exists():
        return
    last = lake.last_txn(READINGS, "ingest") or 0
    found = False
    for batch in pending:
        there = batch.pk <= last or not batch.stored
        batch.state = ReadingBatch.State.DONE if there else ReadingBatch.State.LOST
        with transaction.atomic():
            batch.save(update_fields=["state"])
            if not there:
                waiting = Packet.objects.filter(fold=batch).update(
                    fold=None, stored=0, duplicate=0, conflict=0
                )
                record(
                    "metering.lost_readings", f"readings:{batch.pk}", actor=batch.actor,
                    data={"file": batch.name, "packets_that_wait_again": waiting},
                )  # fmt: skip
        found |= there and bool(batch.stored)
    if found:  # the stop came before the last readings were kept
        with transaction.atomic():
            rebuild_last(lake)


def settle_left() -> None:
    """The same when a process starts."""
    if ReadingBatch.objects.filter(state=ReadingBatch.State.PENDING).exists():
        lake = prepared_lake()
        with lake.lock.hold():
            settle(lake)
