"""A plan that names no CO2 factor set: energy and water are judged, CO2 has no data until somebody chooses a set."""

from collections.abc import Iterator
from fractions import Fraction
from html import unescape

import pytest
from django.test import Client as Browser

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import figures_by
from jieyue.apps.identity.services.make_operator import make_operator
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.targets.queries import PlanStatusRow, plan_status
from jieyue.catalog.plan import load_plan
from tests.apps.accounts import desk
from tests.shared_home import home_from, turned_to

NATIONAL = "national-14fyp"
#: 774,270 + 14,286 + 212,800 + 64,446 + 6,192.5 = 1,071,994.5 tce on 90 × 10⁶ m², 5.5 × 10⁶ persons.
CELLS_2023 = {
    "110": "6300000000",
    "130": "20000",
    "140": "160000000",
    "150": "60000000",
    "160": "5000000",
    "102": "90000000",
    "103": "5500000",
    "120": "128000000",
}
CO2 = {"co2_total_t", "co2_per_area_kg_m2"}
NO_SET = (
    "无数据：规划没有指明碳排放因子组；可选定一组另算",
    "no data: the plan names no CO2 factor set; choose one to have it computed",
)


@pytest.fixture(scope="module", autouse=True)
def home(seeded_sqlite, tmp_path_factory, django_db_blocker) -> Iterator[None]:
    """A home whose own plan is the national one."""
    place = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    folder = tmp_path_factory.mktemp("national") / "home"
    made = home_from(seeded_sqlite, folder, plan=NATIONAL, clock=desk.TODAY)
    with django_db_blocker.unblock(), turned_to(made.path):
        ensure_tables()
        desk.register([{"code": "CQ", "name": "全市公共机构", **place}])
        desk.publish({("CQ", "2020"): desk.plan_cells(), ("CQ", "2023"): CELLS_2023})
        yield


def board(plan: str = NATIONAL, year: int = 2023, **choice: str) -> dict[str, PlanStatusRow]:
    return {row.indicator: row for row in plan_status(plan, year, choice=choice)}


def kg_2020(electricity: str) -> Fraction:
    """CO2 of 2020 [kg] by JS/T 303-2026; other energy (12 × 10⁻³ × 10⁴ tce) has no factor there."""
    cells = desk.plan_cells()
    fuels = sum((Fraction(cells[code]) * factor for code, factor in desk.JST.items()), Fraction())
    return fuels + Fraction(cells["110"]) * Fraction(electricity)


def test_energy_and_water_are_judged_and_co2_has_no_data(home: None) -> None:
    rows = board()
    assert {code: row.status for code, row in rows.items()} == {
        "energy_total_tce": "on_path",
        "water_total_m3": "on_path",
        "co2_total_t": "no_data",
        "energy_per_area_kgce_m2": "on_path",  # 11.91 against 18.48 × (1 − 5 % × 3 ÷ 5) = 17.93
        "energy_per_person_kgce": "on_path",  # 194.91 against 317.70
        "water_per_person_m3": "off_path",  # 128 ÷ 5.5 = 23.27 against 20.75
        "co2_per_area_kg_m2": "no_data",
    }
    assert rows["energy_total_tce"].actual == "1071994.5"
    assert rows["energy_per_area_kgce_m2"].path == "17.9256"
    assert rows["energy_per_area_kgce_m2"].shown_actual == "11.91"
    for code in CO2:
        row = rows[code]
        assert (row.words_zh, row.words_en) == NO_SET
        assert (row.actual, row.figure_status, row.factor_set) == (None, "missing", "")
    assert all(row.own_method for row in rows.values())


def test_co2_by_no_set_is_missing_and_never_zero(home: None) -> None:
    choice = MethodChoice.of_plan(load_plan(NATIONAL))
    found = {row.indicator: row for row in figures_by(choice, ["city"], "2023")}
    for code, row in found.items():
        if code.startswith("co2_"):
            assert (row.value, row.status, row.reasons) == (None, "missing", ("no_factor_set",)), code
    assert (found["energy_total_tce"].status, found["energy_total_tce"].reasons) == ("final", ())
    shown = receipts.view(found["co2_total_t"].receipt)
    assert (shown.factors, shown.figure.value) == ((), None)
    assert receipts.replay(found["co2_total_t"].receipt).equal


def test_a_chosen_set_gives_the_number_and_says_that_it_is_not_the_plans_method(home: None) -> None:
    """6.3 × 10⁹ × 0.5 + 20,000 × 2,174 + 160 × 10⁶ × 2.184 + 60 × 10⁶ × 2.179 + 5 × 10⁶ × 2.718 kg."""
    before = board()
    rows = board(factor_set="jst-303-2026", electricity_factor="0.5")
    assert rows["co2_total_t"].actual == "3687250"
    assert rows["co2_per_area_kg_m2"].shown_actual == "40.97"  # 3,687.25 ÷ 90
    base = kg_2020("0.5") / 82_821_900
    path = base * (1 - Fraction(7, 100) * Fraction(3, 5))
    assert abs(Fraction(rows["co2_per_area_kg_m2"].path) - path) < Fraction(1, 10**20)
    assert rows["co2_per_area_kg_m2"].status == ("on_path" if Fraction("40.97") < path else "off_path")
    for code, row in rows.items():
        if code in CO2:
            assert (row.own_method, row.factor_set) == (False, "jst-303-2026@0.5")
            assert row.words_zh.endswith("（用 jst-303-2026@0.5，非规划口径）")
            assert row.words_en.endswith("(by jst-303-2026@0.5, not by the plan's own method)")
        else:
            assert (
                row == before[code]
            )  # energy and water need no CO2 factor: the plan's own method, its receipt


def test_an_electricity_factor_alone_does_not_make_a_set(home: None) -> None:
    rows = board(electricity_factor="2022")
    assert {(rows[code].words_zh, rows[code].words_en) for code in CO2} == {NO_SET}


def test_a_set_without_an_electricity_factor_takes_the_years(home: None) -> None:
    assert board(factor_set="jst-303-2026")["co2_total_t"].factor_set == "jst-303-2026@2023"


def test_a_plan_with_a_set_of_its_own(home: None) -> None:
    """Its own set by name is its own method; another electricity factor is not."""
    plan = "chongqing-14fyp"
    assert board(plan, factor_set="chongqing-2020-declared") == board(plan)
    other = board(plan, electricity_factor="2022")["co2_per_area_kg_m2"]
    assert (other.own_method, other.factor_set) == (False, "chongqing-2020-declared@2022")
    assert "非规划口径" in other.words_zh


@pytest.fixture(scope="module")
def reader(home: None, seeded_sqlite) -> Browser:
    made = Browser(HTTP_ACCEPT_LANGUAGE="zh-hans")
    made.force_login(make_operator("operator", root=seeded_sqlite.nodes["line", "city"]))
    return made


def test_the_board_page_gives_the_reason_and_sets_to_choose_from(reader: Browser) -> None:
    page = unescape(reader.get("/plan/?period=2023").content.decode())
    assert page.count(NO_SET[0]) == 2
    assert "11.91" in page  # energy per floor area is judged all the same
    assert "?period=2023&factor_set=jst-303-2026" in page
    chosen = reader.get("/plan/?period=2023&factor_set=jst-303-2026&electricity_factor=0.5")
    text = unescape(chosen.content.decode())
    assert text.count("（用 jst-303-2026@0.5，非规划口径）") == 2
    assert "40.97" in text
    assert NO_SET[0] not in text
    assert reader.get("/plan/?period=2023&factor_set=nobody").status_code == 422


def test_the_source_of_a_missing_co2_figure_says_why(reader: Browser) -> None:
    answer = reader.get("/source/?scope=city&indicator=co2_total_t&period=2023")
    assert "规划没有指明碳排放因子组；可选定一组另算" in answer.content.decode()
