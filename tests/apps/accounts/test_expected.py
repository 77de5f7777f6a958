"""Observed ÷ expected: what a district uses against what its types use in the whole, worked out by hand."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts.changes import ChangeOfError, change
from jieyue.apps.accounts.queries import figures
from jieyue.apps.accounts.receipts import replay, view
from tests.apps.accounts import desk

RATIO = "energy_per_area_ratio"
#: district, type, kWh, m² in 2024; electricity alone, so that kWh stand for standard coal.
PEOPLE = {
    "X-OFFICE": ("500103", "01", 100_000, 1_000),
    "X-SCHOOL": ("500103", "021", 50_000, 2_000),
    "Y-OFFICE": ("500104", "01", 300_000, 1_000),
    "Y-SCHOOL": ("500104", "021", 150_000, 2_000),
    "Z-OFFICE": ("500105", "01", 50_000, 1_000),  # in being for half of the year: its area counts 500
    "Y-NOAREA": ("500104", "03", 70_000, None),
}
HALF = "2024-07-02"  # 183 of 366 days
#: Offices: 450,000 kWh on 2,500 m²; schools: 200,000 kWh on 4,000 m².
OFFICE, SCHOOL = Fraction(450_000, 2_500), Fraction(200_000, 4_000)


@pytest.fixture(scope="module")
def city_of_types(sqlite_home):
    with sqlite_home() as home:
        desk.register(
            [
                {
                    "code": code,
                    "name": code,
                    "type": kind,
                    "region": district,
                    "reporting_parent": f"L-{district}",
                    "valid_from": HALF if code == "Z-OFFICE" else "2015-01-01",
                }
                for code, (district, kind, _, _) in PEOPLE.items()
            ]
        )
        desk.publish(
            {
                (code, "2024"): {"110": str(power), **({"102": str(area)} if area else {})}
                for code, (_, _, power, area) in PEOPLE.items()
            }
        )
        yield home


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("city", 1),
        ("area:500103", Fraction(150_000) / (OFFICE * 1_000 + SCHOOL * 2_000)),
        ("area:500104", Fraction(450_000) / (OFFICE * 1_000 + SCHOOL * 2_000)),
        ("line:L-500104", Fraction(450_000) / (OFFICE * 1_000 + SCHOOL * 2_000)),
        ("area:500105", Fraction(50_000) / (OFFICE * 500)),
        ("type:01", 1),
        ("type:021", 1),
        ("type:03", None),
        ("area:500106", None),
    ],
)
def test_by_hand(city_of_types, scope: str, expected: Fraction | None) -> None:
    assert desk.value(scope, "2024", RATIO) == expected


def test_the_sum_of_what_is_expected_is_what_was_used(city_of_types) -> None:
    """Σ observed ÷ ratio over the districts = Σ observed."""
    observed = {"500103": 150_000, "500104": 450_000, "500105": 50_000}
    back = [observed[code] / desk.value(f"area:{code}", "2024", RATIO) for code in observed]
    assert sum(back) == sum(observed.values())


def test_printed_and_receipted(city_of_types) -> None:
    row = desk.figure("area:500103", "2024", RATIO)
    assert (row.display, row.unit, row.status) == ("0.536", "1", "final")  # 15 ÷ 28
    shown = view(row.receipt)
    assert "按类型预期" in shown.formula_zh
    assert shown.behind.stock == "floor_area"
    assert replay(row.receipt).equal
    # Y-NOAREA owes a return and states no area.
    assert desk.figure("area:500104", "2024", RATIO).status == "provisional"
    assert view(desk.figure("area:500104", "2024", RATIO).receipt).behind.missing == {"stock_missing": 1}


def test_of_a_group_only_and_without_a_like_for_like_change(city_of_types) -> None:
    assert RATIO not in {row.indicator for row in figures(["X-OFFICE"], "2024")}
    assert RATIO in {row.indicator for row in figures(["city"], "2024")}
    assert desk.figure("X-OFFICE", "2024", RATIO).status == "missing"
    with pytest.raises(ChangeOfError):
        change("city", RATIO, "2023", "2024")
