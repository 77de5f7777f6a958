"""The lines of a return: what a row shows and offers, in blocks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jieyue.apps.returns.carrier_use import CASES
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.entry_sheet import EntryCell
from jieyue.apps.returns.estimates import METHODS
from jieyue.web import metered
from jieyue.web.entry import Page, query_of
from jieyue.web.entry_row import RowWords, row
from jieyue.web.entry_words import case_name, cell_text, change_text, line_name, shown_value, source_text
from jieyue.web.words import is_chinese, local, unit

NOT_USED_CASE = "not_used"


@dataclass(frozen=True)
class Lines:
    """The lines of one return as the page shows them."""

    made: Page

    def blocks(self) -> list[dict[str, Any]]:
        names = {
            "stocks": _("Area, persons and vehicles"),
            "carriers": _("Energy and water, quantity and cost"),
            "other": _("Other items"),
        }
        cells = {cell.line.code: cell for cell in self.made.sheet.cells}
        words = self._row_words()
        return [
            {"name": names[block], "lines": [self._row(cells[line.code], words) for line in lines]}
            for block, lines in self.made.sheet.sheet.blocks().items()
        ]

    def _row_words(self) -> RowWords:
        key = self.made.sheet.key
        use, fill = (
            reverse(name, args=[self.made.code, key.form, key.period]) + query_of(key)
            for name in ("return-use", "return-fill")
        )
        return RowWords(self.made.is_open, _("required"), _("Set"), use, _("Estimate"), fill)

    def _row(self, cell: EntryCell, words: RowWords) -> dict[str, Any]:
        """A line as its row, and what only some lines have."""
        line = self._line(cell)
        more = bool(line["formula"] or line["metered"])
        return {**line, "more": more, **row(line, words)}

    def _line(self, cell: EntryCell) -> dict[str, Any]:
        line, code = cell.line, cell.line.code
        off = self.is_off(cell)
        comments = [one.text for one in self.made.sheet.comments if one.item == code]
        return {
            "code": code,
            "shown_code": line.item.paper_code,
            "name": line_name(line),
            "full_name": local(line.item),
            "unit": unit(line.item.unit) if line.item.unit else "",
            "depth": line.depth,
            "required": line.item.required == "yes" or self._counts(code),
            "text": self.made.typed.get(code, cell_text(cell.now))
            if self.made.is_open
            else shown_value(cell.now, line.item.unit),
            "off": off,
            "year_ago": shown_value(cell.year_ago, line.item.unit),
            "before": shown_value(cell.before, line.item.unit),
            "change": change_text(cell),
            "source": source_text(cell),
            "wrong": self.made.wrong.get(code, ""),
            "comments": comments,
            "mark": self.marks.get(code, ""),
            "use_label": _("How %(name)s is come by") % {"name": local(line.item)}
            if line.carrier_item == code
            else "",
            "case_options": self._case_options[self._case(cell)] if line.carrier_item == code else "",
            "folded": line.carrier_item not in ("", code) and self._is_unused(line.carrier_item),
            "estimates": self._estimates(cell) if self.made.is_open and not off else [],
            "metered": "" if off else self._metered(cell),
            "formula": self._formula(code),
            "locked": self._is_locked(code),
        }

    def _counts(self, code: str) -> bool:
        """Whether the authority's formula needs it."""
        return self.made.sheet.formula is not None and code in self.made.sheet.formula.counts

    def _is_locked(self, code: str) -> bool:
        """Whether the formula gives it, and nobody may state another number."""
        formula = self.made.sheet.formula
        return formula is not None and formula.item == code and not formula.override

    def _formula(self, code: str) -> dict[str, str]:
        """Of the item that is computed: how, and by which document."""
        formula = self.made.sheet.formula
        if formula is None or formula.item != code:
            return {}
        names = {line.code: local(line.item) for line in self.made.sheet.sheet.lines}
        return {"words": formula.words(names), "source": formula.source}

    @cached_property
    def marks(self) -> dict[str, str]:
        """Item → the worst that is found of it: error or warning."""
        found: dict[str, str] = {}
        for one in self.made.asked:
            if not one.is_missing and found.get(one.row.item) != "error":
                found[one.row.item] = one.row.severity
        return found

    def is_off(self, cell: EntryCell) -> bool:
        """Not used, and nobody typed so into this very return."""
        return cell.now is not None and cell.now[1] == NOT_USED and cell.src != ""

    @cached_property
    def _case_options(self) -> dict[str, SafeString]:
        """Case → the options of its select, made once for all lines."""
        names = {case: case_name(case) for case in CASES}
        return {
            chosen: format_html_join(
                "",
                '<option value="{}"{}>{}</option>',
                (
                    (case, SafeString(" selected") if case == chosen else "", name)
                    for case, name in names.items()
                ),
            )
            for chosen in names
        }

    def _case(self, cell: EntryCell) -> str:
        """How the carrier is come by; not used where the last return said so and nobody has said else."""
        if self._is_unused(cell.line.code):
            return NOT_USED_CASE
        return self.made.sheet.uses.get(cell.line.code, CASES[0])

    def _is_unused(self, carrier: str) -> bool:
        now = self.made.sheet.values.get(carrier)
        return now is not None and now[1] == NOT_USED

    def _estimates(self, cell: EntryCell) -> list[tuple[str, str]]:
        """Offered where a flow is empty and there is something to estimate it from."""
        if cell.now is not None or cell.line.kind not in ("quantity", "cost"):
            return []
        there = {"year_ago": cell.year_ago, "last_period": cell.before, "mean_of_three": cell.before}
        return [
            (method, names[0] if is_chinese() else names[1])
            for method, names in METHODS.items()
            if (value := there[method]) is not None and value[1] != NOT_USED
        ]

    def _metered(self, cell: EntryCell) -> str:
        """What its meters say, where it is not what stands there already."""
        found = self.made.by_meter.get(cell.line.code)
        if found is None or cell.now == (found[0], metered.METERED):
            return ""
        return metered.words(found)


def cell_texts(made: Page) -> dict[str, dict[str, Any]]:
    """Item → what its line shows now, for the page's script."""
    lines = Lines(made)
    return {
        cell.line.code: {
            "text": cell_text(cell.now),
            "off": lines.is_off(cell),
            "change": change_text(cell),
            "source": source_text(cell),
            "mark": lines.marks.get(cell.line.code, ""),
        }
        for cell in made.sheet.cells
    }
