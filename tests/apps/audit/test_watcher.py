"""The watcher of all tests (tests/watch) sees what it is there for: each wrong is made on purpose, by one service."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services import end_guide as room
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.end_guide import end_guide
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.config.home import Home
from tests.watch.watcher import CHANGED, NOTHING, REFUSED, WATCHER
from tests.watch.witnesses import missed, witnesses

SERVICE = "identity.end_guide.end_guide"
STAGE = "exchange.stage_file.stage_file"
WHO = f"{SERVICE} (jieyue.apps.identity.services.end_guide.end_guide)"


@pytest.fixture
def user(home: Home) -> User:
    return create_user("somebody", actor="t")


def said() -> list[str]:
    """What the watcher has to say; it is not held against this test."""
    found, WATCHER.wrong = WATCHER.wrong, []
    return found


def end(user: User, monkeypatch: pytest.MonkeyPatch, put: Callable[..., Any] = record, **more: Any) -> None:
    """The service with another `record`, and other things that its module knows."""
    for name, value in {"record": put, **more}.items():
        monkeypatch.setattr(room, name, value)
    end_guide(user, actor="t")


def refuse(*_: Any, **__: Any) -> None:
    raise wrong("no", "不行", "no")


def twice(*said: Any, **more: Any) -> None:
    record(*said, **more)
    record(*said, **more)


def test_a_change_with_its_entry_and_then_nothing_to_do(user: User) -> None:
    end_guide(user, actor="t")
    assert WATCHER.ran[SERVICE] == {CHANGED}
    end_guide(user, actor="t")
    assert (WATCHER.ran[SERVICE], said()) == ({CHANGED, NOTHING}, [])


def test_a_change_without_an_entry(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    end(user, monkeypatch, put=lambda *_, **__: None)
    assert said() == [f"no entry for rows of identity_user: {WHO}"]


def test_two_entries_of_one_change(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    end(user, monkeypatch, put=twice)
    assert said() == [f"{SERVICE}: 2 entries of one call"]


def test_two_entries_of_one_change_that_waited_for_its_caller(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        end(user, monkeypatch, put=twice)
        assert said() == []
    assert said() == [f"{SERVICE}: 2 entries of one call"]


def test_what_is_told_beside_stands_for_no_act_and_hides_none(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a file was brought is told beside what is done with it, and is not the entry of that."""

    def bring(*_: Any, **__: Any) -> None:
        stage_file(b"x", "x.csv", kind="returns", actor="t")

    def both(*said: Any, **more: Any) -> None:
        bring()
        record(*said, **more)

    end(user, monkeypatch, put=bring)
    assert said() == [f"{SERVICE}: 1 rows of its own, and only entries told beside"]
    assert (WATCHER.ran.get(SERVICE), WATCHER.ran[STAGE]) == (None, {CHANGED})
    end(user, monkeypatch, put=bring)
    assert (WATCHER.ran[SERVICE], said()) == ({NOTHING}, [])
    WATCHER.begin()
    User.objects.filter(pk=user.pk).update(guided=False)
    end(user, monkeypatch, put=both)
    assert (WATCHER.ran[SERVICE], said()) == ({CHANGED}, [])
    WATCHER.begin()
    User.objects.filter(pk=user.pk).update(guided=False)
    with transaction.atomic():  # what the act has written waits for its caller
        end(user, monkeypatch, put=both)
        assert SERVICE not in WATCHER.ran
    assert (WATCHER.ran[SERVICE], said()) == ({CHANGED}, [])


def test_an_entry_without_a_change(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = SimpleNamespace(filter=lambda **_: SimpleNamespace(update=lambda **_: 1))
    end(user, monkeypatch, User=SimpleNamespace(objects=rows))
    (found,) = said()
    assert found.startswith(f"an entry without a change: {SERVICE} > audit.record.record ")


def test_a_refusal_that_takes_everything_back(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError):
        end(user, monkeypatch, put=refuse)
    assert (WATCHER.ran[SERVICE], said()) == ({REFUSED}, [])


def test_a_refusal_half_done(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its transaction the row is written at once, and the refusal comes too late."""
    with pytest.raises(RefusedError):
        end(user, monkeypatch, put=refuse, transaction=SimpleNamespace(atomic=nullcontext))
    assert said() == [
        f"no entry for rows of identity_user: {WHO}",
        f"{SERVICE}: RefusedError, with 1 rows and 0 entries kept",
    ]


def test_a_refusal_half_done_that_a_caller_keeps(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic(), suppress(RefusedError):
        end(user, monkeypatch, put=refuse, transaction=SimpleNamespace(atomic=nullcontext))
    assert f"{SERVICE}: RefusedError, and rows of identity_user kept" in said()


def test_what_a_savepoint_took_back_was_never_written(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "record", lambda *_, **__: None)
    with transaction.atomic():
        with suppress(RefusedError), transaction.atomic():
            end_guide(user, actor="t")
            refuse()
        assert User.objects.filter(pk=user.pk, guided=False).exists()
    assert said() == []


def test_a_witness_that_does_not_run_its_service_is_told() -> None:
    one = next(row for row in witnesses() if row.change and row.refusal and row.change != row.refusal)
    assert any(text.startswith(f"{one.service}: not changed") for text in missed(f"{one.change}[sqlite]", {}))
    assert any(text.startswith(f"{one.service}: not nothing or refused") for text in missed(one.refusal, {}))
    assert missed("tests/apps/audit/test_watcher.py::nobody", {}) == []
