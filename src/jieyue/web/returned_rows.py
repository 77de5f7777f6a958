"""Word files of papers that came back, as rows of a table: for the list of all, and for the page of one paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from jieyue.apps.identity.queries import who
from jieyue.apps.papers.returned_words import VERDICTS
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import is_chinese

#: Classes that a person has to look at.
OPEN = ("changed", "no_source", "confirm")


def paper_words(row: Any) -> str:
    """A paper by its title and which draft it is."""
    return _("%(title)s (draft %(number)s)") % {"title": row.title, "number": row.number}


def files_table(rows: Sequence[Any], *, whole: bool) -> Table:
    """Returned files with how many numbers a person must look at. whole: of many papers, so that each is named."""
    persons = who([row.actor for row in rows])
    columns = [
        Column("file", _("Returned file")),
        *([Column("paper", _("Official paper"))] if whole else []),
        *(Column(kind, verdict_words(kind), number=True) for kind in OPEN),
        Column("all", _("Numbers in all"), number=True),
        Column("by", _("Handed in by")),
        Column("at", _("Handed in at")),
    ]
    return Table(
        caption=_("Returned files"),
        columns=columns,
        rows=[Row(tuple(_file_cells(row, persons, whole))) for row in rows],
        name="returned",
        empty=_("No file came back yet."),
    )


def _file_cells(row: Any, persons: Mapping[str, str], whole: bool) -> list[Cell]:
    at = localtime(row.at).strftime("%Y-%m-%d %H:%M")
    total = sum(row.counts.values())
    paper = Cell(paper_words(row.paper), row.paper.title, href=reverse("paper", args=[row.paper_id]))
    return [
        Cell(row.name, row.name, href=reverse("paper-returned", args=[row.pk]), heading=True),
        *([paper] if whole else []),
        *(Cell(f"{row.counts[kind]:,}", row.counts[kind], number=True) for kind in OPEN),
        Cell(f"{total:,}", total, number=True),
        Cell(persons.get(row.actor, row.actor), row.actor),
        Cell(at, at),
    ]


def made_from_words(kind: str) -> str:
    """What to look at since the file's mark does not name the paper as it is now; nothing where it does, or where the
    file has no mark."""
    return {
        "earlier": _("The file was made from this paper before something was written into it last."),
        "other": _("The mark in the file names another paper. Make sure that it is this paper's file."),
        "foreign": _(
            "The mark in the file is not of this system: it was made by another one, or tampered with."
        ),
    }.get(kind, "")


def verdict_words(kind: str) -> str:
    """A class in words."""
    return VERDICTS[kind][0 if is_chinese() else 1]
