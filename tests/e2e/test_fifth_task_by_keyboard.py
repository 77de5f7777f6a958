"""What there is of the fifth core task, without a mouse: a plan is ended. Its seven verdicts at the end of 2025 by
its own method, CO2 per floor area by the grid's published factor beside, and the evaluation as a Word file.

Actual values are worked out from the city's own rows (tests/by_hand.py); targets are those of the plan's box 1.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from jieyue.sample.city import build
from scripts.sample_people import enrolled, open_account
from scripts.screenshots import Served
from tests.by_hand import AREA, GRID, PERSONS, WATER, ByHand, Sums, shown
from tests.e2e.conftest import DESK, INSTITUTIONS, PATIENCE, Untouched
from tests.e2e.keys import choose, follow, into, walk
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

WAN = 10_000
#: Box 1: what must not be exceeded, in the printed unit; expected totals, then binding intensities.
EXPECTED = {"能源消费总量": "112.00", "用水总量": "13,526.00", "碳排放总量": "335.00"}
BINDING = {
    "单位建筑面积能耗": "10.95",
    "人均综合能耗": "183.10",
    "人均用水量": "22.25",
    "单位建筑面积碳排放": "32.98",
}
PER_AREA = "单位建筑面积碳排放"


def actuals(sums: Sums, electricity: Fraction | None = None) -> dict[str, Fraction]:
    """The seven indicators in the plan's printed units: 10⁴ tce, 10⁴ m³ and 10⁴ t; per m² and per person."""
    co2 = sums.kg_co2() if electricity is None else sums.kg_co2(electricity)
    area, persons, water = (sums.amounts[item] for item in (AREA, PERSONS, WATER))
    return {
        "能源消费总量": sums.kgce / 1000 / WAN,
        "用水总量": water / WAN,
        "碳排放总量": co2 / 1000 / WAN,
        "单位建筑面积能耗": sums.kgce_of_buildings / area,
        "人均综合能耗": sums.kgce / persons,
        "人均用水量": water / persons,
        PER_AREA: co2 / area,
    }


@pytest.fixture
def town(untouched: Untouched, tmp_path: Path) -> Iterator[Served]:
    with untouched.copy(tmp_path / "home") as running:
        yield running


@pytest.fixture
def office(town: Served, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The tab of the director's office, at the workbench."""
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=town.address)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, town.address)
    page = context.new_page()
    codes = enrolled(town, [("office.keys", "办公室", "city", "发布人")], tmp_path)
    open_account(page, "office.keys", codes["office.keys"])
    page.goto("/")
    yield page
    context.close()
    assert watch.troubles == []


def cells(table: Locator, name: str) -> list[str]:
    """The texts of the row that begins with a name."""
    row = table.locator("tbody tr").filter(has=table.page.locator("th", has_text=name))
    texts = row.first.locator("td").all_inner_texts()
    return [re.sub(r"\s+", " ", text).strip() for text in texts]


def test_the_plan_is_ended_with_its_verdicts(office: Page, tmp_path: Path) -> None:
    page, sums = office, ByHand(build(int(INSTITUTIONS))).of()
    own, grid = actuals(sums), actuals(sums, GRID)

    # Seven verdicts by the plan's own method.
    follow(page, "规划目标")
    expect(page.locator("h1")).to_contain_text("“十四五”规划")
    expect(page.locator(".lead").first).to_contain_text("约束性指标 4 项，达到要求 3 项")
    board = page.locator("main table").first
    for name, target in (EXPECTED | BINDING).items():
        row = cells(board, name)
        kind, last = row[0], row[-1]
        assert row[4:6] == [
            f"≤ {target.removesuffix('.00')}" if name in EXPECTED else target,
            shown(own[name]),
        ], row
        assert kind == ("预期性" if name in EXPECTED else "约束性")
        kept = own[name] <= Fraction(target.replace(",", ""))
        if name in EXPECTED:
            assert ("预期值以内" in last) == kept, "an expectation is never failed like a target"
            assert "未完成" not in last
        else:
            assert ("未完成" not in last) == kept, last
    assert own[PER_AREA] > Fraction("32.98"), "the one that is missed, by less than the second decimal shows"

    # Beside it, which is no verdict: the same use at 0.5581 kg a kWh.
    into(page)
    walk(page, r".*electricity_factor=of-year.*")
    assert page.evaluate("() => document.activeElement.textContent") == shown(grid[PER_AREA])
    beside = cells(page.locator("main table").filter(has_text="与规划口径之差"), "规划因子组")
    assert beside == ["2023", shown(grid[PER_AREA]), f"+{shown(grid[PER_AREA] - own[PER_AREA])}"]
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="数字来源")
    expect(panel.locator(".value")).to_contain_text(shown(grid[PER_AREA]))
    expect(panel).to_contain_text("0.5581")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    # Every indicator by other methods.
    follow(page, "口径与敏感性", back=True)
    into(page)
    follow(page, "现在计算")
    table = page.locator("main table")
    for name in own:
        row = cells(table, name)
        assert (row[3], row[5]) == (shown(own[name]), shown(grid[name])), row
        assert (row[4], row[6]) == ("未完成", "未完成") or name != PER_AREA, "missed by both factors"

    # The evaluation of the plan, drafted and taken away as Word.
    follow(page, "公文报告")
    into(page)
    walk(page, "kind")
    choose(page, "plan-evaluation")
    walk(page, "period")
    choose(page, "2025")
    walk(page, "起草")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    into(page)
    walk(page, "Word")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    file = tmp_path / "评估.docx"
    coming.value.save_as(file)
    words = "\n".join(_texts(docx.Document(str(file))))
    for name, target in BINDING.items():
        assert name in words
        assert target in words
        assert shown(own[name]) in words, name
    assert shown(grid[PER_AREA]) in words


def _texts(paper: "docx.document.Document") -> Iterator[str]:
    yield from (one.text for one in paper.paragraphs)
    for table in paper.tables:
        yield from (cell.text for row in table.rows for cell in row.cells)
