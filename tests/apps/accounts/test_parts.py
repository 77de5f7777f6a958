"""What a receipt says a figure is put together from: quantities by carrier, worked out by hand and all adding up."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.parts import parts_of
from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication.rules import home_catalog
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

KGCE = {code: Fraction(value) for code, value in desk.KGCE.items()}
#: Counts, and a ratio of an observed to an expected figure, are no sums of items.
NO_PARTS = {"institutions", "completeness", "floor_area_m2", "persons", "vehicles", "energy_per_area_ratio"}


def parts(scope: str, period: str, indicator: str, **more):
    return receipts.view(desk.figure(scope, period, indicator, **more).receipt).parts


def test_a_schools_energy_by_carrier(city) -> None:
    """SC-01 of 2025: 101,000 kWh x 0.1229 = 12,412.9 kgce, 3,000 l of petrol and 900 l of diesel."""
    found = parts("SC-01", "2025", "energy_total_tce")
    shown = [(line.name_en, line.quantity, line.unit, line.factor, line.factor_unit) for line in found.above]
    assert shown == [
        ("Electricity", 101_000, "kWh", Fraction("0.1229"), "kgce/kWh"),
        ("Petrol", 3_000, "L", KGCE["150"], "kgce/L"),
        ("Diesel", 900, "L", KGCE["160"], "kgce/L"),
    ]
    assert found.above[0].amount == Fraction("12.4129")
    assert {line.amount_unit for line in found.above} == {"tce"}
    assert found.below == ()


def test_an_intensity_says_what_it_is_divided_by(city) -> None:
    """MG-01 was there for 90 of 365 days with 4,000 m2 and 3 months of 1,401 to 1,403 kWh."""
    found = parts("MG-01", "2025", "electricity_per_area_kwh_m2")
    (above,), (below,) = found.above, found.below
    assert (above.quantity, above.unit, above.factor) == (1_401 + 1_402 + 1_403, "kWh", None)
    assert (below.quantity, below.unit) == (Fraction(4_003 * 90, 365), "m2")


def test_coal_is_in_the_unit_of_the_return_and_electricity_has_its_factor(city) -> None:
    """JB-02 burnt 10 t: 714.3 kgce a tonne. Electricity x the set's factor per tce."""
    coal = next(p for p in parts("JB-02", "2025", "energy_total_tce").above if p.item == "NY201:130")
    assert (coal.quantity, coal.unit, coal.factor, coal.factor_unit) == (10, "t", KGCE["130"], "kgce/t")
    assert coal.amount == Fraction("7.143")
    power = parts("JB-02", "2025", "co2_electricity_t").above[0]
    assert power.factor == Fraction("0.1229") * desk.T_PER_TCE["110"]
    assert (power.factor_unit, power.amount_unit) == ("kgCO2/kWh", "tCO2")


def test_the_citys_quantities_are_the_sums_of_the_returns(city) -> None:
    found = {p.item: p for p in parts("city", "2025", "energy_total_tce").above}
    for code in ("110", "130", "140", "150", "160", "170", "180"):
        line = found.get(f"NY201:{code}")
        assert (line.quantity if line else 0) == sc.total(code, 2025, sc.COUNTED_2025), code
    assert found["NY201:110"].name_zh == "电力"


@pytest.mark.parametrize("period", ["2025", "2026-01..2026-10"])
def test_every_figure_that_is_a_sum_of_items_has_its_parts(city, period: str) -> None:
    """Parts are given only if they add up to the figure exactly; so none may be missing where there is a number."""
    catalog, with_parts = home_catalog(), set()
    for row in figures(["city", "area:500103", "line:L-CENTRAL"], period):
        _id, plan, part, figure = receipts.find(row.receipt)
        found = parts_of(plan, part, figure, catalog.indicator(row.indicator), catalog)
        assert (found is None) == (row.exact is None or row.indicator in NO_PARTS), row.receipt
        if found is not None:
            with_parts.add(row.indicator)
            total = sum((line.amount for line in found.above), Fraction())
            divisor = sum((line.amount for line in found.below), Fraction()) if found.below else 1
            thousand = catalog.indicator(row.indicator).unit.startswith("kg")
            scale = 1000 if thousand else 100 if row.unit == "%" else 1
            assert total * scale / divisor == row.exact, row.receipt
    assert len(with_parts) > 15


def test_a_missing_figure_and_a_count_have_none(city) -> None:
    assert parts("SI-01", "2025", "energy_total_tce") is None
    assert parts("city", "2025", "institutions") is None


def test_a_printed_total_has_its_own(own_city) -> None:
    from jieyue.apps.accounts.queries import declared_figures

    desk.publish({("city", "2020"): {"110": "1000000", "120": "500"}})
    (row,) = declared_figures("2020", indicators=["energy_total_tce"])
    (line,) = receipts.view(row.receipt).parts.above
    assert (line.quantity, line.amount) == (1_000_000, Fraction("122.9"))


def test_the_json_of_a_receipt_has_them_as_exact_texts(city) -> None:
    document = receipts.view(desk.figure("SC-01", "2025", "energy_total_tce").receipt).as_dict()
    first = document["parts"]["above"][0]
    assert (first["quantity"], first["factor"], first["amount"]) == ("101000", "0.1229", "12.4129")
