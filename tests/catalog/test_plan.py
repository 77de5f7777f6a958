"""Plan folders load strictly, and the shipped ones say what is known."""

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog.plan import PLANS, load_plan, parent_of, plan_ids
from jieyue.catalog.strict import CatalogError
from tests.plans import CHONGQING, copy_plan, edit

INDICATORS = PLANS.parent / "data" / "indicators.csv"


def test_three_plans_ship() -> None:
    assert plan_ids() == ("chongqing-14fyp", "national-14fyp", "national-15fyp")


# Box 1, in the product's units: tce, m3, t, then per m2 and per person.
@pytest.mark.parametrize(
    ("code", "base", "target", "change", "binding"),
    [
        ("energy_total_tce", "1042700", "1120000", None, False),
        ("water_total_m3", "125425800", "135260000", None, False),
        ("co2_total_t", "2937700", "3350000", None, False),
        ("energy_per_area_kgce_m2", "11.53", "10.95", -5, True),
        ("energy_per_person_kgce", "194.79", "183.10", -6, True),
        ("water_per_person_m3", "23.43", "22.25", -5, True),
        ("co2_per_area_kg_m2", "35.47", "32.98", -7, True),
    ],
)
def test_box_1_of_chongqing(*, code: str, base: str, target: str, change: int | None, binding: bool) -> None:
    indicator = load_plan(CHONGQING).indicator(code)
    assert (indicator.base_value, indicator.target_value) == (Fraction(base), Fraction(target))
    assert (indicator.change_pct, indicator.binding) == (change, binding)


def test_the_method_of_chongqing() -> None:
    plan = load_plan(CHONGQING)
    method = plan.method
    assert (method.tce_set, method.factor_set) == ("survey-calorific", "chongqing-2020-declared")
    assert method.electricity is not None
    assert (method.electricity.kind, method.vehicle_boundary) == ("set", "all_oil")
    assert (method.boundaries, method.central_units, method.account_form) == ("then", "out", "NY201")
    assert (plan.document.number, plan.document.date) == ("渝机管发〔2021〕96号", date(2021, 11, 4))


def test_what_is_not_known_of_the_national_plans_is_absent() -> None:
    plan = load_plan("national-15fyp")
    assert [(row.code, row.base, row.target, row.change_pct) for row in plan.indicators] == [
        ("co2_per_area_kg_m2", None, None, Fraction("-8.5")),
        ("energy_per_area_kgce_m2", None, None, Fraction(-5)),
        ("water_per_person_m3", None, None, Fraction(-3)),
    ]
    assert [row.binding for row in plan.indicators] == [True, None, None]
    assert not any(row.verified for row in plan.indicators)
    assert (plan.method.factor_set, plan.method.electricity, plan.document.number) == ("", None, "")
    fourteenth = load_plan("national-14fyp")
    assert fourteenth.indicator("co2_total_t").base is None
    assert fourteenth.indicator("energy_total_tce").target_value == 189000000


def test_the_plan_above() -> None:
    above = parent_of(load_plan(CHONGQING))
    assert above is not None
    assert above.id == "national-14fyp"
    assert parent_of(above) is None


@pytest.mark.parametrize("plan", plan_ids())
def test_indicators_are_those_of_the_catalog_in_its_units(plan: str) -> None:
    with INDICATORS.open(encoding="utf-8", newline="") as file:
        units = {row["code"]: row["unit"] for row in csv.DictReader(file)}
    assert {row.code: row.unit for row in load_plan(plan).indicators}.items() <= units.items()


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    same = load_plan(folder).digest
    assert same == load_plan(CHONGQING).digest
    edit(folder / "declared.csv", "persons", printed="535.38")
    assert load_plan(folder).digest != same


def test_a_number_is_found_by_its_reference() -> None:
    plan = load_plan(CHONGQING)
    assert plan.number("declared.water_cap_text").value == 135000000
    assert plan.number("2015.energy_total").value == 1107500
    assert plan.number("change.energy_per_person_kgce").value == -6
    assert (plan.number("100").value, plan.number("100").half_digit) == (100, 0)
    for unknown in ("declared.nothing", "2014.energy_total", "base.nothing", "change.co2_total_t", "1.", ""):
        with pytest.raises(LookupError):
            plan.number(unknown)


@pytest.mark.parametrize("where", ["no-such-plan", "/no/such/folder", "../data"])
def test_an_unknown_plan_is_refused_with_the_known_ones(where: str) -> None:
    with pytest.raises(CatalogError) as refused:
        load_plan(where)
    assert "chongqing-14fyp" in refused.value.reason_zh
    assert "chongqing-14fyp" in refused.value.reason_en


# table, key, cells, column that the refusal names
REFUSED = [
    ("indicators.csv", "co2_total_t", {"printed_unit": "万斤"}, "printed_unit"),
    ("indicators.csv", "co2_total_t", {"scale": "1000"}, "scale"),
    ("indicators.csv", "co2_total_t", {"base": "二百九十三"}, "base"),
    ("indicators.csv", "co2_total_t", {"target": "1e400"}, "target"),
    ("indicators.csv", "co2_total_t", {"target_op": "<"}, "target_op"),
    ("indicators.csv", "co2_total_t", {"attribute": "约束性"}, "attribute"),
    ("indicators.csv", "co2_total_t", {"also": "energy_cap_text"}, "also"),
    ("indicators.csv", "co2_total_t", {"change_pct": "seven"}, "change_pct"),
    ("indicators.csv", "co2_total_t", {"target_op": "=", "base": ""}, "target_op"),
    ("indicators.csv", "co2_per_area_kg_m2", {"note": ""}, "scale"),
    ("declared.csv", "persons", {"printed": ""}, "printed"),
    ("declared.csv", "persons", {"scale": "0"}, "scale"),
    ("declared.csv", "persons", {"code": "vehicles"}, "code"),
    ("declared.csv", "persons", {"verified": "maybe"}, "verified"),
    ("tasks.csv", "solar_pilots", {"op": ""}, "op"),
    ("tasks.csv", "solar_pilots", {"due": "2025年末"}, "due"),
    ("tasks.csv", "solar_pilots", {"owner": "somebody"}, "owner"),
    ("tasks.csv", "solar_pilots", {"indicator": "solar"}, "indicator"),
    ("statements.csv", "S01", {"kind": "magic"}, "kind"),
    ("statements.csv", "S01", {"subject": "base.nothing"}, "subject"),
    ("statements.csv", "S01", {"subject": ""}, "subject"),
    ("statements.csv", "S20", {"subject": "base.co2_total_t"}, "subject"),
    ("statements.csv", "S01", {"arguments": "parts=declared.nothing"}, "arguments"),
    ("statements.csv", "S01", {"arguments": "whole=declared.persons"}, "arguments"),
    ("statements.csv", "S01", {"arguments": "parts=100; over=100"}, "arguments"),
    ("statements.csv", "S01", {"arguments": "parts"}, "arguments"),
    ("statements.csv", "S01", {"arguments": "parts=1; parts=2"}, "arguments"),
    ("statements.csv", "S25", {"arguments": "ratios=1 2; shares=1 2; energies=1"}, "arguments"),
    ("statements.csv", "S01", {"unit_scale": "0"}, "unit_scale"),
    ("statements.csv", "S01", {"places": "99"}, "places"),
]


@pytest.mark.parametrize(
    ("table", "key", "cells", "column"), REFUSED, ids=[f"{row[0]}-{row[1]}-{row[3]}" for row in REFUSED]
)
def test_a_bad_cell_is_refused_with_its_place(
    tmp_path: Path, table: str, key: str, cells: dict[str, str], column: str
) -> None:
    folder = copy_plan(tmp_path)
    edit(folder / table, key, **cells)
    with pytest.raises(CatalogError) as refused:
        load_plan(folder)
    assert refused.value.file.endswith(table)
    assert refused.value.column == column
    assert refused.value.row is not None


# text in plan.toml, what it is replaced by, the key that the refusal names
HEADS = [
    ('id = "chongqing-14fyp"', 'id = "Chongqing 14"', "id"),
    ("base_year = 2020", "base_year = 2026", "target_year"),
    ("base_year = 2020", "base_year = 20", "base_year"),
    ("base_year = 2020", 'base_year = "2020"', "base_year"),
    ("base_year = 2020", "base_year = true", "base_year"),
    ("target_year = 2025\n", "", "target_year"),
    ("parent =", "parents =", "parents"),
    ('vehicle_boundary = "all_oil"', 'vehicle_boundary = "all"', "method.vehicle_boundary"),
    ('boundaries = "then"', 'boundaries = "later"', "method.boundaries"),
    ('completeness = "0.95"', 'completeness = "95"', "method.completeness"),
    ('completeness = "0.95"', 'completeness = "most"', "method.completeness"),
    ('electricity_factor = "set"', 'electricity_factor = "0.5x"', "method.electricity_factor"),
    ("tce_set =", "tce_sets =", "method.tce_sets"),
    ('number = "', 'nummer = "', "document.nummer"),
]


@pytest.mark.parametrize(
    ("old", "new", "key"), HEADS, ids=[f"{row[2]}-{place}" for place, row in enumerate(HEADS)]
)
def test_a_bad_head_is_refused_with_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    head = copy_plan(tmp_path) / "plan.toml"
    text = head.read_text("utf-8")
    assert old in text
    head.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(head.parent)
    assert refused.value.column == key


@pytest.mark.parametrize(
    ("text", "kind", "year", "value"),
    [
        ('"of-year"', "of-year", None, None),
        ("2021", "year", 2021, None),
        ('"0.5703"', "value", None, Fraction("0.5703")),
        ('"chongqing-implied"', "key", None, None),
    ],
)
def test_the_electricity_factor_may_be_said_in_five_ways(
    tmp_path: Path, text: str, kind: str, year: int | None, value: Fraction | None
) -> None:
    head = copy_plan(tmp_path) / "plan.toml"
    old = head.read_text("utf-8")
    head.write_text(old.replace('electricity_factor = "set"', f"electricity_factor = {text}"), "utf-8")
    electricity = load_plan(head.parent).method.electricity
    assert electricity is not None
    assert (electricity.kind, electricity.year, electricity.value) == (kind, year, value)


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("id = ", "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(tmp_path)
    assert "TOML" in refused.value.reason_en


def test_a_table_under_a_wrong_name_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    (folder / "task.csv").write_text("code\n", "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(folder)
    assert refused.value.file.endswith("task.csv")


def test_a_plan_of_a_head_alone_loads(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    for table in folder.glob("*.csv"):
        table.unlink()
    plan = load_plan(folder)
    assert (plan.indicators, plan.tasks, plan.declared, plan.statements) == ((), (), {}, ())
    assert plan.catalog_folder is None
    (folder / "catalog").mkdir()
    assert load_plan(folder).catalog_folder == folder / "catalog"


@pytest.mark.parametrize("path", ["2019:1", "2026:1", "2022:1|2022:2", "2022:", "2022=1"])
def test_a_bad_yearly_path_is_refused(tmp_path: Path, path: str) -> None:
    table = copy_plan(tmp_path) / "indicators.csv"
    text = table.read_text("utf-8").splitlines()
    lines = [f"{text[0]},path", *(f"{line}," for line in text[1:-1]), f"{text[-1]},{path}"]
    table.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(table.parent)
    assert refused.value.column == "path"


def test_a_unit_of_the_plans_own_may_not_contradict_the_common_table(tmp_path: Path) -> None:
    folder = copy_plan(tmp_path)
    (folder / "units.csv").write_text("printed_unit,unit,scale\n万吨,tCO2,1000\n", "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_plan(folder)
    assert (refused.value.column, refused.value.row) == ("scale", 2)
