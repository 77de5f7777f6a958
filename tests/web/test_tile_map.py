"""The map: tiles and strip are the whole, on every day and in value; the page, its table and its files say the same."""

import csv
import io
import re
from datetime import date
from fractions import Fraction

import pytest
from django.test import Client

from jieyue.apps.accounts.queries import figures
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.insights.tile_map import MapQuestion, map_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.queries import tree
from tests.clients import signed_in
from tests.web.conftest import City

_TILE = re.compile(
    r'<a class="tile" href="([^"]+)" data-row="(\d+)" data-column="(\d+)" aria-label="([^"]+)">'
)
#: (day, regions on tiles, in the strip), counted by hand in the region table.
DAYS = (("2025-10-31", 38, 3), ("2025-11-06", 37, 2))


def asked(kind: str, indicator: str, period: str, day: str | None = None) -> MapQuestion:
    return MapQuestion(kind, "city", indicator, period, last_done(), date.fromisoformat(day) if day else None)


def exact(scopes: list[str], indicator: str, period: str, day: str) -> list[Fraction | None]:
    rows = figures(scopes, period, indicators=[indicator], boundaries=day)
    return [row.exact for row in rows]


@pytest.mark.parametrize(("day", "tiles", "strip"), DAYS)
@pytest.mark.parametrize("indicator", ["energy_total_tce", "floor_area_m2", "institutions"])
def test_tiles_and_strip_sum_to_the_city(
    city: City, day: str, tiles: int, strip: int, indicator: str
) -> None:
    found = map_of(asked("area", indicator, "2025", day))
    assert (len(found.tiles), len(found.strip)) == (tiles, strip)
    scopes = [place.info.scope for place in found.places]
    assert len(set(scopes)) == tiles + strip
    [whole, *parts] = exact(["city", *scopes], indicator, "2025", day)
    assert whole == sum(part for part in parts if part is not None) == found.total.exact
    assert found.rest == 0


def test_by_reporting_line_the_departments_stand_in_the_strip(city: City) -> None:
    found = map_of(asked("line", "energy_total_tce", "2025"))
    on_tiles = {place.info.code for place in found.tiles}
    assert on_tiles == {
        place.info.code for place in found.places if re.match(r"L-(\d|cq-liangjiang-d)", place.info.code)
    }
    outside = [place for place in found.places if place.outside]
    assert [place.info.code for place in outside] == ["L-CENTRAL"]
    counted = sum(p.figure.exact for p in found.places if p.figure.exact is not None and not p.outside)
    assert counted + found.rest == found.total.exact


def page_tiles(text: str) -> dict[tuple[int, int], tuple[str, str]]:
    """(row, column) → (address, words) of the tiles of a page."""
    return {(int(row), int(column)): (href, words) for href, row, column, words in _TILE.findall(text)}


def rows_of(client: Client, address: str) -> list[list[str]]:
    """The lines of a page's table as a file."""
    content = client.get(f"{address}&export=csv").content.decode("utf-8-sig")
    return [line for line in csv.reader(io.StringIO(content)) if len(line) > 2]


def test_tile_table_file_and_the_page_it_opens_say_the_same(city: City) -> None:
    client = city.client()
    address = "/map/?period=2025&indicator=energy_per_area_kgce_m2"
    text = client.get(address).content.decode()
    tiles = page_tiles(text)
    assert len(tiles) == 37
    href, words = tiles[5, 4]  # 渝中
    [value] = [row[2] for row in rows_of(client, address) if row[1] == "500103"]
    assert words.split("，")[:2] == ["渝中区", value]
    assert f">{value}</a>" in text
    assert value in client.get(href.replace("&amp;", "&")).content.decode()
    assert "示意图，不表示行政区域界线" in text


def test_change_stands_on_one_day_and_names_its_base(city: City) -> None:
    address = "/map/?period=2025&indicator=energy_total_tce&show=change"
    lines = rows_of(city.client(), address)
    scopes = ["city", "area:500101", "area:cq-liangjiang-district"]
    now = exact(scopes, "energy_total_tce", "2025", "2025-12-31")
    then = exact(scopes, "energy_total_tce", "2024", "2025-12-31")
    by_code = {line[1]: line[4] for line in lines[1:]}
    for code, new, old in zip(["", "500101", "cq-liangjiang-district"], now, then, strict=True):
        assert new is not None
        assert old is not None
        assert float(by_code[code]) == float(round((new / old - 1) * 100, 1))


def test_the_classes_of_a_month_are_those_of_its_year(city: City) -> None:
    """The legend does not move with the month, and is worked out of the values of all of them."""
    months = ("2026-08", "2026-09")
    legends = []
    for month in months:
        text = city.client().get(f"/map/?period={month}&indicator=energy_total_tce").content.decode()
        legends.append(re.findall(r"</svg>((?:≤|&gt;|[\d,.]+–)[^<]*)</dd>", text))
    assert legends[0] == legends[1]
    values: list[Fraction] = []
    for month in months:
        found = map_of(asked("area", "energy_total_tce", month))
        values += [place.figure.exact for place in found.tiles if place.figure.exact is not None]
    first = sorted(values)[-(-len(values) // 5) - 1]
    assert legends[0][0] == f"≤ {float(first):.2f}"


def test_a_district_sees_its_own_line_alone(own_city: City) -> None:
    node = tree("line").by_code["L-500103"]
    grant(
        create_user("yuzhong", actor="tests"),
        "viewer",
        node=node.id,
        valid_from=date(2020, 1, 1),
        actor="tests",
    )
    client = signed_in("yuzhong")
    for address in (
        "/map/?scope=city",
        "/map/?scope=area:500103",
        "/map/?scope=line:L-500104",
    ):
        assert client.get(f"{address}&period=2025").status_code == 404, address
    lines = rows_of(client, "/map/?period=2025&indicator=floor_area_m2")
    codes = {line[1] for line in lines[1:] if len(line) > 1 and line[1]}
    assert codes == {"L-500103-EDU", "L-500103-HEA"}
    total = float(lines[1][2])
    below = sum(float(line[2] or 0) for line in lines[2:] if len(line) > 2)
    assert below == pytest.approx(total, abs=0.02)


@pytest.mark.parametrize(
    "query", ["indicator=nothing", "by=type", "boundaries=yesterday", "show=all", "scope=type:021"]
)
def test_what_is_no_map_is_not_found(city: City, query: str) -> None:
    assert city.client().get(f"/map/?{query}").status_code == 404
