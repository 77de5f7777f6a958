"""Institution files: typed rows, exact units, and every doubt as a finding."""

import datetime

import pytest

from jieyue.apps.exchange import credit
from jieyue.apps.exchange.institutions import ParsedInstitutions, read_institutions
from jieyue.apps.exchange.profile import Column, MappingProfile
from tests.apps.exchange import files

HEADER = ["code", "name", "type", "region", "valid_from"]
ROW = ["1", "甲局", "01", "500103", "2020-01-01"]


def parse(rows, *, name: str = "file.csv", content: bytes | None = None, profile=None) -> ParsedInstitutions:
    read = files.read(content if content is not None else files.table(rows), name)
    return read_institutions(read, files.LEXICON, profile=profile)


def counts(parsed: ParsedInstitutions) -> tuple[int, int, int, int]:
    result = parsed.report.result()
    return result.read, result.accepted, result.duplicate, result.rejected


def errors(parsed: ParsedInstitutions) -> list[str]:
    return [finding.code for finding in parsed.report.findings if finding.severity == "error"]


def test_all_columns_in_chinese() -> None:
    table = {
        "机构代码": "1", "机构名称": "某校㐂𠮷𬭎喆堃", "机构类型": "教育", "级别": "区县级",
        "地区": "渝中区",
        "主管部门": "教育系统", "报送上级": "渝中区机关事务中心", "填报单元": "1",
        "统一社会信用代码": "91350100M000100Y43",
        "建筑面积": "21,350.5", "用能人数": "1905", "学生人数": "1720", "住宿人数": "800", "床位数": "", "车辆数": "3",
        "新能源汽车数量": "1", "办公形式": "独立", "经度": "106.57", "纬度": "29.55", "坐标系": "WGS84",
        "别名": "某校；老校", "生效日期": "2020年1月1日", "失效日期": "2026-01-01",
    }  # fmt: skip
    header, row = list(table), list(table.values())
    (found,) = parse([header, row]).rows
    assert (found.code, found.name, found.type, found.region) == ("1", "某校㐂𠮷𬭎喆堃", "021", "500103")
    assert (found.floor_area_m2, found.energy_users, found.beds) == (213_505_000, 19_050_000, None)
    assert (found.valid_from, found.valid_to) == (datetime.date(2020, 1, 1), datetime.date(2026, 1, 1))
    assert (found.office_mode, found.lon, found.coord_sys, found.aliases) == (
        "independent",
        "106.57",
        "WGS84",
        ("某校", "老校"),
    )
    assert "beds" not in found.given
    assert found.values()["credit_code"] == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("heading", "cell", "fixed"),
    [
        ("建筑面积(万平方米)", "1.23456", 123_456_000),
        ("floor_area_m2", "100", 1_000_000),
        ("floor_area (sq ft)", "10000", 9_290_304),
        ("建筑面积(亩)", "1", None),
    ],
)
def test_areas_are_converted_exactly(heading: str, cell: str, fixed: int | None) -> None:
    parsed = parse([[*HEADER, heading], [*ROW, cell]])
    assert errors(parsed) == ([] if fixed is not None else ["unknown_unit"])
    assert [row.floor_area_m2 for row in parsed.rows] == ([fixed] if fixed is not None else [])


BAD = {
    "type": ("99", "unknown_type"),
    "region": ("火星区", "unknown_region"),
    "valid_from": ("2025-02-30", "not_a_date"),
    "code": ("", "missing_required"),
    "name": ("", "missing_required"),
}


@pytest.mark.parametrize("column", BAD)
def test_bad_required_cells(column: str) -> None:
    text, code = BAD[column]
    row = [text if name == column else cell for name, cell in zip(HEADER, ROW, strict=True)]
    parsed = parse([HEADER, row, ["2", *ROW[1:]]])
    assert errors(parsed) == [code]
    assert counts(parsed) == (2, 1, 0, 1)
    (finding,) = [one for one in parsed.report.findings if one.severity == "error"]
    assert (finding.row, finding.column) == (2, column)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("floor_area_m2", "-1", "negative"),
        ("floor_area_m2", "大", "not_a_number"),
        ("office_mode", "远程", "unknown_code"),
        ("lon", "200", "number_too_large"),
        ("valid_to", "2019-01-01", "dates_reversed"),
        ("name", "长" * 201, "text_too_long"),
    ],
)
def test_bad_other_cells(column: str, text: str, code: str) -> None:
    header = HEADER if column in HEADER else [*HEADER, column]
    row = [text if name == column else cell for name, cell in zip(HEADER, ROW, strict=True)]
    parsed = parse([header, row if column in HEADER else [*row, text]])
    assert errors(parsed) == [code]


def test_a_region_must_be_in_force_on_the_first_day() -> None:
    """Jiangbei 500105 went to the Liangjiang New Area in November 2025."""
    parsed = parse(
        [HEADER, ["1", "甲", "01", "江北区", "2020-01-01"], ["2", "乙", "01", "江北区", "2026-01-01"]]
    )
    assert errors(parsed) == ["region_not_in_force"]
    assert [row.region for row in parsed.rows] == ["500105"]


def test_excel_eats_a_zero_and_makes_a_serial() -> None:
    rows = [
        HEADER,
        [7.0, "甲校", 21.0, 500103.0, 43831.0],
        [8.0, "乙局", 1.0, 500103.0, (datetime.date(2020, 1, 1), "yyyy-mm-dd")],
    ]
    parsed = parse([], content=files.xlsx(rows), name="a.xlsx")
    assert [(row.code, row.type, row.region, row.valid_from) for row in parsed.rows] == [
        ("7", "021", "500103", datetime.date(2020, 1, 1)),
        ("8", "01", "500103", datetime.date(2020, 1, 1)),
    ]
    assert files.codes(parsed.report.findings) == ["leading_zero_restored", "leading_zero_restored"]


def test_a_long_code_stored_as_a_number_lost_digits() -> None:
    parsed = parse(
        [],
        content=files.xlsx([HEADER, [1234567890123456789.0, "甲", "01", "500103", "2020-01-01"]]),
        name="a.xlsx",
    )
    assert errors(parsed) == ["digits_lost"]


def test_the_credit_code_check_is_a_warning() -> None:
    parsed = parse([[*HEADER, "credit_code"], [*ROW, "91350100M000100Y44"]])
    assert [(one.code, one.severity) for one in parsed.report.findings] == [("credit_code_check", "warning")]
    assert counts(parsed) == (1, 1, 0, 0)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "911100001000000000"[:17] + "X"])
def test_gb_32100(code: str) -> None:
    """The first is the example of the standard's annex; one changed letter anywhere is noticed."""
    if not credit.is_valid(code):
        assert code.endswith("X")
        return
    for place in range(18):
        changed = code[:place] + ("2" if code[place] != "2" else "3") + code[place + 1 :]
        assert not credit.is_valid(changed)


def test_duplicates_and_contradictions() -> None:
    parsed = parse(
        [
            HEADER,
            ROW,
            ROW,
            ["2", "乙", *ROW[2:]],
            ["2", "丙", *ROW[2:]],
            ["1", "甲局", "01", "500103", "2021-01-01"],
        ]
    )
    assert counts(parsed) == (5, 2, 1, 2)
    assert errors(parsed) == ["conflict_in_file", "conflict_in_file"]


@pytest.mark.parametrize("missing", HEADER)
def test_required_columns(missing: str) -> None:
    place = HEADER.index(missing)
    parsed = parse([[*HEADER[:place], *HEADER[place + 1 :]], [*ROW[:place], *ROW[place + 1 :]]])
    assert errors(parsed) == ["missing_column"]
    assert counts(parsed) == (1, 0, 0, 1)


def test_a_foreign_layout_by_profile() -> None:
    profile = MappingProfile(
        kind="institutions",
        constants={"valid_from": "2016-01-01", "region": "渝中区"},
        types={"Hotel": "03"},
        id_prefix="X-",
        columns=(
            Column(heading="ID", field="code"),
            Column(heading="Property", field="name"),
            Column(heading="Use", field="type"),
            Column(heading="GFA", field="floor_area_m2", unit="sq ft"),
        ),
    )
    parsed = parse(
        [["ID", "Property", "Use", "GFA", "Other"], ["5", "Inn", "Hotel", "88,434", "x"]], profile=profile
    )
    (row,) = parsed.rows
    # 88,434 × 0.09290304 = 8,215.78743936 m2.
    assert (row.code, row.name, row.type, row.region, row.floor_area_m2) == (
        "X-5",
        "Inn",
        "03",
        "500103",
        82_157_874,
    )


def test_error_cells_are_not_blank() -> None:
    def change(name: str, member: bytes) -> bytes:
        return member.replace(
            b"</c></row></sheetData>", b'</c><c r="F2" t="e"><v>#N/A</v></c></row></sheetData>'
        )

    content = files.repacked(files.xlsx([[*HEADER, "floor_area_m2"], ROW]), change)
    assert errors(parse([], content=content, name="a.xlsx")) == ["error_cell"]


def test_unseen_characters_are_taken_out_and_told() -> None:
    parsed = parse([HEADER, ["1", "甲\u200b局\u202e", *ROW[2:]]])
    assert parsed.rows[0].name == "甲局"
    assert [(one.code, one.column) for one in parsed.report.findings] == [("unseen_characters", "name")]
