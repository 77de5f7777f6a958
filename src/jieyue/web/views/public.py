"""公开 The public page: no sign-in, no cookie, kept by any cache; what a release holds and nothing else."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import content_disposition_header, parse_etags, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jieyue.apps.disclosure.queries import ReleaseRow, public_release, public_releases
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.boundaries import Boundaries, boundaries_on, boundary_named_on
from jieyue.domain.period import Period
from jieyue.web.page import authority_name, vehicle_words
from jieyue.web.plan_units import unit_shown
from jieyue.web.public_files import (
    WITHHELD,
    areas_geojson,
    data_csv,
    dictionary_csv,
    quantiles_csv,
    sdmx_csv,
)
from jieyue.web.public_map import public_map
from jieyue.web.release_report import left_out_words
from jieyue.web.words import factor_set_name, grouped, local, percent, unit

FILES: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "data.csv": data_csv,
    "sdmx.csv": sdmx_csv,
    "quantiles.csv": quantiles_csv,
    "dictionary.csv": dictionary_csv,
}
#: Only with a loaded boundary file.
GEOJSON = "areas.geojson"
_LANGUAGES = {"zh": "zh-hans", "en": "en"}


@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """The release that came out last; before the first, that there is none."""
    rows = public_releases()
    return _kept_by_caches(request, _seal(rows, 0) if rows else "none", lambda: _html(request, rows, 0))


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A release as it came out; a newer one of the same period is named."""
    rows = public_releases()
    place = next((place for place, row in enumerate(rows) if row.number == number), None)
    if place is None:
        raise Http404
    return _kept_by_caches(request, _seal(rows, place), lambda: _html(request, rows, place))


@require_safe
def file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """The open data of a release."""
    row = public_release(number)
    boundaries = _boundary(row) if row is not None and name == GEOJSON else None
    if row is None or (boundaries is None and name not in FILES):
        raise Http404

    def made() -> HttpResponse:
        if boundaries is not None:
            shapes = boundaries_on(Period.parse(row.period).last_day) or boundaries
            content, kind = areas_geojson(row.content, shapes), "application/geo+json"
        else:
            content, kind = FILES[name](row.content), "text/csv; charset=utf-8"
        answer = HttpResponse(content, content_type=kind)
        kept_as = f"jieyue-{row.period}-{row.number}-{name}"
        answer["Content-Disposition"] = content_disposition_header(True, kept_as)
        return answer

    return _kept_by_caches(request, f"{row.digest}{name}{boundaries.number if boundaries else ''}", made)


def _boundary(row: ReleaseRow) -> Boundaries | None:
    """The boundary file in force on the last day of the release's year, without its shapes: only its file has them."""
    return boundary_named_on(Period.parse(row.period).last_day)


def _seal(rows: list[ReleaseRow], place: int) -> str:
    """What decides a page: the release, the newest one that it names, the boundary file that it offers."""
    boundary = _boundary(rows[place])
    return f"{rows[place].digest}{rows[0].number}-{boundary.number if boundary else ''}"


def _kept_by_caches(request: HttpRequest, seal: str, made: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer with its seal; 304 for who has it. What is out never changes, but a newer release may come."""
    tag = quote_etag(
        f"{seal}-{_language(request)}-{sha256(request.GET.get('map', '').encode()).hexdigest()[:8]}"
    )
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    answer = HttpResponse(status=304) if tag in known else made()
    answer["ETag"] = tag
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _language(request: HttpRequest) -> str:
    """By the address alone: a cache keeps one page for all."""
    return _LANGUAGES.get(request.GET.get("lang", "zh"), "zh-hans")


def _html(request: HttpRequest, rows: list[ReleaseRow], place: int) -> HttpResponse:
    language = _language(request)
    with translation.override(language):
        context = (
            _context(rows[place], rows, request.GET.get("map", ""))
            if rows
            else {"authority": authority_name(), "synthetic": settings.JIEYUE_HOME.synthetic}
        )
        other = "en" if language == "zh-hans" else "zh"
        text = render_to_string("public/page.html", {**context, "other": other, "language": language})
    answer = HttpResponse(text)
    answer["Content-Language"] = language
    return answer


def _context(row: ReleaseRow, rows: list[ReleaseRow], mapped: str) -> dict[str, Any]:
    said, boundaries = row.content, _boundary(row)
    newer = next((one for one in rows if one.period == row.period), row)
    return {
        "authority": _("Example City") if said["synthetic"] else local(home_plan(), "authority"),
        "synthetic": said["synthetic"],
        "row": row,
        "newer": newer if newer.number != row.number else None,
        "heads": [{"name": _name(one), "unit": unit(one["unit"])} for one in said["indicators"]],
        "plan": [_plan_row(one) for one in said["plan"]],
        "years": [
            {
                "period": year["period"],
                "cells": [_shown(year["values"][one["code"]]) for one in said["indicators"]],
            }
            for year in said["years"]
        ],
        "city": _cell(said["cells"][0], said),
        "said": _said(said),
        "map": public_map(said, mapped),
        "quantiles": _quantiles(said),
        "geojson": GEOJSON if boundaries else "",
        "approval": boundaries.approval if boundaries else "",
        "areas": [_cell(cell, said) for cell in said["cells"] if cell["kind"] == "area"],
        "types": [_cell(cell, said) for cell in said["cells"] if cell["kind"] == "type"],
        "method": _method(said),
        "rule": said["rule"] | {name: percent(said["rule"][name], 0) for name in ("dominance", "within")},
        "withheld": bool(row.withheld),
        "left_out": left_out_words(said),
        "files": list(FILES),
        "releases": rows,
    }


def _name(one: Mapping[str, Any]) -> str:
    return str(one["name_zh"] if translation.get_language() == "zh-hans" else one["name_en"])


def _shown(figure: Mapping[str, Any] | None) -> dict[str, Any]:
    if figure is None:
        return {"text": WITHHELD, "status": "withheld"}
    return {"text": grouped(figure["display"]) if figure["display"] else "—", "status": figure["status"]}


def _cell(cell: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    count = cell["institutions"]
    figures = [None if cell["withheld"] else cell["values"][one["code"]] for one in said["indicators"]]
    return {
        "name": _name(cell),
        "depth": cell["depth"],
        "count": WITHHELD if count is None else f"{count:,}",
        "cells": [_shown(figure) for figure in figures],
    }


def _said(said: Mapping[str, Any]) -> list[dict[str, str]]:
    """The whole in words, for a release without the plan's indicators."""
    city = said["cells"][0]
    return [
        {"name": _name(one), "unit": unit(one["unit"]), **shown}
        for one in said["indicators"]
        for shown in [_shown(None if city["withheld"] else city["values"][one["code"]])]
    ]


def _quantiles(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One table an intensity: types with n, P20, P50, P80; a type without any institution is left out."""
    named = {one["code"]: one for one in said["indicators"]}
    rows = said.get("quantiles", [])
    codes = list(rows[0]["values"]) if rows else []
    return [
        {
            "name": _name(named[code]),
            "unit": unit(named[code]["unit"]),
            "rows": [(_name(one), _quantile_cells(one["values"][code])) for one in rows],
        }
        for code in codes
    ]


def _quantile_cells(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [WITHHELD] * 4
    return [f"{found['n']:,}", *(grouped(found[name]) for name in ("p20", "p50", "p80"))]


def _plan_row(one: Mapping[str, Any]) -> dict[str, Any]:
    zh, scale = translation.get_language() == "zh-hans", Fraction(one["scale"])
    return {
        "name": _name(one),
        "unit": unit_shown(one["printed_unit"], one["unit"], scale, misprinted=one["unit_misprinted"]),
        "binding": one["binding"],
        "base": grouped(one["shown_base"]) if one["shown_base"] else "—",
        "target": grouped(one["shown_target"]) if one["shown_target"] else "—",
        "actual": grouped(one["shown_actual"]) if one["shown_actual"] else "—",
        "words": one["words_zh"] if zh else one["words_en"],
        "clause": one["clause"],
    }


def _electricity(text: str) -> str:
    return _("the one inside the factor set") if text == "set" else text


def _method(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    method = said["method"]
    return [
        (_("Plan and method"), local(home_plan())),
        (_("Boundaries"), said["boundaries"]),
        (_("Factor set"), factor_set_name(method["factor_set"])),
        (_("Electricity factor"), _electricity(method["electricity_factor"])),
        (_("Vehicle boundary"), vehicle_words(method["vehicle_boundary"])),
        (_("Publication"), str(said["sequence"])),
        *([(_("Sensitive marks as of"), said["marks"])] if "marks" in said else []),
        *([(_("Completeness"), percent(said["completeness"]))] if said.get("completeness") else []),
    ]
