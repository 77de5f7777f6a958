"""Take a summary table printed above 取上级印出的综合表: read and shown beside ours first, then kept for its node."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import read_bytes
from jieyue.apps.exchange.result import ImportResult, stopped
from jieyue.apps.exchange.scope import BRINGS
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.exchange.summary_layout import ReadTable, read_table
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import nodes_for
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.models import TheirTable
from jieyue.apps.summaries.outward import table_words
from jieyue.apps.summaries.theirs import Beside, beside, text_of
from jieyue.apps.trees.queries import Tree, tree
from jieyue.domain.period import Period

#: Kind of the batch that holds such a file; the list of imports does not show it.
KIND = "their_table"


@dataclass(frozen=True)
class Asked:
    """Which table it is. profile: the recorded layout; body: the node that it is declared for; by: whose right counts,
    None = the operator of the machine."""

    profile: MappingProfile
    body: int
    period: str
    by: User | None = None


@dataclass(frozen=True)
class Looked:
    """What was read. beside: None where the file cannot be used; table: its number once it is staged or kept."""

    result: ImportResult
    beside: Beside | None
    table: int | None = None


def look_at_table(content: bytes, name: str, asked: Asked) -> Looked:
    """Read the file and put it beside ours; nothing is stored. Raises RefusedError, PeriodError."""
    return _looked(_read(content, name, asked), asked)


def take_their_table(content: bytes, name: str, asked: Asked, *, actor: str) -> Looked:
    """Read the file and stage it to be looked at; with an error nothing is stored. Raises RefusedError, PeriodError."""
    read = _read(content, name, asked)
    looked = _looked(read, asked)
    if looked.result.has_errors or looked.beside is None:
        return looked
    batch = stage_file(
        content, name, kind=KIND, actor=actor,
        profile=dump(asked.profile), form=asked.profile.form, period=asked.period,
    )  # fmt: skip
    with transaction.atomic():
        close_batch(batch, looked.result, actor=actor)
        made = TheirTable.objects.create(
            batch=batch, form=asked.profile.form, period=asked.period, body=asked.body,
            cells=text_of(read.cells), columns=list(read.columns),
        )  # fmt: skip
        about = _about(made)
        record("summaries.take_their_table", f"their_table:{made.pk}", actor=actor, after=about, data=about)
    return replace(looked, table=made.pk)


def keep_their_table(number: int, *, by: User | None, actor: str) -> None:
    """Keep a staged table as declared for its node. Raises RefusedError."""
    with transaction.atomic():
        row = TheirTable.objects.select_for_update().filter(pk=number).first()
        if row is None:
            raise refusals.unknown()
        _refuse_other(by, row.body)
        if row.kept_at is not None:
            raise RefusedError("table_kept", zh="这份表已经留存", en="this table is kept already")
        row.kept_by, row.kept_at = actor, timezone.now()
        row.save(update_fields=["kept_by", "kept_at"])
        about = _about(row)
        record("summaries.keep_their_table", f"their_table:{number}", actor=actor, after=about, data=about)


def _about(row: TheirTable) -> dict[str, Any]:
    return {"batch": row.batch_id, "sha256": row.batch.sha256, "file": row.batch.file_name, "form": row.form,
            "period": row.period, "body": row.body}  # fmt: skip


def _refuse_other(by: User | None, body: int) -> None:
    if by is not None and not any(body in nodes_for(by, verb) for verb in BRINGS):
        raise RefusedError(
            "theirs_right", zh="您没有在这个机关导入的权限", en="you have no right to import for this body"
        )


def _read(content: bytes, name: str, asked: Asked) -> ReadTable:
    """The file by its layout, once layout, period and body are such that there is something to read."""
    if asked.profile.kind != "summaries":
        raise RefusedError(
            "table_layout",
            zh="这个映射方案不是综合表的表式",
            en="this mapping is no layout of a summary table",
        )
    period = Period.parse(asked.period)
    words = table_words(asked.profile.form, period)
    base = home_catalog().forms[home_catalog().forms[asked.profile.form].summary_of]
    if period.kind_letter not in base.periods:
        raise refusals.wrong_period(asked.period, "kind")
    if asked.body not in tree(Tree.LINE, period.last_day).nodes:
        raise RefusedError(
            "theirs_body", zh="该期间没有这个收报机关", en="there is no such body in the period"
        )
    _refuse_other(asked.by, asked.body)
    read = read_bytes(content, name)
    if not read.sheets:
        return ReadTable({}, (), stopped(read.findings))
    named = any(sheet.name for sheet in read.sheets)
    profile = asked.profile if named else replace(asked.profile, sheet="")
    found = read_table(read, profile, words, of_catalog(home_catalog()))
    if not found.report.stopped and all(value is None for cells in found.cells.values() for value in cells):
        found.report.stop("table_no_number")
    return found


def _looked(read: ReadTable, asked: Asked) -> Looked:
    if read.report.stopped:
        return Looked(read.report.result(), None)
    found = beside(read.cells, read.columns, asked.body, asked.profile.form, Period.parse(asked.period))
    if found.absent:
        read.report.add("table_not_asked", items=", ".join(found.absent))
    return Looked(read.report.result(), found)
