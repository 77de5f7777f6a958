"""The first core task in the browser: a reporter is made, opens the account, enters, is warned, explains, submits."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.screenshots import Served
from tests.e2e.conftest import DESK, PATIENCE, PHONE
from tests.e2e.pages import accessibility_of, layout_of
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

SCHOOL = "示例第三中学"
PASSWORD = "一句容易记住的话 2026"
#: What the first task enters; what it reckons on the page is reckoned here.
NUMBERS = {
    "103": "1905", "110": "57900", "111": "32424", "120": "2180", "121": "8284", "140": "3150", "141": "7938",
    "1501": "186", "1511": "1506.60", "1502": "0", "1512": "0",
}  # fmt: skip
UNUSED = ("130", "105", "160", "170", "180")


@pytest.fixture(scope="module")
def address(city: Served, chromium: Browser, session_state) -> str:
    """Where the school's return of October is."""
    context = chromium.new_context(base_url=city.address, storage_state=session_state, locale="zh-CN")
    page = context.new_page()
    page.goto(f"/institutions/?q={SCHOOL}")
    link = page.get_by_role("link", name=SCHOOL).first.get_attribute("href")
    context.close()
    assert link is not None
    return f"/returns/{link.rstrip('/').rpartition('/')[2]}/NY201/2026-10/"


@pytest.fixture(scope="module")
def account(city: Served, chromium: Browser, session_state, address: str) -> tuple[str, str]:
    """A reporter of the school: made on the page by the operator, opened with the code of the slip."""
    context = chromium.new_context(base_url=city.address, storage_state=session_state, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/people/new/")
    page.get_by_label("姓名").fill("王老师")
    page.get_by_label("用户名").fill("teacher.wang")
    page.locator("[name=role]").select_option("reporter")
    page.locator("[name=institution]").fill(address.split("/")[2])
    page.get_by_role("button", name="建立账号").click()
    code = page.locator(".slip-code").inner_text()
    context.close()
    fresh = chromium.new_context(base_url=city.address, locale="zh-CN")
    fresh.set_default_timeout(PATIENCE)
    page = fresh.new_page()
    page.goto("/activate/")
    page.get_by_label("用户名").fill("teacher.wang")
    page.locator("[name=code]").fill(code)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()
    fresh.close()
    return "teacher.wang", PASSWORD


@pytest.fixture
def reporter(city: Served, chromium: Browser, account: tuple[str, str]) -> Iterator[Page]:
    """The reporter's tab."""
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, city.address)
    page = context.new_page()
    page.goto("/signin/")
    page.locator("[name=username]").fill(account[0])
    page.locator("[name=password]").fill(account[1])
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()
    yield page
    context.close()
    meant = (
        "INTERNET_DISCONNECTED",
        "409 (Conflict)",
    )  # the connection is cut, and two editors meet, on purpose
    assert [one for one in watch.troubles if not any(word in one for word in meant)] == []


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("已保存")


def november(address: str) -> str:
    """The return of the month after the first task's."""
    return address.replace("2026-10", "2026-11")


def begun(page: Page, address: str) -> bool:
    """Go to a return and begin it; whether nobody had begun it before."""
    page.goto(address)
    begin = page.get_by_role("button", name="开始填报")
    is_new = begin.count() == 1
    if is_new:
        begin.click()
        page.wait_for_load_state()
    return is_new


def unused(page: Page) -> None:
    """The carriers that the school has not are switched off."""
    for item in UNUSED:
        if page.locator(f"#c-{item}").is_enabled():
            page.locator(f"select[name=case-{item}]").select_option("not_used")
            expect(page.locator(f"#c-{item}")).to_be_disabled()


@pytest.mark.parametrize("place", ["/", "/returns/"])
def test_on_a_phone_the_task_is_in_sight(reporter: Page, place: str) -> None:
    """The deadline and the button are seen at once: nothing is to be moved sideways, little downwards."""
    reporter.set_viewport_size(PHONE)
    reporter.goto(place)
    row = reporter.locator("tr", has_text=f"{SCHOOL}").filter(has_text="2026年10月").first
    for part in (row.get_by_role("link", name="开始填报"), row.get_by_text("2026-11-20")):
        expect(part).to_be_in_viewport(ratio=1)


def test_the_first_task(reporter: Page, address: str) -> None:
    page = reporter
    page.goto("/")
    page.get_by_role("link", name=re.compile(f"开始填报 {SCHOOL} 2026年10月")).click()
    expect(page).to_have_url(re.compile(re.escape(address)))
    page.get_by_role("button", name="开始填报").click()
    expect(page.locator("#c-102")).to_have_value("21350")
    unused(page)
    # By keyboard alone from here on: Enter goes down, what is typed is read as people write it.
    page.locator("#c-103").fill("1905")
    page.locator("#c-110").focus()
    page.keyboard.type("51240+7860-1200")
    page.keyboard.press("Enter")
    page.keyboard.type("28694.40+4401.60-672")
    page.keyboard.press("Enter")
    saved(page)
    expect(page.locator("#c-110")).to_have_value("57900")
    expect(page.locator("#c-111")).to_have_value("32424")
    # A column from a spreadsheet: water, its cost.
    page.locator("#c-120").focus()
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text/plain', '2180\\n8284.00\\n');
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }"""
    )
    for item, text in (("140", "3150"), ("141", "7938"), ("1501", "186"), ("1511", "1506.60")):
        page.locator(f"#c-{item}").fill(text)
    if page.locator("#c-1502").is_enabled() and not page.locator("#c-1502").input_value():
        page.locator("#c-1502").fill("0")
        page.locator("#c-1512").fill("0")
    page.locator("#c-1512").press("Tab") if page.locator("#c-1512").is_enabled() else None
    page.keyboard.press("Control+s")
    expect(page.locator("#c-150")).to_have_value("186")
    expect(page.locator("#c-121")).to_have_value("8284")
    side = page.locator("#side")
    expect(side).to_contain_text("11.505")
    expect(side).to_contain_text("11.305")
    expect(side).not_to_contain_text("项必填")
    expect(page.locator("#r-103")).to_contain_text("+10.8%")
    assert layout_of(page) == []
    assert accessibility_of(page) == []
    for box in side.locator("textarea").all():
        box.fill("秋季新生入学，人数增加")
    side.get_by_role("button", name="上报").click()
    expect(page.locator("h1 + .lead")).to_contain_text("已上报")
    expect(page.locator("main")).to_contain_text("秋季新生入学")
    expect(page.locator("#c-110")).to_have_count(0)
    assert accessibility_of(page) == []


def explained(page: Page, text: str) -> None:
    """Submitted with this explanation."""
    for box in page.locator("#side textarea").all():
        box.fill(text)
    page.locator("#side").get_by_role("button", name="上报").click()
    expect(page.locator("h1 + .lead")).to_contain_text("已上报")


def explained_and_withdrawn(page: Page, address: str, text: str) -> None:
    """The return of October with the numbers of the first task, submitted with this explanation and taken back;
    whatever was done with it before."""
    if begun(page, address):
        unused(page)
        for item, number in NUMBERS.items():
            if page.locator(f"#c-{item}").is_enabled():
                page.locator(f"#c-{item}").fill(number)
        page.locator("#side").get_by_role("button", name="保存").click()
        expect(page.locator("main")).to_contain_text("已保存")
    withdraw = page.get_by_role("button", name="撤回")
    if withdraw.count():
        withdraw.click()
    explained(page, text)
    withdraw.click()


def test_a_draft_goes_over_no_explanation_that_was_given_since(reporter: Page, address: str) -> None:
    """The return of the first task, withdrawn: drafted in one tab, meanwhile submitted with other words in a second."""
    page = reporter
    explained_and_withdrawn(page, address, "秋季新生入学，人数增加")
    whys = page.locator("#side textarea")
    expect(whys.first).to_have_value("秋季新生入学，人数增加")
    whys.first.fill("新校区启用")
    page.reload()
    expect(whys.first).to_have_value("新校区启用")
    expect(page.locator("#kept")).to_be_hidden()
    other = page.context.new_page()
    other.goto(address)
    explained(other, "食堂改用电灶")
    other.get_by_role("button", name="撤回").click()
    expect(other.locator("#side textarea").first).to_have_value("食堂改用电灶")
    page.reload()
    expect(whys.first).to_have_value("食堂改用电灶")
    kept = page.locator("#kept")
    expect(kept).to_contain_text("“新校区启用”")
    page.reload()
    expect(kept).to_contain_text("“新校区启用”")
    kept.locator("[data-take]").click()
    expect(whys.first).to_have_value("新校区启用")
    page.reload()
    expect(whys.first).to_have_value("新校区启用")
    expect(kept).to_be_hidden()
    # Seen closed in between, it waits; left, it is gone.
    explained(other, "食堂九月改用电灶")
    page.reload()
    expect(whys).to_have_count(0)
    other.get_by_role("button", name="撤回").click()
    expect(other.locator("#side textarea").first).to_have_value("食堂九月改用电灶")
    page.reload()
    expect(kept).to_contain_text("“新校区启用”")
    kept.get_by_role("button", name="不要了").click()
    page.reload()
    expect(whys.first).to_have_value("食堂九月改用电灶")
    expect(kept).to_be_hidden()
    # A window that stores no more: nothing fails, and what is written outlasts a save all the same.
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    whys.first.fill("新校区九月启用")
    page.locator("#c-121").fill("8285")
    with page.expect_response(lambda answer: answer.url.endswith("/cells/")):
        page.keyboard.press("Control+s")
    saved(page)
    expect(whys.first).to_have_value("新校区九月启用")


def test_an_explanation_submitted_over_a_colleagues_shows_both(reporter: Page, address: str) -> None:
    """The same return, open in one tab while a second submits other words and withdraws them."""
    page = reporter
    explained_and_withdrawn(page, address, "新校区启用")
    whys = page.locator("#side textarea")
    whys.first.fill("教学楼九月启用")
    other = page.context.new_page()
    other.goto(address)
    explained(other, "食堂十月改用电灶")
    other.get_by_role("button", name="撤回").click()
    submit = page.locator("#side").get_by_role("button", name="上报")
    submit.click()
    both = page.locator("#explained-since")
    expect(both).to_contain_text("教学楼九月启用")
    expect(both).to_contain_text("食堂十月改用电灶")
    expect(whys.first).to_have_value("教学楼九月启用")
    expect(page.locator("#kept")).to_be_hidden()
    assert layout_of(page) == []
    assert accessibility_of(page) == []
    other.reload()
    expect(other.locator("#side textarea").first).to_have_value("食堂十月改用电灶")
    submit.click()
    expect(page.locator("h1 + .lead")).to_contain_text("已上报")
    page.get_by_role("button", name="撤回").click()
    expect(whys.first).to_have_value("教学楼九月启用")


def test_a_cut_connection_loses_nothing(reporter: Page, address: str) -> None:
    page = reporter
    begun(page, november(address))
    page.context.set_offline(True)
    page.locator("#c-110").fill("777")
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_contain_text("连接中断")
    expect(page.locator("#c-110")).to_have_value("777")
    page.context.set_offline(False)
    page.keyboard.press("Control+s")
    saved(page)
    page.reload()
    expect(page.locator("#c-110")).to_have_value("777")


def answered(page: Page):
    """The next save and its answer."""
    return page.expect_response(lambda answer: answer.url.endswith("/cells/"))


def test_what_is_typed_while_a_save_is_on_its_way_is_saved_too(reporter: Page, address: str) -> None:
    """The answer for one cell comes while the next one is being typed."""
    page = reporter
    begun(page, november(address))
    page.locator("#c-110").fill("111")
    with answered(page):
        page.keyboard.press("Enter")
        page.keyboard.type("12")  # cost of electricity: the caret stays in it
    expect(page.locator("#saved")).to_have_text("已保存")
    expect(page.locator("#c-111")).to_have_value("12")
    with answered(page):
        page.keyboard.type("3")
        page.keyboard.press("Control+s")
    page.reload()
    expect(page.locator("#c-110")).to_have_value("111")
    expect(page.locator("#c-111")).to_have_value("123")


def test_a_cell_is_spelt_as_it_is_kept_once_the_caret_leaves_it(reporter: Page, address: str) -> None:
    """Not while somebody may still be typing in it, and not where he has typed on."""
    page = reporter
    begun(page, november(address))
    box = page.locator("#c-110")
    box.fill("8,284.50")
    with answered(page):
        page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text("已保存")
    expect(box).to_have_value("8,284.50")
    page.keyboard.press("Tab")
    expect(box).to_have_value("8284.5")
    box.fill("1,000.50")
    with answered(page):
        page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text("已保存")
    page.keyboard.type("7")
    with answered(page):
        page.keyboard.press("Tab")
    expect(box).to_have_value("1000.507")
    page.reload()
    expect(box).to_have_value("1000.507")


def test_an_explanation_outlasts_every_button_but_the_submission(reporter: Page, address: str) -> None:
    """Saved, reloaded, a carrier switched, a paper refused: what was written to explain a number is still there."""
    page = reporter
    begun(page, november(address))
    page.locator("#c-103").fill("2600")
    with answered(page):
        page.keyboard.press("Control+s")
    why = page.locator("#side textarea[name*='103']").first
    why.fill("秋季扩招三个班")
    page.locator("#side").get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("已保存")
    expect(why).to_have_value("秋季扩招三个班")
    page.reload()
    expect(why).to_have_value("秋季扩招三个班")
    page.locator("select[name=case-140]").select_option("not_used")
    expect(page.locator("#c-140")).to_be_disabled()
    expect(why).to_have_value("秋季扩招三个班")


def test_a_cell_put_back_to_what_was_saved_is_not_called_wrong(reporter: Page, address: str) -> None:
    page = reporter
    begun(page, november(address))
    box, told = page.locator("#c-120"), page.locator("#w-120")
    box.fill("2180")
    with answered(page):
        page.keyboard.press("Control+s")
    page.locator("#c-121").focus()
    for back in (lambda: box.fill("2180"), lambda: box.press("Escape")):
        box.fill("2.18千吨")
        with answered(page):
            page.keyboard.press("Control+s")
        expect(told).to_contain_text("不认识的单位")
        back()
        expect(told).to_be_empty()
        expect(box).not_to_have_attribute("aria-invalid", "true")
        expect(box).to_have_value("2180")


def test_of_two_editors_neither_goes_over_the_other_unasked(
    city: Served, chromium: Browser, session_state, reporter: Page, address: str
) -> None:
    address = november(address)
    page = reporter
    begun(page, address)
    context = chromium.new_context(locale="zh-CN", base_url=city.address, storage_state=session_state)
    context.set_default_timeout(PATIENCE)
    other = context.new_page()
    other.goto(address)
    other.locator("#c-120").fill("7")
    with answered(other):
        other.keyboard.press("Control+s")
    page.locator("#c-120").fill("5")
    with answered(page):
        page.keyboard.press("Control+s")
    expect(page.locator("#conflict")).to_be_visible()
    # Neither another cell's save nor a press on submit sends the contested number.
    page.locator("#c-121").fill("19")
    with answered(page):
        page.keyboard.press("Control+s")
    page.locator("#side").get_by_role("button", name="保存").click()
    expect(page.locator("#conflict")).to_be_visible()
    other.reload()
    expect(other.locator("#c-120")).to_have_value("7")
    expect(other.locator("#c-121")).to_have_value("19")
    with answered(page):
        page.locator("#conflict").get_by_role("button", name="用我的").click()
    other.reload()
    expect(other.locator("#c-120")).to_have_value("5")
    context.close()
