"""The database server ends the connection in the middle of an import: a clear error, before or after, then it works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from jieyue.apps.publication.queries import pending
from jieyue.config.home import Home
from tests.conftest import Seeded
from tests.fault import faults, works
from tests.fault.command import run
from tests.fault.state import complaints, facts, nameless
from tests.shared_home import bring_lake, turned_to


@pytest.fixture
def served(postgres, seeded_postgresql: Seeded, tmp_path: Path, django_db_blocker) -> Iterator[Home]:
    """The home of the fault tests, on the server."""
    name = postgres.clone_database(seeded_postgresql.database)
    home = Home.create(tmp_path / "home", synthetic=True, database=postgres.address(name))
    bring_lake(seeded_postgresql, home)
    with django_db_blocker.unblock(), turned_to(home.path):
        yield home
        connections.close_all()
    postgres.drop_database(name)


@pytest.mark.parametrize(
    ("place", "stored"),
    [
        ("publish.before_office", False),
        ("returns.after_batch", False),
        ("publish.in_office", False),
        ("publish.after_office", True),
        ("publish.before_done", True),
    ],
)
def test_a_cut_connection_leaves_before_or_after(
    served: Home, unhurt: works.Unhurt, tmp_path: Path, place: str, stored: bool
) -> None:
    file = tmp_path / "returns.csv"
    file.write_bytes(works.RETURNS)
    before = facts()
    outcome = run(served, "import", "returns", str(file), "--publish", fault=faults.cut_off, told=[place])
    assert outcome.code == 3, outcome
    # What is said is true: stored and to be finished, or the database that went away.
    assert ("已存入办公库" if stored else "办公数据库无法使用") in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert len(pending()) == (1 if stored else 0)
    assert facts()["lake"] == before["lake"]
    if not stored:
        assert facts() == before
    again = run(served, "import", "returns", str(file), "--publish")
    assert again.code == 0, again
    assert again.document["duplicate" if stored else "accepted"] == 7
    assert pending() == []
    assert facts()["lake"] == unhurt("returns")["lake"]
    assert nameless(facts()["returns_return"]) == nameless(unhurt("returns")["returns_return"])
    assert complaints(deep=True) == []
