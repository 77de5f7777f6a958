"""Take a boundary file off the map."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.models import BoundaryFile


def withdraw_boundary(number: int, *, actor: str) -> None:
    """The file is shown no more; an earlier one counts again. Raises RefusedError if there is none."""
    with transaction.atomic():
        row = BoundaryFile.objects.select_for_update().filter(pk=number, withdrawn_at=None).first()
        if row is None:
            raise RefusedError(
                "unknown_boundary", zh=f"没有界线文件 {number}", en=f"there is no boundary file {number}"
            )
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at"])
        record("trees.withdraw_boundary", f"boundary:{number}", actor=actor, before=row.digest)
