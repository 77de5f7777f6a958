"""发布 What is let out: proposals with what they withhold and why, and the buttons of who decides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.disclosure.document import CHOICES
from jieyue.apps.disclosure.queries import ReleaseRow, every_release
from jieyue.apps.disclosure.scope import PUBLISH, may_disclose
from jieyue.apps.disclosure.services import decide_release
from jieyue.apps.disclosure.services.propose_release import propose_release, propose_without
from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.errors import DomainError
from jieyue.web.access import access_of, needs
from jieyue.web.page import page
from jieyue.web.release_report import in_the_way, left_out_words, withheld_table
from jieyue.web.selection import available
from jieyue.web.words import indicator_name, local

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
    """Let a proposal out, drop it, or propose it again without the tables that stand in the way."""
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "release": (decide_release.let_out, _("The data are public now.")),
        "drop": (decide_release.drop, _("The proposal was dropped.")),
        "without": (_in_its_place, _("The worker computes it without these tables; it then stands here.")),
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


def _in_its_place(user: Any, number: int) -> None:
    """Both or neither: where two ask at once, the second cannot drop it any more and proposes nothing."""
    with transaction.atomic():
        propose_without(user, number)
        decide_release.drop(user, number)


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
        "left_out": left_out_words(row.content),
        "own": row.proposed_by == person,
        "cells": max(len(names) - 1, 0),
        "withheld": len(row.withheld),
        "exposed": bool(row.exposed),
        "barrier": in_the_way(row, names) if row.exposed else None,
        "table": withheld_table(row, names) if row.withheld else None,
    }
