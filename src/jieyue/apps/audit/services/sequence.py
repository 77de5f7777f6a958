"""Number the committed entries of the log: one sequencer at a time, whoever calls."""

from collections.abc import Sequence
from itertools import islice

from django.db import connection, transaction

from jieyue.apps.audit.chain import entry_of
from jieyue.apps.audit.models import ActionLog, LogLeaf
from jieyue.domain.log_chain import FIELDS, START, entry_leaf, link

_LOCK_KEY = int.from_bytes(b"jieyue-l", "big")
#: A transaction that began long ago may commit an entry with a low identifier; so far back is looked by default.
_LATE = 10_000
_BATCH = 5000


def sequence(*, everything: bool = False) -> int:
    """Give numbers, leaves and heads to entries that have none; returns how many.

    everything: look for late entries in the whole log, not only among the last 10,000.
    """
    total = 0
    while done := _batch(everything):
        total += done
        if done < _BATCH:
            break
    return total


def _batch(everything: bool) -> int:
    with transaction.atomic():
        lock()
        rows = ActionLog.objects.all()
        leaves = LogLeaf.objects.all()
        if not everything:
            newest = LogLeaf.objects.order_by("-entry").values_list("entry", flat=True).first() or 0
            rows, leaves = rows.filter(id__gt=newest - _LATE), leaves.filter(entry__gt=newest - _LATE)
        known = set(leaves.values_list("entry", flat=True))
        waiting = (pk for pk in rows.order_by("id").values_list("id", flat=True) if pk not in known)
        wanted = list(islice(waiting, _BATCH))
        return _append(wanted)


def number_next(entry: int) -> None:
    """Give the next number to this entry. The caller holds the lock."""
    _append([entry])


def last_number() -> tuple[int, str]:
    """The last number and the head of the chain. Stays so while the caller holds the lock."""
    return LogLeaf.objects.order_by("-seq").values_list("seq", "head").first() or (0, START.hex())


def _append(wanted: Sequence[int]) -> int:
    seq, head = last_number()
    fresh = []
    link_to = bytes.fromhex(head)
    for row in ActionLog.objects.filter(id__in=wanted).order_by("id").values_list(*FIELDS):
        leaf = entry_leaf(entry_of(row))
        link_to = link(link_to, leaf)
        seq += 1
        fresh.append(LogLeaf(seq=seq, entry=row[0], leaf=leaf.hex(), head=link_to.hex()))
    LogLeaf.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)


def lock() -> None:
    """One sequencer at a time, until the transaction ends.

    SQLite's transaction excludes other writers already; PostgreSQL has a lock for it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
