"""Changes in words: the direction comes from the sign, below the last digit is none, a part is not compared."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.papers import words
from jieyue.apps.papers.monthly import pairs_table
from jieyue.apps.papers.numbers import change_said, joined, on_year, points, points_said

ROW = FigureRow("energy_share_electricity", "city", "2026-10", "1", "1", "%", "standard_coal", "s", "all_oil", "1",
                "typed", "final", "r/city/x", exact=Fraction(1))  # fmt: skip


def row(value: str | None, status: str = "final") -> FigureRow:
    return replace(ROW, exact=None if value is None else Fraction(value), status=status)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (row("102"), row("100"), "同比上升2.0%"),
        (row("96.75"), row("100"), "同比下降3.2%"),  # 3.25, half to even
        (row("100.04"), row("100"), "同比持平（变动0.0%）"),
        (row("5"), row("0"), "同比无可比基数"),
        (row("5"), row(None, "missing"), "同比无可比基数"),
        (row(None, "missing"), row("5"), "同比本期缺数"),
        (row("40", "provisional"), row("100"), "同比不计算"),
        (row("100"), row("40", "provisional"), "同比基数不全"),
    ],
)
def test_the_direction_is_a_word(now: FigureRow, then: FigureRow, said: str) -> None:
    assert "".join(part.said for part in joined(change_said("同比", on_year(now, then)))) == said


def test_shares_change_in_points() -> None:
    assert "".join(part.said for part in points_said(points(row("68.9"), row("71.8")))) == "下降2.9个百分点"
    assert points(row("68.9", "provisional"), row("71.8")).value is None


def test_the_words_of_a_status_stand_in_one_place() -> None:
    files = sorted(Path(words.__file__).parent.rglob("*.py"))
    assert [file.name for file in files if '"终值"' in file.read_text(encoding="utf-8")] == ["words.py"]


def test_a_carrier_that_is_not_used_has_no_price_and_is_not_called_unreported() -> None:
    def of(code: str, value: str | None) -> FigureRow:
        return replace(row(value, "missing" if value is None else "final"), indicator=code)

    shares = [(of("energy_share_natural_gas", "0"), of("energy_share_natural_gas", "3"))]
    prices = [
        (of("unit_price_natural_gas", None), of("unit_price_natural_gas", "3")),
        (of("unit_price_electricity", None), of("unit_price_electricity", "3")),
    ]
    block = pairs_table(1, "单价", prices, "单价", in_points=False, shares=shares)
    gas, power = ([cell[0].said for cell in cells[2:]] for cells in block.rows)
    assert (gas[0], gas[2]) == ("不使用", "本期不使用")
    assert (power[0], power[2]) == ("未报", "本期缺数")
