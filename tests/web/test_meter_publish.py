"""The page that publishes monthly uses: what is ready, who may, what waits for a reason, and how far it is.

October: X's water meter is heard of in all 744 hours (10 m³ an hour), Y's in the first 372 only (20 m³ an hour).
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.jobs.worker import Worker
from tests.shared_home import copy_of, turned_to
from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import built, rows_of
from tests.web.test_pages import MOST_QUERIES, latin

__all__ = ["built"]

OCTOBER = metered.BEGIN - 744 * 3600
PAGE = "/meters/publish/"


@pytest.fixture
def october(built, tmp_path, django_db_blocker):
    home = copy_of(built[0], tmp_path / "home")
    with django_db_blocker.unblock(), turned_to(home):
        for meter, institution in (("W-X", "X"), ("W-Y", "Y")):
            metered.meters(f"{metered.HEAD}\n{meter},,{institution},water,m3,register,,60,1,,,2026-10-01\n")
        metered.take(home, "W-X", [10 * n for n in range(745)], start=OCTOBER)
        metered.take(home, "W-Y", [20 * n for n in range(373)], start=OCTOBER)
        metered.derive()
        yield home


def lines(client: Client, query: str = "") -> dict[str, list[str]]:
    """Of the totals: institution → use, published, complete, estimated, state."""
    rows = rows_of(client, f"{PAGE}?month=2026-10{query}&export=csv")
    return {row[0]: row[5:] for row in rows if row[3] == "合计"}


def test_lines_are_ready_from_the_threshold_on(october) -> None:
    """X: 7,440 in 744 hours. Y: 7,440 in 372 of 744 hours: half, and not ready."""
    assert lines(operator()) == {
        "榆林学校": ["7440.0000", "", "1.0", "0.0", "可公布"],
        "柏林学校": ["7440.0000", "", "0.5", "0.0", "完整率不足"],
    }
    assert list(lines(operator(), "&state=ready")) == ["榆林学校"]
    text = page_of(operator().get(PAGE)).text
    assert "2026年10月 2 1 0" in re.sub(r"\s+", " ", text)
    assert "2026年11月" not in re.sub("2026年11月[0-9]+日", "", text)  # it is not over; a day is the help's


def test_a_publisher_publishes_what_is_ready_through_the_worker(october) -> None:
    client = operator()
    assert client.post(PAGE, {"month": "2026-10"}).status_code == 302
    assert "排队等后台计算" in page_of(client.get(PAGE)).text
    assert client.get(f"{PAGE}state/?month=2026-10").headers.get("HX-Refresh") is None
    client.post(PAGE, {"month": "2026-10"})  # pressed twice: asked for once
    Worker().once()
    assert client.get(f"{PAGE}state/?month=2026-10").headers["HX-Refresh"] == "true"
    assert "公布 1 行，0 行原已公布，0 行有变化" in page_of(client.get(PAGE)).text
    assert [row[-1] for row in lines(client).values()] == ["已公布", "完整率不足"]
    client.post(PAGE, {"month": "2026-10", "whole": "yes"})
    Worker().once()
    assert "公布 1 行，1 行原已公布" in page_of(client.get(PAGE)).text
    assert logged("metering.ask_publish", "metering.publish_metered") == [2, 2]


def test_sums_are_read_once_until_they_or_what_is_published_change(october, monkeypatch) -> None:
    """Three views read the lake twice, for counts and lines; another person's institutions are others. What is derived
    or published shows at once."""
    from jieyue.apps.metering import ready

    reads: list[str] = []
    real = ready.institution_uses
    monkeypatch.setattr(ready, "institution_uses", lambda *asked: reads.append(asked[0]) or real(*asked))
    client = operator()
    before = [lines(client) for _view in range(3)]
    assert (len(reads), before[0]) == (2, before[2])
    assert list(lines(metered.who("viewer", "viewer", "L-500104"))) == ["柏林学校"]
    assert len(reads) == 4
    metered.take(october, "W-Y", [20 * n for n in range(373, 385)], start=OCTOBER + 373 * 3600)
    metered.derive()
    assert lines(client)["柏林学校"][0] == "7680.0000"
    client.post(PAGE, {"month": "2026-10"})
    Worker().once()
    assert lines(client)["榆林学校"][-1] == "已公布"
    counts, made = len(reads), lines(client)
    assert (lines(client), len(reads)) == (made, counts)


def logged(*verbs: str) -> list[int]:
    from jieyue.apps.audit.models import ActionLog

    return [ActionLog.objects.filter(verb=verb).count() for verb in verbs]


def test_what_has_changed_since_waits_for_a_reason(october) -> None:
    """Twelve more hours of Y's come late: 20 × 384 = 7,680."""
    client = operator()
    client.post(PAGE, {"month": "2026-10", "whole": "yes"})
    Worker().once()
    metered.take(october, "W-Y", [20 * n for n in range(373, 385)], start=OCTOBER + 373 * 3600)
    metered.derive()
    assert lines(client, "&state=changed") == {
        "柏林学校": ["7680.0000", "7440.0000", "0.5161", "0.0", "公布后有变化，待重新公布"]
    }
    client.post(PAGE, {"month": "2026-10", "whole": "yes"})
    Worker().once()
    assert "公布 0 行，1 行原已公布，1 行有变化" in page_of(client.get(PAGE)).text
    client.post(PAGE, {"month": "2026-10", "whole": "yes", "reason": "补传"})
    Worker().once()
    assert lines(client)["柏林学校"] == ["7680.0000", "7680.0000", "0.5161", "0.0", "已公布"]


def test_what_came_since_the_last_derivation_is_published_too(october) -> None:
    """Twelve more hours of Y's wait to be derived while somebody publishes: 20 × 384 = 7,680."""
    from jieyue.apps.metering.models import MeteredFact, MeteredRequest
    from jieyue.apps.metering.services.publish_part import publish_part

    operator().post(PAGE, {"month": "2026-10", "whole": "yes"})
    metered.take(october, "W-Y", [20 * n for n in range(373, 385)], start=OCTOBER + 373 * 3600)
    assert publish_part(MeteredRequest.objects.get().pk).published == 2
    assert sorted(MeteredFact.objects.values_list("use", flat=True)) == [7440, 7680]


def test_the_worker_derives_what_files_of_readings_and_of_meters_change(october) -> None:
    """Twelve hours more of Y's meter; then it serves X from the 8th on: 168 hours × 20 stay Y's, 216 × 20 are X's."""
    metered.take(october, "W-Y", [20 * n for n in range(373, 385)], start=OCTOBER + 373 * 3600)
    Worker().once()
    assert lines(operator())["柏林学校"][0] == "7680.0000"
    metered.meters(f"{metered.HEAD}\nW-Y,,X,water,m3,register,,60,1,,,2026-10-08\n")
    Worker().once()
    found = {name: row[0] for name, row in lines(operator()).items()}
    assert found == {"榆林学校": "11760.0000", "柏林学校": "3360.0000"}


def test_lines_of_end_uses_are_compared_and_counted_too(october) -> None:
    """W-Z, 1 of the 10 m³ an hour of W-X, is published with the total and what it leaves: 744, 7,440, 6,696. Its end
    use changes: of the line that is gone and the new one the page says as much as the publication leaves behind."""
    from jieyue.apps.metering.ready import counts_of

    metered.meters(f"{metered.HEAD}\nW-Z,,X,water,m3,register,01A00,60,1,W-X,,2026-10-01\n")
    metered.take(october, "W-Z", list(range(745)), start=OCTOBER)
    metered.derive()
    client = operator()
    rows = rows_of(client, f"{PAGE}?month=2026-10&state=ready&export=csv")
    assert [row[5] for row in rows] == ["7440.0000", "744.0000", "6696.0000"]
    assert [row[3] for row in rows][::2] == ["合计", "下级未计量"]
    client.post(PAGE, {"month": "2026-10"})
    Worker().once()
    assert "公布 3 行" in page_of(client.get(PAGE)).text
    (count,) = counts_of([202610], None)
    assert (count.lines, count.complete, count.published) == (4, 3, 3)
    right = f"{metered.HEAD}\nW-Z,,X,water,m3,register,01B00,60,1,W-X,,2026-10-01\n"
    assert import_meters(right.encode(), "meters.csv", actor="tests", restate="编码").result.applied
    metered.derive()
    rows = rows_of(client, f"{PAGE}?month=2026-10&export=csv")
    states = {row[3][:5]: row[-1] for row in rows if row[0] == "榆林学校"}
    assert [states[use] for use in ("合计", "下级未计量", "01B00")] == ["已公布", "已公布", "可公布"]
    assert states["01A00"] not in ("已公布", "可公布")
    assert "有变化的 1 行" in page_of(client.get(PAGE)).text
    client.post(PAGE, {"month": "2026-10", "reason": "编码更正"})
    Worker().once()
    (count,) = counts_of([202610], None)
    assert (count.lines, count.complete, count.published) == (4, 3, 3)  # the gone one is not counted


def test_each_publishes_what_is_of_his_part_of_the_line(october) -> None:
    """A district's publisher publishes its own institution; who only reads sees the lines and no form."""
    viewer = metered.who("viewer", "viewer", "L-500104")
    publisher = metered.who("publisher", "publisher", "L-500104")
    assert list(lines(viewer)) == list(lines(publisher)) == ["柏林学校"]
    assert "公布这个月" not in page_of(viewer.get(PAGE)).text
    assert viewer.post(PAGE, {"month": "2026-10"}).status_code == 403
    assert viewer.get(f"{PAGE}state/").status_code == 403
    publisher.post(PAGE, {"month": "2026-10", "whole": "yes"})
    Worker().once()
    assert [row[-1] for row in lines(operator()).values()] == ["可公布", "已公布"]


def test_who_has_lost_the_right_publishes_nothing(october) -> None:
    from jieyue.apps.identity.models import Grant, User

    publisher = metered.who("publisher", "publisher", "L-500104")
    publisher.post(PAGE, {"month": "2026-10", "whole": "yes"})
    Grant.objects.filter(user=User.objects.get(username="publisher")).delete()
    Worker().once()
    assert [row[-1] for row in lines(operator()).values()] == ["可公布", "完整率不足"]


def test_a_publication_that_was_cut_short_goes_on_where_it_stood(october, monkeypatch) -> None:
    """Two parts of one institution each; the second fails once. Then all is published once."""
    from jieyue.apps.metering.models import MeteredFact, MeteredRequest
    from jieyue.apps.metering.services import publish_part as part

    monkeypatch.setattr(part, "PART", 1)
    real, calls = part.publish_metered, []

    def cut(*args, **values):
        calls.append(values["institutions"])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **values)

    monkeypatch.setattr(part, "publish_metered", cut)
    operator().post(PAGE, {"month": "2026-10", "whole": "yes"})
    row = MeteredRequest.objects.get()
    with pytest.raises(KeyboardInterrupt):
        part.publish_part(row.pk)
    row.refresh_from_db()
    assert (row.done, row.total, row.finished_at) == (1, 2, None)
    row = part.publish_part(row.pk)
    assert (row.published, row.same, row.done) == (2, 1, 2)
    assert MeteredFact.objects.count() == 2


def test_a_month_before_those_of_the_page_is_refused_with_its_own_reason(october, monkeypatch) -> None:
    monkeypatch.setattr("jieyue.apps.metering.ready.MONTHS", 0)
    answer = operator().post(PAGE, {"month": "2026-10"})
    assert (answer.status_code, "readings publish --month 2026-10" in page_of(answer).text) == (422, True)
    assert logged("metering.ask_publish") == [0]


def test_wrong_addresses_and_months_that_run_are_refused(october) -> None:
    client = operator()
    for query in ("?month=2026-11", "?month=x", "?state=odd", "?page=9"):
        assert client.get(PAGE + query).status_code == 404, query
    assert client.post(PAGE, {"month": "2026-11"}).status_code == 404
    assert client.post(PAGE, {"month": "2026-10", "reason": "长" * 501}).status_code == 422


def test_the_page_speaks_chinese_and_asks_little(october) -> None:
    client = metered.who("publisher", "publisher", "L-500103")
    client.post(PAGE, {"month": "2026-10"})
    client.get(PAGE)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(PAGE)
    assert len(asked) <= MOST_QUERIES, [one["sql"][:200] for one in asked]
    assert not {word for word in latin(page_of(answer)) if word != "publisher"}
