"""Standard coal, CO2 and indicators against numbers worked out by hand from the plan's printed ones."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.catalog.loader import load_catalog
from jieyue.domain.account_form import account_form
from jieyue.domain.carbon import Bought, EmissionFactors, inventory
from jieyue.domain.exact import Exact, total
from jieyue.domain.indicators import AccountMethod, compute, indicator_codes
from jieyue.domain.rounding import display
from jieyue.domain.sums import Sums, add, stack

# Chongqing 2020, 10^4 tce by carrier (plan section 1) and the survey's coefficients.
TCE = {"110": "71.54", "130": "2.29", "140": "21.67", "150": "7.75", "160": "1.01", "180": "0.012"}
KGCE = {
    "electricity": Fraction("0.1229"),
    "raw_coal": Fraction("0.7143"),
    "natural_gas": Fraction("1.33"),
    "petrol": Fraction("1.0741"),
    "diesel": Fraction("1.2385"),
    "other": Fraction(1000),
    "lpg": Fraction("1.7143"),
    "heat": Fraction("34.12"),
}
CARRIER = {
    "110": "electricity",
    "130": "raw_coal",
    "140": "natural_gas",
    "150": "petrol",
    "160": "diesel",
    "180": "other",
}
CO2_SHARES = {
    "electricity": "80.05",
    "raw_coal": "1.95",
    "natural_gas": "11.79",
    "petrol": "5.46",
    "diesel": "0.74",
    "other": "0.01",
}


def plan_quantity(code: str) -> Fraction:
    """Physical quantity in the item's unit: 10^4 tce / coefficient (coal in t, the carrier in kg)."""
    kg = Fraction(TCE[code]) * 10_000 * 1000 / KGCE[CARRIER[code]]
    return kg / 1000 if code == "130" else kg


def fixed(value: Fraction) -> int:
    return round(value * 10_000)


def column(*values: int) -> np.ndarray:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def plan_sums() -> Sums:
    area, persons = Fraction("8282.19") * 10_000, Fraction("535.37") * 10_000
    columns = {"n_e": column(1), "n_w": column(1), "expected": column(12), "present": column(12)}
    for group in "eap":
        columns[f"present_{group}"] = column(12)
        for code in TCE:
            columns[f"{group}_{code}"] = column(fixed(plan_quantity(code)))
    columns |= {f"k_{code}": column(1) for code in TCE}
    water = column(fixed(Fraction("12542.58") * 10_000))
    columns |= {"w_120": water, "x_120": water, "present_w": column(12), "present_x": column(12)}
    columns["a_floor_area_days"] = column(fixed(area) * 366)
    columns["p_persons_days"] = columns["x_persons_days"] = column(fixed(persons) * 366)
    return Sums(("city",), columns)


def plan_method(factors: EmissionFactors | None = None, boundary: str = "all_oil") -> AccountMethod:
    form = account_form("NY201", load_catalog().items("NY201"))
    declared = EmissionFactors(
        "tco2_per_tce",
        {
            c: Fraction(s) / 100 * Fraction("293.77") / Fraction(TCE[k])
            for k, c in CARRIER.items()
            for s in [CO2_SHARES[c]]
        },
    )
    return AccountMethod(form, KGCE, factors or declared, boundary, 366)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("indicator", "decimals", "printed"),
    [
        ("energy_total_tce", 0, "1042720"),
        ("energy_building_tce", 0, "955120"),  # 104.272 - 7.75 - 1.01
        ("energy_vehicle_tce", 0, "87600"),
        ("energy_per_person_kgce", 2, "194.77"),
        ("energy_per_area_kgce_m2", 2, "11.53"),
        ("energy_total_per_area_kgce_m2", 2, "12.59"),
        ("water_per_person_m3", 2, "23.43"),
        ("co2_total_t", 0, "2937700"),
        ("co2_per_area_kg_m2", 2, "35.47"),
        ("co2_share_electricity", 2, "80.05"),
        ("energy_share_diesel", 2, "0.97"),
    ],
)
def test_the_plans_2020_figures(indicator: str, decimals: int, printed: str) -> None:
    found = compute(plan_sums(), plan_method(), [indicator])[indicator].values[0]
    assert found is not None
    assert display(found, decimals) == printed


@pytest.mark.parametrize(("grid", "printed"), [("0.4743", "336.6"), ("0.5227", "364.8"), ("0.5581", "385.4")])
def test_the_same_quantities_under_jst_303(grid: str, printed: str) -> None:
    """domain.md 3.3: 336.6, 364.8, 385.4 x 10^4 t; `other` has no factor there and makes it provisional."""
    factors = EmissionFactors(
        "kgco2",
        {
            "electricity": Fraction(grid),
            "raw_coal": Fraction("2.174"),
            "natural_gas": Fraction("2.184"),
            "petrol": Fraction("2.179"),
            "diesel": Fraction("2.718"),
        },
    )
    found = compute(plan_sums(), plan_method(factors), ["co2_total_t"])["co2_total_t"]
    assert found.values[0] is not None
    assert display(found.values[0] / 10_000, 1) == printed
    assert found.reasons == {"carrier_without_factor:other": [True]}


def test_official_vehicles_leaves_only_the_fuel_of_vehicles_out() -> None:
    sums = plan_sums()
    sums.columns["e_1501"] = column(fixed(Fraction(1_000_000)))  # type: ignore[index]
    found = compute(sums, plan_method(boundary="official_vehicles"), ["energy_vehicle_tce"])
    assert found["energy_vehicle_tce"].values == [Fraction(1_000_000) * Fraction("1.0741") / 1000]


def test_missing_is_missing_and_never_zero() -> None:
    empty = Sums(("a",), {"expected": column(12)})
    for code, found in compute(empty, plan_method(), indicator_codes(plan_method().form)).items():
        if code in ("institutions", "completeness"):
            assert found.values == [Fraction(0)]
        else:
            assert found.values == [None], code


def test_half_a_year_in_being_is_half_a_denominator() -> None:
    sums = plan_sums()
    whole = compute(sums, plan_method(), ["energy_per_person_kgce"])["energy_per_person_kgce"].values[0]
    sums.columns["p_persons_days"] = column(fixed(Fraction("535.37") * 10_000) * 183)  # type: ignore[index]
    half = compute(sums, plan_method(), ["energy_per_person_kgce"])["energy_per_person_kgce"].values[0]
    assert whole is not None
    assert half == 2 * whole


def test_resold_power_is_taken_out_and_a_negative_rest_is_named() -> None:
    factors = EmissionFactors("kgco2", {"electricity": Fraction("0.5")})
    found = inventory(
        {"electricity": Exact([100, 10])},
        factors,
        kgce={},
        bought=Bought(resold_electricity=Exact([40, 40]), green_market=Exact([20, 0])),
        length=2,
    )
    assert found.total_t.fractions() == [Fraction(30, 1000), Fraction(-15, 1000)]
    assert found.negative == ("electricity",)
    assert found.green_power_t.fractions() == [Fraction(10, 1000), Fraction(0)]


def test_a_set_per_tce_serves_unnamed_carriers_by_other() -> None:
    factors = EmissionFactors("tco2_per_tce", {"other": Fraction(2)})
    found = inventory({"lpg": Exact([1000])}, factors, kgce={"lpg": Fraction("1.7143")})
    assert found.total_t.fractions() == [Fraction("3.4286")]


numbers = st.integers(min_value=0, max_value=10**15)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_additivity(rows: list[tuple[int, int, int]]) -> None:
    """The account of a sum is the sum of the accounts, to the last digit."""
    parts = [
        Sums(
            (f"n{i}",),
            {
                "n_e": column(1),
                **{
                    f"e_{code}": column(value) for code, value in zip(("110", "140", "150"), row, strict=True)
                },
            },
        )
        for i, row in enumerate(rows)
    ]
    codes = ["energy_total_tce", "energy_building_tce", "co2_total_t", "co2_direct_t", "co2_indirect_t"]
    apart = compute(stack(parts), plan_method(), codes)
    whole = compute(add(parts, "city"), plan_method(), codes)
    for code in codes:
        assert sum(v for v in apart[code].values if v is not None) == whole[code].values[0]


@given(st.lists(st.fractions(max_denominator=500), min_size=1, max_size=8))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_exact_columns_agree_with_fractions(values: list[Fraction]) -> None:
    columns = [Exact([v.numerator], v.denominator) for v in values]
    assert total(columns, 1).fractions() == [sum(values, Fraction(0))]
