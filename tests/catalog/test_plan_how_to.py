"""The how-to is true: the plan in docs/how-to/new-plan.md loads and is checked as it says."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog.plan import Plan, load_plan
from jieyue.catalog.plan_tables import STATEMENT_KINDS
from jieyue.catalog.strict import CatalogError
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
        "issued.csv",
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


def test_what_was_issued_to_a_body_is_its_own(plan: Plan) -> None:
    """The page issues 9.80 kgce/m2 for 2030 to one district, 10.10 for 2026 and 9.95 for 2028 on the way there."""
    own = plan.issued["line:500103"]["energy_per_area_kgce_m2"]
    assert (own.target_value, own.unit, own.binding, own.base) == (Fraction("9.8"), "kgce/m2", True, None)
    years = {"base_year": plan.base_year, "target_year": plan.target_year, "base": Fraction("10.2")}
    assert verdict(own, Fraction("10"), 2027, **years).path == Fraction("10.025")
    assert verdict(own, Fraction("9.81"), 2030, **years).status == "missed"
    assert plan.indicator("energy_per_area_kgce_m2").target_value == Fraction("9.54")


ISSUED = "scope,code,printed_unit,scale,target,target_op,change_pct,verified,source\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("500103,energy_total_tce,tce,1,5,<=,,no,文", "scope"),
        ("line:500103,co2_total_t,tce,1,5,<=,,no,文", "code"),
        ("line:500103,energy_total_tce,tce,1,,<=,,no,文", "target"),
        ("line:500103,energy_total_tce,tce,1,5,=,,no,文", "target_op"),
    ],
)
def test_a_wrong_row_of_what_was_issued_is_refused_with_its_place(
    plan: Plan, tmp_path: Path, row: str, column: str
) -> None:
    for file in plan.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "issued.csv").write_text(f"{ISSUED}{row}\n", "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(tmp_path)
    assert (refused.value.row, refused.value.column) == (2, column)
    assert refused.value.file.endswith("issued.csv")


def test_the_page_names_every_kind_of_statement() -> None:
    text = PAGE.read_text("utf-8")
    assert [kind for kind in STATEMENT_KINDS if f"| `{kind}` |" not in text] == []
