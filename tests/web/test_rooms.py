"""Rooms (NY202) and heating (NY203) on pages: owed as the register says, chosen on the board, judged by room."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from jieyue.apps.identity.models import User
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.registry.services.change import change
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import submit_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.config.home import Home
from jieyue.domain.period import Period
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import MONTH, Bureau
from tests.web.test_board import table_of

Nodes = dict[tuple[str, str], int]
JSON = {"Accept": "application/json"}
BOARD = f"/board/?period={MONTH}"


@pytest.fixture
def day(home: Home, city_trees: Nodes) -> Iterator[Path]:
    """The home stands on 22 November 2026."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        yield home.path


def test_the_board_of_the_rooms_and_of_heating(day: Path, city_trees: Nodes) -> None:
    """Chosen beside the period once somebody owes them; a room is named, and a room less is one less."""

    bureau = Bureau(city_trees, 3)
    bureau.open()
    reader = signed_in("qian")
    assert '<select class="form-select" name="form">' not in reader.get(BOARD).content.decode(), (
        "nobody owes another form"
    )
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="1、2")
    change(bureau.schools[1], date(2026, 1, 1), actor="tester", rooms="A301")
    change(bureau.schools[1], date(2025, 12, 1), actor="tester", heating="yes")
    open_periods("NY202", [Period.parse(MONTH)], actor="tester")
    open_periods("NY203", [Period.parse("2025")], actor="tester")
    page = reader.get(BOARD).content.decode()
    assert "数据中心机房能源消费状况" in page
    assert table_of(page)["渝中区节能管理部门"][0] == "3"
    rooms = reader.get(f"{BOARD}&form=NY202&kind=missing").content.decode()
    assert table_of(rooms)["渝中区节能管理部门"][0] == "3"
    assert "示例第0小学（机房 1）" in rooms
    assert "示例第1小学（机房 A301）" in rooms
    assert "NY202 数据中心机房能源消费状况" in rooms, "the text for the work group names the form"
    # Another form chosen beside a month that it does not have: its newest period.
    heating = reader.get(f"{BOARD}&form=NY203").content.decode()
    assert table_of(heating)["渝中区节能管理部门"][0] == "1"
    change(bureau.schools[0], date(2026, 10, 15), actor="tester", rooms="2")
    rooms = reader.get(f"{BOARD}&form=NY202&kind=missing").content.decode()
    assert table_of(rooms)["渝中区节能管理部门"][0] == "2"
    assert "（机房 1）" not in rooms
    for form in ("NY301", "NY101", "x"):
        assert reader.get(f"{BOARD}&form={form}").status_code == 404


def test_a_return_of_a_room_from_the_registry_to_the_reviewer(day: Path, city_trees: Nodes) -> None:
    """The clerk's task names the room; his return comes to the list of its form with the room's number."""

    bureau = Bureau(city_trees, 1)
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="1、2")
    open_periods("NY202", [Period.parse(MONTH)], actor="tester")
    clerk = signed_in("clerk0")
    tasks = clerk.get("/returns/").content.decode()
    assert f"/returns/S0/NY202/{MONTH}/?room=1" in tasks
    assert f"/returns/S0/NY202/{MONTH}/?room=2" in tasks
    assert ">2026年10月 机房 1<" in tasks
    assert ">2026年10月 机房 2<" in tasks
    assert clerk.post(f"/returns/S0/NY202/{MONTH}/start/?room=2").status_code == 302
    key = Key(bureau.schools[0], "NY202", MONTH, "2")
    submit_return.submit(User.objects.get(username="clerk0"), key, revision=0, judge=lambda _: Judged())
    judge = signed_in("wang")
    listed = judge.get(f"/worklist/?period={MONTH}&form=NY202").content.decode()
    assert "示例第0小学，机房 2" in listed
    assert "示例第0小学" not in judge.get(f"/worklist/?period={MONTH}").content.decode()
    done = signed_in("li").post(
        "/worklist/approve/?form=NY202&reach=own",
        {"period": MONTH, "all": "1", "mark": str(10**9)},
        follow=True,
    )
    assert "form=NY202" in done.redirect_chain[-1][0]
    assert "已核准 1 份" in done.content.decode()


def test_the_register_page_says_rooms_and_heating_by_date(day: Path, city_trees: Nodes) -> None:

    bureau = Bureau(city_trees, 1)
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="1、A301", heating="yes")
    change(bureau.schools[0], date(2026, 6, 1), actor="tester", rooms="0", heating="no")
    page = signed_in("qian").get("/institutions/S0/register/").content.decode()
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page[: page.index("</table>")], re.DOTALL)
    cells = [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]
    at = cells[0].index("数据中心机房")
    assert [row[at : at + 2] for row in cells[1:]] == [["无", "否"], ["1、A301", "是"], ["未知", "未知"]]


def test_each_room_is_judged_by_itself(day: Path, city_trees: Nodes) -> None:
    """Room 1 uses 1,000 for the 400 of its IT (2.5, above 2.2) and must explain; room 2 uses 900 for 500 (1.8)."""
    bureau = Bureau(city_trees, 1)
    change(bureau.schools[0], date(2026, 1, 1), actor="tester", rooms="1、2")
    open_periods("NY202", [Period.parse(MONTH)], actor="tester")
    clerk = signed_in("clerk0")
    others = {"200": "1", "201": "60", "210": "10", "220": "3", "2201": "1", "2202": "1", "2203": "1"}
    uses = {
        "1": {"2401": "400", "2402": "500", "2403": "100"},
        "2": {"2401": "500", "2402": "300", "2403": "100"},
    }
    base = f"/returns/S0/NY202/{MONTH}/"
    answers = {}
    for room, cells in uses.items():
        assert clerk.post(f"{base}start/?room={room}").status_code == 302
        typed = {f"c-{code}": text for code, text in (others | cells).items()}
        saved = clerk.post(f"{base}cells/?room={room}", {**typed, "revision": 0}, headers=JSON)
        assert saved.status_code == 200, saved.content.decode()
        answers[room] = saved.json()
    assert {room: answer["cells"]["240"]["mark"] for room, answer in answers.items()} == {
        "1": "warning",
        "2": "",
    }
    assert {room: answer["cells"]["240"]["text"] for room, answer in answers.items()} == {
        "1": "1000",
        "2": "900",
    }
    assert "机房PUE不高于2.2" in clerk.get(f"{base}?room=1").content.decode()
    assert "机房PUE不高于2.2" not in clerk.get(f"{base}?room=2").content.decode()

    def submit(room: str, **said: str) -> int:
        return clerk.post(
            f"{base}submit/?room={room}", {"revision": answers[room]["revision"], **said}
        ).status_code

    assert submit("2") == 302, "what is found of one room keeps no other"
    assert submit("1") == 422
    assert submit("1", **{"why-L11W-240": "空调老旧"}) == 302
    listed = signed_in("wang").get(f"/worklist/?period={MONTH}&form=NY202").content.decode()
    rows = {
        room: row
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", listed, re.DOTALL)
        for room in ("1", "2")
        if f"机房 {room}" in row
    }
    assert {room: "◇1" in row for room, row in rows.items()} == {"1": True, "2": False}
