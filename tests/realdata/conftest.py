"""Homes made by the command itself: the office may be used for the whole session."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def office(django_db_blocker) -> Iterator[None]:
    """The office database may be used, and Django goes back to its home when the session ends."""
    from django.conf import settings
    from django.db import connections

    from jieyue.config import boot

    before = settings.JIEYUE_HOME
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        boot.turn_to(before)
