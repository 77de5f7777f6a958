"""`jieyue init` killed at every step and inside migrations: calling it again finishes, on both databases."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.queries import pending
from jieyue.config.home import Home
from jieyue.store.schema import facts_table
from tests.crash import crash, run_in_child
from tests.fault import kills, works
from tests.fault.state import State, complaints, facts, rows_of, verbs

STEPS = [place for place in kills.INIT if place != "init.after_home"]


def furnished() -> State:
    """What `init` makes of a home: trees, lake tables, operator, kept rules."""
    from django.conf import settings

    folder = Path(settings.JIEYUE_HOME.path) / "catalog"
    return {
        **facts(),
        "tables": open_lake().tables(),
        "operator": rows_of("identity_grant", ("id", "user_id")),
        "rules": sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")),
        "verbs": verbs(),
    }


@pytest.fixture(scope="module")
def unhurt_init(sqlite_template: Path, tmp_path_factory, django_db_blocker) -> State:
    """A home made without a kill."""
    import shutil

    from django.db import connections

    from tests.shared_home import turned_to

    home = Home.create(tmp_path_factory.mktemp("unhurt-init") / "home", synthetic=True)
    shutil.copyfile(sqlite_template, home.path / "office.sqlite3")
    with django_db_blocker.unblock(), turned_to(home.path):
        works.initialise(str(home.path))
        found = furnished()
        connections.close_all()
    return found


@pytest.mark.parametrize("place", STEPS)
def test_init_killed_at_a_step_is_finished_by_calling_it_again(
    home: Home, place: str, unhurt_init: State
) -> None:
    crash(home, place, works.initialise, str(home.path))
    nodes = rows_of("trees_node")
    assert nodes in ([], unhurt_init["trees_node"])  # the trees come whole or not at all
    works.initialise(str(home.path))
    assert furnished() == unhurt_init
    assert pending() == []
    assert complaints(deep=True) == []
    works.initialise(str(home.path))
    assert furnished() == unhurt_init


def test_a_lake_of_an_older_catalog_gets_its_columns_after_a_kill(home: Home, unhurt_init: State) -> None:
    from jieyue.apps.returns.lake import schema

    name, full = facts_table("NY202"), schema("NY202")
    old = [field for field in full if field.name not in ("c240", "o240")]
    open_lake().create_table(name, full.empty_table().select([field.name for field in old]).schema, ("year",))
    (place,) = kills.UPGRADE
    crash(home, place, works.initialise, str(home.path))
    works.initialise(str(home.path))
    assert set(open_lake().snapshot([name]).tables[name].schema.names) == set(full.names)
    assert furnished() == unhurt_init
    assert complaints(deep=True) == []


def test_every_migration_can_stand_in_a_transaction() -> None:
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    assert [key for key, migration in loader.disk_migrations.items() if not migration.atomic] == []


@pytest.mark.postgres
def test_a_new_home_killed_again_and_again_is_finished_at_last(
    home: Home, office_engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder, database = tmp_path / "new", None
    if office_engine == "postgresql":
        server = request.getfixturevalue("postgres")
        server.create_database("killed_migrations")
        database = server.address("killed_migrations")
    crash(home, "init.after_home", works.initialise, str(folder), database)
    assert recorded(folder) == []
    done = 0
    # A kill inside the n-th migration leaves n - 1 more; one after its commit leaves n more.
    for place, more in (
        ("migrate.in_migration:1", 0),
        ("migrate.after_migration:9", 9),
        ("migrate.in_migration:12", 11),
    ):
        crash(home, place, works.initialise, str(folder))
        done += more
        assert len(recorded(folder)) == done
    chance = random.Random(20201231)
    for _ in range(3):
        number = chance.randint(2, 9)
        assert run_in_child(home, works.initialise_until_record, str(folder), number) == -9
        done += number - 1
        assert len(recorded(folder)) == done
    assert run_in_child(home, works.initialise, str(folder)) == 0
    whole = home.path  # migrated in one go
    assert recorded(folder) == recorded(whole)
    assert len(set(recorded(folder))) == len(recorded(folder))
    assert schema_of(folder) == schema_of(whole)
    assert names(folder, "auth_permission", "codename") == names(whole, "auth_permission", "codename")


_POSTGRES_SCHEMA = """
SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
"""


def select(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """Ask the home's database past Django."""
    address = Home.open(folder).database
    if address.startswith("postgresql"):
        with psycopg.connect(address) as server:
            return server.execute(statement.encode()).fetchall()
    connection = sqlite3.connect(folder / "office.sqlite3")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def tables(folder: Path) -> set[str]:
    if Home.open(folder).database.startswith("postgresql"):
        return {table for _, table, *_ in select(folder, _POSTGRES_SCHEMA)}
    return {name for (name,) in select(folder, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def recorded(folder: Path) -> list[tuple[str, str]]:
    """The migrations that the database says it has."""
    if "django_migrations" not in tables(folder):
        return []
    return select(folder, "SELECT app, name FROM django_migrations ORDER BY app, name")


def schema_of(folder: Path) -> list[tuple[Any, ...]]:
    """Tables, columns, indexes, constraints and triggers."""
    if Home.open(folder).database.startswith("postgresql"):
        return sorted(select(folder, _POSTGRES_SCHEMA))
    return sorted(select(folder, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"))


def names(folder: Path, table: str, column: str) -> list[Any]:
    return sorted(select(folder, f"SELECT {column} FROM {table}"))
