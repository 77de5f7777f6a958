"""The second core task without a mouse: the section's two persons close October for 400 institutions.

380 returns are owed: 351 were submitted, of them three are wrong and 26 have a warning with a sound reason; 29 are
late. The officer sends back the three and judges the reasons, the chief approves the rest at once; one return is
mended in Excel; page, workbook and bulletin show one total, worked out here from the city's own rows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from jieyue.sample.city import build
from jieyue.sample.model import SampleCity
from scripts.sample_people import command, enrolled, open_account
from scripts.screenshots import Served, served
from tests.coefficients import KGCE
from tests.e2e.conftest import DESK, PATIENCE
from tests.e2e.keys import choose, walk, write
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

SMALLEST = 1_000  # institutions of a city that holds the whole section
BODY, MONTH = "L-500151", "2026-10"
PEOPLE = (("tl.officer", "铜梁科员", BODY, "审核人"), ("tl.chief", "铜梁科长", BODY, "核准人"))
#: kgce per unit of the item; LPG in kg, GB/T 2589-2020.
KGCE_OF = KGCE | {"105": Fraction("1.7143")}
#: What the rules say of the three planted mistakes → the reason code they are sent back for.
WRONG = {"没有填错单位（千倍或万倍）": "unit", "与本机构另一期的数不完全相同": "value"}

Tab = Callable[..., Page]


@pytest.fixture(scope="module")
def known() -> SampleCity:
    """The city's rows, as the generator drew them."""
    return build(SMALLEST)


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("section") / "home", "--institutions", str(SMALLEST)) as running:
        yield running


@pytest.fixture
def tab(section: Served, chromium: Browser, tmp_path: Path) -> Iterator[Tab]:
    """Opens a person's tab: the account is opened with the slip's code."""
    codes = enrolled(section, PEOPLE, tmp_path)
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def opened(user: str, more: Mapping[str, str] | None = None) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=section.address)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context, section.address))
        page = context.new_page()
        open_account(page, user, {**codes, **(more or {})}[user])
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for watch in watches for one in watch.troubles] == []


def press(page: Page, wanted: str) -> None:
    """Go by Tab to what reads so, press it, and wait for the page it leads to."""
    walk(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press_link(page: Page, wanted: str) -> None:
    """The same for what is taken as a file."""
    walk(page, wanted)
    page.keyboard.press("Enter")


def listed(page: Page, kind: str) -> list[str]:
    """Addresses of the returns of a class of the list."""
    page.goto(f"/worklist/?period={MONTH}&kind={kind}")
    links = page.locator("main table tbody th a")
    return [str(link) for link in links.evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")]


def test_october_of_the_section_is_closed(
    section: Served, known: SampleCity, tab: Tab, tmp_path: Path
) -> None:
    case = known.cases["T2"]
    chief, officer = tab("tl.chief"), tab("tl.officer")

    # The 29 who are late: the list and the text for the work group.
    chief.goto(f"/board/?period={MONTH}")
    expect(chief.locator("main")).to_contain_text("应报 380 份：已报 351 份，录入中 7 份，未录入 22 份")
    rows = chief.locator("#late tbody tr td:nth-child(2)").all_inner_texts()
    assert sorted(rows) == case["late"]
    text = chief.locator("#text").input_value()
    names = dict(known.institutions.select("code", "name").iter_rows())
    assert all(names[code] in text for code in case["late"])
    walk(chief, "复制")
    chief.keyboard.press("Enter")
    expect(chief.get_by_role("button", name="已复制")).to_be_visible()

    # Of those with a warning that nobody explained the officer sends back exactly the three that are wrong.
    sent: set[str] = set()
    asked: list[str] = []
    for address in listed(officer, "unexplained"):
        officer.goto(address)
        rules = officer.locator("tr[id^='f-'] th a").all_inner_texts()
        reason = next((WRONG[rule] for rule in rules if rule in WRONG), "")
        if not reason:
            asked.append(address)
            continue
        cell = officer.locator("tr.marked-warning").first.get_attribute("id") or ""
        walk(officer, f"comment-{cell.removeprefix('c-')}")
        write(officer, "请对照电费单核对")
        walk(officer, "code")
        choose(officer, reason)
        sent.add(officer.locator(".page-head a[href*='/institutions/']").first.get_attribute("href") or "")
        press(officer, "退回填报单位")
        expect(officer.locator("main")).to_contain_text("已退回。")
    assert {href.split("/")[2] for href in sent} == {one["institution"] for one in case["planted"]}

    # What only looks odd he answers after a call, for another to judge; the 26 sound reasons he accepts one by one.
    for address in asked:
        officer.goto(address)
        for rule in officer.locator("tr[id^='f-'] th a").all_inner_texts():
            press(officer, re.escape(rule))
            walk(officer, "text")
            write(officer, "已电话核实，费用由出租方承担")
            press(officer, "保存说明")
            officer.goto(address)
    reasons = listed(officer, "explained")
    accepted = 0
    for address in reasons:
        if address in asked:
            continue
        officer.goto(address)
        press(officer, "认可")
        expect(officer.locator("tr[id^='f-']").first).to_contain_text("说明已认可")
        accepted += 1
    assert accepted == len(case["explained"]) == 26
    for address in listed(chief, "explained"):
        chief.goto(address)
        while chief.get_by_role("button", name="认可", exact=True).count():
            press(chief, "认可")

    # The rest is approved at once.
    chief.goto(f"/worklist/?period={MONTH}")
    press(chief, "通过没有问题的 348 份")
    expect(chief.locator("main")).to_contain_text("已核准 348 份")

    # One of the three is mended in Excel and taken in again; its institution submits it, the chief approves.
    mended = next(one["institution"] for one in case["planted"] if one["kind"] == "kwh_mwh")
    _mend_in_excel(officer, mended, tmp_path)
    codes = enrolled(section, (("xx.clerk", "小学报数员", mended, "填报人"),), _folder(tmp_path, "clerk"))
    clerk = tab("xx.clerk", codes)
    clerk.goto(f"/returns/{mended}/NY201/{MONTH}/")
    expect(clerk.get_by_role("alert")).to_contain_text("计量单位有误 铜梁科员")
    press(clerk, "上报")
    expect(clerk.locator("h1 + .lead")).to_contain_text("已上报")
    chief.goto(f"/worklist/?period={MONTH}&find={mended}")
    press(chief, "核准")
    command(section, "worker", "--once")

    # Page, workbook and bulletin show one total: that of the city's rows.
    total = _approved(known, mended)
    kilowatt_hours = int(total["110"])
    tce = sum(value * KGCE_OF[item] for item, value in total.items() if item in KGCE_OF) / 1000
    shown = f"{Decimal(round(tce * 100)) / 100:,.2f}"
    chief.goto(f"/summary/?form=NY301&body={BODY}&period={MONTH}")
    expect(chief.locator("tr", has_text=re.compile("^电消费量")).first).to_contain_text(f"{kilowatt_hours:,}")
    with chief.expect_download() as coming:
        press_link(chief, "XLSX")
    file = tmp_path / "NY301.xlsx"
    coming.value.save_as(file)
    rows = openpyxl.load_workbook(file)["NY301"].iter_rows(values_only=True)
    assert {row[1]: row[3] for row in rows}["110"] == kilowatt_hours
    chief.goto(f"/bulletin/?period={MONTH}")
    expect(chief.locator("main")).to_contain_text(f"2026年10月，能源消费总量 {shown} 吨标准煤（初步）")
    expect(chief.locator("main")).to_contain_text(
        re.compile(
            r"2026年1—10月，能源消费总量 [\d,.]+ 吨标准煤（初步）。"
            r"按报送数同比下降 [\d.]+%，可比口径(上升|下降) [\d.]+%"
        )
    )
    expect(chief.locator("main")).to_contain_text("（同样的 349 家机构）")
    with chief.expect_download() as coming:
        press_link(chief, "下载工作簿")
    file = tmp_path / "bulletin.xlsx"
    coming.value.save_as(file)
    rows = openpyxl.load_workbook(file)["当月与累计表"].iter_rows(values_only=True)
    assert Decimal(str(next(row[2] for row in rows if row[0] == "能源消费总量"))) == Decimal(
        shown.replace(",", "")
    )


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def _mend_in_excel(officer: Page, code: str, folder: Path) -> None:
    """What was written in MWh: a thousand times as much, in the section's own workbook."""
    officer.goto(f"/returns/workbook/?form=NY201&period={MONTH}")
    with officer.expect_download() as coming:
        press_link(officer, "下载 .*NY201")
    file = folder / "本期.xlsx"
    coming.value.save_as(file)
    book = openpyxl.load_workbook(file)
    sheet = book["NY201"]
    column = next(cell.column for cell in sheet[2] if str(cell.value).startswith("110 "))
    row = next(cells[0].row for cells in sheet.iter_rows(min_row=3) if cells[0].value == code)
    sheet.cell(row, column).value = float(Decimal(str(sheet.cell(row, column).value)) * 1000)
    book.save(file)
    officer.locator("#file").set_input_files(file)
    press(officer, "检查")
    press(officer, "导入为草稿")
    expect(officer.locator("main")).to_contain_text("已导入为草稿")


def _approved(known: SampleCity, mended: str) -> dict[str, Fraction]:
    """Item → sum over the section's returns that were submitted, but for the two still sent back."""
    day, case = date(2026, 10, 31), known.cases["T2"]
    line = known.memberships.filter((pl.col("tree") == "line") & (pl.col("target") == BODY))
    held = set(line.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))["code"])
    held -= {one["institution"] for one in case["planted"]} - {mended}
    frame = known.frame("NY201", MONTH)
    totals = dict.fromkeys(frame.codes, Fraction(0))
    for number, (institution, state) in enumerate(zip(frame.institutions, frame.states, strict=True)):
        if institution in held and state == "已上报":
            for place, item in enumerate(frame.codes):
                factor = 1000 if (institution, item) == (mended, "110") else 1
                totals[item] += Fraction(int(frame.values[number, place]), 10_000) * factor
    return totals
