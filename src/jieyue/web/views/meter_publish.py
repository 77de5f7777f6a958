"""Publish monthly uses 公布月用量: which are ready, which have changed since, the form that asks, and how far it is."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.metering.lines import UNMETERED_LINE
from jieyue.apps.metering.publish_requests import latest
from jieyue.apps.metering.ready import (
    PUBLISH,
    STATES,
    Line,
    finished_months,
    months_over,
    seen_by,
    shown,
)
from jieyue.apps.metering.services.ask_publish import ask_publish
from jieyue.apps.metering.standing import COMPLETE
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import labels_of
from jieyue.domain.quantity import SCALE, from_fixed
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.heat import amount
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.views.meters import month_of, share_cell
from jieyue.web.words import local, percent

PAGE = 50


@needs(VIEW, post=True)
def listing(request: HttpRequest) -> HttpResponse:
    """The finished months, and the lines of one of them; a form asks for it to be published."""
    months = finished_months()
    if request.method != "POST":
        return _page(request, months, month_of(request, months) if months else None)
    if not access_of(request).may(PUBLISH):
        raise PermissionDenied
    month = _posted(request)
    whole, reason = request.POST.get("whole") == "yes", request.POST.get("reason", "")
    try:
        ask_publish(month, by=access_of(request).user, whole=whole, reason=reason)
    except RefusedError as error:
        chosen = month if month in months else next(iter(months), None)
        return _page(request, months, chosen, wrong=local(error, "message"), status=422)
    messages.success(request, _("The worker publishes it; how far it is stands on this page."))
    return redirect(f"{reverse('meters-publish')}?{urlencode({'month': words.month_text(month)})}")


@needs(PUBLISH)
def state(request: HttpRequest) -> HttpResponse:
    """How far the person's own publication of a month is; when it has ended, the browser reads the page anew."""
    month = month_of(request, finished_months())
    progress = latest(month, access_of(request).user.pk)
    context = {"progress": progress, "month": words.month_text(month)}
    answer = render(request, "parts/meter_publish.html", context)
    if progress is None or not progress.open:
        answer["HX-Refresh"] = "true"
    return answer


def _posted(request: HttpRequest) -> int:
    found = {words.month_text(month): month for month in months_over()}.get(request.POST.get("month", ""))
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, months: Sequence[int], month: int | None, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    if month is not None and month not in months:
        raise Http404
    access = access_of(request)
    own = seen_by(words.viewer_of(request))
    found = shown(months, month, own)
    lines = found.lines
    chosen = request.GET.get("state", "")
    if chosen and chosen not in STATES:
        raise Http404
    every = "export" in request.GET
    table = _lines([one for one in lines if not chosen or one.state == chosen], month, request, every=every)
    if every:
        return table.bind(request).export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    may = access.may(PUBLISH)
    counts = {code: sum(one.state == code for one in lines) for code in STATES}
    context = {
        "tabs": words.tabs_of("meters-publish"),
        "months": [_month(count, month) for count in found.counts],
        "month": words.month_text(month) if month else "",
        "month_name": words.month_words(month) if month else "",
        "states": [(code, str(words.PUBLISHING[code]), f"{counts[code]:,}") for code in STATES],
        "chosen": chosen,
        "left_behind": counts["changed"] + counts["gone"],
        "table": table.bind(request),
        "threshold": percent(str(COMPLETE), 0),
        "may": may,
        "progress": latest(month, access.user.pk) if may and month else None,
        "said": request.POST,
        "wrong": wrong,
    }
    return page(request, "meter_publish", context, section="meters", status=status)


def _month(count: Any, chosen: int | None) -> dict[str, Any]:
    text = words.month_text(count.month)
    return {
        "name": words.month_words(count.month),
        "href": "" if count.month == chosen else f"?{urlencode({'month': text})}",
        "numbers": [f"{one:,}" for one in (count.lines, count.complete, count.published)],
    }


def _lines(lines: Sequence[Line], month: int | None, request: HttpRequest, *, every: bool) -> Table:
    """One page of them, or all for a file."""
    start = 0 if every else (page_number(request) - 1) * PAGE
    part = lines if every else lines[start : start + PAGE]
    named = labels_of({one.institution for one in part})
    return Table(
        caption=_("Monthly uses by meter") + (f" {words.month_text(month)}" if month else ""),
        columns=[
            Column("institution", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("carrier", _("Carrier"), sortable=False),
            Column("end_use", _("End use"), sortable=False),
            Column("unit", _("Unit"), sortable=False),
            Column("use", _("Use"), number=True, sortable=False),
            Column("published", _("Published"), number=True, sortable=False),
            Column("complete", _("Complete"), number=True, sortable=False),
            Column("estimated", _("Estimated"), number=True, sortable=False),
            Column("state", _("State"), sortable=False),
        ],
        rows=[_line(one, *named.get(one.institution, ("", str(one.institution)))) for one in part],
        name=f"metered-{words.month_text(month) if month else 'none'}",
        count=len(lines),
        page_size=len(lines) or 1 if every else PAGE,
        empty=_("There is no line."),
    )


def _line(one: Line, code: str, name: str) -> Row:
    return Row(
        (
            Cell(name, name, heading=True),
            Cell(code, code),
            Cell(words.carrier_words(one.carrier), one.carrier),
            Cell(_end_use(one.end_use), one.end_use),
            Cell(words.carrier_unit(one.carrier)),
            Cell(amount(one.use), from_fixed(one.use), number=True),
            _published(one),
            share_cell(one.complete / SCALE),
            share_cell(one.estimated / SCALE),
            Cell(str(words.PUBLISHING[one.state]), one.state),
        )
    )


def _end_use(code: str) -> str:
    """Of a line in words."""
    if code == UNMETERED_LINE:
        return _("Not metered below")
    return words.end_use_words(code) if code else _("Total")


def _published(one: Line) -> Cell:
    if one.published is None:
        return Cell("", None, number=True)
    return Cell(amount(one.published), from_fixed(one.published), number=True)
