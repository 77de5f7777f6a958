"""How complete a figure is, what its numbers rest on, and what the factor set does not know."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.due import weighted_completeness
from jieyue.apps.accounts.queries import all_institutions
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import by_code
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import CellColumns
from jieyue.apps.returns.services.publish_returns import publish_returns
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc


def test_plain_completeness(city) -> None:
    """2025: eleven institutions owe twelve months, three owe 6 + 3 + 6; eleven of GA-01's and none of SI-01's came."""
    assert desk.value("city", "2025", "completeness") == Fraction(134, 147)
    assert desk.value("area:500104", "2025", "completeness") == Fraction(12 + 12 + 12 + 6, 12 * 4 + 6)
    assert desk.value("GA-01", "2025", "completeness") == Fraction(11, 12)
    assert desk.figure("SI-01", "2025", "completeness").exact == 0  # known, and none
    assert desk.value("ME-01", "2025", "completeness") is None  # owes nothing


def test_weighted_by_last_years_value(city) -> None:
    """2024's electricity [MWh] of those that owe 2025; SI-01's 33 are missing and a twelfth of GA-01's 26."""
    mwh = {
        who: sc.year_of(who, 2024).get("110", Fraction()) / 1000
        for who in sc.IN_BEING_2025
        if who not in sc.UNIT
    }
    mwh |= {who: sc.year_of(who, 2024)["110"] / 1000 for who in ("CL-01", "MG-01")}
    whole = sum(mwh.values())
    assert whole == 841  # HO-02 and NE-01 have no last year: no weight
    # By energy: add HO-01's 88,000 m³ of gas and JB-02's 12.5 t of coal.
    tce = {who: number * Fraction("0.1229") for who, number in mwh.items()}
    tce["HO-01"] += 88_000 * Fraction("1.33") / 1000
    tce["JB-02"] += Fraction("12.5") * Fraction("0.7143")
    missing = tce["SI-01"] + tce["GA-01"] / 12
    assert weighted_completeness("city", "2025") == 1 - missing / sum(tce.values())
    water = {who: sc.year_of(who, 2024).get("120", Fraction()) for who in mwh}
    lost = water["SI-01"] + water["GA-01"] / 12
    found = weighted_completeness("city", "2025", indicator="water_total_m3")
    assert found == 1 - lost / sum(water.values())
    assert weighted_completeness("line:L-500103-EDU", "2025") == 1
    assert weighted_completeness("city", "2024") is None  # nobody filed 2023


@pytest.mark.parametrize(
    ("scope", "period", "status"),
    [
        ("line:L-500103-EDU", "2025", "final"),  # 12 + 12 + 3 of 27
        ("area:500103", "2025", "provisional"),  # without GA-01: 60 of 72
        ("SI-01", "2025", "missing"),
        ("city", "2023", "missing"),
        ("line:L-M-HEALTH", "2025", "final"),
    ],
)
def test_status(city, scope: str, period: str, status: str) -> None:
    assert home_catalog().threshold("completeness_final").value == Fraction(95, 100)
    found = desk.figure(scope, period, "water_total_m3")
    assert found.status == status
    assert (found.value is None) == (found.display is None) == (status == "missing")


def test_not_used_is_a_third_state(city) -> None:
    """NU-01 says that it uses no coal: a share of zero; GA-01 says nothing of coal: no share; neither has a price."""
    assert desk.value("NU-01", "2025", "energy_share_raw_coal") == 0
    assert desk.value("NU-01", "2025", "energy_total_tce") == 8_100 * Fraction("0.1229") / 1000
    assert desk.figure("NU-01", "2025", "energy_total_tce").status == "final"
    # The same whether it is asked for alone or with all others.
    rows = all_institutions("2025", indicators=["energy_share_raw_coal"])
    shares = {row.scope: row.exact for row in rows}
    assert (shares["institution:NU-01"], shares["institution:SC-02"]) == (0, None)
    assert desk.figure("SC-02", "2025", "energy_share_raw_coal").status == "missing"
    assert desk.figure("NU-01", "2025", "unit_price_raw_coal").status == "missing"


def test_an_item_known_in_some_months_only_is_not_a_year(own_city) -> None:
    """SC-02 states gas in three of twelve months: its energy has no year; its water has."""
    months = {("SC-02", f"2025-{month:02d}"): {"140": "100"} for month in (1, 2, 3)}
    desk.publish(months)
    assert desk.figure("SC-02", "2025", "energy_total_tce").status == "missing"
    assert desk.value("SC-02", "2025", "water_total_m3") == 3_078
    shown = receipts.view(desk.figure("line:L-500103-EDU", "2025", "energy_total_tce").receipt).behind
    assert [(row.institution, row.why) for row in shown.left_out] == [("SC-02", "item_missing")]


def test_evidence_shares_by_origin(own_city) -> None:
    """Metered 4,000 kWh, billed 3,000, typed 2,000, estimated 1,000, and 100 m³ of gas typed."""
    import numpy as np

    ids = by_code(["SC-01", "SC-02", "OR-01", "GA-01"])
    values = np.array([[4_000, 0], [3_000, 0], [2_000, 100], [1_000, 0]], dtype=np.int64) * 10_000
    origins = np.array([[1, 0], [2, 0], [3, 3], [4, 9]], dtype=np.uint8)
    batch = ReturnsBatch(
        "NY201",
        [ids[who] for who in ("SC-01", "SC-02", "OR-01", "GA-01")],
        ["2023"] * 4,
        CellColumns(("110", "140"), values, origins),
    )
    publish_returns([batch], actor="tests")
    kgce = {origin: kwh * Fraction("0.1229") for origin, kwh in zip(
        ("metered", "billed", "typed", "estimated"), (4_000, 3_000, 2_000, 1_000), strict=True)}  # fmt: skip
    kgce["typed"] += 100 * Fraction("1.33")
    whole = sum(kgce.values())
    for origin, part in kgce.items():
        assert desk.value("city", "2023", f"evidence_share_{origin}") == part / whole * 100
    assert desk.value("city", "2023", "evidence_share_declared") == 0
    assert desk.figure("city", "2023", "energy_total_tce").origin == "mixed"
    assert desk.figure("SC-01", "2023", "energy_total_tce").origin == "metered"


def test_a_carrier_that_the_set_lacks_is_said_and_never_zero(city) -> None:
    """JS/T 303 has nothing for other energy: OR-02's 1.5 tce. The plan's set takes `other` for gas bottles and heat."""
    choice = {"factor_set": "jst-303-2026", "electricity_factor": "2023"}
    bad = desk.figure("OR-02", "2025", "co2_total_t", choice=choice)
    assert (bad.status, bad.reasons) == ("provisional", ("carrier_without_factor:other",))
    assert bad.exact == Fraction(80_000) * Fraction("0.5581") / 1000
    assert desk.value("OR-02", "2025", "co2_share_other", choice=choice) is None
    good = desk.figure("HO-02", "2025", "co2_total_t", choice=choice)
    assert (good.status, good.reasons) == ("final", ())
    own = desk.figure("HO-01", "2025", "co2_total_t")
    assert own.status == "final"
    heat = 500 * Fraction("34.12") / 1000 * desk.T_PER_TCE["180"]
    assert desk.value("HO-01", "2025", "co2_heat_t") == heat


@pytest.mark.parametrize(
    ("period", "label", "factor", "says"),
    [
        ("2024", "2023", "0.5581", "latest earlier"),
        ("2025", "2023", "0.5581", "latest earlier"),
        ("2026-01..2026-10", "2023", "0.5581", "latest earlier"),
    ],
)
def test_the_electricity_factor_of_a_year_not_published_yet(city, period, label, factor, says) -> None:
    choice = {"factor_set": "jst-303-2026", "electricity_factor": "of-year"}
    found = desk.figure("SC-02" if period != "2024" else "SI-01", period, "co2_electricity_t", choice=choice)
    kwh = {"2024": 33_000, "2025": 30_078, "2026-01..2026-10": 26_055}[period]
    assert found.exact == Fraction(kwh) * Fraction(factor) / 1000
    assert found.factor_set == f"jst-303-2026@{label}"
    (note,) = receipts.view(found.receipt).notes
    assert says in note["en"]
    assert factor in note["zh"]
    assert f"{period[:4]}年的因子未公布" in note["zh"]
    # Asked for by its year it is the same number, and its receipt says that it was asked for.
    asked = desk.figure(
        found.scope, period, "co2_electricity_t", choice=choice | {"electricity_factor": label}
    )
    assert asked.exact == found.exact
    assert "as asked" in receipts.view(asked.receipt).notes[0]["en"]
    assert "as asked" not in receipts.view(found.receipt).notes[0]["en"]


def test_before_the_first_published_year_the_earliest_later_one_is_taken(own_city) -> None:
    desk.publish({("SC-01", "2019"): {"110": "1000"}, ("SC-01", "2022"): {"110": "1000"}})
    choice = {"factor_set": "jst-303-2026"}  # another set without a factor: the published one of the year
    early, there = (desk.figure("SC-01", year, "co2_total_t", choice=choice) for year in ("2019", "2022"))
    assert (early.exact, early.factor_set) == (Fraction("0.4743"), "jst-303-2026@2021")
    assert (there.exact, there.factor_set) == (Fraction("0.5227"), "jst-303-2026@2022")
    assert "earliest later" in receipts.view(early.receipt).notes[0]["en"]
    assert receipts.view(there.receipt).notes[0]["en"].endswith("the factor published for 2022")


def test_resold_and_green_power(own_city) -> None:
    """10,000 kWh bought, 1,000 resold, 500 by a direct link, 2,000 green from the market, 300 into cars."""
    cells = {
        "110": "10000", "x_resold_kwh": "1000", "x_green_direct_kwh": "500", "x_green_market_kwh": "2000",
        "x_charging_kwh": "300",
    }  # fmt: skip
    desk.publish({("SC-01", "2023"): cells})
    choice = {"factor_set": "jst-303-2026", "electricity_factor": "2023"}
    kg = Fraction("0.5581")
    assert desk.value("SC-01", "2023", "co2_total_t", choice=choice) == 8_500 * kg / 1000
    assert desk.value("SC-01", "2023", "co2_indirect_t", choice=choice) == 8_500 * kg / 1000
    assert desk.value("SC-01", "2023", "co2_direct_t", choice=choice) == 0
    assert desk.value("SC-01", "2023", "co2_green_power_t", choice=choice) == 2_000 * kg / 1000
    assert desk.value("SC-01", "2023", "co2_vehicle_charging_t", choice=choice) == 300 * kg / 1000
    desk.publish({("SC-01", "2023"): {"x_resold_kwh": "12000"}}, restate="更正")
    assert desk.figure("SC-01", "2023", "co2_total_t", choice=choice).reasons == ("negative_net:electricity",)
