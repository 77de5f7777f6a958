"""Two pages on how sure the plan's verdicts are: other methods beside each other, and the director's one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_plan
from jieyue.apps.targets import standing_words as said
from jieyue.apps.targets.queries import open_errors
from jieyue.apps.targets.services.compute_standing import compute_standing, stored_standing
from jieyue.apps.targets.standing import FILLED, MADE, WAITING, Standing, Trial
from jieyue.catalog.plan import Plan
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.plan import plan_selection, plan_year
from jieyue.web.words import grouped, is_chinese, local, unit

#: Ways to look that stand as columns; what is submitted and not approved stands on the one page.
WAYS = (*MADE, FILLED)


@dataclass(frozen=True)
class Asked:
    """What both pages are asked for; rows None: nothing was computed yet."""

    plan: Plan
    year: int
    sequence: int
    rows: Sequence[Standing] | None

    @property
    def final(self) -> bool:
        """Whether the year is the plan's last or later."""
        return self.year >= self.plan.target_year

    def context(self) -> dict[str, Any]:
        """What both pages show."""
        words = ""
        if self.rows is not None:
            words = _in_language(said.conclusion(self.plan, self.rows, final=self.final))
        query = urlencode({"period": str(self.year), "compute": "1"})
        return {"plan": self.plan, "year": self.year, "sentence": words, "compute": f"?{query}"}


def _asked(request: HttpRequest) -> Asked:
    if not access_of(request).whole:
        raise Http404
    plan, sequence = home_plan(), sequence_of(request)
    year = plan_year(request, plan, sequence)
    found = compute_standing if request.GET.get("compute") == "1" else stored_standing
    return Asked(plan, year, sequence, found(settings.JIEYUE_HOME.plan, year, sequence))


@needs(VIEW)
def sensitivity(request: HttpRequest) -> HttpResponse:
    """The verdict of each indicator by the plan's method and by others; from what was computed once."""
    asked = _asked(request)
    table = None if asked.rows is None else _table(asked).bind(request)
    if (kind := request.GET.get("export")) is not None:
        if table is None:
            raise Http404
        return table.export(kind, synthetic=settings.JIEYUE_HOME.synthetic)
    selection = plan_selection(asked.plan, asked.year, asked.sequence)
    context = {**asked.context(), "table": table}
    return page(request, "plan_sensitivity", context, section="plan-sensitivity", selection=selection)


@needs(VIEW)
def brief(request: HttpRequest) -> HttpResponse:
    """The director's one page: verdicts, how sure, what would change them."""
    asked = _asked(request)
    selection = plan_selection(asked.plan, asked.year, asked.sequence)
    errors = open_errors(settings.JIEYUE_HOME.plan, asked.year)
    rows = [_brief_row(asked, row, errors) for row in asked.rows or ()]
    context = {**asked.context(), "rows": rows, "computed": asked.rows is not None}
    return page(request, "plan_brief", context, section="plan-brief", selection=selection)


def _in_language(words: tuple[str, str]) -> str:
    return words[0 if is_chinese() else 1]


@dataclass(frozen=True)
class BriefRow:
    """One indicator on the one page, all as text."""

    name: str
    binding: bool | None
    target: str
    actual: str
    gap: str
    unit: str
    status: str
    verdict: str
    grade: str
    grade_words: str
    parts: list[str]
    changes: list[str]
    href: str


def _grouped_with_sign(text: str) -> str:
    """A difference grouped by thousands like the numbers beside it; nothing stays nothing."""
    return f"+{grouped(text[1:])}" if text.startswith("+") else grouped(text or None)


def _brief_row(asked: Asked, row: Standing, errors: int) -> BriefRow:
    indicator, shown = asked.plan.indicator(row.indicator), said.shown(asked.plan, row)
    gap = None if row.value is None or row.limit is None else row.value - row.limit
    grade = row.confidence.grade
    query = {"scope": "city", "indicator": row.indicator, "period": str(asked.year)}
    return BriefRow(
        name=local(indicator),
        binding=indicator.binding,
        target=grouped(shown.text(row.limit)),
        actual=grouped(shown.text(row.value)),
        gap=_grouped_with_sign(shown.signed(gap)),
        unit=_unit(asked.plan, row),
        status=row.status,
        verdict=_in_language(said.verdict_words(row.status, binding=indicator.binding)),
        grade=grade,
        grade_words=_in_language(said.GRADES[grade]),
        parts=[_in_language(words) for words in said.parts_of(row, errors)],
        changes=[_in_language(words) for words in said.changes(asked.plan, row)],
        href=f"{reverse('source')}?{urlencode(query)}",
    )


def _unit(plan: Plan, row: Standing) -> str:
    """The printed unit; the one that is meant where the plan prints a wrong one."""
    indicator = plan.indicator(row.indicator)
    printed = indicator.target or indicator.base
    wrong = printed is not None and printed.literal_scale != printed.scale
    if wrong or (not is_chinese() and indicator.scale == 1):
        return unit(indicator.unit)
    return indicator.printed_unit


def _table(asked: Asked) -> Table:
    names = {code: _in_language(said.NAMES[code]) for code in ("plan", *WAYS)}
    columns = [
        Column("name", _("Indicator"), sortable=False),
        Column("kind", _("Kind"), sortable=False),
        Column("unit", _("Unit"), sortable=False),
        Column("limit", _("Target") if asked.final else _("Path"), number=True, sortable=False),
    ]
    for code, title in names.items():
        columns += [
            Column(f"{code}-value", _("Value"), number=True, sortable=False, group=title),
            Column(f"{code}-verdict", _("Verdict"), sortable=False, group=title),
        ]
    return Table(
        caption=_("%(plan)s %(year)s: verdicts by other methods")
        % {"plan": local(asked.plan), "year": asked.year},
        columns=columns,
        rows=[_row(asked, row) for row in asked.rows or ()],
        name=f"plan-sensitivity-{asked.plan.id}-{asked.year}",
        notes=[_note()],
    )


def _note() -> str:
    return _("The same consumption: differences between the electricity factors come from the factor alone. "
             "Only the plan's method gives a verdict for the assessment.")  # fmt: skip


def _row(asked: Asked, row: Standing) -> Row:
    indicator, shown = asked.plan.indicator(row.indicator), said.shown(asked.plan, row)
    kinds = {True: _("Binding"), False: _("Expected"), None: _("Not said")}
    cells = [
        Cell(local(indicator), row.indicator, heading=True),
        Cell(kinds[indicator.binding], str(indicator.binding)),
        Cell(_unit(asked.plan, row), indicator.unit),
        Cell(grouped(shown.text(row.limit)), row.limit, number=True),
    ]
    own = Trial(code="plan", value=row.value, status=row.status, sources=(row.receipt,))
    for trial in (own, *(row.trial(code) for code in WAYS)):
        assert trial is not None
        verdict = _in_language(said.verdict_words(trial.status, binding=indicator.binding))
        turned = trial.status != row.status and "no_data" not in (trial.status, row.status)
        receipt = trial.sources[0] if trial.sources and trial.code not in (FILLED, WAITING) else ""
        cells += [
            Cell(
                grouped(shown.text(trial.value)) if trial.value is not None else "—",
                trial.value,
                href=reverse("receipt", args=[receipt]) if receipt and trial.value is not None else "",
                number=True,
                missing=trial.value is None,
            ),
            Cell(f"▲ {verdict}" if turned else verdict, trial.status),
        ]
    return Row(tuple(cells))
