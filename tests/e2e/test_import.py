"""A foreign file through the pages: what its columns are is said once, whom it means is asked once; who brings it
does not publish it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.sample_people import enrolled, open_account
from scripts.screenshots import Served
from tests.e2e.bring import bring, counts, foreign_file, say_what_the_columns_are
from tests.e2e.conftest import DESK, PATIENCE, RARE_NAME, Speak
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def publisher(city: Served, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of another person who may publish."""
    people = [("file.boss", "文件发布人", "city", "发布人")]
    codes = enrolled(city, people, tmp_path_factory.mktemp("people"))
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, city.address)
    page = context.new_page()
    open_account(page, "file.boss", codes["file.boss"])
    yield page
    context.close()
    assert watch.troubles == []


def published(publisher: Page, tab: Page) -> None:
    """The bringer is told that another has to do it; the other does."""
    expect(tab.locator("main")).to_contain_text("要由另一位有发布权限的人")
    expect(tab.get_by_role("button", name="存入并发布")).to_have_count(0)
    publisher.goto(tab.url)
    publisher.get_by_role("button", name="存入并发布").click()
    expect(publisher.locator(".notice-good")).to_contain_text("已存入")


def test_a_foreign_layout_is_asked_about_once(tab: Page, publisher: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    near = "验收试验图书馆楼"  # not in the directory in this way: asked, with the likely one offered
    first = foreign_file(
        "八月.csv", [[RARE_NAME, "2026-08", "12,345.6", "100"], [near, "2026-08", "８００", "20"]]
    )
    assert "/mapping/" in bring(tab, first)
    expect(tab.locator("h1")).to_have_text("各列是什么")
    say_what_the_columns_are(tab, "某系统")
    expect(tab.get_by_role("status")).to_contain_text("某系统")
    assert counts(tab) == [2, 1, 0, 1]

    tab.get_by_role("link", name="指明是哪些机构").click()
    tab.get_by_label(re.compile("验收试验图书馆")).check()
    tab.locator("main form button[type=submit]").click()
    expect(tab).to_have_url(re.compile(r"/import/\d+/$"))
    assert counts(tab) == [2, 2, 0, 0]
    published(publisher, tab)

    second = foreign_file(
        "九月.csv", [[RARE_NAME, "2026-09", "23456", "200"], [near, "2026-09", "900", "30"]]
    )
    assert re.search(r"/import/\d+/$", bring(tab, second)), "the second file is asked about again"
    assert counts(tab) == [2, 2, 0, 0]
    published(publisher, tab)

    again = bring(tab, second)
    assert "/mapping/" not in again
    assert counts(tab) == [2, 0, 2, 0], "the same file again is a duplicate, row by row"

    tab.goto("/institutions/E2E-RARE/")
    month = {
        row.split("\t")[0]: row for row in tab.locator("section:last-of-type tbody tr").all_inner_texts()
    }
    assert "12,345.60" in month["2026年8月"]
    assert "23,456.00" in month["2026年9月"]


def test_nothing_is_stored_before_it_is_said(tab: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    headings = ("编码", "期间", "NY201:110", "NY201:120")
    name = "未确认.csv"
    bring(tab, foreign_file(name, [["E2E-PLAIN", "2026-07", "777", "7"]], headings))
    tab.goto("/institutions/E2E-PLAIN/")
    expect(tab.locator("main")).not_to_contain_text("777.00")
    tab.goto("/import/")
    expect(tab.locator("tbody tr", has_text=name).first).to_contain_text("已检查，未存入")


def test_a_bad_cell_is_shown_with_its_place_and_value(tab: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    headings = ("机构代码", "期间", "NY201:110", "NY201:120")
    bring(tab, foreign_file("坏.csv", [["E2E-PLAIN", "2026-06", "一千二", "7"]], headings))
    assert counts(tab) == [1, 0, 0, 1]
    row = tab.locator("tbody tr", has_text="错误")
    expect(row).to_contain_text("一千二")
    expect(row.locator("td.number")).to_have_text("3")  # the banner is row 1, the heading row 2
    expect(tab.get_by_role("button", name="存入并发布")).to_have_count(0)
