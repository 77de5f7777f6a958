"""Walking a page by the keyboard alone, seeing at each step where one is."""

import re

from playwright.sync_api import Page

#: Whether what has the focus is within the window; the window may follow it a moment later.
_SEEN = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""
_FOCUS = """() => {
  const own = document.activeElement;
  const style = getComputedStyle(own);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const name = own.name || own.id;
  const text = (own.getAttribute("aria-label") || own.textContent).trim().replace(/\\s+/g, " ");
  return { text, name, place: own.id, link: own.getAttribute("href") || "", marked, seen: (SEEN)() };
}""".replace("SEEN", _SEEN)
MOST_STEPS = 150


def walk(page: Page, wanted: str, *, back: bool = False, most: int = MOST_STEPS) -> None:
    """Press Tab (Shift+Tab) until what reads so, or is so named, has the focus; it is to be seen all the way.

    wanted: a pattern that the whole text of the element (or its label), its name, its id or its address matches.
    """
    pattern, passed = re.compile(wanted), []
    for _step in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        own = page.evaluate(_FOCUS)
        said = own["text"][:40] or own["name"]
        assert own["marked"], f"the focus is not to be seen on {said!r}"
        if not own["seen"]:
            page.wait_for_function(_SEEN)
        if any(pattern.fullmatch(own[key]) for key in ("text", "name", "place", "link")):
            return
        passed.append(said)
    raise AssertionError(f"{wanted!r} is not reached in {most} steps; passed {passed}")


def follow(page: Page, wanted: str, *, back: bool = False) -> None:
    """Walk to a link and open it; the parts of the new page that come a moment later are in their place."""
    walk(page, wanted, back=back)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def into(page: Page) -> None:
    """Past the bar, by the first press of Tab on a new page."""
    walk(page, "跳到正文", most=1)
    page.keyboard.press("Enter")


def choose(page: Page, value: str, most: int = 12) -> None:
    """Choose in the list that has the focus, by the arrows."""
    for _step in range(most):
        if page.evaluate("() => document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value!r} is not among the choices")


def write(page: Page, text: str) -> None:
    """Replace what stands in the field that has the focus."""
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
