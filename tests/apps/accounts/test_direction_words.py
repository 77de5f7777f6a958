"""A change is said in the same words on a page and in a paper: the direction is a word, the number has no sign."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts.direction_words import in_percent
from jieyue.apps.papers.content import Kind, Number, Status
from jieyue.apps.papers.numbers import change_said


def _number(share: str) -> Number:
    value = Fraction(share) * 100
    return Number("", "%", "yoy(energy_total_tce)", "city", "2026", value, "r", Status.FINAL, Kind.DERIVED)


@pytest.mark.parametrize(
    ("share", "zh", "en", "paper"),
    [
        ("-0.1042", "下降 10.4%", "down 10.4%", "同比下降10.4%"),
        ("0.17797", "上升 17.8%", "up 17.8%", "同比上升17.8%"),
        ("-0.0005", "持平", "level", "同比持平（变动0.0%）"),
        ("0.0006", "上升 0.1%", "up 0.1%", "同比上升0.1%"),
    ],
)
def test_a_page_and_a_paper_say_a_change_alike(share: str, zh: str, en: str, paper: str) -> None:
    assert in_percent(Fraction(share)) == (zh, en)
    assert "".join(part.said for part in change_said("同比", _number(share))) == paper
