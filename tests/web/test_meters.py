"""Pages of metering: the list, the board, a point with its curve, files of meters; and who sees none of it."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.jobs.worker import Worker
from tests.other_types import written_anew
from tests.shared_home import copy_of, turned_to
from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_pages import MOST_QUERIES, latin


@pytest.fixture(scope="session")
def built(furnished: Path, tmp_path_factory, django_db_blocker) -> tuple[Path, dict[str, int]]:
    path = copy_of(furnished, tmp_path_factory.mktemp("metered") / "home")
    with django_db_blocker.unblock(), turned_to(path):
        return path, metered.furnish(path)


@pytest.fixture
def points(built: tuple[Path, dict[str, int]], django_db_blocker) -> Iterator[dict[str, int]]:
    """For reading only."""
    with django_db_blocker.unblock(), turned_to(built[0]):
        yield built[1]


@pytest.fixture
def own_points(
    built: tuple[Path, dict[str, int]], tmp_path: Path, django_db_blocker
) -> Iterator[dict[str, int]]:
    """In a copy that the test may change."""
    with django_db_blocker.unblock(), turned_to(copy_of(built[0], tmp_path / "home")):
        yield built[1]


def rows_of(client: Client, path: str) -> list[list[str]]:
    """The rows of a table as CSV, without its heading and its notes."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return lines[1 : lines.index([])]


def test_the_list_says_how_each_point_stands(points: dict[str, int]) -> None:
    """300 of 504 hours of A are known; what stands still is suspect and not known; nobody is at fault for B."""
    rows = {row[0]: row for row in rows_of(operator(), "/meters/?month=2026-11&export=csv")}
    assert {code: (row[2], row[5], row[6], row[9]) for code, row in rows.items()} == {
        "T": ("榆林学校", "—", "2026-11-22 00:00", "不平衡"),
        "A": ("榆林学校", "T", "2026-11-13 12:00", "无数据、不完整"),
        "B": ("柏林学校", "T", "2026-11-22 00:00", "正常"),
        "S": ("榆林学校", "—", "2026-11-22 00:00", "读数不动、不完整"),
    }
    assert [float(rows[code][7]) for code in "TAB"] == [1.0, pytest.approx(300 / 504), 1.0]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("state=silent", "A"),
        ("state=stuck", "S"),
        ("state=unbalanced", "T"),
        ("state=incomplete", "AS"),
        ("end_use=01A00", "A"),
        ("institution=Y", "B"),
        ("parent=top", "ST"),
        ("q=教", "AB"),
        ("carrier=water", ""),
    ],
)
def test_the_list_is_filtered(points: dict[str, int], query: str, codes: str) -> None:
    rows = rows_of(operator(), f"/meters/?month=2026-11&{query}&export=csv") if codes else []
    assert "".join(sorted(row[0] for row in rows)) == codes
    page = page_of(operator().get(f"/meters/?month=2026-11&{query}"))
    assert ("没有符合条件的计量点" in page.text) is not codes
    below = rows_of(operator(), f"/meters/?parent={points['T']}&export=csv")
    assert sorted(row[0] for row in below) == ["A", "B"]


def test_what_the_address_asks_wrongly_is_not_found(points: dict[str, int]) -> None:
    for path in ("/meters/?state=odd", "/meters/?month=2026-13", "/meters/?parent=x", "/meters/?institution=NO",
                 "/meters/?page=9", "/meters/quality/?node=NO", "/meters/987654/", f"/meters/{points['T']}/?show=odd",
                 f"/meters/{points['T']}/?from=2026-02-30"):  # fmt: skip
        assert operator().get(path).status_code == 404, path


@pytest.mark.parametrize("page", ["", "quality/", "balance/", "heat/"])
def test_a_month_outside_of_every_record_is_not_found(points: dict[str, int], page: str) -> None:
    for month in ("0000-01", "0001-01", "9999-12"):
        assert operator().get(f"/meters/{page}?month={month}").status_code == 404, month
    for month in ("1970-01", "2999-12"):
        assert operator().get(f"/meters/{page}?month={month}").status_code == 200, month


def test_the_board_adds_up_by_body_and_institution(points: dict[str, int]) -> None:
    """X: T 504 + A 300 + S what of it was no suspect hour; Y: 504 of 504."""
    client = operator()
    institutions = {row[0]: row for row in rows_of(client, "/meters/quality/?month=2026-11&export=csv")}
    assert institutions["柏林学校"][1:9] == ["1", "0", "0", "0", "0", "0", "0", "1.0"]
    assert institutions["榆林学校"][1:8] == ["3", "1", "1", "1", "0", "2", "1"]
    bodies = rows_of(client, "/meters/quality/?month=2026-11&table=bodies&export=csv")
    assert [row[1:8] for row in bodies] == [institutions[name][1:8] for name in ("榆林学校", "柏林学校")]
    page = page_of(client.get("/meters/quality/?month=2026-11")).text
    assert "渝中区" in page
    district = rows_of(client, "/meters/quality/?month=2026-11&node=L-500104&export=csv")
    assert [row[0] for row in district] == ["柏林学校"]


def test_a_point_shows_its_uses_readings_and_records(points: dict[str, int]) -> None:
    client = operator()
    address = f"/meters/{points['T']}/?from=2026-11-01&to=2026-11-02"
    hours = rows_of(client, f"{address}&export=csv")
    assert len(hours) == 48
    assert hours[0] == ["2026-11-01 00:00", "10.0000", "实测"]
    assert rows_of(client, f"{address}&show=day&export=csv") == [
        ["2026-11-01", "240.0000", "实测"], ["2026-11-02", "240.0000", "实测"],
    ]  # fmt: skip
    raw = rows_of(client, f"{address}&show=raw&export=csv")
    assert (len(raw), raw[-1]) == (48, ["2026-11-02 23:00", "470.0000", "有效"])
    answer = client.get(address)
    drawn = chart_of(answer)
    assert drawn["series"][0]["data"] == [10.0] * 48
    assert drawn["xAxis"]["data"][47] == "2026-11-02 23:00"
    text = page_of(answer).text
    assert all(word in text for word in ("T1", "总表", "榆林学校", "教学楼", "借用教室", "2026-10-01"))


def chart_of(answer: Any) -> Any:
    found = re.search(r'data-chart="(.*?)"', answer.content.decode())
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_a_point_shows_by_itself_the_last_days_of_which_anything_is_known(points: dict[str, int]) -> None:
    """A was last heard of on the 13th at noon."""
    page = operator().get(f"/meters/{points['A']}/")
    assert chart_of(page)["xAxis"]["data"][0] == "2026-11-07 00:00"
    long = page_of(operator().get(f"/meters/{points['A']}/?from=2026-11-01&to=2027-03-01")).text
    assert "一次最多显示 31 天" in long
    assert "一次最多" not in page_of(page).text
    nothing = page_of(operator().get(f"/meters/{points['A']}/?from=2026-05-01&to=2026-05-02")).text
    assert "这些日期没有数据" in nothing


def test_what_stands_still_is_marked_in_the_curve_and_listed(points: dict[str, int]) -> None:
    page = operator().get(f"/meters/{points['S']}/?from=2026-11-05&to=2026-11-05")
    assert [one["name"] for one in chart_of(page)["series"]] == ["可疑"]
    assert "读数不动" in page_of(page).text


def test_another_districts_points_are_not_there(own_points: dict[str, int]) -> None:
    """They are counted where they stand below one's own point, and not named."""
    client = metered.who("chief", "viewer", "L-500103")
    assert sorted(row[0] for row in rows_of(client, "/meters/?export=csv")) == ["A", "S", "T"]
    assert client.get(f"/meters/{own_points['B']}/").status_code == 404
    text = page_of(client.get(f"/meters/{own_points['T']}/")).text
    assert "其他部门的计量点 1 个" in text
    assert "借用教室" not in text
    other = metered.who("other", "viewer", "L-500104")
    above = page_of(other.get(f"/meters/{own_points['B']}/")).text
    assert "其他部门的计量点 1 个" in above
    assert "总表" not in above
    assert [row[0] for row in rows_of(other, "/meters/quality/?month=2026-11&export=csv")] == ["柏林学校"]


def test_who_got_a_point_later_sees_nothing_of_the_time_before(own_points: dict[str, int]) -> None:
    metered.meters(f"{metered.HEAD}\nT,总表,Y,electricity,kWh,register,,60,1,,T1,2026-11-10\n")
    metered.derive()
    address = f"/meters/{own_points['T']}/?show=day&from=2026-11-08&to=2026-11-11&export=csv"
    days = {name: [row[0][-2:] for row in rows_of(metered.who(name, "viewer", node), address)]
            for name, node in (("before", "L-500103"), ("after", "L-500104"))}  # fmt: skip
    assert days == {"before": ["08", "09"], "after": ["10", "11"]}


def test_who_got_a_point_later_sees_only_his_days_in_lists_and_items(own_points: dict[str, int]) -> None:
    """T goes to Y after nine days (12 of them left, all known), A five days after it fell silent, S on the last day."""
    head, rest = metered.HEAD, "electricity,kWh,register,,60,1,"
    moves = ("T,总表,Y,{},T1,2026-11-10", "A,教学楼,Y,{},A1,2026-11-18", "S,二号总表,Y,{},S1,2026-11-21")
    metered.meters("\n".join([head, *(move.format(rest) for move in moves)]) + "\n")
    metered.derive()
    before, after = metered.who("before", "viewer", "L-500103"), metered.who("after", "viewer", "L-500104")
    rows = {row[0]: row for row in rows_of(after, "/meters/?month=2026-11&export=csv")}
    assert {code: (row[7], row[6]) for code, row in rows.items()} == {
        "T": ("1.0", "2026-11-22 00:00"), "A": ("0.0", "从未"), "B": ("1.0", "2026-11-22 00:00"),
        "S": ("0.0", "2026-11-22 00:00"),
    }  # fmt: skip
    assert rows_of(before, "/meters/?month=2026-11&export=csv") == []
    address = f"/meters/{own_points['T']}/"
    assert "2026-11-10 00:00" in page_of(before.get(address)).text  # until when anything is known
    assert "2026-11-22" not in page_of(before.get(address)).text
    items = page_of(after.get(f"/meters/{own_points['S']}/")).text
    assert "2026-11-21 00:00" in items
    assert "2026-11-01" not in items
    for client in (before, after):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
            client.get("/meters/?month=2026-11")
        assert len(asked) <= 2 * MOST_QUERIES


def test_the_pages_speak_chinese_and_ask_little(own_points: dict[str, int]) -> None:
    chief = metered.who("chief", "viewer", "L-500103")
    pages = ["/meters/?month=2026-11", "/meters/?month=2026-11&state=open", "/meters/quality/?month=2026-11",
             f"/meters/{own_points['A']}/", f"/meters/{own_points['A']}/edits/",
             f"/meters/{own_points['T']}/?show=raw"]  # fmt: skip
    for client in (operator(), chief):
        for path in (*pages, f"/meters/{own_points['T']}/?show=day"):
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
            assert answer.status_code == 200
            assert len(asked) <= MOST_QUERIES, (path, [one["sql"][:200] for one in asked])
            words = {word for word in latin(page_of(answer)) if "chief" not in word and "show_" not in word}
            assert not words, path


def test_meters_come_in_on_the_page_of_import(own_points: dict[str, int]) -> None:
    """What they would do is shown, then stored; who does not keep the registry may not."""
    client = operator()
    good, wrong = (
        f"{code},新表,Y,water,{unit},register,,60,1,,N1,2026-11-01"
        for code, unit in (("N", "m3"), ("M", "kWh"))
    )
    text = f"{metered.HEAD}\n{good}\n{wrong}\n"
    answer = bring(client, text)
    address = answer["Location"]
    preview = page_of(client.get(address)).text
    assert all(word in preview for word in ("计量", "检查"))
    assert "N" not in {row[0] for row in rows_of(client, "/meters/?export=csv")}
    client.post(f"{address}confirm/", {})
    assert "N" not in {row[0] for row in rows_of(client, "/meters/?export=csv")}  # one row is wrong
    client.post(f"{address}confirm/", {"valid_rows_only": "yes"})
    assert "N" in {row[0] for row in rows_of(client, "/meters/?export=csv")}
    assert client.post(f"{address}confirm/", {"valid_rows_only": "yes"}).status_code == 409
    assert client.get(f"{address}mapping/").status_code == 302
    publisher = metered.who("publisher", "publisher", "L-500103")
    assert bring(publisher, text).status_code == 403


def bring(client: Client, text: str) -> Any:
    return client.post(
        "/import/upload/", {"file": SimpleUploadedFile("meters.csv", text.encode()), "kind": "meters"}
    )


def test_who_enters_an_institutions_numbers_edits_its_meters_and_nobody_else(
    own_points: dict[str, int],
) -> None:
    """A is silent since hour 300; 2,040 set over the 204 hours left is 10 an hour, and makes the month whole but not
    measured. A viewer reads it and has no form; another district does not find the page."""
    address = f"/meters/{own_points['A']}/edits/"
    said = {
        "kind": "use",
        "begins": "2026-11-13T12:00",
        "ends": "2026-11-22T00:00",
        "use": "2,040",
        "reason": "抄表",
    }
    viewer, enters = (
        metered.who("viewer", "viewer", "L-500103"),
        metered.who("enters", "reporter", "L-500103"),
    )
    other = metered.who("other", "reporter", "L-500104")
    assert (viewer.post(address, said).status_code, other.post(address, said).status_code) == (403, 404)
    assert metered.who("approver", "approver", "L-500103").post(address, said).status_code == 403
    wrong = enters.post(address, {**said, "reason": " "})
    assert (wrong.status_code, "请写明理由" in page_of(wrong).text) == (422, True)
    for field in ({"use": "很多"}, {"begins": "昨天"}, {"begins": ""}, {"kind": "odd"}):
        assert enters.post(address, {**said, **field}).status_code == 422
    day = f"/meters/{own_points['A']}/?show=day&from=2026-11-13&to=2026-11-14&export=csv"
    assert rows_of(enters, day) == [["2026-11-13", "120.0000", "实测"]]
    for field in ({"ends": "9999-12-31T23:00"}, {"begins": "0001-01-01T00:00"}, {"kind": "reset"}):
        assert enters.post(address, {**said, **field}).status_code == 422, field
    assert enters.post(address, said).status_code == 302
    assert "正在生效" in page_of(viewer.get(address)).text  # the worker derives, not the page
    assert rows_of(enters, day) == [["2026-11-13", "120.0000", "实测"]]
    Worker().once()
    assert "正在生效" not in page_of(viewer.get(address)).text
    assert rows_of(enters, day) == [
        ["2026-11-13", "240.0000", "人工设定"],
        ["2026-11-14", "240.0000", "人工设定"],
    ]
    (a, *_others) = rows_of(enters, "/meters/?state=silent&export=csv")
    assert (a[0], a[6]) == ("A", "2026-11-13 12:00")  # what is set is not heard of the meter
    page = page_of(viewer.get(address))
    assert all(word in page.text for word in ("设定一段用量", "抄表", "enters", "2,040", "生效中"))
    assert "存入并重新推导" not in page.text
    assert not {word for word in latin(page) if word not in ("enters", "viewer")}
    (number,) = re.findall(r"edits/(\d+)/withdraw/", enters.get(address).content.decode())
    withdrawal = f"{address}{number}/withdraw/"
    assert viewer.post(withdrawal, {"reason": "x"}).status_code == 403
    assert other.post(withdrawal, {"reason": "x"}).status_code == 404
    elsewhere = f"/meters/{own_points['T']}/edits/{number}/withdraw/"
    assert enters.post(elsewhere, {"reason": "x"}).status_code == 422
    assert enters.post(withdrawal, {"reason": ""}).status_code == 422
    assert enters.post(withdrawal, {"reason": "抄错"}).status_code == 302
    assert "正在生效" in page_of(viewer.get(address)).text
    metered.derive()
    assert "正在生效" not in page_of(viewer.get(address)).text
    assert rows_of(enters, day) == [["2026-11-13", "120.0000", "实测"]]
    assert "抄错" in page_of(viewer.get(address)).text
    assert enters.post(withdrawal, {"reason": "再来"}).status_code == 422


def test_a_virtual_point_shows_what_it_is_made_of_and_who_shares_it(own_points: dict[str, int]) -> None:
    """A quarter of T (10 an hour) less half of A (10): what is another body's is counted and not named."""
    head = f"{metered.HEAD.removesuffix(',valid_from')},formula,valid_from"
    metered.meters(
        f"{head}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,,2026-11-01\n"
        "V,分摊,Y,electricity,kWh,virtual,,,,,,T*3/4 - A*1/2,2026-11-01\n"
    )
    metered.derive()
    client = operator()
    (number,) = re.findall(r"/meters/(\d+)/", client.get("/meters/?q=V").content.decode())
    rows = rows_of(client, f"/meters/{number}/?from=2026-11-12&to=2026-11-13&export=csv")
    assert rows[0] == ["2026-11-12 00:00", "2.5000", "实测"]
    assert rows[-1][1:] == ["", "缺"]  # A is silent
    text = page_of(client.get(f"/meters/{number}/")).text
    assert all(word in text for word in ("虚拟表", "T 总表", "× 3/4", "A 教学楼", "× 1/2"))
    assert "相加的第一项" in text
    assert not any(word in text for word in ("装用过的表计", "人工修正", "原始读数"))
    shared = page_of(client.get(f"/meters/{own_points['T']}/")).text
    assert all(word in shared for word in ("由它算出的虚拟表", "V 分摊", "分出了 75"))
    other = metered.who("other", "viewer", "L-500104")
    own = page_of(other.get(f"/meters/{number}/")).text
    assert "其他部门的计量点" in own
    assert not any(word in own for word in ("总表", "教学楼"))
    chief = page_of(metered.who("chief", "viewer", "L-500103").get(f"/meters/{own_points['T']}/")).text
    assert "其他部门的计量点 × 3/4" in chief
    assert "分摊" not in chief.replace("分出了", "")
    with CaptureQueriesContext(connection) as asked:
        page = other.get(f"/meters/{number}/")
    assert len(asked) <= MOST_QUERIES
    assert not {word for word in latin(page_of(page)) if word not in ("other", "V")}


def test_the_register_is_taken_as_the_file_that_it_comes_in_by(points: dict[str, int]) -> None:
    """By who may bring one in; on the page it is the same as on the command line, and all of it is known already."""
    from jieyue.apps.metering.services.import_meters import import_meters

    client = operator()
    assert "台账工作簿" in page_of(client.get("/meters/")).text
    for kind in ("csv", "xlsx"):
        answer = client.get(f"/meters/?export=register-{kind}")
        found = import_meters(answer.content, f"meters.{kind}", actor="tests", dry_run=True).result
        assert (found.read, found.duplicate, found.rejected) == (4, 4, 0), found.findings
    chief = metered.who("chief", "viewer", "L-500103")
    assert chief.get("/meters/?export=register-csv").status_code == 404
    assert "台账工作簿" not in page_of(chief.get("/meters/")).text


def test_readings_told_in_several_units_are_drawn_in_one_and_listed_as_told(
    own_points: dict[str, int],
) -> None:
    """T is read in MWh from the 10th: 2,160 kWh stand at its beginning, and 10 an hour go on as 0.01 MWh."""
    metered.meters(f"{metered.HEAD}\nT,总表,X,electricity,MWh,register,,60,1,,T1,2026-11-10\n")
    address = f"/meters/{own_points['T']}/?show=raw&from=2026-11-09&to=2026-11-10"
    rows = rows_of(operator(), f"{address}&export=csv")
    assert [row[1:3] for row in (rows[23], rows[24])] == [["2150.0000", "千瓦时"], ["2160.0000", "兆瓦时"]]
    answer = operator().get(address)
    assert chart_of(answer)["series"][0]["data"][23] == 2.15
    assert "图中统一换算为兆瓦时" in page_of(answer).text
    only = operator().get(f"/meters/{own_points['T']}/?show=raw&from=2026-11-10&to=2026-11-11")
    assert "统一换算" not in page_of(only).text


@pytest.mark.parametrize(
    ("table", "column", "kind", "show"),
    [
        ("intervals", "use", pa.float64(), "hour"),
        ("intervals", "quality", pa.int64(), "hour"),
        ("readings", "value", pa.float64(), "raw"),
        ("readings", "ts", pa.int32(), "raw"),
    ],
)
def test_files_of_the_lake_with_columns_of_other_types_give_no_curve(
    own_points: dict[str, int], settings: Any, table: str, column: str, kind: pa.DataType, show: str
) -> None:
    """Another program wrote them, whole: the page says that a file is not what was written, as of a damaged one."""
    files = written_anew(settings.JIEYUE_HOME.path / "lake", table, {column: kind})
    client = operator()
    client.raise_request_exception = False
    days = "from=2026-11-03&to=2026-11-03"
    for path in (
        f"/meters/{own_points['A']}/?show={show}&{days}",
        f"/meters/{own_points['A']}/?show={show}&{days}&export=csv",
    ):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "与写入时不同" in page_of(answer).text
        assert not any(Path(file).name in answer.content.decode() for file in files)
