"""Sign the state of the log, so that a copy kept elsewhere proves it."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from jieyue.apps.audit.chain import document_of, instant
from jieyue.apps.audit.models import LogCheckpoint, LogLeaf
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_signer
from jieyue.domain.log_chain import Checkpoint
from jieyue.domain.merkle import Frontier


def checkpoint(*, again: bool = False) -> Checkpoint | None:
    """Number what waits, and sign the root of the whole log; None while the log is empty.

    Where nothing came since the last one, the last one is returned. again: for its own use.
    """
    sequence()
    last = LogCheckpoint.objects.order_by("-size").first()
    tree = Frontier() if last is None else Frontier(last.size, map(bytes.fromhex, last.peaks))
    fresh = LogLeaf.objects.filter(seq__gt=tree.size).order_by("seq").values_list("leaf", flat=True)
    for leaf in fresh.iterator(5000):
        tree.append(bytes.fromhex(leaf))
    if last is not None and tree.size == last.size:
        return document_of(last)
    if not tree.size:
        return None
    at, signer = timezone.now(), home_signer()
    if (
        tree.size < signer.since and not again
    ):  # the key was changed meanwhile: what names it is to be under it
        return checkpoint(again=True)
    root, origin = tree.root().hex(), f"jieyue/{settings.JIEYUE_HOME.authority}"
    unsigned = Checkpoint(origin, tree.size, root, instant(at))
    row = LogCheckpoint(
        size=tree.size,
        root=root,
        peaks=[peak.hex() for peak in tree.peaks],
        at=at,
        origin=origin,
        algorithm=signer.algorithm,
        key=signer.key,
        signature=signer.sign(unsigned.signed_bytes()),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another process signed the same size meanwhile
        return document_of(LogCheckpoint.objects.get(size=tree.size))
    return document_of(row)
