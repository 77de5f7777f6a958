"""The action log: written with the change, never altered, by nobody."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from jieyue.apps.audit.context import through
from jieyue.apps.audit.models import ActionLog, AppendOnlyError
from jieyue.apps.audit.queries import entries_of, last_entry
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import OutsideTransactionError, UnwritableTextError, digest, record
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home


def write_one() -> ActionLog:
    with transaction.atomic():
        return record("test.verb", "thing:1", actor="张三", reason="因为", data={"day": date(2026, 1, 2)})


@pytest.mark.postgres
def test_an_entry_says_who_what_where_from(home: Home) -> None:
    with through("web", "req-7"):
        write_one()
    entry = ActionLog.objects.get()
    assert (entry.actor, entry.verb, entry.object, entry.reason) == ("张三", "test.verb", "thing:1", "因为")
    assert (entry.source, entry.request_id) == ("web", "req-7")
    assert entry.data == {"day": "2026-01-02"}
    assert entry.at.utcoffset().total_seconds() == 0
    assert last_entry() == entry
    assert entries_of("thing:1") == [entry]
    assert entries_of("thing:2") == []


def test_outside_a_transaction_nothing_is_recorded(home: Home) -> None:
    with pytest.raises(OutsideTransactionError):
        record("test.verb", "thing:1", actor="x")
    with pytest.raises(ValueError, match="actor"), transaction.atomic():
        record("test.verb", "thing:1", actor="")
    assert not ActionLog.objects.exists()


def test_the_entry_goes_with_the_change_that_failed(home: Home) -> None:
    def fail() -> None:
        with transaction.atomic():
            record("test.verb", "thing:1", actor="x")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not ActionLog.objects.exists()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("data", {"data": {"file": "\udcbb.xlsx"}}),
        ("data", {"data": {"\udcbb": [1]}}),
        ("reason", {"reason": "因\ud800为"}),
        ("on_behalf", {"on_behalf": "\udfff"}),
        ("before", {"before": {"name": "\udcbb"}}),
        ("after", {"after": "\udcbb"}),
    ],
)
def test_what_is_no_text_is_refused_with_the_whole_act(home: Home, field: str, said: dict[str, Any]) -> None:
    """A name of a file in GBK comes in as lone surrogates: committed, it could not be hashed, and no entry after it."""
    write_one()

    @transaction.atomic
    def act() -> None:
        record("test.verb", "thing:2", actor="x")
        record("test.verb", "thing:3", actor="x", **said)

    with pytest.raises(UnwritableTextError) as raised:
        act()
    assert (raised.value.code, raised.value.data) == ("log_text", {"field": field})
    assert field in raised.value.message_zh
    assert f"{field} holds '\\ud" in raised.value.message_en
    raised.value.message_zh.encode()
    assert [one.object for one in ActionLog.objects.all()] == ["thing:1"]
    made = checkpoint()
    assert made is not None
    assert made.size == 1
    assert verify_home().problems == []


def test_the_model_refuses_changes(home: Home) -> None:
    entry = write_one()
    entry.actor = "李四"
    for attempt in (
        entry.save,
        entry.delete,
        ActionLog.objects.all().delete,
        lambda: ActionLog.objects.update(actor="李四"),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()
    assert ActionLog.objects.get().actor == "张三"


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_actionlog SET actor = 'x'", "DELETE FROM audit_actionlog"]
)
def test_the_database_refuses_changes(home: Home, statement: str) -> None:
    write_one()
    with pytest.raises(DatabaseError, match="only be added to"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ActionLog.objects.get().actor == "张三"


def test_digest_is_of_canonical_json() -> None:
    text = '{"a":"甲","b":"1.5000","c":"2026-01-02"}'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert digest({"c": date(2026, 1, 2), "b": Decimal("1.5000"), "a": "甲"}) == expected
    assert digest(None) == ""
    assert digest("abc") == "abc"
