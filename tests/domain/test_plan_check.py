"""The plan checker against the recomputations that were worked out by hand, and against edited plans."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog.plan import load_plan, parent_of
from jieyue.catalog.plan_tables import STATEMENT_KINDS
from jieyue.domain.plan_check import RECOMPUTATIONS, PlanFinding, check_plan
from tests.plans import CHONGQING, copy_plan, edit

DATA = Path(__file__).resolve().parents[1] / "data"
with (DATA / "plan_checks.csv").open(encoding="utf-8", newline="") as _file:
    CHECKS = list(csv.DictReader(_file))
EXPECTED = {
    word: [row["id"] for row in CHECKS if row["expect"] == word] for word in ("finding", "note", "none")
}


def findings_of(folder: str | Path) -> dict[str, PlanFinding]:
    plan = load_plan(folder)
    return {finding.check: finding for finding in check_plan(plan, parent=parent_of(plan))}


@pytest.fixture(scope="module")
def shipped() -> dict[str, PlanFinding]:
    return findings_of(CHONGQING)


def test_the_table_of_expectations_is_whole() -> None:
    assert len(CHECKS) == 33
    assert [len(EXPECTED[word]) for word in ("finding", "note", "none")] == [12, 13, 8]


@pytest.mark.parametrize(
    "row", [row for row in CHECKS if row["expect"] == "finding"], ids=lambda row: row["id"]
)
def test_each_contradiction_is_raised_with_its_recomputed_value(
    shipped: dict[str, PlanFinding], row: dict[str, str]
) -> None:
    finding = shipped[row["id"]]
    assert finding.finding.severity == "warning"
    assert finding.recomputed is not None
    gap = abs(Fraction(finding.recomputed) - Fraction(row["recomputed_num"]))
    assert gap <= Fraction(row["tol"])
    assert finding.declared is not None
    assert Fraction(finding.declared) != Fraction(finding.recomputed)


def test_nothing_is_raised_against_what_holds(shipped: dict[str, PlanFinding]) -> None:
    assert [check for check in EXPECTED["none"] if check in shipped] == []


def test_notes_are_notes_and_warnings_are_only_the_contradictions(shipped: dict[str, PlanFinding]) -> None:
    by_severity: dict[str, list[str]] = {"error": [], "warning": [], "note": []}
    for finding in shipped.values():
        by_severity[finding.finding.severity].append(finding.check)
    assert by_severity["error"] == []
    assert by_severity["warning"] == EXPECTED["finding"]
    assert set(by_severity["note"]) <= set(EXPECTED["note"])


# Worked out by hand from the plan's figures: the values the notes carry.
@pytest.mark.parametrize(
    ("check", "recomputed"),
    [
        ("S03", "2.20"),
        ("S04", "20.78"),
        ("S05", "7.43"),
        ("S09", "11.53"),
        ("S20", "3.287"),
        ("S22", "1.598"),
        ("S23", "2.070"),
        ("S24", "2.152"),
        ("S28", "-1.49"),
        ("S29", "611.7"),
        ("S30", "607.9"),
        ("S33", "-6"),
    ],
)
def test_notes_carry_their_values(shipped: dict[str, PlanFinding], check: str, recomputed: str) -> None:
    assert shipped[check].recomputed == recomputed


def test_the_json_object_has_the_agreed_keys(shipped: dict[str, PlanFinding]) -> None:
    document = shipped["S06"].as_dict()
    assert list(document)[:8] == [
        "severity",
        "code",
        "check",
        "declared",
        "recomputed",
        "unit",
        "message_zh",
        "message_en",
    ]
    assert (document["declared"], document["recomputed"], document["unit"]) == ("0.6", "0.97", "%")
    assert "柴油" in str(document["message_zh"])
    assert "diesel" in str(document["message_en"])


def test_the_ratio_list_is_given_whole(shipped: dict[str, PlanFinding]) -> None:
    assert shipped["S25"].finding.data["list"] == ["1", "0.76", "0.49", "0.63", "0.65"]
    assert "1:0.76:0.49:0.63:0.65" in shipped["S25"].finding.message_zh


def test_the_unexplained_intensity_says_what_would_have_to_be_left_out(
    shipped: dict[str, PlanFinding],
) -> None:
    # 104.272 - 11.82 x 82.8219 = 6.3765 (10^4 tce); 7.75 + 1.01 = 8.76.
    assert "6.38 万吨标煤，而不是 8.76 万吨标煤" in shipped["S10"].finding.message_zh
    assert "11.53 / 11.65 / 12.47 / 12.59" in shipped["S10"].finding.message_en


# check, table, key, column, value that makes the finding go
GOES = [
    ("S06", "declared.csv", "energy_share_diesel", "printed", "0.97"),
    ("S08", "indicators.csv", "energy_per_person_kgce", "base", "194.77"),
    ("S11", "declared.csv", "change_since_2015_energy_per_area", "printed", "9.57"),
    ("S15", "indicators.csv", "water_per_person_m3", "target", "22.26"),
    ("S16", "indicators.csv", "co2_per_area_kg_m2", "target", "32.99"),
    ("S18", "declared.csv", "water_cap_text", "printed", "1.3526"),
    ("S26", "declared.csv", "co2_share_building", "printed", "93.80"),
    ("S27", "declared.csv", "co2_ratio_natural_gas", "printed", "1.11"),
    ("S31", "indicators.csv", "co2_total_t", "target", "309"),
]


@pytest.mark.parametrize(("check", "table", "key", "column", "value"), GOES, ids=[row[0] for row in GOES])
def test_a_mended_number_makes_the_finding_go(
    tmp_path: Path, check: str, table: str, key: str, column: str, value: str
) -> None:
    folder = copy_plan(tmp_path)
    assert findings_of(folder)[check].finding.severity == "warning"
    edit(folder / table, key, **{column: value})
    assert check not in findings_of(folder)


# The same for statements that stay as a note: the contradiction goes, an explanation remains.
def test_the_intensity_in_the_text_becomes_explained(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "declared.csv", "energy_per_area_text", printed="11.53")
    assert findings_of(folder)["S10"].finding.code == "plan_boundary_explained"


def test_an_intensity_on_another_boundary_says_which(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "declared.csv", "energy_per_area_text", printed="12.47")
    finding = findings_of(folder)["S10"]
    assert (finding.finding.code, finding.finding.severity) == ("plan_boundary_other", "warning")
    assert "柴油" in finding.finding.message_zh
    assert "汽油" not in finding.finding.message_zh


def test_the_right_unit_makes_the_finding_go(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "indicators.csv", "co2_per_area_kg_m2", printed_unit="千克/平方米·年")
    assert "S17" not in findings_of(folder)


def test_the_right_order_of_the_ratio_list_makes_the_finding_go(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    for carrier, ratio in (
        ("raw_coal", "0.76"),
        ("natural_gas", "0.49"),
        ("petrol", "0.63"),
        ("diesel", "0.65"),
    ):
        edit(folder / "declared.csv", f"co2_ratio_{carrier}", printed=ratio)
    assert "S25" not in findings_of(folder)


# check, table, key, column, value that makes a finding come, severity, recomputed
COMES = [
    ("S01", "declared.csv", "energy_electricity", "printed", "72.54", "warning", "105.272"),
    ("S02", "declared.csv", "energy_share_electricity", "printed", "69.61", "warning", "68.61"),
    ("S07", "declared.csv", "energy_per_person_text", "printed", "195.76", "warning", "194.77"),
    ("S12", "declared.csv", "change_since_2015_energy_per_person", "printed", "12.81", "warning", "-11.81"),
    ("S13", "declared.csv", "change_since_2015_water_per_person", "printed", "14.51", "warning", "-15.51"),
    ("S14", "declared.csv", "water_per_person_text", "printed", "24.43", "warning", "23.43"),
    ("S19", "declared.csv", "co2_share_petrol", "printed", "5.56", "warning", "100.10"),
    ("S28", "declared.csv", "co2_average_change", "printed", "2.49", "warning", "-1.49"),
    ("S32", "declared.csv", "institutions_public", "printed", "12791", "warning", "16785"),
    ("S34", "indicators.csv", "energy_per_area_kgce_m2", "target", "10.59", "warning", "10.95"),
    ("S35", "indicators.csv", "energy_per_person_kgce", "target", "181.30", "warning", "183.10"),
    ("S36", "declared.csv", "co2_per_area_text", "printed", "34.57", "warning", "35.47"),
    ("S37", "declared.csv", "energy_cap_text", "printed", "110", "warning", "112"),
    ("S38", "declared.csv", "co2_cap_text", "printed", "333", "warning", "335"),
]


@pytest.mark.parametrize(
    ("check", "table", "key", "column", "value", "severity", "recomputed"),
    COMES,
    ids=[row[0] for row in COMES],
)
def test_a_spoilt_number_makes_a_finding_come(
    tmp_path: Path,
    *,
    check: str,
    table: str,
    key: str,
    column: str,
    value: str,
    severity: str,
    recomputed: str,
) -> None:
    folder = copy_plan(tmp_path)
    before = findings_of(folder).get(check)
    assert before is None or before.finding.severity == "note"
    edit(folder / table, key, **{column: value})
    finding = findings_of(folder)[check]
    assert (finding.finding.severity, finding.recomputed) == (severity, recomputed)


def test_the_compound_average_is_recognised(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "declared.csv", "co2_average_change", printed="1.53")
    assert findings_of(folder)["S28"].finding.code == "plan_average_compound"


def test_a_goal_as_strict_as_the_plan_above_is_not_mentioned(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "indicators.csv", "water_per_person_m3", change_pct="-6")
    assert "S33" not in findings_of(folder)


def test_a_plan_above_that_was_not_read_is_said() -> None:
    findings = {finding.check: finding for finding in check_plan(load_plan(CHONGQING))}
    assert (findings["S33"].finding.code, findings["S33"].finding.severity) == (
        "plan_parent_missing",
        "error",
    )


def test_a_zero_divisor_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / "declared.csv", "persons", printed="0")
    finding = findings_of(folder)["S14"]
    assert (finding.finding.code, finding.recomputed) == ("plan_not_computable", None)


def test_every_kind_of_statement_has_a_recomputation() -> None:
    assert RECOMPUTATIONS.keys() == STATEMENT_KINDS.keys()


def test_national_plans_have_nothing_to_recompute() -> None:
    assert check_plan(load_plan("national-14fyp")) == []
    assert check_plan(load_plan("national-15fyp")) == []
