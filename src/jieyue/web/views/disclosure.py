"""发布 What is let out: proposals with what they withhold and why, and the buttons of who decides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.disclosure.document import CHOICES
from jieyue.apps.disclosure.queries import ReleaseRow, every_release
from jieyue.apps.disclosure.scope import PUBLISH, may_disclose
from jieyue.apps.disclosure.services import decide_release
from jieyue.apps.disclosure.services.propose_release import propose_release
from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.errors import DomainError
from jieyue.domain.suppression import COMPLEMENTARY, DOMINATED, FEW, SENSITIVE
from jieyue.web.access import access_of, needs
from jieyue.web.page import page
from jieyue.web.selection import available
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import grouped, indicator_name, local

#: Years that the form offers.
YEARS = 6


@needs(PUBLISH, post=True)
def listing(request: HttpRequest) -> HttpResponse:
    """What waits, what is out; the form proposes the release of a year."""
    access = access_of(request)
    if not may_disclose(access):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request)
    chosen, note = request.POST.getlist("indicator"), request.POST.get("note", "")
    try:
        propose_release(access.user, request.POST.get("period", ""), chosen, note=note)
    except DomainError as error:
        return _page(request, wrong=local(error, "message"), status=422)
    messages.success(
        request, _("The worker computes the release and what must be withheld; it then stands here.")
    )
    return redirect("disclosure")


@needs(PUBLISH, post=True)
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Let a proposal out, or drop it."""
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "release": (decide_release.let_out, _("The data are public now.")),
        "drop": (decide_release.drop, _("The proposal was dropped.")),
    }
    chosen = verbs.get(request.POST.get("verb", ""))
    if chosen is None or not may_disclose(access_of(request)):
        raise Http404
    try:
        chosen[0](access_of(request).user, number)
    except RefusedError as error:
        return _page(request, wrong=local(error, "message"), status=422)
    messages.success(request, chosen[1])
    return redirect("disclosure")


def _page(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    access = access_of(request)
    rows = every_release(access)
    waiting = [row for row in rows if row.state in ("computing", "ready", "failed")]
    periods = sorted({text for text in available(access.known.sequence) if text.isdigit()}, reverse=True)
    context = {
        "persons": who([name for row in rows for name in (row.proposed_by, row.decided_by)]),
        "waiting": [_shown(row, access.user.get_username()) for row in waiting],
        "busy": any(row.state == "computing" for row in waiting),
        "released": [row for row in rows if row.state == "released"],
        "periods": periods[:YEARS],
        "choices": [(code, indicator_name(code)) for code in CHOICES],
        "typed": request.POST if request.method == "POST" else {},
        "wrong": wrong,
    }
    return page(request, "disclosure", context, section="disclosure", status=status)


def _shown(row: ReleaseRow, person: str) -> dict[str, Any]:
    names = {cell["scope"]: cell for cell in row.content.get("cells", [])}
    return {
        "row": row,
        "indicators": [indicator_name(code) for code in row.indicators],
        "own": row.proposed_by == person,
        "cells": max(len(names) - 1, 0),
        "withheld": len(row.withheld),
        "exposed": [_words(key, names) for key in row.exposed],
        "table": _report(row, names) if row.withheld else None,
    }


def _words(key: str, names: Any) -> str:
    """A cell in words; a piece that two boundary sets share is named by both."""
    parts = [part.partition("@")[0] for part in key.split("∩") if part]
    return " ∩ ".join(local_name(names[part]) if part in names else part for part in dict.fromkeys(parts))


def local_name(cell: Any) -> str:
    """The name of a cell of a document in the reader's language."""
    from jieyue.web.words import is_chinese

    return str(cell["name_zh"] if is_chinese() else cell["name_en"])


def _report(row: ReleaseRow, names: Any) -> Table:
    """What is withheld, why, and what can still be worked out of each."""
    why = {
        FEW: _("few institutions"),
        DOMINATED: _("one institution outweighs the rest"),
        SENSITIVE: _("a sensitive institution would be singled out"),
        COMPLEMENTARY: _("so that another cannot be worked out"),
    }
    reasons = row.kept.get("withheld", {})
    lines = []
    for one in row.kept.get("bounds", []):
        if one["key"] not in names:
            continue
        high = _("no limit") if one["high"] is None else grouped(f"{one['high']:.0f}")
        lines.append(
            Row(
                (
                    Cell(local_name(names[one["key"]]), one["key"], heading=True),
                    Cell(why.get(reasons.get(one["key"], ""), "—")),
                    Cell(indicator_name(one["indicator"])),
                    Cell(grouped(f"{one['low']:.0f}"), one["low"], number=True),
                    Cell(high, one["high"], number=True),
                )
            )
        )
    return Table(
        caption=_("What is withheld"),
        columns=[
            Column("cell", _("Cell"), sortable=False),
            Column("why", _("Why"), sortable=False),
            Column("indicator", _("Indicator"), sortable=False),
            Column("low", _("At least"), number=True, sortable=False),
            Column("high", _("At most"), number=True, sortable=False),
        ],
        rows=lines,
        name=f"withheld-{row.number}",
        page_size=len(lines) or 1,
        empty=_("Nothing is withheld."),
    )
