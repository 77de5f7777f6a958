"""The versions that a table stands on, and the digests that freeze them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.open_rows import periods_within
from jieyue.domain.log_chain import canonical
from jieyue.domain.merkle import merkle_root
from jieyue.domain.period import Period

_BATCH = 2000


@dataclass(frozen=True, slots=True, order=True)
class Content:
    """A version by the key of its return; the order is that of the leaves."""

    subject: int
    form: str
    period: str
    instance: str
    version: int
    digest: str

    @property
    def leaf(self) -> bytes:
        """The data of its leaf in the Merkle tree."""
        return canonical([self.subject, self.form, self.period, self.instance, self.version, self.digest])  # type: ignore[arg-type]


def contents(ledger: Ledger, body: int, only: Sequence[int] | None = None) -> list[Content]:
    """The published versions behind a body's table as of its publication, in the order of the leaves.

    only: of these institutions alone.
    """
    chosen = ledger.below(body) & ledger.complete
    part = dict(zip(ledger.institutions[chosen].tolist(), ledger.part[chosen].tolist(), strict=True))
    found = current_versions(ledger.base, ledger.period, ledger.sequence, only)
    rows = (
        row
        for row in found
        if part.get(row.subject) == _part(row.period, ledger.period)
        and (row.subject, row.period) not in ledger.doubled
    )
    return sorted(rows)


def current_versions(
    base: str, period: Period, sequence: int, only: Sequence[int] | None = None
) -> list[Content]:
    """Every version of institutions' returns of a period and its parts that is in force as of a publication."""
    rows = ReturnVersion.objects.filter(
        seq__lte=sequence,
        parent__form=base,
        parent__period__in=periods_within(period),
        parent__subject_kind=Return.Subject.INSTITUTION,
    )
    if only is not None:
        rows = rows.filter(parent__subject__in=only)
    columns = ("id", "replaces", "parent__subject", "parent__period", "parent__instance", "digest")
    listed = list(rows.values_list(*columns))
    replaced = {row[1] for row in listed}
    return [Content(row[2], base, row[3], row[4], row[0], row[5]) for row in listed if row[0] not in replaced]


def _part(text: str, period: Period) -> int:
    """Which part of the period a return is: the whole 0, a month 1, a quarter 2."""
    if text == str(period):
        return 0
    return 2 if "-Q" in text else 1


def standing(
    rows: Sequence[Content], period: Period, *, hold: bool = False, mended: bool = False
) -> dict[tuple[int, str, str], tuple[int | None, str]]:
    """Return (institution, period, room) → the version that is in force and the state, of those that the versions are
    of. hold: the returns are locked until the transaction ends. mended: only those that are not approved.
    """
    if not rows:
        return {}
    wanted = {(row.subject, row.period, row.instance) for row in rows}
    subjects = sorted({row.subject for row in rows})
    columns = ("subject", "period", "instance", "current", "state")
    kept = Return.objects.select_for_update() if hold else Return.objects.all()
    kept = kept.filter(
        form=rows[0].form, period__in=periods_within(period), subject_kind=Return.Subject.INSTITUTION
    )
    kept = kept.exclude(state=Return.State.APPROVED) if mended else kept
    found: dict[tuple[int, str, str], tuple[int | None, str]] = {}
    for start in range(0, len(subjects), _BATCH):
        part = kept.filter(subject__in=subjects[start : start + _BATCH]).order_by("pk")
        for subject, span, instance, current, state in part.values_list(*columns):
            if (subject, span, instance) in wanted:
                found[subject, span, instance] = (current, state)
    return found


def root_of(rows: Sequence[Content]) -> str:
    """Merkle root (RFC 6962) over the versions."""
    return merkle_root([row.leaf for row in rows])


def summary_digest(said: Mapping[str, object]) -> str:
    """SHA-256 of the canonical JSON of what a summary freezes."""
    return hashlib.sha256(canonical(said)).hexdigest()
