"""Take the pictures of the documents from a fresh sample city: `make screenshots`.

A home in a temporary folder is prepared and served by the `jieyue` command itself, and Debian's Chromium signs
in and visits each page, in Chinese, at 1366×768. Only docs/images/ is written.
"""

import io
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from scripts.sample_people import COMMAND, enrolled, open_account

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
CHROMIUM = "/usr/bin/chromium"
# It asks nobody else for anything: no updates, no lists, no accounts.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_SECONDS = 120

WIDE: ViewportSize = {"width": 1366, "height": 768}
COLOURS = 128
MONTH = "2026-10"
SCHOOL = "示例第三中学"
OFFICE = "L-500103"

#: Who is shown at work: user name, name, place ("" is the school), role.
PEOPLE = (
    ("zhang", "张老师", "", "填报人"),
    ("li", "李科长", "city", "核准人"),
    ("sun", "孙主任", OFFICE, "核准人"),
    ("zhao", "赵主任", "city", "发布人"),
    ("chen", "陈管理员", "city", "市级管理员"),
)


@dataclass(frozen=True)
class Picture:
    """A picture of the documents: who looks, at which address; `manual/` is the folder of those of the manual."""

    file: str
    user: str
    address: str
    act: Callable[[Page], None] = lambda page: None


def _fill_in(page: Page) -> None:
    """The return as it stands when the rules have warned of it."""
    page.get_by_role("button", name="开始填报").click()
    cells = {"103": "1905", "110": "57900", "111": "32424", "120": "2180", "121": "8284"}
    for item, text in cells.items():
        page.locator(f"#c-{item}").fill(text)
    page.keyboard.press("Control+s")
    page.locator("#side textarea").first.wait_for()
    page.evaluate("scrollTo(0, 0)")


def _comment(page: Page) -> None:
    """A return of the list, with a word on one of its cells."""
    page.locator("main tbody a[href*='/worklist/']").first.click()
    page.locator("[name=comment-110]").fill("与电费单不符，请核对")
    page.locator("[name=comment-110]").scroll_into_view_if_needed()


#: In this order: what is done for one shows in the next.
PICTURES = (
    Picture("plan-board.png", "root", "/plan/"),
    Picture("manual/reporter-tasks.png", "zhang", "/returns/"),
    Picture("manual/reporter-entry.png", "zhang", "/returns/{school}/NY201/" + MONTH + "/", _fill_in),
    Picture("manual/reporter-workbook.png", "zhang", f"/returns/workbook/?form=NY201&period={MONTH}"),
    Picture("manual/reviewer-worklist.png", "li", f"/worklist/?period={MONTH}&reach=all"),
    Picture("manual/reviewer-return.png", "li", f"/worklist/?period={MONTH}&reach=all", _comment),
    Picture("manual/reviewer-board.png", "li", f"/board/?period={MONTH}"),
    Picture("manual/reviewer-bulletin.png", "li", f"/bulletin/?period={MONTH}"),
    Picture("manual/district-summary.png", "sun", f"/summary/?form=NY301&body={OFFICE}&period=2026-09"),
    Picture("manual/director-brief.png", "zhao", "/plan/brief/?compute=1"),
    Picture("manual/administrator-people.png", "chen", "/people/"),
    Picture("manual/administrator-import.png", "chen", "/import/"),
)

_PRINTED = re.compile(r"用户 (?P<user>\S+)\s+一次性口令 (?P<password>\S+)")


@dataclass(frozen=True)
class Served:
    """A running sample city, who may sign in, and its home."""

    address: str
    user: str
    password: str
    home: Path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(address: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 our own server
        except OSError:  # not listening yet, or its first worker is not awake
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home as it is and stop at the end; yields the address."""
    port = _free_port()
    server = subprocess.Popen([str(COMMAND), "--home", str(home), "serve", "--port", str(port)])
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=WAIT_SECONDS)


def prepared(home: Path, *options: str) -> tuple[str, str]:
    """Prepare the sample city in `home` (options of `demo`); who may sign in, and the password."""
    command = [str(COMMAND), "--home", str(home)]
    made = subprocess.run(
        [*command, "demo", "--no-serve", *options], check=True, capture_output=True, text=True
    )
    found = _PRINTED.search(made.stdout + made.stderr)
    if found is None:
        raise SystemExit(f"the demo printed no user and password:\n{made.stdout}{made.stderr}")
    return found["user"], found["password"]


@contextmanager
def served(home: Path, *options: str) -> Iterator[Served]:
    """Prepare the sample city in `home` (options of `demo`), serve it, and stop it at the end."""
    user, password = prepared(home, *options)
    with serving(home) as address:
        yield Served(address, user, password, home)


def sign_in(page: Page, city: Served) -> None:
    page.goto(f"{city.address}/signin/")
    page.fill("[name=username]", city.user)
    page.fill("[name=password]", city.password)
    page.click("form:has([name=password]) [type=submit]")
    page.wait_for_url(lambda address: "signin" not in address)


def _school(page: Page, city: Served) -> str:
    """The code of the school whose return is shown."""
    page.goto(f"{city.address}/institutions/?q={SCHOOL}")
    link = page.get_by_role("link", name=SCHOOL).first.get_attribute("href") or ""
    return link.strip("/").rpartition("/")[2]


def visited(page: Page, city: Served, picture: Picture, school: str) -> Page:
    """The page of a picture, as it is to be seen."""
    page.goto(city.address + picture.address.format(school=school), wait_until="networkidle")
    picture.act(page)
    page.wait_for_load_state("networkidle")
    return page


def keep(shot: Image.Image, file: str) -> None:
    """Write one of docs/images/."""
    path = IMAGES / file
    path.parent.mkdir(parents=True, exist_ok=True)
    reduced(shot).save(path, optimize=True)
    print(f"docs/images/{file} {path.stat().st_size // 1000} kB")


def reduced(shot: Image.Image) -> Image.Image:
    """A picture in as many colours as it is kept in."""
    return shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def taken(page: Page) -> Image.Image:
    """What is in view."""
    return Image.open(io.BytesIO(page.screenshot(animations="disabled")))


def people_at_work(browser: Browser, city: Served, folder: Path) -> tuple[dict[str, Page], str]:
    """A signed-in page of each of PEOPLE and of the operator (`root`), and the school's code."""
    pages = {"root": browser.new_page(viewport=WIDE, locale="zh-CN", reduced_motion="reduce")}
    sign_in(pages["root"], city)
    school = _school(pages["root"], city)
    people = [(user, name, place or school, role) for user, name, place, role in PEOPLE]
    for user, code in enrolled(city, people, folder).items():
        pages[user] = browser.new_page(
            viewport=WIDE, locale="zh-CN", base_url=city.address, reduced_motion="reduce"
        )
        open_account(pages[user], user, code)
    return pages, school


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "home", *sys.argv[1:]) as city,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        pages, school = people_at_work(browser, city, Path(folder))
        for picture in PICTURES:
            keep(taken(visited(pages[picture.user], city, picture, school)), picture.file)
        browser.close()


if __name__ == "__main__":
    main()
