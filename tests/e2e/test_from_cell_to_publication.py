"""One number on its whole way: entered, warned of, explained, sent back, mended in Excel, approved, summarised,
accepted, published, and found again from the city's table; the log verifies.

Five persons, each with an account of the slip's code; what the worker does every few seconds is done by command. The
whole way is gone on SQLite and on a PostgreSQL server.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.sample_people import command, enrolled, open_account
from scripts.screenshots import Served, served
from tests.e2e.conftest import DESK, INSTITUTIONS, PATIENCE, register_own
from tests.e2e.watch import Watch
from tests.postgres import PostgresServer

pytestmark = pytest.mark.browser

UNIT, BODY, MONTH = "E2E-PLAIN", "L-500103", "2026-10"
NAME = "验收试验图书馆"
PEOPLE = (
    ("lib.clerk", "馆员", UNIT, "填报人"),
    ("yz.officer", "审核科员", BODY, "审核人"),
    ("yz.chief", "核准科长", BODY, "核准人"),
    ("city.boss", "市级发布人", "city", "发布人"),
)
STOCKS = {"102": "1200", "103": "300", "1031": "20", "104": "0", "1041": "0", "1042": "0", "1043": "0"}
FLOWS = {"110": "1000", "111": "5600", "120": "100", "121": "380"}

Tab = Callable[[str], Page]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The city of this folder, then one like it whose office is on a server."""
    if request.param == "sqlite":
        yield request.getfixturevalue("city")
        return
    folder = tmp_path_factory.mktemp("server")
    with PostgresServer.running() as server, pytest.MonkeyPatch.context() as environment:
        server.create_database("city")
        environment.setenv("JIEYUE_DATABASE", server.address("city"))
        with served(folder / "home", "--institutions", INSTITUTIONS) as running:
            assert not (folder / "home/office.sqlite3").exists()
            register_own(running.home, folder)
            yield running


@pytest.fixture(scope="module")
def codes(office: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """User name → the code on the slip."""
    return enrolled(office, PEOPLE, tmp_path_factory.mktemp("people"))


@pytest.fixture
def tab(office: Served, chromium: Browser, codes: dict[str, str]) -> Iterator[Tab]:
    """Opens a person's tab: the account is opened with the slip's code."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def opened(user: str) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=office.address)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context, office.address))
        page = context.new_page()
        open_account(page, user, codes[user])
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for watch in watches for one in watch.troubles] == []


def test_a_number_goes_its_whole_way(office: Served, tab: Tab, tmp_path: Path) -> None:
    address = f"/returns/{UNIT}/NY201/{MONTH}/"

    # The clerk enters, is warned of 5.60 yuan for a kWh, says why, submits.
    clerk = tab("lib.clerk")
    clerk.goto(address)
    clerk.get_by_role("button", name="开始填报").click()
    for item, text in {**STOCKS, **FLOWS}.items():
        clerk.locator(f"#c-{item}").fill(text)
    clerk.keyboard.press("Control+s")
    expect(clerk.locator("#saved")).to_have_text("已保存")
    warning = clerk.locator("#side textarea").first
    expect(warning).to_be_visible()
    for box in clerk.locator("#side textarea").all():
        box.fill("预付了全年电费")
    clerk.locator("#side").get_by_role("button", name="上报").click()
    expect(clerk.locator("h1 + .lead")).to_contain_text("已上报")

    # The officer sees the explanation and sends the return back with a word on one cell.
    officer = tab("yz.officer")
    officer.goto(f"/worklist/?period={MONTH}&find={UNIT}")
    if "/worklist/?" in officer.url:
        officer.get_by_role("link", name=NAME).first.click()
    expect(officer.locator("main")).to_contain_text("预付了全年电费")
    officer.locator("[name=comment-110]").fill("电量少写了一位，请核对电费单")
    officer.locator("[name=code]").select_option(label="数值有误")
    officer.get_by_role("button", name="退回填报单位").click()
    expect(officer.locator("main")).to_contain_text("已退回。")

    # The clerk mends the cell in Excel and brings the workbook back.
    clerk.goto("/returns/")
    expect(clerk.locator("main")).to_contain_text("被退回")
    clerk.goto(f"/returns/workbook/?form=NY201&period={MONTH}")
    with clerk.expect_download() as coming:
        clerk.get_by_role("link", name=re.compile("^下载")).click()
    file = tmp_path / "填好.xlsx"
    coming.value.save_as(file)
    book = openpyxl.load_workbook(file)
    sheet = book["NY201"]
    column = next(cell.column for cell in sheet[2] if str(cell.value).startswith("110 "))
    row = next(cells[0].row for cells in sheet.iter_rows(min_row=3) if cells[0].value == UNIT)
    assert sheet.cell(row, column).value == 1000
    sheet.cell(row, column).value = 10000
    book.save(file)
    clerk.locator("#file").set_input_files(file)
    clerk.get_by_role("button", name="检查").click()
    clerk.get_by_role("button", name="导入为草稿").click()
    expect(clerk.locator("main")).to_contain_text("已导入为草稿")
    clerk.goto(address)
    expect(clerk.locator("#r-110")).to_contain_text("电量少写了一位")
    expect(clerk.locator("#c-110")).to_have_value("10000")
    clerk.locator("#side").get_by_role("button", name="上报").click()
    expect(clerk.locator("h1 + .lead")).to_contain_text("已上报")

    # The chief approves; the worker publishes; the chief sends the summary upward.
    chief = tab("yz.chief")
    chief.goto(f"/worklist/?period={MONTH}&find={UNIT}")
    if "/worklist/?" in chief.url:
        chief.get_by_role("link", name=NAME).first.click()
    expect(chief.locator("#c-110 mark")).to_have_text("10,000")
    chief.get_by_role("button", name="核准").click()
    chief.wait_for_load_state()
    command(office, "worker", "--once")
    chief.goto(f"/summary/?form=NY301&body={BODY}&period={MONTH}")
    chief.get_by_role("button", name="上报").click()
    expect(chief.locator(".page-head .lead")).to_contain_text("已上报")
    summary = chief.url

    # The city accepts and publishes it.
    boss = tab("city.boss")
    boss.goto(summary)
    boss.get_by_role("button", name="接受").click()
    boss.wait_for_load_state()
    boss.locator("#name").fill("渝中区 2026 年 10 月汇总")
    boss.get_by_role("button", name="公示").click()
    boss.wait_for_load_state()
    boss.goto(summary)
    boss.get_by_role("link", name=re.compile("公示")).first.click()
    expect(boss.locator("main")).to_contain_text("渝中区 2026 年 10 月汇总")

    # From the city's table down to the cell.
    boss.goto(f"/summary/?form=NY301&body=city&period={MONTH}")
    boss.locator("tr", has_text="电消费量").first.locator("td a").first.click()
    expect(boss.locator("main")).to_contain_text("构成单位数")
    boss.goto(f"/source/?scope=institution:{UNIT}&indicator=energy_total_tce&period={MONTH}")
    expect(boss.locator("main")).to_contain_text("1.229")  # 10,000 kWh × 0.1229 kgce
    boss.goto(address)
    expect(boss.locator("#r-110")).to_contain_text("10,000")

    # What was done stands in the log, and nobody has changed it.
    said = json.loads(command(office, "--json", "verify-log"))
    assert said
