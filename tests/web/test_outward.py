"""Out in a foreign layout by the page: the rows are the ones worked out by hand, nobody takes another's, the log knows.

Ours of March 2026 as in test_theirs.py: X 110 80000.5 kWh, 120 1200 m³ in the district; Y and Z in another.
"""

import csv
import hashlib
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.profile import parse
from jieyue.apps.exchange.queries import kept_profiles
from jieyue.apps.exchange.services.save_profile import save_profile
from tests.web.conftest import City, operator
from tests.web.html_text import page_of
from tests.web.test_import_pages import address, bring, csv_file
from tests.web.test_pages import latin
from tests.web.test_theirs import DISTRICT, OTHER, PERIOD, PROFILE, codes, hanging, person

__all__ = ["codes"]

KINDS = ("returns", "institutions", "summaries")
MONTH = '[[column]]\nheading = "填报月"\nfield = "period"\n'
OUT = PROFILE.replace('[[column]]\nheading = "用电', f'{MONTH}[[column]]\nheading = "用电', 1)
FEET = OUT + '[[column]]\nheading = "建筑面积(ft2)"\nfield = "NY201:102"\n'
REGISTER = """
profile = 1
id = "名册"
kind = "institutions"
[[column]]
heading = "代码"
field = "code"
[[column]]
heading = "名称"
field = "name"
[[column]]
heading = "类型"
field = "type"
[[column]]
heading = "地区"
field = "region"
[[column]]
heading = "启用"
field = "valid_from"
"""


@pytest.fixture(autouse=True)
def profiles(codes: dict[str, str]) -> None:
    for name, text in (("月报", OUT), ("英尺", FEET), ("名册", REGISTER)):
        save_profile(name, parse(text), actor="tests")


def number_of(name: str) -> str:
    """What the page's list sends for the newest layout of a name."""
    return next((str(one.number) for kind in KINDS for one in kept_profiles(kind) if one.name == name), "0")


def take(client: Client, **more: str) -> Any:
    more["profile"] = number_of(more.get("profile", "月报"))
    values = {"period": PERIOD, "body": DISTRICT, "kind": "csv", "seen": "yes"}
    return client.post("/outward/take/", values | more)


def rows_of(answer: Any) -> list[list[str]]:
    """The rows of a text file, without the last one that says what is a sample."""
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert "样例数据" in rows[-1][0]
    return rows[:-1]


def entries() -> Any:
    return ActionLog.objects.filter(verb="returns.take_out").order_by("pk")


def test_the_file_says_what_is_published_in_their_units(codes: dict[str, str]) -> None:
    """80,000.5 kWh are 8.00005 万千瓦时; a ton of water is a cubic metre."""
    answer = take(operator())
    assert answer.status_code == 200, answer.content.decode()
    assert rows_of(answer) == [
        ["单位代码", "填报月", "用电(万千瓦时)", "用水(吨)"],
        [codes["X"], PERIOD, "8.00005", "1200"],
    ]
    assert "attachment" in answer["Content-Disposition"]
    (entry,) = entries()
    assert (entry.actor, entry.data["rows"], entry.data["periods"]) == ("operator", 1, [PERIOD])
    assert entry.data["sha256"] == entry.after == hashlib.sha256(answer.content).hexdigest()
    whole = rows_of(take(operator(), body="city"))
    assert sorted(row[0] for row in whole[1:]) == sorted(codes[one] for one in "XYZ")


def test_what_cannot_be_carried_is_read_before_the_file_is_taken(codes: dict[str, str]) -> None:
    client = operator()
    first = take(client, kind="xlsx", seen="")
    assert (first.status_code, "已备好 1 行" in page_of(first).text) == (200, True)
    assert not entries().exists()
    assert page_of(first).tables, "the findings"
    assert "?severity=" not in first.content.decode(), "the address takes forms only"
    assert not {text for text in latin(page_of(first)) if text != "Sheet1"}
    taken = take(client, kind="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(taken.content)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=2)]
    assert cells[1] == [codes["X"], PERIOD, 8.00005, 1200]


def test_a_layout_recorded_again_in_between_does_not_change_the_file_that_was_looked_at(
    codes: dict[str, str],
) -> None:
    """Looked at with water in tons; then the name gets a layout without water. The press on “take” means the first."""
    client = operator()
    first = take(client, seen="")
    old = page_of(first).fields["profile"][0]
    assert old == number_of("月报")
    water = OUT[OUT.index('[[column]]\nheading = "用水') :]
    save_profile("月报", parse(OUT.replace(water, "")), actor="tests")
    said = {"profile": old, "period": PERIOD, "body": DISTRICT, "kind": "csv", "seen": "yes"}
    assert rows_of(client.post("/outward/take/", said))[1] == [codes["X"], PERIOD, "8.00005", "1200"]
    assert rows_of(take(client))[1] == [codes["X"], PERIOD, "8.00005"]
    shown = client.get("/outward/").content.decode()
    assert f'value="{number_of("月报")}"' in shown
    assert f'value="{old}"' not in shown, "the list offers the newest of a name"


def test_what_would_read_otherwise_does_not_leave(codes: dict[str, str]) -> None:
    """8,000 m² ÷ 0.09290304 has no end in square feet."""
    client = operator()
    preview = bring(client, csv_file(f"{codes['W']},{PERIOD},NY201:102,8000,m2"))
    assert client.post(f"{address(preview)}confirm/").status_code == 302
    answer = take(client, profile="英尺")
    assert (answer.status_code, "写不成" in page_of(answer).text) == (422, True)
    assert "8000 换算成 ft2 没有有限的小数" in page_of(answer).text
    assert not entries().exists()


def test_a_district_takes_its_own_only(codes: dict[str, str]) -> None:
    viewer = person("viewer", "viewer", DISTRICT)
    assert [row[0] for row in rows_of(take(viewer))[1:]] == [codes["X"]]
    for body in ("city", OTHER, "L-NONE"):
        assert take(viewer, body=body).status_code == 404, body
    shown = viewer.get("/outward/").content.decode()
    assert f'value="{DISTRICT}"' in shown
    assert f'value="{OTHER}"' not in shown
    assert [entry.actor for entry in entries()] == ["viewer"]


def test_the_directory_leaves_by_its_own_mapping(own_city: City, codes: dict[str, str]) -> None:
    viewer = person("viewer", "viewer", DISTRICT)
    rows = rows_of(take(viewer, profile="名册", period="2026-09-30"))
    assert rows[0] == ["代码", "名称", "类型", "地区", "启用"]
    assert {codes["X"], codes["W"]} <= {row[0] for row in rows[1:]}
    assert not {codes["Y"], codes["Z"]} & {row[0] for row in rows[1:]}
    assert set(hanging(own_city, DISTRICT)) <= {row[0] for row in rows[1:]}
    wrong = take(viewer, profile="名册", period="九月")
    assert (wrong.status_code, "不是日期" in page_of(wrong).text) == (422, True)


def test_what_cannot_be_asked_for_is_said(codes: dict[str, str]) -> None:
    client = operator()
    many = " ".join(f"{year}-01" for year in range(2010, 2023))
    for period in ("三月", "", many, "2026-HS"):
        assert take(client, period=period).status_code == 422, period
    empty = take(client, period="2026-02")
    assert (empty.status_code, "没有可写出的行" in page_of(empty).text) == (422, True)
    for values in ({"profile": "没有"}, {"kind": "pdf"}, {"form": "NY999"}):
        assert take(client, **values).status_code == 404, values
    assert not entries().exists()
