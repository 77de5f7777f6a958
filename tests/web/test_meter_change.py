"""A metering point on its page: registered, changed, another meter, out of service; as a file of meters does it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.jobs.worker import Worker
from tests.shared_home import copy_of, turned_to
from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import rows_of
from tests.web.test_pages import MOST_QUERIES, latin


@pytest.fixture(scope="session")
def built(furnished: Path, tmp_path_factory, django_db_blocker) -> tuple[Path, dict[str, int]]:
    path = copy_of(furnished, tmp_path_factory.mktemp("changed") / "home")
    with django_db_blocker.unblock(), turned_to(path):
        return path, metered.furnish(path)


@pytest.fixture
def points(built: tuple[Path, dict[str, int]], tmp_path: Path, django_db_blocker) -> Iterator[dict[str, int]]:
    with django_db_blocker.unblock(), turned_to(copy_of(built[0], tmp_path / "home")):
        yield built[1]


def change(client: Client, point: int, act: str, **said: str) -> Any:
    """Post one of the forms, with a reason unless one is given."""
    return client.post(f"/meters/{point}/change/", {"act": act, "reason": "现场核对", **said})


def register() -> dict[tuple[str, str], dict[str, str]]:
    """(point, day) → the filled cells of the register as it leaves."""
    from jieyue.apps.metering.outward import HEADS, meter_rows

    rows = [dict(zip(HEADS, row, strict=True)) for row in meter_rows()]
    return {(row["meter"], row["valid_from"]): row for row in rows}


def new(client: Client, **said: str) -> Any:
    fields = {"meter": "N", "carrier": "water", "kind": "register", "institution": "Y", "unit": "m3",
              "direction": "import", "step_min": "60", "valid_from": "2026-11-01", "reason": "新装"}  # fmt: skip
    return client.post("/meters/new/", fields | said)


def test_the_name_and_place_of_a_point_change_from_a_day(points: dict[str, int]) -> None:
    """B comes below A from the 10th: what T measures less what is below it changes from that day only."""
    client = operator()
    page = page_of(client.get(f"/meters/{points['B']}/change/"))
    assert all(word in page.text for word in ("变更计量点", "出厂编号", "停用"))
    answer = change(
        client, points["B"], "change", name="借用教室（东）", institution="Y", end_use="", parent="A", unit="kWh",
        direction="import", step_min="60", valid_from="2026-11-10",
    )  # fmt: skip
    assert answer.status_code == 302
    stored = register()
    assert (stored["B", "2026-10-01"]["name"], stored["B", "2026-10-01"]["parent"]) == ("借用教室", "T")
    assert (stored["B", "2026-11-10"]["name"], stored["B", "2026-11-10"]["parent"]) == ("借用教室（东）", "A")
    assert "借用教室（东）" in page_of(client.get(f"/meters/{points['B']}/")).text
    days = rows_of(client, f"/meters/balance/?meter={points['A']}&month=2026-11&export=csv")
    assert [row[0] for row in days][:2] == ["2026-11-10", "2026-11-11"]
    assert log_of("metering.change_point") == [("operator", "现场核对")]


def log_of(verb: str) -> list[tuple[str, str]]:
    from jieyue.apps.audit.models import ActionLog

    return [(entry.actor, entry.reason) for entry in ActionLog.objects.filter(verb=verb)]


def test_a_field_that_was_emptied_is_cleared_and_others_stay(points: dict[str, int]) -> None:
    said = {"name": "", "institution": "X", "end_use": "01A00", "parent": "T", "unit": "kWh", "direction": "import",
            "step_min": "60", "rated_per_hour": "40", "valid_from": "2026-11-05"}  # fmt: skip
    assert change(operator(), points["A"], "change", **said).status_code == 302
    row = register()["A", "2026-11-05"]
    assert (row["name"], row["end_use"], row["rated_per_hour"], row["serial"]) == (
        "清空",
        "01A00",
        "40",
        "A1",
    )


def test_another_meter_is_passed_only_with_both_readings(points: dict[str, int]) -> None:
    """T showed 2,160 at the start of the 10th. With both numbers on record nothing is lost; the hour after is derived
    by the worker, not by the page."""
    client = operator()
    swap = {"serial": "T2", "multiplier": "1", "first_reading": "2160", "last_reading": "2160"}
    assert change(client, points["T"], "swap", valid_from="2026-11-10", **swap).status_code == 302
    periods = [
        (row["serial"], row["first_reading"], row["last_reading"])
        for (code, _day), row in sorted(register().items())
        if code == "T"
    ]
    assert periods == [("T1", "", ""), ("T2", "2160", "2160")]
    Worker().once()
    days = rows_of(client, f"/meters/{points['T']}/?show=day&from=2026-11-09&to=2026-11-10&export=csv")
    assert days == [["2026-11-09", "240.0000", "实测"], ["2026-11-10", "240.0000", "实测"]]
    text = page_of(client.get(f"/meters/{points['T']}/")).text
    assert all(word in text for word in ("T1", "T2", "2,160"))


def test_a_meter_cannot_come_before_the_present_one_but_that_one_is_corrected(points: dict[str, int]) -> None:
    client = operator()
    early = change(client, points["T"], "swap", serial="T0", valid_from="2026-09-01")
    assert early.status_code == 422
    assert "早于现在这块表装上的那天（2026-10-01）" in page_of(early).text
    wrong = change(client, points["T"], "swap", serial="T1", multiplier="40", valid_from="2026-10-01")
    assert wrong.status_code == 422
    right = change(
        client, points["T"], "swap", serial="T1", multiplier="40", digits="6", valid_from="2026-10-01", restate="yes"
    )  # fmt: skip
    assert right.status_code == 302
    row = register()["T", "2026-10-01"]
    assert (row["serial"], row["multiplier"], row["digits"]) == ("T1", "40", "6")
    assert [day for code, day in register() if code == "T"] == ["2026-10-01"]
    Worker().once()
    assert rows_of(client, f"/meters/{points['T']}/?show=day&from=2026-11-09&to=2026-11-09&export=csv") == [
        ["2026-11-09", "9600.0000", "实测"]
    ]


def test_another_meter_of_the_past_leaves_what_was_registered_since(points: dict[str, int]) -> None:
    metered.meters(f"{metered.HEAD}\nS,改名以后,X,electricity,kWh,register,,60,1,,S1,2026-11-15\n")
    assert change(operator(), points["S"], "swap", serial="S2", valid_from="2026-11-10").status_code == 302
    names = {day: (row["name"], row["serial"]) for (code, day), row in register().items() if code == "S"}
    assert names == {
        "2026-10-01": ("二号总表", "S1"), "2026-11-10": ("二号总表", "S2"), "2026-11-15": ("改名以后", "S2"),
    }  # fmt: skip


def test_a_point_goes_out_of_service_and_comes_back(points: dict[str, int]) -> None:
    """Nothing may hang below it. Its hours after that day are no longer expected of it, and nobody calls it silent."""
    client = operator()
    used = change(client, points["T"], "close", valid_from="2026-11-10")
    assert used.status_code == 422
    assert "A, B" in page_of(used).text
    for said in (
        {"valid_from": "2026-10-01"},
        {"valid_from": "x"},
        {"last_reading": "很多"},
        {"reason": " "},
    ):
        field = {"valid_from": "2026-11-14", **said}
        assert change(client, points["A"], "close", **field).status_code == 422, said
    assert (
        change(client, points["A"], "close", valid_from="2026-11-14", last_reading="3000").status_code == 302
    )
    Worker().once()
    assert "A" not in [row[0] for row in rows_of(client, "/meters/?month=2026-11&export=csv")]
    closed = rows_of(client, "/meters/?month=2026-11&service=closed&export=csv")
    assert [(row[0], row[1]) for row in closed] == [("A", "教学楼")]
    assert "2026-11-14 起停用" in page_of(client.get("/meters/?month=2026-11&service=closed")).text
    assert client.get("/meters/?service=odd").status_code == 404
    theirs = metered.who("theirs", "viewer", "L-500104")
    assert "教学楼" not in page_of(theirs.get("/meters/?month=2026-11&service=closed")).text
    text = page_of(client.get(f"/meters/{points['A']}/")).text
    assert "2026-11-14 起停用" in text
    assert "3,000" in text
    hours = rows_of(client, f"/meters/{points['A']}/?from=2026-11-13&to=2026-11-15&export=csv")
    assert {row[0][:10] for row in hours} == {"2026-11-13"}
    assert change(client, points["A"], "close", valid_from="2026-11-16").status_code == 422
    metered.meters(f"{metered.HEAD}\nA,教学楼,X,electricity,kWh,register,,60,1,,A2,2026-11-20\n")
    assert "A" in [row[0] for row in rows_of(client, "/meters/?month=2026-11&export=csv")]
    assert "没有符合条件的计量点" in page_of(client.get("/meters/?month=2026-11&service=closed")).text
    days = [day for code, day in register() if code == "A"]
    assert days == ["2026-10-01", "2026-11-14", "2026-11-20"]
    closing = register()["A", "2026-11-14"]
    assert (closing["state"], closing["last_reading"]) == ("closed", "3000")
    assert [actor for actor, _reason in log_of("metering.close_point")] == ["operator"]


def test_a_form_hangs_nothing_below_a_point_that_is_out_of_service(points: dict[str, int]) -> None:
    client = operator()
    assert change(client, points["A"], "close", valid_from="2026-11-14").status_code == 302
    before = register()
    said = {"name": "借用教室", "institution": "Y", "end_use": "", "parent": "A", "unit": "kWh",
            "direction": "import", "step_min": "60", "valid_from": "2026-11-20"}  # fmt: skip
    for answer in (
        change(client, points["B"], "change", **said),
        change(client, points["B"], "change", **said | {"valid_from": "2026-11-10"}),
        new(client, meter="N", carrier="electricity", unit="kWh", parent="A", valid_from="2026-11-20"),
    ):
        assert answer.status_code == 422
        assert "上级计量点“A”从 2026-11-14 起已经停用" in page_of(answer).text
    assert register() == before


def test_a_new_point_is_what_the_same_row_of_a_file_makes(points: dict[str, int]) -> None:
    client = operator()
    assert (
        new(client, serial="N1", multiplier="2", digits="5", decimals="1", name="水表间").status_code == 302
    )
    metered.meters(
        "meter,name,institution,carrier,unit,kind,step_min,multiplier,digits,decimals,serial,valid_from\n"
        "M,水表间,Y,water,m3,register,60,2,5,1,N1,2026-11-01\n"
    )
    rows = register()
    assert {**rows["N", "2026-11-01"], "meter": "M"} == rows["M", "2026-11-01"]
    assert log_of("metering.add_point") == [("operator", "新装")]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"institution": "NO"}, "NO"),
        ({"unit": "kWh"}, "kWh"),
        ({"parent": "NO"}, "上级计量点“NO”既不在文件中，也未登记"),
        ({"meter": "T"}, "T 已经登记"),
        ({"digits": "x"}, "整数位数"),
        ({"valid_from": "昨天"}, "启用日期"),
        ({"kind": "virtual"}, "公式"),
        ({"reason": " "}, "请写明理由"),
        ({"meter": ""}, "计量点"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_stored(
    points: dict[str, int], said: dict[str, str], word: str
) -> None:
    before = register()
    answer = new(operator(), **said)
    assert answer.status_code == 422
    assert word in page_of(answer).text
    assert not latin(page_of(answer)) - {"NO"}
    assert register() == before


def test_only_who_keeps_the_registry_changes_points(points: dict[str, int]) -> None:
    for role, node in (("viewer", "L-500103"), ("reporter", "L-500103"), ("city_admin", "L-500103")):
        client = metered.who(role, role, node)
        assert change(client, points["T"], "close", valid_from="2026-11-20").status_code == 403, role
        assert new(client).status_code == 403, role
        assert f"/meters/{points['T']}/change/" not in client.get(f"/meters/{points['T']}/").content.decode()
    assert operator().get("/meters/987654/change/").status_code == 404
    assert change(operator(), points["T"], "odd").status_code == 404


def test_the_pages_speak_chinese_and_ask_little(points: dict[str, int]) -> None:
    client = operator()
    for path in ("/meters/new/", f"/meters/{points['T']}/change/"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert len(asked) <= MOST_QUERIES, (path, [one["sql"][:200] for one in asked])
        assert not {
            word for word in latin(page_of(answer)) if not re.fullmatch(r"M1|M2|CT|PT|.*\d.*", word)
        }, path
