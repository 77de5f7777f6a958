"""The workbook of NY202: one row a data-centre room, out prefilled, back as drafts, wrong rows named by cell."""

import io
import json
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.identity.models import User
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.registry.services.change import change
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import edit_return, submit_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.config.home import Home
from jieyue.domain.period import Period
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import MONTH, Bureau

BEFORE = "2026-09"
ADDRESS = f"/returns/workbook/?form=NY202&period={MONTH}"
#: A room of 60 m² with 10 cabinets and 1 + 1 + 1 kW.
STOCKS = {"201": "60", "210": "10", "2201": "1", "2202": "1", "2203": "1"}
#: 1,000 kWh for the 400 of its IT: 2.5, above 2.2.
WASTEFUL = {"2401": 400, "2402": 500, "2403": 100}
#: 900 kWh for the 500 of its IT: 1.8.
THRIFTY = {"2401": 500, "2402": 300, "2403": 100}
Place = tuple[str, str]


@pytest.fixture
def bureau(home: Home, city_trees: dict[tuple[str, str], int]) -> Iterator[Bureau]:
    """22 November 2026. S0 has the rooms 1 and 2, S1 the room A301, S2 none; room 1 filed September."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        made = Bureau(city_trees, 3)
        for number, rooms in enumerate(("1、2", "A301", "0")):
            change(made.schools[number], date(2026, 1, 1), actor="tester", rooms=rooms)
        begin(made, BEFORE, "1", {**STOCKS, "2401": "350", "2402": "250", "2403": "50"})
        yield made


def begin(bureau: Bureau, period: str, room: str, typed: dict[str, str]) -> None:
    """The clerk of S0 begins the return of a room."""
    clerk, key = User.objects.get(username="clerk0"), Key(bureau.schools[0], "NY202", period, room)
    cells = {code: (int(text) * 10_000, 3) for code, text in typed.items()}
    edit_return.edit_cells(clerk, key, cells, revision=edit_return.start(clerk, key).revision)


class Book:
    """The workbook as a person edits it: rows by institution and room."""

    def __init__(self, client: Client) -> None:
        answer = client.get(f"{ADDRESS}&download=1")
        assert answer.status_code == 200
        self.file = openpyxl.load_workbook(io.BytesIO(answer.content))
        self.page = self.file["NY202"]
        self.columns = {str(cell.value).split(" ")[0]: cell.column for cell in self.page[2]}

    @property
    def rows(self) -> dict[Place, int]:
        room = self.columns["机房编号"] - 1
        lines = self.page.iter_rows(min_row=3)
        return {(str(row[0].value), str(row[room].value)): row[0].row for row in lines if row[0].value}

    def __getitem__(self, place: tuple[str, str, str]) -> object:
        return self.page.cell(self.rows[place[:2]], self.columns[place[2]]).value

    def fill(self, code: str, room: str, cells: dict[str, object]) -> None:
        row = self.rows[code, room]
        for item, value in cells.items():
            self.page.cell(row, self.columns[item]).value = value

    def add(self, code: str, room: object, cells: dict[str, object]) -> int:
        """A row below the others, as somebody writes it by hand."""
        row = self.page.max_row + 1
        for item, value in {"机构代码": code, "机房编号": room, "期间": MONTH, **cells}.items():
            self.page.cell(row, self.columns[item]).value = value
        return int(row)

    def head(self, item: str) -> str:
        return str(self.page.cell(2, self.columns[item]).value)

    def letter(self, item: str) -> str:
        return str(openpyxl.utils.get_column_letter(self.columns[item]))

    def bring(self, client: Client) -> str:
        target = io.BytesIO()
        self.file.save(target)
        file = SimpleUploadedFile("back.xlsx", target.getvalue())
        answer = client.post("/returns/workbook/upload/", {"file": file, "form": "NY202", "period": MONTH})
        assert answer.status_code == 302, answer.content.decode()[:500]
        return str(answer["Location"])


def found(client: Client, place: str) -> list[tuple[str, int | None, str | None, str]]:
    """(code, row, column, words in Chinese) of what stands on the page of the workbook that was brought."""
    from jieyue.apps.exchange.queries import batch

    assert client.get(place).status_code == 200
    row = batch(int(place.rstrip("/").rpartition("/")[2]))
    assert row is not None
    return [(one["code"], one["row"], one["column"], one["message_zh"]) for one in row.findings]


def enter(client: Client, place: str, **more: str) -> str:
    return client.post(f"{place}confirm/", more, follow=True).content.decode()


def drafts(school: int) -> dict[str, dict[str, str]]:
    """Room → item → value of what is begun for October."""
    rows = Return.objects.filter(subject=school, form="NY202", period=MONTH)
    return {row.instance: {code: cell[0] for code, cell in json.loads(row.draft).items()} for row in rows}


def publish_september(bureau: Bureau) -> None:
    key = Key(bureau.schools[0], "NY202", BEFORE, "1")
    row = Return.objects.get(subject=key.subject, period=BEFORE)
    submit_return.submit(
        User.objects.get(username="clerk0"), key, revision=row.revision, judge=lambda _: Judged()
    )
    open_periods("NY202", [Period.parse(BEFORE)], actor="tester")
    said = {"period": BEFORE, "all": "1", "mark": str(10**9)}
    signed_in("li").post("/worklist/approve/?form=NY202&reach=own", said)
    bureau.publish()


def test_each_room_has_a_row_with_what_it_stated_last(bureau: Bureau) -> None:
    publish_september(bureau)
    begin(bureau, "2026-08", "2", {"201": "85", "2401": "9"})
    officer = signed_in("wang")
    assert "内有 3 个机房" in officer.get(ADDRESS).content.decode()
    book = Book(officer)
    assert list(book.rows) == [("S0", "1"), ("S0", "2"), ("S1", "A301")]
    assert [book["S0", "1", code] for code in ("201", "210", "220", "2201")] == [60, 10, 3, 1]
    assert [book["S0", "1", code] for code in ("240", "2401")] == [None, None], "flows are never carried"
    assert [book["S0", "2", code] for code in ("201", "220", "240")] == [85, None, None]
    assert [book["S1", "A301", code] for code in ("201", "220", "240")] == [None, None, None]
    assert book.page.cell(book.rows["S0", "1"], book.columns["机房编号"]).data_type == "s"
    beside = book.file["对照（不填）"]
    heads = [str(cell.value).split("（")[0] for cell in beside[2]]
    line = [cell.value for cell in beside[3]]
    assert line[:3] == ["S0", "示例第0小学", "1"]
    assert line[heads.index("2026-09 240 总用电量")] == 650, "350 + 250 + 50"
    # A clerk has the rooms of his institution alone; one without rooms is told so and gets no file to fill in.
    assert list(Book(signed_in("clerk1")).rows) == [("S1", "A301")]
    page = signed_in("clerk2").get(ADDRESS).content.decode()
    assert "没有登记机房" in page
    assert "download=1" not in page


@pytest.mark.postgres
def test_rooms_go_in_as_drafts_of_their_own_and_each_is_judged_by_itself(bureau: Bureau) -> None:
    officer = signed_in("wang")
    book = Book(officer)
    book.fill("S0", "1", WASTEFUL)
    book.fill("S1", "A301", {**STOCKS, **THRIFTY})
    place = book.bring(officer)
    said = found(officer, place)
    warned = [(row, column) for code, row, column, words in said if "机房PUE不高于2.2" in words]
    assert warned == [(book.rows["S0", "1"], book.head("240"))]
    assert not [one for one in said if one[0] in ("entry_rule_error", "entry_row_gone", "entry_row_added")]
    assert drafts(bureau.schools[0]) == {}
    assert "已导入为草稿" in enter(officer, place)
    first = drafts(bureau.schools[0])
    assert list(first) == ["1"], "room 2 was not filled in and is not begun"
    assert {code: first["1"][code] for code in ("201", "220", "240")} == {
        "201": "60",
        "220": "3",
        "240": "1000",
    }
    second = drafts(bureau.schools[1])["A301"]
    assert {code: second[code] for code in ("201", "220", "240")} == {"201": "60", "220": "3", "240": "900"}
    # The page of each room finds what the workbook found.
    pages = {
        room: officer.get(f"/returns/{code}/NY202/{MONTH}/?room={room}").content.decode()
        for code, room in (("S0", "1"), ("S1", "A301"))
    }
    assert {room: "机房PUE不高于2.2" in page for room, page in pages.items()} == {"1": True, "A301": False}
    # What is out of the register but begun keeps its row, and may be mended.
    change(bureau.schools[1], date(2026, 10, 1), actor="tester", rooms="0")
    again = Book(officer)
    assert again["S1", "A301", "2401"] == 500
    again.fill("S1", "A301", {"2401": 510})
    enter(officer, again.bring(officer))
    assert drafts(bureau.schools[1])["A301"]["240"] == "910"


def test_rows_that_are_not_to_be_are_refused_at_their_cell_and_nothing_goes_in(bureau: Bureau) -> None:
    from jieyue.apps.registry.services.create import create

    create(
        {"code": "X0", "name": "示例外区小学", "rooms": "1"},
        places={"area": "500104", "type": "021", "line": "L-500104"},
        valid_from=date(2020, 1, 1),
        actor="tester",
    )
    officer = signed_in("wang")
    book = Book(officer)
    book.fill("S0", "1", THRIFTY)
    book.fill("S0", "2", {"2401": "约五百"})
    rows = {
        "entry_room_unknown": book.add("S0", "9", THRIFTY),
        "room_missing": book.add("S0", None, THRIFTY),
        "room_unusable": book.add("S0", "9" * 21, THRIFTY),
        "unknown_institution": book.add("X0", "1", THRIFTY),
    }
    twice = book.add("S1", "A301", WASTEFUL), book.add("S1", "A301", THRIFTY)
    none = book.add("S2", "1", THRIFTY)
    place = book.bring(officer)
    said = found(officer, place)
    room, it = "机房编号", book.head("2401")
    expected = {
        (code, row, "机构名称" if code == "unknown_institution" else room) for code, row in rows.items()
    }
    assert expected <= {(code, row, column) for code, row, column, _words in said}
    assert (book.rows["S0", "2"], it) in {(row, column) for _code, row, column, _ in said}
    assert {row for code, row, *_ in said if code == "conflict_in_file"} >= set(twice)
    words = next(words for code, _row, _column, words in said if code == "entry_room_unknown")
    assert "没有查到这家机构的机房“9”（名录或前期报表里的机房：1、2）" in words
    (words,) = (words for code, row, _column, words in said if (code, row) == ("entry_room_unknown", none))
    assert "（名录或前期报表里的机房：没有）" in words
    enter(officer, place)
    assert drafts(bureau.schools[0]) == {}, "all or nothing"
    marked = openpyxl.load_workbook(io.BytesIO(officer.get(f"{place}marked/").content))["NY202"]
    cell = marked[f"{book.letter(room)}{rows['entry_room_unknown']}"]
    assert cell.comment is not None
    assert "没有查到这家机构的机房“9”" in cell.comment.text
    enter(officer, place, valid_rows_only="yes")
    assert {room: cells["240"] for room, cells in drafts(bureau.schools[0]).items()} == {"1": "900"}
    assert not Return.objects.filter(form="NY202", period=MONTH).exclude(subject=bureau.schools[0]).exists()


def test_rows_that_are_gone_added_or_emptied_are_told_before_they_are_taken(bureau: Bureau) -> None:
    officer = signed_in("wang")
    first = Book(officer)
    first.fill("S0", "1", WASTEFUL)
    first.fill("S1", "A301", {**STOCKS, **THRIFTY})
    enter(officer, first.bring(officer))
    book = Book(officer)
    # One of the rooms was registered after the workbook went out.
    change(bureau.schools[1], date(2026, 1, 1), actor="tester", rooms="A301、A302")
    new = book.add("S1", "A302", {**STOCKS, **WASTEFUL})
    book.fill("S1", "A301", {"2401": "清空", "2402": None, "2403": 120})
    book.page.delete_rows(book.rows["S0", "2"])
    book.page.delete_rows(book.rows["S0", "1"])
    new, kept = new - 2, drafts(bureau.schools[0])
    place = book.bring(officer)
    said = found(officer, place)
    gone = [words for code, _row, _column, words in said if code == "entry_row_gone"]
    assert ["S0 机房 1" in gone[0], "S0 机房 2" in gone[1]] == [True, True]
    assert len(gone) == 2
    assert [row for code, row, *_ in said if code == "entry_row_added"] == [new]
    row = book.rows["S1", "A301"]
    told = {
        code: (at, column.split(" ")[0], words)
        for code, at, column, words in said
        if code in ("entry_cleared", "entry_emptied") and column
    }
    assert told["entry_cleared"][:2] == (row, "2401")
    assert "现在是 500，导入后清空" in told["entry_cleared"][2]
    assert told["entry_emptied"][:2] == (row, "2402")
    enter(officer, place)
    assert drafts(bureau.schools[0]) == kept, "a row that is gone takes nothing with it"
    after = drafts(bureau.schools[1])
    assert after["A302"]["240"] == "1000"
    assert (after["A301"].get("2401"), after["A301"]["2402"], after["A301"]["2403"]) == (None, "300", "120")


def test_both_sides_of_a_cell_are_those_of_the_same_room(bureau: Bureau) -> None:
    officer, clerk = signed_in("wang"), signed_in("clerk0")
    book = Book(officer)
    base = f"/returns/S0/NY202/{MONTH}/"
    for room in ("1", "2"):
        clerk.post(f"{base}start/?room={room}")
    saved = clerk.post(
        f"{base}cells/?room=2", {"c-2401": "77", "revision": 0}, headers={"Accept": "application/json"}
    )
    assert saved.status_code == 200
    book.fill("S0", "1", THRIFTY)
    book.fill("S0", "2", {"2401": 78})
    place = book.bring(officer)
    conflicts = [
        (row, words) for code, row, _column, words in found(officer, place) if code == "entry_conflict"
    ]
    assert [row for row, _ in conflicts] == [book.rows["S0", "2"]]
    assert "已被改为 77，表中填的是 78" in conflicts[0][1]
    enter(officer, place, valid_rows_only="yes")
    after = drafts(bureau.schools[0])
    assert (after["1"]["240"], after["2"]["2401"]) == ("900", "77")


def test_of_whom_the_register_says_nothing_the_rooms_that_filed_before(bureau: Bureau) -> None:
    """Room 1 of S0 filed September; nothing is said of the rooms of S0 any more."""
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="")
    book = Book(signed_in("wang"))
    assert list(book.rows) == [("S0", "1"), ("S1", "A301")]
    assert book["S0", "1", "201"] == 60


def test_a_row_of_another_form_names_no_room(bureau: Bureau) -> None:
    officer = signed_in("wang")
    sheet = "机构代码,期间,机房编号,NY201:110\nS0,2026-10,1,5\n"
    file = SimpleUploadedFile("back.csv", sheet.encode())
    answer = officer.post("/returns/workbook/upload/", {"file": file, "form": "NY201", "period": MONTH})
    said = found(officer, str(answer["Location"]))
    assert [(code, row) for code, row, *_ in said if code == "room_not_asked"] == [("room_not_asked", 2)]


def test_in_english(bureau: Bureau) -> None:
    officer = signed_in("wang")
    User.objects.filter(username="wang").update(language="en")
    assert "3 data-centre rooms are in it" in officer.get(ADDRESS).content.decode()
    book = Book(officer)
    book.add("S0", "9", THRIFTY)
    book.add("S2", "8", THRIFTY)
    page = officer.get(book.bring(officer)).content.decode()
    for room, known in (("9", "1, 2"), ("8", "none")):
        said = f"No data-centre room {room} of this institution is known (the register or its earlier returns have"
        assert f"{said} {known})." in page


def test_the_log_says_which_rooms(bureau: Bureau, home: Home) -> None:
    from jieyue.apps.audit.models import ActionLog

    officer = signed_in("wang")
    book = Book(officer)
    for room in ("1", "2"):
        book.fill("S0", room, THRIFTY)
    enter(officer, book.bring(officer))
    entry = ActionLog.objects.filter(verb="returns.take_workbook").latest("pk")
    assert entry.data["begun"] == [bureau.schools[0]]
    assert entry.data["rooms"] == {str(bureau.schools[0]): ["1", "2"]}


def test_a_return_without_a_usable_room_has_no_row_and_the_rest_comes_back(bureau: Bureau) -> None:
    """S2 once came without a room; somebody began rooms 0 and "A  1" of S0 by address."""
    row = Return.objects.get(subject=bureau.schools[0], form="NY202", period=BEFORE)
    for school, period, room in ((2, BEFORE, ""), (0, MONTH, "0"), (0, MONTH, "A  1")):
        row.pk, row.subject = row.pk + 1000, bureau.schools[school]
        row.period, row.instance, row._state.adding = period, room, True
        row.save(force_insert=True)
    change(bureau.schools[2], date(2026, 1, 1), actor="tester", rooms="")
    officer = signed_in("wang")
    book = Book(officer)
    assert list(book.rows) == [("S0", "1"), ("S0", "2"), ("S1", "A301")]
    assert "未列出：S0“0”、S0“A  1”、S2“”；请先在名录里登记机房" in str(book.page["A1"].value)
    book.fill("S0", "1", THRIFTY)
    place = book.bring(officer)
    assert not [one for one in found(officer, place) if one[0].startswith(("room_", "entry_r"))]
    enter(officer, place)
    assert drafts(bureau.schools[0])["1"]["240"] == "900"
    assert "机房编号为空" not in str(Book(signed_in("clerk1")).page["A1"].value)


def test_a_row_that_is_refused_is_not_told_as_gone(bureau: Bureau) -> None:
    officer = signed_in("wang")
    book = Book(officer)
    for code, room, column, text in (("S0", "1", "机房编号", "9" * 21), ("S1", "A301", "期间", "明年")):
        book.fill(code, room, {**THRIFTY, column: text})
    said = found(officer, book.bring(officer))
    assert {row for code, row, *_ in said if code == "room_unusable"} == {3}
    assert [words for code, _row, _column, words in said if code == "entry_row_gone"] == []


def test_the_page_begins_a_return_for_a_known_room_alone(bureau: Bureau) -> None:
    clerk, base = signed_in("clerk0"), f"/returns/S0/NY202/{MONTH}/"
    answer = clerk.post(f"{base}start/?room=9")
    assert answer.status_code == 422
    said = "没有查到这家机构的机房“9”（名录或前期报表里的机房：1、2）；新机房先在名录里登记"
    assert said in answer.content.decode()
    for room in ("0", "A%20%201"):
        assert "这家机构这一期不填这张表" in clerk.post(f"{base}start/?room={room}").content.decode()
    assert drafts(bureau.schools[0]) == {}
    User.objects.filter(username="clerk2").update(language="en")
    answer = signed_in("clerk2").post(f"/returns/S2/NY202/{MONTH}/start/?room=1")
    assert "no data-centre room 1 of this institution is known" in answer.content.decode()
    assert "have none); register a new room there first" in answer.content.decode()
    # Of whom the register says nothing, the rooms that filed before.
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="")
    assert [clerk.post(f"{base}start/?room={room}").status_code for room in "21"] == [422, 302]
    assert list(drafts(bureau.schools[0])) == ["1"]
