"""Rights handed on: delegation, a lent worklist, hand-over, audit. What each gives, to whom, and when it is over."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings

from jieyue.apps.accounts.scope import access_for
from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.authority import Authority, authority_of
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.scope import grants_of, nodes_for
from jieyue.apps.identity.services.appoint_auditor import appoint_auditor
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.delegate import delegate
from jieyue.apps.identity.services.end_mandate import end_mandate
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.hand_over import hand_over
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.identity.services.lend import lend
from jieyue.apps.identity.services.revoke import revoke
from jieyue.apps.identity.tasks import end_handed_over
from jieyue.apps.obligations.scope import obligations_for
from jieyue.apps.obligations.worklist import Bodies, read_as, waiting
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import ReturnComment
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.returns.services.review_return import comment
from jieyue.domain.period import Period
from tests.apps.returns.workflow_desk import Nodes, Office, holder, place, row
from tests.clients import signed_in

FORM = "NY201"


def day(ahead: int = 0) -> date:
    return settings.JIEYUE_HOME.today() + timedelta(days=ahead)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.code


def only_entry(verb: str) -> ActionLog:
    return ActionLog.objects.get(verb=verb)


@pytest.fixture
def office(city_trees: Nodes) -> Office:
    return Office(city_trees, checks=True)


class Lent:
    """A guest, reviewer of the neighbouring district, has the bureau's list of one month for three days."""

    def __init__(self, office: Office) -> None:
        self.admin = holder("admin", "district_admin", office.bureau)
        self.guest = holder("guest", "reviewer", office.nodes["line", "L-500104"])
        self.key, self.other = office.at("submitted"), office.at("submitted")
        self.office = office

    def lend(self, taker: User | None = None, **more: object) -> Mandate:
        asked = {
            "node": self.office.bureau,
            "form": FORM,
            "period": self.key.period,
            "first": day(),
            "end": day(3),
        }
        return lend(self.admin, taker or self.guest, **{**asked, **more})  # type: ignore[arg-type]


@pytest.mark.postgres
def test_a_lent_list_is_read_commented_and_passed_and_nothing_else(office: Office) -> None:
    lent = Lent(office)
    guest = lent.guest
    assert refused(lambda: office.act("pass", guest, lent.key)) == "return_unknown"
    lent.lend()
    assert only_entry("identity.lending").data["periods"] == [lent.key.period]
    for verb in ("start", "edit", "submit", "withdraw", "return", "approve", "reopen"):
        assert refused(lambda verb=verb: office.act(verb, guest, lent.key)) == "return_right", verb
    assert refused(lambda: office.act("pass", guest, lent.other)) == "return_unknown"
    office.act("pass", guest, lent.key)
    assert place(lent.key) == ("submitted", 2)
    assert row(lent.key).passed_by == ["guest"]
    comment(guest, lent.key, comments={"110": "与电费单不符"})
    assert refused(lambda: office.act("return", guest, lent.key)) == "return_right"
    assert refused(lambda: comment(guest, lent.other, reason="x")) == "return_unknown"
    assert place(lent.key) == ("submitted", 2), "what was said changes no state"
    (said,) = ReturnComment.objects.all()
    assert (said.item, said.text, said.actor, said.code) == ("110", "与电费单不符", "guest", "")
    assert only_entry("returns.comment").data["cells"] == ["110"]


def test_where_nobody_says_which_month_a_lent_list_gives_nothing(office: Office) -> None:
    lent = Lent(office)
    lent.lend()
    own = office.nodes["line", "L-500104"]
    assert nodes_for(lent.guest, "view") == {own}
    assert office.school not in institutions_for(lent.guest).values_list("pk", flat=True)
    assert not returns_for(lent.guest).exists()
    assert list(returns_for(lent.guest, limited=True)) == [row(lent.key)]
    access = access_for(lent.guest, last_done())
    assert access.limited == {"view", "pass"}
    assert not access.sees_institution(office.school)
    asked = access.asked(FORM, lent.key.period)
    assert asked.sees_institution(office.school)
    assert not asked.may("approve")
    for form, period in ((FORM, lent.other.period), ("NY202", lent.key.period)):
        assert not access.asked(form, period).sees_institution(office.school)
    for key, found in ((lent.key, [office.school]), (lent.other, [])):
        span = Period.parse(key.period)
        bodies = Bodies(read_as(access.asked(FORM, key.period).read), span.last_day)
        assert [one.subject for one in waiting(bodies, FORM, span)] == found


def test_a_lent_list_comes_back_with_the_days_the_lender_or_the_borrower(office: Office) -> None:
    lent = Lent(office)
    lent.lend()
    assert [len(grants_of(lent.guest, day(ahead))) for ahead in (0, 2, 3)] == [2, 2, 1]
    lender, own = Grant.objects.get(user=lent.admin), Grant.objects.get(user=lent.guest, source=None)
    for one in (lender, own):
        one.valid_to = day()
        one.save()
        assert refused(lambda: office.act("pass", lent.guest, lent.key)) == "return_unknown"
        one.valid_to = date.max
        one.save()
    office.act("pass", lent.guest, lent.key)


def test_only_ones_own_list_is_lent_and_only_to_a_reviewer_of_elsewhere(office: Office) -> None:
    lent = Lent(office)
    elsewhere = office.nodes["line", "L-500104"]
    viewer = holder("viewer", "viewer", elsewhere)
    same = holder("same", "reviewer", office.department)
    locked = holder("locked", "reviewer", elsewhere)
    locked.is_active = False
    locked.save()
    for taker in (viewer, same, locked, lent.admin):
        assert refused(lambda taker=taker: lent.lend(taker)) == "mandate_person"
    assert refused(lambda: lent.lend(node=elsewhere)) == "not_yours"
    assert refused(lambda: lent.lend(node=office.nodes["line", "city"])) == "not_yours"
    assert refused(lambda: lent.lend(form="NY999")) == "mandate_form"
    assert refused(lambda: lent.lend(period="2026-13")) == "mandate_period"
    for days in ({"first": day(-1)}, {"end": day()}, {"end": day(61)}):
        assert refused(lambda days=days: lent.lend(**days)) == "mandate_days"
    assert refused(lambda: lend(lent.guest, same, node=office.bureau, form=FORM, period=lent.key.period,
                                first=day(), end=day(2))) == "not_yours"  # fmt: skip
    assert not Mandate.objects.exists()
    assert not ActionLog.objects.filter(verb="identity.lending").exists()


@pytest.mark.postgres
def test_a_delegate_approves_as_himself_while_the_other_is_absent(office: Office) -> None:
    deputy = holder("deputy", "viewer", office.bureau)
    key = office.at("passed")
    assert refused(lambda: office.act("approve", deputy, key)) == "return_right"
    made = delegate(office.chief, deputy, first=day(), end=day(5), occasion="休假")
    entry = only_entry("identity.delegation")
    assert (entry.actor, entry.on_behalf, entry.object, entry.reason) == (
        "chief", "chief", f"user:{deputy.pk}", "休假",
    )  # fmt: skip
    office.act("approve", deputy, key)
    assert row(key).state == "approved"
    assert ActionLog.objects.filter(verb="returns.approve", actor="deputy").count() == 1
    assert [one.role for one in grants_of(deputy, day(5))] == ["viewer"]
    assert refused(lambda: end_mandate(made.pk, user=deputy, by=authority_of(deputy))) == "not_yours"
    end_mandate(made.pk, user=office.chief, by=authority_of(office.chief))
    assert refused(lambda: office.act("approve", deputy, office.at("passed"))) == "return_right"
    assert only_entry("identity.end_mandate").data["mandate"] == made.pk


def test_delegation_lifts_no_separation_of_persons(office: Office) -> None:
    """Who entered a cell, or passed it, does not approve it by somebody else's right."""
    deputy = holder("deputy", "reviewer", office.bureau)
    delegate(office.chief, deputy, first=day(), end=day(5))
    entered = office.key()
    office.act("start", deputy, entered)
    office.act("edit", deputy, entered)
    office.submit(entered)
    assert refused(lambda: office.act("pass", deputy, entered)) == "own_cell"
    office.act("pass", office.checker, entered)
    assert refused(lambda: office.act("approve", deputy, entered)) == "own_cell"
    passed = office.at("submitted")
    office.act("pass", deputy, passed)
    assert refused(lambda: office.act("approve", deputy, passed)) == "own_review"
    office.act("approve", office.chief, passed)


def test_a_delegation_of_named_forms_holds_for_these(office: Office) -> None:
    deputy = holder("deputy", "viewer", office.bureau)
    delegate(office.chief, deputy, first=day(), end=day(5), forms=["NY202"])
    assert refused(lambda: office.act("approve", deputy, office.at("passed"))) == "return_right"
    assert nodes_for(deputy, "approve") == set()
    access = access_for(deputy, last_done())
    assert access.asked("NY202", "2025").may("approve")
    assert not access.asked(FORM, "2025").may("approve")
    delegate(office.chief, deputy, first=day(), end=day(5), forms=[FORM])
    office.act("approve", deputy, office.at("passed"))


def test_what_one_does_not_hold_goes_nowhere_and_nothing_outlasts_its_origin(office: Office) -> None:
    deputy, third = (holder(name, "viewer", office.bureau) for name in ("deputy", "third"))
    stranger = holder("stranger", "approver", office.nodes["line", "L-500104"])
    assert refused(lambda: delegate(deputy, third, first=day(), end=day(5))) == "nothing_held"
    for taker in (stranger, office.chief, None):
        assert refused(lambda taker=taker: delegate(office.chief, taker, first=day(), end=day(5))) == (
            "mandate_person"
        )
    own = Grant.objects.get(user=office.chief)
    own.valid_to = day(3)
    own.save()
    delegate(office.chief, deputy, first=day(), end=day(5))
    assert refused(lambda: delegate(deputy, third, first=day(), end=day(2))) == "nothing_held"
    assert [len(grants_of(deputy, day(ahead))) for ahead in (0, 2, 3, 4)] == [2, 2, 1, 1]
    assert Grant.objects.get(user=deputy, source=own).valid_to == day(3)
    revoke(own.pk, day(), actor="admin")
    assert [one.role for one in grants_of(deputy)] == ["viewer"]
    revoke_undone = Grant.objects.filter(pk=own.pk).update(valid_to=date.max)
    assert (revoke_undone, len(grants_of(deputy))) == (1, 2)
    office.chief.is_active = False
    office.chief.save()
    assert len(grants_of(deputy)) == 1, "a locked account gives nothing"


def test_an_administrators_right_is_not_delegated(office: Office) -> None:
    admin = holder("admin", "district_admin", office.bureau)
    security = holder("security", "security_admin", office.bureau)
    deputy = holder("deputy", "viewer", office.bureau)
    for user in (admin, security):
        assert refused(lambda user=user: delegate(user, deputy, first=day(), end=day(5))) == "nothing_held"


def handing(office: Office) -> tuple[User, Authority]:
    admin = holder("admin", "district_admin", office.bureau)
    heir = holder("heir", "viewer", office.department)
    return heir, authority_of(admin)


@pytest.mark.postgres
def test_a_successor_goes_on_with_the_drafts_that_he_finds(office: Office) -> None:
    heir, by = handing(office)
    draft, sent = office.at("draft"), office.at("returned")
    before = row(draft)
    assert refused(lambda: office.act("edit", heir, draft)) == "return_right"
    hand_over(office.clerk, heir, day=day(), actor="admin", by=by, occasion="调离")
    entry = only_entry("identity.hand_over")
    assert (entry.data["giver"], entry.data["taker"], len(entry.data["ended"])) == (
        office.clerk.pk, heir.pk, 1,
    )  # fmt: skip
    for verb in ("edit", "submit"):
        assert refused(lambda verb=verb: office.act(verb, office.clerk, draft)) == "return_unknown"
        office.act(verb, heir, draft)
    after = row(draft)
    assert (after.pk, after.state) == (before.pk, "submitted")
    assert parse(after.draft) == {"110": (1_000_000, 3), "120": (70_000, 3)}
    assert {code: entry["by"] for code, entry in after.entered_by.items()} == {
        "110": ["clerk"], "120": ["heir"],
    }  # fmt: skip
    office.act("edit", heir, sent)  # what was sent back to the one before is mended by the next
    office.submit(sent, heir)
    assert [one.actor for one in row(sent).snapshots.order_by("pk") if one.verb == "submit"] == [
        "clerk", "heir",
    ]  # fmt: skip


def test_a_hand_over_of_a_later_day_can_be_taken_back(office: Office) -> None:
    heir, by = handing(office)
    made = hand_over(office.clerk, heir, day=day(7), actor="admin", by=by)
    roles = [(len(grants_of(office.clerk, day(n))), len(grants_of(heir, day(n)))) for n in (0, 6, 7)]
    assert roles == [(1, 1), (1, 1), (0, 2)]
    assert refused(lambda: end_mandate(made.pk, user=heir, by=authority_of(heir))) == "not_yours"
    end_mandate(made.pk, user=by.user, by=by)
    assert [(len(grants_of(office.clerk, day(n))), len(grants_of(heir, day(n)))) for n in (0, 6, 7)] == [
        (1, 1)
    ] * 3
    assert refused(lambda: end_mandate(made.pk, user=by.user, by=by)) == "mandate_ended"


class Desk:
    """What a person has open: the browser of his desk, and a program that acts as he."""

    def __init__(self, user: User) -> None:
        self.browser = signed_in(user.username)
        self.token, _secret = issue_token(user, "取数", days=90, actor="x")

    @property
    def opens(self) -> tuple[bool, bool]:
        """Whether the browser and the program still come in."""
        self.token.refresh_from_db()
        return self.browser.get("/account/").status_code == 200, self.token.revoked_at is None


@pytest.mark.postgres
def test_a_hand_over_of_today_ends_what_the_giver_has_open(office: Office) -> None:
    heir, by = handing(office)
    before, after = Desk(office.clerk), Desk(heir)
    assert (before.opens, after.opens) == ((True, True), (True, True))
    hand_over(office.clerk, heir, day=day(), actor="admin", by=by)
    assert (before.opens, after.opens) == ((False, False), (True, True))
    entry = only_entry("identity.hand_over")
    assert (entry.data["sessions_ended"], entry.data["tokens_revoked"]) == (1, 1)


@pytest.mark.postgres
def test_on_the_day_of_a_later_hand_over_the_worker_signs_the_giver_out(office: Office) -> None:
    heir, by = handing(office)
    grant(office.clerk, "viewer", node=office.bureau, valid_from=day(), actor="x")
    now = datetime.now(ZoneInfo(settings.JIEYUE_HOME.timezone))
    evening, morning = now.replace(hour=23, minute=50), (now + timedelta(days=1)).replace(hour=0, minute=1)
    with time_machine.travel(evening, tick=False):
        before = Desk(office.clerk)
        hand_over(office.clerk, heir, day=day(1), actor="admin", by=by)
        end_handed_over()
        assert before.opens == (True, True), "he works to the end of the day"
    with time_machine.travel(morning, tick=False):
        end_handed_over()
        assert before.opens == (False, False)
        entry = only_entry("identity.end_sessions")
        assert (entry.actor, entry.object) == ("worker", f"user:{office.clerk.pk}")
        assert (entry.data["sessions"], entry.data["tokens_revoked"]) == (1, 1)
        again = Desk(office.clerk)  # he still reads, by another role
        end_handed_over()
        assert again.opens == (True, True)
        assert only_entry("identity.end_sessions") == entry, "nothing to end, nothing to tell"


def test_what_was_taken_back_before_its_day_signs_nobody_out(office: Office) -> None:
    heir, by = handing(office)
    desk = Desk(office.clerk)
    made = hand_over(office.clerk, heir, day=day(1), actor="admin", by=by)
    end_mandate(made.pk, user=by.user, by=by)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False):
        end_handed_over()
    assert desk.opens == (True, True)


def test_nobody_hands_over_what_is_not_his_to_give_nor_to_himself(office: Office) -> None:
    heir, by = handing(office)
    assert refused(lambda: hand_over(office.checker, heir, day=day(), actor="x", by=by)) == "not_yours"
    assert refused(lambda: hand_over(heir, office.clerk, day=day(), actor="x", by=by)) == "nothing_held"
    assert refused(lambda: hand_over(office.clerk, by.user, day=day(), actor="x", by=by)) == "own_grant"
    assert refused(lambda: hand_over(office.clerk, heir, day=day(-1), actor="x", by=by)) == "mandate_days"
    grant(office.clerk, "reviewer", node=office.bureau, valid_from=day(), actor="x")
    assert refused(lambda: hand_over(office.clerk, heir, day=day(), actor="x", by=by)) == "not_yours"
    assert not Mandate.objects.exists()


def auditing(office: Office, **more: object) -> Mandate:
    security = User.objects.filter(username="security").first() or holder(
        "security", "security_admin", office.nodes["line", "city"]
    )
    asked: dict[str, object] = {
        "nodes": [office.school], "forms": [FORM], "periods": ["2021-01"], "first": day(), "end": day(30),
        "case": "抽查一", "actor": "security", "by": authority_of(security),
    }  # fmt: skip
    taker = more.pop("taker", None) or User.objects.get(username="reader")
    return appoint_auditor(taker, **{**asked, **more})  # type: ignore[arg-type]


def test_an_auditor_reads_the_named_and_does_nothing(office: Office) -> None:
    from jieyue.apps.obligations.services.open_periods import open_periods

    reader = holder("reader", "audit_admin", office.nodes["line", "city"])
    first, second = office.at("submitted"), office.at("submitted")
    assert (first.period, second.period) == ("2021-01", "2021-02")
    open_periods(FORM, [Period.parse("2021-01"), Period.parse("2021-02")], actor="tester")
    made = auditing(office)
    assert only_entry("identity.audit").data["occasion"] == "抽查一"
    assert list(returns_for(reader, limited=True)) == [row(first)]
    access = access_for(reader, last_done())
    assert (access.verbs, access.limited) == ({"read_log"}, {"view", "audit"})
    assert [one.period for one in obligations_for(access)] == ["2021-01"]
    for verb in ("start", "edit", "submit", "withdraw", "pass", "return", "approve", "reopen"):
        assert refused(lambda verb=verb: office.act(verb, reader, first)) == "return_right"
        assert refused(lambda verb=verb: office.act(verb, reader, second)) == "return_unknown"
    assert refused(lambda: issue_token(reader, "x", days=3, actor="x", verbs=["view"])) == "token_verbs"
    end_mandate(made.pk, user=User.objects.get(username="security"),
                by=authority_of(User.objects.get(username="security")))  # fmt: skip
    assert not returns_for(reader, limited=True).exists()


def test_an_audit_is_bounded_or_it_is_none(office: Office) -> None:
    reader = holder("reader", "viewer", office.nodes["line", "L-500104"])
    for more, code in (
        ({"forms": []}, "mandate_form"), ({"periods": []}, "mandate_period"), ({"nodes": []}, "audit_case"),
        ({"case": " "}, "audit_case"), ({"end": day(400)}, "mandate_days"),
        ({"taker": office.clerk}, "auditor_involved"),
        ({"taker": office.checker}, "auditor_involved"),
    ):  # fmt: skip
        assert refused(lambda more=more: auditing(office, **more)) == code, more
    admin = holder("admin", "district_admin", office.bureau)
    assert refused(lambda: auditing(office, by=authority_of(admin))) == "not_yours"
    assert (
        refused(lambda: grant(reader, "auditor", node=office.bureau, valid_from=day(), actor="x"))
        == "unbounded_role"
    )
    Grant.objects.create(user=reader, role="auditor", node=office.bureau, valid_from=day(), granted_by="x")
    assert not access_for(reader, last_done()).sees_institution(office.school)
    assert [one.role for one in grants_of(reader)] == ["viewer"]


def test_who_audits_takes_no_hand_in_the_work_and_the_other_way_round(office: Office) -> None:
    """Neither by a role of his own, nor by one that was delegated to him, before or after the appointment."""
    reader = create_user("reader", actor="tests")
    deputy = holder("deputy", "viewer", office.bureau)
    delegate(office.checker, deputy, first=day(), end=day(5))
    assert refused(lambda: auditing(office, taker=deputy)) == "auditor_involved"
    auditing(office)
    hands = (("reporter", office.school), ("reviewer", office.bureau), ("approver", office.department))
    for role, node in hands:
        asked = refused(lambda r=role, n=node: grant(reader, r, node=n, valid_from=day(), actor="x"))
        assert asked == "auditor_involved", role
    grant(reader, "reporter", node=office.nodes["line", "L-500104"], valid_from=day(), actor="x")
    grant(reader, "reporter", node=office.school, valid_from=day(60), actor="x")  # the audit is over then
