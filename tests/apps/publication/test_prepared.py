"""A prepared query says what the queryset says that it was made of, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, NotSupportedError, connection, transaction
from django.db.models import BigIntegerField, CharField, DateField, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.publication.prepared import LONGEST_LIST, Prepared
from jieyue.config.home import Home

pytestmark = pytest.mark.postgres
FIRST, END = date(2020, 1, 1), date(2027, 1, 1)


@pytest.fixture
def grants(home: Home) -> list[Grant]:
    """Seventy grants of one person: nodes 1 to 70, each from a day of its own on; every tenth for one form only."""
    person = User.objects.create_user("wang")
    return [
        Grant.objects.create(
            user=person, role="reporter", node=node, valid_from=FIRST + timedelta(days=node), valid_to=END,
            forms=["NY201"] if node % 10 == 0 else None, granted_by="test",
        )
        for node in range(1, 71)
    ]  # fmt: skip


def _of(nodes: list[int], day: date) -> QuerySet[Grant]:
    return Grant.objects.filter(node__in=nodes, valid_from__lte=day).order_by("-node")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, LONGEST_LIST, LONGEST_LIST + 1, 70])
def test_lists_of_every_length_give_the_rows_of_the_queryset(grants: list[Grant], count: int) -> None:
    asked = Prepared(
        lambda nodes, day: _of(nodes, day).values_list("node", "valid_from", "forms"),
        nodes=BigIntegerField(),
        day=DateField(),
    )
    for day in (FIRST + timedelta(days=3), END):
        wanted = [
            (node, FIRST + timedelta(days=node), ["NY201"] if node % 10 == 0 else None)
            for node in range(count, 0, -1)
            if FIRST + timedelta(days=node) <= day
        ]
        assert asked.rows(nodes=list(range(1, count + 1)), day=day) == wanted
        assert asked.column(nodes=list(range(1, count + 1)), day=day) == [row[0] for row in wanted]


def test_its_objects_are_those_of_the_model_and_can_be_saved(grants: list[Grant]) -> None:
    asked = Prepared(_of, nodes=BigIntegerField(), day=DateField())
    found = asked.objects(nodes=[10, 11], day=END)
    assert found == [grants[10], grants[9]]
    assert (found[1].forms, found[1].valid_from, found[1].user.username) == (
        ["NY201"],
        date(2020, 1, 11),
        "wang",
    )
    found[1].role = "viewer"
    found[1].save(update_fields=["role"])
    assert Grant.objects.get(pk=grants[9].pk).role == "viewer"


def test_values_are_parameters_whatever_stands_in_them(home: Home) -> None:
    odd = "x'; DROP TABLE identity_user; -- %s %(a)s"
    User.objects.create_user(odd)
    asked = Prepared(
        lambda name: User.objects.filter(username=name).values_list("username"), name=CharField()
    )
    assert asked.rows(name=odd) == [(odd,)]
    assert asked.rows(name="x") == []
    assert User.objects.count() == 1


def test_it_asks_once_and_nothing_where_a_list_is_empty(grants: list[Grant]) -> None:
    asked = Prepared(
        lambda nodes, day: _of(nodes, day).values_list("node"), nodes=BigIntegerField(), day=DateField()
    )
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert asked.column(nodes=[7, 8], day=END) == [8, 7]
    assert len(seen) == 1
    with CaptureQueriesContext(connection) as seen:
        assert asked.column(nodes=[], day=END) == []
    assert len(seen) == 0


def test_rows_are_locked_inside_of_a_transaction_only(grants: list[Grant]) -> None:
    asked = Prepared(lambda pk: Grant.objects.select_for_update().filter(pk=pk), pk=BigIntegerField())
    with transaction.atomic(), CaptureQueriesContext(connection) as seen:
        assert asked.objects(pk=grants[0].pk) == [grants[0]]
    assert ("FOR UPDATE" in seen[0]["sql"]) == (connection.vendor == "postgresql")
    with pytest.raises(TransactionManagementError):
        asked.objects(pk=grants[0].pk)


def test_a_session_is_there_until_its_end_and_an_account_by_its_number(home: Home) -> None:
    from jieyue.apps.identity.sessions import SessionStore

    store = SessionStore()
    store["who"] = "wang"
    store.create()
    assert SessionStore(store.session_key)["who"] == "wang"
    Session.objects.update(expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    assert "who" not in SessionStore(store.session_key)

    person = User.objects.create_user("li")
    assert User.objects.get(pk=person.pk) == person
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=person.pk + 1)
    assert User.objects.get(username="li") == person


def _plans() -> list[str]:
    """The statements that the connection has a plan of; SQLite keeps its own."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
        return [row[0] for row in cursor.fetchall()]


def test_postgres_plans_what_is_prepared_once_and_nothing_else(grants: list[Grant]) -> None:
    asked, before = Prepared(_of, nodes=BigIntegerField(), day=DateField()), _plans()
    with CaptureQueriesContext(connection) as counted:
        for node in (10, 11, 12):
            assert asked.objects(nodes=[node], day=END) == [grants[node - 1]]
            assert list(_of([node], END)) == [grants[node - 1]]
    assert len(counted) == 6
    new = [one for one in _plans() if one not in before]
    assert len(new) == (1 if connection.vendor == "postgresql" else 0)
    assert all('"identity_grant"' in one and "$2" in one for one in new)


def test_nothing_is_planned_where_a_pooler_stands_between(
    grants: list[Grant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "POOLER", True)
    asked, before = Prepared(_of, nodes=BigIntegerField(), day=DateField()), _plans()
    assert asked.objects(nodes=[10], day=END) == [grants[9]]
    assert _plans() == before


def test_a_plan_ends_with_the_request_that_met_a_changed_column(home: Home) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite looks at the tables itself each time
    User.objects.create_user("wang")
    asked = Prepared(
        lambda name: User.objects.filter(username=name).values_list("username", "first_name"),
        name=CharField(),
    )
    assert asked.rows(name="wang") == [("wang", "")]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identity_user ALTER COLUMN first_name TYPE text")
    with pytest.raises(NotSupportedError):
        asked.rows(name="wang")
    connection.close_if_unusable_or_obsolete()
    assert asked.rows(name="wang") == [("wang", "")]


def test_a_pooler_that_nobody_told_of_costs_one_request(
    grants: list[Grant], monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        return  # no pooler stands before a file
    monkeypatch.setitem(connection.settings_dict, "POOLER", False)
    asked = Prepared(_of, nodes=BigIntegerField(), day=DateField())
    assert asked.objects(nodes=[10], day=END) == [grants[9]]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # as on the connection that the pooler gives next
    with pytest.raises(DatabaseError):
        asked.objects(nodes=[10], day=END)
    assert asked.objects(nodes=[10], day=END) == [grants[9]]
    assert _plans() == []
