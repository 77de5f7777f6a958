"""More points and batches than one statement takes: what asks for them does so a few thousand at a time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from jieyue.apps.metering import raw
from jieyue.apps.metering.formulas import Said, problems_after
from jieyue.apps.metering.meter_changes import Register
from jieyue.apps.metering.models import Point, PointVersion, ReadingBatch
from jieyue.config.home import Home
from jieyue.domain.formula import parse
from jieyue.domain.virtual_check import Held

MANY = 5_500
MOST = 5_010
"""Numbers of one statement: five thousand, and a few beside them."""


@pytest.fixture
def asked(home: Home) -> Iterator[list[int]]:
    """How many numbers each statement that reads has."""
    found: list[int] = []

    def count(execute: Callable[..., Any], sql: str, params: Sequence[Any], many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            found.append(len(params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield found


def stored() -> dict[str, int]:
    """So many points, far from each other; code → number."""
    points = {f"P{n}": 10 * n + 7 for n in range(MANY)}
    Point.objects.bulk_create([Point(id=number, code=code) for code, number in points.items()])
    PointVersion.objects.bulk_create(
        PointVersion(
            id=number, seq=1, valid_from=date(2026, 1, 1), point_id=number, institution=1,
            carrier="electricity", unit="kWh", kind="register", parent=7 if number > 7 else None,
        )
        for number in points.values()
    )  # fmt: skip
    return points


def test_a_file_of_many_meters_is_compared_with_what_is_stored(asked: list[int]) -> None:
    points = stored()
    register = Register(points)
    assert {number: len(one.versions) for number, one in register.known.items()} == dict.fromkeys(
        points.values(), 1
    )
    assert register.codes == {7: "P0"}
    assert max(asked) <= MOST


def test_virtual_meters_of_many_parts_are_checked(asked: list[int]) -> None:
    stored()
    held = {
        "institution": "1",
        "carrier": "electricity",
        "unit": 1,
        "kind": "virtual",
        "end_use": "",
        "parent": "",
    }
    said = [
        Said(f"V{n}", date(2026, 1, 1), Held(**held, direction="import", parts=parse(f"P{n}*1/2")))
        for n in range(MANY)
    ]
    assert problems_after(said) == []
    assert max(asked) <= MOST


def test_readings_of_many_batches_have_the_rank_of_their_source(asked: list[int]) -> None:
    """Every third is a correction."""
    ReadingBatch.objects.bulk_create(
        ReadingBatch(
            pk=n + 1, name="", sha256="", source="file" if n % 3 else "correction", rank=0,
            received=timezone.now(), actor="tests",
        )
        for n in range(MANY)
    )  # fmt: skip
    batches = np.arange(1, MANY + 1, dtype=np.int64)
    ranks = raw.ranks_of(batches, np.zeros(MANY, dtype=np.int64), {"file": 1, "correction": 2})
    assert ranks is not None
    assert np.unique(ranks, return_counts=True)[1].tolist() == [3_666, 1_834]
    assert max(asked) <= MOST
