"""The how-to is true: the plan in docs/how-to/new-plan.md loads and is checked as it says."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog.plan import Plan, load_plan
from jieyue.catalog.plan_tables import STATEMENT_KINDS
from jieyue.domain.plan_check import check_plan
from jieyue.domain.plan_verdict import verdict

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "new-plan.md"
_FILE = re.compile(r"^## (\S+\.(?:toml|csv))\n(.*?)^```(?:toml|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("river-city-15fyp")
    files = {name: body for name, _, body in _FILE.findall(PAGE.read_text("utf-8"))}
    assert sorted(files) == [
        "clauses.csv",
        "declared.csv",
        "indicators.csv",
        "plan.toml",
        "statements.csv",
        "tasks.csv",
        "units.csv",
    ]
    for name, body in files.items():
        (folder / name).write_text(body, "utf-8")
    return load_plan(folder)


def test_the_plan_of_the_how_to_loads(plan: Plan) -> None:
    assert plan.id == "river-city-15fyp"
    assert [indicator.code for indicator in plan.indicators] == [
        "energy_total_tce",
        "energy_per_area_kgce_m2",
    ]
    assert [task.code for task in plan.tasks] == ["energy_cap_text", "solar_pilots", "sorting"]
    assert plan.declared["trips"].number.value == 35_000


def test_it_is_checked_as_the_page_says(plan: Plan) -> None:
    found = [(finding.check, finding.finding.code, finding.recomputed) for finding in check_plan(plan)]
    assert found == [("R02", "plan_share_differs", "75.00"), ("R03", "plan_target_cut_off", "9.55")]


def test_its_yearly_path_is_followed(plan: Plan) -> None:
    indicator = plan.indicator("energy_per_area_kgce_m2")
    years = {"base_year": plan.base_year, "target_year": plan.target_year}
    assert verdict(indicator, Fraction("9.85"), 2028, **years).status == "off_path"
    # 2026: 10.00 and 2028: 9.80 are printed, so 2027 is 9.90.
    assert verdict(indicator, Fraction("9.85"), 2027, **years).path == Fraction("9.9")


def test_the_page_names_every_kind_of_statement() -> None:
    text = PAGE.read_text("utf-8")
    assert [kind for kind in STATEMENT_KINDS if f"| `{kind}` |" not in text] == []
