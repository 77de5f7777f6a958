"""Out by the profile that reads: a foreign file comes in, leaves the same cell by cell, and comes in as nothing new.

The layouts are made up here; none is anybody's official one.
"""

import datetime
import io
import json
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.apps.exchange import files
from tests.cli import desk
from tests.cli.command import DONE, REFUSED, Said, jieyue

SYNTHETIC = "注：样例数据"
BANNER = "示例平台 公共机构能耗直报表"
#: Two rows of headings, a merged banner and merged groups; 万千瓦时 and 吨 of water.
SHEET = [
    [BANNER, None, None, None, None, None, None],
    ["单位信息", None, "填报月", "消耗", None, None, "备注"],
    ["单位名称", "代码", None, "电力(万千瓦时)", "自来水(吨)", "天然气", None],
    ["渝中区第一中学", "A", "2023年3月", 8.00005, 1200, "未用", None],
    ["渝中区人民医院", "B", "2023年3月", 24, None, 310.5, None],
    ["渝中区档案馆", "C", "2023年3月", 0.3, 45, 0, None],
]
MERGED = ((0, 0, 0, 6), (1, 0, 1, 1), (1, 2, 2, 2), (1, 3, 1, 5), (1, 6, 2, 6))
#: Heading or letter as the command proposes it → what it is.
MEANT = {"C": "period", "单位名称": "name", "代码": "code", "电力(万千瓦时)": "NY201:110", "自来水(吨)": "NY201:120",
         "天然气": "NY201:140"}  # fmt: skip


def workbook(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(files.xlsx(rows, sheet="直报")))
    for top, left, bottom, right in merged:
        book["直报"].merge_cells(
            start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
        )
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def cells_of(file: Path) -> list[list[Any]]:
    """The cells of a workbook's first sheet, or of a text file; without the last row that says what is synthetic."""
    if file.suffix == ".csv":
        text = file.read_text("utf-8-sig")
        rows: list[list[Any]] = [line.split(",") for line in text.splitlines()]
    else:
        sheet = openpyxl.load_workbook(file).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [row for row in rows if not str(row[0] or "").startswith(SYNTHETIC)]


def recorded(
    home: Path, folder: Path, sample: Path, meant: dict[str, str], kind: str, more: str = ""
) -> Path:
    """The profile as a person records it: the command's proposal, with what each column is filled in."""
    words = ["--form", "NY201"] if kind == "returns" else []
    said = jieyue(home, "import", kind, sample, "--suggest-map", *words, as_json=False)
    assert said.code == DONE, said.stderr
    lines, heading, known = [], "", set()
    for line in said.stdout.splitlines():
        if line.startswith(("heading = ", "letter = ")):
            heading = tomllib.loads(f"x = {line.partition(' = ')[2]}")["x"]
            known.add(heading)
        if heading in meant and line.startswith(("ignore = ", "field = ")):
            line = f'field = "{meant[heading]}"'
        elif meant.get(heading) == "period" and line.startswith("# ") and "pattern = " in line:
            line = line[line.index("pattern = ") :]
        lines.append(line)
    assert meant.keys() <= known, (meant.keys() - known, known)
    profile = folder / "profile.toml"
    profile.write_text(more + "\n".join(lines) + "\n", "utf-8")
    return profile


@pytest.fixture
def home(registered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(registered, tmp_path / "home"))


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "直报表.xlsx"
    file.write_bytes(workbook(SHEET, MERGED))
    return file


def brought(home: Path, file: Path, profile: Path, *words: object) -> Said:
    said = jieyue(home, "import", "returns", file, "--map", profile, "--publish", *words)
    assert said.code == DONE, said.stdout
    return said


def left(home: Path, out: Path, profile: Path, *words: object, period: str = "2023-03") -> Said:
    return jieyue(home, "export", "returns", "--period", period, "-o", out, "--profile", profile, *words)


def codes(said: Said, severity: str) -> list[str]:
    return [one["code"] for one in said.document["findings"] if one["severity"] == severity]


NOT_USED = 'not_used_tokens = ["未用"]\n'


def test_a_foreign_workbook_leaves_as_it_came(home: Path, tmp_path: Path, sample: Path) -> None:
    profile = recorded(home, tmp_path, sample, MEANT, "returns", NOT_USED)
    assert brought(home, sample, profile).counts == (3, 3, 0, 0, True)
    out = tmp_path / "out.xlsx"
    said = left(home, out, profile)
    assert (said.code, said.document["rows"]) == (DONE, 3), said.stdout
    assert codes(said, "error") == codes(said, "warning") == []
    assert cells_of(out) == cells_of(sample)
    book = openpyxl.load_workbook(out)
    assert {str(one) for one in book["直报"].merged_cells.ranges} == {
        "A1:G1",
        "A2:B2",
        "C2:C3",
        "D2:F2",
        "G2:G3",
    }
    # 8.00005 万千瓦时 are 80,000.5 kWh; the store has them so.
    long = tmp_path / "long.csv"
    assert (
        jieyue(home, "export", "returns", "--form", "NY201", "--period", "2023-03", "-o", long).code == DONE
    )
    assert "A,渝中区第一中学,2023-03,NY201:110,80000.5,kWh" in long.read_text("utf-8-sig")
    assert brought(home, out, profile).counts == (3, 0, 3, 0, True)


def test_text_files_and_days_as_the_sample_has_them(home: Path, tmp_path: Path) -> None:
    """A text file of bills: month first, two-digit years, codes of their own with a prefix of ours before them."""
    rows = [["Site,Read to,Power [MWh]"], ["A,12/31/23,70"], ["B,12/31/23,0.5"]]
    sample = tmp_path / "bills.csv"
    sample.write_text("\r\n".join(row[0] for row in rows) + "\r\n", "utf-8")
    meant = {"Site": "institution", "Read to": "period", "Power [MWh]": "NY201:110"}
    profile = recorded(home, tmp_path, sample, meant, "returns")
    text = profile.read_text("utf-8").replace(
        'field = "period"\n', 'field = "period"\ngrain = "year"\nedge = "end"\n'
    )
    text = text.replace('field = "institution"\n', 'field = "institution"\npattern = "code"\n')
    profile.write_text(text, "utf-8")
    assert brought(home, sample, profile).counts == (2, 2, 0, 0, True)
    out = tmp_path / "out.csv"
    said = left(home, out, profile, period="2023")
    assert said.code == DONE, said.stdout
    assert cells_of(out) == cells_of(sample)
    assert brought(home, out, profile).counts == (2, 0, 2, 0, True)


def test_the_platform_wants_zero_and_nothing_for_missing(home: Path, tmp_path: Path, sample: Path) -> None:
    profile = recorded(home, tmp_path, sample, MEANT, "returns", NOT_USED)
    brought(home, sample, profile)
    profile.write_text("not_used_as_zero = true\n" + profile.read_text("utf-8"), "utf-8")
    out = tmp_path / "out.xlsx"
    said = left(home, out, profile)
    assert said.code == DONE, said.stdout
    gas, water = ([row[column] for row in cells_of(out)[3:]] for column in (5, 4))
    assert gas == [0, 310.5, 0]  # not used; used; a typed zero
    assert water == [1200, None, 45]  # missing is blank
    assert "out_zeros" in codes(said, "note")
    # The 0 comes back as what it stood for: nothing is changed, nothing contradicts.
    assert brought(home, out, profile).counts == (3, 0, 3, 0, True)
    strict = tmp_path / "strict.toml"
    strict.write_text(profile.read_text("utf-8").replace("not_used_as_zero = true\n", ""), "utf-8")
    refused = jieyue(home, "import", "returns", out, "--map", strict, "--publish")
    assert (refused.code, refused.errors()) == (REFUSED, ["conflict"])


FEET = [["单位名称", "年度", "建筑面积(ft2)"], ["渝中区第一中学", "2022", 86111.2833]]


def test_what_the_unit_cannot_hold_is_refused_by_its_cell(home: Path, tmp_path: Path) -> None:
    """8,000 m² ÷ 0.09290304 has no end in square feet."""
    sample = tmp_path / "feet.xlsx"
    sample.write_bytes(workbook(FEET))
    meant = {"单位名称": "name", "年度": "period", "建筑面积(ft2)": "NY201:102"}
    profile = recorded(home, tmp_path, sample, meant, "returns")
    brought(home, sample, profile)
    out = tmp_path / "out.xlsx"
    said = left(home, out, profile, period="2022")
    assert said.code == REFUSED
    assert not out.exists()
    (error,) = said.findings("error")
    assert (error["code"], error["row"], error["column"]) == ("out_not_exact", 2, "建筑面积(ft2)")
    assert "8000" in error["message_zh"]
    text = profile.read_text("utf-8")
    profile.write_text(text.replace('field = "NY201:102"\n', 'field = "NY201:102"\ndecimals = 4\n'), "utf-8")
    said = left(home, out, profile, period="2022")
    assert (said.code, codes(said, "warning")) == (DONE, ["out_rounded"]), said.stdout
    assert cells_of(out) == cells_of(sample)


def test_what_the_layout_cannot_carry_is_listed(home: Path, tmp_path: Path, sample: Path) -> None:
    profile = recorded(home, tmp_path, sample, MEANT, "returns", NOT_USED)
    brought(home, sample, profile)
    more = tmp_path / "more.csv"
    coal = [[who, "2023-03", "NY201:130", tonnes, ""] for who, tonnes in (("A", "2.5"), ("B", "1"))]
    more.write_bytes(desk.table([desk.LONG, *coal, ["city", "2023-03", "NY201:110", "9", ""]]))
    assert jieyue(home, "import", "returns", more, "--publish").code == DONE
    said = left(home, tmp_path / "out.xlsx", profile)
    assert said.code == DONE, said.stdout
    warnings = [(one["code"], one["value"], one["data"]["count"]) for one in said.findings("warning")]
    assert warnings == [("out_item_lost", "130", 2), ("out_nodes", None, 1)]


def test_a_file_that_would_read_otherwise_is_not_written(home: Path, tmp_path: Path, sample: Path) -> None:
    """A word for no data that is a number, a row that the profile skips: the cell would come back as something else."""
    profile = recorded(home, tmp_path, sample, MEANT, "returns", NOT_USED)
    brought(home, sample, profile)
    text = profile.read_text("utf-8")
    for change in ('null_tokens = ["24"]\n', ""):
        skip = '\n[[skip]]\nheading = "代码"\nequals = ["B"]\n' if not change else ""
        wrong = tmp_path / "wrong.toml"
        wrong.write_text(change + text + skip, "utf-8")
        out = tmp_path / "out.xlsx"
        said = left(home, out, wrong)
        assert said.code == REFUSED, said.stdout
        assert set(codes(said, "error")) == {"out_differs"}
        assert "B 渝中区人民医院 2023-03 110" in said.findings("error")[0]["message_zh"]
        assert not out.exists()


def test_a_profile_without_a_sample_makes_its_own_header(home: Path, tmp_path: Path) -> None:
    """Written by hand, with a letter and a header in row 3; the long layout in the file's own words."""
    source = tmp_path / "own.csv"
    source.write_bytes(
        desk.table([desk.LONG, ["A", "2021", "NY201:110", "5000", ""], ["A", "2021", "NY201:120", "7", ""]])
    )
    assert jieyue(home, "import", "returns", source, "--publish").code == DONE
    wide = tmp_path / "wide.toml"
    wide.write_text(
        'form = "NY201"\nheader_row = 3\n[constants]\nperiod = "2021"\n'
        '[[column]]\nletter = "C"\nfield = "NY201:110"\nunit = "MWh"\n'
        '[[column]]\nheading = "Site"\nfield = "code"\n[[column]]\nheading = "Tap"\nfield = "NY201:120"\n',
        "utf-8",
    )
    out = tmp_path / "wide.xlsx"
    assert left(home, out, wide, period="2021").code == DONE
    assert cells_of(out) == [[None] * 3, [None] * 3, ["Site", "Tap", None], ["A", 7, 5]]
    assert brought(home, out, wide).counts == (1, 0, 1, 0, True)
    long = tmp_path / "long.toml"
    long.write_text(
        'form = "NY201"\nlayout = "long"\n[items]\n"Grid power" = "NY201:110"\n[units]\n"MWh (thousand)" = "MWh"\n'
        '[[column]]\nheading = "Site"\nfield = "code"\n[[column]]\nheading = "Year"\nfield = "year"\n'
        '[[column]]\nheading = "Meter"\nfield = "item"\n[[column]]\nheading = "Use"\nfield = "value"\n'
        '[[column]]\nheading = "Unit"\nfield = "unit"\n',
        "utf-8",
    )
    out = tmp_path / "long.csv"
    assert left(home, out, long, period="2021").code == DONE
    assert cells_of(out) == [
        ["Site", "Year", "Meter", "Use", "Unit"],
        ["A", "2021", "Grid power", "5000", "kWh"],
        ["A", "2021", "NY201:120", "7", "m3"],
    ]
    assert brought(home, out, long).counts == (2, 0, 2, 0, True)


REGISTER = [
    ["示例平台 机构清单"],
    ["户编", "全称", "性质", "所在区", "面积(万平方米)", "投用日", "联系人"],
    ["P-1", "渝中区图书馆", "文", "YZ", 0.45, (datetime.date(2016, 5, 1), "yyyy-mm-dd"), "甲"],
    ["P-2", "渝中区体育场", "体", "YZ", None, (datetime.date(2017, 1, 1), "yyyy-mm-dd"), "乙"],
]


def test_the_registry_leaves_as_it_came(empty: Path, tmp_path: Path) -> None:
    sample = tmp_path / "register.xlsx"
    sample.write_bytes(files.xlsx(REGISTER))
    meant = {"户编": "code", "全称": "name", "性质": "type", "所在区": "region", "面积(万平方米)": "floor_area_m2",
             "投用日": "valid_from"}  # fmt: skip
    profile = recorded(empty, tmp_path, sample, meant, "institutions", 'id_prefix = "EX-"\n')
    words = '\n[types]\n"文" = "022"\n"体" = "025"\n[regions]\n"YZ" = "500103"\n'
    text = profile.read_text("utf-8").replace(
        'field = "floor_area_m2"\n', 'field = "floor_area_m2"\nunit = "万平方米"\n'
    )
    text = text.replace('field = "valid_from"\n', 'field = "valid_from"\npattern = "date"\n')
    profile.write_text(text + words, "utf-8")
    said = jieyue(empty, "import", "institutions", sample, "--map", profile)
    assert (said.code, said.counts) == (DONE, (2, 2, 0, 0, True)), said.stdout
    out = tmp_path / "out.xlsx"
    said = jieyue(empty, "export", "institutions", "--map", profile, "-o", out)
    assert (said.code, said.document["rows"]) == (DONE, 2), said.stdout
    (blank,) = [one for one in said.findings("note") if one["code"] == "out_left_blank"]
    assert blank["data"]["columns"] == "联系人"
    expected = cells_of(sample)
    for row in expected[2:]:
        row[6] = None  # the profile reads past it
    assert cells_of(out) == expected
    again = jieyue(empty, "import", "institutions", out, "--map", profile)
    assert again.counts == (2, 0, 2, 0, True)
    # A new attribute without a column in the layout is told.
    more = tmp_path / "more.csv"
    heads = ["代码", "名称", "机构类型", "地区", "用能人数", "生效日期"]
    more.write_bytes(desk.table([heads, ["EX-P-1", "渝中区图书馆", "022", "500103", 30, "2016-05-01"]]))
    assert jieyue(empty, "import", "institutions", more).code == DONE
    said = jieyue(empty, "export", "institutions", "--map", profile, "-o", out)
    assert [(one["code"], one["value"]) for one in said.findings("warning")] == [
        ("out_field_lost", "用能人数")
    ]
    assert json.dumps(said.document["findings"])  # plain
    moved = tmp_path / "moved.csv"
    moved.write_bytes(desk.table([heads, ["EX-P-1", "渝中区图书馆", "022", "500104", 30, "2020-07-01"]]))
    assert jieyue(empty, "import", "institutions", moved).code == DONE
    # It stands elsewhere since July 2020: since then all of its row holds; the profile has no word for 大渡口区.
    said = jieyue(empty, "export", "institutions", "--map", profile, "-o", out)
    assert said.code == DONE, said.stdout
    row = cells_of(out)[2]
    assert (row[0], row[3], row[5].date()) == ("P-1", "大渡口区", datetime.date(2020, 7, 1))
    assert jieyue(empty, "import", "institutions", out, "--map", profile).counts == (2, 0, 2, 0, True)
    early = jieyue(empty, "export", "institutions", "--map", profile, "-o", out, "--on", "2016-06-01")
    assert early.document["rows"] == 1


def test_wrong_words_are_refused(home: Path, tmp_path: Path) -> None:
    profile = tmp_path / "p.toml"
    profile.write_text('form = "NY201"\n', "utf-8")
    for words, code in (
        (["--profile", "nobody"], "profile"),
        (["--profile", profile, "-o", tmp_path / "x.parquet"], "suffix"),
    ):
        said = jieyue(home, "export", "returns", "--period", "2021", "-o", tmp_path / "x.csv", *words)
        assert (said.code, said.document["error"]["code"]) == (REFUSED, code)
    said = left(home, tmp_path / "x.csv", profile, period="2021")
    assert (said.code, codes(said, "error")) == (REFUSED, ["out_no_columns"])
