"""What a page links weighs no more, compressed, than an old office computer and a slow line can bear."""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest

import jieyue.web
from tests.web.addresses import of_city, plain
from tests.web.conftest import City

STATIC = Path(jieyue.web.__file__).parent / "static"
ORDINARY, GRID, CHARTS = 100_000, 220_000, 330_000


@cache
def weight(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


def linked(page: str) -> set[str]:
    """Style sheets and scripts of the page, those that come after the first paint included."""
    found = re.findall(r'(?:href|src|data-later)="/static/([^"]+\.(?:css|js))"', page)
    return {re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name) for name in found}


def test_no_page_weighs_more_than_its_kind_may(city: City) -> None:
    client = city.client()
    heavy = {}
    for path in [*plain(), *of_city(city)]:
        files = linked(client.get(path).content.decode())
        assert "jieyue.css" in files, path
        most = (
            CHARTS if any("echarts" in name for name in files) else GRID if "entry.js" in files else ORDINARY
        )
        if (total := sum(map(weight, files))) > most:
            heavy[path] = total
    assert heavy == {}


def test_a_page_with_charts_stays_in_its_budget_and_paints_before_them() -> None:
    frame = [
        "tokens.css",
        "jieyue.css",
        "jieyue.js",
        "vendor/htmx/htmx.min.js",
        "vendor/bootstrap/bootstrap.min.css",
    ]
    charts = ["vendor/echarts/echarts.min.js", "chart.js"]
    assert sum(map(weight, frame)) <= ORDINARY
    assert sum(map(weight, [*frame, *charts])) <= CHARTS
    for template in ("meter.html", "meter_heat.html"):
        text = (STATIC.parent / "templates/pages" / template).read_text("utf-8")
        assert "<script src=\"{% static 'vendor/echarts" not in text, template
        assert "data-later=\"{% static 'vendor/echarts/echarts.min.js' %}\"" in text, template


@pytest.mark.parametrize("word", ["http://", "https://", "//"])
def test_nothing_comes_from_another_host(word: str) -> None:
    for path in STATIC.parent.joinpath("templates").rglob("*.html"):
        assert not re.search(rf'<(?:script|link)[^>]+(?:src|href)="{word}', path.read_text("utf-8")), (
            path.name
        )
