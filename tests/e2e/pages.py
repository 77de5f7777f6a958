"""The pages of the product by address, and what is asked of each."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_HERE = Path(__file__).parent

#: Addresses that are the same in every home. The last two are errors, and their pages are pages too.
ADDRESSES = (
    "/",
    "/plan/",
    "/plan/?period=2020",
    "/overview/?compute=1",
    "/overview/?scope=line:L-500103&period=2026-09&compute=1",
    "/overview/?period=2026-09&part=attention",
    "/overview/?period=2025&part=institutions&compute=1",
    "/quality/?period=2026-09&compute=1",
    "/plan/tasks/",
    "/plan/sensitivity/?compute=1",
    "/plan/brief/?compute=1",
    "/data/line/",
    "/data/line/?scope=line:L-500103&period=2026-09",
    "/data/line/?scope=line:L-500103&list=institutions&view=energy",
    "/data/area/?view=carbon",
    "/data/department/?view=cost",
    "/data/type/?period=2026-01..2026-09",
    "/map/?period=2025",
    "/map/?period=2025&by=line&show=change&size=small",
    "/summary/?period=2025",
    "/summary/?period=2026-09&basis=unapproved&body=L-500103",
    "/summary/cell/?period=2025&item=110&column=S004",
    "/summary/cross/?period=2025&rows=department&columns=items&item=110&item=120",
    "/change/?scope=city&period=2026-09&list=not_reported",
    "/change/?scope=city&period=2025&indicator=co2_per_area_kg_m2",
    "/institutions/",
    "/institutions/?q=nothing-has-this-name",
    "/institutions/E2E-RARE/",
    "/institutions/E2E-RARE/register/",
    "/institutions/S000003/?compute=1",
    "/institutions/E2E-RARE/profile/?compute=1",
    "/institutions/S000003/profile/?compute=1",
    "/institutions/S000003/register/",
    "/institutions/S000003/holdings/",
    "/institutions/S000003/holdings/new/?kind=building",
    "/holdings/",
    "/keyunits/",
    "/collecting/",
    "/source/?scope=city&indicator=co2_per_area_kg_m2&period=2025",
    "/source/?scope=institution:S000003&indicator=energy_total_tce&period=2025",
    "/review/",
    "/import/",
    "/disclosure/",
    "/public/",
    "/papers/",
    "/theirs/tables/1/",
    "/papers/templates/",
    "/papers/returned/",
    "/meters/new/",
    "/wall/devices/",
    "/map/boundaries/",
    "/log/",
    "/style/",
    "/help/",
    "/help/manual/reviewer/",
    "/help/manual/director/",
    "/dictionary/?q=%E8%83%BD%E8%80%97",
    "/data/line/?scope=line:NOWHERE",
    "/source/?scope=city&indicator=energy_total_tce&period=2025&electricity_factor=2.5e",
)


def in_language(address: str, language: str) -> str:
    """What is public speaks the language of its address, for it knows nobody; all other pages that of the reader."""
    return f"{address}?lang=en" if address == "/public/" and language == "en" else address


@cache
def _script(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def layout_of(page: Page) -> list[str]:
    """What is wrong with the layout of the page in view."""
    return list(page.evaluate(_script("layout.js")))


def accessibility_of(page: Page) -> list[str]:
    """What axe-core finds: rule, and the first places."""
    page.evaluate(_axe())  # by evaluate: the policy lets no script in that is not the product's own
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    # The rows of a long table are made by one line of a template: eight of them stand for all.
    where = {"exclude": [["tbody tr:nth-child(n+9)"]]}
    found = page.evaluate("([where, options]) => axe.run(where, options)", [where, options])
    return [
        f"axe {rule['id']}: {[node['html'][:120] for node in rule['nodes'][:3]]}"
        for rule in found["violations"]
    ]


def without_glyph(page: Page, text: str) -> list[str]:
    """The characters of the text that would be drawn as an empty box."""
    characters = sorted({character for character in text if not character.isspace()})
    return list(page.evaluate(_script("glyphs.js"), characters))


def settle(page: Page) -> None:
    """Wait for what the page loads after itself."""
    page.wait_for_function("() => !document.querySelector('[hx-trigger=load]')")


#: The addresses that are errors, and what they answer; everything else answers 200.
ERRORS = {ADDRESSES[-2]: 404, ADDRESSES[-1]: 422}


def answered(page: Page, address: str) -> None:
    """Open a page that answers as is expected of its address: an error is laid out too, and passes for no page."""
    answer = page.goto(address)
    assert answer is not None, address
    assert answer.status == ERRORS.get(address, 200), f"{address}: {answer.status}"
    settle(page)


#: One page of each template that carries a kind of its own; they are looked at in every mode.
TEMPLATES = (
    "/",
    "/overview/",
    "/plan/",
    "/data/line/",
    "/summary/?period=2025",
    "/map/",
    "/institutions/",
    "/institutions/S000003/",
    "/source/?scope=city&indicator=co2_per_area_kg_m2&period=2025",
    "/worklist/?period=2026-10&reach=all",
    "/account/",
    "/style/",
)
#: Mode → what the server writes onto `<html>` for it.
MODES = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "large": {"theme": "light", "size": "large"},
}


def turn_to(page: Page, mode: str) -> None:
    """The page in view as it comes in another mode, without fetching it again."""
    page.evaluate(
        "(said) => { const own = document.documentElement.dataset; delete own.size; Object.assign(own, said); }",
        MODES[mode],
    )
