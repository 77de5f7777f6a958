"""The page of data quality: completeness by body and month, lateness by hand, findings by rule; each sees its own."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.services.record import record
from jieyue.apps.obligations.board import line_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import lateness
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.queries import last_done
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import MONTH, Dozen
from tests.apps.summaries.test_bulletin import publish_spring
from tests.apps.summaries.test_pages import DISTRICT, text_of, visitor
from tests.clients import quiet_refusals

FORM = "NY201"


@pytest.fixture(scope="module")
def spring(dozen_home: Path, sqlite_home) -> Iterator[Dozen]:
    """March 2026 as three have filed it, opened, with two findings."""
    quiet_refusals()
    with sqlite_home(dozen_home):
        publish_spring()
        open_periods(FORM, [Period.parse(MONTH)], actor="tests")
        run = ReviewRun.objects.create(
            form=FORM, kind="check", periods=[MONTH], ruleset="r", ruleset_digest="d", returns=3,
            counts={}, unset=[], seq=last_done(), actor="tests", subject=None,
        )  # fmt: skip
        for who, state in (("A1", "open"), ("P1", "open"), ("P1", "accepted")):
            ReviewFinding.objects.create(
                subject=Dozen().number(who), form=FORM, period=MONTH, rule="X1", item=f"{state}-{who}",
                severity="warning", state=state, first_run=run, last_run=run,
            )  # fmt: skip
        yield Dozen()


def rows(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))  # type: ignore[attr-defined]


def test_the_matrix_is_the_figures_of_the_months(spring: Dozen) -> None:
    reader = visitor("c-approver")
    table = rows(reader.get(f"/quality/?period={MONTH}&chart=matrix&export=csv"))
    assert table[0][0] == "收报单位"
    assert table[0][-1] == "2026 3月"
    assert table[1][-1] == desk.figure("city", MONTH, "completeness").display
    district = next(row for row in table if "渝中" in row[0])
    month = desk.figure(f"line:{DISTRICT}", MONTH, "completeness")
    assert district[-1] == month.display
    said = text_of(reader.get(f"/quality/?period={MONTH}&compute=1"))
    assert "个完整率未达终值要求" in said


def put_back(row: Obligation, late_from: datetime) -> None:
    """The return's deadline is moved; like every change it has its entry in the log."""
    with transaction.atomic():
        Obligation.objects.filter(pk=row.pk).update(late_from=late_from)
        record("obligations.set_deadline", f"obligation:{row.pk}", actor="tests")


def test_how_late_is_counted_from_the_deadline(spring: Dozen) -> None:
    """A1, P1 and G1 were brought now; the deadline of A1 is put two days back, that of P1 twenty."""
    before = lateness(FORM, MONTH)
    assert before["none"] == 7, "ten owe, three have filed"
    rows_of = {
        who: Obligation.objects.get(subject=spring.number(who), form=FORM, period=MONTH)
        for who in ("A1", "P1")
    }
    filed = max(Publication.objects.filter(kind__startswith="returns").values_list("at", flat=True))
    for who, days in (("A1", 2), ("P1", 20)):
        put_back(rows_of[who], filed - timedelta(days=days, minutes=-1))
    after = lateness(FORM, MONTH)
    assert (after["late_3"], after["late_more"], after["none"]) == (1, 1, 7)
    assert sum(after.values()) == 10
    line = line_of(Period.parse(MONTH))
    district = lateness(FORM, MONTH, line.subtree(line.by_code[DISTRICT].id))
    assert (district["late_3"], district["late_more"]) == (1, 0)
    table = rows(visitor("c-approver").get(f"/quality/?period={MONTH}&chart=lateness&export=csv"))
    assert ["逾期 1—3 天", "1", "10.0"] in table
    for who in ("A1", "P1"):
        put_back(rows_of[who], rows_of[who].late_from)


def test_findings_by_rule_and_only_ones_own(spring: Dozen) -> None:
    whole = rows(visitor("c-approver").get(f"/quality/?period={MONTH}&chart=rules&export=csv"))
    assert whole[1][1:] == ["X1", "2", "0", "1", "0"]
    own = rows(visitor("d-viewer").get(f"/quality/?period={MONTH}&chart=rules&export=csv"))
    assert own[1][1:] == ["X1", "1", "0", "0", "0"]
    reader = visitor("d-viewer")
    for wrong in (
        "scope=city",
        "scope=line:L-500104",
        "scope=area:500103",
        "period=2026",
        "chart=x&export=csv",
    ):
        assert reader.get(f"/quality/?{wrong}").status_code == 404, wrong


def test_who_looks_at_a_body_asks_twelve_questions_at_most(spring: Dozen) -> None:
    """Also the first look after something happened, when nothing is kept."""
    reader = visitor("d-approver")
    address = f"/quality/?period={MONTH}&compute=1"
    reader.get(address)
    with CaptureQueriesContext(connection) as again:
        assert reader.get(address).status_code == 200
    with transaction.atomic():
        record("obligations.set_deadline", "obligation:0", actor="tests")
    with CaptureQueriesContext(connection) as first:
        assert reader.get(address).status_code == 200
    assert len(first) <= 12, "\n".join(one["sql"][:200] for one in first.captured_queries)
    assert len(again) <= 9
