"""The home of the fault tests: `home` with `city_trees` is here one that has institutions and a return as well."""

from pathlib import Path

import pytest
from django.db import connections

from jieyue.config.home import Home
from tests.conftest import Seeded
from tests.fault import works
from tests.fault.state import State, facts
from tests.shared_home import bring_lake, home_from, turned_to


def _people(home: Home) -> None:
    with turned_to(home.path):
        works.people()
        connections.close_all()


@pytest.fixture(scope="session")
def seeded_sqlite(seeded_sqlite: Seeded, tmp_path_factory, django_db_blocker) -> Seeded:
    """The seeded home with people in it, built once a session."""
    home = home_from(seeded_sqlite, tmp_path_factory.mktemp("peopled") / "home")
    with django_db_blocker.unblock():
        _people(home)
    return Seeded(str(home.path / "office.sqlite3"), Path(home.lake), seeded_sqlite.nodes)


@pytest.fixture(scope="session")
def seeded_postgresql(seeded_postgresql: Seeded, postgres, tmp_path_factory, django_db_blocker) -> Seeded:
    """The same on the server, as a template database."""
    name = postgres.clone_database(seeded_postgresql.database)
    home = Home.create(
        tmp_path_factory.mktemp("pg-peopled") / "home", synthetic=True, database=postgres.address(name)
    )
    bring_lake(seeded_postgresql, home)
    with django_db_blocker.unblock():
        _people(home)
    return Seeded(name, Path(home.lake), seeded_postgresql.nodes)


@pytest.fixture
def city(home: Home, city_trees: dict[tuple[str, str], int]) -> Home:
    """A copy of that home; Django works for it."""
    return home


@pytest.fixture(scope="session")
def unhurt(seeded_sqlite: Seeded, tmp_path_factory, django_db_blocker) -> works.Unhurt:
    """The state after a work that nothing hurt, in a home of its own on SQLite; each made once a session."""
    found: dict[str, State] = {}

    def after(work: str) -> State:
        if work not in found:
            home = home_from(seeded_sqlite, tmp_path_factory.mktemp("unhurt") / "home")
            with turned_to(home.path):
                works.ALL[work][0]()
                found[work] = facts()
                connections.close_all()
        return found[work]

    return after
