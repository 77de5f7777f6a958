"""Balance by day 逐日平衡: points with others below them in a month, and the days of one of them."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.metering.balance_days import Day, PointBalance, Verdict, balances_of, parents_for
from jieyue.apps.metering.rules import tolerances
from jieyue.apps.metering.standing import months_there
from jieyue.apps.registry.queries import labels_of
from jieyue.domain.quantity import from_fixed
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, needs
from jieyue.web.heat import amount
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.views.meters import month_choices, month_of
from jieyue.web.words import joined, percent

PAGE = 50
#: Points of a file of which the hours are read at a time.
_PART = 2_000


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The points of the person's that have others below; with `meter` the days of one."""
    months = months_there()
    month = month_of(request, months)
    found = _one(request, month) if "meter" in request.GET else None
    every = "export" in request.GET
    table = _days(found, month) if found is not None else _points(request, month, every=every)
    table = table.bind(request)
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "tabs": words.tabs_of("meters-quality", words.month_text(month)),
        "months": month_choices(months, month),
        "month": words.month_text(month),
        "month_name": words.month_words(month),
        "point": found.version if found else None,
        "foreign": found.foreign if found else False,
        "table": table,
    }
    return page(request, "meter_balance", context, section="meters")


def _one(request: HttpRequest, month: int) -> PointBalance:
    text, viewer = request.GET["meter"], words.viewer_of(request)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    rows = list(parents_for(viewer).filter(point_id=int(text)))
    if not rows:
        raise Http404
    return balances_of(rows, month, viewer)[0]


def _points(request: HttpRequest, month: int, *, every: bool) -> Table:
    viewer = words.viewer_of(request)
    wanted = parents_for(viewer)
    start = (page_number(request) - 1) * PAGE
    shown = list(wanted if every else wanted[start : start + PAGE])
    total = len(shown) if every else wanted.count()
    named = labels_of({row.institution for row in shown})
    rows = [
        _point(one, named, month)
        for at in range(0, len(shown), _PART)
        for one in balances_of(shown[at : at + _PART], month, viewer)
    ]
    return Table(
        caption=_("Balance by day") + " " + words.month_words(month),
        columns=[
            Column("code", _("Metering point"), sortable=False),
            Column("name", _("Name"), sortable=False),
            Column("institution", _("Institution"), sortable=False),
            Column("carrier", _("Carrier"), sortable=False),
            Column("below", _("Points below"), number=True, sortable=False),
            *(_days_column(verdict) for verdict in Verdict),
            Column("first", _("First day out of balance"), sortable=False),
        ],
        rows=rows,
        name=f"meters-balance-{words.month_text(month)}",
        count=total,
        page_size=total or 1 if every else PAGE,
        empty=_("No metering point here has others below it."),
        notes=[
            _("Out of balance: those below use more than %(limit)s of it. Cannot be judged: an hour of one is missing.")
            % {"limit": joined(percent(f"{1 + one:.4f}", 0) for one in tolerances(month))}
        ],
    )  # fmt: skip


def _days_column(verdict: Verdict) -> Column:
    title, unit = str(words.BALANCE[verdict]), pgettext("unit of time", "days")
    return Column(verdict.value, title, unit, number=True, sortable=False)


def _point(one: PointBalance, named: Any, month: int) -> Row:
    row, first = one.version, one.first(Verdict.WRONG)
    query = urlencode({"meter": row.point_id, "month": words.month_text(month)})
    counts = [one.count(verdict) for verdict in Verdict]
    return Row(
        (
            Cell(row.point.code, row.point.code, href=f"{reverse('meters-balance')}?{query}", heading=True),
            Cell(row.name or "—", row.name),
            Cell(named.get(row.institution, ("", "—"))[1]),
            Cell(words.carrier_words(row.carrier), row.carrier),
            Cell(str(one.below), one.below, number=True),
            *(Cell(f"{count:,}", count, number=True) for count in counts),
            Cell(first.isoformat() if first else "", first),
        )
    )


def _days(found: PointBalance, month: int) -> Table:
    unit = words.carrier_unit(found.version.carrier)
    return Table(
        caption=f"{found.version.point.code} " + _("Balance by day") + " " + words.month_words(month),
        columns=[
            Column("day", _("Day"), sortable=False),
            Column("own", _("The point itself"), unit, number=True, sortable=False),
            Column("below", _("Points below"), unit, number=True, sortable=False),
            Column("rest", _("Not metered below"), unit, number=True, sortable=False),
            Column("verdict", _("Verdict"), sortable=False),
        ],
        rows=[_day(one) for one in found.days],
        name=f"balance-{found.version.point_id}-{words.month_text(month)}",
        page_size=len(found.days) or 1,
        empty=_("No day of this month is over on which a point hung below it."),
    )


def _day(one: Day) -> Row:
    below = None if one.foreign else one.below
    rest = None if one.own is None or below is None else one.own - below
    return Row(
        (
            Cell(one.day.isoformat(), one.day, heading=True),
            *(_number(value) for value in (one.own, below, rest)),
            Cell(str(words.BALANCE[one.verdict]), one.verdict.value),
        )
    )


def _number(value: int | None) -> Cell:
    if value is None:
        return Cell("—", None, missing=True, number=True)
    return Cell(amount(value), from_fixed(value), number=True)
