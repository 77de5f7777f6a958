"""Reads of manual edits: those that hold and those that were withdrawn, with who said what and why."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Subquery

from jieyue.apps.metering.derived import parts_of
from jieyue.apps.metering.models import Derivation, ReadingEdit


@dataclass(frozen=True)
class EditRow:
    """An edit, and its withdrawal if it has one; applied: whether what was said last is in the derived uses."""

    edit: ReadingEdit
    end: ReadingEdit | None
    applied: bool = True


def edits(points: Collection[int] | None = None) -> list[EditRow]:
    """All edits ever made, of some points or of all, the newest first."""
    state = Subquery(Derivation.objects.values("state")[:1])
    rows = ReadingEdit.objects.select_related("point").annotate(state=state).order_by("-pk")
    if points is not None:
        rows = rows.filter(point_id__in=list(points))
    ends = {row.replaces: row for row in rows if row.gone}
    return [
        EditRow(row, ends.get(row.pk), applied=_is_applied(ends.get(row.pk, row)))
        for row in rows
        if not row.gone
    ]


def _is_applied(row: Any) -> bool:
    return row.state is not None and row.state >= 0 and row.seq <= parts_of(row.state)[1]
