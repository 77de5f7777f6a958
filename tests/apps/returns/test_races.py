"""Two or a hundred people act on one return at one moment, over HTTP: the outcome is that of one after the other."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.services.record import digest
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.verify import verify_home
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import ReturnComment, ReturnSnapshot
from jieyue.apps.returns.services import approve_return, edit_return
from jieyue.apps.returns.services.edit_return import stand
from jieyue.apps.returns.snapshots import digest_of
from jieyue.apps.review.services.check_returns import look_at
from jieyue.config.home import Home
from jieyue.domain.period import Period
from tests.apps.returns.workflow_desk import Nodes, Office, holder, kwh, row
from tests.site import Sent, at_once, serving, session_of

#: Of each pair on a server; the desk's file lets one writer in at a time anyhow.
ROUNDS, ON_DESK = 20, 6


@dataclass(frozen=True)
class Site:
    """The office, and the pages that people reach it by."""

    office: Office
    port: int
    sessions: Mapping[str, str]
    on_server: bool

    def judge(self, key: Key, verb: str, who: str = "chief", **said: str) -> Sent:
        """A form of the page of the return to review."""
        return_ = row(key)
        named = {"verb": verb, "seen": last(key).digest, **said}
        return Sent(self.sessions[who], f"/worklist/{return_.pk}/act/", named)

    def enter(self, key: Key, act: str, **said: str) -> Sent:
        """A form of the page of entry."""
        address = f"/returns/S/{key.form}/{key.period}/{act}/"
        return Sent(self.sessions["clerk"], address, {"revision": str(row(key).revision), **said})

    def submit(self, key: Key) -> Sent:
        """With an answer to whatever the rules ask."""
        found = look_at(key.form, Period.parse(key.period), [key.subject])
        return self.enter(key, "submit", **{f"why-{one.rule}-{one.item}": "属实" for one in found.flags})


def last(key: Key) -> ReturnSnapshot:
    """The newest link of the return's chain."""
    return ReturnSnapshot.objects.filter(parent=row(key)).latest("pk")


@pytest.fixture
def site(home: Home, city_trees: Nodes) -> Iterator[Site]:
    """Two processes on PostgreSQL, one on the desk's own file; a hundred threads in all."""
    office = Office(city_trees)
    approvers = [holder(f"approver{number}", "approver", office.bureau).username for number in range(4)]
    sessions = {name: session_of(name) for name in ("clerk", "checker", "chief", *approvers)}
    on_server = home.database.startswith("postgresql")
    processes = 2 if on_server else 1
    with serving(home.path, workers=processes, threads=100 // processes) as port:
        yield Site(office, port, sessions, on_server)


def entries(key: Key, after: int) -> list[ActionLog]:
    """What the log has of the return since then."""
    return list(ActionLog.objects.filter(pk__gt=after, object=f"return:{row(key).pk}").order_by("pk"))


def newest() -> int:
    return ActionLog.objects.latest("pk").pk


def assert_whole(key: Key) -> None:
    """Each link of the return's chain is as it was made, and names the one before it."""
    links = list(ReturnSnapshot.objects.filter(parent=row(key)).order_by("pk"))
    assert [link.digest for link in links] == [digest_of(link) for link in links]
    assert [link.previous for link in links] == ["", *(link.digest for link in links)][: len(links)]


def wrong_in_log() -> list[object]:
    """What the verifier finds. The home is a copy that signs with a key of its own: it does not know the one that
    signed the checkpoints which came with it, and says so before anybody acts."""
    sequence(everything=True)
    return list(verify_home().problems)


@pytest.mark.postgres
def test_a_hundred_approvals_over_http_are_one(site: Site) -> None:
    key = site.office.at("submitted")
    unsure = replace(site.judge(key, "approve"), token="b" * 32)
    assert [answer.word for answer in at_once(site.port, [unsure])] == ["403"], "no token of the page"
    before, links, known = newest(), ReturnSnapshot.objects.count(), wrong_in_log()
    forms = [
        site.judge(key, "approve", who)
        for who in ("approver0", "approver1", "approver2", "approver3")
        for _ in range(25)
    ]
    answers = at_once(site.port, forms)
    assert Counter(answer.word for answer in answers) == {"done": 1, "409": 99}
    late = next(answer.text for answer in answers if answer.word == "409")
    assert "当前状态下不能这样操作" in late
    assert (row(key).state, row(key).publishing) == ("approved", last(key).pk)
    assert ReturnSnapshot.objects.count() == links + 1
    (entry,) = ActionLog.objects.filter(pk__gt=before)
    assert (entry.verb, entry.actor, entry.after) == (
        "returns.approve",
        last(key).actor,
        digest(stand(row(key))),
    )
    assert_whole(key)
    assert wrong_in_log() == known


#: Two acts at one moment, the state that they find, and every outcome that one after the other has:
#: what each came to → the state afterwards, and what the log says, oldest first.
Outcomes = Mapping[tuple[str, str], tuple[str, list[str]]]
RACES: Mapping[tuple[str, str, str], Outcomes] = {
    ("submit", "reopen", "approved"): {
        ("done", "done"): ("submitted", ["reopen", "submit"]),
        ("409", "done"): ("returned", ["reopen"]),
    },
    ("submit", "return", "submitted"): {
        ("done", "done"): ("submitted", ["send_back", "submit"]),
        ("409", "done"): ("returned", ["send_back"]),
    },
    ("approve", "reopen", "submitted"): {
        ("done", "409"): ("approved", ["approve"]),  # it waits to be published, so it cannot be reopened yet
    },
    ("approve", "reopen", "approved"): {
        ("409", "done"): ("returned", ["reopen"]),
    },
    ("save", "submit", "draft"): {
        ("done", "409"): (
            "draft",
            [],
        ),  # an autosave is not logged; what is submitted is no longer what he saw
        ("409", "done"): ("submitted", ["submit"]),
    },
    ("approve", "return", "submitted"): {
        ("done", "409"): ("approved", ["approve"]),
        ("409", "done"): ("returned", ["send_back"]),
    },
}
FORMS: Mapping[str, Callable[[Site, Key], Sent]] = {
    "submit": Site.submit,
    "save": lambda site, key: site.enter(key, "cells", **{"c-140": "7"}),
    "approve": lambda site, key: site.judge(key, "approve"),
    "return": lambda site, key: site.judge(key, "return", "checker", code="value", reason="请核对"),
    "reopen": lambda site, key: site.judge(key, "reopen", reason="抄错"),
}
#: The acts that freeze what they find.
FREEZE = {"submit", "approve"}


@pytest.mark.postgres
def test_of_two_acts_at_once_the_outcome_is_that_of_one_after_the_other(site: Site) -> None:
    known, rounds = wrong_in_log(), ROUNDS if site.on_server else ON_DESK
    for (one, other, state), outcomes in RACES.items():
        key = fresh(site.office)
        came = []
        for number in range(rounds if len(outcomes) > 1 else rounds // 2):
            bring_to(site.office, key, state)
            came.append(race(site, key, (one, other), outcomes, number))
        assert set(came[:2]) == set(outcomes), "what the two orders come to, one act after the other"
    assert wrong_in_log() == known


def fresh(office: Office) -> Key:
    """A draft that the rules find no error in."""
    key = office.key()
    revision = edit_return.start(office.clerk, key).revision
    asked = ("102", "103", "1031", "104", "110", "111", "120", "121")
    edit_return.edit_cells(office.clerk, key, {item: kwh(100) for item in asked}, revision=revision)
    return key


def bring_to(office: Office, key: Key, state: str) -> None:
    """From wherever the last round left it."""
    if row(key).publishing is not None:
        office.publish()
    if row(key).state == "approved" != state:
        approve_return.reopen(office.chief, key, reason="再来")
    if row(key).state == "submitted" and state == "draft":
        office.act("withdraw", office.clerk, key)
    if row(key).state in ("draft", "returned") and state != "draft":
        office.submit(key)
    if row(key).state == "submitted" and state == "approved":
        approve_return.approve(office.chief, key)
        office.publish()
    if state == "draft":
        cells = {"110": kwh(100 + row(key).revision), "140": None}
        edit_return.edit_cells(office.clerk, key, cells, revision=row(key).revision)
    assert row(key).state == state


def race(site: Site, key: Key, acts: tuple[str, str], outcomes: Outcomes, number: int) -> tuple[str, str]:
    """Both at once; what each came to, after all that must agree with it was looked at.

    number: of the round. In the first two one act waits for the other's answer; then both leave together, or one a
    little later than the other, in each round another little.
    """
    before, was, revision = newest(), digest(stand(row(key))), row(key).revision
    links, comments = ReturnSnapshot.objects.count(), ReturnComment.objects.count()
    late = (0, number // 2 - 1) if number % 2 else (number // 2 - 1, 0)
    forms = [replace(FORMS[act](site, key), after=after) for act, after in zip(acts, late, strict=True)]
    if number == 0:
        (first,), (second,) = at_once(site.port, forms[:1]), at_once(site.port, forms[1:])
    elif number == 1:
        (second,), (first,) = at_once(site.port, forms[1:]), at_once(site.port, forms[:1])
    else:
        first, second = at_once(site.port, forms)
    came = (first.word, second.word)
    assert came in outcomes, (acts, came, first.text[-3000:], second.text[-3000:])
    state, said = outcomes[came]
    now, told = row(key), entries(key, before)
    assert now.state == state
    assert [entry.verb for entry in told] == [f"returns.{verb}" for verb in said]
    # The entries hang together: from what stood there before the race to what stands there after it.
    if told:
        assert [entry.before for entry in told] == [was, *(entry.after for entry in told[:-1])]
        assert told[-1].after == digest(stand(now))
    done = {act for act, word in zip(acts, came, strict=True) if word == "done"}
    assert ReturnSnapshot.objects.count() == links + len(done & FREEZE)
    assert ReturnComment.objects.count() == comments + ("return" in done)
    assert_whole(key)
    if done & FREEZE:
        assert last(key).cells == now.draft
    cells = json.loads(now.draft)
    assert ("140" in cells, now.revision) == (("save" in done), revision + ("save" in done))
    return came
