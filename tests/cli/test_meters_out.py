"""`export meters`: the file that comes out is the file that comes in."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import DONE, jieyue

HEAD = (
    "meter,name,institution,carrier,unit,kind,end_use,step_min,rated_per_hour,direction,digits,decimals,multiplier,"
    "parent,serial,first_reading,last_reading,no_value,formula,valid_from"
)
#: E1's meter is changed in March; E2 moves from A to D, loses its end use and the point above it; V shares E1.
REGISTER = f"""{HEAD}
E1,总表,A,electricity,kWh,register,01000,15,250.5,import,5,2,40,,A-001,100,,0;-999,,2024-12-01
E1,总表,A,electricity,kWh,register,01000,15,250.5,import,6,1,0.25,,A-002,3.5,99990,0;-999,,2025-03-01
E2,食堂,A,electricity,MWh,interval,01D30,60,,import,,2,1,E1,0007,,,,,2024-12-01
E2,食堂,D,electricity,MWh,interval,清空,60,,import,,,1,清空,0007,,,,,2025-02-01
V,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,E1*1/3,2024-12-01
V,分摊,D,electricity,kWh,virtual,,,,import,,,,,,,,,E1*1/2,2025-02-01
X,上网,A,electricity,kWh,register,,15,,export,,2,1,E1,,,,,,2024-12-01
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
