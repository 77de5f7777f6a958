"""The world of the access tests: built once a session; shared by tests that read, copied for those that write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import quiet_refusals
from tests.security.world import CLOCK, World, build
from tests.shared_home import home_from, turned_to


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    quiet_refusals()


@pytest.fixture(scope="session")
def built_world(seeded_sqlite, tmp_path_factory, django_db_blocker) -> World:
    """The world, as built."""
    home = home_from(seeded_sqlite, tmp_path_factory.mktemp("world") / "home", clock=CLOCK)
    with django_db_blocker.unblock(), turned_to(home.path):
        return build(home, seeded_sqlite.nodes)


@pytest.fixture(scope="session")
def postgres_world(postgres, seeded_postgresql, tmp_path_factory, django_db_blocker) -> World:
    """The same world with its office on a PostgreSQL server."""
    database = postgres.address(postgres.clone_database(seeded_postgresql.database))
    folder = tmp_path_factory.mktemp("pg-world") / "home"
    home = home_from(seeded_postgresql, folder, clock=CLOCK, database=database)
    with django_db_blocker.unblock(), turned_to(home.path):
        return build(home, seeded_postgresql.nodes)


@pytest.fixture
def world(built_world: World, django_db_blocker) -> Iterator[World]:
    """The shared world: for reading only."""
    with django_db_blocker.unblock(), turned_to(built_world.path):
        yield built_world


@pytest.fixture
def own_world(built_world: World, tmp_path: Path, django_db_blocker) -> Iterator[World]:
    """A copy of the world that the test may change."""
    mine = built_world.copied(tmp_path / "home")
    with django_db_blocker.unblock(), turned_to(mine.path):
        yield mine
