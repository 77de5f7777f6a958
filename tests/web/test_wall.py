"""The wall display: the figures of the pages to the printed digit, one publication on, and 304 while nothing moves."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.identity.services.issue_wall import issue_wall
from jieyue.apps.returns.services.import_file import import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from tests.apps.accounts import desk
from tests.web.addresses import school
from tests.web.conftest import City

MOST_QUERIES = 12


def texts(html: str) -> list[str]:
    return [word.strip() for word in re.sub(r"<[^>]+>", "\n", html).split("\n") if word.strip()]


def keys(html: str) -> list[str]:
    """The seven values of the wall."""
    return re.findall(r'<p class="w-value[^"]*">([^<]+)<', html)


def board(html: str) -> list[str]:
    """The seven actual values of the plan board."""
    return re.findall(r"<b>([\d,.]+)</b></a>", html)


def tiles(html: str) -> dict[str, str]:
    """Short name → value of the tiles of a page or wall."""
    found = re.findall(
        r'<text[^>]*y="2[56]">([^<]+)</text>\s*<text[^>]*class="tile-value[^>]*>([^<]+)</text>', html
    )
    return dict(found)


def pages(client: Client, secret: str) -> tuple[list[str], dict[str, str], list[str], dict[str, str]]:
    wall = Client().get(f"/wall/{secret}/").content.decode()
    plan = client.get("/plan/?period=2025").content.decode()
    mapped = client.get("/map/?period=2025&indicator=energy_per_area_kgce_m2").content.decode()
    return keys(wall), tiles(wall), board(plan), tiles(mapped)


def publish(code: str, value: str) -> None:
    text = f"institution,period,item,value\n{code},2025,NY201:110,{value}\n"
    choice = ImportChoice(publish=True, restate="抄表更正")
    result = import_file(text.encode(), "returns.csv", actor="tests", choice=choice).result
    assert result.applied


def test_wall_and_pages_show_the_same_and_move_together(own_city: City) -> None:
    _, secret = issue_wall("大厅", "city", days=30, actor="tests", indicator="energy_per_area_kgce_m2")
    client = own_city.client()
    wall, mapped, plan, page = pages(client, secret)
    assert (len(wall), len(mapped)) == (7, 37)
    assert (wall, mapped) == (plan, page)
    publish(school(own_city), "4000000")
    wall_after, mapped_after, plan_after, page_after = pages(client, secret)
    assert (wall_after, mapped_after) == (plan_after, page_after)
    assert wall_after[0] != wall[0]
    assert len([name for name in mapped if mapped[name] != mapped_after[name]]) == 1


def test_an_unchanged_wall_answers_304_and_asks_little(city: City) -> None:
    _, secret = issue_wall("大厅", "city", days=30, actor="tests")
    address, client = f"/wall/{secret}/", Client()
    first = client.get(address)
    assert first["Cache-Control"] == "no-store, private"
    assert first["Referrer-Policy"] == "no-referrer"
    with CaptureQueriesContext(connection) as asked:
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert len(asked) <= MOST_QUERIES
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_home_without_data_has_a_wall(empty_city: object) -> None:
    _, secret = issue_wall("大厅", "city", days=30, actor="tests")
    text = Client().get(f"/wall/{secret}/").content.decode()
    assert keys(text) == ["—"] * 7
    assert "尚未公布任何月份" in text


@pytest.mark.parametrize(("kwh", "tonnes", "highest"), [("5000", 0.6145, "0.8"), ("20000", 2.458, "2.5")])
def test_the_columns_of_a_small_authority_end_where_their_scale_says(
    empty_city: object, kwh: str, tonnes: float, highest: str
) -> None:
    """Electricity alone, by 0.1229 kgce a kWh: less than a tonne, and a scale that ends between two whole numbers."""
    head = {"type": "01", "region": "500103", "reporting_parent": "L-500103", "valid_from": "2015-01-01"}
    desk.register([{"code": "A1", "name": "渝中区第一中学", **head}])
    desk.publish({("A1", "2026-09"): {"110": kwh}})
    _, secret = issue_wall("大厅", "city", days=30, actor="tests")
    drawn = Client().get(f"/wall/{secret}/").content.decode().partition('data-part="columns"')[2]
    marks = re.findall(r'y="([\d.]+)" dy="7" text-anchor="end">([\d.]+)<', drawn)
    assert marks[-1][1] == highest
    (base, _), (top, label) = marks[0], marks[-1]
    ((y, height),) = re.findall(r'class="w-bar[^>]* y="(-?[\d.]+)" height="([\d.]+)"', drawn)
    tall = (float(base) - float(top)) / float(label)
    assert float(height) == pytest.approx(tonnes * tall, abs=0.1)
    assert float(base) - float(y) == pytest.approx(tonnes * tall, abs=0.1)


def sentences(html: str) -> list[str]:
    """The titles of the four quarters of the right half."""
    return re.findall(r'data-part="more-[^"]*"><figcaption>([^<]+) <span', html)


def amounts(html: str) -> list[str]:
    """The parts of the change and their sum, in the order of the screen."""
    return re.findall(r"<b>([+−-]?[\d,.]+)</b></li>", html.partition('data-part="more-change"')[2])


def test_the_right_half_says_what_the_dashboard_and_the_change_say(own_city: City) -> None:
    _, secret = issue_wall("大厅", "city", days=30, actor="tests")
    client, address = own_city.client(), f"/wall/{secret}/"
    code = school(own_city)
    moved = []
    for value in ("", "4000000"):
        if value:
            choice = ImportChoice(publish=True, restate="抄表更正")
            text = f"institution,period,item,value\n{code},2026-09,NY201:110,{value}\n"
            assert import_file(text.encode(), "returns.csv", actor="tests", choice=choice).result.applied
        wall = Client().get(address).content.decode()
        page = client.get("/overview/?compute=1").content.decode()
        change = client.get("/change/?scope=city&period=2026-09").content.decode()
        said = sentences(wall)
        assert len(said) == 4
        assert all(one in page for one in said[:3])
        assert said[3] in change
        assert amounts(wall)
        assert all(f'<td class="number">{one}</td>' in change for one in amounts(wall))
        assert code not in wall
        moved.append((said, amounts(wall)))
    (_, parts), (_, new_parts) = moved
    assert parts[-1] != new_parts[-1]
