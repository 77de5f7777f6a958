"""Accounts by printed slip: who may make them, what a code opens and for how long, what a new one ends."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.activation import code_holder, new_secret
from jieyue.apps.identity.authority import authority_of
from jieyue.apps.identity.models import Activation, ApiToken, Grant, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.give_role import give_role, take_role
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.identity.services.new_code import new_code
from jieyue.apps.identity.services.open_account import open_account
from jieyue.apps.identity.services.set_password import activate
from jieyue.apps.identity.tokens import caller_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.config.hashers import OwaspArgon2Hasher

Nodes = dict[tuple[str, str], int]
BEGIN = date(2020, 1, 1)
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PASSWORD = "a long and quiet word"


def administrator(name: str, role: str, node: int) -> User:
    user = create_user(name, actor="tests")
    grant(user, role, node=node, valid_from=BEGIN, actor="tests")
    return user


def slip_of(username: str, node: int, *, role: str = "reporter", by=None):
    return open_account(username, real_name="张三", role=role, node=node, actor="admin", by=by)


@pytest.mark.postgres
def test_an_account_is_made_with_its_role_and_a_code_that_is_kept_as_a_hash(city_trees: Nodes) -> None:
    bureau = city_trees["line", "L-500103"]
    admin = administrator("district", "district_admin", bureau)
    seen = ActionLog.objects.count()
    slip = slip_of("zhang.san", city_trees["line", "L-500103-EDU"], by=authority_of(admin))
    assert re.fullmatch(r"(?:[2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", slip.code)
    kept = Activation.objects.get()
    assert kept.digest.startswith("argon2$argon2id$")
    entries = list(ActionLog.objects.order_by("id")[seen:])
    assert [one.verb for one in entries] == ["identity.create_user", "identity.grant", "identity.new_code"]
    everywhere = str([vars(one) for one in [*entries, kept, *User.objects.all(), *Grant.objects.all()]])
    assert slip.code not in everywhere
    assert slip.code.replace("-", "") not in everywhere
    assert not User.objects.get(username="zhang.san").has_usable_password()
    assert len({new_secret() for _ in range(500)}) == 500


@pytest.mark.postgres
def test_a_code_opens_once_as_it_was_printed_or_typed_carelessly(city_trees: Nodes) -> None:
    slip = slip_of("zhang.san", city_trees["line", "L-500103"])
    careless = f" {slip.code.replace('-', ' ').lower()} "
    found = code_holder("zhang.san", careless)
    assert found is not None
    with pytest.raises(RefusedError) as weak:
        activate(found.user, "12345")
    assert weak.value.code == "password"
    assert code_holder("zhang.san", slip.code) is not None, "a weak password does not use the code up"
    activate(found.user, PASSWORD)
    assert User.objects.get(username="zhang.san").check_password(PASSWORD)
    assert code_holder("zhang.san", slip.code) is None
    with pytest.raises(RefusedError) as used:
        activate(found.user, "another long and quiet word")
    assert used.value.code == "code_used"
    assert User.objects.get(username="zhang.san").check_password(PASSWORD)
    assert ActionLog.objects.filter(verb="identity.activate").count() == 1


def test_a_code_is_good_for_fourteen_days(city_trees: Nodes) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        slip = slip_of("zhang.san", city_trees["line", "L-500103"])
        assert slip.expires_at == NOW + timedelta(days=14)
        clock.shift(timedelta(days=14, seconds=-1))
        found = code_holder("zhang.san", slip.code)
        assert found is not None
        clock.shift(timedelta(seconds=1))
        assert code_holder("zhang.san", slip.code) is None
        with pytest.raises(RefusedError):
            activate(found.user, PASSWORD)


def test_every_wrong_answer_costs_one_hash(city_trees: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    node = city_trees["line", "L-500103"]
    slips = {name: slip_of(name, node) for name in ("waiting", "used", "locked")}
    activate(User.objects.get(username="used"), PASSWORD)
    User.objects.filter(username="locked").update(is_active=False)
    create_user("without", actor="tests")
    code_holder("warm", "up")  # the hash that stands for nobody is made once a process
    calls: list[str] = []
    for name in ("verify", "encode"):
        own = getattr(OwaspArgon2Hasher, name)
        monkeypatch.setattr(
            OwaspArgon2Hasher, name, lambda *a, own=own, name=name, **k: calls.append(name) or own(*a, **k)
        )
    tries = {
        "nobody.at.all": "2222-2222-2222",
        "without": "2222-2222-2222",
        "waiting": "2222-2222-2222",
        "used": slips["used"].code,
        "locked": slips["locked"].code,
    }
    for username, code in tries.items():
        calls.clear()
        assert code_holder(username, code) is None
        assert calls == ["verify"], username


@pytest.mark.postgres
def test_a_new_code_ends_password_sessions_tokens_and_the_former_code(city_trees: Nodes) -> None:
    node = city_trees["line", "L-500103"]
    first = slip_of("zhang.san", node)
    activate(User.objects.get(username="zhang.san"), PASSWORD)
    user = User.objects.get(username="zhang.san")
    _, secret = issue_token(user, "tool", days=9, actor="zhang.san")
    assert caller_of(secret) is not None
    before = user.get_session_auth_hash()
    admin = administrator("district", "district_admin", node)
    second = new_code(user, actor="district", by=authority_of(admin))
    user = User.objects.get(username="zhang.san")
    assert not user.check_password(PASSWORD)
    assert user.get_session_auth_hash() != before
    assert caller_of(secret) is None
    assert ApiToken.objects.get().revoked_at is not None
    assert code_holder("zhang.san", first.code) is None
    assert code_holder("zhang.san", second.code) is not None
    entry = ActionLog.objects.get(verb="identity.new_code", actor="district")
    assert (entry.data["tokens_revoked"], entry.data["had_password"]) == (1, True)


def test_each_makes_only_what_is_below_and_what_his_verb_allows(city_trees: Nodes) -> None:
    """Role × node, written down by hand: + made, else the code of the refusal."""
    bureau, school, other, root = (
        city_trees["line", code] for code in ("L-500103", "L-500103-EDU", "L-500104", "city")
    )
    set_membership(77, "line", school, BEGIN, actor="tests")  # an institution of the department
    set_membership(78, "line", other, BEGIN, actor="tests")
    district = authority_of(administrator("district", "district_admin", bureau))
    city = authority_of(administrator("city", "city_admin", root))
    security = authority_of(administrator("security", "security_admin", bureau))
    system = authority_of(administrator("system", "system_admin", root))
    expected = {
        (district, "reporter"): {bureau, school, 77},
        (district, "reviewer"): set(),
        (district, "viewer"): set(),
        (district, "district_admin"): set(),
        (city, "reporter"): {root, bureau, school, other, 77, 78},
        (city, "approver"): set(),
        (city, "security_admin"): set(),
        (security, "reporter"): {bureau, school, 77},
        (security, "approver"): {bureau, school, 77},
        (security, "city_admin"): {bureau, school, 77},
        (system, "reporter"): set(),
        (system, "viewer"): set(),
    }
    for number, ((by, role), nodes) in enumerate(expected.items()):
        made, refused = set(), {}
        for node in (root, bureau, school, other, 77, 78, 987654):
            try:
                slip_of(f"u{number}.{node}", node, role=role, by=by)
                made.add(node)
            except RefusedError as error:
                refused[f"u{number}.{node}"] = error.code
        assert set(refused.values()) <= {"not_yours"}
        assert not User.objects.filter(username__in=refused).exists()
        # Who has the whole line also reaches what is closed or unknown to it.
        assert made - {987654} == nodes, (by.user.username, role)


def test_nobody_gives_or_takes_his_own_and_nobody_takes_over_a_higher_account(city_trees: Nodes) -> None:
    bureau = city_trees["line", "L-500103"]
    security_user = administrator("security", "security_admin", bureau)
    security = authority_of(security_user)
    with pytest.raises(RefusedError) as own:
        give_role(security_user, "approver", node=bureau, actor="security", by=security)
    assert own.value.code == "own_grant"
    with pytest.raises(RefusedError) as taken:
        take_role(Grant.objects.get(user=security_user), actor="security", by=security)
    assert taken.value.code == "own_grant"
    with pytest.raises(RefusedError):
        new_code(security_user, actor="security", by=security)
    district = authority_of(administrator("district", "district_admin", bureau))
    reviewer = administrator("reviewer", "reporter", bureau)
    held = grant(reviewer, "reviewer", node=bureau, valid_from=date(2999, 1, 1), actor="tests")
    with pytest.raises(RefusedError) as higher:
        new_code(reviewer, actor="district", by=district)  # a reviewer to come counts
    assert higher.value.code == "not_yours"
    with pytest.raises(RefusedError):
        take_role(held, actor="district", by=district)
    take_role(Grant.objects.get(user=reviewer, role="reporter"), actor="district", by=district)
    new_code(reviewer, actor="security", by=security)
    away = administrator("away", "reporter", bureau)
    grant(away, "reporter", node=city_trees["line", "L-500104"], valid_from=BEGIN, actor="tests")
    with pytest.raises(RefusedError):
        new_code(away, actor="district", by=district)  # one of his units is the neighbour's
