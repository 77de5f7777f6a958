"""How much of the disk is free: of what we may fill, as `df` says it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jieyue.store import disk
from jieyue.store.disk import free_share  # as it is, before the session gives every test a roomy disk

PAGE = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 100 pages."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={100 * PAGE}", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_the_share_falls_with_what_is_written(small_disk: Path) -> None:
    assert free_share(small_disk) == 1
    (small_disk / "half").write_bytes(bytes(50 * PAGE))
    assert free_share(small_disk) == pytest.approx(0.5, abs=0.02)
    (small_disk / "more").write_bytes(bytes(42 * PAGE))
    assert free_share(small_disk) == pytest.approx(0.08, abs=0.02)


def test_what_is_kept_for_others_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # df of such a disk: 70 used, 32 available, "69 %" used; of its 252 blocks 150 are not ours to fill.
    blocks = {"f_blocks": 252, "f_bfree": 182, "f_bavail": 32}
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Blocks", (), blocks))
    assert free_share(tmp_path) == pytest.approx(0.3137, abs=1e-4)
    monkeypatch.setattr(disk, "free_share", free_share)
    assert not disk.is_low(tmp_path)
    blocks["f_bavail"] = 7  # of 77 that may be filled
    assert disk.is_low(tmp_path)


def test_a_file_system_that_says_nothing_is_not_low(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocks = {"f_blocks": 0, "f_bfree": 0, "f_bavail": 0}
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Blocks", (), blocks))
    assert free_share(tmp_path) == 1
