"""Log that somebody took a part of the log along: who reads the log leaves a trace in it."""

from collections.abc import Sequence

from django.db import transaction

from jieyue.apps.audit.services.record import record


def note_taking(digest: str, asked: Sequence[str], rows: int, *, actor: str) -> None:
    """Write the entry. digest: SHA-256 of the file as it leaves; asked: what of the log was wanted."""
    with transaction.atomic():
        record(
            "audit.take_out",
            f"file:{digest[:16]}",
            actor=actor,
            after=digest,
            data={"asked": list(asked), "rows": rows, "sha256": digest},
        )
