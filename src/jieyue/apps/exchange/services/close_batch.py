"""Write into a batch what became of its file."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.publication.errors import RefusedError

#: Findings kept in the row; the whole list is made again from the file.
KEPT = 5_000


def close_batch(batch: Batch, result: ImportResult, *, actor: str) -> Batch:
    """Counts, findings and state. Call it in the transaction that stores the rows, so that both happen or
    neither. A batch is stored once: raises RefusedError if it is stored already."""
    with transaction.atomic():
        if Batch.objects.select_for_update().filter(pk=batch.pk, state=Batch.State.APPLIED).exists():
            raise RefusedError("batch_applied", zh="这个批次已经存入", en="this batch is stored already")
        batch.read, batch.accepted = result.read, result.accepted
        batch.duplicate, batch.rejected = result.duplicate, result.rejected
        batch.findings = [finding.as_dict() for finding in result.findings[:KEPT]]
        if result.applied:
            batch.state = Batch.State.APPLIED
        else:
            batch.state = Batch.State.REFUSED if result.has_errors else Batch.State.CHECKED
        batch.save()
        counts = {"read": result.read, "accepted": result.accepted, "duplicate": result.duplicate,
                  "rejected": result.rejected, "state": str(batch.state)}  # fmt: skip
        record("exchange.close", f"batch:{batch.id}", actor=actor, after=counts, data=counts)
    return batch
