"""The workbook that goes out and comes back: what stands in it, what is filled in, and what an untouched row is not."""

from pathlib import Path

import openpyxl
import pytest

from tests.cli.command import REFUSED, jieyue


@pytest.fixture
def filed(home: Path, tmp_path: Path) -> Path:
    """Two institutions filed September: flows, stocks, and coal that one does not use."""
    rows = [
        ["institution", "period", "item", "value", "unit"],
        *(
            [code, "2026-09", f"NY201:{item}", value, unit]
            for code in ("A", "D")
            for item, value, unit in (
                ("102", "5000", "m2"), ("103", "120", "人"), ("110", "43210.5", "kWh"), ("130", "不使用", "t"),
            )
        ),
    ]  # fmt: skip
    file = tmp_path / "september.csv"
    file.write_text("\n".join(",".join(row) for row in rows), "utf-8")
    assert jieyue(home, "import", "returns", file, "--publish").document["applied"]
    return home


def sheet_of(path: Path) -> tuple[openpyxl.Workbook, dict[str, int], dict[str, int]]:
    """(book, item code → column, institution → row) of the entry sheet."""
    book = openpyxl.load_workbook(path)
    page = book["NY201"]
    columns = {str(cell.value).split(" ")[0]: cell.column for cell in page[2]}
    rows = {str(row[0].value): row[0].row for row in page.iter_rows(min_row=3)}
    return book, columns, rows


def test_the_workbook_carries_stocks_and_what_is_not_used_and_leaves_flows_blank(
    filed: Path, tmp_path: Path
) -> None:
    path = tmp_path / "october.xlsx"
    said = jieyue(filed, "template", "NY201", "--period", "2026-10", "-o", path).document
    book, columns, rows = sheet_of(path)
    assert said["institutions"] == len(rows) >= 2
    page, row = book["NY201"], rows["A"]
    assert [page.cell(row, columns[code]).value for code in ("102", "103", "110", "130")] == [
        5000,
        120,
        None,
        "不使用",
    ]
    assert book["_about"].sheet_state == "hidden"
    beside = book["对照（不填）"]
    heads = {str(cell.value): cell.column for cell in beside[2]}
    before = next(column for head, column in heads.items() if head.startswith("2026-09 110 "))
    assert 43210.5 in [beside.cell(number, before).value for number in range(3, beside.max_row + 1)]


def test_what_is_filled_in_comes_back_and_an_untouched_row_is_no_return(filed: Path, tmp_path: Path) -> None:
    path = tmp_path / "october.xlsx"
    jieyue(filed, "template", "NY201", "--period", "2026-10", "-o", path)
    book, columns, rows = sheet_of(path)
    page = book["NY201"]
    page.cell(rows["A"], columns["110"]).value = 40000
    page.cell(rows["A"], columns["103"]).value = 125
    book.save(path)
    said = jieyue(filed, "import", "returns", path, "--publish")
    assert said.document["applied"], said.stdout
    untouched = [one["row"] for one in said.findings("warning") if one["code"] == "row_without_values"]
    assert rows["D"] in untouched
    assert rows["A"] not in untouched
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.returns.queries import versions_of

    ids = by_code(["A", "D"])
    (made,) = versions_of(ids["A"], "NY201", "2026-10")
    assert '"103":["125"' in made.cells
    assert '"110":["40000"' in made.cells
    assert '"130":[null' in made.cells
    assert versions_of(ids["D"], "NY201", "2026-10") == []


def test_rows_that_were_sorted_come_back_to_the_right_institution(filed: Path, tmp_path: Path) -> None:
    path = tmp_path / "october.xlsx"
    jieyue(filed, "template", "NY201", "--period", "2026-10", "-o", path)
    book, columns, rows = sheet_of(path)
    page = book["NY201"]
    for code, value in (("A", 111), ("D", 222)):
        page.cell(rows[code], columns["110"]).value = value
    lines = [[cell.value for cell in row] for row in page.iter_rows(min_row=3)]
    for number, line in enumerate(reversed(lines), start=3):
        for column, value in enumerate(line, start=1):
            page.cell(number, column).value = value
    book.save(path)
    assert jieyue(filed, "import", "returns", path, "--publish").document["applied"]
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.returns.queries import versions_of

    ids = by_code(["A", "D"])
    for code, value in (("A", "111"), ("D", "222")):
        (made,) = versions_of(ids[code], "NY201", "2026-10")
        assert f'"110":["{value}"' in made.cells


def test_the_rooms_of_ny202_go_out_and_come_back_each_a_return_of_its_own(home: Path, tmp_path: Path) -> None:
    rooms = tmp_path / "rooms.csv"
    lines = ["A,渝中区第一中学,021,500103,1、B2", "D,大渡口区财政局,01,500104,无"]
    text = ["code,name,type,region,rooms,valid_from", *(f"{line},2026-01-01" for line in lines)]
    rooms.write_text("\n".join(text), "utf-8")
    assert jieyue(home, "import", "institutions", rooms).document["applied"]
    path = tmp_path / "rooms.xlsx"
    said = jieyue(home, "template", "NY202", "--period", "2026-10", "-o", path).document
    assert (said["institutions"], said["rooms"]) == (1, 2)
    book = openpyxl.load_workbook(path)
    page = book["NY202"]
    columns = {str(cell.value).split(" ")[0]: cell.column for cell in page[2]}
    assert [[page.cell(row, column).value for column in (1, 3)] for row in (3, 4)] == [
        ["A", "1"],
        ["A", "B2"],
    ]
    for row, kwh in ((3, 400), (4, 500)):
        page.cell(row, columns["2401"]).value = kwh
    book.save(path)
    back = jieyue(home, "import", "returns", path, "--publish")
    assert back.document["applied"], back.stdout
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.returns.queries import versions_of

    number = by_code(["A"])["A"]
    for room, kwh in (("1", "400"), ("B2", "500")):
        (made,) = versions_of(number, "NY202", "2026-10", room)
        assert f'"2401":["{kwh}"' in made.cells
    page.cell(4, 3).value = None
    book.save(path)
    refused = jieyue(home, "import", "returns", path, "--publish")
    assert [(one["code"], one["row"], one["column"]) for one in refused.findings("error")] == [
        ("room_missing", 4, "机房编号")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("NY999", "--period", "2026-10"), "NY999"),
        (("NY202", "--period", "2026-10"), "没有登记机房"),
        (("NY201", "--period", "2026-10", "--scope", "line:NOBODY"), "没有应填报的机构"),
    ],
)
def test_what_has_no_workbook_is_refused(
    home: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    refused = jieyue(home, "template", *words, "-o", tmp_path / "x.xlsx")
    assert refused.code == REFUSED
    assert said in refused.stderr + refused.stdout
    assert not (tmp_path / "x.xlsx").exists()
