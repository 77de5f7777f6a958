"""The dashboard: its numbers are the figures to the printed digit, it moves with a fact, and says what is missing."""

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from django_tasks_db.models import DBTaskResult

from jieyue.apps.accounts.derived import relative
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.insights.overview import Side, overview_of
from jieyue.apps.insights.overview_words import moved, of_progress, of_side, points
from jieyue.apps.insights.standard import dashboard_steps, store_missing
from jieyue.apps.publication.queries import last_done
from jieyue.apps.schedule.services.take_tasks import take_task
from jieyue.domain.period import Period
from jieyue.web.numbers import tile_text
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import BEGIN, MONTH, Dozen
from tests.apps.summaries.test_bulletin import publish_spring
from tests.apps.summaries.test_bulletin import spring as spring_of_its_own
from tests.apps.summaries.test_pages import DISTRICT, text_of, visitor
from tests.clients import quiet_refusals

__all__ = ["spring_of_its_own"]

KGCE_PER_KWH = Fraction("0.1229")
#: By hand: March 2026 of A1, P1, G1; March 2025 of A1, P1, K1; P1 does not exist in December 2025.
A1, P1, G1 = 2_000_000, 600_000, 300_000
THEN = 1003 + 603 + 503


@pytest.fixture(scope="module")
def spring(dozen_home: Path, sqlite_home) -> Iterator[Dozen]:
    """The first months of 2026 as three have filed them, shared for reading."""
    quiet_refusals()
    with sqlite_home(dozen_home):
        publish_spring()
        yield Dozen()


def tce(kwh: int) -> str:
    return f"{float(kwh * KGCE_PER_KWH / 1000):,.2f}"


def dashboard(who: str = "c-approver", query: str = "", period: str = MONTH) -> str:
    return visitor(who).get(f"/overview/?period={period}&compute=1{query}").content.decode()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def rows_of(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))  # type: ignore[attr-defined]


def test_tiles_and_months_are_the_figures_worked_out_by_hand(spring: Dozen) -> None:
    said = words(dashboard())
    total = A1 + P1 + G1
    rise = f"{float(Fraction(total - THEN, THEN) * 100):,.1f}"
    assert f"2026年3月，能源消费总量 {tce(total)} 吨标准煤（初步），同比上升 {rise}%，环比持平。" in said
    assert f"2026年1—3月，能源消费总量 {tce(3 * total)} 吨标准煤" in said
    for code in ("energy_total_tce", "water_total_m3", "co2_total_t", "energy_cost_yuan"):
        figure = desk.figure("city", MONTH, code)
        shown = "未报" if figure.display is None else f"{float(figure.display):,.2f}"
        assert shown.removesuffix(".00") in said, code
    reader = visitor("c-approver")
    rows = rows_of(reader.get(f"/overview/?period={MONTH}&chart=months&export=csv"))
    assert rows[0][0:3] == ["月份", "本年（吨标准煤）", "上年同期（吨标准煤）"]
    march = next(row for row in rows if row[0] == "2026年3月")
    assert march[1:3] == [tce(total).replace(",", ""), tce(THEN)]
    december = next(row for row in rows if row[0] == "2026年12月")
    assert (december[1], december[2]) == ("", tce(1012)), (
        "what lies ahead is blank; A1 alone filed December 2025"
    )


def test_every_chart_has_its_title_table_files_and_receipts(spring: Dozen) -> None:
    page = dashboard()
    said = words(page)
    for title in (
        "能源消费总量：没有可比的月份；3 个月为初步数，不比",  # three of eleven have filed
        "只含各月都报全的机构，不比进度",
        "电力占 100.0%（初步）",
        "本年度未下达控制数",
    ):
        assert title in said
    reader = visitor("c-approver")
    for chart in ("months", "progress", "shares-carrier", "shares-type", "trust", "prices", "bodies"):
        assert f'id="{chart}"' in page
        for kind in ("csv", "xlsx"):
            answer = reader.get(f"/overview/?period={MONTH}&chart={chart}&export={kind}")
            assert answer.status_code == 200, (chart, kind)
    link = re.search(r'href="(/source/\?scope=city&amp;indicator=energy_total_tce&amp;period=2026-03)"', page)
    assert link is not None
    assert tce(A1 + P1 + G1) in text_of(reader.get(link.group(1).replace("&amp;", "&")))


def test_the_control_figure_is_the_one_of_the_year_and_never_carried_on(spring: Dozen) -> None:
    """The plan prints 112 × 10⁴ tce for its target year 2025 and nothing for 2026; nothing is issued to a district."""
    of_target_year = dashboard(period="2025-03")
    assert "本年控制数 1,120,000.00 吨标准煤" in words(of_target_year)
    assert 'class="p-limit"' in of_target_year[of_target_year.index('id="progress"') :]
    for page in (dashboard(), dashboard(query=f"&scope=line:{DISTRICT}", period="2025-03")):
        card = page[page.index('id="progress"') :]
        card = card[: card.index("</section>")]
        assert "本年度未下达控制数" in words(card)
        assert "p-limit" not in card
    assert "没有向本口径单独下达目标" in words(dashboard(query=f"&scope=line:{DISTRICT}"))
    assert "没有向本口径单独下达目标" not in words(dashboard())


def test_progress_is_told_of_final_figures(spring: Dozen) -> None:
    """A1 alone: it filed twelve months of 2025, 12078 kWh, and 3006 to March."""
    found = overview_of("city", Period.parse(MONTH), sequence=last_done())
    assert found is not None
    last, whole = found.progress.now[-1], found.progress.whole
    final = replace(found.progress, now=[replace(last, status="final")])
    said = of_progress(final, str, str, str)[0]
    share = f"{float(Fraction(3 * (A1 + P1 + G1), 12078 + 3021) * 100):.1f}%"
    assert f"相当于上年全年的 {share}" in said, "A1 filed the months of 2025, K1 the six it was there"
    assert whole.exact == (12078 + 3021) * KGCE_PER_KWH / 1000


def test_the_bodies_below_with_their_completeness(spring: Dozen) -> None:
    rows = rows_of(visitor("c-approver").get(f"/overview/?period={MONTH}&chart=bodies&export=csv"))
    district = next(row for row in rows if "渝中" in row[0])
    of_district = desk.figure(f"line:{DISTRICT}", MONTH, "completeness")
    assert district[1] == of_district.display
    assert district[2] == tce(3 * (A1 + G1)).replace(",", "")


def test_what_needs_somebody(spring: Dozen) -> None:
    """Movers: the same institutions, the largest change first. A viewer of a district sees its own."""
    reader = visitor("c-approver")
    rows = rows_of(reader.get(f"/overview/?period={MONTH}&chart=movers&export=csv"))
    assert [row[0] for row in rows[1:3]] == ["单位A1", "单位P1"]
    assert rows[1][3] == tce(A1 - 1003).replace(",", "")
    part = text_of(reader.get(f"/overview/?period={MONTH}&part=attention"))
    assert "变化最大的是单位A1（增加）；前 2 家中 2 家没有说明" in part
    assert "没有待处理的问题" in part
    own = rows_of(visitor("d-viewer").get(f"/overview/?period={MONTH}&chart=movers&export=csv"))
    assert "单位P1" not in str(own)


def test_one_changed_fact_moves_it(spring_of_its_own: Dozen) -> None:
    before, after = (f"2026年3月，能源消费总量 {tce(A1 + P1 + G1 + more)}" for more in (0, 1_000_000))
    assert before in words(dashboard())
    desk.publish({("A1", MONTH): {"110": str(A1 + 1_000_000)}}, restate="checked")
    said = words(dashboard())
    assert (after in said, before in said) == (True, False)


def test_like_for_like_counts_the_same_institutions(spring: Dozen) -> None:
    said = words(dashboard(query="&population=alike"))
    rise = f"{float(Fraction(A1 + P1 - 1606, 1606) * 100):,.1f}"
    assert f"可比（同样的机构） 同比上升 {rise}%（2 家）" in said
    assert "金额没有可比变化" in said


def test_what_is_missing_is_said_and_never_zero(spring: Dozen) -> None:
    assert "同比无可比基数" in words(dashboard(period="2025-03"))
    silent = words(dashboard(period="2024-03"))
    assert "2024年3月，能源消费总量未报，不足以计算。" in silent
    assert "能源消费总量：本年各月都没有报来" in silent
    assert "没有报来的数，无图可画。" in silent
    rows = rows_of(visitor("c-approver").get("/overview/?period=2024-03&chart=months&export=csv"))
    assert rows[1][1:4] == ["", "", ""]


def test_what_was_never_computed_is_the_workers_and_the_page_tells_how_far_it_is(
    spring_of_its_own: Dozen,
) -> None:
    while take_task("tests"):
        pass
    reader, address = visitor("c-approver"), f"/overview/?period={MONTH}&indicator=water_total_m3"
    stored = RunFrame.objects.count()
    first = reader.get(address).content.decode()
    assert "计算中" in words(first)
    assert tce(A1 + P1 + G1) not in words(first)
    waits = re.search(r"已算好的部分 0 / (\d+) 排队等后台计算", words(first))
    assert waits
    total = int(waits[1])
    look = re.search(r'hx-get="([^"]*)" hx-trigger="every 2s" hx-target="#waiting"', first)
    assert look
    poll = html.unescape(look[1])
    assert poll == f"{address}&part=waiting"
    assert RunFrame.objects.count() == stored, "the request computes nothing"
    assert asked() == [[MONTH, last_done(), "city"]], "nor does who looks again ask again"
    assert store_missing(dashboard_steps(Period.parse(MONTH), last_done(), "city")[:4]) == 4
    part = reader.get(poll, headers={"HX-Request": "true"}).content.decode()
    assert f"已算好的部分 4 / {total}" in words(part)
    assert part.startswith('<div id="waiting">'), "the part alone, in the place of the one before"
    while take_task("tests"):
        pass
    assert reader.get(poll, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert reader.get(poll)["Location"] == address, "without scripts too"
    done = words(reader.get(address).content.decode())
    assert "计算中" not in done
    assert tce(A1 + P1 + G1) in done
    assert len(asked()) == 1


def test_what_one_node_asks_for_is_there_for_all(spring_of_its_own: Dozen) -> None:
    while take_task("tests"):
        pass
    reader, pages = visitor("c-approver"), [f"type:021&period={MONTH}", f"line:{DISTRICT}&period={MONTH}"]
    for page in pages:
        assert "计算中" in text_of(reader.get(f"/overview/?scope={page}"))
    assert asked() == [[MONTH, last_done(), "nodes"]]
    while take_task("tests"):
        pass
    for page in pages:
        assert "计算中" not in text_of(reader.get(f"/overview/?scope={page}"))


def test_who_will_not_wait_for_the_worker_computes_it_in_the_page(spring_of_its_own: Dozen) -> None:
    reader = visitor("c-approver")
    first = reader.get(f"/overview/?period={MONTH}").content.decode()
    link = re.search(r'<a href="([^"]*compute=1[^"]*)">不等后台', first)
    assert link
    assert tce(A1 + P1 + G1) in text_of(reader.get(html.unescape(link[1])))
    assert tce(A1 + P1 + G1) in text_of(reader.get(f"/overview/?period={MONTH}"))


def test_of_what_nobody_published_the_worker_is_not_asked(spring_of_its_own: Dozen) -> None:
    before = asked()
    for period in ("2019-03", "2031"):
        assert "计算中" in text_of(visitor("c-approver").get(f"/overview/?period={period}"))
    assert asked() == before


def asked() -> list[list[object]]:
    rows = DBTaskResult.objects.filter(task_path__endswith="compute_dashboard")
    return [row.args_kwargs["args"] for row in rows]


def test_who_sees_a_part_sees_that_part(spring: Dozen) -> None:
    said = words(dashboard("d-viewer"))
    assert f"能源消费总量 {tce(A1 + G1)} 吨标准煤" in said
    assert tce(A1 + P1 + G1) not in said
    reader = visitor("d-viewer")
    for scope in ("city", "line:L-500104", "area:500103", "department:D-EDU", "type:021", "institution:A1"):
        assert reader.get(f"/overview/?scope={scope}&period={MONTH}&compute=1").status_code == 404, scope
    assert reader.get(f"/overview/?scope=line:{DISTRICT}-EDU&period={MONTH}&compute=1").status_code == 200
    for wrong in (
        "&indicator=floor_area_m2",
        "&population=x",
        "&chart=x&export=csv",
        "&chart=months&export=pdf",
    ):
        assert reader.get(f"/overview/?period={MONTH}&compute=1{wrong}").status_code == 404, wrong
    user = create_user("a-viewer", actor="tests")
    grant(user, "viewer", node=spring.number("A1"), valid_from=BEGIN, actor="tests")
    assert visitor("a-viewer").get("/overview/").status_code == 302


@pytest.mark.parametrize("scope", ["city", f"line:{DISTRICT}", "department:D-EDU", "type:021", "area:500103"])
def test_whatever_the_node_it_is_what_figures_gives(spring: Dozen, scope: str) -> None:
    found = overview_of(scope, Period.parse(MONTH), sequence=last_done())
    assert found is not None
    for tile in found.tiles:
        for side in tile.sides:
            assert side.now == desk.figure(
                scope, side.now.period, tile.indicator, boundaries=found.boundaries
            )
            assert side.then == desk.figure(
                scope, side.then.period, tile.indicator, boundaries=found.boundaries
            )
    last = found.progress.now[-1]
    assert last == desk.figure(scope, "2026-01..2026-03", "energy_total_tce", boundaries=found.boundaries)


def test_the_parts_are_the_whole(spring: Dozen) -> None:
    kinds = ["type:01", "type:02", "type:03"]
    found = overview_of("city", Period.parse(MONTH), sequence=last_done(), types=kinds)
    assert found is not None
    assert found.types is not None
    assert sum(part.now_share or 0 for part in found.types.parts) == 100
    assert sum(part.now_share or 0 for part in found.carriers.parts) == 100


def test_words_follow_the_sign(spring: Dozen) -> None:
    row = desk.figure("city", MONTH, "energy_total_tce")

    def told(then: str | None, now: str | None) -> str:
        rows = [replace(row, exact=None if text is None else Fraction(text)) for text in (then, now)]
        return moved(relative(rows[1], rows[0]))[0]

    assert told("1000", "1021") == "同比上升 2.1%"
    assert told("1000", "968") == "同比下降 3.2%"
    assert (told("1000", "1000.4"), told("1000", "999.6")) == ("同比持平", "同比持平")
    assert (told("1000", None), told(None, "1"), told("0", "1")) == (
        "本期缺数",
        "同比无可比基数",
        "同比无可比基数",
    )
    assert points(Fraction(11, 10))[0] == "较上年同期上升 1.1 个百分点"
    assert points(None)[0] == "无可比基数"


def test_the_numbers_of_a_tile_stand_in_one_unit(spring: Dozen) -> None:
    """In ten thousands where all of them are large; what is missing stands in none."""
    row = desk.figure("city", MONTH, "energy_cost_yuan")

    def told(*amounts: str | None) -> list[tuple[str, str]]:
        rows = [replace(row, exact=None if one is None else Fraction(one), display=one) for one in amounts]
        return [tile_text(one, rows) for one in rows if one.exact is not None]

    assert told("10000", "72799") == [("1.00", "万元"), ("7.28", "万元")]
    assert told("9999", "72799") == [("9,999", "元"), ("72,799", "元")]
    assert told(None, "72799") == [("7.28", "万元")]


def test_a_provisional_figure_says_so(spring: Dozen) -> None:
    row = desk.figure("city", MONTH, "energy_total_tce")
    assert row.status == "provisional", "three of eleven have filed"
    said = of_side(Side(row, row), str, str, str)
    assert "（初步）" in said[0]
    assert "(provisional)" in said[1]
    assert 'class="p-hatched" fill="url(#chart-months-hatch)"' in dashboard()
