"""Drop a summary table printed above that was only looked at 删除没有留存的综合表."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.models import TheirTable


def drop_their_table(number: int, *, actor: str) -> None:
    """Its bringer drops what he did not keep: the numbers go, the log says that they were there and of which file.

    Raises RefusedError: another's preview is not there for him, what is kept stays.
    """
    with transaction.atomic():
        row = TheirTable.objects.select_for_update().select_related("batch").filter(pk=number).first()
        if row is None or (row.kept_at is None and row.batch.by != actor):
            raise refusals.unknown()
        if row.kept_at is not None:
            raise RefusedError(
                "table_kept",
                zh="这份表已经留存，不能删除",
                en="this table is kept: it is not deleted any more",
            )
        about = {"batch": row.batch_id, "sha256": row.batch.sha256, "file": row.batch.file_name, "form": row.form,
                 "period": row.period, "body": row.body}  # fmt: skip
        row.delete()
        record("summaries.drop_their_table", f"their_table:{number}", actor=actor, before=about, data=about)
