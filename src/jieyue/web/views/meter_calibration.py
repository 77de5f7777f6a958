"""Calibration 检定: the meters in service, when each was calibrated and when it is due, with export."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.metering.calibrations import SOON, STATES, Due, due_list
from jieyue.apps.registry.queries import labels_of
from jieyue.catalog.strict import CatalogError
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import is_chinese

PAGE = 50


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """By state; the longest overdue first."""
    state = request.GET.get("state", "")
    if state and state not in STATES:
        raise Http404
    try:
        found = due_list(words.viewer_of(request))
    except CatalogError as error:
        reason = error.reason_zh if is_chinese() else error.reason_en
        wrong = {
            "tabs": words.tabs_of("meters-calibration"),
            "wrong": f"calibration.csv: {error.row or ''} {reason}",
        }
        return page(request, "meter_calibration", wrong, section="meters", status=422)
    counts, every = found.counts(), "export" in request.GET
    count = counts[state] if state else sum(counts.values())
    start = 0 if every else (page_number(request) - 1) * PAGE
    shown = found.read(state, start, None if every else start + PAGE)
    table = _table(shown, count, every=every).bind(request)
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context: dict[str, Any] = {
        "tabs": words.tabs_of("meters-calibration"),
        "figures": [(str(words.CALIBRATION[code]), f"{counts[code]:,}", f"?state={code}") for code in STATES],
        "intervals": [
            (words.carrier_words(row.carrier), row.interval_months, row.source, row.verified)
            for row in found.own.values()
        ],
        "states": [(code, str(words.CALIBRATION[code])) for code in STATES],
        "state": state,
        "soon": SOON,
        "table": table,
    }
    return page(request, "meter_calibration", context, section="meters")


def _table(shown: Sequence[Due], count: int, *, every: bool) -> Table:
    named = labels_of({one.version.institution for one in shown})
    return Table(
        caption=_("Calibration of meters in service"),
        columns=[
            Column("code", _("Metering point"), sortable=False),
            Column("serial", _("Serial number"), sortable=False),
            Column("institution", _("Institution"), sortable=False),
            Column("carrier", _("Carrier"), sortable=False),
            Column("on", _("Last calibrated"), sortable=False),
            Column("certificate", _("Certificate"), sortable=False),
            Column("due", _("Next due"), sortable=False),
            Column("by", _("Due as said by"), sortable=False),
            Column("state", _("State"), sortable=False),
        ],
        rows=[_row(one, named) for one in shown],
        name="meters-calibration",
        count=count,
        page_size=count or 1 if every else PAGE,
        empty=_("No meter matches."),
    )


def _row(one: Due, named: Mapping[int, tuple[str, str]]) -> Row:
    row = one.version
    by = "" if one.due is None else _("the certificate") if one.stated else _("the interval")
    return Row(
        (
            Cell(row.point.code, row.point.code, href=reverse("meter", args=[row.point_id]), heading=True),
            Cell(row.serial or "—", row.serial),
            Cell(named.get(row.institution, ("", "—"))[1]),
            Cell(words.carrier_words(row.carrier), row.carrier),
            Cell(one.on.isoformat() if one.on else "—", one.on),
            Cell(row.certificate or "—", row.certificate),
            Cell(one.due.isoformat() if one.due else "—", one.due),
            Cell(by),
            Cell(str(words.CALIBRATION[one.state]), one.state),
        )
    )
