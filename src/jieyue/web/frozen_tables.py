"""A summary as it was frozen: what its file and its published page say, without reading the table of now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries.queries import cells, published_ones
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, node_by_id
from jieyue.catalog.model import Form
from jieyue.domain.period import Period
from jieyue.web.page import as_of_words
from jieyue.web.summary_choice import is_official
from jieyue.web.summary_sheet import SheetRow, answer_of, sheet_rows, workbook
from jieyue.web.summary_words import state_words
from jieyue.web.words import local, period_name

LISTED = 50


@dataclass(frozen=True)
class Frozen:
    """A sent table by what it names."""

    row: Any

    @property
    def form(self) -> Form:
        """The summary form."""
        return home_catalog().forms[self.row.form]

    @property
    def period_name(self) -> str:
        """The period in words."""
        return period_name(self.row.period)

    @cached_property
    def body(self) -> tuple[str, str]:
        """Code and name of the body as they were when it was sent."""
        line = tree_view(Tree.LINE, self.row.seq, self.row.boundary)
        node = line.nodes.get(self.row.body) or node_by_id(self.row.body)
        return (node.code, local(node)) if node else ("", "")

    def rows(self) -> list[SheetRow]:
        """The lines of the table as on paper."""
        period = Period.parse(self.row.period)
        return sheet_rows(self.row.form, self.form.summary_of, period, cells(self.row))

    def file(self, request: HttpRequest) -> HttpResponse:
        """The table as a workbook."""
        if request.GET["export"] != "xlsx":
            raise Http404
        row, (code, name) = self.row, self.body
        heads = [
            (_("Form"), row.form),
            (_("Period"), self.period_name),
            (_("Summarising body"), name),
            (_("Number"), f"{row.number} · {state_words(row.state)}"),
        ]
        notes = [_("Sample data: every number here is synthetic.")] if settings.JIEYUE_HOME.synthetic else []
        notes += [as_of_words(row.seq), f"SHA-256 {row.digest}", f"Merkle {row.merkle_root}"]
        if not is_official(self.form, Period.parse(row.period)):
            notes.append(_("The authority's own table in the layout of %(form)s: the official one is yearly.")
                         % {"form": row.form})  # fmt: skip
        content = workbook(row.public_name or local(self.form), heads, self.rows(), notes, row.form)
        return answer_of(content, f"{row.form}-{code}-{row.period}-{row.number}.xlsx")


def published_shown(form: str = "", year: int | None = None) -> Sequence[Frozen]:
    """The published tables, the newest first, for whoever looks at data: of a form and a year, if they are named."""
    return [Frozen(row) for row in published_ones(form, year)[:LISTED]]
