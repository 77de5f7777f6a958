"""The fixed cases of the core tasks, as they are printed for the testers."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jieyue.sample.model import SampleCity


@pytest.fixture(params=["city", "thousand"])
def any_city(request: pytest.FixtureRequest) -> SampleCity:
    """The full city and the smallest one that holds all cases."""
    found: SampleCity = request.getfixturevalue(request.param)
    return found


def values(city: SampleCity, institution: str, period: str) -> dict[str, int | None]:
    """Whole units of an institution's return; None where the item is not used."""
    frame = city.frame("NY201", period)
    at = frame.institutions.index(institution)
    return {
        code: None if frame.origins[at, place] == 9 else int(frame.values[at, place]) // 10_000
        for place, code in enumerate(frame.codes)
    }


def on(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))


def test_t1_school_has_its_history_and_has_not_begun_october(any_city: SampleCity) -> None:
    case = any_city.cases["T1"]
    code = case["institution"]
    named = any_city.institutions.filter(pl.col("name") == "示例第三中学")
    assert named["code"].to_list() == [code]
    assert (named["type"].item(), named["floor_area"].item(), named["persons"].item()) == (
        "021",
        21_350,
        1_720,
    )
    september, last_year = values(any_city, code, "2026-09"), values(any_city, code, "2025-10")
    for month in (september, last_year):
        assert (month["102"], month["103"]) == (21_350, 1_720)
        assert all(month[item] is None for item in ("130", "160", "105", "170", "1502"))
    assert (september["110"], september["120"], september["140"], september["1501"]) == (
        61_240,
        2_530,
        2_790,
        192,
    )
    assert (last_year["110"], last_year["111"], last_year["1501"]) == (52_340, 29_310, 184)  # 0.56 yuan/kWh
    frame = any_city.frame("NY201", "2026-10")
    assert frame.states[frame.institutions.index(code)] == "未录入"
    assert 1_905 / case["persons_before"] - 1 == pytest.approx(0.1076, abs=1e-4)  # the printed +10.8 %


def test_t1_school_reports_through_a_department_inside_its_district(any_city: SampleCity) -> None:
    line = any_city.memberships.filter(
        (pl.col("code") == any_city.cases["T1"]["institution"]) & (pl.col("tree") == "line")
    )
    assert line["target"].to_list() == ["L-500103-EDU"]
    parent = next(node.parent_code for node in any_city.nodes if node.code == "L-500103-EDU")
    assert parent == "L-500103"


def test_t2_section_has_400_institutions_that_owe_380_returns(any_city: SampleCity) -> None:
    case = any_city.cases["T2"]
    today = on(any_city.memberships, date(2026, 10, 31))
    held = set(today.filter((pl.col("tree") == "line") & (pl.col("target") == case["node"]))["code"])
    assert len(held) == 400
    counted = dict(on(any_city.institutions, date(2026, 10, 31)).select("code", "in_count").iter_rows())
    assert all(counted[code] for code in held)
    units = dict(today.filter(pl.col("tree") == "unit").select("code", "target").iter_rows())
    assert len({units[code] for code in held}) == case["owed"] == 380
    organs = [code for code in held if units[code] == case["compound"]]
    assert len(organs) == 21
    kinds = dict(on(any_city.institutions, date(2026, 10, 31)).select("code", "type").iter_rows())
    assert {kinds[code] for code in organs} == {"01"}


def test_t2_states_late_ones_and_planted_three(any_city: SampleCity) -> None:
    case = any_city.cases["T2"]
    today = on(any_city.memberships, date(2026, 10, 31))
    held = set(today.filter((pl.col("tree") == "line") & (pl.col("target") == case["node"]))["code"])
    frame = any_city.frame("NY201", "2026-10")
    states = {
        code: state
        for code, state in zip(frame.institutions, frame.states.tolist(), strict=True)
        if code in held
    }
    counted = {state: list(states.values()).count(state) for state in set(states.values())}
    assert counted == {"已上报": 351, "录入中": 7, "未录入": 22} == case["states"]
    assert {code for code, state in states.items() if state != "已上报"} == set(case["late"])
    assert sorted(row["kind"] for row in case["planted"]) == ["copied_period", "kwh_mwh", "yuan_wan"]
    wrong = {row["institution"] for row in case["planted"]}
    assert len(wrong) == 3
    labels = any_city.planted.filter(pl.col("institution").is_in(held))
    assert set(labels["institution"]) == wrong
    copied = labels.filter(pl.col("kind") == "copied_period")
    assert set(copied["source"]) == {"2026-09"}


def test_t2_26_movements_of_persons_are_true_and_explained(any_city: SampleCity) -> None:
    case = any_city.cases["T2"]
    assert len(case["explained"]) == 26
    assert all(case["explained"].values())
    october, september = any_city.frame("NY201", "2026-10"), any_city.frame("NY201", "2026-09")
    before = dict(zip(september.institutions, september.column("103").tolist(), strict=True))
    now = dict(zip(october.institutions, october.column("103").tolist(), strict=True))
    for code in case["explained"]:
        assert 1.10 < now[code] / before[code] < 1.21
    held = on(any_city.memberships, date(2026, 10, 31)).filter(pl.col("target") == case["node"])["code"]
    others = [c for c in held if now.get(c) and c in before and c not in case["explained"]]
    assert max(abs(now[code] / before[code] - 1) for code in others) < 0.10


def test_t4_three_districts_whose_bounds_did_not_change(any_city: SampleCity) -> None:
    districts = any_city.cases["T4"]["districts"]
    assert len(set(districts)) == 3
    areas = any_city.memberships.filter((pl.col("tree") == "area") & pl.col("target").is_in(districts))
    assert set(areas["target"]) == set(districts)
    assert not (areas["valid_from"] == date(2025, 11, 6)).any()
    assert np.count_nonzero(areas["valid_to"] == date(2025, 11, 6)) == 0
