"""Accounts, grants and what they reach."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import EXCLUSIVE, ROLES
from jieyue.apps.identity.scope import grants_of, leaves_for, may, nodes_for, roles_of
from jieyue.apps.identity.services.create_user import create_user, one_time_password
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.make_operator import make_operator
from jieyue.apps.identity.services.revoke import revoke
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.services.change_node import change_node
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.config.home import Home

Nodes = dict[tuple[str, str], int]
DAY = date(2026, 1, 1)


@pytest.mark.postgres
def test_a_user_is_made_once_with_one_entry(home: Home) -> None:
    user = create_user("zhang.san", actor="admin", password="correct horse battery", real_name="张三")
    assert user.check_password("correct horse battery")
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    entry = ActionLog.objects.get()
    assert (entry.verb, entry.object, entry.actor) == ("identity.create_user", f"user:{user.pk}", "admin")
    assert "correct horse" not in str(entry.data)
    with pytest.raises(RefusedError):
        create_user("zhang.san", actor="admin")
    with pytest.raises(RefusedError):
        create_user("li.si", actor="admin", password="12345")
    assert (User.objects.count(), ActionLog.objects.count()) == (1, 1)
    assert not create_user("no.door", actor="admin").has_usable_password()
    assert len(one_time_password()) == 20


@pytest.mark.postgres
def test_a_grant_reaches_the_subtree_and_nothing_else(city_trees: Nodes) -> None:
    user = create_user("reviewer", actor="admin")
    bureau, school = city_trees["line", "L-500103"], city_trees["line", "L-500103-EDU"]
    made = grant(user, "reviewer", node=bureau, valid_from=DAY, valid_to=date(2026, 7, 1), actor="admin")
    assert nodes_for(user, "view", DAY) == {bureau, school}
    assert nodes_for(user, "pass", DAY) == {bureau, school}
    assert nodes_for(user, "approve", DAY) == set()
    assert nodes_for(user, "view", date(2025, 12, 31)) == set()
    assert nodes_for(user, "view", date(2026, 7, 1)) == set()
    assert roles_of(user, DAY) == {"reviewer"}
    assert may(user, "pass", DAY)
    assert not may(user, "publish", DAY)
    revoke(made.pk, date(2026, 3, 1), actor="admin", reason="调离")
    assert nodes_for(user, "view", date(2026, 2, 28)) == {bureau, school}
    assert nodes_for(user, "view", date(2026, 3, 1)) == set()
    verbs = list(ActionLog.objects.filter(verb__startswith="identity").values_list("verb", flat=True))
    assert verbs == ["identity.create_user", "identity.grant", "identity.revoke"]
    with pytest.raises(RefusedError):
        revoke(made.pk, date(2026, 4, 1), actor="admin")


def test_the_subtree_is_that_of_the_day(city_trees: Nodes) -> None:
    user = create_user("reviewer", actor="admin")
    bureau, school = city_trees["line", "L-500103"], city_trees["line", "L-500103-EDU"]
    grant(user, "viewer", node=bureau, valid_from=date(2020, 1, 1), actor="admin")
    change_node(school, DAY, actor="admin", parent=city_trees["line", "city"])
    assert nodes_for(user, "view", date(2025, 12, 31)) == {bureau, school}
    assert nodes_for(user, "view", DAY) == {bureau}


def test_a_reporter_has_institutions_and_those_inside_their_return(city_trees: Nodes) -> None:
    user = create_user("reporter", actor="admin")
    grant(user, "reporter", node=77, valid_from=DAY, actor="admin")
    set_membership(78, "unit", 77, DAY, actor="admin")
    assert leaves_for(user, "enter", DAY) == {77, 78}
    assert nodes_for(user, "enter", DAY) == set()
    assert leaves_for(user, "approve", DAY) == set()


def test_a_limited_grant_gives_only_its_verbs(city_trees: Nodes) -> None:
    user = create_user("lent", actor="admin")
    node = city_trees["line", "L-500104"]
    grant(user, "reviewer", node=node, valid_from=DAY, actor="admin", verbs=["view", "pass"])
    assert nodes_for(user, "pass", DAY) == {node}
    assert nodes_for(user, "return", DAY) == set()


def test_nobody_without_an_account_sees_anything(city_trees: Nodes) -> None:
    user = create_user("locked", actor="admin")
    grant(user, "viewer", node=city_trees["line", "city"], valid_from=DAY, actor="admin")
    user.is_active = False
    user.save()
    assert grants_of(user, DAY) == []
    assert grants_of(AnonymousUser(), DAY) == []
    superuser = User.objects.create_superuser("root", password="x")
    assert nodes_for(superuser, "view", DAY) == set()  # Django's own flag opens nothing


@pytest.mark.postgres
def test_the_three_administrators_exclude_one_another(city_trees: Nodes) -> None:
    user = create_user("one", actor="admin")
    root = city_trees["line", "city"]
    grant(user, "security_admin", node=root, valid_from=DAY, valid_to=date(2026, 7, 1), actor="admin")
    for role in ("system_admin", "audit_admin"):
        with pytest.raises(RefusedError) as caught:
            grant(user, role, node=root, valid_from=date(2026, 6, 30), actor="admin")
        assert caught.value.code == "roles_exclude"
    grant(user, "audit_admin", node=root, valid_from=date(2026, 7, 1), actor="admin")
    grant(user, "viewer", node=root, valid_from=DAY, actor="admin")
    assert Grant.objects.count() == 3
    assert all(not ROLES[role].sees_data for role in EXCLUSIVE)
    for code, kwargs in {"unknown_role": {"role": "king"}, "interval_empty": {"role": "viewer"}}.items():
        with pytest.raises(RefusedError) as caught:
            grant(user, kwargs["role"], node=root, valid_from=DAY, valid_to=DAY, actor="admin")
        assert caught.value.code == code


@pytest.mark.postgres
def test_the_operator_of_a_desk_is_everybody(city_trees: Nodes) -> None:
    from django.db import connection

    root = city_trees["line", "city"]
    user = make_operator("op", root=root, password="one time password")
    expected = set(ROLES) - {"auditor"}  # an audit is for named forms and periods, never standing
    if connection.vendor != "sqlite":
        expected -= {"system_admin", "audit_admin"}
    assert roles_of(user, DAY) == expected
    assert root in nodes_for(user, "publish", DAY)
    entries = ActionLog.objects.count()
    assert make_operator("op", root=root).pk == user.pk
    assert ActionLog.objects.count() == entries
    assert User.objects.get(username="op").check_password("one time password")
