"""Heat map 热力图: a month of a metering point, or of an institution's carrier, by day and hour."""

import json
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.metering.heat import Heat, Known, heat_of_institution, heat_of_point
from jieyue.apps.metering.lists import institutions_there, point_of
from jieyue.apps.metering.standing import months_there
from jieyue.apps.registry.queries import labels_of, number_of
from jieyue.domain.quantity import from_fixed
from jieyue.web import heat as pictures
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.meters import month_choices, month_of
from jieyue.web.words import bracketed


@dataclass(frozen=True)
class _Subject:
    """What the map is of: its name, carrier, file name, and, of an institution, its code and the carriers it has."""

    name: str
    carrier: str
    file: str
    heat: Heat
    institution: str = ""
    carriers: tuple[str, ...] = ()
    point: int | None = None


@needs(VIEW)
def one(request: HttpRequest) -> HttpResponse:
    """Of the point or the institution that the address names; of neither: the first institution with meters."""
    months = months_there()
    month = month_of(request, months)
    subject = _point(request, month) if request.GET.get("meter") else _institution(request, month)
    unit = words.carrier_unit(subject.carrier) if subject else ""
    table = _table(subject, unit).bind(request) if subject else None
    if "export" in request.GET:
        if table is None:
            raise Http404
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    said = pictures.heat_words(subject.heat, unit) if subject else []
    context = {
        "tabs": words.tabs_of("meters-heat"),
        "subject": subject,
        "month": words.month_text(month),
        "month_name": words.month_words(month),
        "months": month_choices(months, month),
        "carriers": [(code, words.carrier_words(code)) for code in (subject.carriers if subject else ())],
        "carrier_name": words.carrier_words(subject.carrier) if subject else "",
        "back": reverse("meter", args=[subject.point]) if subject and subject.point else "",
        "table": table,
        "said": said,
        "chart": json.dumps(pictures.heat_chart(subject.heat, unit)) if subject and said else "",
    }
    return page(request, "meter_heat", context, section="meters")


def _point(request: HttpRequest, month: int) -> _Subject:
    text = request.GET["meter"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    info = point_of(words.viewer_of(request), int(text))
    if info is None:
        raise Http404
    name = f"{info.code} {info.now.name}".strip()
    found = heat_of_point(list(info.versions), month)
    return _Subject(name, info.now.carrier, f"meter-{info.id}", found, point=info.id)


def _institution(request: HttpRequest, month: int) -> _Subject | None:
    """None: no institution that the person sees has a meter."""
    code = request.GET.get("institution", "").strip()
    known = institutions_there(words.viewer_of(request), _number(request, code) if code else None)
    if not known:
        if code or request.GET.get("carrier"):
            raise Http404
        return None
    number = known[0][0]
    carriers = tuple(carrier for _institution, carrier in known)
    carrier = request.GET.get("carrier", "") or carriers[0]
    if carrier not in carriers:
        raise Http404
    label, name = labels_of({number}).get(number, ("", ""))
    heat = heat_of_institution(number, carrier, month)
    return _Subject(
        name, carrier, f"institution-{label}-{carrier}", heat, institution=label, carriers=carriers
    )


def _number(request: HttpRequest, code: str) -> int:
    """An institution that is not there or not the person's is not found."""
    number = number_of(code[:60])
    if number is None or not access_of(request).sees_institution(number):
        raise Http404
    return number


def _table(subject: _Subject, unit: str) -> Table:
    heat, month = subject.heat, words.month_text(subject.heat.month)
    shown = np.flatnonzero((heat.known != Known.NONE).any(axis=1)).tolist()
    return Table(
        caption=bracketed(f"{subject.name} {words.carrier_words(subject.carrier)} {month}", unit),
        columns=[
            Column("day", _("Day"), sortable=False),
            *(Column(f"h{hour}", f"{hour}", number=True, sortable=False) for hour in range(24)),
            Column("sum", _("Sum"), number=True, sortable=False),
        ],
        rows=[_day(heat, row) for row in shown],
        name=f"heat-{subject.file}-{month}",
        page_size=len(shown) or 1,
        empty=_("No meter is on record of this month."),
        notes=[
            _(
                "≈: estimated, set by a person or suspect, or a part of it is. —: missing. Empty: no meter or not over."
            ),
            _("Sum: of the known hours; with a missing one there is none."),
        ],
    )


def _day(heat: Heat, row: int) -> Row:
    known = heat.known[row]
    whole = bool((known >= Known.SURE).all())
    total = int(heat.use[row].sum())
    cells = [_cell(int(heat.use[row, hour]), Known(known[hour])) for hour in range(24)]
    last = (
        _cell(total, Known.SURE if (known == Known.SURE).all() else Known.UNSURE)
        if whole
        else _cell(0, Known.MISSING)
    )
    return Row((Cell(heat.days[row].isoformat(), heading=True), *cells, last))


def _cell(use: int, known: Known) -> Cell:
    if known == Known.NONE:
        return Cell("", None, number=True)
    if known == Known.MISSING:
        return Cell("—", None, missing=True, number=True)
    mark = "≈" if known == Known.UNSURE else ""
    return Cell(f"{mark}{pictures.amount(use)}", from_fixed(use), number=True)
