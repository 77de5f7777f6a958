"""Every service of accounts and rights, and of the way of a return, leaves exactly one entry when it changes something
and none when it is refused: which services there are is read from the code, and one without a run fails by its name."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.authority import authority_of
from jieyue.apps.identity.models import Grant, SharedView, User
from jieyue.apps.identity.services.appoint_auditor import appoint_auditor
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.delegate import delegate
from jieyue.apps.identity.services.end_guide import end_guide
from jieyue.apps.identity.services.end_mandate import end_mandate
from jieyue.apps.identity.services.give_role import give_role, take_role
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.hand_over import hand_over
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.identity.services.issue_wall import issue_wall
from jieyue.apps.identity.services.keep_view import drop_view, keep_view
from jieyue.apps.identity.services.lend import lend
from jieyue.apps.identity.services.make_operator import make_operator
from jieyue.apps.identity.services.new_code import new_code
from jieyue.apps.identity.services.note_reading import note_reading
from jieyue.apps.identity.services.remember_sign_in import locked_out
from jieyue.apps.identity.services.revoke import revoke
from jieyue.apps.identity.services.revoke_token import revoke_token
from jieyue.apps.identity.services.revoke_wall import revoke_wall
from jieyue.apps.identity.services.set_password import activate, change_password
from jieyue.apps.identity.services.share_view import share_view, take_back_view
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services.approve_return import approve, reopen
from jieyue.apps.returns.services.edit_return import start
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.services.review_return import comment, pass_step, send_back
from jieyue.apps.returns.services.set_checking import set_checking
from jieyue.apps.returns.services.submit_return import withdraw
from jieyue.domain.errors import DomainError
from tests.apps.returns.workflow_desk import BEGIN, Nodes, Office, holder
from tests.repo.test_services_are_logged import RECORD, _graph, _reaching

#: The rooms whose services are run here, each module by its name.
ROOMS = ("identity.", "returns.approve_return", "returns.edit_return", "returns.review_return",
         "returns.submit_return", "returns.set_checking", "returns.publish_waiting")  # fmt: skip
#: Not run by themselves, and why.
EXCEPTED = {
    "identity.open_mandate.open_mandate": "the part that delegate, lend, hand_over and appoint_auditor share",
    "identity.open_account.open_account": "create_user, grant and new_code one after another, an entry each",
    "identity.enrol_second_factor.enrol_second_factor": "tests/security/test_second_factor.py, by the page",
    "identity.enrol_second_factor.renew_recovery_codes": "tests/security/test_second_factor.py, by the page",
    "identity.reset_second_factor.reset_second_factor": "tests/security/test_second_factor.py, by the page",
    "identity.end_handed.end_handed": "tests/apps/identity/test_mandates.py: the worker runs it on the day",
    "identity.end_sessions.end_sessions": "tests/web/test_people.py, by the page: it needs sessions",
    "returns.edit_return.log": "writes the entry for the others",
}
Act = Callable[[], Any]
#: What changes something, and what is refused or changes nothing; None: nothing refuses it.
Run = tuple[Act, Act | None]


class Desk:
    """An office with persons, and what the runs begin from."""

    def __init__(self, office: Office) -> None:
        self.office, self.bureau = office, office.bureau
        self.admin = holder("admin", "city_admin", office.nodes["line", "city"])
        self.security = holder("security", "security_admin", office.nodes["line", "city"])
        self.user = create_user("somebody", actor="t")
        self.other = holder("other", "reporter", office.school)
        self.guest = holder("guest", "reviewer", office.nodes["line", "L-500104"])
        self.today = settings.JIEYUE_HOME.today()
        self.soon = self.today + timedelta(days=3)

    def grant(self, role: str = "viewer") -> Grant:
        return grant(self.user, role, node=self.bureau, valid_from=BEGIN, actor="t")


def _mandate(d: Desk) -> Any:
    return delegate(d.office.clerk, d.other, first=d.today, end=d.soon)


def _token(d: Desk) -> int:
    d.grant()
    return int(issue_token(d.user, "one", days=3, actor="t")[0].pk)


def _wall(d: Desk) -> int:
    return int(issue_wall("one", "city", days=3, actor="t")[0].pk)


def _case(d: Desk, **more: Any) -> Any:
    asked = {"nodes": [d.bureau], "forms": ["NY201"], "periods": ["2025"], "first": d.today, "end": d.soon,
             "case": "一号", "actor": "security", "by": authority_of(d.security)}  # fmt: skip
    return appoint_auditor(d.user, **{**asked, **more})


def _lent(d: Desk, **more: Any) -> Any:
    asked = {"node": d.bureau, "form": "NY201", "period": "2025-01", "first": d.today, "end": d.soon}
    return lend(d.admin, d.guest, **{**asked, **more})


def _handed(d: Desk, day: date) -> Any:
    return hand_over(d.office.clerk, d.other, day=day, actor="admin", by=authority_of(d.admin))


def _twice(act: Act) -> Run:
    """What is refused, or does nothing, the second time."""
    return act, act


def _ended(d: Desk, act: Callable[[Any], Any], thing: Any) -> Run:
    return _twice(lambda: act(thing))


def _at(d: Desk, state: str, act: Callable[[Key], Any]) -> Run:
    """A return in the state that the act needs, and then the act again."""
    key = d.office.at(state)
    return _twice(lambda: act(key))


def _activated(d: Desk) -> Run:
    new_code(d.user, actor="t", by=None)
    return _twice(lambda: activate(d.user, "a long and quiet word"))


def _given(d: Desk, role: str) -> Grant:
    return give_role(d.user, role, node=d.bureau, actor="t", by=None)


def _taken(d: Desk) -> Run:
    first, second = d.grant(), d.grant("approver")
    by = authority_of(d.guest)  # a reviewer, who takes nobody's role
    return lambda: take_role(first, actor="t", by=None), lambda: take_role(second, actor="guest", by=by)


def _view(d: Desk) -> None:
    keep_view(d.user, "我的", "/quality/", "period=2026-09", actor="t")


def _shared(d: Desk, user: User | None = None) -> int:
    share_view(user or d.admin, "共享的", "/quality/", "period=2026-09", node=d.bureau)
    return SharedView.objects.get().pk


def _dropped(d: Desk) -> Run:
    _view(d)
    return _twice(lambda: drop_view(d.user, "我的", "/quality/", actor="t"))


def _revoked(d: Desk) -> Run:
    number = d.grant().pk
    return lambda: revoke(number, d.today, actor="t"), lambda: revoke(10**9, d.today, actor="t")


def _commented(d: Desk) -> Run:
    key, by = d.office.at("submitted"), d.office.checker
    return lambda: comment(by, key, reason="请核对"), lambda: comment(by, key)


#: Service → what it changes, then what is refused or nothing.
RUNS: dict[str, Callable[[Desk], Run]] = {
    "identity.appoint_auditor.appoint_auditor": lambda d: (lambda: _case(d), lambda: _case(d, forms=[])),
    "identity.create_user.create_user": lambda d: _twice(lambda: create_user("fresh", actor="t")),
    "identity.delegate.delegate": lambda d: (
        lambda: _mandate(d),
        lambda: delegate(d.office.clerk, None, first=d.today, end=d.soon),
    ),
    "identity.end_guide.end_guide": lambda d: _twice(lambda: end_guide(d.user, actor="t")),
    "identity.end_mandate.end_mandate": lambda d: _ended(
        d, lambda one: end_mandate(one.pk, user=d.office.clerk, by=authority_of(d.office.clerk)), _mandate(d)
    ),
    "identity.give_role.give_role": lambda d: (lambda: _given(d, "viewer"), lambda: _given(d, "emperor")),
    "identity.give_role.take_role": _taken,
    "identity.grant.grant": lambda d: (d.grant, lambda: d.grant("emperor")),
    "identity.hand_over.hand_over": lambda d: (lambda: _handed(d, d.today), lambda: _handed(d, d.today)),
    "identity.issue_token.issue_token": lambda d: (
        lambda: issue_token(d.office.clerk, "one", days=3, actor="t"),
        lambda: issue_token(d.office.clerk, "one", days=0, actor="t"),
    ),
    "identity.issue_wall.issue_wall": lambda d: (
        lambda: _wall(d),
        lambda: issue_wall("one", "city", days=0, actor="t"),
    ),
    "identity.keep_view.drop_view": _dropped,
    "identity.keep_view.keep_view": lambda d: _twice(lambda: _view(d)),
    "identity.lend.lend": lambda d: (lambda: _lent(d), lambda: _lent(d, node=d.office.school)),
    "identity.make_operator.make_operator": lambda d: _twice(
        lambda: make_operator("op", root=d.office.nodes["line", "city"])
    ),
    "identity.new_code.new_code": lambda d: (
        lambda: new_code(d.user, actor="t", by=None),
        lambda: new_code(d.security, actor="guest", by=authority_of(d.guest)),
    ),
    "identity.note_reading.note_reading": lambda d: (lambda: note_reading(d.user, "/x/", "x"), None),
    "identity.remember_sign_in.locked_out": lambda d: (
        lambda: locked_out("x", "::1", tries=5, minutes=15),
        None,
    ),
    "identity.revoke.revoke": _revoked,
    "identity.revoke_token.revoke_token": lambda d: _ended(
        d, lambda one: revoke_token(one, actor="t"), _token(d)
    ),
    "identity.revoke_wall.revoke_wall": lambda d: _ended(
        d, lambda one: revoke_wall(one, actor="t"), _wall(d)
    ),
    "identity.set_password.activate": _activated,
    "identity.set_password.change_password": lambda d: (
        lambda: change_password(d.user, "a long and quiet word"),
        lambda: change_password(d.user, "x"),
    ),
    "identity.share_view.share_view": lambda d: (lambda: _shared(d), lambda: _shared(d, d.user)),
    "identity.share_view.take_back_view": lambda d: _ended(
        d, lambda number: take_back_view(d.admin, number), _shared(d)
    ),
    "returns.approve_return.approve": lambda d: _at(d, "passed", lambda key: approve(d.office.chief, key)),
    "returns.approve_return.reopen": lambda d: _at(
        d, "approved", lambda key: reopen(d.office.chief, key, reason="抄错")
    ),
    "returns.edit_return.start": lambda d: _at(d, "none", lambda key: start(d.office.clerk, key)),
    "returns.publish_waiting.publish_waiting": lambda d: _at(d, "waiting", lambda key: publish_waiting()),
    "returns.review_return.comment": _commented,
    "returns.review_return.pass_step": lambda d: _at(
        d, "submitted", lambda key: pass_step(d.office.checker, key)
    ),
    "returns.review_return.send_back": lambda d: _at(
        d, "submitted", lambda key: send_back(d.office.checker, key, code="value", comments={"110": "?"})
    ),
    "returns.set_checking.set_checking": lambda d: (
        lambda: set_checking(d.bureau, True, day=BEGIN, actor="t"),
        lambda: set_checking(10**9, True, day=BEGIN, actor="t"),
    ),
    "returns.submit_return.submit": lambda d: _at(d, "draft", d.office.submit),
    "returns.submit_return.withdraw": lambda d: _at(
        d, "submitted", lambda key: withdraw(d.office.clerk, key)
    ),
}


def services() -> list[str]:
    """Public functions of services in these rooms that reach the log, as the code has them now."""
    calls, _verbs = _graph()
    short = {
        name.removeprefix("jieyue.apps.").replace(".services", ""): name.rpartition(".")[2]
        for name in _reaching(calls, RECORD) & calls.keys()
        if ".services." in name
    }
    return sorted(n for n, own in short.items() if n.startswith(ROOMS) and own.islower() and own[0] != "_")


def test_every_service_of_these_rooms_has_a_run() -> None:
    assert set(services()) == RUNS.keys() | EXCEPTED.keys(), (
        "a service without a run, or a run without its service"
    )


@pytest.mark.parametrize("service", sorted(RUNS))
def test_one_entry_if_and_only_if_something_changed(city_trees: Nodes, service: str) -> None:
    desk = Desk(Office(city_trees, checks=service != "returns.set_checking.set_checking"))
    change, nothing = RUNS[service](desk)
    before = ActionLog.objects.count()
    change()
    assert ActionLog.objects.count() == before + 1
    with suppress(RefusedError, DomainError, LookupError):
        if nothing is not None:
            nothing()
    assert ActionLog.objects.count() == before + 1
