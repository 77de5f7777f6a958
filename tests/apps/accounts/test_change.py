"""Change as reported and like for like, and restatements: every effect by hand, and all of them sum exactly."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.accounts.changes import ChangeOfError, change
from jieyue.apps.accounts.restatements import NotTheSameFigureError, restatement
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.set_unit import set_unit
from jieyue.apps.registry.services.transfer import transfer
from jieyue.domain.change import Effect
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

#: Reported whole years in both.
SAME = ["SC-01", "SC-02", "OR-01", "OR-02", "HO-01", "JB-01", "JB-02", "NU-01"]
THEN_2024 = [*SAME, "CL-01", "MG-01", "SI-01", "GA-01"]


def test_water_of_the_city_by_hand(city) -> None:
    found = change("city", "water_total_m3", "2024", "2025")
    assert (found.then, found.now, found.total) == (80_200, 94_482, 14_282)
    assert found.split is not None
    assert found.split.effects == {
        Effect.LIKE_FOR_LIKE: 1_000 - 22 + 100 + 100 - 500 - 50 + 100 + 10,
        Effect.ENTRIES: 1_257,  # NE-01
        Effect.EXITS: (321 - 600) + (366 - 1_500),  # CL-01, MG-01
        Effect.MISSING: -1_200 - 1_100,  # SI-01 and GA-01: not a saving
        Effect.APPEARED: 16_000,  # HO-02: not a growth
        Effect.MOVED_IN: 0,
        Effect.MOVED_OUT: 0,
        Effect.NONE: 0,
    }
    assert found.split.counts[Effect.LIKE_FOR_LIKE] == found.institutions == len(SAME)
    assert found.like_for_like == (75_800, 76_538)
    # As reported + 17.8 %; of those that reported both times + 1.0 %.
    assert found.relative.value == Fraction(14_282, 80_200)
    assert found.like_for_like_relative.value == Fraction(738, 75_800)


@pytest.mark.parametrize(
    "scope", ["city", "area:500103", "department:D-GOV", "type:021", "line:L-500104", "GA-01"]
)
@pytest.mark.parametrize("indicator", ["energy_total_tce", "co2_total_t"])
def test_the_effects_sum_to_the_change_as_reported(city, scope: str, indicator: str) -> None:
    found = change(scope, indicator, "2024", "2025")
    assert found.split is not None
    assert sum(found.split.effects.values()) == (found.now or 0) - (found.then or 0)
    assert (found.split.then, found.split.now) == (found.then or 0, found.now or 0)
    assert found.parts == tuple(desk.figure(scope, period, indicator).receipt for period in ("2024", "2025"))


def test_what_the_change_of_regions_moved_is_no_change_of_use(city) -> None:
    new = change(f"area:{sc.NEW_DISTRICT}", "water_total_m3", "2024", "2025")
    old = change("area:500105", "water_total_m3", "2024", "2025")
    assert new.split.effects[Effect.MOVED_IN] == new.split.total == 8_050
    assert old.split.effects[Effect.MOVED_OUT] == old.split.total == -8_000
    assert (new.relative.reason, old.now) == ("no_base", None)
    on_today = change(f"area:{sc.NEW_DISTRICT}", "water_total_m3", "2024", "2025", boundaries="now")
    assert (on_today.then, on_today.now, on_today.like_for_like) == (8_000, 8_050, (8_000, 8_050))


def test_a_return_that_did_not_come_is_no_saving(own_city) -> None:
    """The same year with and without JB-02's return: the like-for-like change of the others stays."""
    desk.publish({("JB-02", "2025"): {"120": "清空"}}, restate="撤回")
    found = change("city", "water_total_m3", "2024", "2025")
    assert found.split.effects[Effect.MISSING] == -1_200 - 1_100 - 7_000
    assert found.split.effects[Effect.LIKE_FOR_LIKE] == 738 - 100
    assert found.like_for_like == (75_800 - 7_000, 76_538 - 7_100)


def test_who_is_reported_in_anothers_return_from_now_on_is_not_missing(own_city) -> None:
    ids = by_code(["NU-01", "SC-01"])
    set_unit(ids["NU-01"], ids["SC-01"], date(2025, 1, 1), actor="tests")
    found = change("city", "water_total_m3", "2024", "2025")
    assert found.split.effects[Effect.MISSING] == -1_200 - 1_100
    assert found.split.effects[Effect.MOVED_OUT] == -300
    assert sum(found.split.effects.values()) == found.total


def test_an_intensity_like_for_like(city) -> None:
    """m³ a person over the same eight institutions; what is left is who is in the sum."""
    persons = {2024: 6_500, 2025: 6_750}  # NU-01's 150 from the registry in both
    found = change("city", "water_per_person_m3", "2024", "2025")
    assert found.split is None
    assert found.like_for_like == (Fraction(75_800, persons[2024]), Fraction(76_538, persons[2025]))
    then, now = found.like_for_like
    assert found.total == (now - then) + found.composition
    assert found.then == desk.value("city", "2024", "water_per_person_m3")
    assert found.now == desk.value("city", "2025", "water_per_person_m3")


def test_counts_and_shares_have_no_like_for_like(city) -> None:
    for indicator in ("completeness", "evidence_share_typed", "institutions"):
        with pytest.raises(ChangeOfError):
            change("city", indicator, "2024", "2025")


def test_a_restatement_by_hand(own_city) -> None:
    """Data: SC-01 used 10,000 kWh more. Factor: the guide of 2026 at 0.5581. Boundary: HO-02 comes to the district.
    Method: nothing of CO2 hangs on the vehicle boundary."""
    old = desk.figure("area:500103", "2025", "co2_total_t").receipt
    desk.publish({("SC-01", "2025"): {"110": "111000"}}, restate="抄错")
    transfer(by_code(["HO-02"])["HO-02"], "area", "500103", day=date(2026, 3, 1), actor="tests")
    choice = {
        "factor_set": "jst-303-2026",
        "electricity_factor": "2023",
        "vehicle_boundary": "official_vehicles",
    }
    new = desk.figure("area:500103", "2025", "co2_total_t", choice=choice, boundaries="2026-03-01").receipt
    found = restatement(old, new).bridge

    own = ["SC-01", "SC-02", "OR-01", "CL-01", "MG-01", "NU-01"]
    cells = [{code: str(number) for code, number in sc.year_of(who, 2025).items()} for who in own]
    before = sum((desk.declared_co2(each) for each in cells), Fraction())
    more = 10_000 * Fraction("0.1229") / 1000 * desk.T_PER_TCE["110"]
    kg = {**desk.JST, "110": Fraction("0.5581")}
    guide = sum(
        (Fraction(each[code]) * kg[code] for each in cells for code in kg if code in each), Fraction()
    )
    guide = (guide + 10_000 * kg["110"]) / 1000
    hospital = (120_000 * kg["110"] + 700 * Fraction("3.166")) / 1000
    assert (found.old, found.data) == (before, more)
    assert found.factor == guide - before - more
    assert found.boundary == hospital
    assert found.method == 0
    assert (
        found.new == found.old + found.data + found.factor + found.boundary + found.method == guide + hospital
    )


def test_a_vehicle_boundary_is_an_effect_of_method(city) -> None:
    old = desk.figure("SC-01", "2025", "energy_building_tce").receipt
    choice = {"vehicle_boundary": "official_vehicles"}
    new = desk.figure("SC-01", "2025", "energy_building_tce", choice=choice).receipt
    found = restatement(old, new).bridge
    assert found.method == (600 * Fraction("1.0741") + 100 * Fraction("1.2385")) / 1000
    assert (found.data, found.factor, found.boundary) == (0, 0, 0)
    assert found.new - found.old == found.method
    with pytest.raises(NotTheSameFigureError):
        restatement(old, desk.figure("SC-01", "2024", "energy_building_tce").receipt)
