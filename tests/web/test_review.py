"""Review on pages: what was found, who may explain it, and who may accept; two persons."""

import re
from datetime import date

import pytest
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.jobs.worker import Worker
from tests.web.conftest import City

MONTH = "2026-09"


@pytest.fixture
def reviewed(own_city: City) -> City:
    """The city after a pass over a month."""
    from jieyue.apps.review.services.check_returns import check_returns
    from jieyue.domain.period import Period

    check_returns("NY201", [Period.parse(MONTH)], actor="tests")
    return own_city


def signed_in(name: str, *roles: str, node: int) -> Client:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant

    if not User.objects.filter(username=name).exists():
        user = create_user(name, actor="tests")
        for role in roles:
            grant(user, role, node=node, valid_from=date(2010, 1, 1), actor="tests")
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def root() -> int:
    from jieyue.apps.trees.queries import Tree, tree

    found = tree(Tree.LINE).root
    assert found is not None
    return found.id


def finding(severity: str = "warning") -> "object":
    from jieyue.apps.review.models import ReviewFinding

    row = ReviewFinding.objects.filter(period=MONTH, state="open").order_by("pk").first()
    assert row is not None
    ReviewFinding.objects.filter(pk=row.pk).update(severity=severity)
    return row


def test_a_warning_is_explained_by_one_and_accepted_by_another(reviewed: City) -> None:
    row = finding()
    reporter = signed_in("reporter.one", "reporter", node=root())
    reviewer = signed_in("reviewer.one", "reviewer", node=root())
    address = f"/review/{row.pk}/"  # type: ignore[attr-defined]
    assert "认可</button>" not in reporter.get(address).content.decode()
    said = reporter.post(f"{address}explain/", {"text": "九月搬入新楼"}, follow=True)
    assert "九月搬入新楼" in said.content.decode()
    assert reporter.post(f"{address}decide/", {"decision": "accept"}).status_code == 403
    back = reviewer.post(f"{address}decide/", {"decision": "back"}, follow=True).content.decode()
    assert "已退回重写" in back
    over = re.search(r'name="over" value="([^"]+)"', reporter.get(address).content.decode())
    assert over is not None
    reporter.post(f"{address}explain/", {"text": "九月搬入新楼", "over": over[1]})
    again = reviewer.post(f"{address}decide/", {"decision": "back"}, follow=True).content.decode()
    assert "已退回重写" in again, "the same words may be put forward again"
    reporter.post(f"{address}explain/", {"text": "九月搬入新楼，见房产证", "over": over[1]})
    done = reviewer.post(f"{address}decide/", {"decision": "accept"}, follow=True).content.decode()
    assert "说明已认可" in done
    assert "reporter.one → reviewer.one" in done.replace("\n", " ")
    assert reviewer.post(f"{address}decide/", {"decision": "accept"}).status_code == 409
    accepted = reviewer.get(f"/review/?period={MONTH}&state=accepted").content.decode()
    assert f'href="{address}"' in accepted
    said_of_it = ActionLog.objects.filter(verb__in=("review.explain", "review.decide")).values_list(
        "source", flat=True
    )
    assert set(said_of_it) == {"web"}, "what is done on a page is not logged as of the command line"


def test_numbers_and_periods_read_as_on_other_pages(reviewed: City) -> None:
    """Thousands are set apart, in the list, on the page of one finding; a month is 2026年8月, not 2026-08."""
    from jieyue.apps.review.models import ReviewFinding

    row = finding()
    said = {"110": "49767", "prev_year:110": "1204.5", "period": "2026-08"}
    ReviewFinding.objects.filter(pk=row.pk).update(facts=said, value="49767", item="110")  # type: ignore[attr-defined]
    reader = signed_in("reader.one", "reviewer", node=root())
    wanted = ("49,767", "1,204.5", "2026年8月")
    for address in (f"/review/?period={MONTH}&state=open", f"/review/{row.pk}/"):  # type: ignore[attr-defined]
        page = reader.get(address).content.decode()
        assert [text for text in wanted if text not in page] == []
        assert "49767 千瓦时" not in page


def test_nobody_accepts_ones_own_explanation(reviewed: City) -> None:
    row = finding()
    reviewer = signed_in("reviewer.two", "reviewer", node=root())  # a reviewer may enter on behalf of others
    address = f"/review/{row.pk}/"  # type: ignore[attr-defined]
    reviewer.post(f"{address}explain/", {"text": "核实无误"})
    refused = reviewer.post(f"{address}decide/", {"decision": "accept"})
    assert refused.status_code == 422
    assert "须由别人审阅" in refused.content.decode()


def test_an_error_is_not_explained_away_and_a_blank_is_no_explanation(reviewed: City) -> None:
    row = finding("error")
    reporter = signed_in("reporter.three", "reporter", node=root())
    address = f"/review/{row.pk}/"  # type: ignore[attr-defined]
    refused = reporter.post(f"{address}explain/", {"text": "无误"})
    assert (refused.status_code, "请改正报表" in refused.content.decode()) == (422, True)
    from jieyue.apps.review.models import ReviewFinding

    ReviewFinding.objects.filter(pk=row.pk).update(severity="warning")  # type: ignore[attr-defined]
    blank = reporter.post(f"{address}explain/", {"text": "  "})
    assert (blank.status_code, "请写出说明" in blank.content.decode()) == (422, True)


def test_who_only_looks_neither_explains_nor_passes_rules(reviewed: City) -> None:
    row = finding()
    viewer = signed_in("viewer.one", "viewer", node=root())
    address = f"/review/{row.pk}/"  # type: ignore[attr-defined]
    assert "<textarea" not in viewer.get(address).content.decode()
    assert viewer.post(f"{address}explain/", {"text": "x"}).status_code == 403
    assert viewer.post("/review/check/", {"period": MONTH}).status_code == 403


def test_a_reviewer_of_all_looks_at_a_period_and_one_of_a_district_may_not(own_city: City) -> None:
    from jieyue.apps.review.models import ReviewRun
    from jieyue.apps.trees.queries import Tree, tree

    reviewer = signed_in("reviewer.city", "reviewer", node=root())
    said = reviewer.post("/review/check/", {"period": MONTH}, follow=True).content.decode()
    # The page does not wait: it says that the worker has it to do, and asks again every two seconds.
    assert ("排队等后台计算" in said, "重新审核本期" in said or "现在审核本期" in said) == (True, False)
    assert ReviewRun.objects.count() == 0
    state = reviewer.get(f"/review/check/state/?period={MONTH}")
    assert ("hx-trigger" in state.content.decode(), "HX-Refresh" in state) == (True, False)
    assert reviewer.post("/review/check/", {"period": MONTH}).status_code == 302
    worker = Worker(())
    worker.once()
    state = reviewer.get(f"/review/check/state/?period={MONTH}")
    assert ("hx-trigger" in state.content.decode(), state["HX-Refresh"]) == (False, "true")
    run = ReviewRun.objects.get()  # asked for twice, done once
    said = reviewer.get(f"/review/?period={MONTH}").content.decode()
    assert f"{sum(run.counts.values())} 个问题" in said
    assert "排队等后台计算" not in said
    assert run.actor == "reviewer.city"
    district = tree(Tree.LINE).by_code["L-500111"].id
    other = signed_in("reviewer.district", "reviewer", node=district)
    assert other.post("/review/check/", {"period": MONTH}).status_code == 403
    assert other.get(f"/review/check/state/?period={MONTH}").status_code == 403
    page = other.get(f"/review/?period={MONTH}").content.decode()
    assert f"{run.returns:,}" not in page  # how many the whole authority has is not the district's to know
    assert reviewer.post("/review/check/", {"period": "2026-99"}).status_code == 404


def test_a_pass_that_failed_says_so_and_may_be_asked_for_again(
    own_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jieyue.apps.review import tasks
    from jieyue.apps.review.models import ReviewRun

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("盘坏了")

    reviewer = signed_in("reviewer.city", "reviewer", node=root())
    reviewer.post("/review/check/", {"period": MONTH})
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "check_returns", broken)
        Worker(()).once()
    said = reviewer.get(f"/review/?period={MONTH}").content.decode()
    assert ("提交的审核没有做成" in said, "盘坏了" in said, 'action="/review/check/"' in said) == (
        True,
        False,
        True,
    )
    reviewer.post("/review/check/", {"period": MONTH})
    Worker(()).once()
    assert ReviewRun.objects.count() == 1


def test_every_night_the_periods_on_their_way_are_passed(own_city: City) -> None:
    from jieyue.apps.returns.models import Return
    from jieyue.apps.review import tasks
    from jieyue.apps.review.models import ReviewRequest, ReviewRun

    open_months = {
        one
        for one in Return.objects.exclude(state="approved").values_list("period", flat=True)
        if one < "2026-11"
    }
    assert open_months
    tasks.check_collected()
    tasks.check_collected()
    assert sorted(ReviewRequest.objects.filter(form="NY201").values_list("period", flat=True)) == sorted(
        open_months
    )
    Worker(()).once()
    runs = ReviewRun.objects.filter(form="NY201", actor="worker")
    assert sorted(period for run in runs for period in run.periods) == sorted(open_months)


def test_the_workbench_says_what_waits_and_a_finding_what_was_said_a_year_ago(own_city: City) -> None:
    from jieyue.apps.review.models import ReviewFinding
    from jieyue.apps.review.services.check_returns import check_returns
    from jieyue.domain.period import Period

    reviewer = signed_in("reviewer.home", "reviewer", node=root())
    assert "待改正或说明" not in reviewer.get("/").content.decode()
    run = check_returns("NY201", [Period.parse("2026-10")], actor="tests")
    page = reviewer.get("/").content.decode()
    assert "待改正或说明" in page
    assert f">{sum(run.counts.values()):,}</a>" in page
    row = ReviewFinding.objects.filter(period="2026-10").first()
    assert row is not None
    address = f"/review/{row.pk}/"
    assert "也有同样的问题" not in reviewer.get(address).content.decode()
    ReviewFinding.objects.create(
        subject=row.subject, form=row.form, period="2025-10", rule=row.rule, item=row.item, severity="warning",
        value="77", state="accepted", explanation="去年已核实", first_run=run, last_run=run,
    )  # fmt: skip
    said = reviewer.get(address).content.decode()
    assert "2025年10月也有同样的问题：77" in said
    assert "去年已核实" in said
