"""Review: what the rules say of the returns that the person sees, with the numbers, and what was answered."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.review.drawn_over import version_of
from jieyue.apps.review.queries import (
    STATES,
    FindingRow,
    a_year_ago,
    counts_by_rule,
    last_run,
    periods_reviewed,
    rule_of_finding,
    rule_rows,
    shown,
)
from jieyue.apps.review.releases import set_of
from jieyue.apps.review.requests import progress_of
from jieyue.apps.review.scope import findings_for, get_finding, may_act, may_pass_all
from jieyue.apps.review.services.ask_check import ask_check
from jieyue.apps.review.services.explain import decide, explain
from jieyue.catalog.ruleset import RuleRow
from jieyue.domain.period import Period, PeriodError
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import grouped, is_chinese, judged_by, judged_value, local, period_name, unit

PAGE = 50
REVIEWS = "pass"
ENTERS = "enter"


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The findings of a period: how many of each rule, and each with its numbers."""
    access = access_of(request)
    periods = periods_reviewed(_form())
    period = _period(request, periods)
    state, rule = request.GET.get("state", "open"), request.GET.get("rule", "")
    rules = rule_rows(period)
    if state not in STATES or (rule and rule not in rules):
        raise Http404
    rows = findings_for(access).filter(form=_form(), period=period, state=state)
    counts = counts_by_rule(rows)
    total = counts.get(rule, 0) if rule else sum(counts.values())
    table = _table(request, rows.filter(rule=rule) if rule else rows, total)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    run = last_run(_form(), period)
    may_check = may_pass_all(access)
    context = {
        "table": table,
        "period": period,
        "period_name": period_name(period),
        "periods": [(one, period_name(one)) for one in periods],
        "states": [(one, state_words(one)) for one in STATES],
        "state": state,
        "rule": rule,
        "rules": [
            _counted(rules, code, counts[code], period, state) for code in sorted(counts, key=_first(rules))
        ],
        "total": sum(counts.values()),
        "run": run,
        "rules_name": local(made_by) if run and (made_by := set_of(run.ruleset_digest)) else "",
        "may_check": may_check,
        "progress": progress_of(_form(), period) if may_check else None,
    }
    return page(request, "review", context, section="review")


def _form() -> str:
    return home_plan().method.account_form


def _period(request: HttpRequest, reviewed: list[str]) -> str:
    """The period asked for, else the newest that was reviewed, else the month being collected."""
    text = (
        request.GET.get("period")
        or request.POST.get("period")
        or (reviewed[0] if reviewed else collecting_month())
    )
    try:
        period = Period.parse(text)
    except PeriodError as error:
        raise Http404 from error
    today = settings.JIEYUE_HOME.today()
    if (
        period.kind_letter not in home_catalog().forms[_form()].periods
        or not 2000 < period.year <= today.year
    ):
        raise Http404
    return text


def _first(rules: Mapping[str, RuleRow]) -> Any:
    """Errors before warnings, then by code."""
    return lambda code: (code not in rules or rules[code].severity != "error", code)


def _counted(rules: Mapping[str, RuleRow], code: str, number: int, period: str, state: str) -> dict[str, Any]:
    row = rules.get(code)
    return {
        "code": code,
        "name": local(row) if row else code,
        "severity": row.severity if row else "warning",
        "count": number,
        "href": f"{reverse('review')}?period={period}&state={state}&rule={code}",
    }


def _table(request: HttpRequest, rows: QuerySet, total: int) -> Table:
    every = "export" in request.GET
    start = 0 if every else (page_number(request) - 1) * PAGE
    access = access_of(request)
    found = shown(rows[start : total if every else start + PAGE], access.own, reads=access.reads)
    return Table(
        caption=_("Findings"),
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("rule", _("What is asked"), sortable=False),
            Column("item", _("Item"), sortable=False),
            Column("value", _("Reported"), number=True, sortable=False),
            Column("numbers", _("Judged by"), sortable=False),
            Column("state", _("State"), sortable=False),
        ],
        rows=[_row(row) for row in found],
        name="review",
        count=total,
        page_size=total or 1 if every else PAGE,
        empty=_("Nothing was found here."),
    )


def _row(row: FindingRow) -> Row:
    bad = row.severity == "error"
    tag = "▲ " + _("Error") if bad else "◆ " + _("Warning")
    return Row(
        (
            Cell(row.name, row.name, href=reverse("review-finding", args=[row.id]), heading=True),
            Cell(row.code, row.code),
            Cell(rule_name(row), row.rule, tag=tag, tag_class="status-off" if bad else "status-care"),
            Cell(item_name(row), row.item),
            Cell("—", None, missing=True, number=True)
            if row.value is None
            else Cell(f"{grouped(row.value)} {unit(row.unit)}".rstrip(), Decimal(row.value), number=True),
            Cell(judged_by(row.numbers), judged_by(row.numbers)),
            Cell(state_words(row.state), row.state),
        )
    )


def rule_name(row: FindingRow) -> str:
    """The rule's sentence in the page's language."""
    return row.rule_zh if is_chinese() else row.rule_en


def item_name(row: FindingRow) -> str:
    """The item's name in the page's language."""
    return row.item_zh if is_chinese() else row.item_en


def state_words(state: str) -> str:
    """A finding's state in words."""
    return {
        "open": _("open"),
        "explained": _("explained"),
        "accepted": _("explanation accepted"),
        "gone": _("no longer found"),
    }[state]


@needs(VIEW)
def finding(request: HttpRequest, number: int) -> HttpResponse:
    """One finding: the rule and where it comes from, the numbers, the explanation, and what may be done."""
    return _finding(request, number)


def _finding(
    request: HttpRequest, number: int, *, wrong: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    access = access_of(request)
    row = get_finding(access, number)
    if row is None:
        raise Http404
    (said,) = shown([row], access.own, reads=access.reads)
    rule = rule_of_finding(row)
    context = {
        "finding": said,
        "rule_name": rule_name(said),
        "item_name": item_name(said),
        "unit": unit(said.unit) if said.unit else "",
        "mend": said.mend_zh if is_chinese() else said.mend_en,
        "period_name": period_name(row.period),
        "numbers": [
            {
                "name": one.name_zh if is_chinese() else one.name_en,
                "value": judged_value(one),
                "unit": unit(one.unit) if one.unit else "",
            }
            for one in said.numbers
        ],
        "rule": rule,
        "official": official_words(rule.official) if rule else "",
        "state": state_words(row.state),
        "row": row,
        "persons": who([row.explained_by, row.decided_by]),
        "may_explain": row.severity != "error"
        and row.state in ("open", "explained")
        and may_act(access, row, ENTERS),
        "may_decide": row.state == "explained"
        and row.explained_by != access.user.get_username()
        and may_act(access, row, REVIEWS),
        "earlier": _earlier(row),
        "version": version_of(row.explanation),
        "wrong": wrong,
        "typed": typed,
    }
    return page(request, "review_finding", context, section="review", status=status)


def _earlier(row: Any) -> dict[str, Any] | None:
    """Last year's finding of the same kind, with what was answered."""
    found = a_year_ago(row)
    return (
        None
        if found is None
        else {"row": found, "period": period_name(found.period), "state": state_words(found.state)}
    )


def official_words(official: str) -> str:
    """How official a rule is, in words."""
    return {
        "yes": _("official"),
        "partly": _("partly official"),
        "inferred": _("inferred from the form"),
        "no": _("this product's default, not official"),
    }[official]


@needs(VIEW, post=True)
@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Write the explanation of a finding."""
    _allowed(request, number, ENTERS)
    actor = access_of(request).user.get_username()
    try:
        text = request.POST.get("text", "")
        row = explain(number, text, actor=actor, over=request.POST.get("over", ""))
    except RefusedError as error:
        return _refused(request, number, error)
    if version_of(row.explanation) == version_of(text):
        messages.success(request, _("The explanation was kept."))
    else:
        messages.info(request, _("You changed nothing, so the explanation that stands here since holds."))
    return redirect("review-finding", number)


@needs(VIEW, post=True)
@require_POST
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Accept an explanation, or send it back."""
    _allowed(request, number, REVIEWS)
    said = request.POST.get("decision", "")
    if said not in ("accept", "back"):
        raise Http404
    actor = access_of(request).user.get_username()
    try:
        decide(number, accept=said == "accept", actor=actor, reason=request.POST.get("reason", ""))
    except RefusedError as error:
        return _refused(request, number, error)
    messages.success(
        request, _("The explanation was accepted.") if said == "accept" else _("It was sent back.")
    )
    return redirect("review-finding", number)


def _allowed(request: HttpRequest, number: int, verb: str) -> None:
    """Not there and not the person's look the same; seen but not to be touched is forbidden."""
    access = access_of(request)
    row = get_finding(access, number)
    if row is None:
        raise Http404
    if not may_act(access, row, verb):
        raise PermissionDenied


def _refused(request: HttpRequest, number: int, error: RefusedError) -> HttpResponse:
    if error.code == "finding_state":
        return errors.conflict(request, error)
    status = 409 if error.code == "explanation_moved" else 422
    typed = request.POST.get("text", "").strip()
    return _finding(request, number, wrong=local(error, "message"), typed=typed, status=status)


@needs(REVIEWS, post=True)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a pass of the rules over the returns of a period; for who reviews the whole authority."""
    access = access_of(request)
    if not may_pass_all(access):
        raise PermissionDenied
    period = Period.parse(_period(request, []))
    if period.last_day >= settings.JIEYUE_HOME.today():
        raise Http404
    ask_check(_form(), period, actor=access.user.get_username())
    return redirect(f"{reverse('review')}?period={period}")


@needs(REVIEWS)
def state_of_pass(request: HttpRequest) -> HttpResponse:
    """How far the pass is that was asked for; when it has ended, the browser reads the page anew."""
    if not may_pass_all(access_of(request)):
        raise PermissionDenied
    period = _period(request, [])
    progress = progress_of(_form(), period)
    answer = render(request, "parts/review_pass.html", {"period": period, "progress": progress})
    if progress is None or not progress.open:
        answer["HX-Refresh"] = "true"
    return answer
