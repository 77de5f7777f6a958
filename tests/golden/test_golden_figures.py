"""Every figure of the small city and its plan board as files: a changed number is a changed line.

Set UPDATE_GOLDEN=1 to write the files anew, then read the difference. The sums behind them are worked out by hand in
tests/apps/accounts; the few lines below keep the files honest.
"""

import os
from pathlib import Path

import pytest

from jieyue.apps.accounts.queries import FigureRow, all_institutions, figures, scopes
from jieyue.apps.targets.queries import plan_status

HERE = Path(__file__).parent
PERIODS = ("2024", "2025", "2026-01..2026-10")


def check(name: str, lines: list[str]) -> None:
    file = HERE / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert file.read_text("utf-8").splitlines() == lines


def line(row: FigureRow) -> str:
    """Scope, indicator, exact value, what is printed, completeness, origin, status, reasons."""
    why = ";".join(row.reasons) or "-"
    said = (row.value, row.display, row.unit, row.completeness, row.origin, row.status, why)
    return f"{row.scope} {row.indicator} = " + " | ".join("-" if part is None else str(part) for part in said)


@pytest.mark.parametrize("period", PERIODS)
def test_figures_of_the_nodes(city, period: str) -> None:
    names = ["city", *(info.scope for info in scopes(period) if info.scope != "city")]
    rows = figures(names, period)
    known = [row for row in rows if row.status != "missing" or row.scope == "city"]
    check(f"figures-{period}.txt", [line(row) for row in known])


def test_figures_of_the_institutions(city) -> None:
    check("institutions-2025.txt", [line(row) for row in all_institutions("2025") if row.value is not None])


def test_figures_by_the_guide_of_2026(city) -> None:
    choice = {"factor_set": "jst-303-2026", "vehicle_boundary": "official_vehicles"}
    rows = figures(["city", "area:500104"], "2025", choice=choice)
    lines = [f"{row.factor_set} {line(row)}" for row in rows if row.status != "missing"]
    check("figures-2025-jst-303.txt", lines)


def test_the_plan_board(city) -> None:
    lines = []
    for year in (2020, 2024, 2025):
        for row in plan_status("chongqing-14fyp", year):
            document = row.as_dict()
            del document["receipt"]
            lines += [f"{year} {row.indicator} {name} = {value}" for name, value in document.items()]
    check("plan-board.txt", lines)


def test_numbers_of_the_files_that_were_added_up_by_hand() -> None:
    """Electricity, water and energy of the small city, from tests/apps/accounts/small_city.py."""
    figures_2025 = (HERE / "figures-2025.txt").read_text("utf-8")
    assert "city water_total_m3 = 94482 | 94482 | m3 | " in figures_2025
    # 900,062 kWh × 0.1229 ÷ 1000 of energy's total
    assert "city institutions = 14 | 14 | piece | - | typed | final | -" in figures_2025
    assert (
        "area:cq-liangjiang-district water_total_m3 = 8050 | 8050 | m3 | 1 | typed | final | -"
        in figures_2025
    )
    assert "area:500105" not in figures_2025
    running = (HERE / "figures-2026-01..2026-10.txt").read_text("utf-8")
    assert "line:L-500103-EDU water_total_m3 = 10710 | 10710 | m3 | 1 | typed | final | -" in running
    board = (HERE / "plan-board.txt").read_text("utf-8")
    assert "2024 energy_per_area_kgce_m2 binding = True" in board
    assert "2020 energy_total_tce status = no_data" in board
