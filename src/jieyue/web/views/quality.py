"""Data quality 数据质量: who is complete, where values come from, what the rules found, how late returns came."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.insights.overview_periods import CITY
from jieyue.apps.insights.quality import Quality, RuleCount, Work, quality_of, work_of
from jieyue.apps.obligations.board import line_of
from jieyue.apps.obligations.progress import LATENESS
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.kept import drawn_once, key_of
from jieyue.web.overview_cards import Card, Frame, column, share_cell, trust_card
from jieyue.web.page import page
from jieyue.web.ready import newer_than, select_ready
from jieyue.web.selection import Selection, closed_month, collecting_month
from jieyue.web.table import Cell, Column, Row
from jieyue.web.views.data import children, table_notes
from jieyue.web.views.worklist import account_form
from jieyue.web.words import is_chinese, local, period_name


@needs(VIEW)
def quality(request: HttpRequest) -> HttpResponse:
    """The quality of a body's data for a month; `chart` and `export` give one table as a file."""
    access = access_of(request)
    if not access.tops and not access.whole:
        if "scope" in request.GET:
            raise Http404  # not his and not there look the same
        return redirect("registry")
    selection = select_ready(request, usual=_usual, trees=("line",))
    selection = replace(selection, periods=_months_only(selection))
    month, sequence = Period.parse(selection.period), selection.sequence
    line = line_of(month, sequence)
    top = line.root if selection.scope == CITY else line.by_code.get(selection.scope.removeprefix("line:"))
    if month.kind_letter != "M" or top is None or not selection.scope.startswith(("line:", CITY)):
        raise Http404
    below = children(selection, "line")
    names = {node.scope: local(node) for node in below} | {selection.scope: _("In all")}
    choice = selection.more | ({} if selection.scope == CITY else {"boundaries": month.last_day.isoformat()})
    frame = Frame(selection.scope_name, choice, table_notes(selection), names)
    work = work_of(top, line, month, sequence=sequence, access=access)
    cards = _addressed([lateness_card(work, frame, selection), rules_card(work, frame)], selection, request)
    if "export" in request.GET and request.GET.get("chart") in {card.code for card in cards}:
        return _export(request, cards)
    around = {
        "title": selection.scope_name,
        "compute": f"?{selection.query}&compute=1",
        "newer": newer_than(request, selection),
        "work": cards,
    }
    draw = partial(_drawn, request, selection, [node.scope for node in below], frame, around)
    key = key_of(request, sequence)
    return drawn_once(request, "quality", key, draw, around, section="quality", selection=selection)


def _usual(days: tuple[str, ...]) -> str:
    """The last closed month, else the one being collected."""
    return closed_month(days) or collecting_month()


def _drawn(
    request: HttpRequest,
    selection: Selection,
    below: Sequence[str],
    frame: Frame,
    around: Mapping[str, Any],
) -> dict[str, Any] | HttpResponse:
    """The cards of figures; or one of them as a file, or that they are being computed."""
    compute = "compute" in request.GET or "export" in request.GET
    month, sequence = Period.parse(selection.period), selection.sequence
    try:
        found = quality_of(selection.scope, below, month, sequence=sequence, compute=compute)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    if found is None:
        waiting = {**around, "waiting": True}
        return page(request, "quality", waiting, section="quality", selection=selection)
    cards = [matrix_card(found, frame, selection), trust_card(found.trust, frame)]
    _addressed(cards, selection, request)
    return _export(request, cards) if "export" in request.GET else {"cards": cards}


def _addressed(cards: list[Card], selection: Selection, request: HttpRequest) -> list[Card]:
    """The cards, their tables with the addresses of their files."""
    said = {"scope": selection.scope, "period": selection.period, **selection.more}
    for card in cards:
        card.table.path = request.path
        card.table.query = {**said, "chart": card.code}
    return cards


def _export(request: HttpRequest, cards: Sequence[Card]) -> HttpResponse:
    wanted = next((card for card in cards if card.code == request.GET.get("chart")), None)
    if wanted is None:
        raise Http404
    return wanted.table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)


def _months_only(selection: Selection) -> tuple[Any, ...]:
    """Quality is told by month: the picker offers months."""
    months = [
        replace(group, choices=tuple(pair for pair in group.choices if len(pair[0]) == len("2026-01")))
        for group in selection.periods
    ]
    return tuple(group for group in months if group.choices)


def matrix_card(found: Quality, frame: Frame, selection: Selection) -> Card:
    """Completeness by body and month: the numbers stand in the cells; what is too little for final is in italic."""
    title = _matrix_title(found)
    columns = [column("body", _("Collecting body"), number=False)]
    for month in found.months:
        name = f"{month.first_month}月" if is_chinese() else f"{month.first_month:02d}"
        columns.append(Column(str(month), name, number=True, sortable=False, group=str(month.year)))
    rows = [
        Row(
            (
                Cell(frame.names[scope], scope, href=_address(scope, selection), heading=True),
                *(
                    _marked(share_cell(row, frame), row.exact is not None and row.exact < found.least)
                    for row in each
                ),
            ),
            total=scope == selection.scope,
        )
        for scope, each in found.matrix.items()
        if scope == selection.scope or any(row.exact is not None for row in each)
    ]
    return Card(
        "matrix",
        title,
        _(
            "approved returns ÷ returns due; italic: below what makes figures final; who owes nothing is not listed"
        ),
        frame.table(title, columns, rows, "quality-completeness"),
        open=True,
    )


def _matrix_title(found: Quality) -> str:
    if not found.due:
        return _("Nothing is due below in %(period)s") % {"period": period_name(str(found.month))}
    if not found.short:
        return _("%(period)s: all %(due)s bodies below are complete enough for final figures") % {
            "period": period_name(str(found.month)),
            "due": len(found.due),
        }
    return _("%(period)s: %(short)s of %(due)s bodies below are not complete enough for final figures") % {
        "period": period_name(str(found.month)),
        "short": len(found.short),
        "due": len(found.due),
    }


def _marked(cell: Cell, low: bool) -> Cell:
    return replace(cell, provisional=low) if low else cell


def _address(scope: str, selection: Selection) -> str:
    return f"{reverse('quality')}?{urlencode({'scope': scope, 'period': selection.period, **selection.more})}"


def lateness_card(found: Work, frame: Frame, selection: Selection) -> Card:
    """When the returns of the month were handed in first."""
    names = lateness_names()
    due = sum(found.lateness.values())
    late = sum(count for name, count in found.lateness.items() if name.startswith("late"))
    title = (
        _("Of %(due)s returns due %(late)s came late, %(none)s not at all so far")
        % {"due": f"{due:,}", "late": f"{late:,}", "none": f"{found.lateness['none']:,}"}
        if due
        else _("No return of this month is due here.")
    )
    board = f"{reverse('board')}?{urlencode({'form': account_form(), 'period': selection.period})}"
    rows = [
        Row(
            (
                Cell(names[name], name, heading=True),
                Cell(f"{found.lateness[name]:,}", found.lateness[name], number=True),
                _part(found.lateness[name], due),
            )
        )
        for name in LATENESS
    ]
    return Card(
        "lateness",
        title,
        _("by the first time that it was handed in, counted from the deadline"),
        frame.table(
            title,
            [
                column("when", _("Handed in"), number=False),
                column("count", _("Returns")),
                column("share", _("share"), "%"),
            ],
            rows,
            "quality-lateness",
        ),
        more=((_("Who is late, by name"), board),),
        open=True,
    )


def _part(count: int, whole: int) -> Cell:
    if not whole:
        return Cell("—", None, missing=True, number=True)
    share = round(count * 100 / whole, 1)
    return Cell(f"{share:.1f}", share, meter=int(share), number=True)


def lateness_names() -> dict[str, str]:
    """When a return was handed in, in words."""
    days = _("%(from)s to %(to)s days late")
    return {
        "on_time": _("in time"),
        "late_3": days % {"from": 1, "to": 3},
        "late_7": days % {"from": 4, "to": 7},
        "late_15": days % {"from": 8, "to": 15},
        "late_more": _("more than %(n)s days late") % {"n": 15},
        "none": _("nothing handed in"),
    }


def rules_card(found: Work, frame: Frame) -> Card:
    """What the rules found of the month, and what became of it."""
    waiting = sum(rule.states.get("open", 0) for rule in found.rules)
    total = sum(rule.total for rule in found.rules)
    title = ngettext("%(total)s finding, %(open)s open", "%(total)s findings, %(open)s open", total) % {
        "total": f"{total:,}",
        "open": f"{waiting:,}",
    }
    states = ("open", "explained", "accepted", "gone")
    titles = (_("open"), _("explained"), _("explanation accepted"), _("no longer found"))
    return Card(
        "rules",
        title,
        _("by rule; explained and accepted ones ask nothing more"),
        frame.table(
            title,
            [
                column("rule", _("Rule"), number=False),
                column("code", _("Rule code"), number=False),
                *(column(state, name) for state, name in zip(states, titles, strict=True)),
            ],
            [_rule_row(rule, states, found.month) for rule in found.rules],
            "quality-rules",
        ),
        open=True,
    )


def _rule_row(rule: RuleCount, states: Sequence[str], month: Period) -> Row:
    query = {"form": account_form(), "period": str(month), "rule": rule.code}
    name = rule.code if rule.row is None else local(rule.row)
    counts = [rule.states.get(state, 0) for state in states]
    return Row(
        (
            Cell(name, name, href=f"{reverse('review')}?{urlencode(query)}", heading=True),
            Cell(rule.code, rule.code),
            *(Cell(f"{number:,}", number, number=True) for number in counts),
        )
    )
