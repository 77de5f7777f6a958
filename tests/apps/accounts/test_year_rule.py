"""A year is the approved yearly return, else the sum of its months, never both; what is missing stays missing."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.checks import check_facts
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.set_unit import set_unit
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc


def power(scope: str, period: str) -> Fraction | None:
    """Electricity [kWh] worked back from its indirect CO2 under the guide of 2026 with 1.0 kg/kWh."""
    choice = {"factor_set": "jst-303-2026", "electricity_factor": "1.0"}
    found = desk.value(scope, period, "co2_electricity_t", choice=choice)
    return None if found is None else found * 1000


@pytest.mark.parametrize(
    ("who", "kwh"),
    [
        ("SC-01", 101_000),  # the year's return
        ("SC-02", 12 * 2_500 + 78),  # all twelve months
        ("OR-01", 50_000),  # both were filed: the year's, and not 100,478
        ("CL-01", 6 * 1_100 + 21),  # closed on 1 July: six months are all it was in being
        ("MG-01", 3 * 1_400 + 6),  # merged on 1 April
        ("NE-01", 6 * 3_000 + 57),  # founded on 1 July
        ("GA-01", None),  # May is missing: no year
        ("SI-01", None),
        ("ME-01", None),  # reported in the compound's return
        ("CE-01", 490_000),  # outside the count, but a figure of its own
    ],
)
def test_the_year_of_one_institution(city, who: str, kwh: int | None) -> None:
    assert power(who, "2025") == kwh
    if kwh is None:
        assert desk.figure(who, "2025", "energy_total_tce").status == "missing"


def test_the_group_sums_the_complete_ones(city) -> None:
    assert power("city", "2025") == sc.total("110", 2025, sc.COUNTED_2025) == 900_062
    assert desk.value("city", "2025", "water_total_m3") == sc.total("120", 2025, sc.COUNTED_2025)
    everything = [sc.year_of(who, 2025) for who in sc.COUNTED_2025]
    lpg, heat = Fraction(700) * Fraction("1.7143"), Fraction(500) * Fraction("34.12")
    by_hand = sum(
        number * desk.KGCE[code]
        for cells in everything
        for code, number in cells.items()
        if code in desk.KGCE
    )
    assert heat == 500 * desk.KGCE["170"]
    assert desk.value("city", "2025", "energy_total_tce") == (by_hand + lpg) / 1000


def test_who_is_not_in_the_sum_is_listed_and_it_is_provisional(city) -> None:
    found = desk.figure("city", "2025", "energy_total_tce")
    assert found.status == "provisional"
    # Owed: 11 institutions a whole year, 6 + 3 + 6 months of those who were closed, merged, founded. Behind the
    # figure: all but SI-01's and GA-01's.
    assert Fraction(found.completeness).limit_denominator(1000) == Fraction(123, 147)
    shown = receipts.view(found.receipt).behind
    assert {row.institution: row.why for row in shown.left_out} == {
        "SI-01": "no_return",
        "GA-01": "months_missing",
    }
    assert shown.missing == {"months_missing": 1, "no_return": 1}
    assert shown.twice == (("ME-02", "2025"),)


def test_a_running_year_is_asked_for_by_its_months(city) -> None:
    """January to October: 10 × 9,000 + 55 and 10 × 2,600 + 55; the year itself is not there yet."""
    assert power("SC-01", "2026-01..2026-10") == 90_055
    assert power("city", "2026-01..2026-10") == 90_055 + 26_055
    assert power("SC-01", "2026") is None
    assert power("SC-01", "2026-01..2026-11") is None
    found = desk.figure("line:L-500103-EDU", "2026-01..2026-10", "energy_total_tce")
    assert (found.status, found.completeness) == ("final", "1")
    # Of the district's line four owe ten months each, two have them.
    assert desk.value("line:L-500103", "2026-01..2026-10", "completeness") == Fraction(2, 5)


def test_a_month_and_a_quarter(city) -> None:
    assert power("SC-02", "2025-03") == 2_503
    assert power("SC-02", "2025-Q1") == 3 * 2_500 + 6
    assert power("GA-01", "2025-Q1") == 3 * 2_000 + 6
    assert power("GA-01", "2025-Q2") is None
    assert power("CL-01", "2025-Q3") is None
    assert power("SC-01", "2025-Q1") is None  # it files the year only


def test_year_and_months_that_differ_beyond_rounding_are_a_finding(city) -> None:
    found = [f for f in check_facts("2025") if f.code == "year_months_differ"]
    by_item = {f.column: f for f in found}
    assert {f.data["institution"] for f in found} == {"OR-01"}  # HO-01's 2 kWh are twelve months' rounding
    assert set(by_item) == {"110"}  # 1,998 m³ of water against 2,000 is rounding too
    power_says = by_item["110"]
    assert (power_says.value, power_says.data["months"], power_says.data["difference"]) == (
        "50000",
        "50478",
        "478",
    )
    assert "478" in power_says.message_zh
    assert power_says.severity == "warning"


def test_rooms_and_heating_are_of_which_and_never_added(own_city) -> None:
    with_them = desk.value("HO-01", "2025", "energy_total_tce")
    assert power("HO-01", "2025") == 400_000  # not 470,000 and not 500,000
    cells = sc.year_of("HO-01", 2025)
    assert with_them == desk.tce({code: str(number) for code, number in cells.items()})
    desk.publish({("HO-01", "2025"): {"320": "99000", "340": "9000"}}, form="NY203", restate="更正")
    assert desk.value("HO-01", "2025", "energy_total_tce") == with_them


def test_a_members_own_return_is_not_counted_again_and_is_a_finding(city) -> None:
    assert power("line:L-500104", "2025") == sc.total("110", 2025, ["OR-02", "HO-02", "NE-01"])
    assert desk.value("ME-02", "2025", "energy_total_tce") is None
    (found,) = [f for f in check_facts("2025") if f.code == "member_return_not_counted"]
    assert (found.data["institution"], found.data["period"]) == ("ME-02", "2025")


def test_a_member_counts_for_the_months_before_it_joined(own_city) -> None:
    """JB-01 files January to March for itself and joins JB-02's return in April; its later months count there."""
    ids = by_code(["JB-01", "JB-02"])
    set_unit(ids["JB-01"], ids["JB-02"], date(2026, 4, 1), actor="tests")
    months = [f"2026-{month:02d}" for month in range(1, 7)]
    desk.publish(
        {("JB-01", month): {"110": "100", "120": "10", "102": "3600", "103": "36"} for month in months}
    )
    desk.publish(
        {("JB-02", month): {"110": "500", "120": "50", "102": "7300", "103": "73"} for month in months}
    )
    half = "2026-01..2026-06"
    assert power("JB-01", half) == 300
    assert power("JB-02", half) == 3_000
    area = f"area:{sc.NEW_DISTRICT}"
    assert power(area, half) == 3_300
    assert desk.value(area, half, "completeness") == 1
    twice = {f.data["period"] for f in check_facts(half) if f.code == "member_return_not_counted"}
    assert twice == {"2026-04", "2026-05", "2026-06"}
    # 181 days; its own area stands for the 90 days before it joined, JB-02's for all.
    per_area = desk.value(area, half, "electricity_per_area_kwh_m2")
    assert per_area == Fraction(3_300) / (Fraction(3_600 * 90, 181) + 7_300)
