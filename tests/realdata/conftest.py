"""Homes made by the command itself: the office may be used for the whole session."""

from collections.abc import Iterator

import pytest

from tests.shared_home import office_in_use


@pytest.fixture(scope="session", autouse=True)
def office(django_db_blocker) -> Iterator[None]:
    """The office database may be used, and Django goes back to its home when the session ends."""
    with office_in_use(django_db_blocker):
        yield
