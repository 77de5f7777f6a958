"""Files as people have them: encodings, banners, headings, numbers and dates of all kinds; mapping profiles."""

import datetime
import io
import shutil
import tomllib
from pathlib import Path

import openpyxl
import pytest

from tests.apps.exchange import files
from tests.cli import desk
from tests.cli.command import DONE, REFUSED, figure, jieyue

RARE = "㐂𠮷𬭎喆堃学校"
REGISTRY = [
    ["代码", "名称", "机构类型", "地区", "生效日期"],
    ["R", RARE, "021", "500103", "2015-01-01"],
]
WIDE = ("--form", "NY201", "--period", "2024", "--publish")


@pytest.fixture(scope="module")
def rare(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an institution whose name has rare letters; each test speaks of a year of its own."""
    folder = tmp_path_factory.mktemp("layouts")
    home = Path(shutil.copytree(registered, folder / "home"))
    file = folder / "registry.csv"
    file.write_bytes(desk.table(REGISTRY))
    assert jieyue(home, "import", "institutions", file).counts == (1, 1, 0, 0, True)
    return home


def brought(home: Path, folder: Path, name: str, content: bytes, *words: object) -> None:
    """Import and publish; every row must go in."""
    file = folder / name
    file.write_bytes(content)
    said = jieyue(home, "import", "returns", file, *words)
    assert (said.code, said.document["applied"], said.errors()) == (DONE, True, []), said.stdout


ENCODINGS = {
    "utf-8-sig": ("2018-01", "utf-8-sig", ()),
    "utf-8": ("2018-02", "utf-8", ()),
    "gb18030": ("2018-03", "gb18030", ()),
    "gb18030 stated": ("2018-04", "gb18030", ("--encoding", "gb18030")),
    "utf-16": ("2018-05", "utf-16", ()),
}


@pytest.mark.parametrize("case", ENCODINGS)
def test_encodings(rare: Path, tmp_path: Path, case: str) -> None:
    year, encoding, words = ENCODINGS[case]
    rows = [["机构名称", "期间", "电消费量(千瓦时)"], [RARE, year, "10000"], ["渝中区档案馆", year, "20000"]]
    brought(
        rare,
        tmp_path,
        "returns.csv",
        desk.table(rows, encoding=encoding),
        "--form",
        "NY201",
        "--publish",
        *words,
    )
    assert figure(rare, "R", year, "energy_total_tce")["value"] == "1.229"  # 10,000 × 0.1229 ÷ 1000
    out = tmp_path / "out.csv"
    assert (
        jieyue(rare, "export", "returns", "--form", "NY201", "--period", year, "-o", out, "--gb18030").code
        == DONE
    )
    assert RARE in out.read_text("gb18030")


#: Period → (a number as people write it, its kWh, heading)
NUMBERS = {
    "2017-01": ("12,345.60", "12345.6", "电消费量"),
    "2017-02": ("１２３４５．６", "12345.6", "电消费量"),
    "2017-03": ("1.23456万", "12345.6", "电消费量"),
    "2017-04": ("1.23456", "12345.6", "电消费量（万千瓦时）"),
    "2017-05": ("12.3456", "12345.6", "Electricity consumed (MWh)"),
    "2017-06": (" 12 345.6 ", "12345.6", "110"),
    "2017-07": ("12345.6", "12345.6", "NY201:110"),
    "2017-08": ("1，234．5", "1234.5", "电消费量[度]"),
}


@pytest.mark.parametrize("year", NUMBERS)
def test_numbers(rare: Path, tmp_path: Path, year: str) -> None:
    text, kwh, heading = NUMBERS[year]
    rows = [["institution" if heading.isascii() else "机构", heading, "建筑面积"], ["A", text, "1"]]
    brought(rare, tmp_path, "returns.csv", desk.table(rows), *WIDE[:2], "--period", year, "--publish")
    assert figure(rare, "A", year, "electricity_per_area_kwh_m2")["value"] == kwh


def sheet_rows() -> list[list[object]]:
    """Banners, two header rows, dates as cells and as serials, a total and a footer."""
    return [
        ["某某市公共机构能源资源消费状况", None, None, None],
        ["填报单位：某某局", None, None, None],
        ["单位名称", "期间", "电消费量", "建筑面积"],
        ["", "", "110", "102"],
        ["渝中区第一中学", (datetime.date(2022, 3, 1), "yyyy-mm"), 8000, 8000],
        ["渝中区人民医院", (datetime.date(2022, 3, 1), 'yyyy"年"m"月"'), "２４，０００", 12000],
        ["合计", None, 32000, 20000],
        ["填表人：张三", None, None, None],
    ]


def test_a_workbook_with_banners_and_dates(rare: Path, tmp_path: Path) -> None:
    brought(rare, tmp_path, "returns.xlsx", files.xlsx(sheet_rows()), "--form", "NY201", "--publish")
    assert figure(rare, "A", "2022-03", "electricity_per_area_kwh_m2")["value"] == "1"
    assert figure(rare, "B", "2022-03", "electricity_per_area_kwh_m2")["value"] == "2"


def test_an_old_workbook(rare: Path, tmp_path: Path) -> None:
    rows = [["单位名称", "期间", "电消费量", "建筑面积"], ["渝中区第一中学", "2022年4月", 4000.0, 8000.0]]
    brought(rare, tmp_path, "returns.xls", files.xls(rows), "--form", "NY201", "--publish")
    assert figure(rare, "A", "2022-04", "electricity_per_area_kwh_m2")["value"] == "0.5"


def test_a_registry_workbook_with_serials_and_eaten_zeros(rare: Path, tmp_path: Path) -> None:
    """Excel keeps 021 as 21 and a day as 42005 (2015-01-01)."""
    rows = [
        ["代码", "名称", "机构类型", "地区", "建筑面积(万平方米)", "生效日期"],
        [7.0, "乙校", 21.0, 500103.0, 0.5, 42005.0],
    ]
    file = tmp_path / "registry.xlsx"
    file.write_bytes(files.xlsx(rows))
    said = jieyue(rare, "import", "institutions", file)
    assert (said.code, said.counts) == (DONE, (1, 1, 0, 0, True))
    assert [one["code"] for one in said.findings("note")] == ["unit_converted", "leading_zero_restored"]
    assert figure(rare, "7", "2015", "floor_area_m2")["value"] == "5000"


FOREIGN = [
    ["City benchmarking export"],
    ["Facility", "Reporting Year", "Grid Power (kBtu)", "Gross Area (ft2)", "Remark"],
    ["渝中区第一中学", "2019", "341214.1633", "86111.2833", "x"],
    ["渝中区人民医院", "2019", "Not Available", "129166.9250", ""],
]


def test_a_foreign_layout_by_a_profile(home: Path, tmp_path: Path) -> None:
    """--suggest-map drafts a profile from the sample; completed, it reads the file without a question."""
    sample = tmp_path / "foreign.csv"
    sample.write_bytes(desk.table(FOREIGN))
    draft = jieyue(home, "import", "returns", sample, "--suggest-map", as_json=False)
    assert draft.code == DONE
    proposal = tomllib.loads(draft.stdout)
    assert {"Facility", "Grid Power (kBtu)", "Remark"} <= {column["heading"] for column in proposal["column"]}
    profile = tmp_path / "foreign.toml"
    profile.write_text(
        'profile = 1\nkind = "returns"\nform = "NY201"\nheader_row = 2\nnull_tokens = ["Not Available"]\n'
        '[[column]]\nheading = "Facility"\nfield = "institution"\n'
        '[[column]]\nheading = "Reporting Year"\nfield = "period"\n'
        '[[column]]\nheading = "Grid Power (kBtu)"\nfield = "NY201:110"\nunit = "kBtu"\n'
        '[[column]]\nheading = "Gross Area (ft2)"\nfield = "NY201:102"\nunit = "ft2"\n'
        '[[column]]\nheading = "Remark"\nignore = true\n',
        encoding="utf-8",
    )
    assert jieyue(home, "import", "returns", sample, "--form", "NY201", "--publish").code == REFUSED
    said = jieyue(home, "import", "returns", sample, "--map", profile, "--publish")
    assert (said.code, said.counts) == (DONE, (2, 2, 0, 0, True)), said.stdout
    assert [one["code"] for one in said.findings("warning")] == []
    # 341,214.1633 kBtu × 1,055,055.85262 J ÷ 3.6 MJ = 100,000.0000 kWh; 86,111.2833 ft² × 0.09290304 = 8,000.0000 m².
    assert figure(home, "A", "2019", "electricity_per_area_kwh_m2")["value"] == "12.5"
    assert figure(home, "B", "2019", "electricity_per_area_kwh_m2")["value"] is None
    again = jieyue(home, "import", "returns", sample, "--map", profile, "--publish")
    assert again.counts == (2, 0, 2, 0, True)


def test_a_sample_without_a_header_gives_no_profile(home: Path, tmp_path: Path) -> None:
    sample = tmp_path / "bad.csv"
    sample.write_bytes(b"\n\n1,2\n3,4\n")
    said = jieyue(home, "import", "returns", sample, "--suggest-map")
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "no_header")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_marked_workbook(home: Path, tmp_path: Path, lang: str) -> None:
    rows = [["机构", "电消费量", "水消费量"], ["A", -5, 3], ["无此局", 1, 2], ["B", "=1+1", "约五"]]
    sources = {"returns.xlsx": files.xlsx(rows), "returns.csv": desk.table(rows)}
    for name, content in sources.items():
        file, marked = tmp_path / name, tmp_path / f"marked-{name}.xlsx"
        file.write_bytes(content)
        said = jieyue(home, "import", "returns", file, *WIDE, "--marked", marked, lang=lang)
        assert said.code == REFUSED
        assert str(marked) in said.stderr
        book = openpyxl.load_workbook(io.BytesIO(marked.read_bytes()))
        data = book.worksheets[0]
        shift = (
            0 if name.endswith("xlsx") else 1
        )  # a rebuilt table has the rows' numbers before it and a head above
        marks = {
            (cell.row - shift, cell.column - shift): (cell.fill.start_color.rgb[-6:], cell.comment.text)
            for row in data.iter_rows()
            for cell in row
            if cell.comment
        }
        negative = {"zh": "不应为负数：-5", "en": "must not be negative: -5"}[lang]
        assert marks[2, 2][0] == "FFC7CE"
        assert negative in marks[2, 2][1]
        assert marks[3, 1][0] == "FFC7CE"
        assert "无此局" in marks[3, 1][1]
        assert marks[4, 3][0] == "FFC7CE"
        assert (2, 3) not in marks
        assert all(cell.data_type != "f" for row in data.iter_rows() for cell in row), (
            "no text became a formula"
        )
        summary = [[cell.value for cell in row] for row in book.worksheets[-1].iter_rows()]
        assert ["read", None, 3] in [row[:3] for row in summary]
        assert "negative" in [row[0] for row in summary]
