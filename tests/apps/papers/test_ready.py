"""The bulletin of a closed month is drafted by itself: once for the city and its districts, overwriting nothing."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.ready import closed_month
from jieyue.apps.papers.services.ready import draft_closed
from tests.apps.papers.test_monthly import ALL, publish
from tests.apps.summaries.dozen import MONTH, Dozen
from tests.apps.summaries.test_pages import visitor
from tests.clients import quiet_refusals

#: NY201 of March is due on the tenth of April unless the authority decides else.
IN_TIME, AFTER = date(2026, 4, 1), date(2026, 4, 28)


def test_nothing_before_the_deadline_and_each_body_once_after_it(dozen: Dozen) -> None:
    publish(ALL)
    assert str(closed_month(AFTER)) == MONTH
    assert str(closed_month(IN_TIME)) != MONTH
    assert draft_closed(IN_TIME) == []
    made = draft_closed(AFTER)
    said = {(row.scope, row.period, row.number, row.made_by, row.state) for row in made}
    assert said == {
        (scope, MONTH, 1, "worker", "draft") for scope in ("city", "line:L-500103", "line:L-500104")
    }, "departments that collect directly have none"
    logged = ActionLog.objects.filter(verb="papers.draft", actor="worker")
    assert sorted(row.object for row in logged) == sorted(f"paper:{row.pk}" for row in made)
    assert all(row.blanks == 1 for row in made), "next month's work is a person's"
    assert draft_closed(AFTER) == []
    assert PaperDraft.objects.count() == 3


def test_a_draft_that_a_person_made_is_not_overwritten(dozen: Dozen) -> None:
    publish(ALL)
    own = draft_closed(AFTER)[0]
    PaperDraft.objects.exclude(pk=own.pk).delete()
    PaperDraft.objects.filter(pk=own.pk).update(made_by="chief", title="自拟")
    again = draft_closed(AFTER)
    assert sorted(row.scope for row in again) == ["line:L-500103", "line:L-500104"]
    assert PaperDraft.objects.get(pk=own.pk).title == "自拟"


def test_who_completes_it_finds_it_on_the_home(dozen: Dozen) -> None:
    quiet_refusals()
    publish(ALL)
    made = {row.scope: row for row in draft_closed(AFTER)}
    reader = visitor("c-approver")
    reader.get("/")  # what the process keeps is there
    with CaptureQueriesContext(connection) as asked:
        city = reader.get("/").content.decode()
    assert len(asked) <= 12
    assert f'href="/papers/{made["city"].pk}/"' in city, "the authority's own"
    assert f'href="/papers/{made["line:L-500103"].pk}/"' not in city, "a district completes its own"
    page = visitor("c-approver").get(f"/papers/{made['city'].pk}/").content.decode()
    assert "系统" in page
    assert "待补充的公文" not in visitor("d-viewer").get("/").content.decode(), "who only looks has no task"
    PaperDraft.objects.filter(pk=made["city"].pk).update(blanks=0)
    assert "待补充的公文" not in visitor("c-approver").get("/").content.decode(), "nothing is left to write"


def test_a_home_that_collects_nothing_has_no_draft(dozen: Dozen) -> None:
    assert draft_closed(AFTER) == []
