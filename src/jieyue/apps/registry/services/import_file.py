"""One file of institutions from its bytes to the registry: gate, child, profile, plan, store."""

from dataclasses import dataclass

from jieyue.apps.exchange.institutions import ParsedInstitutions, read_institutions
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.import_plan import InstitutionPlan, plan_institutions
from jieyue.apps.registry.services.import_institutions import import_institutions
from jieyue.store.failpoint import failpoint


@dataclass(frozen=True)
class InstitutionOutcome:
    """The content as read, what it says, what would change, the counts, and the batch (None for a dry run)."""

    content: FileContent
    parsed: ParsedInstitutions
    plan: InstitutionPlan
    result: ImportResult
    batch: int | None


def import_file(
    content: bytes,
    name: str,
    *,
    actor: str,
    profile: MappingProfile | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
    valid_rows_only: bool = False,
    restate: str = "",
    batch: Batch | None = None,
) -> InstitutionOutcome:
    """Read a file of institutions and, unless it is a dry run or refused, store it in one publication.

    batch: where the file was staged before; a new one is made without it.
    """
    read = read_bytes(content, name, encoding=encoding)
    parsed = read_institutions(read, of_catalog(home_catalog()), profile=profile)
    if dry_run:
        plan = plan_institutions(parsed.rows, parsed.report, restate=bool(restate))
        return InstitutionOutcome(read, parsed, plan, parsed.report.result(), None)
    batch = batch or stage_file(
        content, name, kind="institutions", actor=actor, profile=dump(profile) if profile else ""
    )
    # The registry may not change between the plan and the storing: two imports take turns.
    with open_lake().lock.hold():
        plan = plan_institutions(parsed.rows, parsed.report, restate=bool(restate))
        result = _store(parsed, plan, batch, actor=actor, valid_rows_only=valid_rows_only, restate=restate)
    return InstitutionOutcome(read, parsed, plan, result, batch.pk)


def _store(
    parsed: ParsedInstitutions,
    plan: InstitutionPlan,
    batch: Batch,
    *,
    actor: str,
    valid_rows_only: bool,
    restate: str,
) -> ImportResult:
    if not parsed.report.may_apply(valid_rows_only=valid_rows_only):
        result = parsed.report.result()
        close_batch(batch, result, actor=actor)
        return result
    result = parsed.report.result(applied=True)
    failpoint("import.before_registry")
    counts = import_institutions(
        plan,
        actor=actor,
        reason=restate,
        data={"batch": batch.pk, "sha256": batch.sha256, "file": batch.file_name},
        within=lambda: _close(batch.pk, result, actor),
    )
    failpoint("import.after_registry")
    if counts.seq is None:
        _close(batch.pk, result, actor)
    return result


def _close(batch: int, result: ImportResult, actor: str) -> None:
    close_batch(Batch.objects.get(pk=batch), result, actor=actor)
