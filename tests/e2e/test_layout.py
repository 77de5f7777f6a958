"""Every page, in both languages, on a desk and on a phone: nothing overflows, overlaps or is cut, all is accessible."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdfium2 import PdfDocument

from scripts.screenshots import Served
from tests.e2e.conftest import DESK, PHONE, RARE_NAME, Speak
from tests.e2e.pages import (
    ADDRESSES,
    MODES,
    TEMPLATES,
    accessibility_of,
    answered,
    in_language,
    layout_of,
    settle,
    turn_to,
    without_glyph,
)
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
#: Words in Latin letters that a Chinese page does say: formats, the operator's name, the other language's own name.
_SAID = {
    "XLSX",
    "XLS",
    "CSV",
    "csv",
    "PNG",
    "PDF",
    "SDMX",
    "PUE",
    "WPS",
    "Word",
    "GeoJSON",
    "English",
    "root",
    "RARE",
    "PLAIN",
    "xlsx",
    "docx",
    "pdf",
}


def _english(page: Page) -> set[str]:
    """Words in Latin letters that are neither codes (in `code`, or with digits in them) nor among those said."""
    shown = page.evaluate(
        """() => {
          const words = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (!node.parentElement.closest("code, option")) words.push(node.textContent);
          }
          return words.join(" ");
        }"""
    )
    return set(_LATIN_WORD.findall(re.sub(r"\S*[0-9]\S*", " ", shown))) - _SAID


@pytest.mark.parametrize(
    ("language", "size", "axe"),
    [("zh-CN", DESK, True), ("zh-CN", PHONE, False), ("en", DESK, False), ("en", PHONE, True)],
    ids=["zh-desk", "zh-phone", "en-desk", "en-phone"],
)
def test_every_page_is_laid_out_and_accessible(
    tab: Page, speak: Speak, import_pages: dict[str, str], language: str, size: Any, axe: bool
) -> None:
    """Each language and each size passes axe once; the layout is measured in all four.

    A Chinese page has no English in it; the style page names its components.
    """
    speak(tab, language)
    tab.set_viewport_size(size)
    troubles: dict[str, list[str]] = {}
    letters: set[str] = set()
    for address in (*ADDRESSES, *import_pages.values()):
        answered(tab, in_language(address, language))
        assert tab.locator("html").get_attribute("lang") == language, address
        letters |= set(tab.inner_text("body"))
        found = layout_of(tab) + (accessibility_of(tab) if axe else [])
        if language == "zh-CN" and address != "/style/":
            found += sorted(_english(tab))
        if found:
            troubles[address] = found
    assert troubles == {}
    assert without_glyph(tab, "".join(letters)) == []


def test_an_error_passes_for_no_page(tab: Page) -> None:
    """An error page is laid out and accessible too: its status tells it."""
    with pytest.raises(AssertionError, match="404"):
        answered(tab, "/institutions/NOWHERE/")


def _in_every_mode(tab: Page, addresses: tuple[str, ...]) -> dict[str, list[str]]:
    troubles = {}
    for address in addresses:
        answered(tab, address)
        for mode in MODES:
            turn_to(tab, mode)
            if found := layout_of(tab) + accessibility_of(tab):
                troubles[f"{address} {mode}"] = found
    return troubles


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_templates_in_every_mode(tab: Page, speak: Speak, language: str) -> None:
    """Light, dark and large print: nothing cut, everything accessible, contrast as drawn included."""
    speak(tab, language)
    assert _in_every_mode(tab, TEMPLATES) == {}


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_in_every_mode(
    tab: Page, speak: Speak, import_pages: dict[str, str], language: str, size: Any
) -> None:
    speak(tab, language)
    tab.set_viewport_size(size)
    assert _in_every_mode(tab, (*ADDRESSES, *import_pages.values())) == {}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_who_has_not_signed_in(stranger: Page, size: Any) -> None:
    stranger.set_viewport_size(size)
    for language in ("zh-CN", "en"):
        stranger.goto("/signin/")
        if language != stranger.locator("html").get_attribute("lang"):
            stranger.locator(".account button[name=language]").click()
            stranger.wait_for_selector(f"html[lang={language}]")
        assert layout_of(stranger) + accessibility_of(stranger) == []
        stranger.goto("/nowhere/")
        assert layout_of(stranger) + accessibility_of(stranger) == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_open_source_panel(tab: Page, speak: Speak, size: Any) -> None:
    speak(tab, "zh-CN")
    tab.set_viewport_size(size)
    tab.goto("/plan/")
    tab.locator("a[data-source]").first.click()
    tab.locator("#source-body .value").wait_for()
    panel = tab.locator("#source")
    assert panel.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    assert accessibility_of(tab) == []


def test_a_verdict_is_printed_as_strong_as_it_is_shown(tab: Page) -> None:
    """A browser prints no grounds unless told: a word in white on red would be pale grey on paper."""
    tab.goto("/style/")
    red = tab.locator(".status-bad").first.evaluate("(word) => getComputedStyle(word).backgroundColor")
    wanted = tuple(int(part) for part in re.findall(r"\d+", red)[:3])
    with PdfDocument(tab.pdf(format="A4", print_background=False)) as paper:
        drawn = [page.render(scale=1).to_pil().convert("RGB").getcolors(1 << 24) or [] for page in paper]
    assert sum(count for page in drawn for count, colour in page if colour == wanted) > 400


@pytest.mark.parametrize(
    ("address", "across", "name"),
    [
        ("/data/line/?period=2025", True, "示例万州节能管理部门"),
        ("/quality/?period=2026-09&compute=1", True, "示例万州节能管理部门"),
        ("/board/?period=2026-10", False, "示例万州节能管理部门"),
    ],
)
def test_a_wide_table_is_printed_across_and_its_names_in_one_line(
    tab: Page, speak: Speak, address: str, across: bool, name: str
) -> None:
    speak(tab, "zh-CN")
    tab.goto(address)
    settle(tab)
    with PdfDocument(tab.pdf(format="A4", prefer_css_page_size=True)) as paper:
        sizes = {page.get_width() > page.get_height() for page in paper}
        pages = [page.get_textpage().get_text_range().splitlines() for page in paper]
    assert sizes == {across}
    assert any(name in line for lines in pages for line in lines)
    assert len(pages[0]) > 8, "a title stands alone"


def test_rare_characters_are_drawn(tab: Page) -> None:
    tab.goto("/institutions/?q=" + RARE_NAME[:2])
    assert tab.locator("tbody th").all_inner_texts() == [RARE_NAME]
    tab.get_by_role("link", name=RARE_NAME).click()
    assert tab.locator("h1").inner_text() == RARE_NAME
    assert without_glyph(tab, RARE_NAME) == []
    assert without_glyph(tab, "\U0003fff0") == ["\U0003fff0"]  # the measure itself sees what has no glyph


def test_the_watch_sees_what_it_watches_for(city: Served, chromium: Browser) -> None:
    context = chromium.new_context(base_url=city.address)
    watch = Watch(context, city.address)
    page = context.new_page()
    page.goto("/signin/")
    assert watch.troubles == []
    # Another host, and a script of nobody's: the one is asked for, both are refused by the page's own policy.
    page.evaluate("() => { new Image().src = 'http://127.0.0.1:1/far.png'; }")
    page.evaluate(
        "() => { document.body.append(Object.assign(document.createElement('script'), {text: '1'})); }"
    )
    page.goto("/signin/")
    context.close()
    assert any("img-src" in trouble for trouble in watch.troubles)
    assert any("script-src" in trouble for trouble in watch.troubles)
