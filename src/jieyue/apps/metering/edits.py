"""Reads of manual edits: those that hold and those that were withdrawn, with who said what and why."""

from collections.abc import Collection
from dataclasses import dataclass

from jieyue.apps.metering.models import ReadingEdit


@dataclass(frozen=True)
class EditRow:
    """An edit, and its withdrawal if it has one."""

    edit: ReadingEdit
    end: ReadingEdit | None


def edits(points: Collection[int] | None = None) -> list[EditRow]:
    """All edits ever made, of some points or of all, the newest first."""
    rows = ReadingEdit.objects.select_related("point").order_by("-pk")
    if points is not None:
        rows = rows.filter(point_id__in=list(points))
    ends = {row.replaces: row for row in rows if row.gone}
    return [EditRow(row, ends.get(row.pk)) for row in rows if not row.gone]
