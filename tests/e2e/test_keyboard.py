"""The way from the door to a receipt without a mouse, seeing at each step where one is."""

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import Served

pytestmark = pytest.mark.browser

_FOCUS = """() => {
  const own = document.activeElement;
  const style = getComputedStyle(own);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return { text: own.textContent.trim(), source: own.matches("a[data-source]"), marked };
}"""
_MOST_STEPS = 60


def _tab_to(page: Page, wanted: str, *, source: bool = False) -> None:
    """Press Tab until what reads `wanted` (or the first number with a source) has the focus, seen all the way."""
    for _step in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        own = page.evaluate(_FOCUS)
        assert own["marked"], f"the focus is not to be seen on {own['text']!r}"
        if own["source"] if source else own["text"] == wanted:
            return
    raise AssertionError(f"{wanted!r} is not reached in {_MOST_STEPS} steps")


def test_from_the_door_to_a_receipt(stranger: Page, city: Served) -> None:
    stranger.goto("/signin/")
    stranger.keyboard.type(city.user)  # the first field has the focus
    stranger.keyboard.press("Tab")
    stranger.keyboard.type(city.password)
    stranger.keyboard.press("Enter")
    expect(stranger.locator("h1")).to_have_text("工作台")
    _tab_to(stranger, "规划目标")
    stranger.keyboard.press("Enter")
    expect(stranger).to_have_url(re.compile("/plan/$"))
    _tab_to(stranger, "the first number", source=True)
    number = stranger.evaluate("() => document.activeElement.textContent")
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#source-body .value")).to_be_visible()
    assert stranger.evaluate("() => document.activeElement.id") == "source-title"
    stranger.keyboard.press("Escape")
    expect(stranger.locator("#source")).to_be_hidden()
    assert stranger.evaluate("() => document.activeElement.textContent") == number
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#source-body .value")).to_be_visible()
    _tab_to(stranger, "打开回执页")
    stranger.keyboard.press("Enter")
    expect(stranger).to_have_url(re.compile("/receipt/"))
    expect(stranger.locator(".source .value")).to_be_visible()


def test_the_first_press_of_tab_leads_past_the_bar(stranger: Page) -> None:
    stranger.goto("/nowhere/")
    stranger.keyboard.press("Tab")
    assert stranger.evaluate("() => document.activeElement.textContent") == "跳到正文"
    box = stranger.locator(":focus").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    stranger.keyboard.press("Enter")
    expect(stranger).to_have_url(re.compile("#main$"))


def test_the_focus_stays_where_a_part_of_the_page_is_swapped(tab: Page) -> None:
    """Another indicator of the change is asked for by the keyboard: one goes on from there, not from the top."""
    tab.goto("/overview/?period=2025")
    ways = tab.locator("#change nav a")
    expect(ways.first).to_have_attribute("aria-current", "page")
    ways.nth(1).focus()
    name = ways.nth(1).inner_text()
    tab.keyboard.press("Enter")
    expect(ways.nth(1)).to_have_attribute("aria-current", "page")
    expect(ways.nth(1)).to_be_focused()
    tab.keyboard.press("Tab")
    own = tab.evaluate(_FOCUS)
    assert (own["text"], own["marked"]) == (ways.nth(2).inner_text(), True), name
