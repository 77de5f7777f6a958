"""Factor sets against numbers worked out from the documents."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import UnknownRuleError, load_catalog

CATALOG = load_catalog()


def value(set_id: str, carrier: str) -> Fraction:
    factor = CATALOG.factor_set(set_id).factor(carrier)
    assert factor is not None, (set_id, carrier)
    return factor.value


@pytest.mark.parametrize(
    ("carrier", "kgce"),
    [
        ("electricity", "0.1229"),
        ("raw_coal", "0.7143"),
        ("natural_gas", "1.33"),
        ("lpg", "1.7143"),
        ("petrol", "1.0741"),
        ("diesel", "1.2385"),
        ("heat", "34.12"),
        ("other", "1000"),
        ("water", "0"),
    ],
)
def test_survey_standard_coal(carrier: str, kgce: str) -> None:
    assert value("survey-calorific", carrier) == Fraction(kgce)


def test_a_tonne_of_coal_is_714_3_kgce() -> None:
    item = CATALOG.item("NY201:130")
    assert (item.unit, item.carrier_unit) == ("t", "kg")
    assert item.to_carrier_unit is not None
    assert item.to_carrier_unit * value("survey-calorific", "raw_coal") == Fraction("714.3")


@pytest.mark.parametrize(
    ("set_id", "electricity", "gas", "basis"),
    [
        ("quota-db37", "0.31", "1.2143", "equivalent"),
        ("quota-db31-783-2026", "0.28078", "1.29971", "equivalent"),
        ("quota-db31-1341-2021", "0.1229", "1.2143", "calorific"),
    ],
)
def test_quota_sets_replace_two_rows_and_keep_the_rest(
    set_id: str, electricity: str, gas: str, basis: str
) -> None:
    chosen = CATALOG.factor_set(set_id)
    assert chosen.basis == basis
    assert value(set_id, "electricity") == Fraction(electricity)
    assert value(set_id, "natural_gas") == Fraction(gas)
    heat = chosen.factor("heat")
    assert heat is not None
    assert (heat.value, heat.set, heat.verified) == (Fraction("34.12"), set_id, False)


@pytest.mark.parametrize(
    ("carrier", "kgco2"),
    [
        ("raw_coal", "2.174"),
        ("anthracite", "2.429"),
        ("petrol", "2.179"),
        ("diesel", "2.718"),
        ("kerosene", "2.539"),
        ("fuel_oil", "2.978"),
        ("natural_gas", "2.184"),
        ("lpg", "3.166"),
        ("pipeline_gas", "0.6997"),
        ("coke_oven_gas", "0.7984"),
        ("heat", "110"),
    ],
)
def test_jst_303_2026(carrier: str, kgco2: str) -> None:
    assert value("jst-303-2026", carrier) == Fraction(kgco2)


def test_jst_303_has_no_factor_for_electricity_other_and_water() -> None:
    chosen = CATALOG.factor_set("jst-303-2026")
    assert chosen.electricity == "grid"
    assert [chosen.factor(carrier) for carrier in ("electricity", "other", "water")] == [None, None, None]


@pytest.mark.parametrize(
    ("carrier", "exact", "printed"),
    [
        # kJ/unit x tC/GJ x 44/12 x oxidation / 1000 [x kg/L]
        ("natural_gas", Fraction(38931) * Fraction("0.0153") * 44 / 12 * Fraction("0.99") / 1000, "2.1622"),
        ("bituminous", Fraction(19570) * Fraction("0.0261") * 44 / 12 * Fraction("0.93") / 1000, "1.7417"),
        ("raw_coal", Fraction(20908) * Fraction("0.02637") * 44 / 12 * Fraction("0.94") / 1000, "1.9003"),
        ("lpg", Fraction(50179) * Fraction("0.0172") * 44 / 12 * Fraction("0.98") / 1000, "3.1013"),
        (
            "petrol",
            Fraction(43070) * Fraction("0.0189") * 44 / 12 * Fraction("0.98") / 1000 * Fraction("0.73"),
            "2.1353",
        ),
        (
            "diesel",
            Fraction(42652) * Fraction("0.0202") * 44 / 12 * Fraction("0.98") / 1000 * Fraction("0.85"),
            "2.6315",
        ),
        ("heat", Fraction(110), "110.0000"),
    ],
)
def test_ndrc_98_99(carrier: str, exact: Fraction, printed: str) -> None:
    assert value("ndrc-98-99", carrier) == exact
    assert f"{float(exact):.4f}" == printed


@pytest.mark.parametrize(
    ("carrier", "share", "tce", "rounded"),
    [
        ("electricity", "80.05", "71.54", 3.2872),
        ("raw_coal", "1.95", "2.29", 2.5015),
        ("natural_gas", "11.79", "21.67", 1.5983),
        ("petrol", "5.46", "7.75", 2.0697),
        ("diesel", "0.74", "1.01", 2.1524),
        ("other", "0.01", "0.012", 2.4481),
    ],
)
def test_declared_set_keeps_the_rational(carrier: str, share: str, tce: str, rounded: float) -> None:
    found = value("chongqing-2020-declared", carrier)
    assert found == Fraction(share) / 100 * Fraction("293.77") / Fraction(tce)
    assert round(float(found), 4) == rounded


def test_in_the_declared_set_other_serves_every_unnamed_energy_carrier() -> None:
    chosen = CATALOG.factor_set("chongqing-2020-declared")
    assert (chosen.kind, chosen.tce_set) == ("tco2_per_tce", "survey-calorific")
    for carrier in ("lpg", "heat", "kerosene"):
        factor = chosen.factor(carrier)
        assert factor is not None
        assert (factor.carrier, factor.value) == (carrier, value("chongqing-2020-declared", "other"))
    assert chosen.factor("water") is None


def test_the_declared_set_gives_the_plan_its_total_back() -> None:
    tce = {
        "electricity": "71.54",
        "raw_coal": "2.29",
        "natural_gas": "21.67",
        "petrol": "7.75",
        "diesel": "1.01",
    }
    tonnes = sum(
        Fraction(amount) * value("chongqing-2020-declared", carrier) for carrier, amount in tce.items()
    )
    tonnes += Fraction("0.012") * value("chongqing-2020-declared", "other")
    assert tonnes == Fraction("293.77")


def test_what_is_recalled_derived_or_of_one_source_is_unverified() -> None:
    for set_id in ("jst-303-2026", "ndrc-98-99", "chongqing-2020-declared", "quota-db37"):
        assert not any(factor.verified for factor in CATALOG.factor_set(set_id).factors.values()), set_id
    survey = CATALOG.factor_set("survey-calorific").factors
    assert survey["electricity"].verified
    assert not survey["diesel"].verified


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(UnknownRuleError, match="survey-calorific"):
        CATALOG.factor_set("nonsense")


def test_a_new_dated_coefficient_serves_from_its_first_day(layer: Callable[..., Path]) -> None:
    folder = layer(
        coefficients=(
            "coefficient,carrier,quantity,value,unit,valid_from,source,confidence,verified",
            "raw_coal,raw_coal,kgce,0.7000,kgce/kg,2027-01-01,test,low,no",
        )
    )
    catalog = load_catalog(overlay=folder)
    for day, kgce in ((date(2026, 12, 31), "0.7143"), (date(2027, 1, 1), "0.7")):
        factor = catalog.factor_set("survey-calorific", day).factor("raw_coal")
        assert factor is not None
        assert factor.value == Fraction(kgce)


def test_a_region_may_have_a_coefficient_of_its_own(layer: Callable[..., Path]) -> None:
    folder = layer(
        coefficients=(
            "coefficient,carrier,quantity,value,unit,region,source,confidence,verified",
            "raw_coal,raw_coal,kgce,0.6500,kgce/kg,500000,test,low,no",
        )
    )
    catalog = load_catalog(overlay=folder)
    assert catalog.factor_set("survey-calorific").values()["raw_coal"] == Fraction("0.7143")
    assert catalog.factor_set("survey-calorific", region="500000").values()["raw_coal"] == Fraction("0.65")
