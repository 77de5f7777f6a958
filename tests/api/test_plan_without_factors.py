"""The status of a plan that names no CO2 factor set, as a program reads it."""

from tests.api.conftest import Caller

PATH = "plans/national-14fyp/status?year=2024"
CO2 = ("co2_total_t", "co2_per_area_kg_m2")


def status(root: Caller, more: str = "") -> dict[str, dict]:
    answer = root.get(PATH + more)
    assert answer.status_code == 200
    return {row["indicator"]: row for row in answer.json()}


def test_energy_is_judged_and_co2_has_no_data_with_the_reason(root: Caller) -> None:
    rows = status(root)
    assert rows["energy_total_tce"]["actual"] == "694.385"  # 5,650,000 kWh × 0.1229 ÷ 1000
    assert rows["energy_total_tce"]["status"] == "on_path"
    for code in CO2:
        assert (rows[code]["actual"], rows[code]["status"]) == (None, "no_data")
        assert rows[code]["words_zh"] == "无数据：规划没有指明碳排放因子组；可选定一组另算"
        assert rows[code]["words_en"].startswith("no data: the plan names no CO2 factor set")


def test_a_chosen_set_is_not_the_plans_method(root: Caller) -> None:
    rows = status(root, "&factor_set=jst-303-2026&electricity_factor=0.5")
    assert rows["co2_total_t"]["actual"] == "2825"  # 5,650,000 kWh × 0.5 kg
    assert rows["co2_per_area_kg_m2"]["shown_actual"] == "43.46"  # 2,825,000 ÷ 65,000
    assert {code for code, row in rows.items() if not row["own_method"]} == set(CO2)
    assert "非规划口径" in rows["co2_total_t"]["words_zh"]


def test_a_set_that_there_is_not(root: Caller) -> None:
    answer = root.get(PATH + "&factor_set=nobody")
    assert answer.status_code == 422
