"""The works that are killed, as functions for a child process, and the small files that they bring in.

The home of these tests has the trees of Chongqing, the institutions A, B and C, and A's year 2024 published.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

ACTOR = "tester"


def table(rows: Sequence[Sequence[object]]) -> bytes:
    """A csv file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


LONG = ["institution", "period", "item", "value"]
#: Two returns; electricity, area and persons of A and B, and A's water.
RETURNS = table(
    [
        LONG,
        ["A", "2025", "NY201:110", "1000.5"],
        ["A", "2025", "NY201:120", "77"],
        ["A", "2025", "NY201:102", "2000"],
        ["A", "2025", "NY201:103", "100"],
        ["B", "2025", "NY201:110", "2000"],
        ["B", "2025", "NY201:102", "3000"],
        ["B", "2025", "NY201:103", "50"],
    ]
)
#: 1000.5 + 2000 kWh at 0.1229 kgce/kWh.
TCE_2025 = "0.36876145"
HEADS = [
    "code",
    "name",
    "type",
    "region",
    "valid_from",
    "department",
    "reporting_parent",
    "reporting_unit",
    "aliases",
]
#: Two new institutions, a new body, and C moved to another line from July 2025.
INSTITUTIONS = table(
    [
        HEADS,
        ["D", "丁校", "021", "500103", "2020-01-01", "D-EDU", "新设机构", "", "丁"],
        ["E", "戊局", "01", "500104", "2020-01-01", "", "L-500104", "D", ""],
        ["C", "丙院", "024", "500104", "2025-07-01", "D-HEALTH", "L-M-HEALTH", "", ""],
    ]
)
BEGINNING = table(
    [
        HEADS,
        ["A", "甲校", "021", "500103", "2020-01-01", "D-EDU", "L-500103-EDU", "", "甲"],
        ["B", "乙局", "01", "500103", "2020-01-01", "", "L-500103", "", ""],
        ["C", "丙院", "024", "500104", "2020-01-01", "D-HEALTH", "L-500104", "", ""],
    ]
)
YEAR_2024 = table([LONG, ["A", "2024", "NY201:110", "900"], ["A", "2024", "NY201:102", "2000"]])


def people() -> None:
    """Build the home of these tests on top of its trees."""
    from jieyue.apps.identity.services.make_operator import make_operator
    from jieyue.apps.publication.services.publish import ensure_tables
    from jieyue.apps.trees.queries import tree

    ensure_tables()
    make_operator(ACTOR, root=tree("line").root.id)
    assert import_institutions(BEGINNING).applied
    assert import_returns(YEAR_2024).applied


def import_returns(content: bytes = RETURNS, *, publish: bool = True, restate: str = "") -> Any:
    """As `jieyue import returns --publish`."""
    from jieyue.apps.returns.services.import_file import import_file
    from jieyue.apps.returns.services.import_returns import ImportChoice

    choice = ImportChoice(publish=publish, restate=restate)
    return import_file(content, "returns.csv", actor=ACTOR, choice=choice).result


def save_drafts() -> Any:
    """As `jieyue import returns`."""
    return import_returns(publish=False)


def import_institutions(content: bytes = INSTITUTIONS) -> Any:
    """As `jieyue import institutions`."""
    from jieyue.apps.registry.services.import_file import import_file

    return import_file(content, "institutions.csv", actor=ACTOR).result


def import_with_checkpoints() -> Any:
    """An import while a checkpoint of the log is due at every commit."""
    from jieyue.store import commit

    usual = commit.CHECKPOINT_EVERY
    commit.CHECKPOINT_EVERY = 1  # type: ignore[misc]
    try:
        return import_returns()
    finally:
        commit.CHECKPOINT_EVERY = usual  # type: ignore[misc]


def confirm_on_the_page(batch: int) -> int:
    """Press “store and publish” on the preview of a batch; the status code."""
    return answer_of_the_page(batch).status_code


def answer_of_the_page(batch: int) -> Any:
    """The whole answer."""
    from django.test import Client
    from django.urls import reverse

    from jieyue.apps.identity.models import User

    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(User.objects.get(username=ACTOR), backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse("import-confirm", args=[batch]))


def staged_batch() -> int:
    """A file brought through the page and previewed; its batch."""
    from jieyue.apps.identity.models import User
    from jieyue.web import intake

    user = User.objects.get(username=ACTOR)
    return int(intake.check(intake.Arrival(RETURNS, "returns.csv", "returns", user), actor=ACTOR).pk)


def initialise(path: str, database: str | None = None) -> None:
    """As `jieyue init`."""
    from jieyue.config.initialise import initialise as init

    init(path, database=database)


def initialise_until_record(path: str, number: int) -> None:
    """As `jieyue init`, killed when the `number`-th migration has done its work and is about to be recorded."""
    import os
    import signal

    from django.db import connection

    from jieyue.config import boot
    from jieyue.config.home import Home

    seen = 0

    def watch(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += sql.startswith('INSERT INTO "django_migrations"')
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, parameters, many, context)

    boot.setup(Home.open(path))
    with connection.execute_wrapper(watch):
        boot.migrate()


#: Name → the work, the bytes of its file, the rows in it.
ALL: dict[str, tuple[Callable[[], Any], bytes, int]] = {
    "returns": (import_returns, RETURNS, 7),
    "drafts": (save_drafts, RETURNS, 7),
    "institutions": (import_institutions, INSTITUTIONS, 3),
    "checkpoints": (import_with_checkpoints, RETURNS, 7),
}
#: Work → the state that it leaves when nothing hurts it.
Unhurt = Callable[[str], dict[str, Any]]
