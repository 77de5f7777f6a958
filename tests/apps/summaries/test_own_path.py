"""D1: a body's own years beside what was issued to it; without that its years and no verdict, never the whole's."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.catalog.plan import PLANS
from jieyue.config import boot
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import Dozen
from tests.apps.summaries.test_pages import visitor

SCHOOLS = "L-500103-EDU"
PAGE = f"/overview/?scope=line:{SCHOOLS}&period=2025&compute=1"
KGCE_PER_KWH = Fraction("0.1229")
#: Of 2020, by a yearly return of each school: 100,000 and 50,000 kWh; of 2022 120,000 kWh of the first alone.
THEN = 150_000
#: Of 2025: A1 12,078 kWh, A2 50,000.5 kWh and 2.25 t of raw coal of 0.7143 tce.
NOW = (Fraction("12078") + Fraction("50000.5")) * KGCE_PER_KWH / 1000 + Fraction("2.25") * Fraction("0.7143")
ISSUED = """scope,code,printed_unit,scale,base,target,target_op,change_pct,attribute,path,verified,source,note
line:L-500103-EDU,energy_total_tce,吨标准煤,1,,12,<=,,binding,,no,区教〔2021〕7号,
"""


@pytest.fixture
def years(dozen: Dozen) -> Dozen:
    desk.publish({("A1", "2020"): {"110": "100000"}, ("A2", "2020"): {"110": "50000"}})
    return dozen


@contextmanager
def plan_that_issues(folder: Path, text: str) -> Iterator[None]:
    shutil.copytree(PLANS / "chongqing-14fyp", folder)
    (folder / "issued.csv").write_text(text, "utf-8")
    before = settings.JIEYUE_HOME
    boot.turn_to(before.changed(plan=str(folder)))
    yield
    boot.turn_to(before)


@pytest.fixture
def issued(years: Dozen, tmp_path: Path) -> Iterator[Dozen]:
    """The same home with a plan that issues a cap of 12 tce for 2025 to the schools of one district."""
    with plan_that_issues(tmp_path / "chongqing-14fyp", ISSUED):
        yield years


def card(address: str = PAGE, who: str = "c-approver") -> str:
    page = visitor(who).get(address).content.decode()
    part = page.partition('id="path"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part))


def rows(address: str = PAGE) -> dict[str, list[str]]:
    answer = visitor("c-approver").get(f"{address}&chart=path&export=csv")
    return {
        row[0]: row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if len(row) > 3
    }


def shown(value: Fraction) -> str:
    return f"{float(value):,.2f}"


def test_without_a_target_of_its_own_a_body_has_its_years_and_no_verdict(years: Dozen) -> None:
    fall = f"{float(abs(NOW / (THEN * KGCE_PER_KWH / 1000) - 1) * 100):.1f}"
    assert (shown(NOW), fall) == ("9.24", "49.9")
    said = card()
    assert f"没有向本口径单独下达目标；2025年能源消费总量 {shown(NOW)} 吨标准煤，较基期下降 {fall}%" in said
    assert "7 项没有向本口径下达目标" in said
    found = rows()
    assert found["指标"][2:8] == ["2020年（基期年）", *(f"{year}年" for year in range(2021, 2026))]
    energy = found["能源消费总量"]
    assert energy[2:8] == ["18.44", "", "", "", "", "9.24"], "18.435, halves to the even digit"
    assert energy[8:11] == ["未下达", f"-{fall}", "未下达，不作结论"]
    assert "112" not in str(found), "the whole's cap is not the body's"


def test_what_was_issued_has_its_path_its_verdict_and_its_source(issued: Dozen) -> None:
    """From 18.435 in 2020 to 12 in 2025: 18.435 − 6.435 × n ÷ 5."""
    said = card()
    assert "向本口径下达的 1 项目标，2025年 1 项达到" in said
    assert "6 项没有向本口径下达目标" in said
    found = rows()
    assert found["能源消费总量"][8] == "12.00"
    assert found["能源消费总量"][10:12] == ["约束性目标完成", "区教〔2021〕7号（未核实）"]
    path = [Fraction("18.435") - Fraction("6.435") * n / 5 for n in range(6)]
    assert [float(text) for text in found["能源消费总量：路径"][2:8]] == pytest.approx(
        [float(value) for value in path], abs=0.0051
    )
    page = visitor("c-approver").get(PAGE).content.decode()
    assert "没有向本口径单独下达目标，不列路径和结论" not in page
    assert 'id="no-plan"' in visitor("c-approver").get(PAGE.replace("-EDU", "")).content.decode()


def test_another_indicator_is_drawn_and_its_sources_open(years: Dozen) -> None:
    assert "人均用水量未报" in card(f"{PAGE}&path=water_per_person_m3")
    client = visitor("c-approver")
    page = client.get(PAGE).content.decode()
    part = page.partition('id="path"')[2].partition("</section>")[0]
    for link in set(re.findall(r'href="(/(?:source|receipt)/[^"]*)"', part)):
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link
    assert client.get(f"{PAGE}&path=nonsense").status_code == 404
    assert client.get(f"{PAGE}&chart=path&export=xlsx").status_code == 200
    assert 'data-picture="chart-path"' in part


def test_the_whole_has_the_plan_itself_and_nobody_reads_anothers_path(years: Dozen) -> None:
    assert 'id="path"' not in visitor("c-approver").get("/overview/?period=2025&compute=1").content.decode()
    assert visitor("o-approver").get(PAGE).status_code == 404


def test_it_asks_no_more_than_a_page_may(years: Dozen) -> None:
    client = visitor("c-approver")
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(f"{PAGE}&path=water_total_m3").status_code == 200
    assert len(asked) <= 12


#: Rows 3 and 4 name a line and a department that no body has; the code of row 4 is that of a line.
MISSPELT = """line:L-500103-EDUC,energy_total_tce,吨标准煤,1,,12,<=,,binding,,no,区教〔2021〕7号,
department:L-500103,energy_total_tce,吨标准煤,1,,12,<=,,binding,,no,区教〔2021〕7号,
"""


def test_what_was_issued_to_a_body_that_is_not_there_is_told_with_row_column_and_what_is_known(
    years: Dozen, tmp_path: Path
) -> None:
    with plan_that_issues(tmp_path / "chongqing-14fyp", ISSUED + MISSPELT):
        reader = visitor("c-approver")
        page = reader.get("/plan/?period=2025").content.decode()
        reader.post("/language/", {"language": "en", "next": "/"})
        english = reader.get("/plan/?period=2025").content.decode()
    notice = re.sub(
        r"<[^>]*>|\s+", " ", page.partition("规划向不存在的口径下达了目标")[2].partition("</ul>")[0]
    )
    assert "issued.csv 第 3 行 scope 列" in notice
    assert "没有“line:L-500103-EDUC”这个口径" in notice
    assert "L-500103-EDU、" in notice, "the nearest known one is the first named"
    assert "issued.csv 第 4 行 scope 列" in notice
    assert "这个代码在“line:L-500103”" in notice
    assert "第 2 行" not in notice
    assert "there is no scope line:L-500103-EDUC" in english


def test_a_plan_whose_bodies_are_all_there_says_nothing(issued: Dozen) -> None:
    assert (
        "规划向不存在的口径下达了目标" not in visitor("c-approver").get("/plan/?period=2025").content.decode()
    )
