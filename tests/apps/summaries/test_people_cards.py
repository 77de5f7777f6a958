"""C9 and C10 by hand: how unit prices spread, money by carrier, and completeness weighted by last year's energy."""

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from jieyue.apps.accounts.derived_receipts import replay_any
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.accounts.month_marks import MARKS
from jieyue.apps.insights.standard import people_steps, store_missing
from jieyue.apps.publication.queries import last_done
from jieyue.apps.schedule.services.take_tasks import take_task
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.test_pages import visitor
from tests.clients import quiet_refusals

MONTH = "2026-03"
PAGE = f"/overview/?period={MONTH}&compute=1"
#: Eleven offices: number n used 1,000 kWh × n a year before, and paid 0.n yuan a kWh for 1,000 kWh now.
CODES = [f"F{place:02d}" for place in range(1, 12)]


@pytest.fixture(scope="module")
def offices(dozen_home: Path, sqlite_home) -> Iterator[None]:
    """The eleven beside the dozen: F01 to F10 filed March 2026, F11 did not; F01 bought gas for a lump sum too."""
    quiet_refusals()
    with sqlite_home(dozen_home):
        head = {"type": "01", "region": "500103", "reporting_parent": "L-500103", "valid_from": "2015-01-01"}
        desk.register([{"code": code, "name": f"单位{code}", **head} for code in CODES])
        facts = {}
        for place, code in enumerate(CODES, 1):
            facts[code, "2025-03"] = {"110": str(1000 * place)}
            if place < 11:
                facts[code, MONTH] = {"110": "1000", "111": str(100 * place)}
        facts["F01", MONTH] |= {"141": "500"}
        facts |= {("F01", "2025-04"): {"110": "100000000"}, ("F01", "2026-04"): {"110": "1000"}}
        desk.publish(facts)
        yield


def rows(chart: str, more: str = "", who: str = "c-approver") -> dict[str, list[str]]:
    answer = visitor(who).get(f"{PAGE}{more}&chart={chart}&export=csv")
    assert answer.status_code == 200
    return {
        row[0]: row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if len(row) > 3
    }


def part(more: str = "", page: str = PAGE) -> str:
    """The part of the page as it is once the worker has done what it was asked for."""
    client = visitor("c-approver")
    text = client.get(f"{page}&part=people{more}").content.decode()
    if "计算中" not in text:
        return text
    while take_task("tests"):
        pass
    return client.get(f"{page}&part=people{more}").content.decode()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_the_band_of_prices_is_the_one_worked_out_by_hand(offices: None) -> None:
    """Ten prices 0.1 to 1.0: P10 at 0.9 → 0.19, P50 at 4.5 → 0.55, P90 at 8.1 → 0.91; 5,500 yuan for 10,000 kWh."""
    march = rows("price-spread", "&carrier=electricity")["2026年3月"]
    assert march[1:8] == ["0.1900", "0.5500", "0.9100", "0.5500", "10", "0", "5500.00"]
    said = words(part())
    assert "2026年3月电力单价中位数 0.5500 元/千瓦时（初步），中间八成 0.1900—0.9100（10 家）" in said
    assert "2026年3月付费合计 6,000.00 元（初步），电力占 91.7%" in said


def test_a_lump_sum_is_no_price_and_is_counted(offices: None) -> None:
    gas = rows("price-spread", "&carrier=natural_gas")["2026年3月"]
    assert gas[1:8] == ["", "", "", "", "0", "1", "500.00"]
    assert "只有 0 家同时报数量和金额，不足 10 家，不列分位" in words(part("&carrier=natural_gas"))
    assert rows("money")["2026年3月"][1:] == ["5500.00", "500.00", "6000.00"]


def test_what_is_missing_is_weighed_by_last_years_energy(offices: None) -> None:
    """66,000 kWh of the eleven a year before, 1,003 of A1 and 603 of P1; who filed of them now had 55,000."""
    march = rows("trust-weighted")["2026年3月"]
    weighted = 55_000 / (66_000 + 1003 + 603) * 100
    assert march[1] == f"{weighted:.1f}" == "81.4"
    page = part()
    assert "2026年3月按上年同月用能加权的完整率 81.4%，按家数 " in words(page)
    card = page.partition('id="trust-weighted"')[2].partition("</section>")[0]
    assert f"未报 {100 - weighted:.1f}%" in card
    assert 'data-picture="chart-trust-weighted"' in card


def opened(text: str, card: str) -> list[tuple[str, str]]:
    """(number, receipt) of the links of a card that open the source of a statistic."""
    found = text.partition(f'id="{card}"')[2].partition("</section>")[0]
    links = re.findall(r'<a href="/receipt/(derived\.[^"]*)"[^>]*data-source[^>]*>([^<]*)</a>', found)
    return [(html.unescape(number), html.unescape(unquote(receipt))) for receipt, number in links]


def test_each_statistic_opens_a_source_that_says_the_same_and_comes_out_again(offices: None) -> None:
    """The numbers of March as they were worked out above, and how many institutions each stands on."""
    client, text = visitor("c-approver"), part()
    prices, money = opened(text, "price-spread"), opened(text, "money")
    march = [*prices[-4:], *money[-3:], opened(text, "trust-weighted")[-1]]
    shown = ["0.1900", "0.5500", "0.9100", "5,500.00", "5,500.00", "500.00", "6,000.00", "81.4"]
    assert [number for number, _receipt in march] == shown
    for number, receipt in march:
        found = client.get(f"/receipt/{receipt}", headers={"HX-Request": "true"})
        assert found.status_code == 200, receipt
        said = words(found.content.decode())
        assert f" {number}" in said.partition("公式")[0], (number, said)
        assert f"发布序号 {last_done()}" in said
        again = replay_any(receipt)
        assert (again.equal, again.own) == (True, True)
        assert again.compared > 10
    said = words(client.get(f"/receipt/{march[0][1]}").content.decode())
    assert "各机构单价的 P10" in said
    assert "同时报数量和金额的机构 全市 2026年3月 10" in said
    assert "单位F" not in said
    gas = words(client.get(f"/receipt/{march[5][1]}", headers={"HX-Request": "true"}).content.decode())
    assert "天然气费用 500.00 元" in gas
    assert "只报金额的机构 全市 2026年3月 1" in gas


def test_a_statistic_is_for_who_sees_what_it_is_of_and_a_made_up_one_is_nobodys(offices: None) -> None:
    district, whole = visitor("d-viewer"), visitor("c-approver")
    (_number, city), own = opened(part(), "price-spread")[0], "&scope=line:L-500103"
    mine = opened(district.get(f"{PAGE}{own}&part=people").content.decode(), "price-spread")[0][1]
    assert "line:L-500103" in mine
    assert district.get(f"/receipt/{mine}").status_code == 200
    assert district.get(f"/receipt/{city}").status_code == 404
    assert whole.get(f"/receipt/{city}").status_code == 200
    for wrong in (
        city.replace("share/10", "share/11"),
        city.replace("electricity", "natural_gas"),
        city.replace("said/share/10", "said/share/x"),
        city.replace("/city/", "/area:500104/"),
        city.replace("derived.quantile", "derived.money"),
        opened(part(), "money")[-1][1].replace("energy_cost_yuan", "floor_area_m2"),
        opened(part(), "trust-weighted")[-1][1].replace("/completeness", "/energy_cost_yuan"),
    ):
        assert whole.get(f"/receipt/{wrong}").status_code == 404, wrong


def test_a_replay_sees_that_what_is_stored_was_changed(offices: None) -> None:
    receipt = opened(part(), "money")[-1][1]
    row = next(
        one for one in RunFrame.objects.filter(part=MARKS) if one.run_id.startswith(receipt.split("/")[1])
    )
    content = bytes(row.content)
    try:
        RunFrame.objects.filter(pk=row.pk).update(content=content.replace(b"55000000", b"55000001"))
        again = replay_any(receipt)
        assert not again.own
        assert "city/derived.money.v1" in again.different
    finally:
        RunFrame.objects.filter(pk=row.pk).update(content=content)


def test_a_body_sees_its_own_and_nobody_elses(offices: None) -> None:
    """The district: the eleven and A1; the health hospitals' district filed nothing."""
    own = rows("trust-weighted", "&scope=line:L-500103", "d-viewer")["2026年3月"]
    assert own[1] == f"{55_000 / 67_003 * 100:.1f}"
    district = visitor("d-viewer")
    assert district.get(f"{PAGE}&scope=line:L-500104&part=people").status_code == 404
    assert district.get(f"{PAGE}&scope=line:L-500103&part=people&carrier=none").status_code == 404


def test_it_is_computed_once_with_files_sources_and_few_questions(offices: None) -> None:
    client = visitor("c-approver")
    for chart in ("price-spread", "money", "trust-weighted"):
        assert client.get(f"{PAGE}&chart={chart}&export=xlsx").status_code == 200
    page = part()
    link = re.search(r'href="(/source/[^"]*indicator=unit_price_electricity[^"]*)"', page)
    assert link
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert "P10" in client.get(f"/overview/?period={MONTH}&part=people").content.decode()
    assert len(asked) <= 12


def test_what_is_not_quite_the_whole_is_no_hundred_in_a_file_either(offices: None) -> None:
    """In April 2025 F01 used 100,000,000 kWh; others, a few thousand, have not filed April 2026."""
    address = "/overview/?period=2026-04&compute=1&chart=trust-weighted&export=csv"
    lines = visitor("c-approver").get(address).content.decode("utf-8-sig").splitlines()
    (april,) = [row for row in csv.reader(lines) if row and row[0] == "2026年4月" and len(row) > 3]
    assert april[1] == "99.9"
    assert "> 99.9" in html.unescape(part(page="/overview/?period=2026-04"))


#: Months that were published and that nobody asked for yet.
NEVER, OTHERS = "/overview/?period=2025-03", ("2025-05", "2025-06", "2025-07", "2025-08")


def asked() -> int:
    return DBTaskResult.objects.filter(task_path__endswith="compute_people").count()


def test_what_was_never_computed_is_the_workers_and_the_page_tells_how_far_it_is(offices: None) -> None:
    client, before = visitor("c-approver"), asked()
    stored = RunFrame.objects.count()
    unready = client.get(f"{NEVER}&part=people", headers={"HX-Request": "true"}).content.decode()
    assert "计算中" in words(unready)
    parts = 3 * 3  # January to March: figures, those of the bodies outside the count, marks
    assert f"已算好的部分 0 / {parts} 排队等后台计算" in words(unready)
    assert re.search(r'hx-get="/overview/\?[^"]*part=people[^"]*" hx-trigger="every 2s"', unready)
    assert RunFrame.objects.count() == stored, "the request computes nothing"
    whole = client.get(f"{NEVER}&part=people").content.decode()
    assert "计算中" in words(whole), "without scripts it is a page of its own"
    assert asked() == before + 1, "who comes second does not ask again"
    steps = people_steps(Period.parse("2025-03"), last_done())
    assert store_missing(steps[:3]) == 3
    some = client.get(f"{NEVER}&part=people").content.decode()
    assert f"已算好的部分 3 / {parts}" in words(some)
    assert 'aria-valuenow="33"' in some
    while take_task("tests"):
        pass
    done = client.get(f"{NEVER}&part=people").content.decode()
    assert "计算中" not in words(done)
    assert 'id="trust-weighted"' in done
    assert asked() == before + 1


def test_a_computation_that_failed_is_said_and_asked_for_again_by_a_person(
    offices: None, monkeypatch
) -> None:
    client, before = visitor("c-approver"), asked()
    address = "/overview/?period=2025-02&part=people"
    assert "计算中" in words(client.get(address).content.decode())
    with monkeypatch.context() as broken:
        broken.setattr("jieyue.apps.insights.tasks.store_missing", lambda _steps: 1 // 0)
        assert take_task("tests")
    failed = client.get(address).content.decode()
    assert "没有算成" in words(failed)
    assert "every 2s" not in failed
    assert asked() == before + 1, "it is not tried for ever"
    link = re.search(r'<a href="([^"]*again=1[^"]*)"', failed)
    assert link
    assert "计算中" in words(client.get(link[1].replace("&amp;", "&")).content.decode())
    while take_task("tests"):
        pass
    assert 'id="trust-weighted"' in client.get(address).content.decode()


def test_of_what_nobody_published_nothing_is_asked_for(offices: None) -> None:
    """2019 and the years to come: no institution has said anything of their months."""
    client, before = visitor("c-approver"), asked()
    for period in ("2019-03", "2018", "2031-01..2031-06"):
        answer = client.get(f"/overview/?period={period}&part=people")
        assert answer.status_code == 200
        assert "没有发布过" in words(answer.content.decode())
        assert "计算中" not in words(answer.content.decode())
    assert client.get("/overview/?period=2019-03&chart=money&export=csv").status_code == 404
    assert asked() == before


def test_no_more_than_a_few_wait_and_who_comes_then_is_taken_when_there_is_room(offices: None) -> None:
    """Whoever may look could else fill the queue with periods and publications, before what all wait for."""
    while take_task("tests"):
        pass
    client, before = visitor("c-approver"), asked()
    pages = [f"/overview/?period={month}&part=people" for month in OTHERS]
    for page in pages:
        assert "排队等后台计算" in words(client.get(page).content.decode())
    assert asked() == before + 3
    assert "every 2s" in client.get(pages[3]).content.decode(), "the page asks again by itself"
    assert take_task("tests")
    client.get(pages[3])
    assert asked() == before + 4
    while take_task("tests"):
        pass
    assert 'id="trust-weighted"' in client.get(pages[3]).content.decode()
