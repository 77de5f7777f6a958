"""Who files which months, as it is told: on the register page, by the interface, by the command, for a history."""

import csv
import io
from datetime import date

import polars as pl
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry import queries
from jieyue.apps.registry.duties import Duty, who_files
from jieyue.apps.registry.models import FilingDuty
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.registry.services.bulk_register import bulk_register
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.past_duties import PastChange
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.trees.services.register_nodes import NodeSpec, register_nodes
from jieyue.config.home import Home
from tests.cli.command import jieyue

Nodes = dict[tuple[str, str], int]
BEGIN, OPEN = date(2020, 1, 1), date(9999, 12, 31)
APRIL, JULY, OCTOBER = date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def institution(code: str, line: str = "L-500103") -> int:
    places = {"area": "500103", "type": "021", "line": line}
    return create({"code": code, "name": f"示例{code}"}, places=places, valid_from=BEGIN, actor="tester")


def holder(role: str, node: int) -> User:
    user = create_user(f"{role}-{node}", actor="tester")
    grant(user, role, node=node, valid_from=BEGIN, actor="tester")
    return user


def moved_and_merged(nodes: Nodes) -> tuple[int, int]:
    """B goes over to another body in April and into A in July; A goes on."""
    gone, into = institution("B"), institution("A", "L-M-HEALTH")
    transfer(gone, "line", "L-500104", day=APRIL, actor="tester")
    merge(into, [gone], JULY, actor="tester")
    return gone, into


@pytest.mark.postgres
def test_the_newest_duty_of_a_month_stands_and_none_after_the_end(city_trees: Nodes) -> None:
    gone, into = moved_and_merged(city_trees)
    first, second = city_trees["line", "L-500103"], city_trees["line", "L-500104"]
    expected = [
        Duty(gone, into, 2025, 1, 3, collector=first),
        Duty(gone, into, 2025, 4, 6, collector=second),
        Duty(into, into, 2025, 7, 12),
    ]
    assert who_files([into]) == expected
    assert who_files([gone]) == expected[:2]
    assert who_files([into], 2024) == []
    last = institution("C")
    merge(last, [into], OCTOBER, actor="tester")
    # January to June of B, January to September of A, and its own from October on.
    assert [(duty.institution, duty.first_month, duty.last_month) for duty in who_files([last])] == [
        (gone, 1, 3),
        (into, 1, 9),
        (gone, 4, 6),
        (last, 10, 12),
    ]
    assert {duty.filer for duty in who_files([gone, into])} == {last}


def test_the_command_writes_them_with_codes_months_and_body(home: Home, city_trees: Nodes) -> None:
    moved_and_merged(city_trees)
    file = home.path / "duties.csv"
    said = jieyue(home.path, "export", "duties", "--year", "2025", "-o", file)
    assert (said.code, said.document["rows"]) == (0, 3)
    _mark, heads, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig")))
    assert heads == ["institution", "name", "first_month", "last_month", "filer", "filer_name", "collector"]
    assert rows == [
        ["B", "示例B", "2025-01", "2025-03", "A", "示例A", "L-500103"],
        ["B", "示例B", "2025-04", "2025-06", "A", "示例A", "L-500104"],
        ["A", "示例A", "2025-07", "2025-12", "A", "示例A", ""],
    ]
    assert jieyue(home.path, "export", "duties", "--year", "2024", "-o", file).document["rows"] == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Who files which months",
                "2025-01 … 2025-03",
                "2025-07 … 2025-12",
                "Filed by",
                "示例A",
                "示例B",
            ),
        ),
        ("zh-hans", ("谁填报哪几个月", "2025-04 … 2025-06", "填报者", "各月最后一天所在的收报单位", "示例B")),
    ],
)
def test_the_register_page_says_who_files(city_trees: Nodes, language: str, words: tuple[str, ...]) -> None:
    moved_and_merged(city_trees)
    viewer = holder("viewer", city_trees["line", "L-M-HEALTH"])
    browser = signed_in(viewer, language)
    text = browser.get("/institutions/A/register/").content.decode()
    assert [word for word in words if word not in text] == []
    # Another body's page does not open, and where no year was broken nothing is said.
    institution("D", "L-M-HEALTH")
    quiet = browser.get("/institutions/D/register/").content.decode()
    assert words[0] not in quiet


def signed_in(user: User, language: str = "en") -> Client:
    browser = Client()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    browser.force_login(get_user_model().objects.get(pk=user.pk), backend=BACKEND)
    return browser


def test_the_pages_and_the_returns_ask_few_questions(city_trees: Nodes) -> None:
    moved_and_merged(city_trees)
    asked = {}
    for node in ("city", "L-M-HEALTH"):
        viewer = holder("viewer", city_trees["line", node])
        browser = signed_in(viewer)
        for code in ("A", "B"):
            browser.get(f"/institutions/{code}/register/")
            with CaptureQueriesContext(connection) as questions:
                assert browser.get(f"/institutions/{code}/register/").status_code == 200
            asked[node, code] = len(questions)
        with CaptureQueriesContext(connection) as questions:
            list(returns_for(viewer))
        asked[node, "returns"] = len(questions)
    assert max(asked["city", code] for code in "AB") <= 12, asked
    assert max(asked.values()) <= 18, asked
    assert asked["L-M-HEALTH", "returns"] <= 5, asked


@pytest.mark.postgres
def test_the_interface_names_only_what_the_caller_sees(city_trees: Nodes) -> None:
    moved_and_merged(city_trees)

    def filing(user: User, code: str) -> tuple[int, object]:
        _, secret = issue_token(user, "tests", days=30, verbs=("view",), actor="tests")
        answer = Client().get(f"/api/v1/institutions/{code}", HTTP_AUTHORIZATION=f"Bearer {secret}")
        return answer.status_code, answer.json().get("filing")

    def row(institution: str | None, filer: str | None, first: int, last: int, body: str | None) -> dict:
        return {
            "institution": institution,
            "filer": filer,
            "collector": body,
            "year": 2025,
            "first_month": first,
            "last_month": last,
        }

    heirs = holder("viewer", city_trees["line", "L-M-HEALTH"])
    both = [row("B", "A", 1, 3, "L-500103"), row("B", "A", 4, 6, "L-500104")]
    assert filing(heirs, "A") == (200, [*both, row("A", "A", 7, 12, None)])
    assert filing(heirs, "B") == (200, both)
    last_body = holder("viewer", city_trees["line", "L-500104"])
    unnamed = [row("B", None, 1, 3, "L-500103"), row("B", None, 4, 6, "L-500104")]
    assert filing(last_body, "B") == (200, unnamed)
    assert filing(last_body, "A")[0] == 404
    assert filing(holder("viewer", city_trees["line", "L-500103"]), "B")[0] == 404


@pytest.mark.postgres
def test_what_ended_under_a_body_that_is_no_more_is_its_last_superiors(city_trees: Nodes) -> None:
    bodies = [
        NodeSpec("line", "L-OLD", "旧部门", "L-500103", BEGIN, kind="district_department", valid_to=OCTOBER),
        NodeSpec("line", "L-OLDER", "旧科", "L-OLD", BEGIN, kind="district_department", valid_to=OCTOBER),
    ]
    register_nodes(bodies, actor="tester")
    gone, elsewhere = institution("B", "L-OLDER"), institution("C", "L-500104")
    for number in (gone, elsewhere):
        close(number, JULY, actor="tester")

    def seen(node: str) -> set[int]:
        user = holder("viewer", city_trees["line", node])
        return set(institutions_for(user, date(2026, 1, 1)).values_list("pk", flat=True))

    assert seen("L-500103") == {gone}
    assert seen("city") == {gone, elsewhere}
    assert seen("L-M-HEALTH") == set()


def history(code: str, first: date, end: date, *lines: tuple[str, date, date]) -> tuple[list, list]:
    versions = [{"code": code, "name": code, "valid_from": first, "valid_to": end}]
    places = [(code, "area", "500103", first, end), (code, "type", "021", first, end)]
    return versions, [*places, *((code, "line", *line) for line in lines)]


@pytest.mark.postgres
def test_a_history_brings_the_duties_of_its_changes(city_trees: Nodes) -> None:
    parts = [
        history("A", BEGIN, OPEN, ("L-500103", BEGIN, OCTOBER), ("L-500104", OCTOBER, OPEN)),
        history("B", BEGIN, JULY, ("L-500103", BEGIN, JULY)),
        history("N", APRIL, OPEN, ("L-500103", APRIL, OPEN)),
        history("C", date(2025, 2, 10), date(2026, 1, 1), ("L-500103", date(2025, 2, 10), date(2026, 1, 1))),
    ]
    institutions = pl.DataFrame([version for versions, _ in parts for version in versions])
    schema = ["code", "tree", "target", "valid_from", "valid_to"]
    places = pl.DataFrame([row for _, rows in parts for row in rows], schema=schema, orient="row")
    changes = [
        PastChange("merge", "B", JULY, "A"),
        PastChange("split", "N", APRIL, "A"),
        PastChange("close", "C", date(2026, 1, 1)),
    ]
    with pytest.raises(RefusedError):
        bulk_register(institutions, places, actor="tester", changes=[PastChange("merge", "B", JULY, "X")])
    assert not FilingDuty.objects.exists()
    ids = bulk_register(institutions, places, actor="tester", changes=changes)
    old, new = city_trees["line", "L-500103"], city_trees["line", "L-500104"]
    a, b, c, n = (ids[code] for code in "ABCN")
    stored = FilingDuty.objects.values_list(
        "verb", "institution", "filer", "year", "first_month", "last_month", "collector"
    )
    assert set(stored) == {
        ("transfer", a, a, 2025, 1, 9, old),
        ("transfer", a, a, 2025, 10, 12, new),
        ("merge", b, a, 2025, 1, 6, None),
        ("merge", a, a, 2025, 7, 12, None),
        ("split", a, a, 2025, 4, 12, None),
        ("split", n, n, 2025, 4, 12, None),
        ("close", c, c, 2025, 2, 12, None),  # it began in February and ended with the year
    }
    assert len(queries.duties_of(a, 2025)) == 4
