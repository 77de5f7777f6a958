"""Numbers, dates and periods as people write them: read exactly, or refused with a reason."""

import doctest
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.apps.exchange import cellcolumn, credit, export_gate, fields, lexicon, match, numbers, reader
from jieyue.apps.exchange.dates import parse_date, parse_period
from jieyue.apps.exchange.numbers import (
    Number,
    Refusal,
    float_number,
    number_of,
    parse_number,
    stored,
)
from jieyue.apps.exchange.profile import Column, MappingProfile
from jieyue.apps.exchange.reader import Odd


@pytest.mark.parametrize("module", [numbers, credit, export_gate, fields, lexicon, match, reader])
def test_examples(module) -> None:
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


UNDERSTOOD = {
    "57900": "57900",
    " 57900 ": "57900",
    "１２３４５．６": "12345.6",
    "1,234,567.89": "1234567.89",
    "１，２３４": "1234",
    "1 234 567": "1234567",
    "1\u00a0234": "1234",
    "1'234": "1234",
    "-5": "-5",
    "−5": "-5",
    "－５": "-5",
    "+5": "5",
    "(1,234.5)": "-1234.5",
    "（3）": "-3",
    "￥1,200": "1200",
    "$-3": "-3",
    "-$3": "-3",
    "1.2万": "12000",
    "3亿": "300000000",
    "0.00001万": "0.1",
    ".5": "0.5",
    "5.": "5",
    "007": "7",
    "\u200b12\ufeff": "12",
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_understood(text: str) -> None:
    number = parse_number(text)
    assert isinstance(number, Number)
    assert number.fraction() == Fraction(UNDERSTOOD[text])


REFUSED = {
    "1e400": "exponent_in_number",
    "1.5E3": "exponent_in_number",
    "NaN": "not_a_number",
    "inf": "not_a_number",
    "无": "not_a_number",
    "一千": "not_a_number",
    "12吨": "text_in_number",
    "约12": "text_in_number",
    "1,5": "ambiguous_number",
    "1.234,56": "ambiguous_number",
    "1,2345": "ambiguous_number",
    "1.2.3": "ambiguous_number",
    "12%": "text_in_number",
    "(-3)": "ambiguous_number",
    "--3": "text_in_number",
    "1-2": "text_in_number",
    "0x10": "text_in_number",
    "١٢": "not_a_number",
    "9" * 100: "not_a_number",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    assert parse_number(text) == Refusal(REFUSED[text])


def test_percent_only_where_it_belongs() -> None:
    assert parse_number("12%", percent=True) == Number(12, 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (81.69999695, "81.69999695"), (1e22, "1" + "0" * 22), (5e-7, "0.0000005"), (-3.0, "-3")],
)
def test_a_spreadsheet_number_is_its_shortest_decimal(value: float, text: str) -> None:
    number = float_number(value)
    assert isinstance(number, Number)
    assert number.fraction() == Fraction(text)


@given(st.integers(-(10**17), 10**17), st.integers(0, 4))
@settings(derandomize=True, max_examples=300)
def test_any_plain_decimal_is_stored_exactly(digits: int, decimals: int) -> None:
    whole, part = divmod(abs(digits), 10**decimals)
    text = f"{'-' if digits < 0 else ''}{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")
    number = parse_number(text)
    assert isinstance(number, Number)
    assert (
        stored(number) == (digits * 10 ** (4 - decimals), False)
        or abs(digits * 10 ** (4 - decimals)) >= 10**18
    )


@given(
    st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
)
@settings(derandomize=True, max_examples=300)
def test_storage_rounds_half_to_even(value: Fraction, top: int, bottom: int) -> None:
    number = Number(round(value * 10**6), 6)
    exact = number.fraction() * Fraction(top, bottom) * 10_000
    outcome = stored(number, Fraction(top, bottom))
    if abs(round(exact)) < 10**18:
        assert outcome == (round(exact), exact != round(exact))
    else:
        assert outcome == Refusal("number_too_large")


TOKENS = cellcolumn.Tokens.of(MappingProfile(null_tokens=("Not Available",)), Column())


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.floats(allow_nan=False, allow_infinity=False, width=64),
            st.integers(-(10**12), 10**12).map(lambda number: number / 100),
            st.sampled_from(["1,234", "Not Available", "不使用", "清空", "x", "", " ", "12.3456", "77"]),
        ),
        max_size=30,
    ),
    st.sampled_from(
        [Fraction(1), Fraction(10_000), Fraction(1, 1000), Fraction(9290304, 10**8), Fraction(1, 3)]
    ),
)
@settings(derandomize=True, max_examples=300)
def test_the_fast_way_says_what_the_careful_way_says(cells, factor) -> None:
    """A whole column at once equals its cells one by one."""
    whole = cellcolumn.convert(cells, factor, TOKENS)
    refused = {place for place, _ in whole.refused}
    for place, cell in enumerate(cells):
        if cell is None or not str(cell).strip():
            assert whole.origins[place] == 0
            continue
        one = cellcolumn.read_cell(cell, factor, TOKENS)
        if isinstance(one, Refusal):
            assert place in refused
        elif isinstance(one, tuple):
            assert whole.values[place] == one[0]
            assert (place in refused) == (one[0] < 0)
        else:
            assert {"null": 0, "not_used": 9, "clear": 0}[one] == whole.origins[place]
            assert whole.clears[place] == (one == "clear")


def test_no_note_for_what_a_spreadsheet_computes() -> None:
    """0.1 + 0.2 is 0.30000000000000004 in the file and 0.3 on the screen."""
    assert cellcolumn.read_cell(0.1 + 0.2, Fraction(1), TOKENS) == (3000, False)
    assert cellcolumn.read_cell(0.12345, Fraction(1), TOKENS) == (1234, True)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Odd("date", "2025-01-01"), "date_in_number"),
        (Odd("error", "#N/A"), "error_cell"),
        (Odd("formula", "="), "formula_without_value"),
        (Odd("number", "inf"), "number_too_large"),
        (Odd("number", "nan"), "not_a_number"),
        (True, "not_a_number"),
    ],
)
def test_cells_that_are_no_numbers(cell, code: str) -> None:
    assert number_of(cell) == Refusal(code)


SAME_DAY = [
    "2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "２０２６年３月５日", "20260305", "2026-03-05 00:00:00",
    46086.0, "46086", 46086, Odd("date", "2026-03-05"), Odd("datetime", "2026-03-05T08:00:00"),
]  # fmt: skip


@pytest.mark.parametrize("cell", SAME_DAY)
def test_dates(cell) -> None:
    assert parse_date(cell) == date(2026, 3, 5)


def test_the_1904_system() -> None:
    assert parse_date(44624.0, date_1904=True) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "cell", ["2025-02-30", "5/3/2026", "三月", 12.5, 3.0, True, None, "2026-13-01", Odd("error", "#N/A")]
)
def test_no_dates(cell) -> None:
    assert isinstance(parse_date(cell), Refusal)


PERIODS = {
    "2025": "2025", "2025年": "2025", "2025年度": "2025", "2025-03": "2025-03", "2025年3月": "2025-03",
    "2025/3": "2025-03", "202503": "2025-03", "2025-Q1": "2025-Q1", "2025Q4": "2025-Q4", "2025年第一季度": "2025-Q1",
    "2025年3季度": "2025-Q3", "2024-HS": "2024-HS", "2024年采暖季": "2024-HS", "2024-2025采暖季": "2024-HS",
    "２０２５年１２月份": "2025-12",
}  # fmt: skip


@pytest.mark.parametrize("text", PERIODS)
def test_periods(text: str) -> None:
    assert parse_period(text) == PERIODS[text]


def test_a_typed_month_that_a_spreadsheet_made_a_date() -> None:
    assert parse_period(Odd("date", "2025-03-01")) == "2025-03"
    assert parse_period(Odd("date", "2025-03-02")) == Refusal("unknown_period")
    assert parse_period(2025.0) == "2025"


@pytest.mark.parametrize(
    "text", ["2025-13", "25", "2025-Q5", "去年", "2025-1-1", "20253", True, None, 2025.5]
)
def test_no_periods(text) -> None:
    assert parse_period(text) == Refusal("unknown_period")
