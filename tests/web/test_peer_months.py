"""I1: an institution's months over the middle half of its peers, by quantiles that are worked out by hand."""

import csv
import io
import re
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.accounts.derived_receipts import replay_any
from tests.apps.accounts import desk
from tests.web.conftest import City, operator

HEAD = {
    "type": "021",
    "region": "500103",
    "reporting_parent": "L-500103",
    "floor_area_m2": "1000",
    "valid_from": "2015-01-01",
}
PAGE = "/institutions/E-11/profile/?period=2025"
CODES = [f"E-{place:02d}" for place in range(1, 12)]


@pytest.fixture
def eleven(own_city: City) -> Client:
    """Eleven schools of 1,000 m2: E-01 used 1,000 kWh in March 2025, E-11 11,000; nobody else filed that month; in
    April nine of them filed."""
    desk.register([{"code": code, "name": f"同类学校{code}", **HEAD} for code in CODES])
    facts = {}
    for place, code in enumerate(CODES, 1):
        area = {"102": "1000"}
        facts[code, "2025"] = {"110": str(place * 12_000), "120": "100", "103": "50", **area}
        facts[code, "2025-03"] = {"110": str(place * 1000), "120": str(place), "103": "50", **area}
        if place > 2:
            facts[code, "2025-04"] = {"110": "1000", **area}
    desk.publish(facts)
    return operator()


def rows(client: Client, more: str = "") -> dict[str, list[str]]:
    answer = client.get(f"{PAGE}{more}&compute=peers&chart=peer-months&export=csv")
    assert answer.status_code == 200
    return {
        row[0]: row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if len(row) > 3
    }


def card(client: Client, more: str = "") -> str:
    page = client.get(f"{PAGE}&compute=peers{more}").content.decode()
    return page.partition('id="peer-months"')[2].partition("</section>")[0]


def said(part: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part))


def test_the_middle_half_of_a_month_is_the_one_worked_out_by_hand(eleven: Client) -> None:
    """0.1229 kgce/m2 times 1 to 11: P25 between the third and fourth, 3.5; P50 the mean of fifth and seventh, 6; P75
    between the eighth and ninth, 8.5; its own is 11."""
    march = rows(eleven)["2025年3月"]
    assert march[1:7] == ["1.35", "", "0.43", "0.74", "1.04", "11"]
    assert march[7] == "同类型、同规模、同片区"
    part = card(eleven)
    assert "有同类可比的 1 个月中，1 个月高于同类中间一半，0 个月低于" in said(part)
    assert part.count('class="p-box"') == 1
    assert "P25—P75 0.43—1.04（n=11）" in part


def test_fewer_than_ten_have_no_band_and_it_is_said(eleven: Client) -> None:
    april = rows(eleven)["2025年4月"]
    assert april[1:8] == ["0.12", "", "", "", "", "", "同类不足 10 个，不列分位"]


def test_water_by_person_files_and_sources(eleven: Client) -> None:
    """1 to 11 m3 of 50 persons: 0.02 times 3.5, 6 and 8.5."""
    assert rows(eleven, "&by=water_per_person_m3")["2025年3月"][1:7] == [
        "0.22",
        "",
        "0.07",
        "0.12",
        "0.17",
        "11",
    ]
    assert eleven.get(f"{PAGE}&compute=1&by=persons").status_code == 404
    assert eleven.get(f"{PAGE}&compute=1&chart=peer-months&export=xlsx").status_code == 200
    part = card(eleven)
    assert 'data-picture="chart-peer-months"' in part
    link = re.search(r'href="(/source/[^"]*indicator=energy_per_area_kgce_m2[^"]*2025-03[^"]*)"', part)
    assert link
    assert eleven.get(link[1].replace("&amp;", "&")).status_code == 200
    english = operator("en").get(f"{PAGE}&compute=peers").content.decode()
    assert "of 1 months with peers, 1 above their middle half, 0 below it" in english


def test_before_the_peers_are_computed_it_says_so_and_asks_little(eleven: Client) -> None:
    first = eleven.get(f"{PAGE}&compute=1").content.decode()
    assert "同类尚未计算" in first
    card(eleven)
    with CaptureQueriesContext(connection) as asked:
        shown = eleven.get(PAGE).content.decode()
    assert "P25—P75 0.43—1.04（n=11）" in shown
    assert len(asked) <= 12


def test_the_quantiles_of_a_month_open_their_source(eleven: Client) -> None:
    links = re.findall(
        r'<a href="/receipt/(derived\.peer_quantile[^"]*month[^"]*)"[^>]*data-source[^>]*>([^<]*)</a>',
        card(eleven),
    )
    assert [number for _receipt, number in links] == ["0.43", "0.74", "1.04"]
    for receipt, number in links:
        found = eleven.get(f"/receipt/{receipt}", headers={"HX-Request": "true"})
        assert found.status_code == 200
        told = said(found.content.decode())
        assert f" {number} 千克标准煤/平方米" in told
        assert "有数的机构：同类型、同规模、同片区（2025-03）" in told
        assert " 11 " in told
    again = replay_any(unquote(links[0][0]))
    assert (again.equal, again.own) == (True, True)
