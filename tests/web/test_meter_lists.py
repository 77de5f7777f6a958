"""Lists of metering: calibrations with what is due, and places to be metered with the two equipping rates.

The home's clock says 2026-11-22. The points are those of metered_city: T, A, S of X (榆林学校), B of Y (柏林学校).
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.exchange.list_import import ListChoice
from jieyue.apps.metering.services.import_calibrations import import_calibrations
from jieyue.apps.metering.services.import_to_be_metered import import_to_be_metered
from jieyue.web.views import meter_calibration
from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import built, own_points, rows_of
from tests.web.test_pages import MOST_QUERIES, latin

__all__ = ["built", "own_points"]

CALIBRATIONS = """计量点,出厂编号,检定日期,有效期至,证书编号,检定机构
T,T1,2024-01-10,2026-01-09,C-1,市计量院
A,A1,2025-01-15,,C-2,
B,B1,2026-06-01,2027-01-31,C-3,
"""
PLACES = """机构,类别,部位,计量点
X,一级,总进水,W
X,二级,食堂,
X,二级,宿舍,
X,系统,信息中心,A
Y,system,空调,B
Y,系统,电梯,
"""


def take(do, text: str, **choice) -> dict:
    outcome = do(text.encode(), "list.csv", ListChoice(**choice), actor="tests")
    found = outcome.result
    return {
        "counts": (found.read, found.accepted, found.duplicate, found.rejected, found.applied),
        "codes": sorted({one.code for one in found.findings if one.severity == "error"}),
    }


def calibrations() -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows_of(operator(), "/meters/calibration/?export=csv")}


def test_due_is_what_the_certificate_says_else_the_authoritys_interval(own_points: dict[str, int]) -> None:
    """Without an interval A's next calibration is unknown; with 24 months it is due on 2027-01-15, 54 days ahead."""
    assert take(import_calibrations, CALIBRATIONS) == {"counts": (3, 3, 0, 0, True), "codes": []}
    found = calibrations()
    assert found["T"] == ["T1", "榆林学校", "电力", "2024-01-10", "C-1", "2026-01-09", "证书", "已过期"]
    assert found["A"][3:] == ["2025-01-15", "C-2", "—", "", "到期日不明"]
    assert found["B"][3:] == ["2026-06-01", "C-3", "2027-01-31", "证书", "即将到期"]
    assert found["S"][3:] == ["—", "—", "—", "", "没有检定记录"]
    assert list(found) == ["T", "B", "S", "A"]  # the longest overdue first
    file = Path(settings.JIEYUE_HOME.path) / "calibration.csv"
    file.write_text("carrier,interval_months,source,verified\nelectricity,24,本局通知,no\n", "utf-8")
    assert calibrations()["A"][3:] == ["2025-01-15", "C-2", "2027-01-15", "检定周期", "即将到期"]
    text = page_of(operator().get("/meters/calibration/?state=soon")).text
    assert "电力 24 个月（本局通知） 未核实" in text
    file.write_text("carrier,interval_months,source\nelectricity,0,x\n", "utf-8")
    wrong = operator().get("/meters/calibration/")
    assert (wrong.status_code, "检定周期应为 1 至 240 个月" in page_of(wrong).text) == (422, True)


def test_the_database_puts_them_in_order_counts_and_cuts_them(
    own_points: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 2026-11-30, ninety days before 2027-02-28: 25 months after 31 and 29 January 2025 are the 28th of February."""
    monkeypatch.setattr(settings, "JIEYUE_HOME", replace(settings.JIEYUE_HOME, clock=date(2026, 11, 30)))
    monkeypatch.setattr(meter_calibration, "PAGE", 2)
    file = Path(settings.JIEYUE_HOME.path) / "calibration.csv"
    file.write_text("carrier,interval_months,source\nelectricity,25,本局通知\n", "utf-8")
    rows = (
        "A,A1,2025-01-31,",
        "S,S1,2025-01-29,",
        "T,T1,2025-03-01,2027-02-28",
        "B,B1,2025-03-01,2027-03-01",
    )
    dated = "\n".join(("计量点,出厂编号,检定日期,有效期至,证书编号,检定机构", *(f"{row},," for row in rows)))
    assert take(import_calibrations, dated)["counts"] == (4, 4, 0, 0, True)
    found = calibrations()
    assert [(code, row[5], row[-1]) for code, row in found.items()] == [
        ("T", "2027-02-28", "即将到期"), ("S", "2027-02-28", "即将到期"), ("A", "2027-02-28", "即将到期"),
        ("B", "2027-03-01", "有效"),
    ]  # fmt: skip
    first, second = (page_of(operator().get(f"/meters/calibration/?page={page}")) for page in (1, 2))
    assert [[row.cells[0] for row in page.tables[0].rows] for page in (first, second)] == [
        ["T", "S"],
        ["A", "B"],
    ]
    soon = page_of(operator().get("/meters/calibration/?state=soon&page=2"))
    assert [row.cells[0] for row in soon.tables[0].rows] == ["A"]
    with CaptureQueriesContext(connection) as asked:
        operator().get("/meters/calibration/")
    (rows,) = [
        one["sql"] for one in asked if "metering_calibration" in one["sql"] and "COUNT(" not in one["sql"]
    ]
    assert "LIMIT 2" in rows


def test_a_calibration_is_of_the_physical_meter_and_not_of_the_next_one(own_points: dict[str, int]) -> None:
    take(import_calibrations, CALIBRATIONS)
    metered.meters(f"{metered.HEAD}\nT,总表,X,electricity,kWh,register,,60,1,,T2,2026-11-10\n")
    assert calibrations()["T"][0] == "T2"
    assert calibrations()["T"][3:] == ["—", "—", "—", "", "没有检定记录"]


def test_bad_rows_of_calibrations_are_refused_and_nothing_is_half_done(own_points: dict[str, int]) -> None:
    wrong = (
        f"{CALIBRATIONS}NO,,2025-01-01,,,\nS,XX,2025-01-01,,,\nS,S1,2025-01-01,2024-01-01,,\nS,S1,昨天,,,\n"
    )
    assert take(import_calibrations, wrong) == {
        "counts": (7, 3, 0, 4, False),
        "codes": ["calibration_meter", "calibration_serial", "calibration_span", "not_a_date"],
    }
    assert {row[-1] for row in calibrations().values()} == {"没有检定记录"}
    assert take(import_calibrations, wrong, valid_rows_only=True)["counts"] == (7, 3, 0, 4, True)
    assert take(import_calibrations, CALIBRATIONS)["counts"] == (3, 0, 3, 0, True)
    later = CALIBRATIONS.replace("2027-01-31", "2028-01-31")
    assert take(import_calibrations, later)["codes"] == ["conflict"]
    assert take(import_calibrations, later, restate="证书更正")["counts"][4]
    assert calibrations()["B"][5] == "2028-01-31"


def logged(verb: str) -> list[dict]:
    from jieyue.apps.audit.models import ActionLog

    return [row.data for row in ActionLog.objects.filter(verb=verb).order_by("pk")]


def test_the_log_keeps_what_stood_there_before(own_points: dict[str, int]) -> None:
    take(import_calibrations, CALIBRATIONS)
    later = CALIBRATIONS.replace("2027-01-31,C-3", "2028-01-31,C-9")
    take(import_calibrations, later, restate="证书更正")
    first, second = logged("metering.import_calibrations")
    assert (first["replaced"], second["rows"]) == ([], 1)
    assert second["replaced"] == [
        {"meter": "B", "serial": "B1", "calibrated_on": "2026-06-01", "valid_until": "2027-01-31",
         "certificate": "C-3", "body": ""}
    ]  # fmt: skip
    take(import_to_be_metered, "机构,类别,部位,计量点\nX,系统,信息中心,A\n")
    take(import_to_be_metered, "机构,类别,部位,计量点\nX,系统,信息中心,S\nX,系统,电梯,\n")
    first, second = logged("metering.import_to_be_metered")
    assert (first["replaced"], second["rows"]) == ([], 2)
    assert second["replaced"] == [
        {"institution": "X", "kind": "system", "place": "信息中心", "meter": "A", "valid_from": "0001-01-01",
         "valid_to": "9999-12-31"}
    ]  # fmt: skip


def test_a_calibration_stands_once_with_its_serial_number_or_without(own_points: dict[str, int]) -> None:
    head = CALIBRATIONS.splitlines()[0]
    text = f"{head}\nB,B1,2026-10-05,,C-1,\nB,,2026-10-05,,C-1,\nB,,2026-10-05,,C-2,\n"
    assert take(import_calibrations, text) == {
        "counts": (3, 1, 0, 2, False), "codes": ["conflict_in_file", "duplicate_in_file"]
    }  # fmt: skip
    assert take(import_calibrations, text, valid_rows_only=True)["counts"] == (3, 1, 0, 2, True)
    assert calibrations()["B"][4] == "C-1"


def test_a_calibration_without_serial_number_is_of_the_meter_of_its_day(own_points: dict[str, int]) -> None:
    """T1 served from 2026-10-01, T2 from 2026-11-10 on; who was there in September nobody knows."""
    metered.meters(f"{metered.HEAD}\nT,总表,X,electricity,kWh,register,,60,1,,T2,2026-11-10\n")
    head = CALIBRATIONS.splitlines()[0]
    before = f"{head}\nT,,2026-09-30,,C-1,\n"
    assert take(import_calibrations, before)["codes"] == ["calibration_day"]
    first = f"{head}\nT,,2026-11-09,,C-1,\n"
    assert take(import_calibrations, first)["counts"] == (1, 1, 0, 0, True)
    assert calibrations()["T"][3] == "—"  # it was T1's
    assert take(import_calibrations, f"{head}\nT,,2026-11-10,,C-2,\n")["counts"][4]
    assert calibrations()["T"][3:5] == ["2026-11-10", "C-2"]
    assert take(import_calibrations, before.replace("T,,", "T,T2,"))["counts"] == (1, 1, 0, 0, True)


def equipping(path: str = "") -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows_of(operator(), f"/meters/equipping/?export=csv{path}")}


def test_rates_are_places_with_a_meter_over_places_that_should_have_one(own_points: dict[str, int]) -> None:
    """X: water 1 of 1, 0 of 2, level 3 has no list, together 1 of 3; systems 1 of 1. Y: systems 1 of 2. All: 2 of 3."""
    metered.meters(f"{metered.HEAD}\nW,总进水,X,water,m3,register,,60,1,,W1,2026-10-01\n")
    assert take(import_to_be_metered, PLACES) == {"counts": (6, 6, 0, 0, True), "codes": []}
    found = equipping()
    assert found["榆林学校"] == [
        "1",
        "1",
        "1.0",
        "0",
        "2",
        "0.0",
        "",
        "",
        "",
        "1",
        "3",
        "0.333333",
        "1",
        "1",
        "1.0",
    ]
    assert found["柏林学校"] == [""] * 12 + ["1", "2", "0.5"]
    bodies = equipping("&table=bodies")
    assert bodies["渝中区节能管理部门"][-6:] == ["1", "3", "0.333333", "1", "1", "1.0"]
    assert bodies["大渡口区节能管理部门"][-3:] == ["1", "2", "0.5"]
    assert sorted(row[-3:] for row in bodies.values())[-1] == ["2", "3", "0.666667"]
    text = page_of(operator().get("/meters/equipping/")).text
    assert "33.3%（1 ÷ 3）" in text
    own = rows_of(operator(), "/meters/equipping/?institution=X&export=csv")
    assert ["总进水", "用水一级", "W", "是"] in own
    assert ["食堂", "用水二级", "—", "否"] in own


def test_the_rates_of_all_institutions_are_counted_without_reading_their_places(
    own_points: dict[str, int],
) -> None:
    from django.db.models.signals import post_init

    from jieyue.apps.metering.models import ToBeMetered

    take(import_to_be_metered, PLACES.replace(",W", ","))
    read: list[str] = []

    def note(instance: ToBeMetered, **_values: object) -> None:
        read.append(instance.place)

    post_init.connect(note, sender=ToBeMetered)
    try:
        assert equipping()["柏林学校"][-3:] == ["1", "2", "0.5"]
        assert read == []
        rows_of(operator(), "/meters/equipping/?institution=Y&export=csv")
        assert sorted(read) == ["电梯", "空调"]
    finally:
        post_init.disconnect(note, sender=ToBeMetered)


def test_a_meter_that_has_left_equips_nothing(own_points: dict[str, int]) -> None:
    from jieyue.apps.metering.models import MeterPeriod

    take(import_to_be_metered, "机构,类别,部位,计量点\nX,系统,信息中心,A\n")
    assert equipping()["榆林学校"][-3:] == ["1", "1", "1.0"]
    MeterPeriod.objects.filter(point_id=own_points["A"]).update(ends=metered.BEGIN)
    assert equipping()["榆林学校"][-3:] == ["0", "1", "0.0"]


def shared_meters(text: str, **choice) -> list[tuple[int, str, str]]:
    outcome = import_to_be_metered(text.encode(), "list.csv", ListChoice(**choice), actor="tests")
    assert outcome.result.rejected == 0
    found = [one for one in outcome.result.findings if one.code == "to_be_metered_twice"]
    assert {one.severity for one in found} <= {"warning"}
    return [(one.row, one.value, one.data["other"]) for one in found]


def test_a_meter_that_stands_for_two_places_is_told(own_points: dict[str, int]) -> None:
    """At one time, whether both stand in the file or one is stored; a level of water and a system may share one."""
    metered.meters(f"{metered.HEAD}\nW,总进水,X,water,m3,register,,60,1,,W1,2026-10-01\n")
    head = "机构,类别,部位,计量点,启用日期,停用日期\n"
    both = f"{head}X,系统,信息中心,A,,2026-01-01\nX,系统,电梯,A,2025-12-31,\nX,系统,空调,S,,\n"
    assert shared_meters(both, dry_run=True) == [(3, "A", "信息中心")]
    assert shared_meters(both.replace("2025-12-31", "2026-01-01")) == []
    assert shared_meters(f"{head}X,系统,厨房,S,,\n", dry_run=True) == [(2, "S", "空调")]
    # S moves from one place to another within the file
    assert shared_meters(f"{head}X,系统,厨房,S,,\nX,系统,空调,,,\n") == []
    assert shared_meters(f"{head}X,一级,总进水,W,,\nX,系统,锅炉房,W,,\n") == []
    assert shared_meters(f"{head}X,二级,食堂,W,,\n") == [(2, "W", "总进水")]


def test_bad_rows_of_places_are_refused(own_points: dict[str, int]) -> None:
    wrong = (
        "机构,类别,部位,计量点\nX,系统,机房,B\nX,一级,总进水,A\nX,五级,某处,\nNO,系统,某处,\nX,系统,机房,B\n"
    )
    assert take(import_to_be_metered, wrong) == {
        "counts": (5, 0, 0, 5, False),
        "codes": ["duplicate_in_file", "meter_word", "to_be_metered_meter", "unknown_institution"],
    }
    assert "没有清单就没有配备率" in page_of(operator().get("/meters/equipping/")).text


def test_another_districts_meters_and_places_are_not_there(own_points: dict[str, int]) -> None:
    take(import_calibrations, CALIBRATIONS)
    take(import_to_be_metered, PLACES.replace(",W", ","))
    client = metered.who("chief", "viewer", "L-500103")
    assert sorted(row[0] for row in rows_of(client, "/meters/calibration/?export=csv")) == ["A", "S", "T"]
    assert [row[0] for row in rows_of(client, "/meters/equipping/?export=csv")] == ["榆林学校"]
    for path in (
        "equipping/?institution=Y",
        "equipping/?institution=NO",
        "calibration/?state=odd",
        "calibration/?page=9",
    ):
        assert client.get(f"/meters/{path}").status_code == 404, path
    for path in ("/meters/calibration/", "/meters/equipping/", "/meters/equipping/?institution=X"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert len(asked) <= MOST_QUERIES, [one["sql"][:200] for one in asked]
        assert not {word for word in latin(page_of(answer)) if word not in ("chief", "XLSX", "CSV")}, path


@pytest.mark.parametrize(("kind", "text"), [("calibrations", CALIBRATIONS), ("to_be_metered", PLACES)])
def test_they_come_in_on_the_page_of_import(own_points: dict[str, int], kind: str, text: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = operator()
    text = text.replace(",W\n", ",\n")
    answer = client.post(
        "/import/upload/", {"file": SimpleUploadedFile("l.csv", text.encode()), "kind": kind}
    )
    address = answer["Location"]
    assert client.get(address).status_code == 200
    client.post(f"{address}confirm/", {})
    assert len(calibrations() if kind == "calibrations" else equipping()) >= 2
    refused = metered.who("publisher", "publisher", "L-500103")
    again = refused.post(
        "/import/upload/", {"file": SimpleUploadedFile("l.csv", text.encode()), "kind": kind}
    )
    assert again.status_code == 403
