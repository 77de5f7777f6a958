"""Where an institution counts: trees of then and of now, central units, and three trees that say the same."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.changes import change
from jieyue.apps.accounts.checks import check_facts
from jieyue.apps.accounts.due import weighted_completeness
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import figures, figures_by, scopes
from jieyue.apps.accounts.services.export_receipt import export_receipt
from jieyue.apps.publication.rules import home_plan
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc
from tests.cli.command import DONE, jieyue

YUZHONG, DADUKOU, JIANGBEI, NEW = "area:500103", "area:500104", "area:500105", f"area:{sc.NEW_DISTRICT}"
WATER = "water_total_m3"
CENTRAL = "line:L-CENTRAL"


def water(scope: str, period: str, boundaries: str | None = None) -> Fraction | None:
    return desk.value(scope, period, WATER, boundaries=boundaries)


def test_then_is_the_last_day_of_the_figure(city) -> None:
    """2024 stays with the district of 2024; 2025 ends after the change, so it is the new district's."""
    moved_2024, moved_2025 = (
        sc.total("120", 2024, ["JB-01", "JB-02"]),
        sc.total("120", 2025, ["JB-01", "JB-02"]),
    )
    assert (moved_2024, moved_2025) == (8_000, 8_050)
    assert water(JIANGBEI, "2024") == moved_2024
    assert water(NEW, "2025") == moved_2025
    assert water(JIANGBEI, "2025") is None
    assert water(NEW, "2024") is None


@pytest.mark.parametrize(
    ("boundaries", "jiangbei", "new"),
    [
        ("then", 8_000, None),
        ("2025-11-05", 8_000, None),
        ("2025-11-06", None, 8_000),
        ("now", None, 8_000),
    ],
)
def test_the_same_facts_on_boundaries_of_another_day(city, boundaries: str, jiangbei, new) -> None:
    assert (water(JIANGBEI, "2024", boundaries), water(NEW, "2024", boundaries)) == (jiangbei, new)
    # The whole and the districts that did not change say the same on every day.
    assert water("city", "2024", boundaries) == water("city", "2024")
    assert water(YUZHONG, "2024", boundaries) == water(YUZHONG, "2024")


def test_then_and_now_are_bridged_by_those_that_moved(city) -> None:
    """Node by node: boundaries of now = boundaries of then + moved in − moved out."""
    moved = {JIANGBEI: -8_000, NEW: 8_000}
    for area in (YUZHONG, DADUKOU, JIANGBEI, NEW):
        then, now = water(area, "2024") or 0, water(area, "2024", "now") or 0
        assert now - then == moved.get(area, 0)


def test_the_scopes_of_a_day_are_those_in_being(city) -> None:
    then = {info.scope for info in scopes("2024", "area")}
    now = {info.scope for info in scopes("2024", "area", boundaries="now")}
    assert JIANGBEI in then - now
    assert NEW in now - then


def test_units_of_central_departments_are_left_out_of_totals(city) -> None:
    """CE-01 by its reporting line, CE-02 by its mark; 990,000 and 7,000 kWh would show."""
    assert desk.value("city", "2025", "institutions") == len(sc.IN_BEING_2025) == 14
    own = [who for who in sc.COUNTED_2025 if sc._PLACES[who][1] == "500103"]
    assert water(YUZHONG, "2025") == sc.total("120", 2025, own)
    assert water("city", "2025") == sc.total("120", 2025, sc.COUNTED_2025)
    assert water("CE-01", "2025") == 9_000  # it has figures of its own
    assert water("CE-02", "2025") == 100


def test_a_body_outside_the_count_has_figures_when_it_is_named(city) -> None:
    """CE-01 alone: 490,000 kWh are 490 × 0.1229 t = 60.221 tce; 9,000 m³, 70,000 m², 2,000 persons."""
    expected = {
        "energy_total_tce": Fraction("60.221"),
        WATER: 9_000,
        "floor_area_m2": 70_000,
        "persons": 2_000,
        "institutions": 1,
        "energy_per_area_kgce_m2": Fraction("60221") / 70_000,
        "completeness": 1,
    }
    rows = {row.indicator: row for row in figures([CENTRAL, "city"], "2025") if row.scope == CENTRAL}
    assert {code: rows[code].exact for code in expected} == expected
    assert all("outside_count" in row.reasons for row in rows.values())
    assert {row.status for row in rows.values() if row.exact is not None} == {"provisional"}
    assert water(CENTRAL, "2024") == 9_999
    # The city's own figures carry no such mark, and are of another run.
    whole = desk.figure("city", "2025", WATER)
    assert (whole.reasons, whole.exact) == ((), sc.total("120", 2025, sc.COUNTED_2025))
    assert whole.receipt.partition("/")[0] != rows[WATER].receipt.partition("/")[0]


def test_the_receipt_of_a_body_outside_the_count(city, tmp_path) -> None:
    found = desk.figure(CENTRAL, "2025", "energy_total_tce")
    shown = receipts.view(found.receipt)
    assert (shown.figure.value, shown.figure.reasons) == (Fraction("60.221"), ("outside_count",))
    assert receipts.replay(found.receipt).equal
    assert shown.shares == {"typed": 100}
    export_receipt(found.receipt, tmp_path / "out")
    inputs = (tmp_path / "out/inputs.csv").read_text("utf-8-sig")
    assert {line.split(",")[0] for line in inputs.splitlines()[2:]} == {"CE-01"}
    run = found.receipt.partition("/")[0]
    for other in ("city", "area:500103", "line:L-500103"):  # the run is of bodies outside the count only
        with pytest.raises(receipts.UnknownReceiptError):
            receipts.view(f"{run}/{other}/{WATER}")


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "不计入任何合计"), ("en", "no total holds these figures")]
)
def test_the_command_says_so(city, lang: str, words: str) -> None:
    for scope, told in ((CENTRAL, True), ("city", False)):
        asked = ("--scope", scope, "--period", "2025", "--indicator", WATER)
        said = jieyue(city.path, "figures", *asked, as_json=False, lang=lang)
        assert said.code == DONE
        assert (words in said.stdout + said.stderr) is told


def test_the_change_of_a_body_outside_the_count_is_between_its_own_figures(city) -> None:
    """9,999 m³ in 2024, 9,000 m³ in 2025, one institution that reported both."""
    found = change(CENTRAL, WATER, "2024", "2025")
    assert (found.then, found.now, found.institutions) == (9_999, 9_000, 1)
    assert found.like_for_like == (9_999, 9_000)
    assert weighted_completeness(CENTRAL, "2025", indicator=WATER) == 1


def test_a_method_that_counts_everybody_has_no_such_mark(city) -> None:
    choice = replace(MethodChoice.of_plan(home_plan()), count_outside=True)
    rows = {row.scope: row for row in figures_by(choice, [CENTRAL, "city"], "2025", indicators=[WATER])}
    everybody = [*sc.COUNTED_2025, "CE-01", "CE-02"]
    assert rows["city"].exact == sc.total("120", 2025, everybody)
    assert (rows[CENTRAL].exact, rows[CENTRAL].reasons, rows[CENTRAL].status) == (9_000, (), "final")


def test_a_hospital_of_the_city_in_a_district(city) -> None:
    """HO-01 stands in 500104 and reports to the city's health department: area and line are two answers."""
    assert water(DADUKOU, "2025") == sc.total("120", 2025, ["OR-02", "HO-01", "HO-02", "NE-01"])
    assert water("line:L-500104", "2025") == sc.total("120", 2025, ["OR-02", "HO-02", "NE-01"])
    assert water("line:L-M-HEALTH", "2025") == sc.total("120", 2025, ["HO-01"])


def test_a_departments_line_lies_inside_its_district(city) -> None:
    inner = ["SC-01", "SC-02", "MG-01"]
    assert water("line:L-500103-EDU", "2025") == sc.total("120", 2025, inner)
    assert water("line:L-500103", "2025") == sc.total("120", 2025, [*inner, "OR-01", "CL-01", "NU-01"])


@pytest.mark.parametrize("period", ["2024", "2025", "2026-01..2026-10"])
def test_the_trees_agree_or_name_the_institutions_that_differ(city, period: str) -> None:
    """Every tree's top parts sum to the whole, to the last digit, but for institutions that stand nowhere in it."""
    additive = ["energy_total_tce", "energy_vehicle_tce", WATER, "co2_total_t", "institutions", "persons"]
    whole = {row.indicator: row.exact for row in figures(["city"], period, indicators=additive)}
    outside = {
        tree: {f.data["institution"] for f in check_facts(period) if f.data.get("tree") == tree}
        for tree in ("area", "department", "type", "line")
    }
    assert outside == {"area": set(), "department": {"OR-01"}, "type": set(), "line": set()}
    for tree, away in outside.items():
        tops = [info.scope for info in scopes(period, tree) if info.parent_scope == "city"]
        tops = [scope for scope in tops if scope != CENTRAL]  # it has figures, but not in the whole
        parts = figures(tops, period, indicators=additive)
        apart = figures(sorted(away), period, indicators=additive) if away else []
        at_root = figures(["JB-01", "JB-02"], period, indicators=additive) if tree == "line" else []
        for indicator, value in whole.items():
            rows = [row.exact for row in (*parts, *apart, *at_root) if row.indicator == indicator]
            assert sum((number for number in rows if number is not None), Fraction()) == value, (
                tree,
                indicator,
            )


def test_a_transfer_of_today_leaves_the_past_as_it_was(own_city) -> None:
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.registry.services.transfer import transfer

    before = water(DADUKOU, "2025"), water(YUZHONG, "2025")
    transfer(by_code(["HO-02"])["HO-02"], "area", "500103", day=date(2026, 3, 1), actor="tests")
    assert (water(DADUKOU, "2025"), water(YUZHONG, "2025")) == before
    assert water(DADUKOU, "2025", "2026-03-01") == before[0] - 16_000
    assert water(YUZHONG, "2025", "2026-03-01") == before[1] + 16_000
