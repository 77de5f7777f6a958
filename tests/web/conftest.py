"""A sample city of 300 institutions for the pages: built once a session, shared for reading, copied for writing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.config.home import Home
from jieyue.sample.city import build
from jieyue.sample.model import SampleCity
from jieyue.web import idle
from tests.above import kept_table
from tests.clients import quiet_refusals, signed_in
from tests.shared_home import copy_of, turned_to
from tests.web.school import School

INSTITUTIONS = 300
CLOCK = "2026-11-22"


@dataclass(frozen=True)
class City:
    """The folder of the home and what was put into it."""

    path: Path
    sample: SampleCity
    #: Number of a summary table printed above that is kept beside ours.
    their_table: int = 0

    def client(self, language: str = "zh-hans", **more: bool) -> Client:
        """The operator, who sees the whole, reading in a language."""
        return operator(language, **more)


def operator(language: str = "zh-hans", *, csrf: bool = False) -> Client:
    """A client of the account that holds every role at the root, with its language chosen."""
    user = get_user_model().objects.get(username="operator")
    user.language = language
    user.save(update_fields=["language"])
    return signed_in("operator", csrf=csrf)


def furnish(home: Home) -> None:
    """Regions, rules and the operator, as `init` does it."""
    from jieyue.apps.identity.services.make_operator import make_operator
    from jieyue.apps.publication.rules import home_catalog, keep_catalog
    from jieyue.apps.publication.services.publish import ensure_tables
    from jieyue.apps.trees.queries import tree
    from jieyue.apps.trees.services.seed import seed_regions

    ensure_tables()
    seed_regions(home_catalog(), region=home.region, actor="operator")
    keep_catalog()
    root = tree("line").root
    assert root is not None
    make_operator("operator", root=root.id)


def _copied(template: Path, folder: Path) -> Home:
    import shutil

    home = Home.create(folder, synthetic=True, clock=CLOCK)
    shutil.copyfile(template, home.path / "office.sqlite3")
    return home


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    quiet_refusals()


@pytest.fixture(autouse=True)
def _no_minute_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """That something was done is written into a session once a minute. Whether the minute is over just at the page
    whose questions are counted would be chance."""
    monkeypatch.setattr(idle, "_GRAIN", 24 * 3600)


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory, django_db_blocker) -> Path:
    """A home as `init` leaves it: trees and rules, no institution, no return."""
    home = _copied(sqlite_template, tmp_path_factory.mktemp("furnished") / "home")
    with django_db_blocker.unblock(), turned_to(home.path):
        furnish(home)
    return home.path


@pytest.fixture(scope="session")
def built_city(furnished: Path, tmp_path_factory, django_db_blocker) -> City:
    """The city: its yearly returns, and the months of 2026."""
    from jieyue.apps.insights.services.load_sample import load_sample

    path = copy_of(furnished, tmp_path_factory.mktemp("city") / "home")
    sample = build(INSTITUTIONS)
    wanted = [f for f in sample.frames if f.form == "NY201" and (len(f.period) == 4 or f.period > "2026-07")]
    with django_db_blocker.unblock(), turned_to(path):
        load_sample(replace(sample, frames=tuple(wanted)), actor="operator")
        table = kept_table("city", "2025")
    return City(path, sample, table)


@pytest.fixture
def city(built_city: City, django_db_blocker) -> Iterator[City]:
    """The shared city: for reading only; the operator reads Chinese again in the end, whatever a test chose."""
    with django_db_blocker.unblock(), turned_to(built_city.path):
        yield built_city
        get_user_model().objects.filter(username="operator").update(language="zh-hans")


@pytest.fixture
def own_city(built_city: City, tmp_path: Path, django_db_blocker) -> Iterator[City]:
    """A copy of the city that the test may change."""
    mine = replace(built_city, path=copy_of(built_city.path, tmp_path / "home"))
    with django_db_blocker.unblock(), turned_to(mine.path):
        yield mine


@pytest.fixture
def school(own_city: City) -> School:
    """The school of the first task in a city of the test's own; nobody has begun its return."""
    return School(own_city)


@pytest.fixture
def empty_city(furnished: Path, tmp_path: Path, django_db_blocker) -> Iterator[Path]:
    """A home right after `init`."""
    mine = copy_of(furnished, tmp_path / "home")
    with django_db_blocker.unblock(), turned_to(mine):
        yield mine


@pytest.fixture
def bare_city(sqlite_template: Path, tmp_path: Path, django_db_blocker) -> Iterator[Callable[[], Client]]:
    """A migrated database with nothing in it but one account without a grant: no tree, no root, no rule kept."""
    home = _copied(sqlite_template, tmp_path / "home")
    with django_db_blocker.unblock(), turned_to(home.path):
        from jieyue.apps.identity.services.create_user import create_user

        create_user("operator", actor="tests")
        yield operator
