"""The review rules in force, proposals to change them and what each would find; one proposes, another releases."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.review.queries import ReleaseRow, releases
from jieyue.apps.review.releases import Held, differing, held_on
from jieyue.apps.review.rules import rulesets
from jieyue.apps.review.scope import may_manage_rules
from jieyue.apps.review.services import release_rules
from jieyue.apps.review.words import limits_in_words
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.ruleset import RuleRow
from jieyue.catalog.strict import CatalogError
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.review import official_words
from jieyue.web.words import day, is_chinese, local

MANAGES = "manage_schemes"


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The rules that hold today, with limits and sources; proposals with their trials; what was released before."""
    return _page(request)


def _page(request: HttpRequest, *, notice: str = "", status: int = 200) -> HttpResponse:
    held = held_on(settings.JIEYUE_HOME.today())
    table = _rules(held)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    access = access_of(request)
    every, manages = releases(), may_manage_rules(access)
    name = access.user.get_username()
    context = {
        "held": held,
        "held_name": local(held.rules),
        "prices": len(held.prices),
        "table": table,
        "manages": manages,
        "rulesets": rulesets() if manages else [],
        "differing": differing() if manages else [],
        "waiting": [_shown(row, name, held) for row in every if row.state == "proposed"] if manages else [],
        "decided": _decided([row for row in every if row.state != "proposed"]),
        "persons": who([name for row in every for name in (row.proposed_by, row.decided_by)]),
        "notice": notice,
        "typed": request.POST if request.method == "POST" else {},
    }
    return page(request, "rules", context, section="rules", status=status)


def _rules(held: Held) -> Table:
    return Table(
        caption=_("Review rules in force"),
        columns=[
            Column("code", _("Rule"), sortable=False),
            Column("form", _("Form"), sortable=False),
            Column("severity", _("Severity"), sortable=False),
            Column("what", _("What is asked"), sortable=False),
            Column("limits", _("Limits"), sortable=False),
            Column("official", _("Official"), sortable=False),
            Column("source", _("Source"), sortable=False),
        ],
        rows=[_rule(row) for row in held.rules.rows],
        name="rules",
        empty=_("There are no rules."),
    )


def _rule(row: RuleRow) -> Row:
    bad = row.severity == "error"
    tag = "▲ " + _("Error") if bad else "◆ " + _("Warning")
    limits = limits_in_words(row.params)[0 if is_chinese() else 1]
    return Row(
        (
            Cell(row.code, row.code, heading=True),
            Cell(row.form, row.form),
            Cell("", row.severity, tag=tag, tag_class="status-off" if bad else "status-care"),
            Cell(row.name_zh if is_chinese() else row.name_en, row.name_zh),
            Cell(limits or "—", limits),
            Cell(official_words(row.official), row.official),
            Cell(row.source, row.source),
        )
    )


def _shown(row: ReleaseRow, person: str, held: Held) -> dict[str, Any]:
    """A proposal with its trial: how many flags by rule, those that differ first."""
    trial = row.trial or {}
    counts: Mapping[str, Mapping[str, int]] = trial.get("by_rule", {})
    names = {one.code: local(one) for one in held.rules.rows}
    rules = [
        {
            "code": code,
            "name": names.get(code, ""),
            "new": two["new"],
            "old": two["old"],
            "more": two["new"] - two["old"],
        }
        for code, two in sorted(
            counts.items(), key=lambda pair: (-abs(pair[1]["new"] - pair[1]["old"]), pair[0])
        )
    ]
    periods = trial.get("periods", [])
    return {
        "row": row,
        "name": row.name_zh if is_chinese() else row.name_en,
        "from": day(row.holds_from),
        "tried": "by_rule" in trial,
        "failed": trial.get("failed_zh" if is_chinese() else "failed_en", ""),
        "periods": f"{periods[0]} … {periods[-1]}" if periods else "",
        "trial": trial,
        "rules": rules,
        "own": row.proposed_by == person,
    }


def _decided(rows: list[ReleaseRow]) -> list[dict[str, Any]]:
    words = {"released": _("released"), "withdrawn": _("withdrawn")}
    return [
        {
            "row": row,
            "name": row.name_zh if is_chinese() else row.name_en,
            "from": day(row.holds_from),
            "state": words[row.state],
        }
        for row in rows
    ]


@needs(MANAGES, post=True)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a set of the home with its price list; the worker tries it."""
    actor = _manager(request)
    try:
        first = date.fromisoformat(request.POST.get("from", ""))
    except ValueError:
        return _page(request, notice=_("Say from which day the rules shall hold."), status=422)
    try:
        release_rules.propose(
            request.POST.get("ruleset", ""), first, actor=actor, reason=request.POST.get("reason", "")
        )
    except RefusedError as error:
        return _page(request, notice=local(error, "message"), status=422)
    except UnknownRuleError as error:
        return _page(request, notice=local(error, "reason"), status=422)
    except CatalogError as error:
        return _page(request, notice=str(error), status=422)
    messages.success(request, _("Proposed. It is being tried on past data; another person then releases it."))
    return redirect("rules")


def _decide(view: Callable[[int, str], object], done: str) -> Callable[..., HttpResponse]:
    @needs(MANAGES, post=True)
    @require_POST
    def inner(request: HttpRequest, number: int) -> HttpResponse:
        actor = _manager(request)
        if number not in {row.id for row in releases()}:
            raise Http404
        try:
            view(number, actor)
        except RefusedError as error:
            status = 409 if error.code == "release_state" else 422
            return _page(request, notice=local(error, "message"), status=status)
        messages.success(request, _(done))
        return redirect("rules")

    return inner


def _manager(request: HttpRequest) -> str:
    access = access_of(request)
    if not may_manage_rules(access):
        raise PermissionDenied
    return str(access.user.get_username())


release = _decide(
    lambda number, actor: release_rules.release(number, actor=actor), "The rules were released."
)
withdraw = _decide(
    lambda number, actor: release_rules.withdraw(number, actor=actor), "The proposal was withdrawn."
)
