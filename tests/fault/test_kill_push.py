"""Pushed readings under kill -9, without room, and with two who write: what was acknowledged is there once."""

import contextlib
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jieyue.apps.metering import write_ahead
from jieyue.apps.metering.models import Packet
from jieyue.apps.metering.services.fold_packets import fold_packets
from jieyue.config.home import Home
from jieyue.store import DeltaLake
from jieyue.store.errors import LakeFull, disk_full
from tests.crash import _work as in_child
from tests.crash import context, crash
from tests.fault import kills, pushing
from tests.fault.kills import AFTER
from tests.fault.pushing import EACH, push, stored, told
from tests.fault.state import complaints


@pytest.fixture(autouse=True)
def log(city: Home) -> Iterator[None]:
    """One meter; this process's log is closed after the test."""
    pushing.metered()
    yield
    write_ahead.write_log().close()
    write_ahead._opened.clear()


@pytest.mark.postgres
@pytest.mark.parametrize("at", kills.PUSH)
def test_a_killed_push_is_there_once_or_not_at_all_and_may_be_sent_again(city: Home, at: str) -> None:
    crash(city, at, push, 1)
    fold_packets()
    assert stored() == ({1: EACH} if kills.PUSH[at] is AFTER else {})
    number = push(1)  # the sender had no answer and sends again under its key
    fold_packets()
    assert stored() == {1: EACH}
    assert [packet.pk for packet in Packet.objects.all()] == [number]
    assert push(1) == number
    assert complaints(deep=True) == []


@pytest.mark.postgres
@pytest.mark.parametrize("at", kills.FOLD)
def test_a_killed_fold_is_finished_by_the_next(city: Home, at: str) -> None:
    number = push(1)
    crash(city, at, pushing.push_and_fold, 2)
    assert set(stored()) == ({1, 2} if kills.FOLD[at] is AFTER else set())
    again = fold_packets().packets
    assert again == (0 if kills.FOLD[at] is AFTER else 2)
    assert stored() == {1: EACH, 2: EACH}
    counts = Packet.objects.order_by("pk").values_list("stored", "duplicate", "conflict", "fold__state")
    assert list(counts) == [(EACH, 0, 0, "done")] * 2
    assert push(1) == number
    assert fold_packets().rows == 0
    assert complaints(deep=True) == []


@pytest.mark.parametrize("cycles", [30, pytest.param(200, marks=pytest.mark.long)])
def test_killed_at_random_while_readers_read(city: Home, tmp_path: Path, cycles: int) -> None:
    said, rng = tmp_path / "acknowledged", random.Random(cycles)
    before: dict[int, int] = {}
    for cycle in range(cycles):
        child = context.Process(
            target=in_child,
            args=(str(city.path), "", pushing.work_at_random, (cycle, cycle * 1000, str(said))),
        )
        child.start()
        enough = len(told(said)) + rng.randrange(1, 7)
        while child.is_alive() and len(told(said)) < enough:
            now = pushing.seen_now()
            assert set(now.values()) <= {EACH}, "a reader saw a part of a packet"
            assert before.keys() <= now.keys(), "a reader saw less than before"
            before = now
            child.join(0.01)
        child.join(rng.random() / 10)
        assert child.exitcode is None, "the child ended by itself"
        child.kill()
        child.join()
    answered = told(said)
    assert len(answered) >= cycles
    fold_packets()
    there = stored()
    assert set(answered) <= there.keys()
    assert set(there.values()) == {EACH}
    assert complaints(deep=True) == []
    assert fold_packets().rows == 0


def test_two_who_write_at_once(city: Home, tmp_path: Path) -> None:
    said = tmp_path / "acknowledged"
    children = [
        context.Process(target=in_child, args=(str(city.path), "", pushing.send_some, (first, 15, str(said))))
        for first in (0, 1000)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    fold_packets()
    assert sorted(told(said)) == [*range(15), *range(1000, 1015)]
    assert stored() == dict.fromkeys(told(said), EACH)
    assert complaints(deep=True) == []


@pytest.fixture
def small_disk(city: Home) -> Iterator[Path]:
    """The log on a disk of its own of 300 kB."""
    folder = city.path / "log"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], check=True)
    yield folder
    write_ahead.write_log().close()
    write_ahead._opened.clear()
    subprocess.run(["umount", str(folder)], check=True)


def until_it_is_full(first: int) -> list[int]:
    """Packets that were acknowledged before one was refused."""
    answered: list[int] = []
    with contextlib.suppress(LakeFull):
        for number in range(first, first + 2000):
            push(number)
            answered.append(number)
    assert len(answered) < 2000
    return answered


def test_a_full_disk_refuses_before_it_acknowledges_and_recovers(city: Home, small_disk: Path) -> None:
    push(0)
    answered = [0]
    write_ahead.write_log()._limit = 50_000  # small segments, so that folded ones can go
    ballast = small_disk / ".ballast"
    ballast.write_bytes(bytes(230_000))
    for _round in range(3):
        answered += until_it_is_full(answered[-1] + 1)
        with pytest.raises(LakeFull):
            push(answered[-1] + 1)
        fold_packets()  # what is stored leaves the log: there is room again
        assert stored() == dict.fromkeys(answered, EACH)
        ballast.unlink(missing_ok=True)
    assert len(answered) > 300
    assert complaints(deep=True) == []


def test_a_lake_without_room_keeps_the_log(city: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    push(1)
    push(2)

    def refuse(_lake: DeltaLake, table: str, *_: object, **__: object) -> bool:
        raise disk_full(table, "lake")

    with monkeypatch.context() as full:
        full.setattr(DeltaLake, "append", refuse)
        for _ in range(2):
            with pytest.raises(LakeFull):
                fold_packets()
    assert stored() == {}
    push(3)
    assert fold_packets().packets == 3
    assert stored() == dict.fromkeys((1, 2, 3), EACH)
    assert complaints(deep=True) == []
