"""An institution among its peers: bands of ten or more, widened and said so, never another's number."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts.peers import Pools, band
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.registry.queries import by_code
from tests.apps.accounts import desk

POWER = "electricity_per_area_kwh_m2"
#: Offices of one group of regions: twelve small ones of 100 m² and twelve large ones of 1,000 m², n kWh/m² each; in
#: between twelve of 500 m². In another group three small ones. Nine schools, one of them silent.
SIZES = {"S": 100, "M": 500, "L": 1_000}


def people() -> list[tuple[str, str, str, int, int]]:
    rows = [
        (f"{size}{n:02d}", "01", "500103", area, n * area)
        for size, area in SIZES.items()
        for n in range(1, 13)
    ]
    rows += [(f"F{n:02d}", "01", "500101", 100, 100 * (20 + n)) for n in range(1, 4)]
    return rows + [(f"E{n:02d}", "021", "500103", 100, 100 * n) for n in range(1, 10)]


@pytest.fixture(scope="module")
def offices(sqlite_home):
    with sqlite_home() as home:
        rows = people()
        desk.register(
            [
                {
                    "code": code,
                    "name": code,
                    "type": kind,
                    "region": region,
                    "reporting_parent": f"L-{region}",
                    "valid_from": "2015-01-01",
                }
                for code, kind, region, _, _ in rows
            ]
        )
        desk.publish(
            {
                (code, "2024"): {"110": str(power), "102": str(area), "103": "10"}
                for code, _, _, area, power in rows
                if code != "E09"
            }
        )
        yield home


def of(code: str, indicator: str = POWER):
    found = band(run_for("2024"), by_code([code], None)[code], indicator)
    assert found is not None
    return found


def test_of_one_type_size_and_group_of_regions(offices) -> None:
    """Small offices of the group: 1 … 12 kWh/m²; h of P20 = 2.2 → 3.2, of P50 = 5.5 → 6.5, of P80 = 8.8 → 9.8."""
    found = of("S03")
    assert (found.level, found.n, found.own) == ("type_size_region", 12, 3)
    assert found.quantiles == {
        20: Fraction("3.2"),
        25: Fraction("3.75"),
        50: Fraction("6.5"),
        75: Fraction("9.25"),
        80: Fraction("9.8"),
    }
    assert found.percentile == Fraction(100 * 5, 24)  # two lower, and half of itself, of twelve
    assert of("L12").percentile == Fraction(100 * 23, 24)


def test_fewer_than_ten_are_widened_and_it_is_said(offices) -> None:
    """Three small offices of the other regions stand among the fifteen small ones of all."""
    found = of("F01")
    assert (found.level, found.n, found.own) == ("type_size", 15, 21)
    assert found.percentile == Fraction(100 * 25, 30)
    # h of P50 = 7 is a place itself: the mean of its neighbours 7 and 9, not the eighth's own number.
    assert found.quantiles[50] == 8
    assert len(found.quantiles) == 5


def test_a_type_of_fewer_than_ten_has_no_band(offices) -> None:
    found = of("E02")
    assert (found.level, found.n, found.quantiles, found.own, found.percentile) == ("", 0, {}, 2, None)
    silent = of("E09")
    assert (silent.quantiles, silent.own) == ({}, None)


def test_what_is_missing_is_no_zero_among_peers(offices) -> None:
    assert of("S03", "water_per_person_m3").quantiles == {}


def test_no_band_holds_a_members_own_number_or_name(offices) -> None:
    from jieyue.apps.accounts.peer_frame import peer_frame

    frame = peer_frame(run_for("2024"))
    assert frame is not None
    pools = Pools(frame)
    numbers = {value for value in frame.values(POWER) if value is not None}
    for code in ("S03", "M05", "L12"):
        found = pools.band(by_code([code], None)[code], POWER)
        assert not set(found.quantiles.values()) & numbers
        assert not hasattr(found, "members")


def test_stored_once_and_not_computed_while_somebody_waits(own_city, monkeypatch) -> None:
    plan = run_for("2025")
    number = by_code(["SC-01"], None)["SC-01"]
    assert band(plan, number, POWER, compute=False) is None
    first = band(plan, number, POWER)
    monkeypatch.setattr("jieyue.apps.accounts.peer_frame.compute_peers", None)
    assert band(plan, number, POWER, compute=False) == first
    assert band(run_for("2024"), 999, POWER, compute=False) is None
