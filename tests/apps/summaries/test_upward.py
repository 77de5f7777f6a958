"""The way of a summary: every state × verb × role, frozen contents, amendments, and what it holds fast.

The tables of what is allowed are written out by hand from docs/explanation/summaries.md.
"""

import hashlib
import itertools
import json
from collections.abc import Callable

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.queries import user_by_name
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.services.approve_return import approve, reopen
from jieyue.apps.returns.services.edit_return import edit_cells
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.services.submit_return import submit
from jieyue.apps.returns.snapshots import Judged
from jieyue.apps.summaries import queries
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.models import Summary, SummaryConsent, SummaryVersion
from jieyue.apps.summaries.services import decide
from jieyue.apps.summaries.services.send import send
from jieyue.apps.trees.queries import tree
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import BEGIN, YEAR, Dozen
from tests.watch.watcher import WATCHER

DISTRICT, DEPARTMENT = "L-500103", "L-500103-EDU"
#: State of the newest summary → verbs that lead on, and where to.
ALLOWED = {
    "none": {"send": "sent"},
    "sent": {"recall": "recalled", "accept": "accepted", "return": "returned"},
    "recalled": {"send": "sent"},
    "returned": {"send": "sent"},
    "accepted": {},  # sending anew only if something differs
}
VERBS = ("send", "recall", "accept", "return")
#: Who may do which verb with the summary of district L-500103 that `d-approver` sent.
MAY = {
    "d-approver": {"send", "recall"},
    "d-second": {"send", "recall"},
    "d-reviewer": set(),
    "d-viewer": set(),
    "e-approver": set(),
    "o-approver": set(),
    "c-approver": {"send", "recall", "accept", "return"},
    "c-publisher": {"send", "recall", "accept", "return"},
}
SEES = {"d-approver", "d-second", "d-reviewer", "d-viewer", "c-approver", "c-publisher"}


def everything() -> object:
    rows = [
        list(model.objects.order_by("pk").values())
        for model in (Summary, SummaryVersion, SummaryConsent, Return)
    ]
    return rows, ActionLog.objects.count()


def refused(act: Callable[[], object]) -> str:
    """The code of the refusal, which changes nothing."""
    before = everything()
    with pytest.raises(RefusedError) as error:
        act()
    assert error.value.message_zh != error.value.message_en
    assert everything() == before
    return error.value.code


def at(dozen: Dozen, state: str, body: str = DISTRICT, sender: str = "d-approver") -> Summary | None:
    """The summary of a body in a state."""
    if state == "none":
        return None
    row = send(dozen.user(sender), dozen.node(body), "NY301", YEAR)
    decider = dozen.user("c-approver")
    if state == "recalled":
        row = decide.recall(dozen.user(sender), row.pk)
    elif state == "returned":
        row = decide.send_back(decider, row.pk, "数据不齐")
    elif state == "accepted":
        row = decide.accept(decider, row.pk)
    return row


def act(dozen: Dozen, verb: str, name: str, row: Summary | None) -> Summary:
    user, number = dozen.user(name), row.pk if row else 987654
    match verb:
        case "send":
            return send(user, dozen.node(DISTRICT), "NY301", YEAR)
        case "recall":
            return decide.recall(user, number)
        case "accept":
            return decide.accept(user, number)
        case "return":
            return decide.send_back(user, number, "请核对", [decide.Comment("是度还是千度", "G1", "110")])
    raise AssertionError(verb)


@pytest.mark.parametrize("state", list(ALLOWED))
def test_every_verb_of_every_person_is_allowed_or_refused(dozen: Dozen, state: str) -> None:
    row = at(dozen, state)
    for verb, name in itertools.product(VERBS, MAY):
        if verb in ALLOWED[state] and verb in MAY[name]:
            continue
        code = refused(lambda verb=verb, name=name: act(dozen, verb, name, row))
        if name not in SEES or (row is None and verb != "send"):
            assert code == "summary_unknown", (verb, name)
        elif verb not in MAY[name]:
            assert code == "summary_right", (verb, name)
        else:
            assert code == ("summary_same" if (state, verb) == ("accepted", "send") else "summary_state"), (
                verb,
                name,
            )


@pytest.mark.parametrize(("state", "verb"), [(s, v) for s, verbs in ALLOWED.items() for v in verbs])
def test_what_is_allowed_leads_on_and_is_logged_once(dozen: Dozen, state: str, verb: str) -> None:
    row = at(dozen, state)
    name = "c-approver" if verb in ("accept", "return") else "d-second"
    entries = ActionLog.objects.count()
    done = act(dozen, verb, name, row)
    assert done.state == ALLOWED[state][verb]
    assert done.number == (2 if state in ("recalled", "returned") else 1)
    assert ActionLog.objects.count() == entries + 1
    entry = ActionLog.objects.order_by("-pk")[0]
    assert (entry.verb, entry.object, entry.actor) == (f"summaries.{verb}", f"summary:{done.pk}", name)
    assert (entry.after, entry.data["merkle_root"]) == (done.digest, done.merkle_root)


def test_who_sent_it_does_not_decide_about_it(dozen: Dozen) -> None:
    """By person: c-approver acts for the district and sends; the same person above is refused, another is not."""
    row = send(dozen.user("c-approver"), dozen.node(DISTRICT), "NY301", YEAR)
    assert refused(lambda: decide.accept(dozen.user("c-approver"), row.pk)) == "own_summary"
    assert refused(lambda: decide.send_back(dozen.user("c-approver"), row.pk, "不对")) == "own_summary"
    assert decide.accept(dozen.user("c-second"), row.pk).state == "accepted"


def test_the_city_closes_its_own_table_by_its_publisher(typed: Dozen) -> None:
    dozen = typed
    row = send(dozen.user("c-approver"), dozen.node("city"), "NY301", YEAR)
    assert row.above == row.body
    assert refused(lambda: decide.accept(dozen.user("c-second"), row.pk)) == "summary_right"
    assert decide.accept(dozen.user("c-publisher"), row.pk).state == "accepted"


def test_what_consent_and_publication_refuse_is_called_by_its_own_name(dozen: Dozen) -> None:
    row = at(dozen, "sent")
    assert row is not None
    above, publisher = dozen.user("c-approver"), dozen.user("c-publisher")
    for act, words in (
        (lambda: decide.consent(above, row.pk, dozen.number("G1"), YEAR, "确有差错"), ("同意", "consent")),
        (lambda: decide.publish_table(publisher, row.pk, "公示"), ("公示", "publish")),
    ):
        with pytest.raises(RefusedError) as error:
            act()
        assert error.value.code == "summary_state"
        assert f"现在是“已上报”，不能{words[0]}；" in error.value.message_zh
        assert f"“{words[1]}”" in error.value.message_en


def test_what_an_accepted_amendment_stands_for_is_published_no_more(dozen: Dozen) -> None:
    publisher, first = dozen.user("c-publisher"), at(dozen, "accepted")
    assert first is not None
    desk.publish({("G1", YEAR): {"110": "7005"}}, restate="抄错")
    second = send(dozen.user("d-second"), dozen.node(DISTRICT), "NY301", YEAR)
    decide.accept(dozen.user("c-approver"), second.pk)
    assert refused(lambda: decide.publish_table(publisher, first.pk, "公示")) == "summary_amended"
    assert decide.publish_table(publisher, second.pk, "公示").public_name == "公示"
    assert refused(lambda: decide.publish_table(publisher, second.pk, "再公示")) == "summary_state"


def test_a_department_inside_a_district_sends_to_the_district(dozen: Dozen) -> None:
    row = send(dozen.user("e-approver"), dozen.node(DEPARTMENT), "NY301", YEAR)
    assert row.above == dozen.node(DISTRICT)
    assert refused(lambda: decide.accept(dozen.user("o-approver"), row.pk)) == "summary_unknown"
    assert decide.accept(dozen.user("d-second"), row.pk).state == "accepted"


@pytest.mark.parametrize(
    ("form", "period", "code"),
    [("NY201", YEAR, "unknown_form"), ("NY999", YEAR, "unknown_form"), ("NY301", "2027", "period_running"),
     ("NY301", "2025-01..2025-03", "period_kind"), ("NY301", "2025-HS", "period_kind"),
     ("NY301", "2024", "summary_empty")],
)  # fmt: skip
def test_what_has_no_table_is_not_sent(dozen: Dozen, form: str, period: str, code: str) -> None:
    assert refused(lambda: send(dozen.user("d-approver"), dozen.node(DISTRICT), form, period)) == code


@pytest.mark.parametrize(
    ("reason", "comment", "code"),
    [
        (" ", None, "no_reason"),
        ("x", decide.Comment("y", "H1"), "unknown_unit"),
        ("x", decide.Comment("y", "NO"), "unknown_unit"),
        ("x", decide.Comment("y", "G1", "999"), "unknown_item"),
        ("x", decide.Comment(" ", "G1", "110"), "comment_length"),
    ],
)
def test_sending_back_names_units_and_cells_of_this_table(
    dozen: Dozen, reason: str, comment: decide.Comment | None, code: str
) -> None:
    row = at(dozen, "sent")
    assert row is not None
    user, said = dozen.user("c-approver"), [comment] if comment else []
    assert refused(lambda: decide.send_back(user, row.pk, reason, said)) == code


# --- What is frozen ---------------------------------------------------------------------------------------


def _canonical(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _root(leaves: list[bytes]) -> str:
    """RFC 6962, by its recursive definition."""

    def tree(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return hashlib.sha256(b"\x00" + part[0]).digest()
        half = 1
        while half * 2 < len(part):
            half *= 2
        return hashlib.sha256(b"\x01" + tree(part[:half]) + tree(part[half:])).digest()

    return tree(leaves).hex()


def test_the_digest_and_the_root_are_recomputed_from_what_is_stored(dozen: Dozen) -> None:
    """District: A2, G1, C1 by a year's return, A1 and K1 by 12 and 6 months. P1 of the other district is not in it."""
    row = at(dozen, "sent")
    assert row is not None
    listed = []
    for number in SummaryVersion.objects.filter(summary=row).values_list("version", flat=True):
        version = ReturnVersion.objects.select_related("parent").get(pk=number)
        one = version.parent
        listed.append([one.subject, one.form, one.period, one.instance, version.pk, version.digest])
    listed.sort()
    names = {name: dozen.number(name) for name in ("A1", "A2", "G1", "C1")} | {"K1": Return.objects.get(
        form="NY201", period="2025-06", subject__in=set(Return.objects.filter(period="2025-06").values_list(
            "subject", flat=True)) - {dozen.number("A1"), dozen.number("P1")}).subject}  # fmt: skip
    wanted = [(names[name], YEAR) for name in ("A2", "G1", "C1")]
    wanted += [(names["A1"], f"2025-{m:02d}") for m in range(1, 13)]
    wanted += [(names["K1"], f"2025-{m:02d}") for m in range(1, 7)]
    assert [(one[0], one[2]) for one in listed] == sorted(wanted)
    assert row.versions == 21
    assert row.merkle_root == _root([_canonical(one) for one in listed])
    said = {
        "body": dozen.node(DISTRICT), "form": "NY301", "period": YEAR, "number": 1, "boundary": "2025-12-31",
        "seq": last_done(), "catalog": row.catalog, "merkle_root": row.merkle_root, "cells": json.loads(row.cells),
        "unmet": row.unmet, "predecessor": "",
    }  # fmt: skip
    assert row.digest == hashlib.sha256(_canonical(said)).hexdigest()
    assert row.cells == _canonical(json.loads(row.cells)).decode()
    cells = json.loads(row.cells)
    assert cells["110"][:4] == ["162099.5", "100021", "62078.5", "62078.5"]  # 12078+50000.5; 7000+90000+3021
    assert row.unmet == []


def test_who_is_missing_is_frozen_with_the_reason(dozen: Dozen) -> None:
    row = send(dozen.user("o-approver"), dozen.node("L-500104"), "NY301", YEAR)
    found = {one["institution"]: (one["present"], one["expected"], one["reason"]) for one in row.unmet}
    assert found == {
        dozen.number("P1"): (11, 12, "months_missing"),
        dozen.number("S1"): (0, 12, "not_begun"),
    }


def test_an_accepted_summary_stays_and_is_amended_by_the_next(dozen: Dozen) -> None:
    first = at(dozen, "accepted")
    assert first is not None
    frozen = Summary.objects.filter(pk=first.pk).values().get()
    desk.publish({("G1", YEAR): {"110": "7005"}}, restate="抄错")
    ledger = ledger_of(first.body, "NY301", Period.parse(YEAR), sequence=last_done())
    changed = queries.since(first, ledger)
    assert [(one.item, one.column, one.before, one.after) for one in changed.cells] == [
        ("110", "S001", "162099.5", "162104.5"),
        ("110", "S002", "100021", "100026"),
    ]
    assert changed.institutions == (dozen.number("G1"),)
    second = send(dozen.user("d-second"), dozen.node(DISTRICT), "NY301", YEAR)
    assert (second.number, second.predecessor_id, second.state) == (2, first.pk, "sent")
    assert second.differs == [
        ["110", "S001", "162099.5", "162104.5"],
        ["110", "S002", "100021", "100026"],
    ]
    assert second.digest != first.digest
    decide.accept(dozen.user("c-approver"), second.pk)
    assert Summary.objects.filter(pk=first.pk).values().get() == frozen
    listed = queries.history(Summary.objects.all(), first.body, "NY301", YEAR)
    reported = queries.first_accepted(listed)
    assert reported is not None
    assert (reported.pk, queries.cells(reported)["110"][0]) == (first.pk, "162099.5")


def test_another_column_of_the_same_versions_is_amended(dozen: Dozen) -> None:
    """G1 was a research institute all along: not one return differs, and 7,000 kWh go from S002 to S005."""
    first = at(dozen, "accepted")
    assert first is not None
    set_membership(dozen.number("G1"), "type", tree("type").by_code["022"].id, BEGIN, actor="tests")
    second = send(dozen.user("d-second"), dozen.node(DISTRICT), "NY301", YEAR)
    assert (second.number, second.merkle_root, second.predecessor_id) == (2, first.merkle_root, first.pk)
    assert [one[1:] for one in second.differs if one[0] == "110"] == [
        ["S002", "100021", "93021"],
        ["S003", "62078.5", "69078.5"],
        ["S005", None, "7000"],
    ]


# --- What it holds fast -----------------------------------------------------------------------------------


def test_a_return_in_a_sent_summary_is_not_reopened(dozen: Dozen) -> None:
    row = at(dozen, "sent")
    assert row is not None
    key = Key(dozen.number("G1"), "NY201", YEAR)
    for name in ("d-approver", "c-approver"):
        user = dozen.user(name)
        assert refused(lambda user=user: reopen(user, key, reason="抄错")) == "in_sent_summary"
    decide.recall(dozen.user("d-approver"), row.pk)
    reopen(dozen.user("d-approver"), key, reason="抄错")
    assert Return.objects.get(subject=key.subject, form="NY201", period=YEAR).state == "returned"


def test_a_return_that_no_summary_stands_on_is_free(dozen: Dozen) -> None:
    """P1's months add nothing to the year's table, so nothing holds them."""
    send(dozen.user("o-approver"), dozen.node("L-500104"), "NY301", YEAR)
    reopen(dozen.user("o-approver"), Key(dozen.number("P1"), "NY201", "2025-03"), reason="抄错")


def test_one_of_an_accepted_summary_is_reopened_with_consent_and_once(dozen: Dozen) -> None:
    row = at(dozen, "accepted")
    assert row is not None
    g1 = dozen.number("G1")
    key, chief = Key(g1, "NY201", YEAR), dozen.user("d-approver")
    assert refused(lambda: reopen(chief, key, reason="抄错")) == "in_accepted_summary"
    assert refused(lambda: decide.consent(chief, row.pk, g1, YEAR, "同意")) == "summary_right"
    above = dozen.user("c-approver")
    assert (
        refused(lambda: decide.consent(above, row.pk, dozen.number("H1"), YEAR, "同意")) == "not_in_summary"
    )
    assert refused(lambda: decide.consent(above, row.pk, g1, YEAR, " ")) == "no_reason"
    decide.consent(above, row.pk, g1, YEAR, "确有差错")
    reopen(chief, key, reason="抄错")
    _mend(dozen, key, "7001")
    assert (
        refused(lambda: reopen(chief, Key(dozen.number("A2"), "NY201", YEAR), reason="再改"))
        == "in_accepted_summary"
    )
    assert (
        refused(lambda: reopen(chief, key, reason="又错")) == "in_accepted_summary"
    )  # the consent is used up
    second = send(chief, dozen.node(DISTRICT), "NY301", YEAR)
    assert second.differs == [
        ["110", "S001", "162099.5", "162100.5"],
        ["110", "S002", "100021", "100022"],
    ]
    decide.accept(above, second.pk)
    assert (
        refused(lambda: reopen(chief, key, reason="又错")) == "in_accepted_summary"
    )  # the consent is used up


def test_who_acts_for_the_accepting_body_consents_by_it(dozen: Dozen) -> None:
    at(dozen, "accepted")
    reopen(dozen.user("c-approver"), Key(dozen.number("G1"), "NY201", YEAR), reason="抄错")


def test_one_corrected_under_consent_is_consented_to_again(dozen: Dozen) -> None:
    """The summary holds the return by the version that it froze, and by each that came after."""
    row = at(dozen, "accepted")
    assert row is not None
    key, chief, above = (
        Key(dozen.number("G1"), "NY201", YEAR),
        dozen.user("d-approver"),
        dozen.user("c-approver"),
    )
    decide.consent(above, row.pk, key.subject, YEAR, "确有差错")
    reopen(chief, key, reason="抄错")
    _mend(dozen, key, "7001")
    assert refused(lambda: reopen(chief, key, reason="又错")) == "in_accepted_summary"
    decide.consent(above, row.pk, key.subject, YEAR, "还有差错")
    reopen(chief, key, reason="又错")
    assert Return.objects.get(subject=key.subject, form="NY201", period=YEAR).state == "returned"


def _reopened(dozen: Dozen) -> None:
    reopen(dozen.user("d-approver"), Key(dozen.number("G1"), "NY201", YEAR), reason="抄错")


def _restated(dozen: Dozen) -> None:
    desk.publish({("G1", YEAR): {"110": "7005"}}, restate="抄错")


@pytest.mark.parametrize("between", [_reopened, _restated], ids=["reopened", "restated"])
def test_what_moves_while_a_table_is_added_up_is_not_frozen(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch, between: Callable[[Dozen], None]
) -> None:
    """After the contents were read and before they are written down a return of them is reopened, or gets another
    version: the sending is refused, and the next one has what stands then."""
    from jieyue.apps.summaries.services import send as sending

    summed = sending.summed

    def meanwhile(*asked: object) -> object:
        monkeypatch.setattr(sending, "summed", summed)
        with WATCHER.somebody_else():
            between(dozen)
        return summed(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "summed", meanwhile)
    user, node = dozen.user("d-second"), dozen.node(DISTRICT)
    with pytest.raises(RefusedError) as error:
        send(user, node, "NY301", YEAR)
    assert error.value.code == "summary_moved"
    assert not Summary.objects.exists()
    assert send(user, node, "NY301", YEAR).state == "sent"


def test_a_reopened_return_is_said_to_be_mended(dozen: Dozen) -> None:
    reopen(dozen.user("d-approver"), Key(dozen.number("G1"), "NY201", YEAR), reason="抄错")
    row = at(dozen, "sent")
    assert row is not None
    assert [(one["institution"], one["reason"]) for one in row.unmet] == [(dozen.number("G1"), "reopened")]
    assert json.loads(row.cells)["110"][0] == "162099.5"  # the fact stands until a new one is approved


def _mend(dozen: Dozen, key: Key, value: str) -> None:
    """Enter, submit, approve, publish."""
    clerk = dozen.user("d-reviewer")
    row = Return.objects.get(subject=key.subject, form=key.form, period=key.period)
    edit_cells(clerk, key, {"110": (int(value) * 10_000, 3)}, revision=row.revision)
    row.refresh_from_db()
    reporter = user_by_name("reporter")
    if reporter is None:
        reporter = create_user("reporter", actor="tests")
        grant(reporter, "reporter", node=key.subject, valid_from=BEGIN, actor="tests")
    submit(reporter, key, revision=row.revision, judge=lambda _: Judged())
    approve(dozen.user("d-approver"), key)
    publish_waiting()
