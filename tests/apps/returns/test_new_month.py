"""One return of a month that the database's statistics have not heard of is found without reading the month."""

import re

import pytest
from django.db import connection

from jieyue.apps.returns.models import Return

MONTH, ROWS = "2026-10", 3000


def rows(period: str, count: int) -> None:
    Return.objects.bulk_create(
        Return(
            id=int(period[-2:]) * 10**6 + number,
            form="NY201",
            period=period,
            subject=1000 + number,
            subject_kind="institution",
            draft={},
        )
        for number in range(count)
    )


@pytest.mark.postgres
def test_a_return_of_a_new_month_is_found_without_its_neighbours(home: object) -> None:
    """Each month a city adds 16,685 returns, and statistics are renewed when a tenth of the table is new."""
    for month in range(1, 10):
        rows(f"2026-0{month}", ROWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE returns_return" if connection.vendor == "postgresql" else "ANALYZE")
    rows(MONTH, ROWS)
    one = Return.objects.filter(
        form="NY201", instance="", period=MONTH, subject=1500, subject_kind="institution"
    )
    if connection.vendor != "postgresql":
        assert "subject=?" in one.explain()
        return
    plan = one.explain(analyze=True)
    passed = re.search(r"Rows Removed by Filter: (\d+)", plan)
    assert passed is None, plan
    assert "rows=1 " in plan
