"""One metering point: what is on record of it, its place in the tree, its load curve, and what is to be looked at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.metering.calibrations import of_point
from jieyue.apps.metering.kept import kept_said, month_said
from jieyue.apps.metering.lists import PointInfo, Shared, point_of, shares_of, units_read, work_of
from jieyue.apps.metering.months import begin_of, second_of
from jieyue.apps.metering.points import unit_factor
from jieyue.apps.metering.queries import Uses, readings, span_of, uses
from jieyue.apps.metering.scope import REGISTER, days_of
from jieyue.apps.metering.standing import is_silent
from jieyue.apps.registry.queries import labels_of
from jieyue.domain.quantity import from_fixed
from jieyue.domain.readings import HOUR
from jieyue.web import curves
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import day, grouped, percent, unit

SHOWS = ("hour", "day", "raw")
#: Days that one curve may cover: a month of hours or readings, a year of days.
MOST = {"hour": 31, "raw": 31, "day": 366}
_WEEK = 7
_ROWS = 24


@dataclass(frozen=True)
class Span:
    """What the curve is of: hours, days or readings, from a day to a day (both included); cut: more was asked for."""

    show: str
    first: date
    last: date
    cut: bool = False

    @property
    def query(self) -> dict[str, str]:
        """As an address says it."""
        return {"show": self.show, "from": self.first.isoformat(), "to": self.last.isoformat()}


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A point's page."""
    viewer = words.viewer_of(request)
    info = point_of(viewer, number)
    if info is None:
        raise Http404
    span = _span(request, info.now.known_until)
    found = _curve(info, span)
    table = _curve_table(info, span, found).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    named = labels_of({row.institution for row in [*info.versions, *info.above, *info.below]})
    parts, sharers = shares_of(info)
    context = {
        "info": info,
        "keeper": viewer.whole and access_of(request).may(REGISTER),
        "now": info.now,
        "facts": _facts(info, named),
        "last": _last(info),
        "calibrations": _calibrations(info),
        "attributes": _attributes(info, named),
        "meters": _meters(info),
        "above": [_step(row) for row in info.above],
        "below": [_step(row) for row in info.below],
        "formula": [_shared(one) for one in parts],
        "sharers": [_shared(one) for one in sharers],
        "given": _given(sharers),
        "others": (_others(info.above_others), _others(info.below_others)),
        "work": _work(info, span) if span.show != "raw" else None,
        "span": span,
        "shows": _shows(span, info),
        "most": MOST[span.show],
        "table": table,
        "units": _changed_units(info, span, found),
        "chart": json.dumps(_chart(info, span, found)) if len(found.ts) else "",
    }
    return page(request, "meter", context, section="meters")


def _span(request: HttpRequest, known_until: int | None) -> Span:
    """Of the address; else the last seven days of which anything is known. A longer one is cut: the page says so."""
    show = request.GET.get("show", "hour")
    if show not in SHOWS:
        raise Http404
    known = settings.JIEYUE_HOME.today() if known_until is None else _day_of(known_until - 1)
    last = _asked(request, "to") or known
    first = _asked(request, "from") or last - timedelta(days=(_WEEK if show != "day" else 31) - 1)
    if first > last:
        first, last = last, first
    longest = first + timedelta(days=MOST[show] - 1)
    return Span(show, first, min(last, longest), cut=last > longest)


def _asked(request: HttpRequest, name: str) -> date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not 1970 < found.year < 9000:
        raise Http404
    return found


def _day_of(ts: int) -> date:
    return date.fromisoformat(words.day_text(ts))


def _curve(info: PointInfo, span: Span) -> Uses:
    """The uses or readings of the span, of the days only on which the point was the person's to see."""
    instants = span_of(span.first, span.last)
    found = readings([info.id], instants) if span.show == "raw" else uses(span.show, [info.id], instants)
    mine = np.zeros(len(found.ts), dtype=bool)
    for first, end in days_of(list(info.versions)):
        begin, stop = span_of(max(first, date(1971, 1, 1)), min(end, date(9000, 1, 1)) - timedelta(days=1))
        mine |= (found.ts >= begin) & (found.ts < stop)
    if mine.all():
        return found
    kept = [word for word, keep in zip(found.quality, mine, strict=True) if keep]
    return Uses(found.point[mine], found.ts[mine], found.value[mine], found.there[mine], kept)


def _units(info: PointInfo, found: Uses) -> list[str]:
    """The unit in which each reading was told: that of its day."""
    begins = np.array([second_of(row.valid_from) for row in info.versions], dtype=np.int64)
    place = np.maximum(np.searchsorted(begins, found.ts, side="right") - 1, 0)
    return [info.versions[one].unit for one in place.tolist()]


def _changed_units(info: PointInfo, span: Span, found: Uses) -> list[str]:
    """The units of a curve of readings, the newest last, where there are several; else none."""
    if span.show != "raw":
        return []
    units = list(dict.fromkeys([*_units(info, found), info.now.unit]))
    return [unit(one) for one in units] if len(units) > 1 else []


def _in_newest(info: PointInfo, found: Uses) -> Uses:
    """Readings as the meter would have told them in its newest unit."""
    row = info.now
    newest = unit_factor(row.unit, row.carrier)
    by = {one: unit_factor(one, row.carrier) / newest for one in {version.unit for version in info.versions}}
    pairs = zip(found.value.tolist(), _units(info, found), strict=True)
    value = np.array([round(one * by[of]) for one, of in pairs], dtype=np.int64)
    return replace(found, value=value)


def _chart(info: PointInfo, span: Span, found: Uses) -> dict[str, Any]:
    if span.show == "raw":
        return curves.reading_chart(_in_newest(info, found), unit(info.now.unit))
    return curves.use_chart(found, words.carrier_unit(info.now.carrier))


def _let_go(span: Span) -> str:
    """Where raw readings are asked for of days that are no longer kept: from when on they are."""
    first = kept_said() if span.show == "raw" else None
    if first is None or second_of(span.first) >= begin_of(first):
        return ""
    return _("Raw readings are kept from %(month)s on; the uses of earlier days stay.") % {
        "month": month_said(first)
    }


def _curve_table(info: PointInfo, span: Span, found: Uses) -> Table:
    raw = span.show == "raw"
    say = words.in_words(words.VERDICTS if raw else words.QUALITIES)
    of = unit(info.now.unit) if raw else words.carrier_unit(info.now.carrier)
    heads = {
        "raw": (_("Time"), _("Reading")),
        "hour": (_("Hour from"), _("Use")),
        "day": (_("Day"), _("Use")),
    }
    when = words.day_text if span.show == "day" else words.moment
    several = bool(_changed_units(info, span, found))
    units = _units(info, found)
    rows = []
    for ts, value, there, quality, own in zip(
        found.ts.tolist(), found.value.tolist(), found.there.tolist(), found.quality, units, strict=True
    ):
        number = from_fixed(value) if there else None
        shown = grouped(f"{number.normalize():f}") if number is not None else "—"
        rows.append(
            Row(
                (
                    Cell(when(ts), ts, heading=True),
                    Cell(shown, number, number=True, missing=number is None),
                    *([Cell(unit(own), own)] if several else []),
                    Cell(say(quality), quality),
                )
            )
        )
    time, amount = heads[span.show]
    return Table(
        caption=f"{info.code} {amount} {span.first} — {span.last}",
        columns=[
            Column("time", time, sortable=False),
            Column("value", amount, "" if several else of, number=True, sortable=False),
            *([Column("unit", _("Unit"), sortable=False)] if several else []),
            Column("quality", _("Verdict on the reading") if raw else _("Quality"), sortable=False),
        ],
        rows=rows,
        name=f"meter-{info.id}-{span.show}-{span.first}-{span.last}",
        page_size=_ROWS,
        empty=(_let_go(span) if not rows else "") or _("Nothing is known of these days."),
    )


def _shows(span: Span, info: PointInfo) -> list[dict[str, Any]]:
    titles = {"hour": _("Use by hour"), "day": _("Use by day"), "raw": _("Readings")}
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    address = reverse("meter", args=[info.id])
    return [
        {"title": titles[show], "href": f"{address}?{urlencode({'show': show, **days})}", "current": show == span.show}
        for show in SHOWS
        if show != "raw" or info.now.kind != "virtual"
    ]  # fmt: skip


def _facts(info: PointInfo, named: Any) -> list[tuple[str, str]]:
    row = info.now
    return [
        (_("Institution"), named.get(row.institution, ("", "—"))[1]),
        (_("Carrier"), words.carrier_words(row.carrier)),
        (_("End use"), words.end_use_words(row.end_use) if row.end_use else _("not said")),
        (_("Readings say"), str(words.KINDS[row.kind])),
        (_("Known until"), words.instant(row.known_until) or _("never")),
        (_("State"), _state(row)),
    ]


def _last(info: PointInfo) -> list[tuple[str, str]]:
    """The last reading: what it showed, when, by which source, and how the use of the hour that it ends is known."""
    row = info.now
    if row.read_at is None:
        return [(_("Last reading"), _("never read"))]
    hour = (row.read_at - 1) // HOUR * HOUR
    found = uses("hour", [info.id], (hour, hour + HOUR))
    quality = str(words.QUALITIES[found.quality[0]]) if found.quality else _("not derived yet")
    return [
        (_("Last reading"), words.shown_reading(row, units_read([row])[row.point_id])),
        (_("Read at"), words.read_at(row)),
        (_("Source of the reading"), str(words.SOURCES.get(row.read_by, row.read_by))),
        (_("The hour that it ends"), quality if row.kind != "gauge" else "—"),
    ]


def _calibrations(info: PointInfo) -> Table | None:
    """Of the meters that the person sees; None for a virtual point."""
    if info.now.kind == "virtual":
        return None
    serials = {row.serial for row in info.meters}
    rows = [
        Row(
            (
                Cell(row.on.isoformat(), row.on, heading=True),
                Cell(row.serial or "—"),
                Cell(row.due.isoformat() if row.due else _("not said"), row.due),
                Cell(row.certificate or "—"),
                Cell(row.body or "—"),
            )
        )
        for row in of_point(info.id)
        if row.serial in serials
    ]
    heads = [_("Calibrated on"), _("Serial number"), _("Holds until"), _("Certificate"), _("Calibrated by")]
    return Table(
        _("Calibrations"),
        [Column(f"c{place}", text, sortable=False) for place, text in enumerate(heads)],
        rows,
        name="calibrations",
        empty=_("No calibration on record; lists of them come in on the page Import."),
    )


def _state(row: Any) -> str:
    """Silent, heard of, or no more in service."""
    if row.valid_to <= settings.JIEYUE_HOME.today():
        return _("out of service since %(day)s") % {"day": row.valid_to.isoformat()}
    return str(words.STATES["silent"]) if is_silent(row) else _("heard of")


def _attributes(info: PointInfo, named: Any) -> Table:
    rows = [
        Row(
            (
                Cell(day(row.valid_from), row.valid_from, heading=True),
                Cell(day(row.valid_to), row.valid_to),
                Cell(row.name or "—"),
                Cell(named.get(row.institution, ("", "—"))[1]),
                Cell(row.end_use or "—"),
                Cell(unit(row.unit)),
                _step_cell(row),
                Cell(_number(row.rated), row.rated, number=True, missing=row.rated is None),
                Cell(_("out (counts against it)") if row.direction == "export" else _("in")),
            )
        )
        for row in reversed(info.versions)
    ]
    heads = [
        _("From"), _("To"), _("Name"), _("Institution"), _("End use"), _("Unit"),
    ]  # fmt: skip
    return Table(
        _("Attributes by date"),
        [
            *(Column(f"c{place}", text, sortable=False) for place, text in enumerate(heads)),
            Column("step", _("Between readings"), _("min"), number=True, sortable=False),
            Column("rated", _("Most in an hour"), number=True, sortable=False),
            Column("direction", _("Direction"), sortable=False),
        ],
        rows,
        name="attributes",
    )


def _step_cell(row: Any) -> Cell:
    """Minutes between readings; a virtual point has none."""
    if row.kind == "virtual":
        return Cell("—", None, number=True, missing=True)
    return Cell(str(row.step), row.step, number=True)


def _meters(info: PointInfo) -> Table:
    rows = [
        Row(
            (
                Cell(words.instant(row.begins), row.begins, heading=True),
                Cell(words.instant(row.ends) or _("to date"), row.ends),
                Cell(row.serial or "—"),
                Cell(_ratio(row.num, row.den), row.num / row.den, number=True),
                Cell("—" if row.digits is None else str(row.digits), row.digits, number=True),
                Cell(_number(row.first), row.first, number=True, missing=row.first is None),
                Cell(_number(row.last), row.last, number=True, missing=row.last is None),
            )
        )
        for row in reversed(info.meters)
    ]
    return Table(
        _("Meters that served it"),
        [
            Column("from", _("From"), sortable=False),
            Column("to", _("To"), sortable=False),
            Column("serial", _("Serial number"), sortable=False),
            Column("multiplier", _("Multiplier"), number=True, sortable=False),
            Column("digits", _("Digits"), number=True, sortable=False),
            Column("first", _("Showed first"), number=True, sortable=False),
            Column("last", _("Showed last"), number=True, sortable=False),
        ],
        rows,
        name="meters",
    )


def _number(value: Any) -> str:
    return "—" if value is None else grouped(f"{value.normalize():f}")


def _ratio(num: int, den: int) -> str:
    return str(num) if den == 1 else f"{num / den:g}"


def _step(row: Any) -> tuple[str, str]:
    text = f"{row.point.code} {row.name}".strip()
    return text, reverse("meter", args=[row.point_id])


def _shared(one: Shared) -> tuple[str, str, str, str]:
    """(sign, share, name, address) of a part; of another's point neither name nor address."""
    share = "" if abs(one.share) == 1 else f" × {abs(one.share)}"
    if one.row is None:
        return "−" if one.share < 0 else "+", share, _("a point of another body"), ""
    return "−" if one.share < 0 else "+", share, *_step(one.row)


def _given(sharers: Sequence[Shared]) -> str:
    """How much of the point's use virtual points take, in words."""
    given = sum((one.share for one in sharers if one.share > 0), Fraction(0))
    return percent(str(float(given))) if given else ""


def _others(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)d point of another body", "%(count)d points of another body", count
    ) % {"count": count}  # fmt: skip


def _work(info: PointInfo, span: Span) -> Sequence[tuple[str, str, str]]:
    found = work_of(info, span_of(span.first, span.last))
    return [
        (str(words.WORK.get(kind, kind)), words.instant(start), words.instant(end))
        for kind, start, end in found
    ]
