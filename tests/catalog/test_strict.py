"""The strict reader: what is read, and each refusal with file, row, column and reason."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.catalog.digest import plain
from jieyue.catalog.strict import (
    BEGINNING,
    OPEN_END,
    CatalogError,
    check_dated,
    parse_number,
    read_placed,
    read_table,
)


@dataclass(frozen=True, kw_only=True)
class Row:
    code: str
    value: Fraction
    text: str = field(metadata={"column": "value"})
    unit: str
    kind: Literal["a", "b"] = "a"
    rank: int | None = None
    kept: bool = True
    words: tuple[str, ...] = ()
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


def read(tmp_path: Path, text: str, **options: object) -> tuple[Row, ...]:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, Row, **options)  # type: ignore[arg-type]


def refused(tmp_path: Path, text: str | bytes, **options: object) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        read(tmp_path, text, **options)  # type: ignore[arg-type]
    assert caught.value.file == str(tmp_path / "table.csv")
    assert caught.value.reason_zh
    assert caught.value.reason_en
    return caught.value


def test_reads_every_kind_of_cell(tmp_path: Path) -> None:
    header = "code,value,unit,kind,rank,kept,words,valid_from,valid_to"
    (row,) = read(tmp_path, f"{header}\nx,0.3100,kWh,b,7,no,度|千瓦时,2025-01-01,2026-01-01\n")
    assert row == Row(
        code="x",
        value=Fraction(31, 100),
        text="0.3100",
        unit="kWh",
        kind="b",
        rank=7,
        kept=False,
        words=("度", "千瓦时"),
        valid_from=date(2025, 1, 1),
        valid_to=date(2026, 1, 1),
    )


def test_blank_and_absent_optional_cells_take_the_default(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "code,value,unit,rank\nx,1,kWh,\n")
    assert (row.rank, row.kind, row.valid_to) == (None, "a", OPEN_END)


def test_a_byte_order_mark_of_a_spreadsheet_program_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffcode,value,unit\nx,1,kWh\n")[0].code == "x"


@pytest.mark.parametrize(
    ("text", "row", "column", "reason"),
    [
        ("code,value,unit,colour\nx,1,kWh,red\n", 1, "colour", "unknown column"),
        ("code,value\nx,1\n", 1, "unit", "a required column is missing"),
        ("code,value,unit,unit\nx,1,kWh,kWh\n", 1, "unit", "stands twice"),
        ("code,value,unit\nx,1,kWh\ny,,kWh\n", 3, "value", "blank"),
        ("code,value,unit\nx,1e3,kWh\n", 2, "value", "not a number"),
        ('code,value,unit\nx,"1,000",kWh\n', 2, "value", "not a number"),
        ("code,value,unit\nx,NaN,kWh\n", 2, "value", "not a number"),
        ("code,value,unit\nx,1/0,kWh\n", 2, "value", "not a number"),
        ("code,value,unit\nx,１,kWh\n", 2, "value", "not a number"),
        ("code,value,unit,kind\nx,1,kWh,c\n", 2, "kind", "not one of: a, b"),
        ("code,value,unit,rank\nx,1,kWh,1.5\n", 2, "rank", "not a whole number"),
        ("code,value,unit,kept\nx,1,kWh,true\n", 2, "kept", "must be yes or no"),
        ("code,value,unit,valid_from\nx,1,kWh,2025-02-30\n", 2, "valid_from", "not a date"),
        ("code,value,unit,valid_from\nx,1,kWh,20250230\n", 2, "valid_from", "not a date"),
        ("code,value,unit,words\nx,1,kWh,a||b\n", 2, "words", "blank or a repeated word"),
        ("code,value,unit\nx,1\n", 2, None, "2 cells under 3 headers"),
        ('code,value,unit\nx,1,"kWh\n', None, None, "malformed CSV"),
        ("", None, None, "empty file"),
        ("code,value,unit\nx,1,千瓦时\n".encode("gb18030"), None, None, "not UTF-8"),
    ],
)
def test_refusals(tmp_path: Path, text: str, row: int | None, column: str | None, reason: str) -> None:
    error = refused(tmp_path, text)
    assert reason in error.reason_en
    assert error.column == column
    if row is not None:
        assert error.row == row


def test_a_duplicate_key_names_both_rows(tmp_path: Path) -> None:
    error = refused(tmp_path, "code,value,unit\nx,1,kWh\ny,1,kWh\nx,2,kWh\n", key=("code",))
    assert (error.row, error.column) == (4, "code")
    assert "same as row 2" in error.reason_en


def test_a_wrong_unit_refuses(tmp_path: Path) -> None:
    error = refused(tmp_path, "code,value,unit\nx,1,MW\n", allowed={"unit": {"kWh", "m3"}})
    assert (error.row, error.column) == (2, "unit")
    assert "kWh, m3" in error.reason_en


def test_a_missing_file_refuses(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot read"):
        read_table(tmp_path / "none.csv", Row)


HEAD = "code,value,unit,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        ("x,2,kWh,2024-06-01,\n", "overlaps"),
        ("x,2,kWh,2025-02-01,\n", "leaves a gap"),
        ("x,2,kWh,2026-01-01,2026-01-01\n", "must be after"),
    ],
)
def test_gaps_overlaps_and_empty_validity_refuse(tmp_path: Path, later: str, reason: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEAD}x,1,kWh,,2025-01-01\n{later}")
    with pytest.raises(CatalogError) as caught:
        check_dated(read_placed(path, Row), lambda row: row.code)
    assert reason in caught.value.reason_en
    assert (caught.value.file, caught.value.row) == (str(path), 3)


def test_rows_that_follow_one_another_and_other_keys_pass(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEAD}x,1,kWh,,2025-01-01\nx,2,kWh,2025-01-01,\ny,1,kWh,2024-01-01,\n")
    check_dated(read_placed(path, Row), lambda row: row.code)


def test_numbers_are_exact() -> None:
    assert parse_number("0.8005*293.77/71.54") == Fraction("235.162885") / Fraction("71.54")
    assert parse_number("-2/3") == Fraction(-2, 3)


@settings(derandomize=True, max_examples=200)
@given(st.fractions())
def test_the_printed_text_of_a_number_reads_back_to_it(value: Fraction) -> None:
    assert parse_number(plain(value)) == value
