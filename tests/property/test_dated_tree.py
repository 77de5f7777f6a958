"""A whole history of dated changes: the rows always part the time line, and say what day by day was said last."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.tree import OPEN_END, Interval, apply_change, check_intervals, remove_span

FIRST = date(2024, 1, 1)
DAYS = 40
spans = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS)).map(
    lambda span: (span[0], min(DAYS, sum(span)))
)
#: A value to hold in a span, or None: nothing holds there.
steps = st.lists(st.tuples(spans, st.sampled_from([None, "甲", "乙", "丙"])), max_size=12)


def day(number: int) -> date:
    """The last day of the model stands for the open end."""
    return OPEN_END if number == DAYS else FIRST + timedelta(days=number)


@given(steps)
@settings(max_examples=150)
def test_any_history_is_a_partition_of_time(history: list[tuple[tuple[int, int], str | None]]) -> None:
    rows: list[Interval[str]] = []
    written: dict[int, Interval[str]] = {}  # what stands in the store, by row id
    said: list[str | None] = [None] * DAYS
    number = 0
    for (first, end), value in history:
        change = (
            remove_span(rows, day(first), day(end))
            if value is None
            else apply_change(rows, day(first), day(end), value)
        )
        for new, old in change.pairs():
            if old is not None:
                del written[
                    old.row_id or 0
                ]  # each stored row is superseded once: a second time is a KeyError
            if new is not None:
                number += 1
                written[number] = Interval(new.valid_from, new.valid_to, new.value, number)
        rows = sorted(written.values(), key=lambda row: row.valid_from)
        said[first:end] = [value] * (end - first)
        assert check_intervals(rows) == rows  # none is empty, no two share a day
        held = [[row.value for row in rows if row.valid_from <= day(n) < row.valid_to] for n in range(DAYS)]
        assert held == [[] if value is None else [value] for value in said]
