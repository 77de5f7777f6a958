"""Take the pictures of the documents from a fresh sample city: `make screenshots`.

A home in a temporary folder is prepared and served by the `jieyue` command itself, and Debian's Chromium signs
in and visits each page, in Chinese, at 1366×768. Only docs/images/ is written.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
COMMAND = Path(sys.executable).parent / "jieyue"
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

# picture → address of the page
PICTURES = {"plan-board.png": "/plan/"}

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
def served(home: Path, *options: str) -> Iterator[Served]:
    """Prepare the sample city in `home` (options of `demo`), serve it, and stop it at the end."""
    command = [str(COMMAND), "--home", str(home)]
    made = subprocess.run(
        [*command, "demo", "--no-serve", *options], check=True, capture_output=True, text=True
    )
    found = _PRINTED.search(made.stdout + made.stderr)
    if found is None:
        raise SystemExit(f"the demo printed no user and password:\n{made.stdout}{made.stderr}")
    port = _free_port()
    server = subprocess.Popen([*command, "serve", "--port", str(port)])
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        yield Served(address, found["user"], found["password"], home)
    finally:
        server.terminate()
        server.wait(timeout=30)


def sign_in(page: Page, city: Served) -> None:
    page.goto(f"{city.address}/signin/")
    page.fill("[name=username]", city.user)
    page.fill("[name=password]", city.password)
    page.click("form:has([name=password]) [type=submit]")
    page.wait_for_url(lambda address: "signin" not in address)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "home", *sys.argv[1:]) as city,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        sign_in(page, city)
        for name, address in PICTURES.items():
            page.goto(city.address + address, wait_until="networkidle")
            page.screenshot(path=IMAGES / name)
            print(f"docs/images/{name}")
        browser.close()


if __name__ == "__main__":
    main()
