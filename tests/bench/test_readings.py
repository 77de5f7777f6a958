"""The benchmark of readings on a few meters: both sides read the same home, and a rate is held to its bar."""

from pathlib import Path

import pytest

from bench import bulk, common, readings, rollups, year
from bench.common import Bars, Result, Side, Work


def test_both_sides_see_every_meter(tmp_path: Path) -> None:
    arguments = readings.prepare(tmp_path, "jitter", 7, 3)
    sides = (readings.WORKS[1].ours, *readings.WORKS[1].floors)
    assert [common.run_cold(side, arguments).answer for side in sides] == [{"points": 7}] * 2
    size = float(readings.bytes_a_reading(arguments).split()[0])
    assert 1 < size < 30  # 289 readings each: mostly the frame


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_bulk_load_counts_what_is_stored_already(tmp_path: Path, kind: str) -> None:
    """Seven meters, four days of which three come again: 7 × (7 × 96 + 1) rows, 7 × 289 of them duplicates."""
    arguments = bulk.prepare(tmp_path, kind, 7, 4)
    assert common.run_cold(bulk.WORKS[0].ours, arguments).answer == {"accepted": 7 * 4 * 96}


def test_the_sums_are_those_of_statements_written_by_hand(tmp_path: Path) -> None:
    """Hours, days and the month of every line, of 25 meters in two institutions."""
    arguments = rollups.prepare(tmp_path, 25, 3)
    sides = (rollups.WORKS[0].ours, *rollups.WORKS[0].floors)
    ours, by_hand = (common.run_cold(side, arguments).answer for side in sides)
    assert ours == by_hand
    assert ours["hour"][0] == ours["month"][0] > 0


def test_the_city_by_day_is_what_a_statement_written_by_hand_gives(tmp_path: Path) -> None:
    """Forty meters of two institutions over forty days in two months; then corrections of two of them in February."""
    arguments = year.prepare(tmp_path, 40, 45)
    sides = (year.WORKS[0].ours, *year.WORKS[0].floors)
    ours, by_hand = (common.run_cold(side, arguments).answer for side in sides)
    assert ours == by_hand
    assert ours["rows"] == 45 * 3 * 2  # three carriers in two districts
    late = common.run_cold(year.WORKS[1].ours, year.prepare_late(tmp_path, 40, 45)).answer
    assert late == {"months": 1, "points": 2}


@pytest.mark.parametrize(
    ("bars", "over"),
    [
        (Bars(rate=99, busy=2.0, busy_ratio=2.0), []),
        (Bars(rate=101), ["rate"]),
        (Bars(busy=1.9), ["cpu"]),
        (Bars(busy_ratio=1.5), ["cpu ratio"]),
    ],
)
def test_processor_time_is_held_to_its_bars(bars: Bars, over: list[str]) -> None:
    """200 rows in two seconds, the floor in one and a quarter."""
    work = Work("w", "", lambda _folder: {}, Side("ours", "x:y"), bars=bars, rows=200)
    found = Result(work, 9.0, 1.0, 8.0, "floor", 9 / 8, 2.0, 1.25, note="  2 bytes a reading")
    assert found.over == over
    assert "0.00 M rows/cpu-s" in found.line()
    assert found.line().endswith("2 bytes a reading")
