"""Return files: layouts, units, tokens, declared totals, and every bad input as a finding."""

import datetime

import pytest

from jieyue.apps.exchange.profile import Column, MappingProfile, Total
from jieyue.apps.exchange.returns import Options, ParsedReturns, read_returns
from tests.apps.exchange import files

LONG = ["institution", "period", "item", "value", "unit"]
SCHOOL, HEALTH = "示例市第一中学", "示例市卫生局"


def parse(
    rows, *, name: str = "file.csv", content: bytes | None = None, profile=None, **options
) -> ParsedReturns:
    made = content if content is not None else files.table(rows)
    read = files.read(made, name)
    return read_returns(read, files.LEXICON, files.DIRECTORY, profile=profile, options=Options(**options))


def said(parsed: ParsedReturns) -> dict[tuple[str, str, str, str], tuple[str | None, int]]:
    """(subject, period, form, code) → (value, origin) of what may be stored."""
    return {
        (subject.ref or subject.code, block.periods[i], block.form, code): (cell.value, cell.origin)
        for block in parsed.accepted()
        for i, subject in enumerate(block.subjects)
        for code, cell in block.cells(i).items()
    }


def errors(parsed: ParsedReturns) -> list[str]:
    return [finding.code for finding in parsed.report.findings if finding.severity == "error"]


def counts(parsed: ParsedReturns) -> tuple[int, int, int, int]:
    result = parsed.report.result()
    return result.read, result.accepted, result.duplicate, result.rejected


def test_long() -> None:
    parsed = parse(
        [
            LONG,
            [SCHOOL, "2025", "NY201:110", "57,900.5", "kWh"],
            ["500103-002", "2025-03", "NY201:110", "１．２", "万千瓦时"],
            ["一中", "2025", "NY201:130", "3", "吨"],
            ["500103-003", "2024-HS", "NY203:320", "12万", ""],
        ]
    )
    assert counts(parsed) == (4, 4, 0, 0)
    assert said(parsed) == {
        ("500103-001", "2025", "NY201", "110"): ("57900.5", 3),
        ("500103-001", "2025", "NY201", "130"): ("3", 3),
        ("500103-002", "2025-03", "NY201", "110"): ("12000", 3),
        ("500103-003", "2024-HS", "NY203", "320"): ("120000", 3),
    }
    cell = parsed.accepted()[0].cells(0)["110"]
    assert (cell.unit, cell.row, cell.column, cell.raw) == ("kWh", 2, "value", "57,900.5")


@pytest.mark.parametrize(
    "heading",
    ["110", "NY201:110", "电消费量", "Electricity consumed", "110 电消费量", "电消费量(110)", "电 消费量*"],
)
def test_wide_headings(heading: str) -> None:
    heading = heading.rstrip("*")
    parsed = parse([["机构名称", heading], [SCHOOL, "5"]], period="2025", form="NY201")
    assert said(parsed) == {("500103-001", "2025", "NY201", "110"): ("5", 3)}


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("电消费量(万千瓦时)", "50000"),
        ("电消费量（度）", "5"),
        ("电消费量[MWh]", "5000"),
        ("110(kWh)", "5"),
        ("电消费量(亿千瓦时)", "500000000"),
    ],
)
def test_units_in_headings(heading: str, value: str) -> None:
    parsed = parse([["机构", heading, "120"], [SCHOOL, "5", "1"]], period="2025", form="NY201")
    assert said(parsed)[("500103-001", "2025", "NY201", "110")] == (value, 3)


def test_a_ton_of_water_is_a_cubic_metre_and_coal_stays_in_tons() -> None:
    parsed = parse(
        [["机构", "水消费量(万吨)", "煤炭消费量(kg)"], [SCHOOL, "2", "1500"]], period="2025", form="NY201"
    )
    assert {key[3]: value for key, (value, _) in said(parsed).items()} == {"120": "20000", "130": "1.5"}


def test_two_header_rows_under_banners_and_over_footers() -> None:
    rows = [
        ["某某市公共机构能源资源消费状况", None, None, None],
        ["填报单位：某某局", None, None, None],
        ["序号", "单位名称", "电消费量", "水消费量"],
        ["", "", "110", "120"],
        ["", "", "kWh", "m3"],
        ["甲", "乙", "1", "2"],
        ["1", SCHOOL, "10", "20"],
        ["2", HEALTH, "30", "40"],
        ["", "合计", "40", "60"],
        ["注：本表为示例", None, None, None],
        ["填表人：张三", "审核人：李四", None, None],
    ]
    parsed = parse(rows, period="2025", form="NY201")
    assert counts(parsed) == (2, 2, 0, 0)
    assert errors(parsed) == []
    assert said(parsed)[("500103-002", "2025", "NY201", "120")] == ("40", 3)
    notes = {finding.code: finding for finding in parsed.report.findings}
    assert notes["banner_skipped"].data["count"] == 2
    assert notes["total_row_skipped"].row == 9
    assert notes["footer_skipped"].row == 10


def test_group_headings_over_sub_headings() -> None:
    rows = [["机构", "期间", "汽油消费量", ""], ["", "", "(L)", "费用"], [SCHOOL, "2025", "5", "6"]]
    import io

    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.write_string(place, column, cell)
        page.merge_range(0, 2, 0, 3, "汽油消费量")
        page.write_number(2, 2, 5)
        page.write_number(2, 3, 6)
    parsed = parse([], content=target.getvalue(), name="a.xlsx", form="NY201")
    assert {key[3]: value for key, (value, _) in said(parsed).items()} == {"150": "5", "151": "6"}


def test_a_real_export_with_everything_at_once() -> None:
    """Banner rows, Not Available, text numbers and date cells, through a profile."""
    rows = [
        ["City of Example – benchmarking export"],
        ["Generated", (datetime.date(2026, 1, 5), "yyyy-mm-dd")],
        [],
        ["Property", "Period", "Electricity Use (kBtu)", "Water (m3)", "Remark"],
        [SCHOOL, (datetime.date(2025, 3, 1), "mmm yyyy"), "3,412.14", "Not Available", "x"],
        [HEALTH, (datetime.date(2025, 3, 1), "mmm yyyy"), 6824.28, " 1,000 ", None],
    ]
    profile = MappingProfile(
        kind="returns",
        form="NY201",
        null_tokens=("Not Available",),
        columns=(
            Column(heading="Property", field="institution"),
            Column(heading="Period", field="period"),
            Column(heading="Electricity Use (kBtu)", field="NY201:110", unit="kBtu"),
            Column(heading="Water (m3)", field="NY201:120"),
            Column(heading="Remark", ignore=True),
        ),
    )
    parsed = parse([], content=files.xlsx(rows), name="export.xlsx", profile=profile)
    assert errors(parsed) == []
    found = said(parsed)
    # 3,412.14 kBtu × 1,055,055.85262 J ÷ 3,600,000 J = 999.99952… kWh, rounded to 4 decimals.
    exact = round(341214 * 105505585262 * 10**4 / (100 * 10**5 * 3_600_000)) / 10**4
    assert found[("500103-001", "2025-03", "NY201", "110")] == (f"{exact:.4f}".rstrip("0").rstrip("."), 3)
    assert ("500103-001", "2025-03", "NY201", "120") not in found
    assert found[("500103-002", "2025-03", "NY201", "120")] == ("1000", 3)
    rounded = [finding for finding in parsed.report.findings if finding.code == "rounded_to_storage"]
    assert [(finding.column, finding.data["count"]) for finding in rounded] == [("Electricity Use (kBtu)", 2)]


BAD_CELLS = {
    "-3": "negative",
    "NaN": "not_a_number",
    "1e400": "exponent_in_number",
    "12吨": "text_in_number",
    "约五": "not_a_number",
    "1,5": "ambiguous_number",
    "Not Available": "null_token_unlisted",
    "N/A": "null_token_unlisted",
    "无": "null_token_unlisted",
    "999999999999999": "number_too_large",
}


@pytest.mark.parametrize("text", BAD_CELLS)
def test_bad_cells_reject_their_row_in_both_layouts(text: str) -> None:
    code = BAD_CELLS[text]
    long = parse([LONG, [SCHOOL, "2025", "NY201:110", text, ""], [HEALTH, "2025", "NY201:110", "1", ""]])
    wide = parse([["机构", "电消费量"], [SCHOOL, text], [HEALTH, "1"]], period="2025", form="NY201")
    for parsed, column in ((long, "value"), (wide, "电消费量")):
        assert counts(parsed) == (2, 1, 0, 1)
        (finding,) = [one for one in parsed.report.findings if one.severity == "error"]
        assert (finding.code, finding.row, finding.column, finding.value) == (code, 2, column, text)
        assert text in finding.message_zh
        assert text in finding.message_en
        assert not parsed.report.may_apply()
        assert parsed.report.may_apply(valid_rows_only=True)
        assert list(said(parsed)) == [("500103-002", "2025", "NY201", "110")]


BAD_KEYS = {
    "unknown institution": ([["无此局", "2025", "NY201:110", "1", ""]], "unknown_institution"),
    "ambiguous name": ([["重名学校", "2025", "NY201:110", "1", ""]], "institution_ambiguous"),
    "unknown node": ([["area:999999", "2025", "NY201:110", "1", ""]], "node_unknown"),
    "no institution": ([["", "2025", "NY201:110", "1", ""]], "missing_required"),
    "unknown period": ([[SCHOOL, "2025-13", "NY201:110", "1", ""]], "unknown_period"),
    "no period": ([[SCHOOL, "", "NY201:110", "1", ""]], "missing_required"),
    "period of another kind": ([[SCHOOL, "2024-HS", "NY201:110", "1", ""]], "period_not_allowed"),
    "unknown item": ([[SCHOOL, "2025", "NY201:999", "1", ""]], "unknown_item"),
    "bare code without a form": ([[SCHOOL, "2025", "水消费量", "1", ""]], "form_unknown"),
    "item that the scheme dropped": ([[SCHOOL, "2025-12", "NY201:106", "1", ""]], "item_not_in_scheme"),
    "unknown unit": ([[SCHOOL, "2025", "NY201:110", "1", "斗"]], "unknown_unit"),
    "unit of another dimension": ([[SCHOOL, "2025", "NY201:110", "1", "吨"]], "wrong_unit"),
    "future": ([[SCHOOL, "2026-12", "NY201:110", "1", ""]], "period_in_future"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_KEYS)
def test_bad_keys(case: str) -> None:
    rows, code = BAD_KEYS[case]
    parsed = parse([LONG, *rows], today=datetime.date(2026, 11, 22))
    assert errors(parsed) == [code]
    assert counts(parsed) == (1, 0, 0, 1)


def test_the_item_existed_in_the_scheme_of_its_day() -> None:
    assert errors(parse([LONG, [SCHOOL, "2025-09", "NY201:106", "1", ""]])) == []


def test_unknown_institutions_are_asked_once_with_candidates() -> None:
    parsed = parse(
        [LONG, *([["示例市第1中学", f"2025-0{month}", "NY201:110", "1", ""] for month in range(1, 4)])]
    )
    result = parsed.report.result()
    assert [question.text for question in result.questions] == ["示例市第1中学"]
    assert result.questions[0].rows == (2, 3, 4)
    assert result.questions[0].candidates[0][:3] == (1, "500103-001", SCHOOL)
    assert result.as_json()["questions"][0]["candidates"][0]["code"] == "500103-001"


@pytest.mark.parametrize("form", ["NY201", "NY202"])
def test_a_file_of_another_form(form: str) -> None:
    parsed = parse([["机构", "NY203:320", "NY203:330"], [SCHOOL, "1", "2"]], period="2025", form=form)
    assert errors(parsed) == ["wrong_form"]
    assert counts(parsed) == (1, 0, 0, 1)
    long = parse([LONG, [SCHOOL, "2025", "NY203:320", "1", ""]], form=form)
    assert errors(long) == ["wrong_form"]


def test_a_registry_file_given_as_returns() -> None:
    parsed = parse(
        [["代码", "名称", "机构类型", "地区", "生效日期"], ["1", "甲", "01", "渝中区", "2020-01-01"]],
        period="2025",
    )
    assert errors(parsed)
    assert not parsed.accepted()


def test_unknown_columns_are_flagged_ignored_or_refused() -> None:
    rows = [["机构", "110", "神秘列"], [SCHOOL, "1", "2"]]
    parsed = parse(rows, period="2025", form="NY201")
    assert [(one.code, one.severity, one.column) for one in parsed.report.findings] == [
        ("unknown_column", "warning", "神秘列")
    ]
    assert counts(parsed) == (1, 1, 0, 0)
    strict = parse(rows, period="2025", form="NY201", profile=MappingProfile(unknown_columns="error"))
    assert errors(strict) == ["unknown_column"]
    assert not strict.report.may_apply()
    assert (
        parse(
            rows, period="2025", form="NY201", profile=MappingProfile(unknown_columns="ignore")
        ).report.findings
        == []
    )


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["机构", "110", "110"], [SCHOOL, "1", "2"]], "duplicate_column"),
        ([["110", "120"], ["1", "2"]], "missing_column"),
        ([["机构", "期间"], [SCHOOL, "2025"]], "missing_column"),
        ([["机构", "110(斗)"], [SCHOOL, "1"]], "unknown_unit"),
        ([["机构", "110(t)"], [SCHOOL, "1"]], "wrong_unit"),
        ([["x", "y"], ["1", "2"]], "header_not_found"),
        ([["机构", "110"]], "empty_file"),
    ],
)
def test_tables_that_cannot_be_read(rows, code: str) -> None:
    parsed = parse(rows, period="2025", form="NY201")
    assert code in errors(parsed)
    assert parsed.accepted() == []
    assert not parsed.report.may_apply(valid_rows_only=True)


def test_without_a_period_anywhere() -> None:
    assert errors(parse([["机构", "110"], [SCHOOL, "1"]], form="NY201")) == ["missing_column"]


@pytest.mark.parametrize("header", [["机构", "年度", "月份", "110"], ["机构", "年", "季度", "110"]])
def test_year_with_month_or_quarter(header) -> None:
    quarter = header[2] == "季度"
    parsed = parse([header, [SCHOOL, "2025", "3", "1"], [HEALTH, "2025", "00", "2"]], form="NY201")
    assert {key[1] for key in said(parsed)} == {"2025-Q3" if quarter else "2025-03", "2025"}


def test_not_used_clear_and_blank_are_three_things() -> None:
    parsed = parse(
        [["机构", "110", "120", "130"], [SCHOOL, "不使用", "清空", ""]], period="2025", form="NY201"
    )
    block = parsed.accepted()[0]
    assert said(parsed) == {("500103-001", "2025", "NY201", "110"): (None, 9)}
    assert dict(zip(block.codes, block.clears[0].tolist(), strict=True)) == {
        "110": False,
        "120": True,
        "130": False,
    }


def test_a_row_that_says_nothing_is_told_and_stores_nothing() -> None:
    parsed = parse([["机构", "110"], [SCHOOL, ""], [HEALTH, "1"]], period="2025", form="NY201")
    assert counts(parsed) == (2, 2, 0, 0)
    assert [(one.code, one.severity, one.row) for one in parsed.report.findings] == [
        ("row_without_values", "warning", 2)
    ]
    assert list(said(parsed)) == [("500103-002", "2025", "NY201", "110")]


def test_duplicates_and_contradictions_in_the_file() -> None:
    long = parse(
        [
            LONG,
            [SCHOOL, "2025", "NY201:110", "1000", ""],
            ["500103-001", "2025年", "NY201:110", "1,000.0", "kWh"],
            [HEALTH, "2025", "NY201:110", "5", ""],
            [HEALTH, "2025", "NY201:110", "6", ""],
        ]
    )
    wide = parse(
        [["机构", "110"], [SCHOOL, "1000"], ["500103-001", "1,000.0"], [HEALTH, "5"], [HEALTH, "6"]],
        period="2025",
        form="NY201",
    )
    for parsed in (long, wide):
        assert counts(parsed) == (4, 1, 1, 2)
        assert errors(parsed) == ["conflict_in_file", "conflict_in_file"]
        assert list(said(parsed)) == [("500103-001", "2025", "NY201", "110")]


def test_declared_totals_stand_at_their_nodes() -> None:
    parsed = parse(
        [
            ["单位", "110", "120"],
            ["city", "5", "6"],
            ["area:500103", "1", "2"],
            ["教育系统合计", "3", "不使用"],
            [SCHOOL, "1", "1"],
            ["合计", "9", "9"],
        ],
        period="2020",
        form="NY201",
    )
    assert counts(parsed) == (4, 4, 0, 0)
    found = said(parsed)
    assert found[("city", "2020", "NY201", "110")] == ("5", 5)
    assert found[("area:500103", "2020", "NY201", "120")] == ("2", 5)
    assert found[("department:edu", "2020", "NY201", "110")] == ("3", 5)
    assert found[("department:edu", "2020", "NY201", "120")] == (None, 9)
    assert found[("500103-001", "2020", "NY201", "110")] == ("1", 3)


def test_a_bare_total_goes_where_the_profile_says() -> None:
    profile = MappingProfile(totals=(Total("合计", "area:500103"),))
    parsed = parse([["单位", "110"], ["合计", "9"]], period="2020", form="NY201", profile=profile)
    assert said(parsed) == {("area:500103", "2020", "NY201", "110"): ("9", 5)}


def test_code_and_name_must_agree() -> None:
    parsed = parse(
        [["代码", "名称", "110"], ["500103-001", HEALTH, "1"], ["500103-001", "一中", "1"]],
        period="2025",
        form="NY201",
    )
    assert errors(parsed) == ["name_disagrees"]
    assert counts(parsed) == (2, 1, 0, 1)


def test_a_code_that_leads_nowhere_beside_a_known_name_is_told() -> None:
    """The row stands by its name, and says so: a workbook's code that was typed over is not passed in silence."""
    parsed = parse(
        [["代码", "名称", "110"], ["500103-999", HEALTH, "1"], ["", SCHOOL, "2"]], period="2025", form="NY201"
    )
    assert counts(parsed) == (2, 2, 0, 0)
    told = [one for one in parsed.report.findings if one.code == "code_unknown_named"]
    assert [(one.severity, one.row, one.column, one.value) for one in told] == [
        ("note", 2, "代码", "500103-999")
    ]
    assert HEALTH in told[0].message_zh


def test_rooms_are_instances() -> None:
    parsed = parse(
        [["机构", "机房编号", "240"], [SCHOOL, "1", "10"], [SCHOOL, "2", "20"]], period="2025", form="NY202"
    )
    block = parsed.accepted()[0]
    assert block.instances == ["1", "2"]
    assert counts(parsed) == (2, 2, 0, 0)


def test_a_row_that_says_nothing_of_a_form_needs_no_room() -> None:
    """Rows without a room are refused where they state a number of rooms; an empty line of the list is told."""
    parsed = parse(
        [["机构", "机房编号", "240"], [SCHOOL, "1", "10"], [HEALTH, "", ""], ["500103-003", "", "5"]],
        period="2025",
        form="NY202",
    )
    assert counts(parsed) == (3, 2, 0, 1)
    told = [(one.code, one.row) for one in parsed.report.findings if one.code != "header_assumed"]
    assert sorted(told) == [("room_missing", 4), ("row_without_values", 3)]
    assert said(parsed) == {("500103-001", "2025", "NY202", "240"): ("10", 3)}


def test_two_forms_side_by_side_each_with_its_own_rows() -> None:
    parsed = parse(
        [
            ["机构", "期间", "机房编号", "NY201:110", "NY202:240"],
            [SCHOOL, "2025", "", "100", ""],
            [SCHOOL, "2025", "1", "", "10"],
            [SCHOOL, "2025", "2", "", "20"],
            [HEALTH, "2025", "1", "7", "30"],
        ]
    )
    assert [(block.form, block.instances) for block in parsed.accepted()] == [
        ("NY201", [""]),
        ("NY202", ["1", "2"]),
    ]
    assert [(one.code, one.row) for one in parsed.report.findings if one.severity == "error"] == [
        ("room_not_asked", 5)
    ]


def test_required_cells_of_a_profile() -> None:
    profile = MappingProfile(columns=(Column(heading="110", field="NY201:110", required=True),))
    parsed = parse(
        [["机构", "110", "120"], [SCHOOL, "", "1"], [HEALTH, "x", "1"]],
        period="2025",
        form="NY201",
        profile=profile,
    )
    assert sorted(errors(parsed)) == ["missing_required", "not_a_number"]


def test_a_shifted_csv_row_is_rejected() -> None:
    parsed = parse([], content="机构,110,120\n示例市第一中学,1,000,5\n".encode(), period="2025", form="NY201")
    assert errors(parsed) == ["cells_beyond_header"]


def test_blank_headings_survive() -> None:
    parsed = parse(
        [],
        content=files.xlsx([["机构", None, "110"], [SCHOOL, None, 5], [HEALTH, "旁注", 6]]),
        name="a.xlsx",
        period="2025",
        form="NY201",
    )
    assert counts(parsed) == (2, 2, 0, 0)
    assert [(one.code, one.column) for one in parsed.report.findings] == [("unknown_column", "B")]


def test_the_sheet_with_the_table_is_found_between_others() -> None:
    content = files.xlsx(
        [["说明"], ["本表用于……"]], sheet="说明", more={"数据": [["机构", "110"], [SCHOOL, 5]], "空": []}
    )
    parsed = parse([], content=content, name="a.xlsx", period="2025", form="NY201")
    assert said(parsed) == {("500103-001", "2025", "NY201", "110"): ("5", 3)}
    assert parsed.report.sheet == "数据"
    assert [(one.code, one.value) for one in parsed.report.findings] == [("sheet_not_read", "说明")]


def test_vertical_merges_in_key_columns_are_filled() -> None:
    import io

    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        for place, row in enumerate(
            [LONG, ["", "2025", "NY201:110", 1, ""], ["", "2025", "NY201:120", 2, ""]]
        ):
            page.write_row(place, 0, row)
        page.merge_range(1, 0, 2, 0, SCHOOL)
    parsed = parse([], content=target.getvalue(), name="a.xlsx")
    assert counts(parsed) == (2, 2, 0, 0)
    assert "merged_filled" in files.codes(parsed.report.findings)


def test_a_unit_in_a_banner_is_never_overlooked() -> None:
    parsed = parse([["金额单位：万元", None], ["机构", "111"], [SCHOOL, "5"]], period="2025", form="NY201")
    assert ("unit_in_banner", "warning") in [(one.code, one.severity) for one in parsed.report.findings]


def test_what_did_not_pass_the_gate_reads_nothing() -> None:
    parsed = parse([], content=b"a,b\n", name="a.xlsx")
    assert counts(parsed) == (0, 0, 0, 0)
    assert errors(parsed) == ["file_type_mismatch"]
    assert not parsed.report.may_apply(valid_rows_only=True)


def test_the_json_of_a_result() -> None:
    document = parse([LONG, [SCHOOL, "2025", "NY201:110", "-1", ""]]).report.result().as_json()
    assert list(document) == ["read", "accepted", "duplicate", "rejected", "applied", "findings"]
    assert list(document["findings"][0])[:8] == [
        "severity",
        "code",
        "sheet",
        "row",
        "column",
        "value",
        "message_zh",
        "message_en",
    ]
