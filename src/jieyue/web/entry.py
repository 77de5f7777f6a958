"""What the page of entry shows: lines with texts, what is asked, what it comes to; and cells read as typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jieyue.apps.accounts.preview import preview
from jieyue.apps.exchange.numbers import Refusal
from jieyue.apps.identity.queries import who
from jieyue.apps.obligations.desk import DeskCell
from jieyue.apps.papers.handed_in import is_printed
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import Course
from jieyue.apps.registry.scope import may_at
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.carrier_use import CASES
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.entry_sheet import EntryCell, EntrySheet, Value, entry_sheet, values_of
from jieyue.apps.returns.estimates import METHODS
from jieyue.apps.returns.persons import FORMULA, asks_of
from jieyue.apps.returns.queries import Document, approved_by_person, papers_of
from jieyue.apps.returns.refusals import StaleRevisionError
from jieyue.apps.returns.services.edit_return import sheet_of
from jieyue.apps.returns.services.review_return import reasons
from jieyue.apps.returns.typed import read_typed
from jieyue.apps.review.drawn_over import Meeting, meet, version_of
from jieyue.apps.review.of_return import Asked, asked_before, asked_of, place_of
from jieyue.apps.review.releases import Held, held_on
from jieyue.apps.review.services.check_returns import read_beside
from jieyue.catalog.findings import make
from jieyue.catalog.form_sheet import Line
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.rounding import display
from jieyue.domain.workflow import State
from jieyue.web import metered
from jieyue.web.access import Access
from jieyue.web.entry_row import RowWords, row
from jieyue.web.words import (
    MISSING_TEXT,
    amount_text,
    grouped,
    indicator_name,
    is_chinese,
    joined,
    judged_by,
    local,
    period_name,
    unit,
)

OPEN = (State.DRAFT, State.RETURNED)
NOT_USED_CASE = "not_used"
_PREVIEW_DECIMALS = {"water_total_m3": 0}


@dataclass
class Sent:
    """Cells as sent: changes to make, what to keep beside them, and what cannot be read, item → words."""

    changes: dict[str, Value | None] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def read_cells(key: Key, posted: Mapping[str, str]) -> Sent:
    """Compare what was sent with what stands there: the same number again is no change."""
    now = values_of(key)
    lines = {line.code: line for line in sheet_of(key).lines}
    read = Sent()
    for code, text in posted.items():
        line = lines.get(code)
        if line is None:
            continue
        typed = read_typed(text, line.item, home_catalog())
        if isinstance(typed, Refusal):
            read.wrong[code] = _refused(typed.code, line, text)
        elif not _same(typed.value, now.get(code)):
            read.changes[code] = typed.value
            read.said[code] = {"raw": typed.raw}
    return read


def _same(new: Value | None, old: Value | None) -> bool:
    """Whether the person has left the cell as it is; an estimate that was not touched stays one."""
    if new is None or old is None:
        return new is old
    return new[0] == old[0] and (new[1] == NOT_USED) == (old[1] == NOT_USED)


def _refused(code: str, line: Line, text: str) -> str:
    said = make(code, column=local(line.item), value=text[:60], unit=unit(line.item.unit))
    return said.message_zh if is_chinese() else said.message_en


@dataclass(frozen=True)
class Page:
    """One return as the page shows it to one person."""

    code: str
    sheet: EntrySheet
    asked: Sequence[Asked]
    may_enter: bool
    may_submit: bool
    access: Access
    course: Course
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    said: Mapping[str, tuple[str, str]]
    by_meter: Mapping[str, metered.Offer] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        access: Access,
        key: Key,
        code: str,
        *,
        typed: Mapping[str, str] | None = None,
        wrong: Mapping[str, str] | None = None,
        said: Mapping[str, tuple[str, str]] | None = None,
    ) -> "Page":
        """Read it; the caller has made sure that the person sees the institution.

        typed, wrong, said: texts of cells, what is wrong with them, and explanations that came with a refused form,
        each with the version of the text that it was drawn over.
        """
        held, known = held_on(key.last_day), access.known
        read = read_beside(held, key)
        sheet = _bounded(access, entry_sheet(key, read, asks_of(key, known)))
        asked = _asked_now(key, sheet.state, held, access, read)
        if not _reads(access, key, sheet.year_ago):
            asked = [replace(one, earlier=None) for one in asked]
        closed = sheet.state in (State.SUBMITTED, State.APPROVED)
        asking = access.asked(key.form, key.period)
        enter = not closed and _may(asking, key, "enter")
        send = sheet.state is not State.APPROVED and _may(asking, key, "submit")
        fills = enter and sheet.state in OPEN
        by_meter = metered.offers(key, sheet.sheet, known.sequence) if fills else {}
        course = known.course(key.subject)
        return cls(
            code, sheet, asked, enter, send, access, course, typed or {}, wrong or {}, said or {}, by_meter
        )

    @property
    def is_open(self) -> bool:
        """Whether the person may change its cells now."""
        return self.may_enter and self.sheet.state in OPEN

    def context(self) -> dict[str, Any]:
        """For the template."""
        key, sheet = self.sheet.key, self.sheet
        form = home_catalog().forms[key.form]
        return side_of(self) | {
            "name": self.course.label(key.last_day)[1],
            "form": form,
            "form_name": local(form),
            "period_name": period_name(key.period),
            "year_ago_name": period_name(sheet.year_ago),
            "before_name": period_name(sheet.before),
            "not_his": [
                period_name(one)
                for one in (sheet.year_ago, sheet.before)
                if not _reads(self.access, key, one)
            ],
            "state_name": state_name(sheet.state),
            "blocks": self._blocks(),
            "unsaved": self._unsaved(),
            "explained_since": self._explained_since(),
            "reasons": self._sent_back(),
            "may_enter": self.may_enter,
            "papers": papers(self.code, key, sheet.number),
            "paper_items": format_html_join(
                "",
                '<option value="{}">{} {}</option>',
                ((line.code, line.code, local(line.item)) for line in self.sheet.sheet.lines),
            ),
            "prints": is_printed(sheet.state),
            "proves": sheet.state is State.APPROVED and approved_by_person(sheet.number or 0),
            "may_withdraw": self.may_submit and sheet.state is State.SUBMITTED and sheet.step == 1,
        }

    def _unsaved(self) -> list[dict[str, str]]:
        """What was sent that the page can show no more as to be typed, as typed, and what stands there: cells of a
        return that is closed, and what was said of what is not asked any more or stands there already."""
        read = read_cells(self.sheet.key, self.typed) if self.typed and not self.is_open else Sent()
        cells = [
            {
                "name": local(cell.line.item),
                "text": self.typed[code],
                "now": shown_value(cell.now, cell.line.item.unit),
            }
            for cell in self.sheet.cells
            if (code := cell.line.code) in read.changes or code in read.wrong
        ]
        return cells + self._unsaid()

    def _unsaid(self) -> list[dict[str, str]]:
        """Explanations that were sent and have no field on the page, or have another one there."""
        asked = {one.name: one for one in self.asked if one.row.severity != "error"}
        fields = set(asked) if self.may_submit and self.sheet.state in OPEN else set()
        names = {line.code: local(line.item) for line in self.sheet.sheet.lines}
        found = []
        for name, (text, over) in self.said.items():
            place, one = place_of(name), asked.get(name)
            now = one.explanation if one is not None else ""
            if place is None or name in fields or meet(text, over, now) is Meeting.LEFT:
                continue
            row = one.row if one is not None else None
            rule = "" if row is None else f" · {row.rule_zh if is_chinese() else row.rule_en}"
            found.append({"name": f"{names.get(place[1], place[1])}{rule}", "text": text.strip(), "now": now})
        return found

    def _explained_since(self) -> list[dict[str, str]]:
        """Explanations that were sent, where others stand since the page was drawn: both, and whose those are."""
        fields = self.asked if self.may_submit and self.sheet.state in OPEN else []
        met = [
            (one, text)
            for one in fields
            for text, over in [self.said.get(one.name, ("", ""))]
            if meet(text, over, one.explanation) is Meeting.OTHERS
        ]
        names = who([one.by for one, _text in met])
        return [
            {
                "name": one.row.item_zh if is_chinese() else one.row.item_en,
                "rule": one.row.rule_zh if is_chinese() else one.row.rule_en,
                "field": one.name,
                "mine": text.strip(),
                "theirs": one.explanation,
                "by": names.get(one.by, one.by),
            }
            for one, text in met
        ]

    def _sent_back(self) -> list[dict[str, Any]]:
        """Why the whole return was sent back, in words: the reason of the list, what was said beside it, by whom."""
        said = [one for one in self.sheet.comments if not one.item]
        words = reasons()
        return [
            {
                "reason": words[one.code][0 if is_chinese() else 1] if one.code in words else one.code,
                "text": one.text,
                "by": one.by,
                "at": one.at,
            }
            for one in said
        ]

    def _blocks(self) -> list[dict[str, Any]]:
        names = {
            "stocks": _("Area, persons and vehicles"),
            "carriers": _("Energy and water, quantity and cost"),
            "other": _("Other items"),
        }
        cells = {cell.line.code: cell for cell in self.sheet.cells}
        words = self._row_words()
        return [
            {"name": names[block], "lines": [self._row(cells[line.code], words) for line in lines]}
            for block, lines in self.sheet.sheet.blocks().items()
        ]

    def _row_words(self) -> RowWords:
        key = self.sheet.key
        use, fill = (
            reverse(name, args=[self.code, key.form, key.period]) + query_of(key)
            for name in ("return-use", "return-fill")
        )
        return RowWords(self.is_open, _("required"), _("Set"), use, _("Estimate"), fill)

    def _row(self, cell: EntryCell, words: RowWords) -> dict[str, Any]:
        """A line as its row, and what only some lines have."""
        line = self._line(cell)
        more = bool(line["formula"] or line["metered"])
        return {**line, "more": more, **row(line, words)}

    def _line(self, cell: EntryCell) -> dict[str, Any]:
        line, code = cell.line, cell.line.code
        off = self.is_off(cell)
        comments = [one.text for one in self.sheet.comments if one.item == code]
        return {
            "code": code,
            "shown_code": line.item.paper_code,
            "name": line_name(line),
            "full_name": local(line.item),
            "unit": unit(line.item.unit) if line.item.unit else "",
            "depth": line.depth,
            "required": line.item.required == "yes" or self._counts(code),
            "text": self.typed.get(code, cell_text(cell.now))
            if self.is_open
            else shown_value(cell.now, line.item.unit),
            "off": off,
            "year_ago": shown_value(cell.year_ago, line.item.unit),
            "before": shown_value(cell.before, line.item.unit),
            "change": change_text(cell),
            "source": source_text(cell),
            "wrong": self.wrong.get(code, ""),
            "comments": comments,
            "mark": self.marks.get(code, ""),
            "use_label": _("How %(name)s is come by") % {"name": local(line.item)}
            if line.carrier_item == code
            else "",
            "case_options": self._case_options[self._case(cell)] if line.carrier_item == code else "",
            "folded": line.carrier_item not in ("", code) and self._is_unused(line.carrier_item),
            "estimates": self._estimates(cell) if self.is_open and not off else [],
            "metered": "" if off else self._metered(cell),
            "formula": self._formula(code),
            "locked": self._is_locked(code),
        }

    def _counts(self, code: str) -> bool:
        """Whether the authority's formula needs it."""
        return self.sheet.formula is not None and code in self.sheet.formula.counts

    def _is_locked(self, code: str) -> bool:
        """Whether the formula gives it, and nobody may state another number."""
        formula = self.sheet.formula
        return formula is not None and formula.item == code and not formula.override

    def _formula(self, code: str) -> dict[str, str]:
        """Of the item that is computed: how, and by which document."""
        formula = self.sheet.formula
        if formula is None or formula.item != code:
            return {}
        names = {line.code: local(line.item) for line in self.sheet.sheet.lines}
        return {"words": formula.words(names), "source": formula.source}

    @cached_property
    def marks(self) -> dict[str, str]:
        """Item → the worst that is found of it: error or warning."""
        found: dict[str, str] = {}
        for one in self.asked:
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
        return self.sheet.uses.get(cell.line.code, CASES[0])

    def _is_unused(self, carrier: str) -> bool:
        now = self.sheet.values.get(carrier)
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
        found = self.by_meter.get(cell.line.code)
        if found is None or cell.now == (found[0], metered.METERED):
            return ""
        return metered.words(found)

    def conflict(self, error: StaleRevisionError) -> list[dict[str, Any]]:
        """Both values of every cell that differs."""
        names = {line.code: local(line.item) for line in self.sheet.sheet.lines}
        persons = who([one for _mine, _theirs, others in error.conflicts.values() for one in others])
        return [
            {
                "code": code,
                "name": names.get(code, code),
                "mine": MISSING_TEXT if mine is None else mine,
                "theirs": MISSING_TEXT if theirs is None else theirs,
                "their_text": theirs or "",
                "by": joined(persons.get(one, one) for one in others),
            }
            for code, (mine, theirs, others) in error.conflicts.items()
        ]


def _asked_now(
    key: Key, state: State, held: Held, access: Access, read: Sequence[Document]
) -> Sequence[Asked]:
    """What the rules say while it is entered; of what was submitted, what they said then."""
    if state in OPEN:
        return asked_of(key, held, access.known, read, access.reads)
    return [] if state is State.NONE else asked_before(key, held, access.known, access.reads)


def _reads(access: Access, key: Key, period: str) -> bool:
    """Whether the institution's return of another period is the person's to read; a limited grant may end before."""
    return access.asked(key.form, period).sees_institution(key.subject)


def _bounded(access: Access, sheet: EntrySheet) -> EntrySheet:
    """Without the numbers beside it that are of periods which the person may not read."""
    hidden: dict[str, Any] = {
        name: None
        for name, period in (("year_ago", sheet.year_ago), ("before", sheet.before))
        if not _reads(access, sheet.key, period)
    }
    if not hidden:
        return sheet
    return replace(sheet, cells=tuple(replace(cell, **hidden) for cell in sheet.cells))


def query_of(key: Key) -> str:
    """What follows the address of a return: which room, of a form with rooms."""
    return f"?{urlencode({'room': key.instance})}" if key.instance else ""


def papers(code: str, key: Key, number: int | None) -> list[dict[str, Any]]:
    """The papers beside a return, with the way to each. code: of the institution, as addresses have it."""
    if number is None:
        return []
    query = query_of(key)
    return [
        {
            "paper": one,
            "by": one.by,
            "item": local(home_catalog().item(f"{key.form}:{one.item}")) if one.item else "",
            "href": reverse("return-paper", args=[code, key.form, key.period, one.pk]) + query,
            "size": f"{-(-one.size // 1024)} KB",
        }
        for one in papers_of(number)
    ]


def _may(access: Access, key: Key, verb: str) -> bool:
    """access: as asked for the return's form and period."""
    if not access.may(verb) or access.read is None:
        return False
    return may_at(access.user, key.subject, key.last_day, verb, access.read)


def side_of(made: Page) -> dict[str, Any]:
    """What stands beside the form: what is missing, what is asked, what it comes to, and what may be done."""
    asked = made.asked
    key = made.sheet.key
    return {
        "code": made.code,
        "query": query_of(key),
        "sheet": made.sheet,
        "state": made.sheet.state.value,
        "is_open": made.is_open,
        "may_submit": made.may_submit and made.sheet.state in OPEN,
        "missing": [
            {"code": one.row.item, "name": one.row.item_zh if is_chinese() else one.row.item_en}
            for one in asked
            if one.is_missing
        ],
        "errors": [_asked(one) for one in asked if one.row.severity == "error" and not one.is_missing],
        "warnings": [
            _asked(one, *made.said.get(one.name, ())) for one in asked if one.row.severity != "error"
        ],
        "comes_to": _comes_to(made.sheet),
    }


def _asked(one: Asked, said: str = "", over: str = "") -> dict[str, Any]:
    """said, over: what came with a refused form; a field that was left as it was drawn shows what stands there now."""
    row, left = one.row, meet(said, over, one.explanation) is Meeting.LEFT
    return {
        "name": one.name,
        "item": row.item,
        "item_name": row.item_zh if is_chinese() else row.item_en,
        "rule": row.rule_zh if is_chinese() else row.rule_en,
        "mend": row.mend_zh if is_chinese() else row.mend_en,
        "numbers": judged_by(row.numbers),
        "explanation": one.explanation if left else said,
        "stands": one.explanation,
        "drawn_over": one.drawn_over,
        "version": version_of(one.explanation),
        "state": one.state,
        "earlier": one.earlier.explanation if one.earlier else "",
        "earlier_period": period_name(one.earlier.period) if one.earlier else "",
    }


def _comes_to(sheet: EntrySheet) -> list[dict[str, str]]:
    """The account of what is stated so far, by the plan's method."""
    if sheet.key.instance or not sheet.values:
        return []
    amounts = preview(sheet.key.form, Period.parse(sheet.key.period), sheet.values)
    return [
        {
            "name": indicator_name(code),
            "text": grouped(str(display(_one(amount.fractions()), _PREVIEW_DECIMALS.get(code, 3)))),
            "unit": unit(home_catalog().indicator(code).unit),
        }
        for code, amount in amounts.items()
    ]


def _one(values: Sequence[Fraction]) -> Fraction:
    return values[0]


def cell_texts(made: Page) -> dict[str, dict[str, Any]]:
    """Item → what its line shows now, for the page's script."""
    return {
        cell.line.code: {
            "text": cell_text(cell.now),
            "off": made.is_off(cell),
            "change": change_text(cell),
            "source": source_text(cell),
            "mark": made.marks.get(cell.line.code, ""),
        }
        for cell in made.sheet.cells
    }


def cell_text(value: Value | None) -> str:
    """A cell as its input shows it."""
    if value is None:
        return ""
    return _("not used") if value[1] == NOT_USED else fixed_text(value[0])


def shown_value(value: Value | None, unit_code: str) -> str:
    """A cell to compare with."""
    if value is None:
        return MISSING_TEXT
    return _("not used") if value[1] == NOT_USED else amount_text(fixed_text(value[0]), unit_code)


def change_text(cell: EntryCell) -> str:
    """Change on the same period of last year, in per cent with one decimal; empty where either is missing or zero."""
    now, then = cell.now, cell.year_ago
    if now is None or then is None or NOT_USED in (now[1], then[1]) or not then[0]:
        return ""
    share = Fraction(now[0] - then[0], abs(then[0])) * 100
    text = display(share, 1)
    return f"+{text}%" if share > 0 else f"{text}%"


def source_text(cell: EntryCell | DeskCell) -> str:
    """Where the number comes from, if nobody simply typed it; the text as typed where it said more."""
    kind, _colon, rest = cell.src.partition(":")
    if kind == "period":
        return _("from %(period)s") % {"period": period_name(rest)}
    if kind == "sum":
        return _("sum of its parts")
    if kind == FORMULA:
        return _("by formula: %(how)s") % {"how": cell.raw}
    if kind == metered.SOURCE:
        return _("from meters")
    if kind == "estimate" and rest in METHODS:
        return _("estimate: %(how)s") % {"how": METHODS[rest][0 if is_chinese() else 1]}
    return f"= {cell.raw.lstrip('=')}" if cell.raw else ""


def line_name(line: Line) -> str:
    """The last part of a name that repeats those above it: 汽油消费量/车辆用油量/费用 → 费用."""
    name = local(line.item)
    return name.rpartition("/")[2] if line.depth and is_chinese() else name


def state_name(state: State) -> str:
    """The official words."""
    return str(_STATES[state])


_STATES = {
    State.NONE: gettext_lazy("Not begun"),
    State.DRAFT: gettext_lazy("Being entered"),
    State.SUBMITTED: gettext_lazy("Submitted"),
    State.RETURNED: gettext_lazy("Sent back"),
    State.APPROVED: gettext_lazy("Approved"),
}


def case_name(case: str) -> str:
    """How a carrier is come by, in words."""
    return {
        "metered_paid": _("own meter, own bill"),
        "metered_unpaid": _("own meter, paid by others"),
        "unmetered_paid": _("no meter, pays a share or a lump sum"),
        "unmetered_unpaid": _("no meter, paid by others"),
        "not_used": _("not used"),
    }[case]
