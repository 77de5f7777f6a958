"""The harness of the benchmarks: cold runs, equal answers, medians, bars."""

import sys
from pathlib import Path
from typing import Any

import pytest

from bench import common
from bench.common import Bars, BenchError, Run, Side, Work

HERE = "tests.bench.sides"


def work(*, floors: tuple[Side, ...], bars: Bars | None = None, runs: int = 1) -> Work:
    return Work(
        name="sum",
        shape="three numbers",
        prepare=lambda folder: {"numbers": [1, 2, 3]},
        ours=Side("ours", f"{HERE}:total"),
        floors=floors,
        runs=runs,
        bars=bars or Bars(),
    )


def test_each_run_is_a_process_of_its_own_and_gives_time_memory_and_answer() -> None:
    first = common.run_cold(Side("process", f"{HERE}:process"), {})
    second = common.run_cold(Side("process", f"{HERE}:process"), {})
    assert first.answer != second.answer
    assert 0 < first.seconds < 5
    assert 5 < first.mebibytes < 500


def test_a_failing_side_is_an_error_with_its_output() -> None:
    with pytest.raises(BenchError, match="no such number"):
        common.run_cold(Side("broken", f"{HERE}:broken"), {})


def test_sides_that_disagree_give_no_time(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="the answers differ"):
        common.measure(work(floors=(Side("wrong", f"{HERE}:wrong_total"),)), tmp_path)


def test_equal_sides_are_measured(tmp_path: Path) -> None:
    result = common.measure(work(floors=(Side("by hand", f"{HERE}:total_by_hand"),)), tmp_path)
    assert result.floor_name == "by hand"
    assert result.ratio is not None
    assert result.over == []
    assert result.line().startswith("sum        median ")


def test_median_ratio_is_taken_within_rounds_against_the_fastest_floor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Rounds: ours 2, 6, 4; slow floor 5, 5, 5; fast floor 1, 2, 4 → ratios 2, 3, 1 → median 2; median of ours 4.
    seconds = iter([2.0, 5.0, 1.0, 6.0, 5.0, 2.0, 4.0, 5.0, 4.0])

    def fake(side: Side, arguments: Any) -> Run:
        return Run(next(seconds), 100.0, 6)

    monkeypatch.setattr(common, "run_cold", fake)
    floors = (Side("slow", "x:y"), Side("fast", "x:y"))
    bars = Bars(seconds=3.9, mebibytes=100.0, ratio=1.9)
    result = common.measure(work(floors=floors, bars=bars, runs=3), tmp_path)
    assert (result.seconds, result.floor, result.floor_name, result.ratio) == (4.0, 2.0, "fast", 2.0)
    assert result.over == ["time", "ratio"]
    line = " ".join(result.line().split())
    assert (
        line
        == "sum median 4.00 s floor 2.00 s (fast) ratio 2.00 peak 100 MiB cpu 0 ms / 0 ms OVER time, ratio"
    )


def test_every_module_of_bench_is_a_part_or_a_work_with_its_line_in_the_documents() -> None:
    from bench.__main__ import works

    text = (common.ROOT / "docs/benchmarks.md").read_text("utf-8")
    assert [name for name in works() if f"| `{name}` |" not in text] == []
    assert "bench" in sys.modules
