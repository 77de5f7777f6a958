"""The monthly bulletin: its totals are those of the data page and of the summary table, beside last year both ways."""

import io
import re
from datetime import UTC, datetime
from fractions import Fraction

import openpyxl
import pytest

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.papers.make import bulletin_for
from jieyue.apps.papers.plain import text_of as written_text
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import edit_return, review_return, submit_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.obligations.duty_desk import at, holder
from tests.apps.summaries.dozen import BEGIN, MONTH, Dozen
from tests.apps.summaries.test_pages import DISTRICT, text_of, visitor
from tests.clients import quiet_refusals

KGCE_PER_KWH = Fraction("0.1229")
#: By hand, March and January to March. 2025: A1 1003, P1 603, K1 503 kWh; K1 has closed since, G1 filed no months.
THEN, ALIKE_THEN = 1003 + 603 + 503, 1003 + 603
YTD_THEN, YTD_ALIKE_THEN = 3006 + 1806 + 1506, 3006 + 1806
A1, P1, G1 = 2_000_000, 600_000, 300_000


@pytest.fixture
def spring(dozen: Dozen) -> Dozen:
    quiet_refusals()
    publish_spring()
    return dozen


def publish_spring() -> None:
    """The first three months of 2026 of A1, P1 and G1."""
    use = {"A1": A1, "P1": P1, "G1": G1}
    desk.publish(
        {(who, f"2026-{month:02d}"): {"110": str(kwh)} for who, kwh in use.items() for month in (1, 2, 3)}
    )


def percent(now: int, then: int) -> float:
    return round(float(Fraction(now - then, then) * 100), 1)


def test_its_totals_are_those_of_the_page_and_of_the_summary_table(spring: Dozen) -> None:
    reader = visitor("c-approver")
    page = reader.get(f"/bulletin/?period={MONTH}")
    said = text_of(page)
    assert "关于2026年3月全市公共机构能源资源消费情况的通报" in said
    total = A1 + P1 + G1
    tce = f"{float(total * KGCE_PER_KWH / 1000):.2f}"
    assert tce == "356.41"
    assert f"2026年3月，能源消费总量 {tce} 吨标准煤（初步）。" in said
    assert (
        f"2026年1—3月，能源消费总量 {float(3 * total * KGCE_PER_KWH / 1000):,.2f} 吨标准煤（初步）。" in said
    )
    assert tce in text_of(reader.get(f"/data/line/?scope=city&period={MONTH}"))
    summary = reader.get(f"/summary/?period={MONTH}&body=city&export=xlsx")
    cells = [
        cell.value
        for row in openpyxl.load_workbook(io.BytesIO(summary.content)).worksheets[0]
        for cell in row
    ]
    assert total in cells, "the kWh of NY301"
    book = openpyxl.load_workbook(io.BytesIO(reader.get(f"/bulletin/?period={MONTH}&export=xlsx").content))
    row = next(row for row in book["当月与累计表"].values if row[0] == "能源消费总量")
    assert row == (
        "能源消费总量", "吨标准煤",
        float(tce), round(float(THEN * KGCE_PER_KWH / 1000), 2),
        percent(total, THEN), percent(A1 + P1, ALIKE_THEN),
        round(float(3 * total * KGCE_PER_KWH / 1000), 2), round(float(YTD_THEN * KGCE_PER_KWH / 1000), 2),
        percent(3 * total, YTD_THEN), percent(3 * (A1 + P1), YTD_ALIKE_THEN),
    )  # fmt: skip
    bodies = next(row for row in book["下级单位"].values if row[0] == "渝中区节能管理部门")
    assert bodies[1:4] == (
        round(float(3 * (A1 + G1) * KGCE_PER_KWH / 1000), 2), percent(3 * (A1 + G1), 3006 + 1506),
        percent(3 * A1, 3006),
    )  # fmt: skip
    loose = f"+{percent(A1 + P1, ALIKE_THEN):.1f}"
    cells_said = re.findall(r"<td[^>]*>.*?</td>", page.content.decode(), re.DOTALL)
    marked = ["初步" in one for one in cells_said if loose in one]
    assert marked == [True, True], "energy and carbon: a change of what is not final is marked"
    source = next(row for row in book["数据出处"].values if row[:3] == ("city", "能源消费总量", MONTH))
    assert (source[3], source[6]) == (float(tce), desk.figure("city", MONTH, "energy_total_tce").receipt)


def test_what_nobody_reported_is_no_zero(spring: Dozen) -> None:
    """Nothing of 2024: a dash and the reason, never a number."""
    reader = visitor("c-approver")
    book = openpyxl.load_workbook(io.BytesIO(reader.get("/bulletin/?period=2025-03&export=xlsx").content))
    row = next(row for row in book["当月与累计表"].values if row[0] == "能源消费总量")
    assert row[2:6] == (round(float(THEN * KGCE_PER_KWH / 1000), 2), None, None, None)
    assert "无可比基数" in text_of(reader.get("/bulletin/?period=2025-03"))


def test_a_body_sees_its_own_and_what_is_below(spring: Dozen) -> None:
    reader = visitor("d-viewer")
    page = reader.get(f"/bulletin/?period={MONTH}")
    said = text_of(page)
    assert f"能源消费总量 {float((A1 + G1) * KGCE_PER_KWH / 1000):.2f} 吨标准煤" in said
    assert f"node={DISTRICT}-EDU" in page.content.decode()
    assert "356.41" not in said
    for wrong in ("&node=city", "&node=L-500104", "&node=nobody", "&export=csv", "&form=NY202"):
        assert reader.get(f"/bulletin/?period={MONTH}{wrong}").status_code == 404, wrong
    user = create_user("a-viewer", actor="tests")
    grant(user, "viewer", node=spring.number("A1"), valid_from=BEGIN, actor="tests")
    alone = visitor("a-viewer").get(f"/bulletin/?period={MONTH}")
    assert (alone.status_code, "通报是收报单位的" in text_of(alone)) == (200, True), (
        "of single institutions there is none"
    )
    for period in ("2026", "2026-13", "x", "2026-Q1"):
        assert reader.get(f"/bulletin/?period={period}").status_code == 404, period


def test_the_board_leads_to_it(spring: Dozen) -> None:
    open_periods("NY201", [Period.parse(MONTH)], actor="tests")
    reader = visitor("c-approver")
    board = reader.get(f"/board/?period={MONTH}").content.decode()
    link = re.search(r'href="(/bulletin/[^"]*)"', board)
    assert link is not None
    said = text_of(reader.get(link.group(1).replace("&amp;", "&")))
    # A1, A2, G1, C1, H1, H2, P1, S1, U1, X1: M1 and M2 are in C1's return, K1 has closed, O1 is not counted.
    assert "应报 10 家，已报 3 家" in said


def test_late_is_told_of_what_is_collected_alike_on_page_and_in_paper(spring: Dozen) -> None:
    """A1, P1, G1 in time; U1 late and submitted; A2 late and sent back: 4 collected, 1 of them late."""
    open_periods("NY201", [Period.parse(MONTH)], actor="tests")
    with at(datetime(2027, 3, 1, 4, tzinfo=UTC)):
        for code in ("A2", "U1"):
            key = Key(spring.number(code), "NY201", MONTH)
            clerk = holder(f"clerk.{code}", "reporter", spring.number(code))
            edit_return.start(clerk, key)
            edit_return.edit_cells(clerk, key, {"110": (1_000_000, 3)}, revision=0)
            submit_return.submit(clerk, key, revision=1, judge=lambda _: Judged())
        sent_back = Key(spring.number("A2"), "NY201", MONTH)
        chief = holder("checker.all", "reviewer", spring.node("city"))
        review_return.send_back(chief, sent_back, code="value", comments={"110": "请核对"})
    page = text_of(visitor("c-approver").get(f"/bulletin/?period={MONTH}"))
    assert "应报 10 家，已报 4 家，其中逾期报来 1 家；退回待改 1 家，未报 6 家" in page
    assert "已审比 30.0%" in page
    assert "完整率 30" not in page
    paper = written_text(bulletin_for("city", MONTH, sequence=last_done()))
    assert "已报4家，其中按时3家、逾期报来1家；退回待改1家，未报6家" in paper
    assert "已审比" in paper
