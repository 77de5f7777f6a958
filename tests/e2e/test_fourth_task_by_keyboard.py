"""The fourth core task without a mouse: which of three printed figures are true.

Three districts' CO2 per floor area of 2025 are printed: one as published; one made from a return whose stored number
somebody has halved behind the system; one with the grid's published factor instead of the plan's. Who checks them may
only look. What is expected is worked out here from the city's own rows (tests/by_hand.py).
"""

import hashlib
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from playwright.sync_api import Browser, Page, expect

from jieyue.sample.city import build
from scripts.sample_people import COMMAND, enrolled, open_account
from scripts.screenshots import Served
from tests.by_hand import BILLED, GRID, METERED, OWN, ByHand, shown
from tests.e2e.conftest import DESK, INSTITUTIONS, PATIENCE, Untouched
from tests.e2e.keys import follow, into, walk
from tests.e2e.watch import Watch

pytestmark = pytest.mark.browser

#: 梁平区; 涪陵区, where a return was changed; 永川区, printed with another factor.
TRUE, ALTERED, OTHER = "500155", "500102", "500118"
PER_AREA = "co2_per_area_kg_m2"
UNIT = "千克二氧化碳/平方米"
BROKEN = 4


@dataclass(frozen=True)
class Case:
    """What the auditor is handed: three printed numbers by district; and what was done behind the system.

    altered: the return that was changed: institution, kWh as published, kWh as stored now.
    """

    city: Served
    hand: ByHand
    printed: dict[str, str]
    altered: tuple[str, int, int]


@pytest.fixture
def case(untouched: Untouched, tmp_path: Path) -> Iterator[Case]:
    hand = ByHand(build(int(INSTITUTIONS)))
    with untouched.copy(tmp_path / "home") as city:
        altered = _halved(city, hand)
        sums = hand.of(ALTERED)
        less = (altered[1] - altered[2]) * OWN
        printed = {
            TRUE: shown(hand.of(TRUE).co2_per_area()),
            ALTERED: shown((sums.kg_co2() - less) / sums.amounts["102"]),
            OTHER: shown(hand.of(OTHER).co2_per_area(GRID)),
        }
        yield Case(city, hand, printed, altered)


def _halved(city: Served, hand: ByHand) -> tuple[str, int, int]:
    """As whoever holds the disk and knows the lake would do it, every checksum in order: half of the electricity of
    the district's largest return is gone."""
    row = max(hand.members(ALTERED), key=lambda one: hand.amount(one, "110"))
    kwh = int(hand.amount(row, "110"))
    folder = city.home / "lake/facts_NY201"
    table = DeltaTable(str(folder))
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    done = table.update(
        updates={"c110": f"CAST({kwh // 2} AS DECIMAL(18,4))"},
        predicate=f"period = '2025' AND CAST(c110 AS DOUBLE) = {kwh}",
    )
    assert done["num_updated_rows"] == 1
    _as_if_ours(folder)
    return hand.frame.institutions[row], kwh, kwh // 2


def _as_if_ours(folder: Path) -> None:
    """The file of the table's last commit gets the types of the one that it replaces, and its digest as its name."""
    entry = max((folder / "_delta_log").glob("*.json"))
    actions = [json.loads(line) for line in entry.read_text("utf-8").splitlines()]
    (added,) = (one["add"] for one in actions if "add" in one)
    (before,) = (one["remove"]["path"] for one in actions if "remove" in one)
    file = folder / added["path"]
    rows = pq.ParquetFile(file).read().cast(pq.read_schema(folder / before))
    file.unlink()
    pq.write_table(rows, file, store_decimal_as_integer=True)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    named = file.rename(file.with_name(f"publish-1-0-{digest}.parquet"))
    added |= {"path": str(named.relative_to(folder)), "size": named.stat().st_size}
    entry.write_text("".join(json.dumps(one) + "\n" for one in actions), "utf-8")


@pytest.fixture
def auditor(case: Case, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The tab of one who may look at the whole city and do nothing in it, at the workbench."""
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=case.city.address)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, case.city.address)
    page = context.new_page()
    codes = enrolled(case.city, [("audit.keys", "审计员", "city", "查看员")], tmp_path)
    open_account(page, "audit.keys", codes["audit.keys"])
    page.goto("/")
    yield page
    context.close()
    assert watch.troubles == []


def source_of(page: Page, area: str) -> str:
    """Walk to the district's number and open its source; the words of the panel, which stays open."""
    walk(page, rf"/source/\?scope=area(:|%3A){area}&indicator={PER_AREA}&.*")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="数字来源")
    expect(panel.locator(".value")).to_contain_text(UNIT)
    return panel.inner_text()


def number_in(words: str) -> str:
    found = re.search(rf"([\d,.]+)\s*{UNIT}", words)
    assert found is not None
    return found[1]


def typed(city: Served, line: str, folder: Path) -> tuple[int, Any]:
    """A command as the page says it, typed in a folder; exit code and JSON."""
    program, *words = shlex.split(line)
    assert program == "jieyue"
    command = [str(COMMAND), "--home", str(city.home), "--json", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    return done.returncode, json.loads(done.stdout or "null")


def to_carbon_by_area(page: Page) -> None:
    """From a page of the data to the table of areas, past the bar."""
    follow(page, "地域口径")
    expect(page.locator("h1")).to_contain_text("2025年")
    into(page)
    follow(page, "碳排放")
    into(page)


def test_three_printed_figures_are_told_apart(case: Case, auditor: Page, tmp_path: Path) -> None:
    page = auditor
    said = {}
    walk(page, "数据")
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview/**")  # its parts are not waited for
    to_carbon_by_area(page)
    follow(page, "主城都市区")
    into(page)
    follow(page, "主城新区")
    into(page)
    expect(page.locator("h1")).to_contain_text("主城新区")
    said[ALTERED] = source_of(page, ALTERED)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="数字来源")).to_be_hidden()
    said[OTHER] = source_of(page, OTHER)
    # The third: the same use with the grid's factor of 2023 is what was printed.
    follow(page, "2023年 0.5581 千克二氧化碳/千瓦时")
    expect(page.locator(".source .value")).to_contain_text(f"{case.printed[OTHER]} ")
    expect(page.locator(".source")).to_contain_text("公告2025年第47号")

    to_carbon_by_area(page)
    follow(page, "渝东北三峡库区城镇群")
    into(page)
    said[TRUE] = source_of(page, TRUE)
    assert {area: number_in(words) == case.printed[area] for area, words in said.items()} == {
        ALTERED: False,
        OTHER: False,
        TRUE: True,
    }
    assert number_in(said[ALTERED]) == shown(case.hand.of(ALTERED).co2_per_area())
    assert number_in(said[OTHER]) == shown(case.hand.of(OTHER).co2_per_area())

    # How much of the genuine one's energy stands on meters and on bills.
    sums = case.hand.of(TRUE)
    told = re.sub(r"\s+", " ", said[TRUE])
    assert f"计量 {shown(sums.share(METERED), 1)}%" in told
    assert f"账单 {shown(sums.share(BILLED), 1)}%" in told

    # The receipt says how it is computed again, taken away, and held against what was published.
    follow(page, "打开回执页")
    again, away, verify = (
        line for line in page.locator("main code").all_inner_texts() if line.startswith("jieyue ")
    )
    code, replayed = typed(case.city, again, tmp_path)
    assert (code, replayed["equal"]) == (BROKEN, False), "the frame holds the changed district too"
    assert replayed["own"], "the genuine one comes out the same"
    assert f"area:{ALTERED}/{PER_AREA}" in replayed["different"]
    code, taken = typed(case.city, away, tmp_path)
    assert code == 0
    assert recalculated(tmp_path / taken["folder"] / "workbook.xlsx", tmp_path) == case.printed[TRUE]

    # The second: whose return was changed, what, from what to what, and which publication brought it when.
    code, found = typed(case.city, verify, tmp_path)
    assert code == BROKEN
    (one,) = found
    institution, published, stored = case.altered
    assert (one["where"], one["code"], one["period"]) == ("lake", institution, "2025")
    assert one["cells"] == [{"item": "110", "office": str(published), "lake": str(stored)}]
    assert one["seq"] > 0
    assert date.fromisoformat(str(one["at"])[:10])


def recalculated(book: Path, folder: Path) -> str:
    """What a spreadsheet program makes of the workbook's formulas, with two decimals."""
    words = [
        "soffice",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    command = [*words, "--outdir", str(folder / "out"), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    sheet = openpyxl.load_workbook(folder / "out" / book.name, data_only=True)["结果"]
    found = {row[0].value: row[1].value for row in sheet.iter_rows() if row[0].value}
    return f"{found['重算 recomputed']:.2f}"
