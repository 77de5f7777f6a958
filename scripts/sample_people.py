"""Accounts as an authority makes them: a file in, slips out, each opened with the code on its slip."""

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page

if TYPE_CHECKING:
    from scripts.screenshots import Served

COMMAND = Path(sys.executable).parent / "jieyue"

PASSWORD = "一句容易记住的话 2026"  # noqa: S105 of the sample alone


def command(city: "Served", *words: str) -> str:
    """What `jieyue` says."""
    done = subprocess.run(
        [str(COMMAND), "--home", str(city.home), *words], check=True, capture_output=True, text=True
    )
    return done.stdout


def enrolled(city: "Served", people: Sequence[Sequence[str]], folder: Path) -> dict[str, str]:
    """User name → the code on the slip, of (user name, name, place, role)."""
    file, slips = folder / "people.csv", folder / "slips.csv"
    with file.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(["用户名", "姓名", "机构代码", "角色"])
        writer.writerows(people)
    command(city, "people", "import", str(file), "--slips", str(slips))
    with slips.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    head = rows[0]
    who, place = (head.index(name) for name in ("用户名", "激活码"))
    return {row[who]: row[place] for row in rows[1:]}


def open_account(page: Page, user: str, code: str) -> None:
    """Use the code, choose the password, and be signed in."""
    page.goto("/activate/")
    page.locator("[name=username]").fill(user)
    page.locator("[name=code]").fill(code)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()
    if "/signin" in page.url:
        page.locator("[name=username]").fill(user)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        page.wait_for_load_state()
