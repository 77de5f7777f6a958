"""`export meters`: the file that comes out is the file that comes in."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import DONE, jieyue

HEAD = (
    "meter,name,institution,carrier,unit,kind,end_use,step_min,rated_per_hour,direction,digits,decimals,multiplier,"
    "parent,serial,first_reading,last_reading,no_value,formula,state,valid_from"
)
#: E1's meter is changed in March; E2 moves from A to D, loses its end use and the point above it; V shares E1.
REGISTER = f"""{HEAD}
E1,总表,A,electricity,kWh,register,01000,15,250.5,import,5,2,40,,A-001,100,,0;-999,,,2024-12-01
E1,总表,A,electricity,kWh,register,01000,15,250.5,import,6,1,0.25,,A-002,3.5,99990,0;-999,,,2025-03-01
E2,食堂,A,electricity,MWh,interval,01D30,60,,import,,2,1,E1,0007,,,,,,2024-12-01
E2,食堂,D,electricity,MWh,interval,清空,60,,import,,,1,清空,0007,,,,,,2025-02-01
V,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,E1*1/3,,2024-12-01
V,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,E1*1/2,,2025-02-01
X,上网,A,electricity,kWh,register,,15,,export,,2,1,E1,,,,,,,2024-12-01
"""


def bring(home: Path, text: str, name: str = "in.csv") -> tuple[int, int, int, int]:
    file = home / name
    file.write_text(text, "utf-8")
    found = jieyue(home, "import", "meters", file).document
    return found["read"], found["accepted"], found["duplicate"], found["rejected"]


def taken(home: Path, name: str, *options: str) -> Path:
    file = home / name
    assert jieyue(home, "export", "meters", "-o", file, *options).code == DONE
    return file


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_comes_out_makes_the_same_register_and_is_all_duplicates_in_its_own(
    home: Path, suffix: str
) -> None:
    empty = home.parent / "empty"
    shutil.copytree(home, empty)
    assert bring(home, REGISTER) == (7, 7, 0, 0)
    file = taken(home, f"out.{suffix}")
    if suffix == "csv":
        # numbers that mean none are kept in their order, and stand as text where a spreadsheet would reckon
        assert file.read_text("utf-8-sig").splitlines() == REGISTER.replace("0;-999", "'-999;0").splitlines()
    again = jieyue(home, "import", "meters", file).document
    assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 7, 0), again["findings"]
    assert jieyue(empty, "import", "meters", file).document["accepted"] == 7
    assert taken(empty, "out.csv").read_bytes() == taken(home, "again.csv").read_bytes()
    one = taken(home, "one.csv", "--meter", "V").read_text("utf-8-sig")
    assert one.splitlines()[1:] == [row for row in REGISTER.splitlines() if row.startswith("V,")]


def test_two_days_of_a_new_meter_in_one_file_are_one_meter(home: Path) -> None:
    """The second row only renames it: no other meter has come."""
    head = "meter,name,institution,carrier,unit,valid_from"
    rows = "E1,总表,A,electricity,kWh,2024-12-01\nE1,一号总表,A,electricity,kWh,2025-02-01\n"
    assert bring(home, f"{head}\n{rows}") == (2, 2, 0, 0)
    out = taken(home, "out.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in out[1:]] == ["总表", "一号总表"]
    assert [line.split(",")[11] for line in out[1:]] == ["2", ""]  # `decimals` stands where a meter came


#: C is closed in February with its last reading and comes back in May with another meter; below it hangs K, closed the
#: same day; W is a virtual share of D1, closed in March; D1 is closed when its institution hands the building over.
CLOSED = f"""{HEAD}
C,锅炉房,A,electricity,kWh,register,01000,15,,import,,2,1,,C-1,100,,,,,2024-12-01
C,,A,electricity,kWh,,,,,,,,,,,,512.5,,,closed,2025-02-10
C,锅炉房,A,electricity,kWh,register,,15,,import,,2,1,,C-2,0,,,,,2025-05-01
D1,总表,D,electricity,kWh,register,,15,,import,5,2,1,,D-1,,,,,,2024-12-01
D1,,D,electricity,kWh,,,,,,,,,,,,7,,,closed,2025-06-01
K,分表,A,electricity,kWh,register,,15,,import,,2,1,C,K-1,,,,,,2024-12-01
K,,A,electricity,kWh,,,,,,,,,,,,,,,closed,2025-02-10
W,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,D1*1/3,,2024-12-01
W,,D,electricity,kWh,,,,,,,,,,,,,,,closed,2025-03-01
"""


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_closings_come_out_and_close_the_same_points_where_they_come_in(home: Path, suffix: str) -> None:
    empty = home.parent / "empty"
    shutil.copytree(home, empty)
    assert bring(home, CLOSED) == (9, 9, 0, 0)
    file = taken(home, f"out.{suffix}")
    if suffix == "csv":
        assert (
            file.read_text("utf-8-sig").splitlines()
            == CLOSED.replace(
                "register,,15,,import,,2,1,,C-2", "register,清空,15,,import,,2,1,,C-2"
            ).splitlines()
        )
    before = taken(home, "before.csv").read_bytes()
    again = jieyue(home, "import", "meters", file).document
    assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 9, 0), again["findings"]
    assert taken(home, "after.csv").read_bytes() == before  # nothing was opened again
    assert jieyue(empty, "import", "meters", file).document["accepted"] == 9
    assert taken(empty, "out.csv").read_bytes() == before


def test_a_closing_is_corrected_with_a_reason(home: Path) -> None:
    bring(home, CLOSED)
    head = "meter,institution,carrier,unit,state,last_reading,valid_from"
    file = home / "mend.csv"
    file.write_text(f"{head}\nC,A,electricity,kWh,停用,612.5,2025-02-10\n", "utf-8")
    refused = jieyue(home, "import", "meters", file).document
    assert [(one["code"], one["column"], one["value"]) for one in refused["findings"]] == [
        ("conflict", "last_reading", "612.5")
    ]
    mended = jieyue(home, "import", "meters", file, "--restate", "抄错了").document
    assert mended["accepted"] == 1
    out = taken(home, "out.csv").read_text("utf-8-sig")
    assert (
        out.splitlines()
        == CLOSED.replace("register,,15,,import,,2,1,,C-2", "register,清空,15,,import,,2,1,,C-2")
        .replace("512.5", "612.5")
        .splitlines()
    )


OPEN = f"""{HEAD}
T,总表,A,electricity,kWh,register,,15,,import,,2,1,,T-1,100,,,,,2024-12-01
T,总表,A,electricity,kWh,register,,15,,import,,2,1,,T-2,50,900,,,,2025-02-01
S,分表,A,electricity,kWh,register,,15,,import,,2,1,T,S-1,,,,,,2024-12-01
V,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,T*1/3,,2024-12-01
"""


@pytest.mark.parametrize(
    ("rows", "code", "column"),
    [
        (["T,A,electricity,kWh,停用,49,,2025-03-01"], "meter_close_below", "last_reading"),
        (["T,A,electricity,kWh,停用,,,2025-02-01"], "meter_close_early", "valid_from"),
        (["T,A,electricity,kWh,停用,,,2025-03-01"], "meter_close_used", "state"),
        (["S,A,electricity,kWh,停用,,T-9,2025-03-01"], "meter_close_differs", "serial"),
        (["S,D,electricity,kWh,停用,,,2025-03-01"], "meter_close_differs", "institution"),
        (["N,A,electricity,kWh,停用,,,2025-03-01"], "meter_close_unknown", "meter"),
        (["V,D,electricity,kWh,停用,3,,2025-03-01"], "meter_virtual_field", "last_reading"),
        (["S,A,electricity,kWh,拆,,,2025-03-01"], "meter_word", "state"),
        (["S,A,electricity,kWh,停用,,,2025-03-01", "S,A,electricity,kWh,停用,,,2025-04-01"],
         "meter_close_closed", "valid_from"),
        # S goes with T, but V is still made of it
        (["T,A,electricity,kWh,停用,,,2025-03-01", "S,A,electricity,kWh,停用,,,2025-03-01"],
         "meter_close_used", "state"),
        # and all three are gone, but S a day too late
        (["T,A,electricity,kWh,停用,,,2025-03-01", "S,A,electricity,kWh,停用,,,2025-03-02",
          "V,D,electricity,kWh,停用,,,2025-03-01"], "meter_close_used", "state"),
    ],
)  # fmt: skip
def test_what_cannot_be_closed_is_told_by_its_cell_and_nothing_is_stored(
    home: Path, rows: list[str], code: str, column: str
) -> None:
    bring(home, OPEN)
    before = taken(home, "before.csv").read_bytes()
    file = home / "close.csv"
    head = "meter,institution,carrier,unit,state,last_reading,serial,valid_from"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    found = jieyue(home, "import", "meters", file).document
    wrong = [one for one in found["findings"] if one["severity"] == "error"]
    assert [(one["code"], one["column"]) for one in wrong] == [(code, column)], found["findings"]
    assert all(wrong[0][key] for key in ("message_zh", "message_en"))
    assert taken(home, "after.csv").read_bytes() == before


def test_a_tree_is_closed_and_moved_in_one_file(home: Path) -> None:
    """The main goes with one branch; the other hangs below the new main from the day on, and is shared from there."""
    bring(home, OPEN)
    head = "meter,institution,carrier,unit,kind,parent,formula,state,last_reading,valid_from"
    rows = [
        "N,A,electricity,kWh,register,,,,,2025-03-01",
        "S,A,electricity,kWh,,N,,,,2025-03-01",
        "V,D,electricity,kWh,virtual,,N*1/3,,,2025-03-01",
        "T,A,electricity,kWh,,,,停用,1234,2025-03-01",
    ]
    assert bring(home, "\n".join([head, *rows]) + "\n", "move.csv") == (4, 4, 0, 0)
    out = taken(home, "out.csv").read_text("utf-8-sig").splitlines()
    assert out[-1].startswith("V,")
    assert ",N*1/3,," in out[-1]
    assert "T,,A,electricity,kWh,,,,,,,,,,,,1234,,,closed,2025-03-01" in out


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (
            "N,A,electricity,kWh,register,C,,2025-03-01",
            "parent",
            "C",
        ),  # C is out of service from 10 Feb to 1 May
        (
            "N,A,electricity,kWh,register,C,,2025-01-15",
            "parent",
            "C",
        ),  # and is so while N still hangs below it
        ("N,A,electricity,kWh,register,C,,2025-02-10", "parent", "C"),
        ("N,D,electricity,kWh,register,D1,,2025-05-31", "parent", "D1"),  # D1 ends the next day
        ("N,D,electricity,kWh,virtual,,D1*1/3,2025-07-01", "formula", "D1"),
    ],
)
def test_nothing_comes_below_a_point_that_is_out_of_service(
    home: Path, row: str, column: str, value: str
) -> None:
    bring(home, CLOSED)
    before = taken(home, "before.csv").read_bytes()
    file = home / "below.csv"
    file.write_text(f"meter,institution,carrier,unit,kind,parent,formula,valid_from\n{row}\n", "utf-8")
    for options in (("--dry-run",), ()):
        found = jieyue(home, "import", "meters", file, *options)
        assert found.code != DONE
        (wrong,) = found.document["findings"]
        assert (wrong["row"], wrong["column"], wrong["value"]) == (2, column, value)
        closed = {"C": "2025-02-10", "D1": "2025-06-01"}[value]
        assert closed in wrong["message_zh"]
        assert closed in wrong["message_en"]
    assert taken(home, "after.csv").read_bytes() == before


def test_a_point_hangs_below_one_until_it_closes_and_below_one_that_came_back(home: Path) -> None:
    """N leaves C on the very day on which C closes; P comes when C is back."""
    bring(home, CLOSED)
    head = "meter,institution,carrier,unit,kind,parent,valid_from"
    rows = [
        "N,A,electricity,kWh,register,C,2025-01-15",
        "N,A,electricity,kWh,register,清空,2025-02-10",
        "P,A,electricity,kWh,register,C,2025-05-01",
    ]
    assert bring(home, "\n".join([head, *rows]) + "\n", "below.csv") == (3, 3, 0, 0)
