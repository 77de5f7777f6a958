"""The profile of an institution: what it says by hand-worked numbers, whom it is shown to, what it says of gaps."""

import hashlib
import re
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.accounts.peer_frame import INTENSITIES, PEERS, PeerFrame, peer_frame
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.accounts.services.compute_run import store_part
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.papers.make import statement_for
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import number_of
from tests.apps.accounts import desk
from tests.apps.papers.papers import golden
from tests.clients import signed_in
from tests.web import metered_city
from tests.web.conftest import City, operator
from tests.web.html_text import page_of

#: 60 characters.
LONG = "重庆市渝中区" + "公共机构节能示范" * 6 + "服务中心甲乙"
HEAD = {
    "type": "021",
    "region": "500103",
    "reporting_parent": "L-500103",
    "floor_area_m2": "1000",
    "valid_from": "2015-01-01",
}


def say(code: str, language: str = "zh-hans", more: str = "") -> str:
    answer = operator(language).get(f"/institutions/{code}/profile/?compute=1{more}")
    assert answer.status_code == 200
    return page_of(answer).text


@pytest.fixture
def three(own_city: City) -> City:
    """One that grew, one that is new, and one that reported nothing, with a long name."""
    assert len(LONG) == 60
    desk.register(
        [
            {"code": "P-TWO", "name": "画像试验学校", **HEAD},
            {"code": "P-NEW", "name": "新报学校", **HEAD},
            {"code": "P-NONE", "name": LONG, **HEAD},
        ]
    )
    stocks = {"103": "100", "104": "2"}
    desk.publish(
        {
            ("P-TWO", "2024"): {"110": "80000", "111": "40000", "120": "900", "102": "1000", **stocks},
            ("P-TWO", "2025"): {"110": "90000", "111": "54000", "120": "800", "102": "1200", **stocks},
            ("P-NEW", "2025"): {"110": "10000", "120": "50", "102": "500", **stocks},
        }
    )
    return own_city


def test_it_says_what_changed_and_why(three: City) -> None:
    """9.832 → 11.061 tce at 0.1229 kgce a kWh; L = 1.229 ÷ ln 1.125 = 10.4344; × ln 1.2 = 1.9024.

    Money: L = 14000 ÷ ln 1.35 = 46650.4; × ln 1.2 = 8505.37 is the price's, 5494.63 the quantity's.
    """
    page = say("P-TWO")
    assert "能源消费 11.06 吨标准煤，同比上升 12.5%" in page
    assert "建筑用能 11.06 吨，车辆用能 0.00 吨" in page
    assert "同比下降 11.1%" in page  # water: 800 of 900
    assert "同比上升 35.0%" in page  # money
    assert "上升 1.90" in page
    assert "下降 0.67" in page
    assert "上升 8,505.37" in page
    assert "上升 5,494.63" in page
    assert "元/千瓦时 0.5000 0.6000" in re.sub(r"\s+", " ", page)
    assert "本市定额值未录入" in page
    english = say("P-TWO", "en")
    assert "year on year up 12.5%" in english
    assert "No quota of this city is entered" in english


def test_its_place_among_peers_is_shown_once_they_are_computed(three: City) -> None:
    assert "同类位置正在计算" in say("P-TWO")
    assert peer_frame(run_for("2025")) is not None
    path = "/institutions/P-TWO/profile/"
    client = operator("zh-hans")
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        page = page_of(client.get(path)).text
    assert len(asked) <= 12
    found = re.search(r"能耗 9.22 千克标准煤/平方米，在 (\d+) 个同类机构中处于第 (\d+) 百分位", page)
    assert found is not None  # 11,061 kgce on 1,200 m²
    assert int(found[1]) >= 10
    assert 0 <= int(found[2]) <= 100


def test_the_place_of_an_earlier_year_is_computed_when_asked_for(three: City) -> None:
    """The standard runs keep the last year's peers alone."""
    client = operator("zh-hans")
    address = "/institutions/P-TWO/profile/?period=2024"
    first = client.get(f"{address}&compute=1").content.decode()
    assert "同类位置只随时备好最近一年的，2024年的按需计算" in first
    assert "正在计算" not in first
    link = re.search(r'<a href="([^"]+)">计算这一年的同类位置', first)
    assert link
    page = page_of(client.get(f"/institutions/P-TWO/profile/{link[1].replace('&amp;', '&')}")).text
    assert re.search(
        r"能耗 9.83 千克标准煤/平方米，在 \d+ 个同类机构中处于第 \d+ 百分位", page
    )  # 9,832 kgce on 1,000 m²
    assert re.search(r"在 \d+ 个同类机构中", page_of(client.get(address)).text), "kept since"


def test_who_is_not_counted_in_the_year_is_told_so(three: City) -> None:
    desk.register([{"code": "P-LATE", "name": "后设学校", **HEAD | {"valid_from": "2026-03-01"}}])
    page = page_of(operator("zh-hans").get("/institutions/P-LATE/profile/?compute=peers")).text
    assert "2025年本机构不在统计范围内，没有同类位置" in page
    assert "不足 10 个" not in page


def test_the_percentile_is_the_one_worked_out_by_hand(three: City) -> None:
    """Eleven in the frame, three of them lower: (3 + 1/2) ÷ 11 = 31.8 %; the sixth of eleven, 11, is the median."""
    own = number_of("P-TWO", date(2026, 11, 22))
    intensities = ["1", "2", "3", "9", "10", "11", "12", "13", "14", "15", "16"]
    numbers = [own if text == "9" else 10_000_000 + place for place, text in enumerate(intensities)]
    same = pa.array([1] * len(numbers), pa.int64())
    frame = PeerFrame(
        pa.table(
            {
                "institution": pa.array(numbers, pa.int64()),
                "type": same,
                "group": same,
                "floor_area_m2": pa.array(["1000"] * len(numbers)),
                **{code: pa.array(intensities) for code in INTENSITIES},
            }
        )
    ).to_bytes()
    store_part(run_for("2025"), PEERS, frame, hashlib.sha256(frame).hexdigest())
    page = say("P-TWO")
    assert "在 11 个同类机构中处于第 32 百分位" in page
    assert "同类中位数 11.00" in page


def test_a_new_one_has_nothing_to_compare_with_and_the_gap_is_named(three: City) -> None:
    page = say("P-NEW")
    assert "同比无可比基数" in page
    assert "不作分解。缺：" in page
    assert "2024年" in page


def test_nothing_reported_is_said_and_never_zero(three: City) -> None:
    page = say("P-NONE")
    assert LONG in page
    assert "能源消费未报全，不作比较" in page
    assert "能源消费 0" not in page


def test_a_reporter_finds_his_own_profile_and_nobody_elses(three: City) -> None:
    number = number_of("P-TWO", date(2026, 11, 22))
    user = create_user("one", actor="tests")
    grant(user, "reporter", node=number, valid_from=date(2020, 1, 1), actor="tests")
    client = signed_in("one")
    assert client.get("/profile/").headers["Location"] == "/institutions/P-TWO/profile/"
    assert "我单位画像" in client.get("/institutions/P-TWO/profile/").content.decode()
    assert client.get("/institutions/P-NEW/profile/").status_code == 404
    assert client.get("/institutions/P-TWO/profile/?period=1999").status_code == 404


# -- the two-page statement ------------------------------------------------------------------------------------


def sheets(content: bytes) -> list[str]:
    """The text of each page, without line breaks."""
    pages = pypdfium2.PdfDocument(content)
    return ["".join(page.get_textpage().get_text_range().split()) for page in pages]


def statement(code: str) -> list[str]:
    answer = operator("zh-hans").get(f"/institutions/{code}/profile/?period=2025&export=pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    return sheets(answer.content)


def test_the_statement_says_on_two_pages_what_the_profile_says(three: City) -> None:
    """The numbers of `test_it_says_what_changed_and_why`; 8505 yuan is at stake by the price."""
    peer_frame(run_for("2025"))
    first, second = statement("P-TWO")
    assert "样例数据" in first
    assert "样例数据" in second
    assert "能源消费11.06吨标准煤，同比上升12.5%" in first
    assert "用水总量800立方米，同比下降11.1%" in first
    assert "能源费用54,000.00元，同比上升35.0%" in first
    assert "面积变化的影响上升1.90吨标准煤、电力强度下降0.67吨标准煤" in first
    assert re.search(r"能耗9.22千克标准煤/平方米，在\d+个同类机构中处于第\d+百分位", first)
    assert "本市定额值未录入" in first
    assert "上升1.90" in second
    assert "电力100.00元/千瓦时0.50000.6000上升5,494.63上升8,505.37" in second
    assert re.search(r"1.[^。]*单价[^。]*。依据：规划7.3“市场化合同”；单价变化多付\s*8,505元。", second)
    assert "institution:P-TWO/energy_total_tce" in second


def test_nothing_reported_and_a_long_name_are_two_pages_too(three: City) -> None:
    first, second = statement("P-NONE")
    assert LONG in first
    assert "2025年能源消费未报，不作比较" in first
    assert "同比" not in first.partition("二、位置")[0]
    assert re.search(r"能源消费总量吨标准煤未报未报本期缺数", first)
    assert "0.00" not in second
    assert "不作分解。缺：2024年能源消费总量" in second
    assert "补报2025年未报的能源消费数据。依据：规划4.9“统计报送和公示”；涉及能源：不足以计算" in second
    new = statement("P-NEW")
    assert len(new) == 2
    assert "同比无可比基数" in new[0]


def test_every_carrier_at_once_is_two_pages_and_the_least_stand_together(three: City) -> None:
    desk.register([{"code": "P-ALL", "name": "重庆市" + LONG[3:-1] + "全", **HEAD}])
    form = home_plan().method.account_form
    items = [item for item in home_catalog().items(form) if item.carrier]
    assert len(items) >= 8

    def cells(times: int) -> dict[str, str]:
        return {item.code: str(times * (1000 + place)) for place, item in enumerate(items)} | {
            "102": str(900 + times), "103": "100", "104": "2", "120": str(99000 * times),
        }  # fmt: skip

    desk.publish({("P-ALL", "2024"): cells(3), ("P-ALL", "2025"): cells(7)})
    peer_frame(run_for("2025"))
    pages = statement("P-ALL")
    assert len(pages) == 2
    assert "七、下一步" in pages[1]


def test_the_square_code_opens_the_receipt_and_the_paper_is_shown_to_whom_the_page_is(three: City) -> None:
    paper = statement_for("P-TWO", "2025", sequence=last_done(), address="http://testserver/receipt/")
    assert paper.qr.startswith("http://testserver/receipt/")
    runs = tuple(re.sub(r"\b[0-9a-f]{16}\b", "RUN", line) for line in paper.foot)
    golden("statement.txt", replace(paper, foot=runs))
    assert operator("zh-hans").get(paper.qr.removeprefix("http://testserver")).status_code == 200
    number = number_of("P-TWO", date(2026, 11, 22))
    user = create_user("two", actor="tests")
    grant(user, "reporter", node=number, valid_from=date(2020, 1, 1), actor="tests")
    client = signed_in("two")
    assert client.get("/institutions/P-TWO/profile/?export=pdf").status_code == 200
    assert client.get("/institutions/P-TWO/profile/?export=doc").status_code == 404
    assert client.get("/institutions/P-NEW/profile/?export=pdf").status_code == 404


# -- twelve months, the place as a picture, what to do next -------------------------------------------------------


def test_the_months_stand_over_those_of_the_year_before_with_table_receipts_and_files(three: City) -> None:
    """9,000 kWh in March of 2025 and 6,000 a year before: 1.1061 and 0.7374 tce at 0.1229 kgce a kWh, up 50 %."""
    desk.publish(
        {
            ("P-TWO", "2024-03"): {"110": "6000", "111": "3000", "120": "70"},
            ("P-TWO", "2025-03"): {"110": "9000", "111": "5400", "120": "60"},
        }
    )
    client = operator("zh-hans")
    address = "/institutions/P-TWO/profile/?compute=1&period=2025"
    page = page_of(client.get(address))
    assert "能源消费总量：可比的 1 个月中，1 个月高于上年同月；11 个月未报" in page.text
    assert "2025年3月 1.11 0.74 +50.0" in re.sub(r"\s+", " ", page.text)
    source = "/source/?scope=institution%3AP-TWO&amp;indicator=energy_total_tce&amp;period=2025-03"
    assert source in client.get(address).content.decode()
    water = client.get("/institutions/P-TWO/profile/?compute=1&period=2025&indicator=water_total_m3")
    assert "用水总量：可比的 1 个月中，0 个月高于上年同月" in page_of(water).text
    csv = client.get("/institutions/P-TWO/profile/?period=2025&chart=months&export=csv")
    assert ",1.11,0.74,50.0," in csv.content.decode("utf-8-sig")
    assert client.get("/institutions/P-TWO/profile/?period=2025&chart=none&export=csv").status_code == 404
    assert client.get("/institutions/P-TWO/profile/?period=2025&indicator=persons").status_code == 404


def test_the_place_is_drawn_at_its_percentile(three: City) -> None:
    """Three of eleven are lower: 31.8 % of a line of 420 px that begins at 190 is 323.6."""
    test_the_percentile_is_the_one_worked_out_by_hand(three)
    drawn = operator("zh-hans").get("/institutions/P-TWO/profile/?compute=1").content.decode()
    assert '<circle cx="323.6"' in drawn
    assert "第 32 百分位，同类 11 个" in drawn


def test_what_to_do_next_names_its_basis_and_what_is_at_stake(three: City) -> None:
    """The step of the statement: 8505 yuan paid more by the price."""
    page = say("P-TWO")
    assert re.search(
        r"核对电力的单价、账单和合同。\s*依据：规划 7.3“市场化合同”\s*·\s*单价变化多付\s*8,505元", page
    )
    assert "补报2025年未报的能源消费数据。" in say("P-NONE")
    english = say("P-TWO", "en")
    assert re.search(
        r"Check the price, the bills and the contract of electricity\.\s*Basis: clause 7.3 of the plan, “[^”]+”\s*·\s*"
        r"Paid more by its price:\s*8,505 CNY", english, re.IGNORECASE,
    )  # fmt: skip


def test_a_profile_leads_to_the_heat_map_of_its_meters_where_it_has_any(three: City) -> None:
    address = "/meters/heat/?institution=P-TWO"
    client = operator("zh-hans")
    assert address not in client.get("/institutions/P-TWO/profile/?compute=1").content.decode()
    metered_city.meters(
        "meter,name,institution,carrier,unit,kind,end_use,step_min,multiplier,parent,serial,valid_from\n"
        "P-M,总表,P-TWO,electricity,kWh,register,,60,1,,P1,2026-10-01\n"
    )
    assert address in client.get("/institutions/P-TWO/profile/?compute=1").content.decode()
    assert client.get(address).status_code == 200
