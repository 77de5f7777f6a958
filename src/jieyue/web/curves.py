"""Load curves as a chart's description: made here, drawn by the script chart.js; the table beside says the same."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from jieyue.apps.metering.queries import Uses
from jieyue.domain.quantity import from_fixed
from jieyue.web import meter_words as words

#: Tokens of the palette, read by chart.js; the pattern of each series differs too: none is told by colour alone.
_COLOURS: Final = {
    "measured": "--jy-series-1", "calculated": "--jy-series-3", "estimated": "--jy-series-2", "manual": "--jy-series-5",
    "suspect": "--jy-series-4",
}  # fmt: skip
#: Part of the line's height that is left free above and below it.
_ROOM: Final = 0.1
_GOOD, _BAD = "--jy-series-1", "--jy-series-4"


def use_chart(found: Uses, unit: str) -> dict[str, Any]:
    """Columns of uses, a series for each quality; what is missing is left open."""
    values = [
        _number(value) if there else None for value, there in zip(found.value, found.there, strict=True)
    ]
    present = [quality for quality in _COLOURS if quality in set(found.quality)]
    series = [
        {
            "type": "bar",
            "name": str(words.QUALITIES[quality]),
            "stack": "use",
            "large": False,
            "barCategoryGap": "10%",
            "itemStyle": {"color": _COLOURS[quality]},
            "data": [
                value if own == quality else None for value, own in zip(values, found.quality, strict=True)
            ],
        }
        for quality in present
    ]
    return _chart([words.instant(int(ts)) for ts in found.ts], unit, series)


def reading_chart(found: Uses, unit: str) -> dict[str, Any]:
    """The readings that count as a line; the others as marks, at the edge where they lie far beyond the line."""
    labels = [words.moment(int(ts)) for ts in found.ts]
    good = [quality in ("good", "duplicate") for quality in found.quality]
    values = [_number(value) for value in found.value]
    kept = [value for value, fine in zip(values, good, strict=True) if fine] or values
    room = max(max(kept) - min(kept), 1.0) * _ROOM
    low, high = min(kept) - room, max(kept) + room
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "name": str(words.VERDICTS["good"]),
            "showSymbol": len(values) <= 60,
            "connectNulls": True,
            "itemStyle": {"color": _GOOD},
            "data": [value if fine else None for value, fine in zip(values, good, strict=True)],
        }
    ]
    if not all(good):
        marks = [
            None if fine else min(max(value, low), high) for value, fine in zip(values, good, strict=True)
        ]
        series.append(
            {
                "type": "scatter",
                "name": _("not counted (at the edge if far off)"),
                "symbol": "triangle",
                "symbolSize": 9,
                "itemStyle": {"color": _BAD},
                "data": marks,
            }
        )
    chart = _chart(labels, unit, series)
    chart["yAxis"] |= {"scale": True, "min": round(low, 2), "max": round(high, 2)}
    return chart


def _number(value: Any) -> float:
    return float(from_fixed(int(value)))


def _chart(labels: Sequence[str], unit: str, series: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "animation": False,
        "aria": {"enabled": True, "decal": {"show": len(series) > 1}},
        "grid": {"left": 8, "right": 16, "top": 44, "bottom": 36, "containLabel": True},
        "legend": {"top": 0, "right": 16},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "dataZoom": [{"type": "inside"}],
        "xAxis": {"type": "category", "data": list(labels)},
        "yAxis": {"type": "value", "name": unit},
        "series": series,
    }
