"""The wall in Chromium: made on its page, read from afar, still there when the line is cut, dark when taken back."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.screenshots import Served
from tests.e2e.conftest import PATIENCE

pytestmark = pytest.mark.browser

#: The smallest printed size [px], SVG text by its scale, and what is cut or overlaps the edge of the screen.
_MEASURE = """() => {
  const sizes = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.getClientRects().length) continue;
    const svg = one.closest("svg");
    const scale = svg ? svg.getBoundingClientRect().height / svg.viewBox.baseVal.height : 1;
    sizes.push(parseFloat(getComputedStyle(one).fontSize) * scale);
  }
  const value = document.querySelector(".w-value");
  const root = document.documentElement;
  const over = [...document.querySelectorAll(".w-key, .w-value, .w-under, .w-right > div, .w-columns, .w-map")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1
      || (!one.matches(".w-value, .w-under") && one.scrollHeight > one.clientHeight + 1))
    .map((one) => `${one.className} ${one.textContent.trim().slice(0, 30)}`);
  return { least: Math.min(...sizes), key: parseFloat(getComputedStyle(value).fontSize), over,
    width: root.scrollWidth, height: root.scrollHeight };
}"""


@dataclass
class Screen:
    """A browser on a wall: its page, and whether somebody answers it."""

    page: Page
    answers: str = "yes"


@pytest.fixture
def link(tab: Page) -> str:
    """A link of the whole, made on the page."""
    tab.goto("/wall/devices/")
    tab.get_by_label("大屏位置").fill("一楼大厅")
    tab.get_by_role("button", name="生成链接").click()
    return tab.locator(".wall-link").inner_text()


@pytest.fixture
def screen(chromium: Browser, link: str) -> Iterator[Screen]:
    context: BrowserContext = chromium.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.clock.install()
    page.goto(link)
    found = Screen(page)
    page.route("**/wall/**", lambda route: route.abort() if found.answers == "no" else route.continue_())
    yield found
    assert context.cookies() == []
    context.close()


def test_it_is_read_from_afar_and_nothing_scrolls(screen: Screen) -> None:
    found = screen.page.evaluate(_MEASURE)
    assert found["over"] == []
    assert (found["width"], found["height"]) == (1920, 1080)
    assert found["least"] >= 20
    assert found["key"] >= 44


def test_a_cut_line_keeps_the_picture_and_says_how_old_it_is(screen: Screen) -> None:
    page = screen.page
    before = page.locator(".w-value").all_inner_texts()
    band = page.locator("#lost")
    with page.expect_response("**/wall/**"):
        page.clock.run_for(61_000)
    expect(band).to_be_hidden()
    screen.answers = "no"
    with page.expect_event("requestfailed"):
        page.clock.run_for(61_000)
    expect(band).to_contain_text("连接中断")
    expect(band).not_to_have_class("w-old")
    page.clock.fast_forward(16 * 60_000)
    expect(band).to_have_class("w-old")
    assert page.locator(".w-map:visible").count() == 1
    assert page.locator(".w-key").count() == 7
    assert page.locator(".w-value").all_inner_texts() == before
    screen.answers = "yes"
    with page.expect_response("**/wall/**"):
        page.clock.run_for(301_000)
    expect(band).to_be_hidden()


def test_a_link_taken_back_makes_the_screen_dark(screen: Screen, tab: Page) -> None:
    tab.goto("/wall/devices/")
    tab.get_by_role("button", name="收回").first.click()
    expect(tab.get_by_text("链接已收回")).to_be_visible()
    with screen.page.expect_response("**/wall/**"):
        screen.page.clock.run_for(61_000)
    expect(screen.page.locator("body")).to_contain_text("此链接已失效")
    assert screen.page.locator(".w-key").count() == 0


def test_the_map_turns_and_the_picture_does_not_move_by_itself(screen: Screen, city: Served) -> None:
    page = screen.page
    first = page.locator(".w-map:visible figcaption").inner_text()
    page.clock.run_for(30_500)
    assert page.locator(".w-map:visible figcaption").inner_text() != first
    page.evaluate("""() => { window.moved = 0; new MutationObserver(() => { window.moved += 1; })
        .observe(document.querySelector(".w-left"), { subtree: true, childList: true, characterData: true }); }""")
    with page.expect_response("**/wall/**"):
        page.clock.run_for(31_000)
    expect(page.locator("#lost")).to_be_hidden()
    assert page.evaluate("() => window.moved") == 0
