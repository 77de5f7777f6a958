"""A dashboard shows the newest publication whose figures are ready, says so, and all of it speaks of that one."""

import re
from decimal import Decimal

import pytest

from jieyue.apps.insights import standard
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from tests.web.addresses import school
from tests.web.conftest import City
from tests.web.html_text import page_of

PAGE = "/overview/?period=2025"
WATER = r'href="(/source/[^"]*indicator=water_total_m3[^"]*)"[^>]*>(\d[\d,]*\.\d\d)<'


@pytest.fixture
def later(own_city: City) -> tuple[City, int]:
    """All is ready as of a publication; after it a school's water of 2025 grew by a million."""
    ready = last_done()
    standard.prepare(ready)
    content = f"institution,period,item,value\n{school(own_city)},2025,NY201:120,1000000\n".encode()
    choice = ImportChoice(publish=True, restate="抄表更正")
    assert import_file(
        content, "later.csv", actor="tests", choice=choice, reading=FileChoice()
    ).result.applied
    assert last_done() > ready
    return own_city, ready


def water(text: str) -> tuple[str, Decimal]:
    """The tile's address of its source and its number, which stands in ten thousands of m3."""
    found = re.search(WATER, text)
    assert found
    return found[1].replace("&amp;", "&"), Decimal(found[2].replace(",", ""))


def test_the_first_visit_after_a_publication_shows_what_is_ready(later: tuple[City, int]) -> None:
    city, ready = later
    client = city.client()
    answer = client.get(PAGE)  # nothing computed before
    text = page_of(answer).text
    assert f"发布序号 {ready} 的数" in text
    assert f"序号 {last_done()}）的数尚未备好" in text
    assert "自动换用" not in text
    assert "首次计算中" not in text
    address, before = water(answer.content.decode())
    assert f"publication={ready}" in address
    panel = page_of(client.get(address, headers={"HX-Request": "true"})).text
    assert f"{before:,} 万立方米" in " ".join(panel.split())
    newest = client.get(f"{PAGE}&publication={last_done()}&compute=1").content.decode()
    assert 'id="newer"' not in newest
    assert water(newest)[1] - before > 90
    standard.prepare(last_done())
    assert water(client.get(PAGE).content.decode())[1] == water(newest)[1]


def test_every_part_of_the_page_is_of_the_same_publication(later: tuple[City, int]) -> None:
    city, ready = later
    text = city.client().get(PAGE).content.decode()
    parts = re.findall(r'(?:hx-get|href)="(/(?:overview|change|data)/[^"]*scope=[^"]+)"', text)
    assert parts
    others = [part for part in parts if part.startswith("/overview/") and "part=" not in part]
    assert others
    assert [part for part in parts if f"publication={ready}" not in part and part not in others] == []
    sources = re.findall(r'href="(/source/[^"]+)"', text)
    assert sources
    assert [part for part in sources if f"publication={ready}" not in part] == []


def notice(text: str) -> tuple[str, str]:
    """What is said of a newer publication, and where its link leads."""
    found = re.search(r'id="newer">(.*?) <a href="([^"]+)">', text)
    assert found
    return found[1], found[2].replace("&amp;", "&")


def test_a_page_that_nobody_pinned_goes_forward_once_the_newer_is_ready(later: tuple[City, int]) -> None:
    city, ready = later
    client = city.client()
    first = client.get(PAGE).content.decode()
    links = re.findall(r'href="(/overview/\?[^"]*(?:indicator|population)=[^"]*)"', first)
    other = next(link for link in links if "part=" not in link).replace("&amp;", "&")
    pressed = client.get(other).content.decode()
    assert f"publication={ready}" not in other
    assert notice(pressed)[0].endswith("尚未备好。")
    before, now = water(first)[1], notice(first)[1]
    assert "publication=" not in now
    computed = client.get(now).content.decode()
    assert 'id="newer"' not in computed
    assert water(computed)[1] - before > 90
    parts = re.findall(r'hx-get="(/overview/[^"]+)"', computed)
    assert parts
    assert [part for part in parts if f"publication={last_done()}" not in part] == []
    assert [link for link in dashboards(computed) if "publication=" in link] == []
    standard.prepare(last_done())
    again = client.get(other).content.decode()
    assert 'id="newer"' not in again
    assert water(again)[1] == water(computed)[1]
    named = client.get(f"{PAGE}&publication={ready}").content.decode()
    assert water(named)[1] == before
    told, link = notice(named)
    assert told == f"本页用发布序号 {ready} 的数；更新的发布（序号 {last_done()}）已备好。"
    assert "publication=" not in link
    assert water(client.get(link).content.decode())[1] == water(computed)[1]
    assert [link for link in dashboards(named) if f"publication={ready}" not in link] == []


def dashboards(text: str) -> list[str]:
    """Links to this page with another choice, not to its parts or files."""
    links = re.findall(r'href="(/overview/\?[^"]*)"', text.partition('id="dashboard"')[2])
    return [link for link in links if not re.search(r"(part|chart|export)=", link)]


def test_a_figure_that_is_not_ready_says_how_far_they_are(own_city: City) -> None:
    text = page_of(own_city.client().get(PAGE)).text
    now = standard.progress(last_done())
    assert now.done < now.total
    assert "计算中" in text
    assert f"看板备算进度（发布序号 {last_done()}）：{now.done}/{now.total}" in text


@pytest.mark.parametrize("number", ["0", "x", "-1", "999999", "１"])
def test_a_publication_that_is_not_there_is_not_found(own_city: City, number: str) -> None:
    assert own_city.client().get(f"{PAGE}&publication={number}").status_code == 404


def test_another_period_keeps_whose_numbers_and_which_indicator(own_city: City) -> None:
    """The picker is a form: what it does not carry is lost with the next press."""
    html = (
        own_city.client().get(f"{PAGE}&population=alike&indicator=water_total_m3&compute=1").content.decode()
    )
    picker = html.partition('class="subbar"')[2] or html
    carried = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', picker.partition("</form>")[0])
    )
    assert carried["population"] == "alike"
    assert carried["indicator"] == "water_total_m3"


def test_after_the_worker_no_page_waits_or_computes(own_city: City, monkeypatch) -> None:
    standard.prepare(last_done())

    def never(*_values, **_more):
        raise AssertionError("a page computed a run")

    monkeypatch.setattr("jieyue.apps.accounts.services.compute_run.store_part", never)
    client = own_city.client()
    for address in ("/quality/", "/overview/", "/map/", "/data/line/", "/data/type/"):
        text = page_of(client.get(address)).text
        assert "首次计算" not in text, address
        assert re.search(r"\d\.\d|\d,\d{3}", text), address
