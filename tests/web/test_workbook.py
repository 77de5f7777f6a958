"""The workbook on pages: out prefilled, back as drafts, merged cell by cell, what is wrong named by cell."""

import io
import json
import re
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.conftest import City

MONTH = "2026-10"
DISTRICT = "L-500111"


@pytest.fixture
def desk(own_city: City) -> "Desk":
    return Desk()


class Desk:
    """A district's officer, who enters on behalf of its institutions."""

    def __init__(self) -> None:
        from jieyue.apps.trees.queries import Tree, node_by_code

        node = node_by_code(Tree.LINE, DISTRICT)
        assert node is not None
        self.officer = self.person("officer", "reviewer", node.id)

    def person(self, name: str, role: str, node: int) -> Client:
        from jieyue.apps.identity.services.create_user import create_user
        from jieyue.apps.identity.services.grant import grant

        user = create_user(name, actor="tests")
        grant(user, role, node=node, valid_from=date(2010, 1, 1), actor="tests")
        user.language = "zh-hans"
        user.save(update_fields=["language"])
        client = Client()
        client.force_login(user)
        return client

    def book(self) -> "Book":
        answer = self.officer.get(f"/returns/workbook/?form=NY201&period={MONTH}&download=1")
        assert answer.status_code == 200
        return Book(answer.content)

    def bring(self, book: "Book", *, client: Client | None = None) -> str:
        file = SimpleUploadedFile("back.xlsx", book.bytes())
        answer = (client or self.officer).post(
            "/returns/workbook/upload/", {"file": file, "form": "NY201", "period": MONTH}
        )
        assert answer.status_code == 302, answer.content.decode()[:500]
        return str(answer["Location"])

    def enter(self, address: str, **more: str) -> str:
        answer = self.officer.post(f"{address}confirm/", more, follow=True)
        return answer.content.decode()

    def open_rows(self) -> list[str]:
        """Codes of the district's institutions whose return may be entered."""
        from jieyue.apps.registry.queries import codes_of
        from jieyue.apps.returns.queries import states_of

        numbers = codes_of(list(states_of("NY201", "2026-09")))
        states = states_of("NY201", MONTH)
        closed = {
            numbers.get(subject) for subject, state in states.items() if state in ("submitted", "approved")
        }
        return [code for code in self.book().rows if code not in closed]


class Book:
    """The workbook as a person edits it."""

    def __init__(self, content: bytes) -> None:
        self.file = openpyxl.load_workbook(io.BytesIO(content))
        self.page = self.file["NY201"]
        self.columns = {str(cell.value).split(" ")[0]: cell.column for cell in self.page[2]}
        self.rows = {str(row[0].value): row[0].row for row in self.page.iter_rows(min_row=3) if row[0].value}

    def __getitem__(self, place: tuple[str, str]) -> object:
        return self.page.cell(self.rows[place[0]], self.columns[place[1]]).value

    def __setitem__(self, place: tuple[str, str], value: object) -> None:
        self.page.cell(self.rows[place[0]], self.columns[place[1]]).value = value

    def letter(self, item: str) -> str:
        return openpyxl.utils.get_column_letter(self.columns[item])

    def bytes(self) -> bytes:
        target = io.BytesIO()
        self.file.save(target)
        return target.getvalue()


def draft_of(code: str) -> dict[str, list]:
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.models import Return

    row = Return.objects.filter(subject=number_of(code), form="NY201", period=MONTH).first()
    return json.loads(row.draft) if row and row.draft else {}


def unbegun(desk: Desk) -> str:
    """An institution of the district whose return nobody has begun."""
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.models import Return

    first = desk.open_rows()[0]
    Return.objects.filter(subject=number_of(first), form="NY201", period=MONTH).delete()
    return first


def test_a_district_fills_in_two_rows_and_leaves_the_others(desk: Desk) -> None:
    first, second, third = desk.open_rows()[:3]
    before = draft_of(third)
    book = desk.book()
    book[first, "110"], book[first, "111"] = 12345.5, 7000
    book[second, "110"] = "1.2万"
    address = desk.bring(book)
    page = desk.officer.get(address).content.decode()
    assert "已检查，未导入" in page
    assert draft_of(third) == before
    assert "已导入为草稿" in desk.enter(address)
    assert draft_of(first)["110"] == ["12345.5", "kWh", 3]
    assert draft_of(second)["110"] == ["12000", "kWh", 3]
    assert draft_of(third) == before
    assert "102" in draft_of(first), "the area that the workbook brought along stands there too"
    again = desk.officer.post(f"{address}confirm/")
    assert again.status_code == 409


def test_both_sides_of_a_cell_are_shown_and_the_row_stays_out(desk: Desk) -> None:
    from jieyue.apps.registry.queries import number_of

    first, second = desk.open_rows()[:2]
    book = desk.book()
    reporter = desk.person("one.unit", "reporter", number_of(first) or 0)
    address = f"/returns/{first}/NY201/{MONTH}/"
    reporter.post(f"{address}start/")
    from jieyue.apps.returns.models import Return

    revision = Return.objects.get(subject=number_of(first), form="NY201", period=MONTH).revision
    reporter.post(f"{address}cells/", {"c-110": "500", "c-120": "7", "revision": revision})
    book[first, "110"], book[first, "121"] = 600, 70
    book[second, "110"] = 800
    place = desk.bring(book)
    page = desk.officer.get(place).content.decode()
    assert re.search("已被改为 500，表中填的是 600", page)
    assert f'<td class="number" data-label="行">{book.rows[first]}</td>' in page
    desk.enter(place, valid_rows_only="yes")
    assert draft_of(first)["110"][0] == "500"
    assert draft_of(second)["110"][0] == "800"
    # The institution's own 120 was not in the workbook that went out: it stays, and what does not collide goes in.
    fresh = desk.book()
    fresh[first, "121"] = 70
    desk.enter(desk.bring(fresh))
    assert (draft_of(first)["120"][0], draft_of(first)["121"][0]) == ("7", "70")


def test_what_cannot_be_read_is_named_by_row_and_column_and_nothing_goes_in(desk: Desk) -> None:
    first, second = desk.open_rows()[:2]
    before = draft_of(second)
    book = desk.book()
    book[first, "110"] = "约五百"
    book[second, "110"] = 100
    place = desk.bring(book)
    page = desk.officer.get(place).content.decode()
    assert "约五百" in page
    assert "有差错，未导入" in page
    desk.enter(place)
    assert draft_of(second) == before, "all or nothing"
    marked = desk.officer.get(f"{place}marked/")
    back = openpyxl.load_workbook(io.BytesIO(marked.content))
    cell = back["NY201"][f"{book.letter('110')}{book.rows[first]}"]
    assert cell.comment is not None
    assert "约五百" in cell.comment.text


def test_an_emptied_cell_deletes_nothing(desk: Desk) -> None:
    first = desk.open_rows()[0]
    book = desk.book()
    book[first, "110"] = 900
    desk.enter(desk.bring(book))
    again = desk.book()
    assert again[first, "110"] == 900
    again[first, "110"] = None
    again[first, "120"] = 5
    place = desk.bring(again)
    assert "原数保留" in desk.officer.get(place).content.decode()
    desk.enter(place)
    assert (draft_of(first)["110"][0], draft_of(first)["120"][0]) == ("900", "5")


def test_a_submitted_return_is_not_overwritten(desk: Desk) -> None:
    from jieyue.apps.registry.queries import codes_of
    from jieyue.apps.returns.queries import states_of

    codes = codes_of(list(states_of("NY201", MONTH)))
    sent = {codes[number] for number, state in states_of("NY201", MONTH).items() if state == "submitted"}
    book = desk.book()
    code = next(code for code in book.rows if code in sent)
    before = draft_of(code)
    book[code, "110"] = 1
    assert "已上报”，不能改" in desk.officer.get(desk.bring(book)).content.decode()
    assert draft_of(code) == before


def test_another_district_cannot_be_spoken_for(desk: Desk, own_city: City) -> None:
    from jieyue.apps.trees.queries import Tree, node_by_code

    other = node_by_code(Tree.LINE, "L-500103")
    assert other is not None
    stranger = desk.person("stranger", "reviewer", other.id)
    first = desk.open_rows()[0]
    before = draft_of(first)
    book = desk.book()
    book[first, "110"] = 4321
    place = desk.bring(book, client=stranger)
    page = stranger.get(place).content.decode()
    assert "有差错" in page
    stranger.post(f"{place}confirm/", {"valid_rows_only": "yes"})
    assert draft_of(first) == before
    assert desk.officer.get(place).status_code == 404, "another person's file"


def test_the_rules_speak_at_the_cells(desk: Desk) -> None:
    first = desk.open_rows()[0]
    book = desk.book()
    book[first, "150"], book[first, "1501"], book[first, "1502"] = 100, 30, 40
    page = desk.officer.get(desk.bring(book)).content.decode()
    assert "上报前须改正" in page
    assert "已检查，未导入" in page, "what the rules say does not keep a draft out"


@pytest.mark.parametrize(
    "query", ["period=2026-13", "form=NY202&period=2025-HS", "form=NY101", "form=NY301&period=2026"]
)
def test_what_has_no_workbook_is_not_found(desk: Desk, query: str) -> None:
    assert desk.officer.get(f"/returns/workbook/?{query}").status_code == 404


def test_a_workbook_of_another_period_is_refused(desk: Desk) -> None:
    book = desk.book()
    first = desk.open_rows()[0]
    book[first, "110"] = 5
    file = SimpleUploadedFile("back.xlsx", book.bytes())
    answer = desk.officer.post(
        "/returns/workbook/upload/", {"file": file, "form": "NY201", "period": "2026-09"}, follow=True
    )
    assert "不是 2026-09 的" in answer.content.decode()


def test_a_right_given_today_reaches_the_periods_before(desk: Desk) -> None:
    """granted_today: who came yesterday fills in the month that ended before."""
    from django.conf import settings
    from django.test import Client

    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.registry.queries import number_of

    code = desk.open_rows()[0]
    user = create_user("new.clerk", actor="tests")
    grant(user, "reporter", node=number_of(code) or 0, valid_from=settings.JIEYUE_HOME.today(), actor="tests")
    client = Client()
    client.force_login(user)
    answer = client.get(f"/returns/workbook/?form=NY201&period={MONTH}&download=1")
    book = Book(answer.content)
    assert list(book.rows) == [code]
    book[code, "110"] = 33
    client.post(f"{desk.bring(book, client=client)}confirm/")
    assert draft_of(code)["110"][0] == "33"
    from jieyue.apps.returns.models import Return

    row = Return.objects.get(subject=number_of(code), form="NY201", period=MONTH)
    assert "on_behalf" not in row.entered_by["110"]


def test_a_workbook_is_no_import_and_cannot_be_published_as_one(desk: Desk, own_city: City) -> None:
    first = desk.open_rows()[0]
    book = desk.book()
    book[first, "110"] = 4711
    place = desk.bring(book)
    number = place.rstrip("/").rpartition("/")[2]
    root = own_city.client()
    assert "back.xlsx" not in root.get("/import/").content.decode()
    for tail in ("", "marked/", "names/", "mapping/"):
        assert root.get(f"/import/{number}/{tail}").status_code == 404
    assert root.post(f"/import/{number}/confirm/").status_code == 404
    assert draft_of(first).get("110", [None])[0] != "4711"


@pytest.mark.parametrize(
    ("form", "some", "none"),
    [
        (
            "NY201",
            {"2026-11", "2026-10", "2025-11", "2026-Q4", "2026", "2025"},
            {"2026-12", "2025-10", "2027"},
        ),
        ("NY203", {"2026", "2025", "2025-HS"}, {"2026-10", "2026-Q4"}),
    ],
)
def test_the_periods_of_the_form_are_offered(desk: Desk, form: str, some: set[str], none: set[str]) -> None:
    page = desk.officer.get(f"/returns/workbook/?form={form}&period=2026").content.decode()
    offered = set(re.findall(r'<option value="(20[^"]+)"', page))
    assert some <= offered
    assert not none & offered


@pytest.mark.parametrize(
    "forged",
    [
        '{"110":["51240",1]}',
        '{"999":["1",3]}',
        '{"110":["1","x"]}',
        '{"110":[null,3]}',
        "[" * 30_000,
        "{",
        "[1]",
    ],
)
def test_the_hidden_sheet_is_compared_with_and_never_believed(desk: Desk, forged: str) -> None:
    """Whoever opens it and writes a metered number, an unknown item or nonsense into it changes no return."""
    first = unbegun(desk)
    book = desk.book()
    hidden = book.file["_sent"]
    row = next(cells[1].row for cells in hidden.iter_rows() if cells[1].value == first)
    hidden.cell(row, 5).value = forged
    book[first, "120"] = 8
    place = desk.bring(book)
    desk.enter(place, valid_rows_only="yes")
    found = draft_of(first)
    assert "110" not in found
    assert found["120"] == ["8", "m3", 3]
    assert found["102"], "what a return begins with is there all the same"


def test_who_collected_the_month_takes_its_workbook_in_after_a_transfer(desk: Desk) -> None:
    """Rights of today, the line of the month's last day: as on the page."""
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.registry.services.transfer import transfer
    from jieyue.apps.trees.queries import Tree, node_by_code

    first = unbegun(desk)
    book = desk.book()
    other = node_by_code(Tree.LINE, "L-500103")
    assert other is not None
    transfer(number_of(first) or 0, tree=Tree.LINE, node=other.id, day=date(2026, 11, 1), actor="tests")
    book[first, "110"] = 66
    desk.enter(desk.bring(book))
    assert draft_of(first)["110"][0] == "66"
    successor = desk.person("successor", "reviewer", other.id)
    again = Book(book.bytes())
    again[first, "110"] = 67
    place = desk.bring(again, client=successor)
    successor.post(f"{place}confirm/", {"valid_rows_only": "yes"})
    assert draft_of(first)["110"][0] == "66"


def test_of_two_who_begin_at_once_one_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.acting import Key
    from jieyue.apps.returns.services import edit_return
    from jieyue.apps.review.services import take_workbook

    first = unbegun(desk)
    book = desk.book()
    book[first, "110"] = 66
    place = desk.bring(book)
    real = take_workbook.allocate

    def meanwhile(count: int) -> list[int]:
        edit_return.blank(Key(number_of(first) or 0, "NY201", MONTH), real(1)[0]).save(force_insert=True)
        return real(count)

    monkeypatch.setattr(take_workbook, "allocate", meanwhile)
    answer = desk.officer.post(f"{place}confirm/")
    assert answer.status_code == 409
    assert "刚刚由别人开始填" in answer.content.decode()
    assert draft_of(first) == {}
