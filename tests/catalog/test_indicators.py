"""The indicator set: every code of the interface, families spelled out, thresholds."""

from fractions import Fraction

import pytest

from jieyue.catalog import UnknownRuleError, load_catalog
from jieyue.domain.account_form import account_form
from jieyue.domain.indicators import indicator_codes

CATALOG = load_catalog()
CODES = [
    "energy_total_tce",
    "energy_building_tce",
    "energy_vehicle_tce",
    "energy_per_area_kgce_m2",
    "energy_per_person_kgce",
    "energy_total_per_area_kgce_m2",
    "energy_share_electricity",
    "energy_share_raw_coal",
    "energy_share_other",
    "water_total_m3",
    "water_per_person_m3",
    "co2_total_t",
    "co2_direct_t",
    "co2_indirect_t",
    "co2_per_area_kg_m2",
    "co2_per_person_kg",
    "co2_share_natural_gas",
    "electricity_per_area_kwh_m2",
    "energy_cost_yuan",
    "water_cost_yuan",
    "unit_price_electricity",
    "unit_price_water",
    "fuel_per_vehicle_l",
    "institutions",
    "floor_area_m2",
    "persons",
    "vehicles",
    "completeness",
    "evidence_share_metered",
    "evidence_share_declared",
]


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_interface(code: str) -> None:
    found = CATALOG.indicator(code)
    assert found.code == code
    assert "{" not in found.name_zh + found.name_en
    assert CATALOG.unit_symbol(found.unit) or found.unit == "1"


def test_what_is_listed_can_be_computed() -> None:
    """An indicator of the catalog is one that an account gives: none is a name alone."""
    given = indicator_codes(account_form("NY201", CATALOG.items("NY201")))
    families = ("energy_share_", "co2_share_", "unit_price_", "evidence_share_")
    for row in CATALOG.indicators.values():
        family, bracket, _ = row.code.partition("<")
        assert family in (families if bracket else given), row.code


def test_boundaries_of_the_intensities() -> None:
    assert CATALOG.indicator("energy_per_area_kgce_m2").boundary == "building"
    for code in ("energy_per_person_kgce", "co2_per_area_kg_m2", "energy_total_per_area_kgce_m2"):
        assert CATALOG.indicator(code).boundary == "all"


def test_members_of_a_family() -> None:
    share = CATALOG.indicator("energy_share_raw_coal")
    assert (share.name_zh, share.name_en, share.parameter) == (
        "煤炭占能源消费比重",
        "Share of coal in energy",
        "raw_coal",
    )
    assert CATALOG.indicator("unit_price_raw_coal").unit == "yuan/t"
    assert CATALOG.indicator("unit_price_electricity").unit == "yuan/kWh"


@pytest.mark.parametrize(
    "code",
    [
        "energy_share_coal",
        "energy_share_water",
        "energy_share_",
        "energy_share_<carrier>",
        "evidence_share_rumour",
        "x",
    ],
)
def test_what_is_no_indicator(code: str) -> None:
    with pytest.raises(UnknownRuleError):
        CATALOG.indicator(code)


def test_the_printed_decimals_of_the_plan() -> None:
    for code in (
        "energy_per_area_kgce_m2",
        "energy_per_person_kgce",
        "water_per_person_m3",
        "co2_per_area_kg_m2",
    ):
        assert CATALOG.indicator(code).decimals == 2


def test_thresholds() -> None:
    assert CATALOG.threshold("completeness_final").value == Fraction(95, 100)
    with pytest.raises(UnknownRuleError):
        CATALOG.threshold("no_such")
