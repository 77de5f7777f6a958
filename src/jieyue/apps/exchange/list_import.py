"""How a plain list is taken in: read, looked at, and stored in one transaction with its batch and its entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.lists import ListKind, ListRow, ParsedList, read_list
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.publication.rules import home_catalog


@dataclass(frozen=True)
class ListOutcome:
    """The content as read, the counts, and the batch (None for a dry run)."""

    content: FileContent
    result: ImportResult
    batch: int | None


@dataclass(frozen=True)
class Taken:
    """A list: the app whose it is, the kind of its batch and its columns.

    look: adds findings to the report for what cannot be stored or is stored already; store: writes the rows that are
    left, with the number of the batch and who brought it, and returns what stood in their places before, for the log.
    """

    app: str
    name: str
    kind: ListKind
    look: Callable[[ParsedList, bool], None]
    store: Callable[[list[ListRow], int, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class ListChoice:
    """What was said about the file."""

    profile: MappingProfile | None = None
    encoding: str | None = None
    dry_run: bool = False
    valid_rows_only: bool = False
    restate: str = ""


def take_list(
    taken: Taken, content: bytes, name: str, choice: ListChoice, *, actor: str, batch: Batch | None = None
) -> ListOutcome:
    """Read a list and, unless it is a dry run or refused, store it. batch: under which it was staged before.

    Raises RefusedError if somebody has stored that meanwhile.
    """
    read = read_bytes(content, name, encoding=choice.encoding)
    parsed = read_list(read, of_catalog(home_catalog()), taken.kind, profile=choice.profile)
    if choice.dry_run:
        taken.look(parsed, bool(choice.restate))
        return ListOutcome(read, parsed.report.result(), None)
    if batch is None:
        profile = dump(choice.profile) if choice.profile else ""
        batch = stage_file(content, name, kind=taken.name, actor=actor, profile=profile)
    with transaction.atomic():
        taken.look(parsed, bool(choice.restate))
        good = parsed.report.may_apply(valid_rows_only=choice.valid_rows_only)
        result = parsed.report.result(applied=good)
        if good and parsed.rows:
            replaced = taken.store(parsed.rows, batch.pk, actor)
            record(
                f"{taken.app}.import_{taken.name}", f"batch:{batch.pk}", actor=actor, reason=choice.restate,
                data={"file": batch.file_name, "sha256": batch.sha256, "rows": len(parsed.rows),
                      "replaced": replaced},
            )  # fmt: skip
        close_batch(batch, result, actor=actor)
    return ListOutcome(read, result, batch.pk)
