"""To review 待审: the submitted returns before the person, those that nothing stands against approved at once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.obligations.opened import is_on_board
from jieyue.apps.obligations.owing import collected
from jieyue.apps.obligations.worklist import (
    CLASSES,
    Bodies,
    Waiting,
    cells_beside,
    counted,
    find_number,
    forms_open,
    periods_open,
    read_as,
    waiting,
)
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import labels_of, names_of
from jieyue.apps.review.services.approve_many import MOST, approve_many
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period, PeriodError
from jieyue.domain.quantity import fixed_text
from jieyue.domain.rounding import display
from jieyue.web import errors
from jieyue.web.access import access_of, needs
from jieyue.web.navigation import JUDGES
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import grouped, is_chinese, local, period_name, unit

PAGE = 50
_KEPT = 200  # rows that a bulk approval left, as many as the page names
_ORDERS = {
    "body": lambda row: (row.body, row.subject),
    "at": lambda row: (row.at is None, row.at.timestamp() if row.at else 0.0),
    "findings": lambda row: (row.errors, row.findings),
}


@needs(*JUDGES, limited=True)
def listing(request: HttpRequest) -> HttpResponse:
    """The list, filtered by what the rules found and by body."""
    form, period = form_code(request), period_of(request)
    if code := request.GET.get("find", "").strip()[:200]:
        number = find_number(access_of(request), form, period, code)
        if number is not None:
            return redirect("worklist-return", number)
    access = access_of(request).asked(form, period)
    bodies = Bodies(read_as(access.read), Period.parse(period).last_day)
    rows = waiting(bodies, form, Period.parse(period))
    shown = _filtered(request, rows)
    table = _table(request, shown, form, period, bodies)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = _context(request, rows, shown, table, period) | {
        "bodies": _bodies(rows, bodies),
        "not_found": code,
    }
    return page(request, "worklist", context, section="worklist")


def account_form() -> str:
    """The form that the plan accounts by."""
    return home_plan().method.account_form


def form_code(request: HttpRequest) -> str:
    """The form asked for, else the one that the plan accounts by. What is not collected is not found."""
    asked = request.GET.get("form") or request.POST.get("form") or account_form()
    if asked not in collected():
        raise Http404
    return asked


def period_of(request: HttpRequest) -> str:
    """The period asked for, else the month being collected. What is no period of the form is not found."""
    text = request.GET.get("period") or request.POST.get("period") or _newest(form_code(request))
    try:
        period = Period.parse(text)
    except PeriodError as error:
        raise Http404 from error
    kinds = home_catalog().forms[form_code(request)].periods
    if period.kind_letter not in kinds and request.GET.get(
        "form"
    ):  # another form was chosen beside the period
        return _newest(form_code(request))
    if period.kind_letter not in kinds or not is_on_board(period):
        raise Http404
    return text


def _newest(form: str) -> str:
    """The month being collected; of a form without months the newest period that is open."""
    if "M" in home_catalog().forms[form].periods:
        return collecting_month()
    return next(iter(periods_open(form)), str(settings.JIEYUE_HOME.today().year - 1))


def choices(form: str, period: str) -> dict[str, list[tuple[str, str]]]:
    """What the pages choose from: the plan's form and others that somebody owes; periods, newest first."""
    known, opened = home_catalog().forms, forms_open(collected())
    forms = [code for code in collected() if code in opened or code in (account_form(), form)]
    return {
        "forms": [(code, f"{code} {local(known[code])}") for code in forms],
        "periods": _named_periods(opened.get(form, []), period),
    }


def period_choices(form: str, chosen: str) -> list[tuple[str, str]]:
    """The periods to choose from, newest first, the chosen one among them."""
    return _named_periods(periods_open(form), chosen)


def _named_periods(known: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    return [(one, period_name(one)) for one in dict.fromkeys([*known, chosen])]


def _filtered(request: HttpRequest, rows: Sequence[Waiting]) -> list[Waiting]:
    kind, body = request.GET.get("kind", ""), request.GET.get("body", "")
    if kind and kind not in CLASSES:
        raise Http404
    if body and not (body.isascii() and body.isdigit() and len(body) < 20):
        raise Http404
    reach = request.GET.get("reach", "")
    if reach not in ("", "own", "all"):
        raise Http404
    own = reach == "own" or (reach == "" and any(row.own for row in rows))
    return [
        row
        for row in rows
        if (not kind or row.kind == kind)
        and (not body or str(row.body) == body)
        and (row.own or not own or bool(body))
    ]


def _context(
    request: HttpRequest,
    rows: Sequence[Waiting],
    shown: Sequence[Waiting],
    table: Table,
    period: str,
) -> dict[str, Any]:
    form = form_code(request)
    access = access_of(request).asked(form, period)
    counts = counted(shown)
    clean = [row for row in shown if row.kind == "clean" and row.step == row.steps]
    return {
        "table": table,
        "listed": list(zip(table.shown, _window(request, shown), strict=True)),
        "period": period,
        "period_name": period_name(period),
        "form": form,
        **choices(form, period),
        "kinds": [(one, class_words(one), counts[one]) for one in CLASSES],
        "kind": request.GET.get("kind", ""),
        "body": request.GET.get("body", ""),
        "reach": request.GET.get("reach", "") or ("own" if any(row.own for row in rows) else "all"),
        "total": len(shown),
        "not_owed": sum(not row.owed for row in shown),
        "may_approve": access.may("approve"),
        "clean": min(len(clean), MOST),
        "more_clean": len(clean) if len(clean) > MOST else 0,
        "mark": max((row.mark for row in rows), default=0),
        "done": request.session.pop("worklist_done", None),
    }


def _bodies(rows: Sequence[Waiting], bodies: Bodies) -> list[tuple[str, str]]:
    nodes = bodies.line.nodes
    known = sorted({row.body for row in rows}, key=lambda node: nodes[node].code)
    return [(str(node), local(nodes[node])) for node in known]


def _ordered(request: HttpRequest, rows: Sequence[Waiting]) -> list[Waiting]:
    said = request.GET.get("sort", "body")
    key = said.removeprefix("-")
    if key not in _ORDERS:
        raise Http404
    return sorted(rows, key=_ORDERS[key], reverse=said.startswith("-"))


def _window(request: HttpRequest, rows: Sequence[Waiting]) -> list[Waiting]:
    ordered = _ordered(request, rows)
    if "export" in request.GET:
        return ordered
    start = (page_number(request) - 1) * PAGE
    return ordered[start : start + PAGE]


def _table(request: HttpRequest, rows: Sequence[Waiting], form: str, period: str, bodies: Bodies) -> Table:
    window = _window(request, rows)
    number = _Numbers(form, period, window)
    labels = labels_of([row.subject for row in window], Period.parse(period).last_day)
    every = "export" in request.GET
    return Table(
        caption=_("To review"),
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("body", _("Collecting body")),
            Column("at", _("Handed in")),
            Column("findings", _("Findings")),
            *number.columns(),
        ],
        rows=[
            Row(
                (
                    *_name_cells(row, labels),
                    Cell(local(bodies.line.nodes[row.body]), row.body),
                    *_found_cells(row),
                    *number.cells(row.subject),
                )
            )
            for row in window
        ],
        name="worklist",
        count=len(rows),
        page_size=len(rows) or 1 if every else PAGE,
        order=request.GET.get("sort", "body"),
        empty=_("Nothing waits for you here."),
    )


def _name_cells(row: Waiting, labels: Mapping[int, tuple[str, str]]) -> tuple[Cell, Cell]:
    code, name = labels.get(row.subject, ("", ""))
    if row.instance:
        name = _("%(name)s, room %(room)s") % {"name": name, "room": row.instance}
    return Cell(name, name, href=reverse("worklist-return", args=[row.id]), heading=True), Cell(code, code)


def _found_cells(row: Waiting) -> tuple[Cell, Cell]:
    return _sent_cell(row), Cell(findings_text(row), row.findings)


def _sent_cell(row: Waiting) -> Cell:
    if row.at is None:
        return Cell(_("before this system"), None)
    words = [localtime(row.at).strftime("%m-%d %H:%M"), row.by]
    tags = [_("late")] if row.late else []
    if row.on_behalf:
        tags.append(_("entered by an officer"))
    return Cell(" ".join(words), row.at.isoformat(), tag=" ".join(tags), tag_class="tag-unverified")


def findings_text(row: Waiting) -> str:
    """How many of each, with a mark: ▲ errors, ◆ to be explained, ◇ explained, ✓ accepted."""
    marks = [("▲", row.errors), ("◆", row.unexplained), ("◇", row.explained), ("✓", row.accepted)]
    return " ".join(f"{mark}{count}" for mark, count in marks if count) or _("none")


def class_words(kind: str) -> str:
    """A class of the list in words."""
    return {
        "errors": _("with errors"),
        "unexplained": _("warnings not explained"),
        "explained": _("explained, to be accepted"),
        "clean": _("nothing found"),
    }[kind]


class _Numbers:
    """Electricity, water and money of the page's institutions, with the change on the same period of last year."""

    def __init__(self, form: str, period: str, rows: Sequence[Waiting]) -> None:
        self._now, self._ago = cells_beside(form, rows, str(Period.parse(period).previous_year()))
        catalog = home_catalog()
        sheet = form_sheet(catalog, form, catalog.scheme_on(Period.parse(period).last_day).code)
        tops = {line.item.ref: line for line in sheet.carriers}
        carriers = {line.item.carrier: [line.code] for line in reversed(sheet.carriers)}
        if (
            catalog.forms[form].instance != "none"
        ):  # several returns an institution: nothing to set beside one
            carriers, tops = {}, {}
        self._codes = {
            "electricity": carriers.get("electricity", []),
            "water": carriers.get("water", []),
            "money": [line.code for line in sheet.lines if line.item.cost_of in tops],
        }
        self._units = {"electricity": unit("kWh"), "water": unit("m3"), "money": unit("yuan")}

    def columns(self) -> list[Column]:
        """One a number."""
        titles = {"electricity": _("Electricity"), "water": _("Water"), "money": _("Money")}
        return [
            Column(key, titles[key], unit=self._units[key], number=True, sortable=False) for key in titles
        ]

    def cells(self, subject: int) -> list[Cell]:
        """The institution's, each with its change."""
        found = []
        for codes in self._codes.values():
            now, ago = (self._sum(cells.get(subject, {}), codes) for cells in (self._now, self._ago))
            if now is None:
                found.append(Cell("—", None, missing=True, number=True))
                continue
            change = "" if not ago else signed_percent(Fraction(now - ago, ago))
            text = grouped(display(Fraction(now, 10_000), 0))
            found.append(Cell(text, Decimal(fixed_text(now)), number=True, tag=change))
        return found

    def _sum(self, cells: Mapping[str, tuple[int, int]], codes: Sequence[str]) -> int | None:
        known = [cells[code][0] for code in codes if code in cells]
        return sum(known) if known else None


def signed_percent(share: Fraction) -> str:
    """A change in per cent with one decimal and its sign."""
    text = display(share * 100, 1)
    return f"+{text}%" if share > 0 else f"{text}%"


@needs("approve", post=True, limited=True)
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve those that were ticked, or all that nothing was found in; say of each other one why it is left."""
    access, period = access_of(request), period_of(request)
    asked = _ticked(request)
    if request.POST.get("all") == "1":
        mark = request.POST.get("mark", "")
        if not (mark.isascii() and mark.isdigit() and len(mark) < 20):
            raise Http404
        rows = _waiting(request, period)
        # What came in after the list was shown has been looked at by nobody.
        asked = [
            (row.id, row.seen)
            for row in _filtered(request, rows)
            if row.kind == "clean" and row.step == row.steps and row.mark <= int(mark)
        ][:MOST]
    if not asked:
        return errors.unprocessable(
            request, RefusedError("none_ticked", zh="一份也没有勾选", en="nothing is ticked")
        )
    try:
        done = approve_many(access.user, asked)
    except RefusedError as error:
        return errors.unprocessable(request, error)
    left = [one for one in done if one.code]
    request.session["worklist_done"] = {
        "approved": len(done) - len(left),
        "left": len(left),
        "rows": _named(request, left[:_KEPT], period),
    }
    kept = {name: request.GET[name] for name in ("form", "kind", "body", "reach") if name in request.GET}
    query = "&".join(f"{name}={value}" for name, value in {"period": period, **kept}.items())
    return redirect(f"{reverse('worklist')}?{query}")


def _waiting(request: HttpRequest, period: str) -> list[Waiting]:
    asked = Period.parse(period)
    form = form_code(request)
    read = read_as(access_of(request).asked(form, period).read)
    return waiting(Bodies(read, asked.last_day), form, asked)


def _ticked(request: HttpRequest) -> list[tuple[int, str]]:
    asked = []
    for text in dict.fromkeys(request.POST.getlist("row")):
        number, colon, seen = text.partition(":")
        if not (colon and number.isascii() and number.isdigit() and len(number) < 20 and seen):
            raise Http404
        asked.append((int(number), seen))
    return asked


def _named(request: HttpRequest, left: Sequence[Any], period: str) -> list[dict[str, Any]]:
    """The rows that were left, by name: only those that the person sees are named."""
    rows = _waiting(request, period)
    subjects = {row.id: row.subject for row in rows}
    names = names_of({subjects[one.number] for one in left if one.number in subjects})
    return [
        {
            "number": one.number if one.number in subjects else None,
            "name": names.get(subjects.get(one.number, 0), str(one.number)),
            "why": one.message_zh if is_chinese() else one.message_en,
        }
        for one in left
    ]
