"""Walking a page by the keyboard alone, seeing at each step where one is."""

import re

from playwright.sync_api import Page

_FOCUS = """() => {
  const own = document.activeElement;
  const style = getComputedStyle(own);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const name = own.name || own.id;
  const text = (own.getAttribute("aria-label") || own.textContent).trim().replace(/\\s+/g, " ");
  return { text, name, place: own.id, marked };
}"""
#: Whether what has the focus is within the window; the window follows it a moment later.
_SEEN = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""
MOST_STEPS = 150


def walk(page: Page, wanted: str, *, back: bool = False, most: int = MOST_STEPS) -> None:
    """Press Tab (Shift+Tab) until what reads so, or is so named, has the focus; it is to be seen all the way.

    wanted: a pattern that the whole text of the element (or its label), its name or its id matches.
    """
    pattern, passed = re.compile(wanted), []
    for _step in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        own = page.evaluate(_FOCUS)
        said = own["text"][:40] or own["name"]
        assert own["marked"], f"the focus is not to be seen on {said!r}"
        page.wait_for_function(_SEEN)
        if any(pattern.fullmatch(own[key]) for key in ("text", "name", "place")):
            return
        passed.append(said)
    raise AssertionError(f"{wanted!r} is not reached in {most} steps; passed {passed}")


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
