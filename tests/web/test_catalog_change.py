"""The authority's own catalog, changed while the program runs: taken up with the next request, the next task."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.events import catalog_changes
from jieyue.apps.publication.rules import forget, home_catalog, keep_catalog, look_again, overlay_refused
from jieyue.apps.returns.services import approve_return
from jieyue.apps.review.services import release_rules
from jieyue.apps.trees.queries import tree
from jieyue.catalog.ruleset import SHIPPED
from jieyue.config.doctor import checks
from jieyue.config.home import Home
from jieyue.jobs.worker import Worker
from tests.clients import signed_in
from tests.persons_rule import HEAD, SAID, SCHOOL, lay_formula
from tests.shared_home import turned_to
from tests.web.collecting_desk import MONTH, Bureau

Nodes = dict[tuple[str, str], int]
PAGE = f"/returns/S0/NY201/{MONTH}/"


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """A school; the home stands on 22 November 2026 and has no catalog of its own yet."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        made = Bureau(city_trees, 1)
        made.open()
        yield made


def write(home: Home, rows: tuple[str, ...]) -> None:
    """As an administrator does it, with an editor: nobody tells the program."""
    folder = Path(home.path) / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in (HEAD, *rows))
    (folder / "persons_terms.csv").write_text(text, encoding="utf-8")


def test_the_next_request_works_by_the_changed_catalog_and_asks_nothing_more(
    bureau: Bureau, home: Home
) -> None:
    clerk = signed_in("clerk0")
    assert "住宿生" not in clerk.get(PAGE).content.decode()
    write(home, SCHOOL)
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    with CaptureQueriesContext(connection) as before:
        assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    changed = tuple(row.replace(",0.6,", ",0.7,") for row in SCHOOL)
    write(home, changed)
    with CaptureQueriesContext(connection) as after:
        assert "0.7 × 住宿生" in clerk.get(PAGE).content.decode()
    assert len(after) == len(before) + 1, "the released rules are looked at, once"
    with CaptureQueriesContext(connection) as again:
        clerk.get(PAGE)
    assert len(again) == len(before)
    (Path(home.path) / "catalog" / "overlay" / "persons_terms.csv").unlink()
    assert "住宿生" not in clerk.get(PAGE).content.decode()


def test_a_catalog_that_cannot_be_read_changes_nothing_and_is_logged_once(
    bureau: Bureau, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    write(home, SCHOOL)
    clerk = signed_in("clerk0")
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    write(home, (*SCHOOL, f"NY201:103,021,1031,,,person,many,no,2027-01-01,,{SAID}"))
    with caplog.at_level(logging.WARNING, logger="jieyue.apps.publication.rules"):
        for _ in range(3):
            assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    (said,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert "persons_terms.csv" in said.getMessage()


def test_a_catalog_that_the_released_rules_cannot_be_read_under_changes_nothing(
    bureau: Bureau, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A rule in force speaks of the boarders, who are counted by the overlay alone; the overlay goes."""
    write(home, SCHOOL)
    clerk = signed_in("clerk0")
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    folder = Path(home.path) / "rulesets" / "ours"
    shutil.copytree(SHIPPED / "survey-default", folder)
    rules = (folder / "rules.csv").read_text("utf-8")
    (folder / "rules.csv").write_text(
        rules.replace("abs(#150 - #1501", "abs(#x_boarders - #1501", 1), "utf-8"
    )
    row = release_rules.propose("ours", date(2026, 1, 1), actor="one")
    Worker(()).once()
    release_rules.keep_trial(row.pk, {"form": "NY201"})
    release_rules.release(row.pk, actor="two")
    (Path(home.path) / "catalog" / "overlay" / "persons_terms.csv").unlink()
    with caplog.at_level(logging.WARNING, logger="jieyue.apps.publication.rules"):
        for _ in range(2):
            assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    (said,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert "x_boarders" in said.getMessage()
    assert "ours/rules.csv" in said.getMessage()


def restart() -> None:
    """What a process keeps in memory is gone."""
    forget()


def test_after_a_restart_the_last_rules_that_fitted_stay_and_the_administrators_are_told(
    bureau: Bureau, home: Home
) -> None:
    """Broken while the program ran, then restarted; and broken while it stood still."""
    write(home, SCHOOL)
    clerk = signed_in("clerk0")
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    look_again()
    good = home_catalog().digest
    write(home, (*SCHOOL, f"NY201:103,021,1031,,,person,many,no,2027-01-01,,{SAID}"))
    for _ in range(2):
        restart()
        said = clerk.get(PAGE)
        assert said.status_code == 200
        assert "0.6 × 住宿生" in said.content.decode()
        assert "persons_terms.csv" not in said.content.decode(), "a reporter can do nothing about it"
        assert home_catalog().digest == good
    assert "persons_terms.csv" in overlay_refused()
    chief = create_user("chief", actor="tests")
    grant(
        chief, "city_admin", node=tree("line").by_code["city"].id, valid_from=date(2020, 1, 1), actor="tests"
    )
    told = signed_in("chief").get("/account/").content.decode()
    assert "最近一份相合的规则" in told or "the last ones that did" in told
    assert "persons_terms.csv" in told
    (row,) = [one for one in checks() if one.name == "catalog"]
    assert not row.ok
    assert "persons_terms.csv" in row.zh
    write(home, SCHOOL)
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    assert overlay_refused() == ""
    restart()
    assert "0.6 × 住宿生" in clerk.get(PAGE).content.decode()
    assert all(one.ok for one in checks() if one.name == "catalog")


@pytest.mark.parametrize("begun", [True, False])
def test_while_the_database_cannot_be_asked_the_rules_before_stay_and_it_is_asked_again(
    bureau: Bureau, home: Home, begun: bool
) -> None:
    restart()
    look_again()
    before = home_catalog().digest
    write(home, SCHOOL)

    def away(**_told: object) -> None:
        raise OperationalError("no connection")

    if not begun:
        restart()
    catalog_changes.connect(away)
    try:
        for _ in range(2):
            look_again()
            assert home_catalog().digest == before
    finally:
        catalog_changes.disconnect(away)
    assert overlay_refused() == "", "nobody judged it"
    look_again()
    assert home_catalog().digest != before


def test_the_worker_takes_it_up_before_it_works(bureau: Bureau, home: Home) -> None:
    before = home_catalog().digest
    write(home, SCHOOL)
    assert home_catalog().digest == before, "within one piece of work nothing changes"
    Worker().once()
    assert home_catalog().digest != before


def test_what_has_begun_ends_by_the_catalog_that_it_began_with(bureau: Bureau, home: Home) -> None:
    """Two threads, as two requests of one process: the second takes up the change, the first does not notice."""
    look_again()
    before = home_catalog()

    def other() -> str:
        write(home, SCHOOL)
        look_again()
        return home_catalog().digest

    with ThreadPoolExecutor(1) as threads:
        after = threads.submit(other).result()
        assert after != before.digest
        assert home_catalog() is before
        assert keep_catalog() == before.digest, "what is written carries the digest that it was judged by"
        look_again()
        assert home_catalog().digest == after
        assert threads.submit(lambda: home_catalog().digest).result() == after


def test_a_receipt_says_how_users_were_counted_by_the_rules_of_the_return(bureau: Bureau, home: Home) -> None:
    """372 = 300 + 0.6 × 120 by the formula that the return was published under; it has been changed and gone since."""
    from jieyue.apps.accounts.queries import figures

    lay_formula(Path(home.path))
    clerk = signed_in("clerk0")
    clerk.post(f"{PAGE}start/")
    clerk.post(f"{PAGE}cells/", {"c-1031": "300", "c-x_boarders": "120", "revision": "0"},
               headers={"Accept": "application/json"})  # fmt: skip
    bureau.submit(0)
    approve_return.approve(User.objects.get(username="li"), bureau.key(0))
    bureau.publish()
    write(
        home,
        tuple(row.replace(",0.6,", ",0.9,").replace("示例〔2026〕9号", "示例〔2027〕1号") for row in SCHOOL),
    )
    signed_in("wang").get("/")
    (figure,) = figures(["institution:S0"], MONTH, indicators=["persons"])
    said = "300 + 0.6 × 120 = 372（示例市用能人数计算办法 示例〔2026〕9号）"
    assert said in signed_in("wang").get(f"/receipt/{figure.receipt}").content.decode()
