"""A small sample city served by the `jieyue` command itself, and one Chromium for all tests of this folder.

Everything is made once; each test gets a tab of its own, signed in, that remembers whatever went wrong in it: an
error in the console, an address on another host, a breach of the content security policy. At the end of the test
there must be none of them.
"""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from scripts.sample_people import COMMAND
from scripts.screenshots import CHROMIUM, CHROMIUM_OPTIONS, Served, prepared, serving, sign_in
from tests.above import FILE, LAYOUT
from tests.e2e.bring import bring, foreign_file
from tests.e2e.watch import Watch

DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: How long [ms] a page may take on a machine that others keep busy.
PATIENCE = 30_000
INSTITUTIONS = "120"

#: Characters that GBK has not, of them one beyond the basic plane and one of GB 18030-2022.
RARE_NAME = "㐂𠮷𬭎喆堃中学"
#: Institutions without a return, for the files that the tests bring.
OWN = (("E2E-RARE", RARE_NAME), ("E2E-PLAIN", "验收试验图书馆"))

Speak = Callable[[Page, str], None]


@dataclass(frozen=True)
class Untouched:
    """The sample city as `demo` leaves it, and who may sign in: nobody serves it or writes into it."""

    home: Path
    user: str
    password: str

    @contextmanager
    def copy(self, to: Path) -> Iterator[Served]:
        """Its copy, served."""
        shutil.copytree(self.home, to)
        with serving(to) as address:
            yield Served(address, self.user, self.password, to)


@pytest.fixture(scope="package")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Untouched:
    """Made once; a test that changes the city in its own way takes a copy."""
    home = tmp_path_factory.mktemp("untouched") / "home"
    return Untouched(home, *prepared(home, "--institutions", INSTITUTIONS))


@pytest.fixture(scope="package")
def city(untouched: Untouched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The served city, with the institutions of OWN registered through the command line."""
    folder = tmp_path_factory.mktemp("e2e")
    home = folder / "home"
    with untouched.copy(home) as running:
        register_own(home, folder)
        _take_a_table_printed_above(home, folder)
        yield running


def register_own(home: Path, folder: Path) -> None:
    """The institutions of OWN, by a file."""
    file = folder / "机构.csv"
    with file.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(
            [
                "code",
                "name",
                "type",
                "region",
                "reporting_parent",
                "floor_area_m2",
                "energy_users",
                "valid_from",
            ]
        )
        writer.writerows(
            (code, name, "教育事业", "渝中区", "L-500103", "1200", "300", "2015-01-01") for code, name in OWN
        )
    command = [str(COMMAND), "--home", str(home), "import", "institutions", str(file)]
    subprocess.run(command, check=True, capture_output=True)


def _take_a_table_printed_above(home: Path, folder: Path) -> None:
    """Kept beside ours, so that its page, /theirs/tables/1/, is there."""
    layout, file = folder / "表式.toml", folder / "NY301-2025.csv"
    layout.write_text(LAYOUT, "utf-8")
    file.write_text(FILE, "utf-8")
    said = ("--period", "2025", "--map", str(layout), "--keep", str(file))
    command = [str(COMMAND), "--home", str(home), "summary", "take", *said]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser; closed with the folder, so that no other test finds its event loop."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def session_state(city: Served, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of the operator, signed in once."""
    file = tmp_path_factory.mktemp("state") / "state.json"
    context = chromium.new_context(locale="zh-CN")
    sign_in(context.new_page(), city)
    context.storage_state(path=file)
    context.close()
    return file


def _watched(context: BrowserContext, city: Served) -> Watch:
    context.set_default_timeout(PATIENCE)
    return Watch(context, city.address)


@pytest.fixture
def tab(city: Served, chromium: Browser, session_state: Path) -> Iterator[Page]:
    """A tab of the signed-in operator at 1366×768."""
    context = chromium.new_context(
        locale="zh-CN", viewport=DESK, base_url=city.address, storage_state=session_state
    )
    watch = _watched(context, city)
    yield context.new_page()
    context.close()
    assert watch.troubles == []


@pytest.fixture
def stranger(city: Served, chromium: Browser) -> Iterator[Page]:
    """A tab of somebody who has not signed in."""
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address)
    watch = _watched(context, city)
    yield context.new_page()
    context.close()
    assert watch.troubles == []


@pytest.fixture
def speak() -> Speak:
    """Turn the pages of the signed-in person to a language in the menu of his account; leaves the tab at home."""

    def turn(page: Page, language: str) -> None:
        page.goto("/")
        if page.locator("html").get_attribute("lang") != language:
            page.locator("details.own summary").click()
            page.locator("details.own button[name=language]").click()
            page.wait_for_selector(f"html[lang={language}]")

    return turn


@pytest.fixture(scope="package")
def import_pages(city: Served, chromium: Browser, session_state: Path) -> dict[str, str]:
    """Addresses of pages that only a file makes: the mapping, the names asked for, a preview with findings."""
    context = chromium.new_context(base_url=city.address, storage_state=session_state)
    page = context.new_page()
    unknown = foreign_file(
        "陌生.csv", [["某单位", "2026-08", "1", "1"]], ("丙方", "统计区间丙", "丙一", "丙二")
    )
    found = {"mapping": bring(page, unknown)}
    own = ("机构", "期间", "NY201:110", "NY201:120")
    near = foreign_file(
        "姓名.csv", [["验收试验图书馆楼群", "2026-08", "1", "1"], ["E2E-PLAIN", "2026-08", "x", "1"]], own
    )
    found["preview"] = bring(page, near)
    found["names"] = found["preview"] + "names/"
    context.close()
    return found
