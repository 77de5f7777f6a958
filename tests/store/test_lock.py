"""One writer at a time, among threads and processes; an outer lock is taken first."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jieyue.store.errors import LakeBusy
from jieyue.store.lock import LakeLock

HOLDER = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_lock_is_re_entrant_in_its_thread(tmp_path: Path) -> None:
    lock = LakeLock(tmp_path)
    with lock.hold(), lock.hold():
        assert lock.held
    assert not lock.held


def test_another_thread_waits_or_gives_up(tmp_path: Path) -> None:
    lock, refused = LakeLock(tmp_path), []

    def attempt() -> None:
        try:
            with lock.hold(timeout=0.01):
                pass
        except LakeBusy as error:
            refused.append(error)

    with lock.hold():
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_another_process_keeps_us_out_until_it_ends(tmp_path: Path) -> None:
    lock = LakeLock(tmp_path)
    path = str(tmp_path / ".lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LakeBusy), lock.hold(timeout=0.05):
            pass
        assert holder.stdin is not None
        holder.stdin.close()
    with lock.hold(timeout=0):
        assert lock.held


def test_the_outer_lock_surrounds_the_file_lock(tmp_path: Path) -> None:
    order: list[str] = []

    @contextmanager
    def advisory() -> Iterator[None]:
        order.append("outer taken")
        yield
        order.append("outer given back")

    lock = LakeLock(tmp_path, advisory)
    with lock.hold(), lock.hold():
        order.append("work")
    assert order == ["outer taken", "work", "outer given back"]


def test_without_a_timeout_the_second_holder_waits_for_the_first(tmp_path: Path) -> None:
    entered, first, second = threading.Event(), LakeLock(tmp_path), LakeLock(tmp_path)

    def follow() -> None:
        with second.hold():
            entered.set()

    thread = threading.Thread(target=follow)
    with first.hold():
        thread.start()
        assert not entered.wait(0.2)
    thread.join(timeout=10)
    assert entered.is_set()
