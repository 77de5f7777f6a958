"""Dated rows: what holds as of S and on a day, and how a dated change is written without gap or overlap."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.period import Period
from jieyue.domain.tree import (
    OPEN_END,
    Interval,
    TreeError,
    apply_change,
    as_of,
    check_intervals,
    current,
    days_in_being,
    overlap_days,
    overlap_days_of,
    remove_span,
)

DAY_ZERO = date(2024, 1, 1)


def day(number: int) -> date:
    return DAY_ZERO + timedelta(days=number)


@dataclass(frozen=True)
class Row:
    row_id: int
    seq: int
    replaces: int | None = None
    gone: bool = False


def test_current_follows_what_replaces_and_what_is_gone() -> None:
    rows = [
        Row(1, seq=1),
        Row(2, seq=1),
        Row(3, seq=4, replaces=1),
        Row(4, seq=6, replaces=3),
        Row(5, seq=7, replaces=2, gone=True),
    ]
    ids = {seq: [row.row_id for row in current(rows, seq)] for seq in range(9)}
    assert ids == {0: [], 1: [1, 2], 2: [1, 2], 3: [1, 2], 4: [2, 3], 5: [2, 3], 6: [2, 4], 7: [4], 8: [4]}


def test_current_does_not_depend_on_the_order_of_rows() -> None:
    rows = [Row(3, seq=4, replaces=1), Row(1, seq=1), Row(2, seq=1)]
    assert {row.row_id for row in current(rows, 4)} == {2, 3}
    assert {row.row_id for row in current(reversed(rows), 3)} == {1, 2}


def test_as_of_is_half_open() -> None:
    rows = [Interval(day(0), day(10), "old"), Interval(day(10), OPEN_END, "new")]
    assert [row.value for row in as_of(rows, day(9))] == ["old"]
    assert [row.value for row in as_of(rows, day(10))] == ["new"]
    assert as_of(rows, day(-1)) == []
    assert as_of(rows, OPEN_END) == []


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (date(2025, 1, 1), date(2026, 1, 1), 365),
        (date(2020, 1, 1), OPEN_END, 365),
        (date(2025, 7, 1), OPEN_END, 184),
        (date(2020, 1, 1), date(2025, 7, 1), 181),
        (date(2025, 3, 1), date(2025, 3, 2), 1),
        (date(2026, 1, 1), OPEN_END, 0),
        (date(2020, 1, 1), date(2025, 1, 1), 0),
    ],
)
def test_overlap_days(first: date, end: date, expected: int) -> None:
    year = Period.parse("2025")
    assert overlap_days(first, end, year) == expected
    many = overlap_days_of(np.array([first], "M8[D]"), np.array([end], "M8[D]"), year)
    assert many.dtype == np.int64
    assert many.tolist() == [expected]


def test_days_in_being_counts_a_day_once() -> None:
    spans = [
        Interval(date(2025, 6, 1), date(2025, 7, 1), None),
        Interval(date(2025, 1, 1), date(2025, 2, 1), None),
        Interval(date(2025, 6, 11), date(2025, 6, 21), None),  # within the first
        Interval(date(2025, 12, 31), OPEN_END, None),
    ]
    assert days_in_being(spans, Period.parse("2025")) == 30 + 31 + 1
    assert days_in_being([], Period.parse("2025")) == 0


def test_an_empty_span_is_refused() -> None:
    for first, end in ((day(5), day(5)), (day(6), day(5))):
        with pytest.raises(TreeError) as caught:
            apply_change([], first, end, "x")
        assert caught.value.code == "interval_empty"


def test_overlap_and_gap_are_refused() -> None:
    with pytest.raises(TreeError) as caught:
        apply_change([Interval(day(0), day(5), "a"), Interval(day(4), day(9), "b")], day(1), day(2), "c")
    assert caught.value.code == "interval_overlap"
    holed = [Interval(day(0), day(5), "a"), Interval(day(6), day(9), "b")]
    assert check_intervals(holed) == holed
    with pytest.raises(TreeError) as caught:
        check_intervals(holed, gaps=False)
    assert caught.value.code == "interval_gap"


def test_a_change_in_the_middle_leaves_both_ends() -> None:
    past = [Interval(day(0), OPEN_END, "a", row_id=1)]
    change = apply_change(past, day(10), day(20), "b")
    assert change.replaced == tuple(past)
    assert change.new == (
        Interval(day(0), day(10), "a"),
        Interval(day(10), day(20), "b"),
        Interval(day(20), OPEN_END, "a"),
    )
    assert [(new and new.value, old and old.row_id) for new, old in change.pairs()] == [
        ("a", 1),
        ("b", None),
        ("a", None),
    ]


def test_a_change_over_several_rows_removes_what_it_covers() -> None:
    past = [
        Interval(day(0), day(10), "a", row_id=1),
        Interval(day(10), day(20), "b", row_id=2),
        Interval(day(20), day(30), "c", row_id=3),
    ]
    change = apply_change(past, day(0), day(30), "d")
    assert change.new == (Interval(day(0), day(30), "d"),)
    # One row supersedes; the other two end in rows that are gone.
    assert [(new and new.value, old and old.row_id) for new, old in change.pairs()] == [
        ("d", 1),
        (None, 2),
        (None, 3),
    ]


def test_the_same_value_joins_and_changes_nothing_where_it_holds() -> None:
    past = [Interval(day(0), day(10), "a", row_id=1), Interval(day(10), OPEN_END, "b", row_id=2)]
    assert apply_change(past, day(2), day(5), "a").new == ()
    assert apply_change(past, day(0), day(10), "a").replaced == ()
    longer = apply_change(past, day(5), day(15), "a")
    assert longer.new == (Interval(day(0), day(15), "a"), Interval(day(15), OPEN_END, "b"))


def test_a_change_into_nothing_opens_a_row() -> None:
    change = apply_change([], day(3), OPEN_END, "a")
    assert change.replaced == ()
    assert change.pairs() == ((Interval(day(3), OPEN_END, "a"), None),)


def test_closing_ends_the_row_and_forgets_later_ones() -> None:
    past = [Interval(day(0), day(10), "a", row_id=1), Interval(day(10), OPEN_END, "b", row_id=2)]
    change = remove_span(past, day(5), OPEN_END)
    assert change.result(past) == [Interval(day(0), day(5), "a")]
    assert remove_span(past, day(-5), day(0)).replaced == ()


@st.composite
def histories(draw: st.DrawFn) -> list[Interval[str]]:
    """Non-overlapping intervals on days 0 to 40, gaps allowed, in any order."""
    cuts = sorted(draw(st.sets(st.integers(0, 40), min_size=2, max_size=8)))
    rows = [
        Interval(day(a), day(b), draw(st.sampled_from("abc")), row_id=number)
        for number, (a, b) in enumerate(pairwise(cuts))
        if draw(st.booleans())
    ]
    return draw(st.permutations(rows))


spans = st.tuples(st.integers(-5, 45), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def value_on(rows: list[Interval[str]], number: int) -> str | None:
    valid = as_of(rows, day(number))
    assert len(valid) <= 1
    return valid[0].value if valid else None


@given(histories(), spans, st.sampled_from("abc"))
@settings(derandomize=True)
def test_after_a_change_each_day_says_what_it_should(
    rows: list[Interval[str]], span: tuple[int, int], value: str
) -> None:
    change = apply_change(rows, day(span[0]), day(span[1]), value)
    after = check_intervals(change.result(rows))
    for number in range(-10, 70):
        expected = value if span[0] <= number < span[1] else value_on(rows, number)
        assert value_on(after, number) == expected
    assert all(row in rows for row in change.replaced)
    # Done twice it changes nothing.
    again = apply_change(after, day(span[0]), day(span[1]), value)
    assert again.result(after) == after
    assert sum(old is not None for _, old in change.pairs()) == len(change.replaced)


@given(histories(), spans)
@settings(derandomize=True)
def test_after_a_removal_the_span_is_empty_and_the_rest_stays(
    rows: list[Interval[str]], span: tuple[int, int]
) -> None:
    after = check_intervals(remove_span(rows, day(span[0]), day(span[1])).result(rows))
    for number in range(-10, 70):
        expected = None if span[0] <= number < span[1] else value_on(rows, number)
        assert value_on(after, number) == expected


@given(histories())
@settings(derandomize=True)
def test_days_in_being_is_the_count_of_valid_days(rows: list[Interval[str]]) -> None:
    january = Period.parse("2024-01")
    assert days_in_being(rows, january) == sum(value_on(rows, number) is not None for number in range(31))
    assert days_in_being(rows, january) == sum(
        overlap_days(row.valid_from, row.valid_to, january) for row in rows
    )
