"""Stamped scans as rows of a table on the page of their paper, and as a cell in the list of papers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.identity.queries import who
from jieyue.web.table import Cell, Column, Row, Table


def scans_table(rows: Sequence[Any]) -> Table:
    """The scans of one paper, the newest first."""
    persons = who([row.actor for row in rows])
    return Table(
        caption=_("Stamped scans"),
        columns=[
            Column("file", _("File"), sortable=False),
            Column("by", _("Handed in by"), sortable=False),
            Column("at", _("Handed in at"), sortable=False),
            Column("digest", _("Digest"), sortable=False),
        ],
        rows=[_row(row, persons) for row in rows],
        empty=_("No stamped scan is kept."),
        page_size=max(50, len(rows)),
    )


def _row(row: Any, persons: Mapping[str, str]) -> Row:
    at = localtime(row.at).strftime("%Y-%m-%d %H:%M")
    return Row(
        (
            Cell(row.name, row.name, href=reverse("paper-scan", args=[row.pk]), heading=True),
            Cell(persons.get(row.actor, row.actor), row.actor),
            Cell(at, at),
            Cell(row.sha256[:16], row.sha256, code=True),
        )
    )


def scan_cell(paper: Any, scans: Sequence[Any]) -> Cell:
    """The newest scan of a paper and how many there are; of a paper that is not released none is due."""
    if scans:
        words = ngettext("%(n)s scan", "%(n)s scans", len(scans)) % {"n": len(scans)}
        return Cell(words, len(scans), href=reverse("paper-scan", args=[scans[0].pk]))
    if paper.state == "released":
        return Cell(_("not kept yet"), 0)
    return Cell(_("not released"), None)
