"""Key energy-using units 重点用能单位: the list, who would be one by the rule, and naming one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.holdings.key_units import DESIGNATE, Candidate, candidates, units_for
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.holdings.services.designate import Naming, designate, end_designation
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.apps.registry.queries import labels_of, number_of
from jieyue.catalog.digest import plain
from jieyue.catalog.holdings import KeyUnitRule
from jieyue.catalog.strict import CatalogError
from jieyue.domain.tree import OPEN_END
from jieyue.web import holding_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.numbers import figure_cell
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import grouped, local, unit


@needs(VIEW, post=True)
def listing(request: HttpRequest) -> HttpResponse:
    """Who is one today, or ever was; the rule; who keeps the registry names one or ends it."""
    refused = ""
    if request.method == "POST":
        if not access_of(request).may(DESIGNATE):
            raise PermissionDenied
        try:
            _act(request)
        except RefusedError as error:
            refused = local(error, "message")
        else:
            messages.success(request, _("It is on record."))
            return redirect("key-units")
    today, viewer = settings.JIEYUE_HOME.today(), words.viewer_of(request)
    every = request.GET.get("show") == "all"
    table = _table(list(units_for(viewer, None if every else today)))
    if "export" in request.GET and "candidates" not in request.GET:
        return table.bind(request).export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    try:
        rules, broken = home_holdings().rules(today), ""
    except CatalogError as error:
        rules, broken = [], words.refused(error)
    year = today.year - 1
    above = _above(request, rules, year)
    if "export" in request.GET:
        if above is None:
            raise Http404
        return above.bind(request).export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "table": table.bind(request),
        "rules": [_rule(rule) for rule in rules],
        "is_set": any(rule.threshold is not None for rule in rules),
        "candidates": above.bind(request) if above is not None else None,
        "year": year,
        "every": every,
        "may": access_of(request).may(DESIGNATE),
        "said": request.POST if refused else {"day": today.isoformat()},
        "wrong": refused,
        "broken": broken,
    }
    return page(request, "key_units", context, section="key-units", status=422 if refused or broken else 200)


def _act(request: HttpRequest) -> None:
    code = request.POST.get("institution", "").strip()
    number = number_of(code) if code else None
    if number is None or not access_of(request).sees_institution(number):
        raise wrong(
            "unknown_institution",
            f"没有代码为 {code} 的机构",
            f"there is no institution with the code {code}",
        )
    try:
        day = date.fromisoformat(request.POST.get("day", "").strip())
    except ValueError:
        raise wrong("key_unit_day", "请填日期，如 2026-11-05", "say the day, as 2026-11-05") from None
    actor, by = request.user.get_username(), access_of(request).user
    said = {name: request.POST.get(name, "") for name in ("document", "supervisor", "reason")}
    if request.POST.get("act") == "end":
        end_designation(number, day, actor=actor, reason=said["reason"], by=by)
    else:
        designate(Naming(number, day, said["document"], said["supervisor"]), actor=actor, by=by)


def _rule(rule: KeyUnitRule) -> Mapping[str, Any]:
    said = None if rule.threshold is None else f"≥ {grouped(plain(rule.threshold))} {unit(rule.unit)}"
    return {
        "name": local(rule),
        "said": said,
        "source": rule.document or rule.source,
        "verified": rule.verified,
    }


def _table(rows: list[Any]) -> Table:
    labels = labels_of({row.institution for row in rows})
    return Table(
        caption=_("Key energy-using units"),
        columns=[
            Column("institution", _("Institution")),
            Column("code", _("Code")),
            Column("document", _("Document")),
            Column("supervisor", _("Supervising body")),
            Column("from", _("Supervised since")),
            Column("to", _("To")),
        ],
        rows=[_row(row, *labels.get(row.institution, ("", "—"))) for row in rows],
        name="key-units",
        empty=_("No key unit is on record here."),
    )


def _row(row: Any, code: str, name: str) -> Row:
    end = "" if row.valid_to == OPEN_END else row.valid_to.isoformat()
    return Row(
        (
            Cell(name, name, href=reverse("institution-holdings", args=[code]) if code else "", heading=True),
            Cell(code, code),
            Cell(row.document, row.document),
            Cell(row.supervisor, row.supervisor),
            Cell(row.valid_from.isoformat(), row.valid_from),
            Cell(end or "—", end),
        )
    )


def _above(request: HttpRequest, rules: list[KeyUnitRule], year: int) -> Table | None:
    """Who reaches a threshold by last year's published figures; worked out when it is asked for."""
    if "candidates" not in request.GET:
        return None
    today, viewer = settings.JIEYUE_HOME.today(), words.viewer_of(request)
    found = [(rule, one) for rule in rules for one in candidates(viewer, rule, year, today)]
    labels = labels_of({one.institution for _rule_of, one in found})
    return Table(
        caption=_("Candidates by the figures of %(year)s") % {"year": year},
        columns=[
            Column("institution", _("Institution")),
            Column("code", _("Code")),
            Column("rule", _("Indicator")),
            Column("figure", _("Value"), number=True),
            Column("unit", _("Unit")),
            Column("is", _("Key unit already")),
        ],
        rows=[_candidate(rule, one, *labels.get(one.institution, ("", "—"))) for rule, one in found],
        name="key-unit-candidates",
        empty=_("No institution reaches the threshold."),
    )


def _candidate(rule: KeyUnitRule, one: Candidate, code: str, name: str) -> Row:
    return Row(
        (
            Cell(name, name, href=reverse("institution", args=[code]) if code else "", heading=True),
            Cell(code, code),
            Cell(local(rule), rule.code),
            figure_cell(one.figure),
            Cell(unit(one.figure.unit)),
            Cell(_("Yes") if one.designated else _("No"), one.designated),
        )
    )
