"""A number is never shown beside a unit that the plan misprints."""

from pathlib import Path

from tests.cli.command import DONE, jieyue


def test_plan_status_shows_the_unit_that_is_meant(empty: Path) -> None:
    """Box 1 prints 35.47 吨/平方米·年; 293.77×10⁴ t over 8282.19×10⁴ m² are 35.47 kg."""
    said = jieyue(empty, "plan", "status", "chongqing-14fyp", "--year", "2021", as_json=False)
    assert said.code == DONE
    assert "35.47" in said.stdout
    assert "吨/平方米" not in said.stdout
    assert "千克二氧化碳" in said.stdout
    rows = jieyue(empty, "plan", "status", "chongqing-14fyp", "--year", "2021").document
    assert [row["indicator"] for row in rows if row["unit_misprinted"]] == ["co2_per_area_kg_m2"]
    # What the paper says is kept beside it.
    assert {row["printed_unit"] for row in rows if row["unit_misprinted"]} == {"吨/平方米·年"}
