"""Identifiers are authority × 2³² + serial and never come twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from jieyue.apps.publication.ids import IdentifiersExhaustedError, allocate
from jieyue.apps.publication.models import IdCounter
from jieyue.config.home import Home

BASE = 500000 * 2**32


@pytest.mark.postgres
def test_serials_rise_from_one(home: Home) -> None:
    assert list(allocate(2)) == [2147483648000001, 2147483648000002]
    assert list(allocate(0)) == []
    assert allocate(3) == range(BASE + 3, BASE + 6)
    with pytest.raises(ValueError, match="-1"):
        allocate(-1)


@pytest.mark.postgres
def test_what_a_failed_transaction_took_comes_back(home: Home) -> None:
    def fail() -> None:
        with transaction.atomic():
            allocate(5)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert allocate(1)[0] == BASE + 1


@pytest.mark.postgres
def test_threads_never_share_a_serial(home: Home, django_db_blocker) -> None:
    allocate(1)

    def take(_: int) -> list[int]:
        try:
            return [allocate(3) for _ in range(5)]
        finally:
            connections.close_all()

    with django_db_blocker.unblock(), ThreadPoolExecutor(4) as pool:
        taken = [number for ranges in pool.map(take, range(4)) for part in ranges for number in part]
    assert sorted(taken) == list(range(BASE + 2, BASE + 62))


def test_the_last_serial_is_the_end(home: Home) -> None:
    IdCounter.objects.create(pk=1, next=2**32 - 1)
    assert allocate(1)[0] == BASE + 2**32 - 1
    with pytest.raises(IdentifiersExhaustedError):
        allocate(1)
