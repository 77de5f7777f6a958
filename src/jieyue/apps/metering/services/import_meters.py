"""Take in a file of meters: points, what holds of them from a day on, and the meters that serve them."""

from dataclasses import dataclass

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.meters import read_meters
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.metering.meter_plans import carrier_words, plans_of
from jieyue.apps.metering.services.store_meters import store_meters
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.energy_items import energy_items


@dataclass(frozen=True)
class MetersOutcome:
    """The content as read, the counts, and the batch (None for a dry run)."""

    content: FileContent
    result: ImportResult
    batch: int | None


def import_meters(
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
) -> MetersOutcome:
    """Read a file of meters and, unless it is a dry run or refused, store it in one publication.

    A row says what holds from its day on. What it repeats is a duplicate; what it contradicts on the very day of a
    stored version needs `restate`. Another serial number or multiplier is a change of the meter on that day.
    batch: under which the file was staged before. Raises RefusedError if somebody has stored that meanwhile.
    """
    read = read_bytes(content, name, encoding=encoding)
    parsed = read_meters(
        read,
        of_catalog(home_catalog()),
        carriers=carrier_words(),
        end_uses=energy_items().keys(),
        profile=profile,
    )
    if dry_run:
        plans_of(parsed, restate=bool(restate))
        return MetersOutcome(read, parsed.report.result(), None)
    if batch is None:
        batch = stage_file(
            content, name, kind="meters", actor=actor, profile=dump(profile) if profile else ""
        )
    with open_lake().lock.hold():  # the registry may not change between the plan and the storing
        plans = plans_of(parsed, restate=bool(restate))
        if not parsed.report.may_apply(valid_rows_only=valid_rows_only):
            result = parsed.report.result()
            close_batch(batch, result, actor=actor)
            return MetersOutcome(read, result, batch.pk)
        result = parsed.report.result(applied=True)
        plans = [plan for plan in plans if parsed.report.state(plan.row.row) == 0]
        if plans:
            staged = batch
            store_meters(
                plans, "metering.import_meters", actor=actor, reason=restate,
                summary={"batch": batch.pk, "sha256": batch.sha256, "file": batch.file_name},
                beside=lambda: close_batch(staged, result, actor=actor),
            )  # fmt: skip
        else:
            close_batch(batch, result, actor=actor)
    return MetersOutcome(read, result, batch.pk)
