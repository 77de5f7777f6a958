"""Help within the pages: every page has its text in both languages; the dictionary finds, filters and exports."""

import csv
import io
import re

import pytest

from jieyue.apps.accounts.change_words import NAMES
from jieyue.catalog import help_texts
from jieyue.catalog.loader import load_catalog
from jieyue.domain.change import Effect
from tests.security.routes import ROUTES, site_routes
from tests.web.addresses import school
from tests.web.conftest import City
from tests.web.html_text import page_of

#: Addresses that answer with no page of the frame: files, states of work, the screen of a wall, checks, programs.
NO_PAGE = {
    "healthz",
    "readyz",
    "signout",
    "language",
    "import-marked",
    "import-confirm",
    "workbook-marked",
    "return-paper",
    "paper-scan",
    "paper-template-file",
    "meters-publish-state",
    "review-state",
    "public-file",
    "wall",
    "slips",
}


def page_routes() -> set[str]:
    """The names of all addresses of pages, from the addresses themselves."""
    named = {name for name, _route in site_routes() if name in ROUTES}
    return {name for name in named if not ROUTES[name].startswith("post")} - NO_PAGE


def test_every_page_has_its_help() -> None:
    pages = help_texts.pages()
    assert not page_routes() - set(pages), "a page without help: add a row to catalog/help/pages.csv"
    assert not set(pages) - page_routes() - {"error"}, "help of no page"
    assert len(page_routes()) > 60


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh-hans",
            ("本页帮助", "这是什么", "报送进度：谁报了", "怎么算的", "觉得不对怎么办", "2026-11-27"),
        ),
        ("en", ("Help on this page", "What this is", "Progress of reporting", "If it looks wrong")),
    ],
)
def test_the_help_stands_in_the_frame_without_script(
    city: City, language: str, words: tuple[str, ...]
) -> None:
    html = city.client(language).get("/board/").content.decode()
    found = re.search(r'<details class="drop help".*?</details>', html, re.DOTALL)
    assert found
    assert not [word for word in words if word not in found[0]]
    assert found[0].index("<summary") < found[0].index("drop-box"), "the button comes before what it opens"


def test_a_page_that_is_not_there_tells_so_in_its_help(city: City) -> None:
    html = city.client("zh-hans").get("/institutions/NOBODY/").content.decode()
    assert "页面打不开或没有权限时看到这里" in html


def test_a_clause_that_is_not_known_is_said_to_be_so(city: City) -> None:
    html = city.client("zh-hans").get("/jobs/").content.decode()
    assert "条款未核实" in html


def test_the_formula_is_that_of_the_method(city: City) -> None:
    page = page_of(city.client("zh-hans").get("/overview/"))
    source = page_of(
        city.client("zh-hans").get("/source/?scope=city&indicator=energy_per_person_kgce&period=2025")
    )
    said = re.search(r"人均综合能耗 ＝\s*(.+)", re.sub(r"\s+", " ", source.text).replace("规则", "\n"))
    assert said
    formula = said[1].split("；只用两项都有的机构")[0]
    assert formula in re.sub(r"\s+", " ", page.text)


def test_the_dictionary_has_each_indicator_term_and_finding_once(city: City) -> None:
    client = city.client("zh-hans")
    rows = csv_of(client.get("/dictionary/?export=csv&kind=indicator").content)
    assert {row["代码"] for row in rows} == set(load_catalog().indicators)
    area = next(row for row in rows if row["代码"] == "energy_per_area_kgce_m2")
    assert (area["名称"], area["单位"]) == ("单位建筑面积能耗", "千克标准煤/平方米")
    assert "公共机构能源资源消费统计调查制度" in area["依据"]
    assert "不含车辆用油" in area["含义（问题则为改法）"]
    terms = csv_of(client.get("/dictionary/?export=csv&kind=term").content)
    assert {"名称": "已退回", "类别": "报表与统计"}.items() <= next(
        r for r in terms if r["名称"] == "已退回"
    ).items()
    assert not [row for row in rows if not row["含义（问题则为改法）"] or not row["公式"]]


def test_the_dictionary_is_filtered_by_a_word(city: City) -> None:
    client = city.client("zh-hans")
    rows = csv_of(client.get("/dictionary/", {"q": "人均用水", "export": "csv"}).content)
    assert {row["名称"] for row in rows} == {"人均用水量"}
    assert "请换短一些的词再查" in page_of(client.get("/dictionary/", {"q": "没有这样的词"})).text
    assert client.get("/dictionary/?kind=finding&page=2").status_code == 200
    assert client.get("/dictionary/?kind=other").status_code == 404
    assert client.get("/dictionary/?export=xlsx").content[:2] == b"PK"


def test_the_source_of_a_number_leads_to_its_entry(city: City) -> None:
    client = city.client("zh-hans")
    html = client.get("/source/?scope=city&indicator=water_per_person_m3&period=2025").content.decode()
    link = re.search(r'href="(/dictionary/\?q=[^"]+)"', html)
    assert link
    rows = csv_of(client.get(f"{link[1]}&export=csv").content)
    assert [row["代码"] for row in rows if row["代码"]] == ["water_per_person_m3"]


def csv_of(content: bytes) -> list[dict[str, str]]:
    """The rows above the notes."""
    text = content.decode("utf-8-sig").split("\r\n\r\n")[0]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_help_of_an_institution_and_of_a_change_says_what_the_page_has(city: City) -> None:
    """Export is promised where there is one; the sum names every part of a change."""
    pages = help_texts.pages()
    code = school(city)
    client = city.client()
    for route, address in (("institution", ""), ("institution-register", "register/")):
        html = client.get(f"/institutions/{code}/{address}").content.decode()
        assert ("导出" in pages[route].what_zh) == ("export=" in html), route
    for effect in set(Effect) - {Effect.NONE}:
        assert NAMES[effect.name.lower()][0].partition("（")[0].removesuffix("机构") in pages["change"].how_zh
