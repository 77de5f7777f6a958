"""Dated stays in regions around the change of 6 November 2025, worked out by hand."""

from datetime import date

import pytest

from jieyue.sample.facts import load_facts
from jieyue.sample.geography import Stay, line_of, stays
from jieyue.sample.model import OPEN_END

CHANGE, BEGIN = date(2025, 11, 6), date(2010, 1, 1)
NEW, BEIBEI = "cq-liangjiang-district", "500109"


@pytest.mark.parametrize(
    ("home", "share", "target"),
    [
        ("500105", 0, NEW),  # the whole of Jiangbei
        ("500105", 9_999, NEW),
        ("500112", 1_199, BEIBEI),  # the northern towns of Yubei
        ("500112", 1_200, NEW),
        ("500109", 1_499, NEW),  # five streets and towns of Beibei
        ("cq-liangjiang-zone", 5_000, NEW),  # the zone that ends
    ],
)
def test_who_moves_has_two_stays_that_meet_on_the_day(home: str, share: int, target: str) -> None:
    found = stays(load_facts(), home, share, start=BEGIN, end=OPEN_END)
    assert found == [Stay(home, BEGIN, CHANGE), Stay(target, CHANGE, OPEN_END)]


@pytest.mark.parametrize(("home", "share"), [("500109", 1_500), ("500101", 0), ("cq-gaoxin-zone", 0)])
def test_who_stays_has_one(home: str, share: int) -> None:
    assert stays(load_facts(), home, share, start=BEGIN, end=OPEN_END) == [Stay(home, BEGIN, OPEN_END)]


def test_what_begins_or_ends_on_the_day_never_has_an_empty_stay() -> None:
    facts = load_facts()
    assert stays(facts, "500105", 0, start=BEGIN, end=CHANGE) == [Stay("500105", BEGIN, CHANGE)]
    assert stays(facts, "500105", 0, start=CHANGE, end=OPEN_END) == [Stay(NEW, CHANGE, OPEN_END)]


def test_schools_report_to_a_department_where_the_district_has_one() -> None:
    assert line_of("500103", "EDU") == "L-500103-EDU"
    assert line_of("500103", "SEC") == "L-500103"
    assert line_of("500151", "EDU") == "L-500151"
