"""Rows of readings that came in several parts stand in one order, however their times lie to each other."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from jieyue.apps.metering.raw import Columns, joined

Row = tuple[int, int, int, int, int, int]
"""point, channel, ts, revision, batch, value"""


def part(rows: Sequence[Row]) -> Columns:
    """As a file has them: ascending, one number for a column that says the same in every row."""
    columns = [np.array([row[n] for row in sorted(rows)], dtype=np.int64) for n in range(6)]
    return tuple(
        np.broadcast_to(column[0], len(column)) if len(set(column.tolist())) == 1 else column
        for column in columns
    )


def rows_of(columns: Columns) -> list[Row]:
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_parts_are_put_in_one_order(seed: int, across: bool) -> None:
    """Months one after another with a few later readings at the end; across: these lie among the others."""
    chance = random.Random(seed)
    parts: list[list[Row]] = []
    for batch, begins in ((1, 1_000), (2, 2_000), (3, 1_500 if across else 3_000)):
        points = [point for point in range(3, 40) if chance.random() < (0.3 if batch == 3 else 0.8)]
        parts.append(
            [
                (point, channel, begins + step + 1, 0, batch, chance.randrange(10**6))
                for point in points
                for channel in range(1 + point % 2)
                for step in range(chance.randrange(1, 900, 60))
            ]
        )
    chance.shuffle(parts)
    found = joined([part(rows) for rows in parts])
    every = [row for rows in parts for row in rows]
    assert rows_of(found) == sorted(every, key=lambda row: row[:3])
    assert not found[3].strides[0]  # all say 0
    assert found[4].strides[0]


def test_rows_of_one_instant_stay_in_the_order_in_which_the_parts_are_given() -> None:
    parts = [[(7, 0, 60, 1, 5, 10), (7, 0, 120, 1, 5, 20)], [(7, 0, 60, 0, 9, 30)], [(7, 0, 60, 2, 4, 1)]]
    found = joined([part(rows) for rows in parts])
    assert [row[3:] for row in rows_of(found)] == [(1, 5, 10), (0, 9, 30), (2, 4, 1), (1, 5, 20)]


def test_of_nothing_there_is_nothing() -> None:
    assert [len(column) for column in joined([])] == [0] * 6
