"""The first core task without a mouse: from the workbench to the submitted return, in a city of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.sample_people import enrolled, open_account
from scripts.screenshots import Served
from tests.e2e.conftest import DESK, PATIENCE, Untouched
from tests.e2e.keys import choose, walk, write
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

SCHOOL = "示例第三中学"
#: What is on the papers of October: what is written → what then stands there.
WRITTEN = {
    "103": ("1905", "1905"),
    "110": ("51240+7860-1200", "57900"),
    "111": ("28694.40+4401.60-672", "32424"),
    "120": ("2180", "2180"),
    "121": ("8,284.00", "8284"),
    "140": ("3150", "3150"),
    "141": ("7938", "7938"),
    "1501": ("186", "186"),
    "1511": ("1506.60", "1506.6"),
}
#: Of these the school had none.
UNUSED = ("130", "105", "160", "170", "180")


@pytest.fixture(scope="module")
def own_town(untouched: Untouched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A small city in which nobody has begun the school's October."""
    with untouched.copy(tmp_path_factory.mktemp("keys") / "home") as running:
        yield running


@pytest.fixture
def reporter(own_town: Served, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The tab of the school's reporter, at the workbench."""
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=own_town.address)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, own_town.address)
    page = context.new_page()
    page.goto("/signin/")
    page.locator("[name=username]").fill(own_town.user)
    page.locator("[name=password]").fill(own_town.password)
    page.locator("main button[type=submit]").click()
    page.goto(f"/institutions/?q={SCHOOL}")
    code = (page.get_by_role("link", name=SCHOOL).first.get_attribute("href") or "").split("/")[2]
    context.clear_cookies()
    codes = enrolled(own_town, [("teacher.keys", "王老师", code, "填报人")], tmp_path)
    open_account(page, "teacher.keys", codes["teacher.keys"])
    page.goto("/")
    yield page
    context.close()
    assert watch.troubles == []


def test_october_is_entered_explained_and_submitted(reporter: Page) -> None:
    page = reporter
    walk(page, f"开始填报 {SCHOOL} 2026年10月.*")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(SCHOOL)
    walk(page, "开始填报")
    page.keyboard.press("Enter")
    expect(page.locator("#c-102")).to_have_value("21350")

    boxes = page.locator("input[name^='c-']")
    order: list[str] = boxes.evaluate_all("(all) => all.map((one) => one.id.slice(2))")
    for item in order:
        if item in WRITTEN:
            walk(page, f"c-{item}")
            write(page, WRITTEN[item][0])
        elif item in UNUSED and page.locator(f"#c-{item}").is_enabled():
            walk(page, f"case-{item}")
            choose(page, "not_used")
            expect(page.locator(f"#c-{item}")).to_be_disabled()
        elif item in ("1502", "1512"):
            box = page.locator(f"#c-{item}")
            if box.is_enabled() and not box.input_value():
                walk(page, f"c-{item}")
                write(page, "0")
    page.keyboard.press("Tab")  # what the caret stands in keeps its spelling
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text("已保存")
    for item, (_typed, stands) in WRITTEN.items():
        expect(page.locator(f"#c-{item}")).to_have_value(stands)
    side = page.locator("#side")
    expect(side).to_contain_text("11.505")
    expect(side).to_contain_text("11.305")
    expect(side).not_to_contain_text("项必填")
    expect(page.locator("#r-103")).to_contain_text("+10.8%")

    for name in side.locator("textarea").evaluate_all("(all) => all.map((one) => one.name)"):
        walk(page, name)
        write(page, "秋季新生入学，人数增加")
    walk(page, "上报")
    page.keyboard.press("Enter")
    expect(page.locator("h1 + .lead")).to_contain_text("已上报")
    expect(page.locator("main")).to_contain_text("秋季新生入学")
    expect(page.locator("#r-110")).to_contain_text("57,900")
