"""Printed totals: the figure where nobody filed, beside the institutions' own where somebody did, never added."""

from fractions import Fraction

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.queries import declared_figures
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

PRINTED = {"110": "1000000", "120": "123456", "102": "200000", "103": "10000"}
ENERGY = Fraction(1_000_000) * Fraction("0.1229") / 1000


def test_beside_the_institutions_and_never_added(own_city) -> None:
    desk.publish({("city", "2025"): PRINTED, ("area:500103", "2025"): PRINTED | {"110": "250000"}})
    found = desk.figure("city", "2025", "energy_total_tce")
    assert desk.value("city", "2025", "water_total_m3") == 94_482  # as without the printed total
    assert found.origin == "typed"
    beside = {row.scope: row for row in declared_figures("2025", indicators=["energy_total_tce"])}
    assert set(beside) == {"declared:city", "declared:area:500103"}
    city = beside["declared:city"]
    assert (city.exact, city.origin, city.status) == (ENERGY, "declared", "final")
    assert beside["declared:area:500103"].exact == ENERGY / 4
    # Each has a receipt of its own, which says so and comes out again.
    assert city.receipt.endswith("/declared:city/energy_total_tce")
    assert receipts.view(city.receipt).behind.sources == {"declared": 1}
    assert receipts.replay(city.receipt).equal


def test_shown_where_no_institution_has_facts(own_city) -> None:
    """2023: nobody filed. The city's printed total is its figure; the districts below stay missing."""
    desk.publish({("city", "2023"): PRINTED})
    found = desk.figure("city", "2023", "energy_total_tce")
    assert (found.exact, found.origin, found.status, found.completeness) == (
        ENERGY,
        "declared",
        "final",
        None,
    )
    assert desk.value("city", "2023", "evidence_share_declared") == 100
    assert desk.value("city", "2023", "water_per_person_m3") == Fraction(123_456, 10_000)
    assert desk.figure("area:500103", "2023", "energy_total_tce").status == "missing"
    # One institution's return for that year, and the printed total stands beside.
    desk.publish({("SC-01", "2023"): {"110": "90000", "120": "8000"}})
    after = desk.figure("city", "2023", "energy_total_tce")
    assert (after.exact, after.origin) == (Fraction(90_000) * Fraction("0.1229") / 1000, "typed")
    assert declared_figures("2023", indicators=["energy_total_tce"])[0].exact == ENERGY


def test_at_a_district_it_is_not_the_citys(own_city) -> None:
    desk.publish({("area:500103", "2023"): PRINTED})
    assert desk.value("area:500103", "2023", "energy_total_tce") == ENERGY
    assert desk.value("city", "2023", "energy_total_tce") is None


def test_it_speaks_of_its_own_period_only(own_city) -> None:
    desk.publish({("city", "2023-01"): PRINTED})
    assert desk.value("city", "2023-01", "energy_total_tce") == ENERGY
    assert desk.value("city", "2023", "energy_total_tce") is None
    assert desk.value("city", "2023-Q1", "energy_total_tce") is None


def test_parts_that_are_not_printed_stay_missing(own_city) -> None:
    desk.publish({("city", "2023"): {"110": "1000000"}})
    assert desk.value("city", "2023", "energy_total_tce") == ENERGY
    for indicator in ("water_total_m3", "energy_per_area_kgce_m2", "energy_per_person_kgce", "floor_area_m2"):
        assert desk.figure("city", "2023", indicator).status == "missing"


def test_the_institutions_of_a_city_with_a_printed_total_are_counted(own_city) -> None:
    desk.publish({("city", "2023"): PRINTED})
    in_being = [who for who in sc._PLACES if who not in ("CE-01", "CE-02", "NE-01")]
    assert desk.value("city", "2023", "institutions") == len(in_being)
