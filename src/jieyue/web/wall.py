"""What a wall display 大屏 shows: the figures of the pages, put together for a screen that nobody sits at.

No institution is named: a wall has visitors. Every number is the one that the page of the same scope and period prints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from django.conf import settings
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import FigureRow, ScopeInfo, figures
from jieyue.apps.identity.walls import Device
from jieyue.apps.insights.overview import TILES, Month, Overview, Trust, overview_of
from jieyue.apps.insights.overview_periods import CITY
from jieyue.apps.insights.tile_map import AREA, LINE, MapQuestion, map_of, region_of
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.review.queries import counts_by_severity
from jieyue.apps.targets.queries import PlanStatusRow, plan_status
from jieyue.catalog.model import Region
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS
from jieyue.web.page import as_of_words
from jieyue.web.pictures import round_step
from jieyue.web.plan_units import board_unit
from jieyue.web.selection import (
    Selection,
    available,
    closed_month,
    default_period,
    node_scopes,
    scope_name,
)
from jieyue.web.tile_pictures import TilePicture, map_scale, picture
from jieyue.web.views.data import children
from jieyue.web.views.receipts import origin_words
from jieyue.web.wall_more import Chart, charts_of
from jieyue.web.words import (
    MISSING_TEXT,
    grouped,
    indicator_name,
    is_chinese,
    local,
    percent,
    period_name,
    unit,
)

_WORST = 10


@dataclass(frozen=True)
class Key:
    """One of the seven indicators; path and status only where the plan judges this scope."""

    name: str
    text: str
    unit: str
    path: str
    status: str
    binding: bool | None
    provisional: bool


@dataclass(frozen=True)
class WallMap:
    """One map of the middle, or the list of bodies where nothing stands on a tile."""

    title: str
    unit: str
    picture: TilePicture
    strip: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """A month: its bar this year and the outline of the year before; None: no figure."""

    x: float
    width: float
    label: str
    now: tuple[float, float] | None
    then: tuple[float, float] | None
    provisional: bool
    gap: bool


@dataclass(frozen=True)
class Columns:
    """The year by months."""

    title: str
    unit: str
    columns: tuple[Column, ...]
    base: float
    grid: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Body:
    """A body and its completeness; share: for its bar, 0–100."""

    name: str
    text: str
    share: int


@dataclass(frozen=True)
class Wall:
    """The whole screen."""

    title: str
    scope: str
    period: str
    as_of: str
    keys: tuple[Key, ...]
    maps: tuple[WallMap, ...]
    columns: Columns | None
    month: str
    bodies: tuple[Body, ...]
    trust: tuple[Body, ...]
    more: tuple[Chart, ...]


class NoScopeError(LookupError):
    """The device's scope is no node of the period any more."""


def wall_for(device: Device, sequence: int) -> Wall:
    """The screen of a device as of a publication. Raises NoScopeError, and what figures raise."""
    days = available(sequence)
    year = default_period(days)[:4]
    month = closed_month(days)
    nodes = node_scopes(year, sequence)
    if device.scope not in nodes:
        raise NoScopeError(device.scope)
    found = (
        overview_of(device.scope, Period.parse(month), sequence=sequence, indicator=TILES[0])
        if month
        else None
    )
    return Wall(
        title=_("Energy and resources of public institutions"),
        scope=scope_name(device.scope, nodes),
        period=period_name(year),
        as_of=as_of_words(sequence),
        keys=tuple(_keys(device.scope, int(year), sequence)),
        maps=tuple(_map(device.scope, code, year, sequence) for code in _turn(device)),
        columns=_columns(found.months.months) if found else None,
        month=period_name(month) if month else "",
        bodies=tuple(_bodies(device.scope, month, sequence)) if month else (),
        trust=tuple(_trust(found.trust[-1])) if found and found.trust else (),
        more=_more(found, device.scope, month, sequence) if found and month else (),
    )


def alerts_for(device: Device, sequence: int) -> tuple[tuple[str, int], ...] | None:
    """Open findings by severity; None where nothing is published or the screen shows a part: only the whole has all."""
    month = closed_month(available(sequence))
    return _alerts(month) if month and device.scope == CITY else None


def _turn(device: Device) -> list[str]:
    """The indicators of the map: the device's own, else the plan's intensities in turn."""
    if device.indicator:
        return [device.indicator]
    return [row.code for row in home_plan().indicators if "_per_" in row.code][:3] or [TILES[0]]


def _keys(scope: str, year: int, sequence: int) -> list[Key]:
    plan = home_plan()
    rows = plan_status(settings.JIEYUE_HOME.plan, year, scope=scope, sequence=sequence)
    judged = scope == CITY and plan.base_year <= year <= plan.target_year
    return [_key(row, board_unit(plan, row)[0], judged=judged) for row in rows]


def _key(row: PlanStatusRow, shown: str, *, judged: bool) -> Key:
    return Key(
        name=local(row),
        text=grouped(row.shown_actual),
        unit=shown,
        path=grouped(row.shown_path) if judged else "",
        status=row.status if judged else "",
        binding=row.binding,
        provisional=row.figure_status == "provisional",
    )


def _map(scope: str, indicator: str, year: str, sequence: int) -> WallMap:
    found = map_of(MapQuestion(AREA if scope == CITY else LINE, scope, indicator, year, sequence))
    scale = map_scale(found)
    strip = [
        (local(place.info), MISSING_TEXT if place.figure.exact is None else scale.text(place.figure.exact))
        for place in found.strip
    ]
    return WallMap(
        f"{indicator_name(indicator)} {period_name(year)}",
        scale.unit,
        picture(found, lambda place: ""),
        tuple(strip),
    )


def _columns(months: Sequence[Month]) -> Columns | None:
    """Columns from zero, this year's filled before last year's outline; both on one scale."""
    values = [row.exact for month in months for row in (month.now, month.then) if row and row.exact]
    if not values:
        return None
    highest = Decimal(max(values).numerator) / Decimal(max(values).denominator)
    step = round_step(highest)
    peak = step * (highest / step).to_integral_value(ROUND_CEILING)
    left, base, tall = 110, 222, 190
    pitch = (910 - left) / len(months)

    def bar(row: FigureRow | None) -> tuple[float, float] | None:
        if row is None or row.exact is None:
            return None
        height = round(float(row.exact / Fraction(peak)) * tall, 1)
        return round(base - height, 1), height

    columns = tuple(
        Column(
            x=round(left + place * pitch + pitch * 0.15, 1),
            width=round(pitch * 0.7, 1),
            label=str(place + 1),
            now=bar(month.now),
            then=bar(month.then),
            provisional=bool(month.now and month.now.status == "provisional"),
            gap=bool(month.now and month.now.exact is None),
        )
        for place, month in enumerate(months)
    )
    marks = [step * n for n in range(int(peak / step) + 1)]
    grid = tuple((round(base - float(mark / peak) * tall, 1), f"{mark.normalize():,f}") for mark in marks)
    row = months[0].then
    return Columns(indicator_name(row.indicator), unit(row.unit), columns, base, grid)


def _bodies(scope: str, month: str, sequence: int) -> list[Body]:
    """The ten bodies directly below whose returns of the month are least complete."""
    below = children(Selection(scope, month, sequence, node_scopes(month, sequence)), LINE)
    regions = {row.code: row for row in home_catalog().regions_on(Period.parse(month).last_day)}
    names = {node.scope: _short(node, regions) for node in below}
    rows = figures(list(names), month, indicators=["completeness"], sequence=sequence) if names else []
    known = sorted((row.exact, names[row.scope]) for row in rows if row.exact is not None)
    return [Body(name, percent(str(share)), int(share * 100)) for share, name in known[:_WORST]]


def _more(found: Overview, scope: str, month: str, sequence: int) -> tuple[Chart, ...]:
    """The right half of a wide screen."""
    nodes = node_scopes(month, sequence)
    selection = Selection(scope, month, sequence, nodes)
    below = children(selection, LINE)
    regions = {row.code: row for row in home_catalog().regions_on(Period.parse(month).last_day)}
    names = {node.scope: _short(node, regions) for node in below}
    return charts_of(found, selection, below, {**names, scope: scope_name(scope, nodes)})


def _short(node: ScopeInfo, regions: Mapping[str, Region]) -> str:
    """A body by the region whose code ends its own, where there is one: the screen has room for few letters."""
    region = regions.get(region_of(node.code, regions))
    return local(node) if region is None else region.short_name if is_chinese() else region.name_en


def _trust(found: Trust) -> list[Body]:
    """Where the energy of the month comes from, in the order of the origins."""
    rows = zip(ORIGINS, found.origins, strict=True)
    return [
        Body(origin_words(origin), f"{grouped(row.display)}%", int(row.exact))
        for origin, row in rows
        if row.exact
    ]


def _alerts(month: str) -> tuple[tuple[str, int], ...]:
    """Open findings of the month by severity; only of the whole, which alone has them all."""
    counts = counts_by_severity(home_plan().method.account_form, month)
    return tuple((name, counts.get(code, 0)) for code, name in severities().items())


def severities() -> dict[str, str]:
    """Severity → its word."""
    return {"error": _("errors"), "warning": _("warnings"), "note": _("notes")}
