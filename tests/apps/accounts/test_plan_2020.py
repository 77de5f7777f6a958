"""The plan's own 2020 aggregate gives the plan's own figures: as declared at the city, and as one institution."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from tests.apps.accounts import desk

#: indicator → what the plan prints, after dividing by the scale and rounding to its digits.
PRINTED = {
    "energy_total_tce": (10_000, "104.27"),
    "energy_building_tce": (10_000, "95.51"),
    "energy_vehicle_tce": (10_000, "8.76"),
    "energy_per_person_kgce": (1, "194.77"),
    "energy_per_area_kgce_m2": (1, "11.53"),
    "energy_total_per_area_kgce_m2": (1, "12.59"),
    "water_total_m3": (10_000, "12542.58"),
    "water_per_person_m3": (1, "23.43"),
    "co2_total_t": (10_000, "293.77"),
    "co2_per_area_kg_m2": (1, "35.47"),
    "energy_share_electricity": (1, "68.61"),
    "energy_share_raw_coal": (1, "2.20"),
    "energy_share_natural_gas": (1, "20.78"),
    "energy_share_petrol": (1, "7.43"),
    "energy_share_diesel": (1, "0.97"),
    "co2_share_electricity": (1, "80.05"),
    "co2_share_raw_coal": (1, "1.95"),
    "co2_share_natural_gas": (1, "11.79"),
    "co2_share_petrol": (1, "5.46"),
    "co2_share_diesel": (1, "0.74"),
    "floor_area_m2": (10_000, "8282.19"),
    "persons": (10_000, "535.37"),
    "vehicles": (10_000, "3.24"),
}
#: The same consumption under JS/T 303-2026: year of the electricity factor → kg/kWh, 10⁴ t.
UNDER_JST = {"2021": ("0.4743", "336.6"), "2022": ("0.5227", "364.8"), "2023": ("0.5581", "385.4")}


@pytest.fixture(scope="module", params=["declared", "institution"])
def place(request, sqlite_home) -> Iterator[tuple[str, str]]:
    """(scope to ask, where the aggregate was put), in a home of its own."""
    with sqlite_home():
        if request.param == "declared":
            desk.publish({("city", "2020"): desk.plan_cells()})
            yield "city", "declared"
        else:
            begin = {
                "type": "01",
                "region": "500103",
                "valid_from": "2015-01-01",
                "reporting_parent": "L-500103",
            }
            desk.register([{"code": "CQ", "name": "全市公共机构", **begin}])
            desk.publish({("CQ", "2020"): desk.plan_cells()})
            yield "CQ", "institution"


def rounded(number, scale: int, like: str) -> str:
    places = len(like.partition(".")[2])
    return f"{Decimal(number.numerator) / number.denominator / scale:.{places}f}"


@pytest.mark.parametrize("indicator", PRINTED)
def test_figures_as_printed(place: tuple[str, str], indicator: str) -> None:
    scale, printed = PRINTED[indicator]
    found = desk.figure(place[0], "2020", indicator)
    assert rounded(found.exact, scale, printed) == printed
    assert (found.status, found.factor_set) == ("final", "chongqing-2020-declared")
    assert found.origin == ("declared" if place[1] == "declared" else "typed")


def test_the_city_is_the_institution(place: tuple[str, str]) -> None:
    """Declared at the node or rolled up from the one institution: the city's figure is the same, to the last digit."""
    for indicator in PRINTED:
        assert desk.value("city", "2020", indicator) == desk.value(place[0], "2020", indicator)


@pytest.mark.parametrize("year", UNDER_JST)
def test_under_the_guide_of_2026(place: tuple[str, str], year: str) -> None:
    factor, total = UNDER_JST[year]
    cells = desk.plan_cells()
    by_hand = (
        sum(Fraction(cells[code]) * kg for code, kg in {**desk.JST, "110": Fraction(factor)}.items()) / 1000
    )
    choice = {"factor_set": "jst-303-2026", "electricity_factor": year}
    found = desk.figure(place[0], "2020", "co2_total_t", choice=choice)
    assert rounded(found.exact, 10_000, total) == total
    assert found.exact == by_hand
    assert found.factor_set == f"jst-303-2026@{year}"
    # Other energy has no factor in that set: said, and never taken as zero emission of a finished figure.
    assert (found.status, found.reasons) == ("provisional", ("carrier_without_factor:other",))
    intensity = desk.value(place[0], "2020", "co2_per_area_kg_m2", choice=choice)
    assert intensity == by_hand * 1000 / 82_821_900


@pytest.mark.parametrize(("factor", "printed"), [("chongqing-plan-implied-2020", "35.5"), ("2023", "46.3")])
def test_the_same_2020_consumption_by_two_electricity_factors(place, factor: str, printed: str) -> None:
    """35.5 kg/m² at 0.404 kg/kWh and 46.3 at 0.5581, all else by the plan's set."""
    found = desk.figure(place[0], "2020", "co2_per_area_kg_m2", choice={"electricity_factor": factor})
    assert rounded(found.exact, 1, printed) == printed
    assert (found.status, found.factor_set) == ("final", f"chongqing-2020-declared@{factor}")


def test_the_aggregate_is_kept_with_its_origin(place: tuple[str, str]) -> None:
    receipt = desk.figure(place[0], "2020", "co2_per_area_kg_m2").receipt
    shown = receipts.view(receipt)
    assert shown.behind.sources == {"declared" if place[1] == "declared" else "return": 1}
    assert receipts.replay(receipt).equal
    share = desk.value(
        place[0], "2020", f"evidence_share_{'declared' if place[1] == 'declared' else 'typed'}"
    )
    assert share == 100
