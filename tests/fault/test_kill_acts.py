"""Acts of people killed between their log entry and the commit, then right after the commit: nothing, or all of it.

One story, each act on the state that the one before it left. Every table of the office is compared, not only those
that an act is known to write.
"""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings

from jieyue.config.home import Home
from tests.fault.acts import BEGIN, Story, body, each_is_done_whole_or_not_at_all, person

SOON = timedelta(days=20)


def today() -> date:
    return Home.open(settings.JIEYUE_HOME.path).today()


def school() -> int:
    from jieyue.apps.registry.models import Institution

    return int(Institution.objects.order_by("pk").values_list("pk", flat=True)[0])


def key() -> Any:
    from jieyue.apps.returns.acting import Key

    return Key(school(), "NY201", "2026-01")


def revision() -> int:
    from jieyue.apps.returns.models import Return

    return Return.objects.get(subject=school(), form="NY201", period="2026-01").revision


def everywhere() -> Any:
    from jieyue.apps.identity.authority import authority_of

    return authority_of(person("tester"))


def open_an_account() -> None:
    from jieyue.apps.identity.services.create_user import create_user

    create_user("li", actor="tester", real_name="李")


def open_another() -> None:
    from jieyue.apps.identity.services.open_account import open_account

    open_account("wu", real_name="吴", role="reporter", node=school(), actor="tester", by=everywhere())


def let_report() -> None:
    from jieyue.apps.identity.services.grant import grant

    grant(person("li"), "reporter", node=school(), valid_from=BEGIN, actor="tester")


def open_ming() -> None:
    from jieyue.apps.identity.services.create_user import create_user

    create_user("ming", actor="tester")


def open_hua() -> None:
    from jieyue.apps.identity.services.create_user import create_user

    create_user("hua", actor="tester")


def let_review() -> None:
    from jieyue.apps.identity.services.grant import grant

    grant(person("ming"), "reviewer", node=body("L-500103-EDU"), valid_from=BEGIN, actor="tester")


def let_approve() -> None:
    from jieyue.apps.identity.services.grant import grant

    grant(person("hua"), "approver", node=body("L-500103-EDU"), valid_from=BEGIN, actor="tester")


def give_a_code() -> None:
    from jieyue.apps.identity.services.new_code import new_code

    new_code(person("li"), actor="tester", by=everywhere())


def choose_a_password() -> None:
    from jieyue.apps.identity.services.set_password import activate

    activate(person("li"), "a long sentence of 2026")


def decide_a_deadline() -> None:
    from jieyue.apps.obligations.services.set_deadline import Decision, set_deadline

    set_deadline("NY201", "M", Decision(due_days=12), actor="tester", valid_from=BEGIN)


def open_the_month() -> None:
    from jieyue.apps.obligations.services.open_periods import open_periods
    from jieyue.domain.period import Period

    open_periods("NY201", [Period.parse("2026-01")], actor="tester")


def begin_the_return() -> None:
    from jieyue.apps.returns.services.edit_return import start

    start(person("li"), key())


def leave_out_gas() -> None:
    from jieyue.apps.returns.services.set_use import set_use

    set_use(person("li"), key(), "150", "not_used")


def add_a_photo() -> None:
    from PIL import Image

    from jieyue.apps.returns.services.attach import attach

    photo = io.BytesIO()
    Image.new("RGB", (60, 40)).save(photo, "JPEG")
    attach(person("li"), key(), photo.getvalue(), "抄表.jpg")


def submit() -> None:
    from jieyue.apps.returns.services.submit_return import submit as send
    from jieyue.apps.returns.snapshots import Judged

    send(person("li"), key(), revision=revision(), judge=lambda _: Judged())


def withdraw() -> None:
    from jieyue.apps.returns.services.submit_return import withdraw as take_back

    take_back(person("li"), key(), reason="少了一格")


def send_back() -> None:
    from jieyue.apps.returns.services.review_return import send_back as back

    back(person("ming"), key(), code="unit", comments={"110": "是度还是千度"})


def approve() -> None:
    from jieyue.apps.returns.services.approve_return import approve as pass_on

    pass_on(person("hua"), key())


def stand_in() -> None:
    from jieyue.apps.identity.services.delegate import delegate

    delegate(person("ming"), person("wu"), first=today(), end=today() + SOON, occasion="休假")


def draw_a_sample() -> None:
    from jieyue.apps.spotchecks.services.draw import draw_check

    draw_check(
        person("tester"), body("L-500103-EDU"), "NY201", "2026-01", method="random", seed="7", share="1"
    )


def make_a_token() -> None:
    from jieyue.apps.identity.services.issue_token import issue_token

    issue_token(person("li"), "采集", days=30, actor="tester")


def take_the_right() -> None:
    from jieyue.apps.identity.models import Grant
    from jieyue.apps.identity.services.revoke import revoke

    held = Grant.objects.get(user=person("wu"), role="reporter", node=school())
    revoke(held.pk, today(), actor="tester", reason="调离")


STORY: Story = [
    (open_an_account, ["identity.create_user"]),
    (let_report, ["identity.grant"]),
    (open_another, ["identity.create_user", "identity.grant", "identity.new_code"]),
    (open_ming, ["identity.create_user"]),
    (open_hua, ["identity.create_user"]),
    (let_review, ["identity.grant"]),
    (let_approve, ["identity.grant"]),
    (give_a_code, ["identity.new_code"]),
    (choose_a_password, ["identity.activate"]),
    (decide_a_deadline, ["obligations.set_deadline"]),
    (open_the_month, ["obligations.open"]),
    (begin_the_return, ["returns.start"]),
    (leave_out_gas, ["returns.set_use"]),
    (add_a_photo, ["returns.attach"]),
    (submit, ["returns.submit"]),
    (withdraw, ["returns.withdraw"]),
    (submit, ["returns.submit"]),
    (send_back, ["returns.send_back"]),
    (submit, ["returns.submit"]),
    (approve, ["returns.approve"]),
    (stand_in, ["identity.delegation"]),
    (draw_a_sample, ["spotchecks.draw"]),
    (make_a_token, ["identity.issue_token"]),
    (take_the_right, ["identity.revoke"]),
]


@pytest.mark.postgres
def test_an_act_that_is_killed_is_done_whole_or_not_at_all(city: Home) -> None:
    each_is_done_whole_or_not_at_all(city, STORY)
