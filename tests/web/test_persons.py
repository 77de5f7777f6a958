"""Energy users by the authority's formula on pages and in the workbook: counted, shown with its source, not typed over.

The invented formula of the tests (persons_rule.py): schools have posts + 0.6 × boarders from September 2026 on.
"""

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.identity.models import User
from jieyue.apps.returns.models import Return
from jieyue.config.home import Home
from tests.api.conftest import token_for
from tests.clients import signed_in
from tests.persons_rule import SCHOOL, lay_formula
from tests.shared_home import turned_to
from tests.web.collecting_desk import MONTH, Bureau

Nodes = dict[tuple[str, str], int]
PAGE = f"/returns/S0/NY201/{MONTH}/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """Two schools with clerks who read Chinese; the home stands on 22 November 2026."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        lay_formula(Path(home.path))
        made = Bureau(city_trees, 2)
        made.open()
        yield made


def cells(bureau: Bureau, number: int = 0) -> dict[str, list]:
    row = bureau.row(number)
    assert row is not None
    return json.loads(row.draft)


def line(page: str, code: str) -> str:
    """A line of the form as people read it, with what may be typed there."""
    found = re.search(rf'<tr id="r-{code}".*?</tr>', page, re.DOTALL)
    assert found is not None, code
    return " ".join(re.sub(r"<(?!input)[^>]*>", " ", found.group()).split())


def begun(bureau: Bureau) -> Client:
    clerk = signed_in("clerk0")
    assert clerk.post(f"{PAGE}start/").status_code == 302
    return clerk


def test_the_page_asks_the_counts_and_shows_the_formula_with_its_source(bureau: Bureau) -> None:
    clerk = begun(bureau)
    page = clerk.get(PAGE).content.decode()
    assert "用能人数 = 编制人数 + 0.6 × 住宿生 · 示例市用能人数计算办法 示例〔2026〕9号" in line(page, "103")
    assert "disabled" in line(page, "103")
    assert "disabled" not in line(page, "x_boarders")
    assert "x_boarders 人" not in line(page, "x_boarders"), "a code of the authority's own is not shown"
    assert 'id="r-x_beds"' not in page, "a school is not asked for beds"
    # By script: counts are saved, the number comes back with how it was made.
    data = {"c-1031": "300", "c-x_boarders": "100+20人", "revision": "0"}
    told = clerk.post(f"{PAGE}cells/", data, headers=JSON).json()
    assert told["wrong"] == {}
    assert (told["cells"]["103"]["text"], told["cells"]["103"]["source"]) == (
        "372",
        "按公式：300 + 0.6 × 120 = 372",
    )
    # Without script the button saves, and the page says the same.
    data = {"c-1031": "310", "c-x_boarders": "120", "revision": told["revision"]}
    page = clerk.post(f"{PAGE}cells/", data, follow=True).content.decode()
    assert "按公式：310 + 0.6 × 120 = 382" in line(page, "103")
    assert 'value="382"' in line(page, "103")


def test_a_number_sent_past_the_page_is_refused(bureau: Bureau) -> None:
    clerk = begun(bureau)
    answer = clerk.post(f"{PAGE}cells/", {"c-103": "400", "revision": "0"}, headers=JSON)
    assert (answer.status_code, answer.json()["refused"]) == (422, "computed_cell")
    assert "公式" in answer.json()["message"]
    assert "103" not in cells(bureau)
    clerk.post(f"{PAGE}cells/", {"c-x_beds": "5", "revision": "0"}, headers=JSON)
    assert "x_beds" not in cells(bureau)


def test_where_the_rule_lets_it_be_another_number_may_be_typed(bureau: Bureau, home: Home) -> None:
    lay_formula(Path(home.path), [row.replace(",no,2026", ",yes,2026") for row in SCHOOL])
    clerk = begun(bureau)
    page = clerk.get(PAGE).content.decode()
    assert "可另填" in line(page, "103")
    assert "disabled" not in line(page, "103")
    data = {"c-1031": "300", "c-x_boarders": "120", "c-103": "380", "revision": "0"}
    told = clerk.post(f"{PAGE}cells/", data, headers=JSON).json()
    assert told["cells"]["103"]["text"] == "380"
    told = clerk.post(f"{PAGE}cells/", {"c-103": "", "revision": told["revision"]}, headers=JSON).json()
    assert told["cells"]["103"]["text"] == "372"


def test_without_a_formula_the_page_is_as_before(bureau: Bureau, home: Home) -> None:
    lay_formula(Path(home.path), [])
    page = begun(bureau).get(PAGE).content.decode()
    assert "x_boarders" not in page
    assert "formula-note" not in page
    assert "disabled" not in line(page, "103")


def test_the_reviewer_sees_how_the_number_came_about(bureau: Bureau) -> None:
    clerk = begun(bureau)
    clerk.post(f"{PAGE}cells/", {"c-1031": "300", "c-x_boarders": "120", "revision": "0"}, headers=JSON)
    number = bureau.submit(0)
    page = signed_in("wang").get(f"/worklist/{number}/").content.decode()
    assert "300 + 0.6 × 120 = 372" in page
    assert "住宿生" in page


# --- the workbook --------------------------------------------------------------------------------------


def book_of(client: Client) -> openpyxl.Workbook:
    answer = client.get(f"/returns/workbook/?form=NY201&period={MONTH}&download=1")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def column(book: openpyxl.Workbook, code: str) -> int:
    heads = [str(cell.value).partition(" ")[0] for cell in book["NY201"][2]]
    return heads.index(code) + 1


def bring(client: Client, book: openpyxl.Workbook) -> str:
    """The preview's text once the workbook is brought."""
    out = io.BytesIO()
    book.save(out)
    data = {"file": SimpleUploadedFile("back.xlsx", out.getvalue()), "form": "NY201", "period": MONTH}
    answer = client.post("/returns/workbook/upload/", data)
    assert answer.status_code == 302
    shown = client.get(answer["Location"]).content.decode()
    client.post(f"{answer['Location']}confirm/")
    return shown


def test_the_workbook_asks_the_counts_and_computes_what_comes_back(bureau: Bureau) -> None:
    officer = signed_in("wang")
    book = book_of(officer)
    sheet = book["NY201"]
    assert "用能人数 = 编制人数 + 0.6 × 住宿生" in sheet["A1"].value
    assert "x_beds" not in [str(cell.value).partition(" ")[0] for cell in sheet[2]]
    assert sheet.cell(2, column(book, "x_boarders")).value == "x_boarders 住宿生（人）"
    sheet.cell(3, column(book, "1031"), 300)
    sheet.cell(3, column(book, "x_boarders"), 120)
    shown = bring(officer, book)
    assert "用能人数" not in shown, "what follows is not missing"
    assert cells(bureau)["103"] == ["372", "person", 3]
    assert Return.objects.get(subject=bureau.schools[0]).entered_by["103"]["raw"] == "300 + 0.6 × 120 = 372"
    # It goes out again with the number; a mended count alone is enough.
    again = book_of(officer)
    assert again["NY201"].cell(3, column(again, "103")).value == 372
    again["NY201"].cell(3, column(again, "1031"), 310)
    bring(officer, again)
    assert cells(bureau)["103"][0] == "382"


def test_a_number_typed_over_in_the_workbook_is_refused_at_its_cell(bureau: Bureau) -> None:
    officer = signed_in("wang")
    book = book_of(officer)
    book["NY201"].cell(3, column(book, "103"), 400)
    shown = bring(officer, book)
    assert "由本机关的公式计算" in shown
    assert bureau.row(0) is None


def test_a_count_that_is_not_asked_of_the_institution_is_refused(bureau: Bureau) -> None:
    from jieyue.apps.registry.services.create import create

    places = {"area": "500103", "type": "024", "line": bureau.line}
    create({"code": "H0", "name": "示例医院"}, places=places, valid_from=date(2020, 1, 1), actor="tester")
    officer = signed_in("wang")
    book = book_of(officer)
    sheet = book["NY201"]
    row = {sheet.cell(number, 1).value: number for number in range(3, 6)}
    sheet.cell(row["S0"], column(book, "x_beds"), 7)
    assert "不向这家机构收取" in bring(officer, book)
    assert bureau.row(0) is None
    sheet.cell(row["S0"], column(book, "x_beds")).value = None
    sheet.cell(row["H0"], column(book, "1031"), 200)
    sheet.cell(row["H0"], column(book, "x_beds"), 100)
    bring(officer, book)
    stored = Return.objects.get(form="NY201", period=MONTH)
    assert json.loads(stored.draft)["103"] == ["350", "person", 3]  # 200 + 1.5 × 100


def test_the_interface_lists_the_counts_of_the_period(bureau: Bureau) -> None:
    caller = token_for(User.objects.get(username="wang"))

    def codes(period: str) -> list[str]:
        return [one["code"] for one in caller.get(f"forms/NY201?period={period}").json()["lines"]]

    assert {"x_boarders", "x_beds"} <= set(codes(MONTH))
    assert not {"x_boarders", "x_beds"} & set(codes("2025-10"))


def test_the_receipt_of_the_institution_says_how_its_users_were_counted(bureau: Bureau) -> None:
    from jieyue.apps.accounts.queries import figures
    from jieyue.apps.returns.services import approve_return

    clerk = begun(bureau)
    clerk.post(f"{PAGE}cells/", {"c-1031": "300", "c-x_boarders": "120", "revision": "0"}, headers=JSON)
    bureau.submit(0)
    approve_return.approve(User.objects.get(username="li"), bureau.key(0))
    bureau.publish()
    (figure,) = figures(["institution:S0"], MONTH, indicators=["persons"])
    assert figure.display == "372"
    page = signed_in("wang").get(f"/receipt/{figure.receipt}").content.decode()
    said = "2026-10 用能人数 = 编制人数 + 0.6 × 住宿生：300 + 0.6 × 120 = 372（示例市用能人数计算办法 示例〔2026〕9号）"
    assert said in page
