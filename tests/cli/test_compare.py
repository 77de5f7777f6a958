"""Theirs beside ours: a foreign-looking file through a recorded profile, each cell told apart by hand.

The layout is made up here; it is nobody's official one. Ours of March 2023 (kWh, m³, m³):

    A  110 80000.5   120 1200   140 not used      B  110 240000   140 310.5      D  110 5
"""

from pathlib import Path
from typing import Any

import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, Said, jieyue
from tests.cli.test_layouts_out import MEANT, MERGED, NOT_USED, SHEET, recorded, workbook

OURS = [
    desk.LONG,
    ["A", "2023-03", "NY201:110", "80000.5", "kWh"],
    ["A", "2023-03", "NY201:120", "1200", "m3"],
    ["A", "2023-03", "NY201:140", "不使用", ""],
    ["A", "2023-03", "NY201:102", "8000", "m2"],
    ["B", "2023-03", "NY201:110", "240000", "kWh"],
    ["B", "2023-03", "NY201:140", "310.5", "m3"],
    ["D", "2023-03", "NY201:110", "5", "kWh"],
]
#: Theirs: A's electricity equal after 万千瓦时 → kWh, its water another, its gas not used as ours; B's gas is not
#: there; C is not published here; one that nobody knows; a total; a row of another month.
THEIRS = [
    *SHEET[:3],
    ["渝中区第一中学", "A", "2023年3月", 8.00005, 1200.25, "未用", None],
    ["渝中区人民医院", "B", "2023年3月", 24, None, None, None],
    ["渝中区档案馆", "C", "2023年3月", 0.3, None, None, None],
    ["渝中区未登记单位", "ZZ", "2023年3月", 7, None, None, None],
    ["大渡口区财政局", "D", "2023年2月", 9, None, None, None],
]


#: Region → the body of the line that collects there.
BODIES = {"500103": "渝中节能办", "500104": "大渡口节能办"}


@pytest.fixture
def home(empty: Path, tmp_path: Path) -> Path:
    """The registry of `desk.py` under two bodies, with our returns of the month published."""
    region, parent = desk.HEADS.index("region"), desk.HEADS.index("reporting_parent")
    rows = [[*row[:parent], BODIES[str(row[region])], *row[parent + 1 :]] for row in desk.REGISTRY[1:]]
    for kind, table, words in (
        ("institutions", [desk.HEADS, *rows], ()),
        ("returns", OURS, ("--publish",)),
    ):
        file = tmp_path / f"{kind}.csv"
        file.write_bytes(desk.table(table))
        said = jieyue(empty, "import", kind, file, *words)
        assert (said.code, said.document["applied"]) == (DONE, True), said.stdout
    return empty


@pytest.fixture
def profile(home: Path, tmp_path: Path) -> Path:
    sample = tmp_path / "sample.xlsx"
    sample.write_bytes(workbook(SHEET, MERGED))
    return recorded(home, tmp_path, sample, MEANT, "returns", NOT_USED)


def taken(home: Path, folder: Path, profile: Path, rows: Any = THEIRS, *words: object) -> Said:
    file = folder / "平台导出.xlsx"
    file.write_bytes(workbook(rows, MERGED))
    return jieyue(home, "compare", "take", file, "--period", "2023-03", "--map", profile, *words)


def cells(said: Said) -> set[tuple[object, ...]]:
    keys = ("institution", "item", "kind", "ours", "theirs", "difference", "unit")
    return {tuple(row[key] for key in keys) for row in said.document["rows"]}


EQUAL = {("A", "110", "equal", "80000.5", "80000.5", "0", "kWh"), ("A", "140", "equal", None, None, None, "m3"),
         ("B", "110", "equal", "240000", "240000", "0", "kWh")}  # fmt: skip
UNEVEN = {
    ("A", "120", "differs", "1200", "1200.25", "0.25", "m3"),
    ("B", "140", "ours", "310.5", None, None, "m3"),
    ("C", "110", "theirs", None, "3000", None, "kWh"),
    ("D", "110", "ours", "5", None, None, "kWh"),
}


def test_each_cell_is_told_apart(home: Path, tmp_path: Path, profile: Path) -> None:
    said = taken(home, tmp_path, profile)
    assert said.code == DONE, said.stdout
    board = jieyue(home, "compare", "show", said.document["file"])
    assert board.code == REFUSED, "something differs"
    assert board.document["counts"] == {"equal": 3, "differs": 1, "theirs": 1, "ours": 2}
    assert cells(board) == UNEVEN
    states = {row["institution"]: row["ours_state"] for row in board.document["rows"]}
    assert states["C"] == "not_published"
    assert cells(jieyue(home, "compare", "show", "--period", "2023-03", "--kind", "equal")) == EQUAL
    head = board.document["file"]
    assert (head["form"], head["period"], head["body"]) == ("NY201", "2023-03", "city")
    assert (head["file"], len(head["sha256"])) == ("平台导出.xlsx", 64)


def test_what_cannot_be_compared_is_a_finding_and_the_rest_stays(
    home: Path, tmp_path: Path, profile: Path
) -> None:
    said = taken(home, tmp_path, profile)
    assert said.counts == (5, 3, 0, 2, True)
    assert "unknown_institution" in said.errors()
    (other,) = [one for one in said.findings("warning") if one["code"] == "theirs_other_period"]
    assert (other["row"], other["value"]) == (8, "2023-02")
    (left,) = [one for one in said.findings("note") if one["code"] == "theirs_no_column"]
    assert "102" in left["data"]["items"].split(", ")
    assert not {"110", "120", "140"} & set(left["data"]["items"].split(", "))


def test_taking_a_file_changes_no_return(home: Path, tmp_path: Path, profile: Path) -> None:
    before = tmp_path / "before.csv"
    words = ("export", "returns", "--form", "NY201", "--period", "2023-03", "-o")
    jieyue(home, *words, before)
    taken(home, tmp_path, profile)
    after = tmp_path / "after.csv"
    jieyue(home, *words, after)
    assert after.read_bytes() == before.read_bytes()
    assert jieyue(home, "verify-log").code == DONE


def test_ours_is_what_is_published_now(home: Path, tmp_path: Path, profile: Path) -> None:
    taken(home, tmp_path, profile)
    file = tmp_path / "mended.csv"
    file.write_bytes(desk.table([desk.LONG, ["A", "2023-03", "NY201:120", "1200.25", "m3"]]))
    assert jieyue(home, "import", "returns", file, "--publish", "--restate", "水表抄错").code == DONE
    board = jieyue(home, "compare", "show", "--period", "2023-03")
    assert cells(board) == {row for row in UNEVEN if row[1] != "120"}


def test_a_body_and_an_item_are_looked_at_alone(home: Path, tmp_path: Path, profile: Path) -> None:
    taken(home, tmp_path, profile)
    words = ("compare", "show", "--period", "2023-03")
    district = jieyue(home, *words, "--body", BODIES["500104"])
    assert cells(district) == {row for row in UNEVEN if row[0] == "D"}
    water = jieyue(home, *words, "--item", "120")
    assert cells(water) == {row for row in UNEVEN if row[1] == "120"}
    assert jieyue(home, *words, "--item", "150").code == REFUSED


def test_a_file_for_one_body_says_nothing_of_the_others(home: Path, tmp_path: Path, profile: Path) -> None:
    """Of district 500103 neither D nor its silence counts; a row of the other district is a finding."""
    rows = [*THEIRS[:6], ["大渡口区财政局", "D", "2023年3月", 0.0005, None, None, None]]
    said = taken(home, tmp_path, profile, rows, "--body", BODIES["500103"])
    assert [one["code"] for one in said.findings("warning")] == ["theirs_outside_body"]
    board = jieyue(home, "compare", "show", said.document["file"])
    assert cells(board) == {row for row in UNEVEN if row[0] != "D"}


def test_their_zero_stands_for_not_used_where_the_profile_says_so(
    home: Path, tmp_path: Path, profile: Path
) -> None:
    rows = [*SHEET[:3], ["渝中区第一中学", "A", "2023年3月", 8.00005, 1200, 0, None]]
    taken(home, tmp_path, profile, rows, "--body", BODIES["500103"])
    board = jieyue(home, "compare", "show", "--period", "2023-03", "--item", "140", "--kind", "differs")
    assert cells(board) == {("A", "140", "differs", None, "0", None, "m3")}
    profile.write_text("not_used_as_zero = true\n" + profile.read_text("utf-8"), "utf-8")
    taken(home, tmp_path, profile, rows, "--body", BODIES["500103"])
    board = jieyue(home, "compare", "show", "--period", "2023-03", "--item", "140", "--kind", "differs")
    assert cells(board) == set()


def test_nothing_is_kept_of_a_file_that_says_nothing(home: Path, tmp_path: Path, profile: Path) -> None:
    said = taken(home, tmp_path, profile, [*SHEET[:3], THEIRS[6]])
    assert (said.code, said.document["file"]) == (REFUSED, None)
    assert "theirs_nothing" in said.errors()
    assert jieyue(home, "compare", "list").document == []
    wrong = jieyue(
        home, "compare", "take", tmp_path / "平台导出.xlsx", "--period", "2023-03", "--form", "NY101"
    )
    assert (wrong.code, wrong.document["error"]["code"]) == (REFUSED, "theirs_form")
    assert jieyue(home, "compare", "show", 99).document["error"]["code"] == "file"


def test_all_equal_ends_with_0(home: Path, tmp_path: Path, profile: Path) -> None:
    rows = [
        *SHEET[:3],
        ["渝中区第一中学", "A", "2023年3月", 8.00005, 1200, "未用", None],
        ["渝中区人民医院", "B", "2023年3月", 24, None, 310.5, None],
    ]
    taken(home, tmp_path, profile, rows, "--body", BODIES["500103"])
    said = jieyue(home, "compare", "show", "--period", "2023-03", as_json=False)
    assert said.code == DONE
    assert "相同 5" in said.stderr
