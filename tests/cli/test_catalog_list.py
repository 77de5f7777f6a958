"""`catalog list` names what ships, plans included."""

import pytest

from tests.cli.command import DONE, jieyue


@pytest.mark.parametrize("word", ["institution_types", "institution-types"])
def test_a_kind_is_named_with_either_dash(word: str) -> None:
    said = jieyue(None, "catalog", "list", word)
    assert said.code == DONE
    # domain: 01; 02 with 021 to 026; 03.
    assert [row["code"] for row in said.document] == [
        "01", "02", "021", "022", "023", "024", "025", "026", "03",
    ]  # fmt: skip


def test_the_plans_that_ship_are_listed() -> None:
    plans = {row["id"]: row for row in jieyue(None, "catalog", "list", "plans").document}
    assert set(plans) == {"chongqing-14fyp", "national-14fyp", "national-15fyp"}
    assert (plans["national-15fyp"]["target_year"], plans["national-15fyp"]["verified"]) == (2030, False)
    # Box 1 of the Chongqing plan has seven indicators.
    assert plans["chongqing-14fyp"]["indicators"] == 7
