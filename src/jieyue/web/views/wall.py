"""The wall display by its link, and the page on which its links are made and taken back."""

import hashlib
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jieyue.apps.accounts.prepared import prepared_sequence
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.identity.queries import who
from jieyue.apps.identity.services.issue_wall import issue_wall
from jieyue.apps.identity.services.revoke_wall import revoke_wall
from jieyue.apps.identity.walls import ON, OVER, Device, wall_of, walls
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_plan
from jieyue.domain.indicators import indicator_codes
from jieyue.web.access import access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.kept import Parts, keep_parts, kept_parts, key_for
from jieyue.web.page import authority_name, page
from jieyue.web.selection import available, default_period, node_scopes, scope_groups, scope_name
from jieyue.web.wall import NoScopeError, alerts_for, wall_for
from jieyue.web.words import indicator_name, local

VERB = "manage_reporters"
SPANS = (30, 90, 180, 366)


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The screen of a link, for whoever holds it: no session is opened and no cookie is set or read.

    A link that is over, taken back or was never made is not found, by a page that sets no cookie either. An unchanged
    screen answers 304.
    """
    device = wall_of(token)
    try:
        answer = _screen(request, device) if device else None
    except NoScopeError:
        answer = None
    if answer is None:
        return render(request, "wall_gone.html", status=HTTPStatus.NOT_FOUND)
    tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
    answer["ETag"] = tag
    answer["Referrer-Policy"] = "no-referrer"  # the address is the key
    return answer


def _screen(request: HttpRequest, device: Device) -> HttpResponse:
    """The screen as of the publication whose figures are ready. What it draws of them is kept; findings are counted."""
    sequence = prepared_sequence() or sequence_of(request)
    key = key_for(sequence, (device.scope, device.indicator))
    parts = kept_parts(key)
    made: Parts = {}
    shown = {} if parts is not None else {"wall": wall_for(device, sequence)}
    around = {
        "authority": authority_name(),
        "synthetic": settings.JIEYUE_HOME.synthetic,
        "alerts": alerts_for(device, sequence),
        "kept": made if parts is None else parts,
    }
    answer = render(request, "wall.html", {**around, **shown})
    keep_parts(key, made)
    return answer


@needs(VERB)
def devices(request: HttpRequest) -> HttpResponse:
    """The links of the screens whose scope one sees, and a form for a new one."""
    return _page(request)


def _page(request: HttpRequest, *, wrong: str = "", made: Any = None, status: int = 200) -> HttpResponse:
    access, sequence = access_of(request), sequence_of(request)
    period = default_period(available(sequence))
    nodes = node_scopes(period, sequence)
    found = [row for row in walls() if access.sees(row.scope)]
    rows = [
        {"row": row, "scope": scope_name(row.scope, nodes), "on": row.state == ON, "over": row.state == OVER,
         "map": indicator_name(row.indicator) if row.indicator else _("in turn")}
        for row in found
    ]  # fmt: skip
    context = {
        "rows": rows,
        "persons": who([row.made_by for row in found]),
        "groups": scope_groups(access, nodes, ("line",)),
        "indicators": [(row.code, local(row)) for row in home_plan().indicators],
        "spans": SPANS,
        "wrong": wrong,
        "said": request.POST,
        "made": made,
    }
    return page(request, "wall_devices", context, section="walls", status=status)


def _issue(request: HttpRequest) -> HttpResponse:
    """A new link; it stands in this answer and never again."""
    scope, days = request.POST.get("scope", ""), request.POST.get("days", "")
    indicator = request.POST.get("indicator", "")
    sequence = sequence_of(request)
    period = default_period(available(sequence))
    kind = scope.partition(":")[0]
    known = indicator_codes(run_for(period, sequence=sequence).method.account.form)
    if (
        kind not in ("city", "line")
        or not access_of(request).sees(scope)
        or (indicator and indicator not in known)
    ):
        raise Http404
    if scope not in node_scopes(period, sequence):
        raise Http404
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
    try:
        device, secret = issue_wall(
            request.POST.get("name", ""),
            scope,
            days=number,
            actor=str(request.user.get_username()),
            indicator=indicator,
        )
    except RefusedError as error:
        return _page(request, wrong=local(error, "message"), status=422)
    link = request.build_absolute_uri(reverse("wall", args=[secret]))
    return _page(request, made={"device": device, "link": link})


def _revoke(request: HttpRequest, number: int) -> HttpResponse:
    """The link shows nothing any more; of a scope that is not the person's there is none."""
    own = {row.number for row in walls() if access_of(request).sees(row.scope)}
    if number not in own:
        raise Http404
    try:
        revoke_wall(number, actor=str(request.user.get_username()))
    except RefusedError as error:
        return _page(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The link was taken back; the screen goes dark within a minute."))
    return redirect("walls")


issue = needs(VERB, post=True)(require_POST(_issue))
revoke = needs(VERB, post=True)(require_POST(_revoke))
