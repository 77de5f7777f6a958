"""The home of the summaries' tests: built once a session, a copy for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from jieyue.apps.trees.queries import tree
from jieyue.apps.trees.services.set_membership import set_membership
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.summaries.dozen import BEGIN, PLACES, Dozen

__all__ = ["sqlite_home"]


@pytest.fixture(scope="session")
def dozen_home(sqlite_home) -> Path:
    """The folder of the dozen institutions (dozen.py)."""
    from tests.apps.summaries import dozen

    with sqlite_home() as home:
        dozen.build()
        connections.close_all()
    return home.path


@pytest.fixture(scope="module")
def read(dozen_home: Path, sqlite_home) -> Iterator[Dozen]:
    """One copy for all tests of a module that only read."""
    with sqlite_home(dozen_home):
        yield Dozen()


@pytest.fixture
def typed(dozen: Dozen, monkeypatch: pytest.MonkeyPatch) -> Dozen:
    """The dozen with a type for X1, so that the city's columns add up (rule L16): a social organisation."""
    node = tree("type").by_code["03"].id
    set_membership(dozen.number("X1"), "type", node, BEGIN, actor="tests")
    monkeypatch.setitem(PLACES, "X1", (*PLACES["X1"][:3], "03"))
    return dozen


@pytest.fixture
def dozen(dozen_home: Path, sqlite_home) -> Iterator[Dozen]:
    """A copy for one test: for tests that change it."""
    with sqlite_home(dozen_home):
        yield Dozen()
