"""Tables to take away: the same rows as the page, all of them, with the same scope, marked if they are samples."""

import csv
import io
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client

from jieyue.config.home import Home
from tests.shared_home import turned_to
from tests.web.addresses import TREES, VIEWS, school
from tests.web.conftest import City
from tests.web.html_text import Grid, page_of

MISSING = {"—", "未报送", "未知", "不使用", "未报"}
DISTRICT = "line:L-500111"


def tables(city: City) -> list[str]:
    """Addresses whose page shows one table, all its rows on the page."""
    found = [f"/data/{tree}/?period=2025&view=core" for tree in TREES]
    found += [f"/data/area/?period=2024&view={view}" for view in VIEWS[1:]]
    found += [
        "/data/line/?period=2026-09&view=core",
        "/data/line/?period=2025&sort=-energy_total_tce",
        "/data/line/?period=2025&sort=water_total_m3",
        f"/data/line/?scope={DISTRICT}&period=2025&view=core&list=institutions",
        "/institutions/?q=小学&type=021",
    ]
    return found


def csv_rows(answer: Any, encoding: str = "utf-8-sig") -> list[list[str]]:
    """The rows of the table in a csv; what stands below the blank line is notes."""
    rows = list(csv.reader(io.StringIO(answer.content.decode(encoding), newline="")))
    return rows[: rows.index([])] if [] in rows else rows


def sheet_rows(answer: Any) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def notes_of(answer: Any) -> str:
    """What an export says about itself."""
    if "spreadsheetml" in answer["Content-Type"]:
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        return "\n".join(str(cell) for row in book.worksheets[1].iter_rows(values_only=True) for cell in row)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    return "\n".join(row[0] for row in rows[rows.index([]) + 1 :])


def shown(text: str) -> str:
    """A cell of the page as an export has it: no thousands separators, no word beside a provisional number, nothing
    for what is missing."""
    if text in MISSING:
        return ""
    plain = text.replace(",", "").removesuffix(" （初步）").removesuffix("%")
    return plain if re.fullmatch(r"-?\d+(\.\d+)?", plain) else text


def same(page: str, taken: Any) -> bool:
    """Whether a cell of an export is the page's: numbers by value, texts to the letter."""
    wanted, got = shown(page), "" if taken is None else str(taken)
    if wanted == got:
        return True
    try:
        return abs(Decimal(wanted) - Decimal(got)) < Decimal("0.005") or (page in MISSING and got == "")
    except ArithmeticError:
        return page in MISSING and got in ("", page)


def assert_equal(grid: Grid, rows: list[list[Any]]) -> None:
    assert len(rows) - 1 == len(grid.rows)
    assert len(grid.rows) > 1
    for line, taken in zip(grid.rows, rows[1:], strict=True):
        assert len(line.cells) == len(taken)
        for page, cell in zip(line.cells, taken, strict=True):
            assert same(page, cell), (page, cell, line.cells)


def test_every_table_is_taken_away_as_it_stands_on_the_page(city: City) -> None:
    client = city.client()
    for path in tables(city):
        grid = page_of(client.get(path)).tables[-1]
        assert_equal(grid, csv_rows(client.get(f"{path}&export=csv")))
        assert_equal(grid, sheet_rows(client.get(f"{path}&export=xlsx")))
        assert csv_rows(client.get(f"{path}&export=csv-gb18030"), "gb18030") == csv_rows(
            client.get(f"{path}&export=csv")
        )


def test_an_institutions_years_and_months_are_taken_away(city: City) -> None:
    client, path = city.client(), f"/institutions/{school(city)}/"
    years, months = page_of(client.get(f"{path}?compute=1")).tables[-2:]
    for kind, grid in (("", years), ("months-", months)):
        assert_equal(grid, csv_rows(client.get(f"{path}?export={kind}csv")))
        assert_equal(grid, sheet_rows(client.get(f"{path}?export={kind}xlsx")))


def test_an_export_holds_every_row_and_not_only_the_first_page(city: City) -> None:
    client = city.client()
    listed = {row[1] for row in csv_rows(client.get("/institutions/?export=csv"))[1:]}
    known = city.sample.institutions
    today = {row["code"] for row in known.iter_rows(named=True) if row["valid_to"].isoformat() > "2026-11-22"}
    assert listed == today
    assert len(listed) > 250
    page = client.get("/institutions/")
    assert len(page_of(page).tables[0].rows) == 50


def test_an_order_is_the_exports_too(city: City) -> None:
    rows = csv_rows(city.client().get("/data/line/?period=2025&sort=-energy_total_tce&export=csv"))
    place = next(n for n, head in enumerate(rows[0]) if "综合能源消费量" in head or "能源消费总量" in head)
    values = [Decimal(row[place]) for row in rows[2:] if row[place]]
    assert len(values) > 30
    assert values == sorted(values, reverse=True)
    (outside,) = [Decimal(row[place]) for row in rows[2:] if "不计入合计" in row[0] and row[place]]
    total = Decimal(rows[1][place])
    assert abs(total - (sum(values) - outside)) < Decimal("0.3"), "the sum row stands first and is not sorted"


def test_numbers_are_numbers_in_a_workbook(city: City) -> None:
    rows = sheet_rows(city.client().get("/data/line/?period=2025&export=xlsx"))
    numbers = [cell for row in rows[1:] for cell in row[1:] if cell is not None]
    assert all(isinstance(cell, int | float) for cell in numbers)
    assert len(numbers) > 300


def test_the_plan_board_is_taken_away(city: City) -> None:
    client = city.client()
    grid = page_of(client.get("/plan/?period=2025")).tables[0]
    rows = csv_rows(client.get("/plan/?period=2025&export=csv"))
    assert sheet_rows(client.get("/plan/?period=2025&export=xlsx"))[0] == rows[0]
    assert len(rows) - 1 == len(grid.rows) == 7
    for line, row in zip(grid.rows, rows[1:], strict=True):
        assert row[0] in line.cells[0]
        actual = line.cells[6].split(" ")[0]
        assert same(actual, row[6]), (actual, row)
        assert re.fullmatch(r"[0-9a-f]{16}/city/\w+", row[-1])


def test_an_export_obeys_the_scope_of_who_takes_it(own_city: City) -> None:
    """A district takes its own institutions away, by the sample's own list of who reports to it."""
    from datetime import date

    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import tree

    user = create_user("district", actor="tests")
    grant(
        user, "viewer", node=tree("line").by_code["L-500111"].id, valid_from=date(2020, 1, 1), actor="tests"
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    today = date(2026, 11, 22)
    line = own_city.sample.memberships.filter(
        (own_city.sample.memberships["tree"] == "line")
        & own_city.sample.memberships["target"].str.starts_with("L-500111")
        & (own_city.sample.memberships["valid_from"] <= today)
        & (own_city.sample.memberships["valid_to"] > today)
    )
    own = set(line["code"].to_list())
    listed = {row[1] for row in csv_rows(client.get("/institutions/?export=csv"))[1:]}
    assert own
    assert own <= listed
    ended = {r["code"] for r in own_city.sample.institutions.iter_rows(named=True) if r["valid_to"] <= today}
    assert listed - own <= ended, "only what has ended there stays"
    table = csv_rows(client.get("/data/line/?period=2026-09&list=institutions&export=csv"))
    assert {row[1] for row in table[1:]} <= own | ended
    for path in ("/data/line/?scope=city&export=csv", "/data/area/?export=csv", "/plan/?export=xlsx"):
        assert client.get(path).status_code == 404, path


def exports(city: City) -> list[str]:
    one = f"/institutions/{school(city)}/?export="
    paths = ["/plan/?export=", "/institutions/?export=", "/data/line/?period=2025&export="]
    return [path + kind for path in [*paths, one, f"{one}months-"] for kind in ("csv", "xlsx")]


def test_a_sample_is_marked_on_every_page_and_export(city: City) -> None:
    client = city.client()
    for path in exports(city):
        assert "样例数据" in notes_of(client.get(path)), path
    for path in ("/", "/plan/", "/data/line/", "/institutions/", "/import/", "/style/", "/no/such/page"):
        assert "样例数据" in page_of(client.get(path)).text, path
    assert "样例数据" in page_of(Client().get("/signin/")).text


def test_a_real_home_carries_no_such_mark(own_city: City) -> None:
    home = Home.open(own_city.path).changed(synthetic=False)
    with turned_to(home.path):
        client = own_city.client()
        for path in exports(own_city):
            answer = client.get(path)
            assert "样例" not in notes_of(answer), path
            assert notes_of(answer)
        for path in ("/", "/plan/", "/data/line/", "/institutions/", "/import/", "/no/such/page"):
            assert "样例数据" not in page_of(client.get(path)).text, path


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_says_what_it_is_made_by(city: City, kind: str) -> None:
    text = notes_of(city.client().get(f"/data/line/?period=2025&export={kind}"))
    for word in ("全市", "2025年", "因子", "电力因子", "发布序号"):
        assert word in text, (word, text)
