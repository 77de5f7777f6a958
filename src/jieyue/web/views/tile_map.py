"""The tile map 地图: any indicator by region or by body, or its change on one set of boundaries, with its table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import run_for
from jieyue.apps.insights.tile_map import AREA, LINE, MapFigures, MapQuestion, Place, judging, map_of
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.trees.boundaries import Boundaries, boundaries_on, file_number
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.tile_map import breaks, class_of
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import kept_day
from jieyue.web.kept import drawn_once, key_of
from jieyue.web.map_points import MapPoints, map_points
from jieyue.web.map_table import map_table, opens
from jieyue.web.outline_pictures import outline_picture
from jieyue.web.ready import newer_than, select_ready
from jieyue.web.selection import Selection, collecting_month
from jieyue.web.tile_pictures import (
    SIZE,
    SMALL,
    change_words,
    legend,
    map_scale,
    picture,
    short_name,
    signed,
    value_text,
)
from jieyue.web.views.data import Tab
from jieyue.web.words import MISSING_TEXT, indicator_name

USUAL = "energy_per_area_kgce_m2"
CHANGE = "change"
OUTLINE = "outline"
ON = "on"


@dataclass(frozen=True)
class Group:
    """Indicators of one kind for the choice: (code, name)."""

    title: str
    choices: tuple[tuple[str, str], ...]


@needs(VIEW)
def tile_map(request: HttpRequest) -> HttpResponse:
    """The map of one indicator: by area for who sees the whole, by reporting line for everybody else."""
    access = access_of(request)
    whole = access.whole
    if not access.tops and not whole and "scope" not in request.GET:
        return redirect("registry")
    selection = select_ready(request, trees=(LINE, AREA) if whole else (LINE,))
    try:
        asked = _question(request, selection, whole=whole)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    selection = replace(selection, kept=_kept(asked, request))
    pointed = "points" in request.GET  # institutions by today's marks are drawn anew each time
    key = None if pointed else key_of(request, selection.sequence, _file_number(asked))
    return drawn_once(
        request,
        "tile_map",
        key,
        lambda: _drawn(request, selection, asked, whole=whole),
        {"newer": newer_than(request, selection)},
        section="map",
        selection=selection,
    )


def _drawn(
    request: HttpRequest, selection: Selection, asked: MapQuestion, *, whole: bool
) -> dict[str, object] | HttpResponse:
    """What the page is drawn of, or its table as a file."""
    changes = request.GET.get("show") == CHANGE
    against = str(Period.parse(selection.period).previous_year()) if changes else ""
    try:
        found = map_of(asked, against=against)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    file = _boundaries(asked)
    outlined = file is not None and request.GET.get("draw") == OUTLINE
    approval = file.approval if file and outlined else ""
    table = map_table(found, selection, changes=changes, approval=approval).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    return _context(request, found, file if outlined else None, changes=changes) | {
        "draw_tabs": _draw_tabs(request, outlined=outlined) if file else [],
        "points": _points(request, file, asked) if file and outlined and whole else None,
        "points_all": f"{_with(request, near='')}#points",
        "points_href": _with(request, points="" if request.GET.get("points") else ON, near=""),
        "table": table,
        "day": asked.boundaries,
        "indicators": _groups(_codes(selection)),
        "address": selection.query,
    }


def _question(request: HttpRequest, selection: Selection, *, whole: bool) -> MapQuestion:
    kind = selection.scope.partition(":")[0]
    tree = kind if kind in (AREA, LINE) else request.GET.get("by", AREA)
    if tree not in (AREA, LINE) or (tree == AREA and not whole) or kind not in ("city", AREA, LINE):
        raise Http404
    indicator = request.GET.get("indicator", USUAL)
    if indicator not in _codes(selection) or request.GET.get("show", CHANGE) != CHANGE:
        raise Http404
    return MapQuestion(
        tree,
        selection.scope,
        indicator,
        selection.period,
        selection.sequence,
        _day(request.GET.get("boundaries", "")),
        _months(selection),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404 from error


def _months(selection: Selection) -> tuple[str, ...]:
    """For a map of one month: the published, closed months of its year."""
    period = Period.parse(selection.period)
    if period.month_count != 1:
        return ()
    known = (text for group in selection.periods for text, _name in group.choices)
    same = {text for text in known if len(text) == 7 and text[:4] == selection.period[:4]}
    return tuple(sorted({m for m in same if m < collecting_month()} | {selection.period}))


def _codes(selection: Selection) -> tuple[str, ...]:
    plan = run_for(selection.period, sequence=selection.sequence)
    return indicator_codes(plan.method.account.form)


def _kept(asked: MapQuestion, request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """What another scope or period keeps: view, indicator, what is shown. The day of boundaries is the period's."""
    kept = [("by", asked.tree), ("indicator", asked.indicator)]
    if request.GET.get("show"):
        kept.append(("show", CHANGE))
    if request.GET.get("draw") == OUTLINE:
        kept.append(("draw", OUTLINE))
    return tuple(kept)


def _context(
    request: HttpRequest, found: MapFigures, file: Boundaries | None, *, changes: bool
) -> dict[str, object]:
    asked = found.question
    scale = map_scale(found)
    bounds = _change_bounds(found) if changes else found.bounds
    more = kept_day(request)

    def text(place: Place) -> str:
        return change_words(place) if changes else value_text(place, scale)

    def level(place: Place) -> int | None:
        value = place.change.value if changes and place.change else place.figure.exact
        return None if value is None else class_of(value, bounds)

    def drawn(size: int) -> object:
        return picture(found, lambda place: opens(place, asked, more), size=size, text=text, level=level)

    return {
        "title": _title(found, changes=changes),
        "outline": outline_picture(found, file, lambda place: opens(place, asked), text=text, level=level)
        if file
        else None,
        "picture": drawn(SMALL if request.GET.get("size") == "small" else SIZE),
        "small": request.GET.get("size") == "small",
        "small_href": _with(request, size="small"),
        "legend": legend(bounds, signed if changes else scale.text),
        "unit": "%" if changes else scale.unit,
        "judged": judging(asked) is not None and not changes,
        "strip": [
            (short_name(place), text(place), place, opens(place, asked, more)) for place in found.strip
        ],
        "view_tabs": _view_tabs(request, asked),
        "show_tabs": _show_tabs(request, changes=changes),
        "indicator": asked.indicator,
        "by": asked.tree,
        "changes": changes,
    }


def _change_bounds(found: MapFigures) -> tuple[Fraction, ...]:
    values = (place.change.value for place in found.tiles or found.strip if place.change)
    return breaks(value for value in values if value is not None)


def _title(found: MapFigures, *, changes: bool) -> str:
    """The map in one sentence made from its figures."""
    asked = found.question
    name = indicator_name(asked.indicator)
    if changes:
        known = [
            (p.change.value, short_name(p)) for p in found.places if p.change and p.change.value is not None
        ]
        up = sum(value > 0 for value, _name in known)
        down = sum(value < 0 for value, _name in known)
        return _("%(name)s against the year before: %(up)s up, %(down)s down, %(none)s not comparable") % {
            "name": name, "up": up, "down": down, "none": len(found.places) - len(known),
        }  # fmt: skip
    values = [(p.figure.exact, short_name(p), p) for p in found.places if p.figure.exact is not None]
    if not values:
        return _("%(name)s: no figure for this period") % {"name": name}
    scale = map_scale(found)
    low, high = min(values, key=lambda one: one[0]), max(values, key=lambda one: one[0])
    return _(
        "%(name)s: %(known)s of %(all)s have a figure; highest %(high_name)s %(high)s, lowest %(low_name)s %(low)s, "
        "together %(total)s %(unit)s"
    ) % {
        "name": name,
        "known": len(values),
        "all": len(found.places),
        "high_name": high[1],
        "high": scale.text(high[0]),
        "low_name": low[1],
        "low": scale.text(low[0]),
        "total": MISSING_TEXT if found.total.exact is None else scale.text(found.total.exact),
        "unit": scale.unit,
    }


def _groups(codes: Iterable[str]) -> list[Group]:
    """All indicators of the account, by kind."""
    titles = {
        "sum": _("Totals"),
        "ratio": _("Intensities and prices"),
        "share": _("Shares"),
        "stock": _("Size"),
        "count": _("Size"),
    }
    found: dict[str, list[tuple[str, str]]] = {}
    catalog = home_catalog()
    for code in codes:
        found.setdefault(titles[catalog.indicator(code).shape], []).append((code, indicator_name(code)))
    return [Group(title, tuple(choices)) for title, choices in found.items()]


def _view_tabs(request: HttpRequest, asked: MapQuestion) -> list[Tab]:
    """By area and by reporting line, for who sees the whole and looks at it."""
    if not access_of(request).whole:
        return []
    titles = {AREA: _("By area"), LINE: _("By reporting line")}
    return [
        Tab(title, _with(request, by=tree, scope="city"), tree == asked.tree)
        for tree, title in titles.items()
    ]


def _boundaries(asked: MapQuestion) -> Boundaries | None:
    """The boundary file of the map's day; regions alone have outlines, bodies have none."""
    return boundaries_on(asked.boundaries) if asked.tree == AREA else None


def _points(request: HttpRequest, file: Boundaries, asked: MapQuestion) -> MapPoints | None:
    """Institutions over the outlines, once they are asked for."""
    if request.GET.get("points") != ON:
        return None

    def href(code: str) -> str:
        return f"{_with(request, near=code)}#points"

    return map_points(file, asked.boundaries, request.GET.get("near", ""), href)


def _file_number(asked: MapQuestion) -> int:
    """Which file that is; it may change without a publication. 0: none."""
    return file_number(asked.boundaries) if asked.tree == AREA else 0


def _draw_tabs(request: HttpRequest, *, outlined: bool) -> list[Tab]:
    return [
        Tab(_("Tiles"), _with(request, draw=""), not outlined),
        Tab(_("Outlines"), _with(request, draw=OUTLINE), outlined),
    ]


def _show_tabs(request: HttpRequest, *, changes: bool) -> list[Tab]:
    return [
        Tab(_("Value"), _with(request, show=""), not changes),
        Tab(_("Change against the year before"), _with(request, show=CHANGE), changes),
    ]


def _with(request: HttpRequest, **values: str) -> str:
    kept = {key: str(value) for key, value in request.GET.items() if key not in ("page", "sort", "export")}
    return f"{request.path}?{urlencode({k: v for k, v in {**kept, **values}.items() if v})}"
