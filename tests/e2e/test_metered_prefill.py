"""What a meter said on its whole way: readings come in, uses are derived and published, the entry page offers them, one
press takes them, the return is handed in and approved, and the receipt of the figure says that meters said so.

What the worker does every few seconds is done by command. The home's clock says 2026-11-22; October has 744 hours.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.sample_people import command, enrolled, open_account
from scripts.screenshots import Served
from tests.e2e.conftest import DESK, PATIENCE
from tests.e2e.pages import layout_of
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

UNIT, BODY, MONTH = "E2E-RARE", "L-500103", "2026-10"
PEOPLE = (("rare.clerk", "总务", UNIT, "填报人"), ("yz.approver", "核准员", BODY, "核准人"))
#: 2026-10-01 00:00 in China.
BEGIN, HOURS = 1790784000, 744
STOCKS = {"102": "1200", "103": "300", "1031": "20", "104": "0", "1041": "0", "1042": "0", "1043": "0"}
#: By meter 2 × 40 × 744 = 59,520 kWh; at 0.56 yuan.
FLOWS = {"111": "33331.20", "120": "600", "121": "2280"}


@pytest.fixture(scope="module")
def codes(city: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """User name → the code on the slip; the main meter and its readings are in."""
    folder = tmp_path_factory.mktemp("metered")
    meters, readings = folder / "meters.csv", folder / "readings.csv"
    head = "meter,institution,carrier,unit,step_min,multiplier,valid_from"
    meters.write_text(f"{head}\nRARE-1,{UNIT},electricity,kWh,60,40,2026-09-01\n", "utf-8")
    rows = "".join(f"RARE-1,{BEGIN + n * 3600},{2 * n}\n" for n in range(HOURS + 1))
    readings.write_text(f"meter,ts,value\n{rows}", "utf-8")
    command(city, "import", "meters", str(meters))
    command(city, "import", "readings", str(readings), "--as-of", "2026-11-22T00:00:00+08:00")
    return enrolled(city, PEOPLE, folder)


@pytest.fixture
def people(city: Served, chromium: Browser, codes: dict[str, str]) -> Iterator[dict[str, Page]]:
    """A tab of each person."""
    contexts = [chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address) for _one in PEOPLE]
    watches = [Watch(context, city.address) for context in contexts]
    tabs = {}
    for (user, *_rest), context in zip(PEOPLE, contexts, strict=True):
        context.set_default_timeout(PATIENCE)
        tabs[user] = context.new_page()
        open_account(tabs[user], user, codes[user])
    yield tabs
    for context in contexts:
        context.close()
    assert [one for watch in watches for one in watch.troubles] == []


def test_what_a_meter_said_stands_in_the_receipt(city: Served, tab: Page, people: dict[str, Page]) -> None:
    command(city, "worker", "--once")  # derives

    # The operator sees that the line is ready, and publishes the month.
    tab.goto(f"/meters/publish/?month={MONTH}&state=ready")
    expect(tab.locator("main")).to_contain_text("59,520")
    tab.get_by_role("button", name="公布", exact=True).click()
    expect(tab.locator("main")).to_contain_text("已交后台公布")
    command(city, "worker", "--once")
    expect(tab.locator("tbody tr", has_text="59,520")).to_contain_text("已公布")  # the page reads itself anew

    # The clerk is offered it; nothing is filled in before the press.
    clerk = people["rare.clerk"]
    clerk.goto(f"/returns/{UNIT}/NY201/{MONTH}/")
    clerk.get_by_role("button", name="开始填报").click()
    expect(clerk.locator("#r-110")).to_contain_text("表计：59,520（完整率 100.0%）")
    expect(clerk.locator("#c-110")).to_have_value("")
    assert layout_of(clerk) == []
    clerk.locator("#r-110").get_by_role("button", name="取用").click()
    expect(clerk.locator("#c-110")).to_have_value("59520")
    expect(clerk.locator("#r-110")).to_contain_text("取自表计")
    for item, text in {**STOCKS, **FLOWS}.items():
        clerk.locator(f"#c-{item}").fill(text)
    clerk.keyboard.press("Control+s")
    expect(clerk.locator("#saved")).to_have_text("已保存")
    for box in clerk.locator("#side textarea").all():
        box.fill("新装的总表")
    clerk.locator("#side").get_by_role("button", name="上报").click()
    expect(clerk.locator("h1 + .lead")).to_contain_text("已上报")
    expect(clerk.locator("#r-110")).to_contain_text("取自表计")

    # Approved and published: the figure of the institution, and its receipt, say that meters said so.
    approver = people["yz.approver"]
    approver.goto(f"/worklist/?period={MONTH}&find={UNIT}")
    if "/worklist/?" in approver.url:
        approver.get_by_role("link", name=re.compile("中学")).first.click()
    approver.get_by_role("button", name="核准").click()
    approver.wait_for_load_state()
    command(city, "worker", "--once")
    approver.goto(f"/source/?scope=institution:{UNIT}&indicator=energy_total_tce&period={MONTH}")
    expect(approver.locator("main")).to_contain_text("7.315")  # 59,520 kWh × 0.1229 kgce
    expect(approver.locator("main")).to_contain_text("计量")
