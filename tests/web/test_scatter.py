"""Institutions by size and energy: who is outside the band of his type, worked out by hand; names for who sees them."""

import csv
import html
import io
import re
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.accounts.derived_receipts import replay_any
from jieyue.apps.accounts.peer_frame import peer_frame
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.publication.queries import last_done
from tests.apps.accounts import desk
from tests.clients import signed_in
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_kept_parts import holder

PAGE = "/overview/?period=2024&part=institutions&compute=1"


@pytest.fixture(scope="module")
def offices(furnished, tmp_path_factory, django_db_blocker):
    """21 offices of 1,000 m² with n MWh each, n = 1 … 21, the odd ones of 渝中; two schools; one office is silent.

    P5 of 1 … 21 is h = 1, a place itself: the mean of 1 and 3; P95 of 19 and 21. So 1 is below and 21 above.
    """
    from tests.shared_home import copy_of, turned_to

    path = copy_of(furnished, tmp_path_factory.mktemp("offices") / "home")
    people = [(f"O{n:02d}", "01", "500103" if n % 2 else "500105", n) for n in range(1, 22)]
    people += [("E01", "021", "500103", 1), ("E02", "021", "500103", 90), ("O99", "01", "500103", None)]
    with django_db_blocker.unblock(), turned_to(path):
        desk.register(
            [
                {
                    "code": code,
                    "name": f"试验机构{code}",
                    "type": kind,
                    "region": region,
                    "reporting_parent": f"L-{region}",
                    "valid_from": "2015-01-01",
                }
                for code, kind, region, _power in people
            ]
        )
        desk.publish(
            {
                (code, "2024"): {"110": str(power * 1000), "102": "1000", "103": str(10 * power)}
                for code, _kind, _region, power in people
                if power is not None
            }
        )
        yield path


def rows_of(client, address: str) -> list[list[str]]:
    text = client.get(f"{address}&export=csv&chart=institutions-chart").content.decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text)) if len(row) == 6][1:]


def test_who_is_outside_the_band_of_his_type_is_marked(offices) -> None:
    """0.1229 kgce a kWh: 1,000 kWh are 0.12 tce and 0.12 kgce/m², 21,000 kWh 2.58 tce and 2.58 kgce/m²."""
    client = operator()
    text = page_of(client.get(PAGE)).text
    assert "2024年 23 个机构中 2 个单位建筑面积能耗在同类型中间九成之外：偏高 1 个、偏低 1 个" in text
    assert "1 个未画：没有报全，或缺其中一项数" in text
    assert "2 个属于不足 10 个机构的类型，不作判断" in text
    rows = rows_of(client, PAGE)
    assert [(row[0], row[2], *row[3:]) for row in rows] == [
        ("试验机构O01", "▽ 偏低", "1000.00", "0.12", "0.12"),
        ("试验机构O21", "▲ 偏高", "1000.00", "2.58", "2.58"),
    ]


def test_the_crowd_is_counted_in_cells(offices) -> None:
    """1,000 m² is column 8 × 3; rows by 8 × log10 of n × 0.1229: nobody is a dot of his own but the marked two."""
    page = operator().get(PAGE).content.decode()
    drawn = page.partition('id="chart-institutions"')[2].partition("</svg>")[0]
    assert drawn.count("<circle") == 2
    shades = dict(re.findall(r'<path d="([^"]*)" class="(p-crowd-\d)"', drawn))
    cells = {css: path.count("M") for path, css in shades.items()}
    # n = 1 and a school | 2 | 3 | 4 | 5 6 | 7 8 | 9 10 | 11 … 14 | 15 … 19 | 20 21 | 90, the other school
    assert cells == {"p-crowd-0": 4, "p-crowd-1": 6, "p-crowd-2": 1}
    assert len(drawn.encode()) < 60_000


def test_persons_are_the_second_view_and_none_is_outside_where_all_use_alike(offices) -> None:
    """n MWh by 10 n persons is the same for all: nobody is above or below."""
    text = page_of(operator().get(f"{PAGE}&by=persons")).text
    assert "2024年 23 个机构中 0 个人均综合能耗在同类型中间九成之外" in text
    assert operator().get(f"{PAGE}&by=size").status_code == 404


def test_a_body_sees_its_own_against_the_band_of_all(offices) -> None:
    client = signed_in(holder("wang", "L-500103"))
    address = f"{PAGE}&scope=line:L-500103"
    answer = client.get(address)
    assert "13 个机构中 2 个" in page_of(answer).text  # the eleven odd ones and the schools
    assert client.get(f"{PAGE}&scope=line:L-500105").status_code == 404
    other = signed_in(holder("li", "L-500105"))
    text = other.get(f"{PAGE}&scope=line:L-500105").content.decode()
    assert "10 个机构中 0 个" in text
    assert "试验机构O21" not in text


def test_a_number_opens_its_source(offices) -> None:
    client = operator()
    found = re.search(
        r'href="(/source/[^"]*O21[^"]*energy_building_tce[^"]*)"', client.get(PAGE).content.decode()
    )
    assert found
    panel = client.get(found[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert "2.58" in page_of(panel).text


def test_it_reads_what_is_stored_and_says_so_where_nothing_is(offices, monkeypatch) -> None:
    client = operator()
    text = page_of(client.get(PAGE.replace("2024", "2023").replace("&compute=1", ""))).text
    assert "首次计算中" in text
    peer_frame(run_for("2024"))
    monkeypatch.setattr("jieyue.apps.accounts.peer_frame.compute_peers", None)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(PAGE.replace("&compute=1", "")).status_code == 200
    assert len(asked) <= 12


def spread_of(client, address: str) -> dict[str, list[str]]:
    text = client.get(f"{address}&export=csv&chart=spread").content.decode("utf-8-sig")
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text)) if len(row) == 10}


def test_a_type_has_its_quantiles_and_too_few_have_none(offices) -> None:
    """h of P20 of 21 is place 4: the mean of n = 4 and 6, 5 × 0.1229; of P50 11 × 0.1229, of P80 17 × 0.1229."""
    client = operator()
    text = page_of(client.get(f"{PAGE}&scope=type:01")).text
    assert "21 个机构单位建筑面积能耗中位数 1.35，P20—P80 为 0.61—2.09" in text
    assert "本系统同类分位，非定额" in text
    [row] = [row for name, row in spread_of(client, f"{PAGE}&scope=type:01").items() if name != "类型"]
    assert row == ["21", "0.61", "1.35", "2.09", "21", "试验机构O01", "0.12", "试验机构O21", "2.58"]
    [few] = [row for name, row in spread_of(client, f"{PAGE}&scope=type:021").items() if name != "类型"]
    assert few[:5] == ["2", "", "", "", "2"]
    assert "各类型都不足 10 个机构，不列分位" in page_of(client.get(f"{PAGE}&scope=type:021")).text


def test_a_body_has_its_own_extremes_beside_the_quantiles_of_all(offices) -> None:
    client = signed_in(holder("zhao", "L-500105"))
    rows = spread_of(client, f"{PAGE}&scope=line:L-500105")
    [row] = [row for name, row in rows.items() if name != "类型"]
    assert row == ["21", "0.61", "1.35", "2.09", "10", "试验机构O02", "0.25", "试验机构O20", "2.46"]


def statistics(page: str, part: str) -> list[tuple[str, str]]:
    """(number, receipt) of the links of a part of a page that open the source of a statistic."""
    found = page.partition(f'id="{part}"')[2]
    found = found if part == "main" else found.partition("</section>")[0]
    links = re.findall(r'<a href="/receipt/(derived\.[^"]*)"[^>]*data-source[^>]*>([^<]*)</a>', found)
    return [(number, unquote(html.unescape(receipt))) for receipt, number in links]


def source(client, receipt: str) -> str:
    answer = client.get(f"/receipt/{receipt}", headers={"HX-Request": "true"})
    assert answer.status_code == 200, receipt
    return " ".join(page_of(answer).text.split())


def test_the_quantiles_of_a_type_open_their_source_for_who_sees_the_card(offices) -> None:
    client = signed_in(holder("qian", "L-500105"))
    found = statistics(client.get(f"{PAGE}&scope=line:L-500105").content.decode(), "spread")
    assert [number for number, _receipt in found] == ["0.61", "1.35", "2.09"]
    for number, receipt in found:
        said = source(client, receipt)
        assert f" {number} 千克标准煤/平方米" in said
        assert "党政机关" in said or "国家机关" in said, said
        assert " 2024年 21" in said, said
        assert f"发布序号 {last_done()}" in said
        assert "试验机构" not in said
        again = replay_any(receipt)
        assert (again.equal, again.own, again.compared) == (True, True, 23 + 1)
    receipt = found[0][1]
    nobody = signed_in(create_user("nobody", actor="tests"))
    assert nobody.get(f"/receipt/{receipt}").status_code in (403, 404)
    for wrong in ("share/21", "share/x"):
        assert client.get(f"/receipt/{receipt.replace('share/20', wrong)}").status_code == 404
    for group in ("type.institution.below:021", "area.institution.below:500103", "type.district.below:01"):
        wrong = receipt.replace("type.institution.below:01", group)
        assert client.get(f"/receipt/{wrong}").status_code == 404, "too few, or no group of that kind"


def test_the_place_among_peers_opens_its_source_for_who_sees_the_institution(offices) -> None:
    """n = 1 … 21 × 0.1229: P25 is the mean of 5 and 7, P50 of 10 and 12, P75 of 15 and 17; 20½ of 21 are 97.6 %."""
    client = operator()
    page = client.get("/institutions/O21/profile/?period=2024&compute=peers").content.decode()
    found = [one for one in statistics(page, "main") if "energy_per_area" in one[1] and "month" not in one[1]]
    assert [number for number, _receipt in found] == ["98", "0.74", "1.35", "1.97"]
    for number, receipt in found:
        said = source(client, receipt)
        assert f" {number} " in said.partition("公式")[0]
        assert " 2024年 21" in said, said
        assert replay_any(receipt).equal
    assert "单位建筑面积能耗在同类中的百分位" in source(client, found[0][1])
    mine, other = (
        signed_in(holder(name, code)) for name, code in (("sun", "L-500103"), ("zhou", "L-500105"))
    )
    for _number, receipt in found:
        assert mine.get(f"/receipt/{receipt}").status_code == 200
        assert other.get(f"/receipt/{receipt}").status_code == 404
