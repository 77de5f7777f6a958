"""A month by day and hour as a picture and in words; the table beside says the same."""

from typing import Any, Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from jieyue.apps.metering.heat import Heat, Known
from jieyue.domain.quantity import from_fixed
from jieyue.web import meter_words as words
from jieyue.web.words import grouped, percent

#: From little to much: one hue that grows darker, so that it reads without colour too.
_SCALE: Final = [f"--jy-scale-{step}" for step in range(1, 7)]
_EDGE: Final = {"borderColor": "--jy-paper", "borderWidth": 1}
_CROSS: Final = "path://M0,0L10,10M10,0L0,10"


def amount(value: int) -> str:
    """Ten-thousandths as a page shows them."""
    return grouped(f"{from_fixed(value).normalize():f}")


def heat_chart(heat: Heat, unit: str) -> dict[str, Any]:
    """Squares by hour (across) and day (down); a missing hour is crossed, one that is not sure has a dot."""
    hours = [str(hour) for hour in range(24)]
    days = [day.isoformat() for day in heat.days]
    values = [
        [int(hour), int(row), float(from_fixed(int(heat.use[row, hour])))]
        for row, hour in np.argwhere(heat.has_use)
    ]
    numbers = [value for _hour, _row, value in values] or [0.0]
    low, high = min(numbers), max(numbers)
    scale = {"min": low if low < high else low - 1, "max": high, "inRange": {"color": _SCALE}}
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 88, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0, "data": [str(words.QUALITIES["missing"]), _("not sure")]},
        "tooltip": {"renderMode": "richText"},
        "xAxis": {"type": "category", "data": hours, "position": "top", "name": pgettext("unit of time", "h")},
        "yAxis": {"type": "category", "data": days, "inverse": True, "axisLine": {"show": False}},
        "visualMap": {
            **scale, "seriesIndex": 0, "calculable": False, "orient": "vertical", "right": 0, "top": "middle",
            "text": [f"{high:g} {unit}", f"{low:g}"],
        },
        "series": [
            {"type": "heatmap", "name": _("Use"), "data": values, "itemStyle": _EDGE},
            _marks(heat, Known.MISSING, str(words.QUALITIES["missing"]), _CROSS, 7),
            _marks(heat, Known.UNSURE, _("not sure"), "circle", 6),
        ],
    }  # fmt: skip


def _marks(heat: Heat, kind: Known, name: str, symbol: str, size: int) -> dict[str, Any]:
    places = [[int(hour), int(row)] for row, hour in np.argwhere(heat.known == kind)]
    edge = "--jy-care-mark" if symbol == _CROSS else "--jy-paper"
    return {
        "type": "scatter", "name": name, "symbol": symbol, "symbolSize": size, "data": places,
        "itemStyle": {"color": "--jy-care-mark", "borderColor": edge, "borderWidth": 1},
    }  # fmt: skip


def heat_words(heat: Heat, unit: str) -> list[str]:
    """What the picture shows, in sentences."""
    past = heat.count(Known.MISSING, Known.SURE, Known.UNSURE)
    if not past:
        return []
    said = [_known(heat, past)]
    if (heat.known == Known.MISSING).any():
        said.append(_longest_gap(heat))
    if heat.has_use.any():
        said += [_highest(heat, unit), *_usual(heat, unit)]
    return said


def _known(heat: Heat, past: int) -> str:
    sure, unsure, missing = (heat.count(kind) for kind in (Known.SURE, Known.UNSURE, Known.MISSING))
    return _(
        "Of %(past)d hours until today %(sure)d are sure (%(share)s), %(unsure)d not, %(missing)d are missing."
    ) % {
        "past": past, "sure": sure, "share": percent(f"{sure / past:.6f}"), "unsure": unsure, "missing": missing
    }  # fmt: skip


def _longest_gap(heat: Heat) -> str:
    missing = np.concatenate([[False], heat.known.reshape(-1) == Known.MISSING, [False]])
    edges = np.flatnonzero(np.diff(missing.astype(np.int8)))
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    count = int(ends[longest] - begins[longest])
    return ngettext(
        "The longest gap is %(count)d hour, from %(begin)s on.",
        "The longest gap is %(count)d hours, from %(begin)s on.", count,
    ) % {"count": count, "begin": _hour(heat, int(begins[longest]))}  # fmt: skip


def _highest(heat: Heat, unit: str) -> str:
    use = np.where(heat.has_use, heat.use, np.iinfo(np.int64).min).reshape(-1)
    place = int(np.argmax(use))
    return _("Most was used in the hour from %(hour)s: %(use)s %(unit)s.") % {
        "hour": _hour(heat, place), "use": amount(int(use[place])), "unit": unit
    }  # fmt: skip


def _usual(heat: Heat, unit: str) -> list[str]:
    """The hours of the day with the most and the least on average, of the hours that are known."""
    there = heat.has_use
    count = there.sum(axis=0)
    mean = np.where(count > 0, heat.use.sum(axis=0, where=there) / np.maximum(count, 1), np.nan)
    most, least = np.nanmax(mean), np.nanmin(mean)
    if most == least:
        return []
    said = _(
        "On average %(high)s has the most (%(most)s %(unit)s) and %(low)s the least (%(least)s %(unit)s)."
    )
    high, low = _clock(int(np.nanargmax(mean))), _clock(int(np.nanargmin(mean)))
    numbers = {"most": f"{most / 10_000:,.1f}", "least": f"{least / 10_000:,.1f}"}
    return [said % {"high": high, "low": low, "unit": unit, **numbers}]


def _clock(hour: int) -> str:
    return _("the hour from %(hour)02d:00") % {"hour": hour}


def _hour(heat: Heat, place: int) -> str:
    return words.instant(heat.begin + place * 3600)
