"""No failpoint without a kill: the source is read, and each work is watched while nothing kills it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from jieyue.config.home import Home
from jieyue.store.failpoint import failpoint
from tests.fault import kills, works
from tests.fault.points import POINTS, enumerate_points


def reached(work: Callable[[], Any]) -> list[str]:
    """The failpoints that a work passes, in their order."""
    found: list[str] = []

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code is failpoint.__code__:
            found.append(frame.f_locals["name"])

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def test_every_failpoint_of_the_source_is_killed_at() -> None:
    unknown = {name: POINTS[name] for name in POINTS.keys() - kills.all_places()}
    assert unknown == {}, "no test is killed at these; add them to tests/fault/kills.py"
    assert kills.all_places() - POINTS.keys() == set(), "these are in no source any more"


@pytest.mark.parametrize(
    ("work", "run"),
    [
        ("returns", works.import_returns),
        ("drafts", works.save_drafts),
        ("institutions", works.import_institutions),
    ],
)
def test_a_work_passes_exactly_the_failpoints_of_its_table(
    city: Home, work: str, run: Callable[[], Any]
) -> None:
    assert set(reached(run)) == kills.of(work) | kills.ACTS.keys()


def test_the_search_finds_calls_and_refuses_names_that_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('failpoint("a.b")\nstore.failpoint("c.d")\nfailpoint("a.b")\n')
    assert enumerate_points(tmp_path) == {"a.b": ["one.py:1", "one.py:3"], "c.d": ["one.py:2"]}
    (tmp_path / "two.py").write_text("failpoint(name)\n")
    with pytest.raises(AssertionError, match=r"two\.py:1"):
        enumerate_points(tmp_path)
