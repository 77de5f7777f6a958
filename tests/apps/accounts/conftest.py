"""Homes that live as long as a module or the session: figures are read many times, the facts go in once."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connections

from jieyue.config import boot
from jieyue.config.home import Home
from tests.apps.accounts.desk import TODAY
from tests.conftest import Seeded
from tests.shared_home import bring_lake


@pytest.fixture(scope="session")
def sqlite_home(
    seeded_sqlite: Seeded, tmp_path_factory, django_db_blocker
) -> Callable[..., AbstractContextManager[Home]]:
    """`with sqlite_home():` Django works for a fresh copy of the seeded home (or of the given folder)."""

    @contextmanager
    def opened(source: Path | None = None) -> Iterator[Home]:
        from django.conf import settings

        from jieyue.apps.publication.services.publish import ensure_tables

        folder = tmp_path_factory.mktemp("accounts") / "home"
        before = settings.JIEYUE_HOME
        if source is None:
            made = Home.create(folder, synthetic=True, clock=TODAY)
            shutil.copyfile(seeded_sqlite.database, made.path / "office.sqlite3")
            bring_lake(seeded_sqlite, made)
        else:
            shutil.copytree(source, folder)
            made = Home.open(folder)
        with django_db_blocker.unblock():
            boot.turn_to(made)
            ensure_tables()
            try:
                yield made
            finally:
                boot.turn_to(before)

    return opened


@pytest.fixture(scope="session")
def small_city_home(sqlite_home) -> Path:
    """The folder of the small city (see small_city.py), built once."""
    from tests.apps.accounts import small_city

    with sqlite_home() as home:
        small_city.build()
        connections.close_all()
    return home.path


@pytest.fixture(scope="module")
def city(small_city_home: Path, sqlite_home) -> Iterator[Home]:
    """The small city, one copy for all tests of a module: for tests that only read figures."""
    with sqlite_home(small_city_home) as home:
        yield home


@pytest.fixture
def own_city(small_city_home: Path, sqlite_home) -> Iterator[Home]:
    """The small city, a copy for one test: for tests that change it."""
    with sqlite_home(small_city_home) as home:
        yield home
