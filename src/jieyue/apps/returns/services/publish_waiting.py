"""Publish what waits: approved returns, and submissions for `reported_<form>`, many in one publication.

An approval has fixed its version (number, base, catalog, cells) in a snapshot; here it gets its identifier and its
publication. The rows are locked from the look to the commit, and while a return waits nothing else may change it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.returns.digests import version_digest
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.reported import submissions
from jieyue.domain.merkle import merkle_root
from jieyue.store.failpoint import failpoint

#: How a version came about that a person has reviewed and approved.
METHOD: Final = "reviewed"
#: The name that stands in the log for what the worker does by itself.
WORKER: Final = "worker"
KIND: Final = "returns.publish_waiting"
BATCH: Final = 1000
#: Submissions alone make a publication only so often: each makes every figure be looked up anew.
REPORTED_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Published:
    """The publications that were made; `unfit`: returns whose approval does not fit what is stored, left waiting."""

    numbers: tuple[int, ...]
    unfit: tuple[int, ...] = ()


class _NothingFitsError(Exception):
    """Another process has published it meanwhile, or nothing of what was looked at may be published."""


def publish_waiting(*, reported: bool = False) -> Published:
    """Publish all that waits, at most 1,000 approvals and 1,000 submissions in one publication.

    reported: submissions too, however new they are; else they come along with approvals, or by themselves after five
    minutes or when there are 1,000. Raises what `publish` raises; what was published before stays.
    """
    numbers: list[int] = []
    unfit: list[int] = []
    after = 0
    while True:
        batch = _Batch(after)
        if not (batch.waits() or _submissions_are_due(now=reported)):
            return Published(tuple(numbers), tuple(unfit))
        try:
            numbers.append(publish(KIND, actor=WORKER, write=batch.write, summary=batch.summary).seq)
        except _NothingFitsError:
            if batch.last == after:
                return Published(tuple(numbers), tuple(unfit))
        unfit += batch.unfit
        after = batch.last


def _waiting_submissions() -> QuerySet[ReturnSnapshot]:
    return submissions().filter(lake_seq__isnull=True)


def _submissions_are_due(*, now: bool) -> bool:
    ages = list(_waiting_submissions().values_list("at", flat=True)[:BATCH])
    return bool(ages) and (now or len(ages) == BATCH or min(ages) <= timezone.now() - REPORTED_AFTER)


class _Batch:
    """One publication: approvals whose snapshot has a number above `after`, and the submissions that wait."""

    def __init__(self, after: int) -> None:
        self.last = after
        self.unfit: list[int] = []
        self._digests: list[str] = []
        self._approvers: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._submissions = 0
        self._rows = Return.objects.filter(publishing__gt=after).order_by("publishing")

    def waits(self) -> bool:
        """Whether an approval waits, as far as one sees without a lock."""
        return self._rows.exists()

    def write(self, seq: int) -> None:
        """In the transaction of the publication. The counter is taken before the rows: `start` does so too."""
        approvals = self._rows[:BATCH].count()
        frozen = list(_waiting_submissions().values_list("pk", flat=True)[:BATCH])
        fresh = iter(allocate(approvals + len(frozen)))
        fitting = self._fitting(self._rows.select_for_update()[:approvals])
        if not fitting and not frozen:
            raise _NothingFitsError
        self._store(seq, [(next(fresh), row, snapshot) for row, snapshot in fitting])
        ReturnSnapshot.objects.bulk_update(
            [ReturnSnapshot(pk=pk, lake_id=next(fresh), lake_seq=seq) for pk in frozen],
            ["lake_id", "lake_seq"],
            batch_size=200,
        )
        self._submissions = len(frozen)
        failpoint("returns.after_waiting")

    def summary(self) -> dict[str, object]:
        """For the log."""
        return {
            "returns": dict(sorted(self._counts.items())),
            "method": METHOD,
            "approvers": sorted(self._approvers),
            "merkle_root": merkle_root([bytes.fromhex(digest) for digest in self._digests]),
            "submissions": self._submissions,
        }

    def _fitting(self, rows: QuerySet[Return]) -> list[tuple[Return, ReturnSnapshot]]:
        """The returns with their approvals; what an approval has fixed must be what is stored."""
        found = list(rows)
        approvals = ReturnSnapshot.objects.in_bulk([row.publishing for row in found])
        fitting = []
        for row in found:
            assert row.publishing is not None
            self.last = row.publishing
            snapshot = approvals.get(row.publishing)
            if snapshot is not None and _fits(row, snapshot):
                fitting.append((row, snapshot))
            else:
                self.unfit.append(row.pk)
        return fitting

    def _store(self, seq: int, made: list[tuple[int, Return, ReturnSnapshot]]) -> None:
        insert_rows(
            ReturnVersion,
            [str(field.column) for field in ReturnVersion._meta.concrete_fields],
            [
                (
                    version,
                    row.pk,
                    snapshot.number,
                    snapshot.base,
                    snapshot.cells,
                    snapshot.version_digest,
                    snapshot.scheme,
                    snapshot.catalog,
                    METHOD,
                    "",
                    seq,
                    snapshot.actor,
                )
                for version, row, snapshot in made
            ],
        )
        table = connection.ops.quote_name(Return._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET current = %s, draft = '', revision = revision + 1, "  # noqa: S608 own names
                "publishing = NULL WHERE id = %s",
                [(version, row.pk) for version, row, _ in made],
            )
        for _, row, snapshot in made:
            self._digests.append(snapshot.version_digest)
            self._approvers.add(snapshot.actor)
            self._counts[row.form] += 1


def _fits(row: Return, snapshot: ReturnSnapshot) -> bool:
    if (snapshot.parent_id, snapshot.base) != (row.pk, row.current):
        return False
    return snapshot.version_digest == version_digest(
        row.form,
        (row.subject, row.period, row.instance),
        base=snapshot.base,
        number=snapshot.number,
        scheme=snapshot.scheme,
        catalog=snapshot.catalog,
        cells=snapshot.cells,
    )
