"""首报数 on the dashboards: what was reported first, by hand after corrections, equal to the summary's own table."""

import re
from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.changes import changes_of
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.insights.first_reported import which_first
from jieyue.apps.publication.queries import last_done
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import MONTH, YEAR, Dozen
from tests.apps.summaries.test_pages import DISTRICT, cells_of_row, text_of, visitor
from tests.clients import quiet_refusals

SCOPE = f"line:{DISTRICT}"
#: Water of 2025 by hand: A1, A2, G1, C1, K1 in the district; H1 and H2 elsewhere in the city.
OWN = 1278 + 900 + 300 + 4000 + 321
CITY = OWN + 50000 + 16000


@pytest.fixture(autouse=True)
def _quiet() -> None:
    quiet_refusals()


def water(who: str, scope: str, version: str = "", period: str = YEAR, when: str = "2025年") -> str:
    """The water of a span by the source that the dashboard's tile opens, which says the number of the tile too."""
    shown, address, _unit = tile(who, scope, version, period, when)
    source = visitor(who).get(address, headers={"HX-Request": "true"}).content.decode()
    assert f">{shown}<" in source or f">{shown} <" in source, (shown, source)
    return re.search(r'<div class="value[^"]*">([^ ]*) <', source)[1]


def tile(who: str, scope: str, version: str = "", period: str = YEAR, when: str = "2025年") -> list[str]:
    """(number, address of its source, unit) of the water tile of a span, as the dashboard shows it."""
    more = f"&version={version}" if version else ""
    page = visitor(who).get(f"/overview/?scope={scope}&period={period}&compute=1{more}")
    assert page.status_code == 200
    whole = next(
        part for part in page.content.decode().split('<section class="card-j tile">') if "用水" in part[:300]
    )
    side = next(part for part in whole.split('<div class="tile-side">')[1:] if f">{when}" in part)
    address, shown = re.search(r'<a class="num[^"]*" href="([^"]*)" data-source>([^<]*)</a>', side).groups()
    units = re.findall(r'<span class="(?:end )?unit">([^<]+)</span>', whole.partition("<div class")[0] + side)
    return [shown, address.replace("&amp;", "&"), units[0]]


def table(who: str, body: str, period: str = YEAR) -> str:
    """The sum of water in the summary table as first reported."""
    page = visitor(who).get(f"/summary/?period={period}&body={body}&basis=reported")
    return cells_of_row(page, "120")[0]


def send_and_accept(period: str) -> None:
    form = {"form": "NY301", "body": DISTRICT, "period": period}
    address = visitor("d-approver").post("/summary/send/", form)["Location"]
    assert visitor("c-approver").post(f"{address}act/", {"verb": "accept"}).status_code == 302


def correct(who: str, period: str, cubic: int) -> None:
    desk.publish({(who, period): {"120": str(cubic)}}, restate="抄表更正")


def test_a_large_amount_stands_in_ten_thousands_and_its_source_says_both(dozen: Dozen) -> None:
    """The city's 72,799 m3 as the papers tell it; the district's 6,799 and the file of a chart as they are."""
    shown, address, symbol = tile("c-approver", "city")
    assert (shown, symbol) == ("7.28", "万立方米")
    source = visitor("c-approver").get(address, headers={"HX-Request": "true"})
    assert f"{CITY:,} 立方米 ≈ 7.28 万立方米" in " ".join(text_of(source).split())
    assert tile("d-approver", SCOPE)[::2] == [f"{OWN:,}", "立方米"]
    files = visitor("c-approver").get(
        f"/overview/?period={YEAR}&indicator=water_total_m3&chart=progress&export=csv"
    )
    assert "万立方米" not in files.content.decode("utf-8-sig")


def test_what_was_published_first_then_what_the_first_accepted_table_froze(dozen: Dozen) -> None:
    """G1's water: 300, corrected to 350, sent and accepted, corrected to 375."""
    assert water("d-approver", SCOPE) == water("d-approver", SCOPE, "first") == f"{OWN:,}"
    correct("G1", YEAR, 350)
    assert water("d-approver", SCOPE) == f"{OWN + 50:,}"
    assert water("d-approver", SCOPE, "first") == f"{OWN:,}" == table("d-approver", DISTRICT)
    send_and_accept(YEAR)
    correct("G1", YEAR, 375)
    assert water("d-approver", SCOPE) == f"{OWN + 75:,}"
    assert water("d-approver", SCOPE, "first") == f"{OWN + 50:,}" == table("d-approver", DISTRICT)
    # The whole has accepted no table of its own: of each return what was published first, for areas and types too.
    assert water("c-approver", "city", "first") == f"{CITY:,}" == table("c-approver", "city")
    assert water("c-approver", "city") == f"{CITY + 75:,}"
    assert water("c-approver", "area:500103", "first") == f"{OWN:,}"
    assert water("c-approver", "type:01", "first") == f"{300 + 4000 + 321:,}"
    assert water("c-approver", "department:D-EDU", "first") == f"{1278 + 900 + 4000:,}"


def test_the_year_to_date_goes_by_the_tables_of_its_months(dozen: Dozen) -> None:
    """G1 of 2026: 100, 200, 300; January is corrected, March too and then frozen at 310, then corrected again."""
    months = {("G1", f"2026-0{n}"): {"110": f"{n}00", "120": f"{n}00"} for n in (1, 2, 3)}
    desk.publish(months)
    correct("G1", "2026-01", 140)
    correct("G1", MONTH, 310)
    send_and_accept(MONTH)
    correct("G1", MONTH, 320)

    def both(version: str) -> list[str]:
        return [water("d-approver", SCOPE, version, MONTH, when) for when in ("2026年3月", "2026年1—3月")]

    assert both("first") == ["310", str(100 + 200 + 310)]
    assert both("") == ["320", str(140 + 200 + 320)]
    assert table("d-approver", DISTRICT, MONTH) == "310"
    assert which_first(SCOPE, Period.parse(MONTH), sequence=last_done()).keys() == {
        "2026-01", "2026-01..2026-02", MONTH, "2026-01..2026-03",
    }  # fmt: skip


def test_the_page_its_charts_files_and_sources_say_which_they_are(dozen: Dozen) -> None:
    correct("G1", YEAR, 350)
    reader = visitor("d-approver")
    address = f"/overview/?scope={SCOPE}&period={YEAR}&indicator=water_total_m3"
    page = reader.get(f"{address}&version=first&compute=1")
    html, said = page.content.decode(), text_of(page)
    assert "首报数" in re.search(r"<h1>.*?</h1>", html, re.S)[0]
    assert "数的版本 ： 首报数" in said or "数的版本： 首报数" in said
    assert "尚未接受综合表的，各报表取首次公布的数" in said
    for chart in ("months", "progress", "shares-carrier", "trust", "bodies", "prices"):
        card = html.split(f'id="{chart}"')[1].split("</header>")[0]
        assert "首报数" in card, chart
    assert 'name="version" value="first"' in html, "another scope or period of the picker keeps it"
    assert re.search(
        r'<a href="[^"]*version=first[^"]*population=alike|population=alike[^"]*version=first', html
    )
    assert "首报数" not in text_of(reader.get(f"{address}&compute=1")).split("可比")[0].split("现行数")[0]
    file = reader.get(f"{address}&version=first&chart=bodies&export=csv").content.decode("utf-8-sig")
    assert "首报数" in file
    part = text_of(reader.get(f"{address}&version=first&part=attention"))
    assert "没有首报数的形式" in part
    for wrong in ("last", "FIRST"):
        assert reader.get(f"{address}&version={wrong}").status_code == 404
    (link,) = set(re.findall(rf'href="(/receipt/[0-9a-f]+/{SCOPE}/water_total_m3/?)" data-source', html))
    assert reader.get(link).status_code == 200
    assert f"{OWN:,}" in (source := text_of(reader.get(link)))
    assert "各报表首次公布的数" in source
    assert visitor("o-approver").get(link).status_code == 404
    assert receipts.replay(link.removeprefix("/receipt/").strip("/")).equal


def test_like_for_like_of_what_was_reported_first(dozen: Dozen) -> None:
    """G1 and A2 filed 2024 too: G1 280 then, 300 first and 350 now; A2 950 then, 900 both times."""
    desk.publish({("G1", "2024"): {"110": "1", "120": "280"}, ("A2", "2024"): {"110": "1", "120": "950"}})
    correct("G1", YEAR, 350)
    which = which_first(SCOPE, Period.parse(YEAR), sequence=last_done())
    assert which == {YEAR: "first"}
    runs = [run_for(each, choice={"versions": which.get(each)}) for each in ("2024", YEAR)]
    (found,) = changes_of(runs, SCOPE, ["water_total_m3"])
    assert found.like_for_like == (Fraction(280 + 950), Fraction(300 + 900))
    said = text_of(
        visitor("d-approver").get(
            f"/overview/?scope={SCOPE}&period={YEAR}&version=first&population=alike&compute=1"
        )
    )
    drop = f"{float(Fraction(1230 - 1200, 1230) * 100):.1f}%"
    assert f"同比下降 {drop}" in said or f"下降 {drop}" in said


def test_a_page_that_was_kept_moves_when_a_table_is_accepted(dozen: Dozen) -> None:
    """Accepting publishes nothing: the address and the publication are the same before and after."""
    correct("G1", YEAR, 350)
    before, sequence = water("d-approver", SCOPE, "first"), last_done()
    send_and_accept(YEAR)
    assert last_done() == sequence
    assert (before, water("d-approver", SCOPE, "first")) == (f"{OWN:,}", f"{OWN + 50:,}")
