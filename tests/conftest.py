"""What tests of the office stand on.

`home` is the one door: a temporary home with a migrated office database of its own (a copy of a template made
once a session) and an empty lake folder, and Django turned to it. Commits are real, so publishing, crashes in
forked children, threads and the test client all behave as in life; nothing is rolled back, the copy is thrown
away. Therefore do not use `django_db`, `db` or `transactional_db` beside it: there is no second way.

`@pytest.mark.postgres` on a test that uses `home` runs it twice, on SQLite and on a real PostgreSQL server
(Debian's package, started once a session on a socket in a temporary folder; each test has a database cloned
from a template). `pytest --every-engine` does so for every test that uses `home`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from jieyue.apps.identity.models import User

# The same examples on every run and machine; a busy one is slow, which is no fault of the code.
hypothesis.settings.register_profile(
    "tests",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("tests")

for _name in [name for name in os.environ if name.startswith("JIEYUE_")]:
    del os.environ[_name]

from tests.watch import watcher  # noqa: E402  before any service is imported

watcher.install()

from jieyue.config import boot  # noqa: E402  after the environment is clean
from jieyue.config.home import Home  # noqa: E402
from jieyue.store import disk  # noqa: E402

# Django needs some home before the first test is collected; no test works in this one.
_FIRST_HOME = Path(tempfile.mkdtemp(prefix="jieyue-tests-"))
boot.setup(Home.create(_FIRST_HOME / "home", synthetic=True))
# A worker of xdist would start Django by it, before its own conftest stands.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)

from tests.postgres import PostgresServer  # noqa: E402
from tests.shared_home import bring_lake, made_once  # noqa: E402

ENGINES = ("sqlite", "postgresql")
#: The migrated, empty database on a server.
_OFFICE = "office_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-engine", action="store_true", help="run every test of the office on both engines"
    )
    parser.addoption(
        "--templates", metavar="FOLDER", help="keep the empty databases here, for all processes of one run"
    )


def pytest_sessionfinish() -> None:
    shutil.rmtree(_FIRST_HOME, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _roomy_disk() -> Iterator[None]:
    """How full this machine's disk is decides no test; what happens on a full one, a test says itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "free_share", lambda _path: 1.0)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    watcher.WATCHER.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test passes if the watcher has nothing to say either (tests/watch). What fixtures run witnesses nothing: many
    do so once for several tests."""
    watcher.WATCHER.ran = {}
    yield
    watcher.judge(item.nodeid)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "office_engine" not in metafunc.fixturenames:
        return
    both = metafunc.config.getoption("--every-engine") or any(
        metafunc.definition.iter_markers("postgres")  # only those marked run on the server as well
    )
    metafunc.parametrize("office_engine", ENGINES if both else ENGINES[:1], indirect=True, scope="function")


@dataclass(frozen=True)
class Seeded:
    """A home whose trees are built, kept to be copied: its SQLite file or template database, lake, and nodes."""

    database: str
    lake: Path
    nodes: dict[tuple[str, str], int]


@pytest.fixture
def office_engine(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`; see pytest_generate_tests."""
    return str(request.param)


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the empty databases are kept: of this session alone, or of all that a run has (scripts/run_tests.py)."""
    given = request.config.getoption("--templates")
    return Path(given) if given else tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
def sqlite_template(templates: Path, django_db_blocker) -> Path:
    """A migrated, empty office database; copied for each test."""

    def make(folder: Path) -> None:
        _migrate(Home.create(folder / "home", synthetic=True), django_db_blocker)

    return made_once(templates / "sqlite", make) / "home" / "office.sqlite3"


@pytest.fixture(scope="session")
def postgres(templates: Path, django_db_blocker) -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, stopped when the session ends; it has the migrated, empty database."""

    def make(folder: Path) -> None:
        def fill(server: PostgresServer) -> None:
            server.create_database(_OFFICE)
            home = Home.create(folder / "home", database=server.address(_OFFICE))
            _migrate(home, django_db_blocker)

        PostgresServer.keep(folder, fill)

    with PostgresServer.running(made_once(templates / "postgresql", make)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database on the server; cloned for each test."""
    return _OFFICE


def _migrate(home: Home, blocker) -> None:
    with blocker.unblock():
        boot.turn_to(home)
        boot.migrate()
        _close_connections()
        boot.turn_to(Home.open(_FIRST_HOME / "home"))


@pytest.fixture
def home(
    office_engine: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    django_db_blocker,
) -> Iterator[Home]:
    """A home with its database and lake folder, empty or (with `city_trees`) seeded; Django works for it."""
    seeded: Seeded | None = None
    if "city_trees" in request.fixturenames:
        seeded = request.getfixturevalue(f"seeded_{office_engine}")
    database, clone = None, None
    if office_engine == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        template = seeded.database if seeded else request.getfixturevalue("postgres_template")
        clone = server.clone_database(template)
        database = server.address(clone)
    made = Home.create(tmp_path / "home", synthetic=True, database=database)
    if database is None:
        file = seeded.database if seeded else request.getfixturevalue("sqlite_template")
        shutil.copyfile(file, made.path / "office.sqlite3")
    if seeded:
        bring_lake(seeded, made)
    with django_db_blocker.unblock():
        boot.turn_to(made)
        try:
            yield made
        finally:
            _close_connections()
            boot.turn_to(Home.open(_FIRST_HOME / "home"))
            if clone is not None:
                server.drop_database(clone)


@pytest.fixture
def lake(home: Home) -> Path:
    """The folder of the home's lake."""
    return Path(home.lake)


def _seed(home: Home) -> dict[tuple[str, str], int]:
    from jieyue.apps.trees.services.register_nodes import NodeSpec, register_nodes
    from jieyue.apps.trees.services.seed import seed_regions
    from jieyue.catalog.loader import load_catalog

    boot.turn_to(home)
    nodes = seed_regions(load_catalog(), region="500000", actor="tests")
    begin = date(2010, 1, 1)
    bodies = [
        NodeSpec("line", "L-500103", "渝中区节能管理部门", "city", begin, kind="district_bureau"),
        NodeSpec("line", "L-500103-EDU", "渝中区教育部门", "L-500103", begin, kind="district_department"),
        NodeSpec("line", "L-500104", "大渡口区节能管理部门", "city", begin, kind="district_bureau"),
        NodeSpec("line", "L-M-HEALTH", "市卫生部门", "city", begin, kind="municipal_department"),
        NodeSpec("line", "L-CENTRAL", "中央驻市单位主管机构", "city", begin, kind="central", outside=True),
        NodeSpec("department", "D-EDU", "教育系统", "city", begin, kind="system"),
        NodeSpec("department", "D-HEALTH", "卫生系统", "city", begin, kind="system"),
    ]
    nodes |= register_nodes(bodies, actor="tests")
    _close_connections()
    boot.turn_to(Home.open(_FIRST_HOME / "home"))
    return nodes


@pytest.fixture(scope="session")
def seeded_sqlite(sqlite_template: Path, tmp_path_factory, django_db_blocker) -> Seeded:
    """Built once a session."""
    home = Home.create(tmp_path_factory.mktemp("seeded") / "home", synthetic=True)
    shutil.copyfile(sqlite_template, home.path / "office.sqlite3")
    with django_db_blocker.unblock():
        nodes = _seed(home)
    return Seeded(str(home.path / "office.sqlite3"), Path(home.lake), nodes)


@pytest.fixture(scope="session")
def seeded_postgresql(postgres, postgres_template: str, tmp_path_factory, django_db_blocker) -> Seeded:
    """Built once a session, as a template database."""
    name = postgres.clone_database(postgres_template)
    home = Home.create(tmp_path_factory.mktemp("pg-seeded") / "home", database=postgres.address(name))
    with django_db_blocker.unblock():
        nodes = _seed(home)
    return Seeded(name, Path(home.lake), nodes)


@pytest.fixture
def city_trees(home: Home, office_engine: str, request: pytest.FixtureRequest) -> dict[tuple[str, str], int]:
    """The home has the trees of Chongqing from the catalog and some bodies of its own; (tree, code) → node.

    line: `city` → `L-500103` (a district's bureau) → `L-500103-EDU` (a department inside it); `city` → `L-500104`;
    `city` → `L-M-HEALTH` (a municipal department); `city` → `L-CENTRAL` (outside the count). department: `city` →
    `D-EDU`, `D-HEALTH`. Copied from a home that is built once a session.
    """
    seeded: Seeded = request.getfixturevalue(f"seeded_{office_engine}")
    return dict(seeded.nodes)


@pytest.fixture
def operator(city_trees: dict[tuple[str, str], int]) -> "User":
    """The operator of a desk: every role on the root of the line."""
    from jieyue.apps.identity.services.make_operator import make_operator

    return make_operator("operator", root=city_trees["line", "city"])


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
