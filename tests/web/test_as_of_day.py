"""As published on a day: a page, its links, its sources and its foot all speak of the same publication."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from jieyue.apps.publication.models import Publication
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from jieyue.apps.review.services.check_returns import check_returns
from jieyue.domain.period import Period
from jieyue.web import selection
from jieyue.web.selection import available
from tests.apps.accounts import desk
from tests.web.addresses import school
from tests.web.conftest import City
from tests.web.html_text import page_of
from tests.web.test_profile import sheets

PAGE = "/data/line/?period=2025"
SOURCE = "/source/?scope=city&indicator=water_total_m3&period=2025"
THEN, NOW = "2026-06-01", "2026-06-10"


@pytest.fixture
def corrected(own_city: City) -> City:
    """Everything was published on 1 June at noon; on the 10th a school's water of 2025 grew by a million."""
    noon = datetime(2026, 6, 1, 4, tzinfo=UTC)
    Publication.objects.update(at=noon)
    code = school(own_city)
    content = f"institution,period,item,value\n{code},2025,NY201:120,1000000\n".encode()
    done = import_file(
        content,
        "later.csv",
        actor="tests",
        choice=ImportChoice(publish=True, restate="抄表更正"),
        reading=FileChoice(),
    ).result
    assert done.applied
    late = Publication.objects.order_by("-seq").values_list("seq", flat=True)[0]
    Publication.objects.filter(seq=late).update(at=noon.replace(day=10))
    return own_city


def water(client, more: str = "") -> str:
    panel = page_of(client.get(SOURCE + more, headers={"HX-Request": "true"})).text
    found = re.search(r"(?m)^[\d,]{5,}$", panel)
    assert found
    return found[0]


def test_a_page_as_of_a_day_shows_what_was_published_then(corrected: City) -> None:
    client = corrected.client()
    old, new = water(client, f"&as_of={THEN}"), water(client)
    assert old != new
    assert int(new.replace(",", "")) > int(old.replace(",", ""))
    assert water(client, "&as_of=2026-06-09") == old
    assert (
        water(client, f"&as_of={NOW}")
        == water(client, "&as_of=2030-01-01")
        == water(client, "&as_of=")
        == new
    )
    then, now = (client.get(f"{PAGE}{more}").content.decode() for more in (f"&as_of={THEN}", ""))
    assert old in then
    assert new not in then
    assert new in now
    foot = page_of(client.get(f"{PAGE}&as_of={THEN}")).text
    assert "只计此日前已发布的数" in foot
    assert "2026-06-01" in foot
    assert "2026-06-01 12:00" in foot


def test_every_link_of_the_page_to_numbers_keeps_the_day(corrected: City) -> None:
    client = corrected.client()
    for path in (PAGE, f"{PAGE}&list=institutions", "/change/?scope=city&period=2025", "/map/?period=2025",
                 "/overview/?period=2025&compute=1"):  # fmt: skip
        page = client.get(f"{path}&as_of={THEN}")
        assert page.status_code == 200, path
        text = page.content.decode()
        assert f'name="as_of" value="{THEN}"' in text
        sources = re.findall(r'href="(/source/[^"]+)"', text)
        assert sources, path
        assert [address for address in sources if f"as_of={THEN}" not in address] == [], path
        for address in re.findall(r'href="(/(?:data|change|overview)/[^"]*scope=[^"]+)"', text):
            assert f"as_of={THEN}" in address, (path, address)


def board(client, more: str = "") -> tuple[Decimal, str]:
    """Water of 2025 on the plan board, by its file to the digit, and the page."""
    file = client.get(f"/plan/?period=2025{more}&export=csv").content.decode("utf-8-sig")
    row = next(row for row in csv.reader(io.StringIO(file)) if row and row[0] == "用水总量")
    return Decimal(row[6].replace(",", "")), client.get(f"/plan/?period=2025{more}").content.decode()


def test_the_plan_board_is_as_of_the_day_too(corrected: City) -> None:
    """In 万立方米: a million more is a hundred less what the school had."""
    client = corrected.client()
    (old, then), (new, now) = board(client, f"&as_of={THEN}"), board(client)
    gap = int(water(client).replace(",", "")) - int(water(client, f"&as_of={THEN}").replace(",", ""))
    assert new - old == pytest.approx(Decimal(gap) / 10_000, abs=Decimal("0.02"))
    assert 90 < new - old <= 100
    assert f'name="as_of" value="{THEN}"' in then
    assert 'name="as_of" value=""' in now
    assert "只计此日前已发布的数" in then
    sources = re.findall(r'href="(/source/[^"]+)"', then)
    assert sources
    assert [address for address in sources if f"as_of={THEN}" not in address] == []
    assert f"as_of={THEN}&amp;export=csv" in then
    assert board(client, "&as_of=2026-06-09")[0] == old
    assert client.get("/plan/?period=2025&as_of=2026-05-31").status_code == 404


@pytest.mark.parametrize("day", ["2026-13-01", "x", "2026-05-31", "0001-01-01"])
def test_a_day_that_is_none_or_before_everything_is_not_found(corrected: City, day: str) -> None:
    client = corrected.client()
    assert client.get(f"{PAGE}&as_of={day}").status_code == 404
    assert client.get(f"{SOURCE}&as_of={day}").status_code == 404


def test_the_profile_of_an_institution_is_as_of_the_day_too(corrected: City) -> None:
    """Its water of 2025, its links, its foot, its tables and its statement; a year is chosen within the day."""
    client, code = corrected.client(), school(corrected)
    address = f"/institutions/{code}/profile/?compute=1&period=2025"

    def used(more: str = "") -> Decimal:
        file = client.get(f"{address}{more}&chart=changed&export=csv").content.decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(file)) if row and row[0] == "用水总量"]
        return Decimal(rows[0][3])

    old, new = used(f"&as_of={THEN}"), used()
    assert new == 1_000_000
    assert old < new
    assert used("&as_of=2026-06-09") == old
    page = client.get(f"{address}&as_of={THEN}")
    text = page.content.decode()
    assert f"{old:,}" in text
    assert "1,000,000" not in text
    assert f'name="as_of" value="{THEN}"' in text
    foot = page_of(page).text
    assert "只计此日前已发布的数" in foot
    assert "2026-06-01 12:00" in foot
    sources = re.findall(r'href="(/source/[^"]+)"', text)
    assert sources
    assert [one for one in sources if f"as_of={THEN}" not in one] == []
    own = re.findall(rf'href="(/institutions/{code}/profile/\?[^"]+)"', text)
    assert any("export=pdf" in one for one in own)
    assert [one for one in own if f"as_of={THEN}" not in one] == [], "years, indicators, files, the statement"
    assert "data-at-once" in client.get(address).content.decode()
    assert client.get(f"{address}&as_of=2026-05-31").status_code == 404


def test_a_year_published_later_is_said_not_to_be_there_by_every_process(corrected: City) -> None:
    """2019 came with the next publication; a process that asked before it and one that asks after answer alike."""
    client, code = corrected.client(), school(corrected)
    address = f"/institutions/{code}/profile/?period=2019"
    then = Publication.objects.order_by("-seq").values_list("seq", flat=True)[0]
    assert client.get(f"{address}&as_of={NOW}").status_code == 404, "in no publication"
    assert "2019" not in available(then), "kept by the process as it is before"
    desk.publish({(code, "2019"): {"110": "1000", "120": "10", "102": "500", "103": "100", "104": "2"}})
    late = Publication.objects.order_by("-seq").values_list("seq", flat=True)[0]
    assert late == then + 1
    Publication.objects.filter(seq=late).update(at=datetime(2026, 6, 20, 4, tzinfo=UTC))
    for process in ("old", "new"):
        if process == "new":
            selection._available.cache_clear()
        for more in (f"&as_of={NOW}", f"&publication={then}"):
            page = client.get(f"{address}{more}")
            assert page.status_code == 200, process
            text = page_of(page).text
            assert "到这次发布为止，2019年还没有已发布的报表" in text
            assert f"（发布序号 {then}）" in text, "the foot stays"
            shown = page.content.decode()
            assert 'name="as_of"' in shown, "the strip stays"
            assert 'href="?period=2019"' in shown, "a way back"
            assert client.get(f"{address}{more}&export=pdf").status_code == 404
        assert "2019" not in available(then)
    assert "2019" in available(late)
    assert "还没有已发布的报表" not in client.get(f"{address}&compute=1").content.decode()
    assert client.get(address.replace("2019", "1999")).status_code == 404


def test_findings_of_today_are_not_told_as_those_of_the_day(corrected: City) -> None:
    """The million is found now: today's profile and statement ask for it, those of 1 June say that none is listed."""
    client, code = corrected.client(), school(corrected)
    check_returns("NY201", [Period.parse("2025")], actor="tests")
    address = f"/institutions/{code}/profile/?compute=1&period=2025"
    asked, untold = "改正或说明未处理的审核问题", "按早先的发布编出的不列审核问题"
    now, then = (page_of(client.get(f"{address}{more}")).text for more in ("", f"&as_of={THEN}"))
    assert (asked in now, untold in now) == (True, False)
    assert (asked in then, untold in then) == (False, True)
    now, then = (
        "".join(sheets(client.get(f"{address}{more}&export=pdf").content)) for more in ("", f"&as_of={THEN}")
    )
    assert (asked in now, untold in now) == (True, False)
    assert (asked in then, untold in then) == (False, True)
    assert len(sheets(client.get(f"{address}&as_of={THEN}&export=pdf").content)) == 2
