"""A stock that is whole is shown without the zeros of its places; what stands in one column lines up."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts.queries import FigureRow
from jieyue.web.numbers import Sheet, figure_cell


def row(indicator: str, display: str, exact: str, scope: str = "city") -> FigureRow:
    """A figure of the year."""
    return FigureRow(indicator, scope, "2025", exact, display, "m2", "stock", "", "", None, None,
                     "final", "r", exact=Fraction(exact))  # fmt: skip


@pytest.mark.parametrize(
    ("indicator", "display", "exact", "text"),
    [
        ("floor_area_m2", "95001392.00", "95001392", "95,001,392"),
        ("floor_area_m2", "95001392.50", "190002785/2", "95,001,392.50"),
        (
            "floor_area_m2",
            "95001392.00",
            "95001392001/1000",
            "95,001,392.00",
        ),  # rounded, and said so by its places
        ("persons", "16685", "16685", "16,685"),
        ("energy_total_tce", "95.00", "95", "95.00"),  # a sum keeps the places of its indicator
    ],
)
def test_only_a_whole_stock_is_without_its_places(
    indicator: str, display: str, exact: str, text: str, empty_city: object
) -> None:
    assert figure_cell(row(indicator, display, exact)).text == text


def test_one_with_a_fraction_keeps_the_places_of_its_column(empty_city: object) -> None:
    rows = [row("floor_area_m2", "7.00", "7", "line:a"), row("floor_area_m2", "7.50", "15/2", "line:b")]
    sheet = Sheet({(one.scope, one.indicator): one for one in rows})
    assert [sheet.cell(one.scope, one.indicator).text for one in rows] == ["7.00", "7.50"]
