"""The plan board: every indicator with base, path, target and actual by the plan's own method."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.targets.issued import issued_to_nobody
from jieyue.apps.targets.queries import OtherMethod, PlanStatusRow, other_methods, plan_status
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.plan import Plan
from jieyue.domain.errors import DomainError
from jieyue.domain.plan_verdict import NO_DATA, NO_DATA_WORDS
from jieyue.domain.rounding import display
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import AS_OF, PUBLICATION, data_sequence, kept_publication, sequence_of
from jieyue.web.kept import drawn_once, key_of
from jieyue.web.page import electricity_words
from jieyue.web.pictures import Bullet, bullet
from jieyue.web.plan_units import board_unit
from jieyue.web.ready import newer_than, ready_sequence
from jieyue.web.selection import Group, Selection, available, default_period
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import factor_set_name, grouped, local, period_name, unit

#: What a reader may choose for CO2 instead of the plan's own; the verdicts then say so.
CHOICES = ("factor_set", "electricity_factor")
#: The indicator whose other methods stand beside it, and those methods.
COMPARED = "co2_per_area_kg_m2"
OTHERS: tuple[Mapping[str, str], ...] = (
    {"electricity_factor": "of-year"},
    {"factor_set": "jst-303-2026"},
)


@dataclass(frozen=True)
class BoardRow:
    """One indicator as the board draws it."""

    status: PlanStatusRow
    name: str
    picture: Bullet | None
    href: str
    words: str
    provisional: bool
    unit: str
    misprint: str

    @property
    def reason(self) -> str:
        """What stands under the verdict; nothing where it would only say again that there is no data."""
        status = self.status
        return "" if status.status == NO_DATA and self.words in NO_DATA_WORDS else self.words


@needs(VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """The board of a year; the whole authority's, so only for who sees the whole."""
    if not access_of(request).whole:
        raise Http404
    plan, newest, asked = home_plan(), sequence_of(request), kept_publication(request)
    ready = ready_sequence(request)
    sequence = ready or data_sequence(request)
    if ready and ready < newest:
        asked = {PUBLICATION: str(ready)}
    year = plan_year(request, plan, sequence)
    selection = replace(plan_selection(plan, year, sequence), as_of=asked.get(AS_OF, ""), newest=newest)
    choice = {name: request.GET[name] for name in CHOICES if request.GET.get(name)}
    return drawn_once(
        request,
        "plan",
        key_of(request, sequence),
        lambda: _drawn(request, plan, year, choice, sequence, asked),
        {"newer": newer_than(request, selection)},
        section="plan",
        selection=selection,
    )


def _drawn(
    request: HttpRequest,
    plan: Plan,
    year: int,
    choice: Mapping[str, str],
    sequence: int,
    asked: Mapping[str, str],
) -> dict[str, Any] | HttpResponse:
    """What the board is drawn of, or it as a file."""
    try:
        rows = plan_status(settings.JIEYUE_HOME.plan, year, sequence=sequence, choice=choice)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    if "export" in request.GET:
        return _table(plan, rows, year).export(
            request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic
        )
    return {
        "plan": plan,
        "year": year,
        "issued_to_nobody": [(Path(one.file).name, one) for one in issued_to_nobody(plan)],
        "rows": [board_row(plan, row, year, choice, asked) for row in rows],
        "sets": _sets(year, asked) if not plan.method.factor_set else [],
        "sentence": sentence(rows),
        "methods": _methods(plan, year, rows, sequence, asked),
        "double": [line for row in rows if _two_verdicts(row) for line in _ways(plan, row)],
        "export_query": urlencode({"period": str(year), **choice, **asked}),
    }


def plan_year(request: HttpRequest, plan: Plan, sequence: int) -> int:
    """The year of the plan that the address names; by default the last one with data. Another is not found."""
    usual = default_period(available(sequence))[:4]
    text = request.GET.get("period") or str(min(max(int(usual), plan.base_year), plan.target_year))
    if not (text.isascii() and text.isdigit() and plan.base_year <= int(text) <= plan.target_year):
        raise Http404
    return int(text)


def plan_selection(plan: Plan, year: int, sequence: int) -> Selection:
    """The picker of a page of the plan: the whole authority, and the years."""
    years = [str(y) for y in range(plan.target_year, plan.base_year - 1, -1)]
    return Selection(
        scope="city",
        period=str(year),
        sequence=sequence,
        choices=(Group(_("Whole authority"), (("city", _("Whole authority")),)),),
        periods=(Group(_("Years of the plan"), tuple((text, period_name(text)) for text in years)),),
    )


def _sets(year: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    """CO2 factor sets to choose from where the plan names none: (name, address of the board by it)."""
    return [
        (factor_set_name(code), f"?{urlencode({'period': str(year), 'factor_set': code, **asked})}")
        for code in home_catalog().factor_sets
        if home_catalog().factor_set(code).kind != "kgce"
    ]


def board_row(
    plan: Plan,
    row: PlanStatusRow,
    year: int,
    choice: Mapping[str, str],
    more: Mapping[str, str] | None = None,
) -> BoardRow:
    """An indicator as the board and the dashboard draw it; `more`: what its source's address says in any case."""
    shown, misprint = board_unit(plan, row)
    said = {} if row.own_method else choice
    query = {"scope": "city", "indicator": row.indicator, "period": str(year), **said, **(more or {})}
    return BoardRow(
        status=row,
        name=local(row),
        picture=bullet(row),
        href=f"{reverse('source')}?{urlencode(query)}",
        words=local(row, "words"),
        provisional=row.figure_status == "provisional",
        unit=shown,
        misprint=misprint,
    )


def sentence(rows: list[PlanStatusRow]) -> str:
    """The board in one sentence; what is expected is never counted among the binding, what is not known is named."""
    if not rows:
        return _("The plan has no indicator, so there is nothing to judge.")
    if all(row.status == "no_data" for row in rows):
        return _("There is no data yet, so no indicator has a verdict.")
    good = ("met", "on_path")
    binding = [row for row in rows if row.binding]
    expected = [row for row in rows if row.binding is False]
    kept = sum(row.status in good for row in binding)
    within = sum(row.status in good for row in expected)
    unknown = sum(row.status == "no_data" for row in binding + expected)
    said = _(
        "Binding: %(kept)s of %(binding)s kept. Expected: %(within)s of %(expected)s within the expected value."
    ) % {"kept": kept, "binding": len(binding), "within": within, "expected": len(expected)}
    if unknown:
        said += _(" Of these %(unknown)s are without data and have no verdict.") % {"unknown": unknown}
    return said


def _two_verdicts(row: PlanStatusRow) -> bool:
    others = {row.status_by_rule, row.status_by_also} - {None}
    return bool(others - {row.status})


@dataclass(frozen=True)
class Way:
    """One of the ways in which the plan lets an indicator be judged."""

    name: str
    way: str
    value: str
    actual: str
    status: str
    binding: bool | None


def _ways(plan: Plan, row: PlanStatusRow) -> list[Way]:
    """The ways of an indicator whose ways disagree, to four decimals; the first is the one that counts."""
    scale = next(known.scale for known in plan.indicators if known.code == row.indicator)

    def shown(text: str | None) -> str:
        return grouped(None if text is None else display(Fraction(text) / scale, 4))

    listed = [
        (_("printed target"), row.target, row.status),
        (_("percentage rule"), row.rule_value, row.status_by_rule),
        (_("second printed target"), row.also_target, row.status_by_also),
    ]
    return [
        Way(local(row), way, shown(value), shown(row.actual), status, row.binding)
        for way, value, status in listed
        if status
    ]


@dataclass(frozen=True)
class MethodLine:
    """The compared indicator under one method."""

    name: str
    electricity: str
    text: str
    unit: str
    href: str
    difference: str


def _methods(
    plan: Plan, year: int, rows: list[PlanStatusRow], sequence: int, asked: Mapping[str, str]
) -> list[MethodLine]:
    own = next((row for row in rows if row.indicator == COMPARED and row.actual is not None), None)
    if own is None or not own.own_method:
        return []
    lines = [
        MethodLine(
            name=_("The plan's method"),
            electricity=electricity_words(MethodChoice.of_plan(plan)),
            text=own.shown_actual or "",
            unit=unit(own.unit),
            href=_source(year, asked),
            difference="",
        )
    ]
    others = other_methods(settings.JIEYUE_HOME.plan, year, COMPARED, list(OTHERS), sequence=sequence)
    return lines + [_line(other, year, asked) for other in others]


def _line(other: OtherMethod, year: int, asked: Mapping[str, str]) -> MethodLine:
    label, _at, electricity = other.figure.factor_set.partition("@")
    shown = other.shown_difference or ""
    own_set = "factor_set" not in other.choice
    return MethodLine(
        name=_("The plan's set with another electricity factor") if own_set else factor_set_name(label),
        electricity=electricity,
        text=grouped(other.figure.display),
        unit=unit(other.figure.unit),
        href=_source(year, {**other.choice, **asked}),
        difference=shown if shown.startswith("-") else f"+{shown}",
    )


def _source(year: int, choice: Mapping[str, str]) -> str:
    query = {"scope": "city", "indicator": COMPARED, "period": str(year), **choice}
    return f"{reverse('source')}?{urlencode(query)}"


def _table(plan: Plan, rows: list[PlanStatusRow], year: int) -> Table:
    """The board as a table to take away."""
    columns = [
        Column("name", _("Indicator")),
        Column("kind", _("Kind")),
        Column("unit", _("Unit")),
        Column("base", _("Base %(year)s") % {"year": plan.base_year}, number=True),
        Column("path", _("Path %(year)s") % {"year": year}, number=True),
        Column("target", _("Target %(year)s") % {"year": plan.target_year}, number=True),
        Column("actual", _("Actual %(year)s") % {"year": year}, number=True),
        Column("words", _("Verdict")),
        Column("receipt", _("Receipt")),
    ]
    kinds = {True: _("Binding"), False: _("Expected"), None: _("Not said")}
    made = [
        Row(
            (
                Cell(local(row)),
                Cell(kinds[row.binding]),
                Cell(board_unit(plan, row)[0]),
                *(
                    _number(text)
                    for text in (row.shown_base, row.shown_path, row.shown_target, row.shown_actual)
                ),
                Cell(local(row, "words")),
                Cell(row.receipt or ""),
            )
        )
        for row in rows
    ]
    return Table(local(plan), columns, made, name=f"plan-{plan.id}-{year}")


def _number(text: str | None) -> Cell:
    value: Any = None if text is None else Decimal(text)
    return Cell(grouped(text), value, number=True)
