"""Acts above the return, killed like those of test_kill_acts.py: summaries sent up and decided, findings answered, a
joint review, a spot check, what is let out to everybody."""

from typing import Any

import pytest

from jieyue.config.home import Home
from tests.fault import works
from tests.fault.acts import BEGIN, Story, body, each_is_done_whole_or_not_at_all, person

FORM, YEAR = "NY301", "2024"
#: Nothing was filed for it: three institutions would give each other away.
QUIET = "2023"
OFFICE, DISTRICT = "L-500103-EDU", "L-500103"
#: B states 1 kWh for 9,999 yuan, which the rules ask about.
DEAR = works.table([works.LONG, ["B", YEAR, "NY201:110", "1"], ["B", YEAR, "NY201:111", "9999"]])
MENDED = works.table([works.LONG, ["A", YEAR, "NY201:110", "950"]])


def number_of(code: str) -> int:
    from jieyue.apps.registry import queries

    found = queries.number_of(code)
    assert found is not None
    return found


def the_persons() -> None:
    """Who acts, and what B has filed."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant

    for name, role, node in (
        ("clerk", "reporter", DISTRICT),
        ("sends", "approver", OFFICE),
        ("decides", "approver", DISTRICT),
        ("meets", "reviewer", DISTRICT),
        ("publishes", "publisher", "city"),
        ("lets-out", "publisher", "city"),
    ):
        grant(create_user(name, actor="tester"), role, node=body(node), valid_from=BEGIN, actor="tester")
    assert works.import_returns(DEAR).applied


def summary() -> Any:
    """The newest."""
    from jieyue.apps.summaries.models import Summary

    return Summary.objects.order_by("-pk")[0]


def send_up() -> None:
    from jieyue.apps.summaries.services.send import send

    send(person("sends"), body(OFFICE), FORM, YEAR)


def recall() -> None:
    from jieyue.apps.summaries.services import decide

    decide.recall(person("sends"), summary().pk)


def send_it_back() -> None:
    from jieyue.apps.summaries.services import decide

    said = [decide.Comment("是度还是千度", "A", "110")]
    decide.send_back(person("decides"), summary().pk, "请核对", said)


def accept() -> None:
    from jieyue.apps.summaries.services import decide

    decide.accept(person("decides"), summary().pk)


def mend_the_year() -> None:
    """A's electricity is another: what is accepted differs from what stands in the returns."""
    assert works.import_returns(MENDED, restate="抄错").applied


def publish_it() -> None:
    from jieyue.apps.summaries.services import decide

    decide.publish_table(person("publishes"), summary().pk, "2024 年综合表")


def consent() -> None:
    from jieyue.apps.summaries.services import decide

    decide.consent(person("decides"), summary().pk, number_of("A"), YEAR, "确有差错")


def reopen() -> None:
    from jieyue.apps.returns.acting import Key
    from jieyue.apps.returns.services import approve_return

    approve_return.reopen(person("sends"), Key(number_of("A"), "NY201", YEAR), reason="抄错")


def a_table_from_above() -> None:
    """Looked at, twice: one is kept, the other dropped."""
    from jieyue.apps.exchange.profile import parse
    from jieyue.apps.summaries.services.take_their_table import Asked, take_their_table
    from tests.above import FILE, LAYOUT

    asked = Asked(parse(LAYOUT), body(OFFICE), YEAR)
    for name in ("kept.csv", "dropped.csv"):
        assert take_their_table(FILE.encode(), name, asked, actor="tester").table is not None


def their_tables() -> list[int]:
    from jieyue.apps.summaries.models import TheirTable

    return list(TheirTable.objects.order_by("pk").values_list("pk", flat=True))


def keep_theirs() -> None:
    from jieyue.apps.summaries.services.take_their_table import keep_their_table

    keep_their_table(their_tables()[0], by=None, actor="tester")


def drop_theirs() -> None:
    from jieyue.apps.summaries.services.drop_their_table import drop_their_table

    drop_their_table(their_tables()[1], actor="tester")


def judge_all() -> None:
    from jieyue.apps.review.services.check_returns import check_returns
    from jieyue.domain.period import Period

    check_returns("NY201", [Period.parse(YEAR)], actor="tester")


def warning() -> int:
    """What is asked of B."""
    from jieyue.apps.review.models import ReviewFinding

    return ReviewFinding.objects.filter(subject=number_of("B"), severity="warning").order_by("pk")[0].pk


def explain_it() -> None:
    from jieyue.apps.review.services.explain import explain

    explain(warning(), "补缴往年电费", actor="clerk")


def take_the_explanation() -> None:
    from jieyue.apps.review.services.explain import decide

    decide(warning(), accept=True, actor="decides")


def meeting() -> Any:
    from jieyue.apps.jointreview.models import JointReview

    return JointReview.objects.get()


def call_a_meeting() -> None:
    from jieyue.apps.jointreview.services.convene import convene

    convene(person("meets"), body(DISTRICT), "NY201", YEAR, name="年报会审", day="2025-02-20", place="会议室")


def say_who_comes() -> None:
    from jieyue.apps.jointreview.services.arrange import arrange

    arrange(person("meets"), meeting().pk, day="2025-02-21", place="会议室", attending="王、李")


def conclude() -> None:
    from jieyue.apps.jointreview.services.conclude import conclude as say

    one = meeting().items.get(code="B")
    say(person("meets"), meeting().pk, one.pk, "back", "单价 9999 元", seen=one.revision)


def close_the_meeting() -> None:
    from jieyue.apps.jointreview.services.close import close

    close(person("meets"), meeting().pk, remark="散会")


def draw_b() -> None:
    """Drawing is killed in the other story."""
    from jieyue.apps.spotchecks.services.draw import draw_check

    draw_check(person("meets"), body(DISTRICT), "NY201", YEAR, method="random", seed="7", share="1")


def look_at_the_papers() -> None:
    from jieyue.apps.spotchecks.models import SpotItem
    from jieyue.apps.spotchecks.queries import version_of
    from jieyue.apps.spotchecks.services.look import Said, look

    for item in SpotItem.objects.filter(looked_by="").order_by("pk")[:1]:
        version = version_of(item.subject, "NY201", YEAR)
        assert version is not None
        look(person("meets"), item.pk, [Said("110", "1", "电费单 12 号")], seen=version.digest)


def close_the_check() -> None:
    from jieyue.apps.spotchecks.models import SpotCheck
    from jieyue.apps.spotchecks.services.look import close

    close(person("meets"), SpotCheck.objects.get().pk)


def release() -> int:
    """The newest."""
    from jieyue.apps.disclosure.models import DataRelease

    return DataRelease.objects.order_by("-pk")[0].pk


def propose() -> None:
    from jieyue.apps.disclosure.services.propose_release import propose_release

    propose_release(person("publishes"), QUIET, ["energy_total_tce"])


def propose_another() -> None:
    from jieyue.apps.disclosure.services.propose_release import propose_release

    propose_release(person("publishes"), QUIET, ["water_total_m3"], note="水量")


def compute() -> None:
    """The worker's, and not one act: the run of the figures is kept before the proposal is."""
    from jieyue.apps.disclosure.services.compute_release import compute_release

    compute_release(release())


def let_out() -> None:
    from jieyue.apps.disclosure.services.decide_release import let_out as out

    out(person("lets-out"), release())


def drop() -> None:
    from jieyue.apps.disclosure.services.decide_release import drop as no

    no(person("lets-out"), release())


STORY: Story = [
    (the_persons, []),
    (send_up, ["summaries.send"]),
    (recall, ["summaries.recall"]),
    (send_up, ["summaries.send"]),
    (send_it_back, ["summaries.return"]),
    (send_up, ["summaries.send"]),
    (accept, ["summaries.accept"]),
    (mend_the_year, []),
    (send_up, ["summaries.send"]),
    (accept, ["summaries.accept"]),
    (publish_it, ["summaries.publish"]),
    (consent, ["summaries.consent"]),
    (reopen, ["returns.reopen"]),
    (a_table_from_above, []),
    (keep_theirs, ["summaries.keep_their_table"]),
    (drop_theirs, ["summaries.drop_their_table"]),
    (judge_all, ["review.check"]),
    (explain_it, ["review.explain"]),
    (take_the_explanation, ["review.accept"]),
    (call_a_meeting, ["jointreview.convene"]),
    (say_who_comes, ["jointreview.arrange"]),
    (conclude, ["jointreview.conclude"]),
    (close_the_meeting, ["jointreview.close"]),
    (draw_b, []),
    (look_at_the_papers, ["spotchecks.look"]),
    (look_at_the_papers, ["spotchecks.look"]),
    (close_the_check, ["spotchecks.close"]),
    (propose, ["disclosure.propose"]),
    (compute, []),
    (let_out, ["disclosure.release"]),
    (propose_another, ["disclosure.propose"]),
    (drop, ["disclosure.drop"]),
]


@pytest.mark.postgres
def test_an_act_above_the_return_that_is_killed_is_done_whole_or_not_at_all(city: Home) -> None:
    each_is_done_whole_or_not_at_all(city, STORY)
