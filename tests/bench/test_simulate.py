"""The nation's model: unit costs times readings, with every assumption an input; and a tiny point measured for real."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import homes, simulate
from bench.simulate import Nation, Point, growth, need, report

POINT = Point(
    meters=10, days=1, readings=1_000,
    bytes_readings=3.0, bytes_intervals=1.0, bytes_sums=2.0,
    ingest_cpu=10.0, derive_cpu=20.0, rollup_cpu=5.0, institution_ms=4.0, city_ms=8.0,
)  # fmt: skip


def test_a_nation_is_its_readings_times_what_one_costs() -> None:
    small = Nation(institutions=2, meters_each=3, step_min=15, days=10, institutions_in_a_city=1)
    found = need(POINT, small)
    # 6 meters × 96 a day = 576; ten days 5,760; 0.01, 0.02 and 0.005 s each; a day has 86,400 s
    assert (small.meters, found.readings_a_day, found.cities) == (6, 576, 2.0)
    assert found.terabytes == pytest.approx((5_760 * 3e-12, 5_760e-12, 5_760 * 2e-12))
    assert (found.ingest_cores, found.derive_cores, found.rollup_cores) == pytest.approx(
        (5.76 / 86_400, 11.52 / 86_400, 2.88 / 86_400)
    )


def test_growth_is_the_exponent() -> None:
    tenfold = replace(POINT, readings=10_000, ingest_cpu=100.0, derive_cpu=2_000.0, city_ms=8.0)
    assert [
        growth([POINT, tenfold], name) for name in ("ingest_cpu", "derive_cpu", "city_ms")
    ] == pytest.approx([1.0, 2.0, 0.0])


def test_the_report_says_what_is_assumed_by_its_options(tmp_path: Path, capsys) -> None:
    file = tmp_path / "points.jsonl"
    rows = [vars(replace(POINT, readings=10_000, meters=100, ingest_cpu=100.0)), vars(POINT)]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    assert simulate.main(["model", str(file), "--institutions", "1000", "--meters-each", "2"]) == 0
    said = capsys.readouterr().out
    assert "| 10 表 × 1 天 days | 100 表 × 1 天 days |" in said  # by size, whatever the order of the lines
    assert "| 192,000 |" in said  # 1,000 × 2 × 96
    assert "n^1.00" in said
    assert said.strip() == report(
        sorted((Point(**row) for row in rows), key=lambda point: point.readings),
        Nation(institutions=1_000, meters_each=2),
    )


def test_a_tiny_point_is_measured(tmp_path: Path) -> None:
    """In a process of its own: 10 meters × 2 days of 15 minutes and the first reading of each."""
    command = [homes.sys.executable, "-m", "bench.simulate", "measure", "--meters", "10", "--days", "2"]
    found = Point(**json.loads(homes.run([*command, "--folder", str(tmp_path)])))
    assert (found.meters, found.readings) == (10, 10 * (2 * 96 + 1))
    assert min(found.bytes_readings, found.bytes_intervals, found.bytes_sums, found.ingest_cpu) > 0
    assert list(tmp_path.iterdir()) == []
