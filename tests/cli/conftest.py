"""Homes made by the command itself, once a session; each test gets a copy and runs commands on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import desk
from tests.cli.command import DONE, Said, jieyue
from tests.shared_home import office_in_use


@pytest.fixture(scope="session")
def office(django_db_blocker) -> Iterator[None]:
    """The office database may be used, and Django goes back to its home when the session ends."""
    with office_in_use(django_db_blocker):
        yield


@pytest.fixture(scope="session")
def made(office: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """An empty home as `init` makes it, and what the command said."""
    path = tmp_path_factory.mktemp("made") / "home"
    return path, jieyue(path, "init")


@pytest.fixture(scope="session")
def registered(made: tuple[Path, Said], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The empty home with the registry of `tests/cli/desk.py` imported; not to be changed."""
    path = _copy(made[0], tmp_path_factory.mktemp("registered") / "home")
    file = path.parent / "registry.csv"
    file.write_bytes(desk.table(desk.REGISTRY))
    said = jieyue(path, "import", "institutions", file)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout
    return path


@pytest.fixture
def empty(made: tuple[Path, Said], tmp_path: Path) -> Path:
    """A copy of the empty home."""
    return _copy(made[0], tmp_path / "home")


@pytest.fixture
def home(registered: Path, tmp_path: Path) -> Path:
    """A copy of the home with the registry."""
    return _copy(registered, tmp_path / "home")


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target
