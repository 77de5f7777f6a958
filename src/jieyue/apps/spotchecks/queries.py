"""Reads of the spot checks: what stands in a drawn return, and a check as programs get it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.cells import NOT_USED, parse
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.spotchecks.models import SpotCell, SpotCheck, SpotItem
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.workflow import persons


@dataclass(frozen=True)
class Version:
    """What is looked at: the published version, or what was submitted last where nothing is published yet.

    entered: who has a number in the return, and therefore does not check it. published: whether it is; state: of the
    return by now, which may be of what came after.
    """

    parent: int
    digest: str
    cells: Mapping[str, Decimal]
    entered: frozenset[str]
    published: bool
    state: str


def version_of(
    subject: int, form: str, period: str, *, latest: bool = False, instance: str = ""
) -> Version | None:
    """What an institution has reported; None if nothing. latest: what was handed in after the published one, where
    something was. instance: the room, of a form that has one for each."""
    row = Return.objects.filter(
        subject=subject, form=form, period=period, instance=instance, subject_kind=Return.Subject.INSTITUTION
    ).first()
    if row is None:
        return None
    if row.current is not None and not (latest and row.draft):
        version = ReturnVersion.objects.get(pk=row.current)
        return Version(
            row.pk, version.digest, _cells(version.cells), persons(row.entered_by), True, row.state
        )
    sent = ReturnSnapshot.objects.filter(parent=row).order_by("-pk").first()
    if sent is None:
        return None
    return Version(row.pk, sent.version_digest, _cells(sent.cells), persons(row.entered_by), False, row.state)


def _cells(text: str) -> dict[str, Decimal]:
    """Cells with a number; not used counts as none."""
    return {
        code: Decimal(fixed_text(value))
        for code, (value, origin) in parse(text).items()
        if origin != NOT_USED
    }


def items_of(check: SpotCheck) -> list[tuple[SpotItem, str, str]]:
    """The drawn ones with code and name, in the order drawn."""
    rows = list(check.items.order_by("place"))
    labels = labels_of({row.subject for row in rows}, Period.parse(check.period).last_day)
    return [(row, *labels[row.subject]) for row in rows]


def item_of(check: SpotCheck, number: int) -> SpotItem | None:
    """One drawn institution of the check."""
    return check.items.filter(pk=number).first()


def cells_of(item: SpotItem) -> list[SpotCell]:
    """What was looked at."""
    return list(item.cells.order_by("item"))


def progress_of(rows: list[SpotCheck]) -> dict[int, tuple[int, int, int]]:
    """Check → (drawn, looked at, differing)."""
    found = {row.pk: [0, 0, 0] for row in rows}
    for check, outcome in SpotItem.objects.filter(check_of__in=found).values_list("check_of", "outcome"):
        found[check][0] += 1
        found[check][1] += outcome != SpotItem.Outcome.NONE
        found[check][2] += outcome == SpotItem.Outcome.DIFFERS
    return {key: (drawn, looked, wrong) for key, (drawn, looked, wrong) in found.items()}


def every_check() -> list[SpotCheck]:
    """All of the authority, the newest first; without their frames, which hold every institution of a city."""
    return list(SpotCheck.objects.defer("frame").order_by("-pk"))


def check_of(number: int) -> SpotCheck | None:
    """One check, None if there is none."""
    return SpotCheck.objects.filter(pk=number).first()


def head_of(row: SpotCheck, body: str) -> dict[str, Any]:
    """A check without its institutions."""
    return {
        "id": row.pk, "form": row.form, "period": row.period, "body": body, "method": row.method, "seed": row.seed,
        "share": row.share, "strata": row.strata,
        "frame_size": row.frame_size, "frame_digest": row.frame_digest, "weights": row.weights,
        "state": row.state, "made_by": row.made_by, "made_at": row.made_at.isoformat(), "scores": row.scores,
    }  # fmt: skip


def as_dict(row: SpotCheck, body: str, *, frame: bool = False) -> dict[str, Any]:
    """A check as programs get it; frame: the whole list too, from which the sample can be drawn again."""
    said: dict[str, Any] = head_of(row, body) | {
        "items": [
            {
                "institution": code, "name": name, "stratum": item.stratum, "type": item.kind, "weight": item.weight,
                "outcome": item.outcome, "version": item.version_digest, "correction": item.correction,
            }
            for item, code, name in items_of(row)
        ],
    }  # fmt: skip
    return said | ({"frame": json.loads(row.frame)} if frame else {})
