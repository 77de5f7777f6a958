"""Stocks: the return's, the last month's, the registry's, and how many days they weigh in an intensity."""

from fractions import Fraction

from jieyue.apps.accounts import receipts
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

#: Area, persons, vehicles at the end of 2025 by the rule. Months grow by one square metre a month.
STOCKS_2025 = {
    "SC-01": (24_000, 1_250, 12),
    "SC-02": (9_012, 500, 4),  # December's, not January's and not the mean
    "OR-01": (6_000, 200, 12),
    "OR-02": (15_000, 600, 30),
    "HO-01": (45_000, 3_000, 25),
    "HO-02": (14_000, 800, 9),
    "JB-01": (5_000, 150, 6),
    "JB-02": (12_000, 900, 5),
    "NE-01": (8_012, 400, 1),
    "SI-01": (4_000, 400, 4),  # from the registry: nothing was filed
    "GA-01": (3_012, 120, 5),
    "NU-01": (1_500, 150, 2),  # from the registry: its return does not say
    "CL-01": (2_006, 60, 3),  # June's; not there at the end
    "MG-01": (4_003, 250, 2),  # March's
}
AT_END = [who for who in STOCKS_2025 if who not in ("CL-01", "MG-01")]


def weighted(place: int, who: list[str]) -> Fraction:
    """A stock over institutions, weighted by days in being ÷ 365."""
    return sum(
        (STOCKS_2025[code][place] * Fraction(sc.DAYS_2025.get(code, 365), 365) for code in who), Fraction()
    )


def test_year_end_stocks_are_of_those_in_being_at_the_end(city) -> None:
    for place, indicator in enumerate(("floor_area_m2", "persons", "vehicles")):
        found = desk.figure("city", "2025", indicator)
        assert found.exact == sum(STOCKS_2025[who][place] for who in AT_END)
        assert (found.completeness, found.status) == ("1", "final")


def test_the_receipt_says_which_source(city) -> None:
    shown = receipts.view(desk.figure("city", "2025", "floor_area_m2").receipt).behind
    assert (shown.stock, shown.sources) == ("floor_area", {"return": 7, "last_part": 3, "registry": 2})
    assert shown.left_out == ()
    one = receipts.view(desk.figure("SC-02", "2025", "energy_per_area_kgce_m2").receipt).behind
    assert one.sources == {"last_part": 1}
    whole = receipts.view(desk.figure("city", "2025", "energy_per_person_kgce").receipt).behind
    # 12 in the figure: eight with a year's return of which NU-01's says no persons, four with months.
    assert (whole.stock, whole.sources) == ("persons", {"return": 7, "last_part": 4, "registry": 1})
    assert receipts.view(desk.figure("city", "2025", "water_total_m3").receipt).behind.stock == ""


def test_members_stocks_in_the_registry_are_never_added(city) -> None:
    """700 + 800 m² of the compound's members stand in the compound's 15,000 already."""
    line = ["OR-02", "HO-02", "NE-01", "SI-01"]
    assert desk.value("line:L-500104", "2025", "floor_area_m2") == sum(STOCKS_2025[who][0] for who in line)
    assert desk.value("ME-01", "2025", "floor_area_m2") is None
    assert desk.value("line:L-500104", "2025", "institutions") == 6  # but they count as institutions


def test_half_a_year_in_being_is_half_a_denominator(city) -> None:
    energy = {
        who: desk.tce({c: str(n) for c, n in sc.year_of(who, 2025).items()}) for who in ("NE-01", "CL-01")
    }
    for who, days in (("NE-01", 184), ("CL-01", 181)):
        area, persons, _ = STOCKS_2025[who]
        share = Fraction(days, 365)
        assert desk.value(who, "2025", "energy_per_area_kgce_m2") == energy[who] * 1000 / (area * share)
        assert desk.value(who, "2025", "energy_per_person_kgce") == energy[who] * 1000 / (persons * share)


def test_intensities_of_the_city(city) -> None:
    """Sum over sum, of the institutions that have both parts; vehicle fuel out per area, in per person and in CO2."""
    both = sc.COUNTED_2025
    cells = {who: {c: str(n) for c, n in sc.year_of(who, 2025).items()} for who in both}
    lpg = 700 * Fraction("1.7143") / 1000  # HO-02
    energy = sum((desk.tce(own) for own in cells.values()), lpg)
    fuel = sum((desk.vehicle_tce(own) for own in cells.values()), Fraction())
    co2 = sum((desk.declared_co2(own) for own in cells.values()), lpg * desk.T_PER_TCE["180"])
    area, persons = weighted(0, both), weighted(1, both)
    assert fuel == (8_000 * Fraction("1.0741") + 900 * Fraction("1.2385")) / 1000
    assert desk.value("city", "2025", "energy_per_area_kgce_m2") == (energy - fuel) * 1000 / area
    assert desk.value("city", "2025", "energy_total_per_area_kgce_m2") == energy * 1000 / area
    assert desk.value("city", "2025", "energy_per_person_kgce") == energy * 1000 / persons
    assert desk.value("city", "2025", "co2_per_area_kg_m2") == co2 * 1000 / area
    assert desk.value("city", "2025", "co2_total_t") == co2
    assert desk.value("city", "2025", "electricity_per_area_kwh_m2") == sc.total("110", 2025, both) / area
    assert desk.value("city", "2025", "water_per_person_m3") == sc.total("120", 2025, both) / persons


def test_the_vehicle_boundary_is_the_plans_or_named(city) -> None:
    """SC-01: petrol 3,000 L of which vehicles 2,400; diesel 900 of which 800."""
    official = {"vehicle_boundary": "official_vehicles"}
    petrol, diesel = Fraction("1.0741"), Fraction("1.2385")
    assert desk.value("SC-01", "2025", "energy_vehicle_tce") == (3_000 * petrol + 900 * diesel) / 1000
    assert desk.value("SC-01", "2025", "energy_vehicle_tce", choice=official) == (
        (2_400 * petrol + 800 * diesel) / 1000
    )
    assert (
        desk.figure("SC-01", "2025", "energy_vehicle_tce", choice=official).vehicle_boundary
        == "official_vehicles"
    )


def test_an_intensity_uses_those_with_both_parts_and_lists_the_rest(own_city) -> None:
    """JB-02 withdraws its area: its energy leaves the intensity, not the total."""
    before = desk.figure("city", "2025", "energy_per_area_kgce_m2")
    total = desk.value("city", "2025", "energy_total_tce")
    desk.publish({("JB-02", "2025"): {"102": "清空"}}, restate="面积有误")
    after = desk.figure("city", "2025", "energy_per_area_kgce_m2")
    energy, area = _parts_of("JB-02")
    assert before.exact is not None
    whole_area = weighted(0, sc.COUNTED_2025)
    assert after.exact == (before.exact * whole_area - energy * 1000) / (whole_area - area)
    assert desk.value("city", "2025", "energy_total_tce") == total
    # 123 of 147 institution-months before, twelve fewer now.
    assert Fraction(after.completeness).limit_denominator(1000) == Fraction(111, 147)
    left = receipts.view(after.receipt).behind.left_out
    assert ("JB-02", "stock_missing") in [(row.institution, row.why) for row in left]


def _parts_of(who: str) -> tuple[Fraction, Fraction]:
    return desk.tce({c: str(n) for c, n in sc.year_of(who, 2025).items()}), Fraction(STOCKS_2025[who][0])


def test_fuel_per_vehicle_is_missing_if_any_part_is(city) -> None:
    """SC-01: (2,400 + 800) ÷ (8 + 2). OR-01 states petrol and petrol cars but no diesel."""
    assert desk.value("SC-01", "2025", "fuel_per_vehicle_l") == 320
    assert desk.value("OR-01", "2025", "fuel_per_vehicle_l") is None
    assert desk.value("city", "2025", "fuel_per_vehicle_l") == 320


def test_money_beside_energy(city) -> None:
    """SC-01 pays 60,600 yuan for 101,000 kWh, JB-01 14,300 for 22,000; only SC-01 says what water costs."""
    assert desk.value("city", "2025", "unit_price_electricity") == Fraction(74_900, 123_000)
    assert desk.value("city", "2025", "energy_cost_yuan") == 74_900
    assert desk.value("city", "2025", "unit_price_water") == Fraction(31_500, 9_000)
    assert desk.value("city", "2025", "unit_price_natural_gas") is None
    assert desk.figure("city", "2025", "unit_price_electricity").unit == "yuan/kWh"
