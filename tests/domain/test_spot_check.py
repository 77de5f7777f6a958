"""The sample of a spot check: drawn again with nothing but the list, in proportion to risk, and its score."""

import hashlib
import math
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from jieyue.catalog.spot_check import spot_rows
from jieyue.catalog.strict import CatalogError
from jieyue.domain.spot_check import Known, Looked, Member, draw, frame_digest, score, weight_of

SHARE = Decimal("0.05")
FRAME = [Member(f"S{n:03}", "AB"[n % 2], Decimal(1 + n % 7)) for n in range(90)]


def by_hand(seed: str, weighted: bool, stratum: str, number: int) -> list[str]:
    """As somebody with the list and a calculator does it."""
    keys = []
    for one in FRAME:
        if one.stratum == stratum:
            high = int(hashlib.sha256(f"{seed}\n{one.code}".encode()).hexdigest(), 16)
            key = -math.log((2 * high + 1) / 2**257) / (float(one.weight) if weighted else 1)
            keys.append((key, one.code))
    return [code for _, code in sorted(keys)[:number]]


@pytest.mark.parametrize("method", ["random", "risk"])
def test_anybody_draws_the_same_from_list_and_seed(method: str) -> None:
    drawn = [one.code for one in draw("2026 年抽查", reversed(FRAME), SHARE, method)]
    weighted = method == "risk"
    assert drawn == [  # 5 % of 45 is 2.25: three of each stratum
        *by_hand("2026 年抽查", weighted, "A", 3),
        *by_hand("2026 年抽查", weighted, "B", 3),
    ]
    assert drawn != [one.code for one in draw("another", FRAME, SHARE, method)]


def test_every_stratum_gives_one_at_least_and_no_share_is_below_five_percent() -> None:
    frame = [Member("x", "small"), *(Member(f"y{n}", "large") for n in range(40))]
    assert Counter(one.stratum for one in draw("s", frame, SHARE, "random")) == {"small": 1, "large": 2}
    for share in ("0.0499", "1.01"):
        with pytest.raises(ValueError, match="share"):
            draw("s", frame, Decimal(share), "random")
    with pytest.raises(ValueError, match="weight"):
        draw("s", [Member("x", "a", Decimal(0))], SHARE, "risk")


def test_the_first_drawn_is_so_likely_as_it_is_heavy() -> None:
    """One of weight 3 beside one of weight 1 comes first in 3/4 of 4,000 seeds (4 standard errors: 0.027)."""
    pair = [Member("heavy", "s", Decimal(3)), Member("light", "s")]
    for method, expected in (("risk", 0.75), ("random", 0.5)):
        first = Counter(draw(str(n), pair, SHARE, method)[0].code for n in range(4000))
        assert abs(first["heavy"] / 4000 - expected) < 0.032


def test_the_digest_is_of_the_list_in_order_of_codes() -> None:
    pair = [Member("b", "s", Decimal("2.5000")), Member("a", "s")]
    text = '[["a","s","1"],["b","s","2.5000"]]'
    assert frame_digest(pair) == hashlib.sha256(text.encode()).hexdigest()


def test_weights_are_data_of_the_product_until_the_authority_says_its_own(tmp_path: Path) -> None:
    rows = spot_rows()
    assert {row.verified for row in rows.values()} == {"no"}
    plain = {key: row.value for key, row in rows.items()}
    assert weight_of(Known(), plain) == 1
    assert weight_of(Known(errors=1, open=1, explained=2), plain) == 1 + 4 + 3 + 2
    assert weight_of(Known(errors=9), plain) == 13  # 36 counts as 12
    own = tmp_path / "own.csv"
    head = "key,value,unit,official,source,document,verified,note_zh,note_en\n"
    own.write_text(head + "late,9,1,no,,,no,,\nitem:110,5,1,no,,,no,,\n", encoding="utf-8")
    mine = {key: row.value for key, row in spot_rows(own).items()}
    assert weight_of(Known(late=True), mine) == 10
    for wrong in ("latter,1", "late,x", "min_share,0.01", "base,0", "late,-1"):
        own.write_text(head + f"{wrong},1,no,,,no,,\n", encoding="utf-8")
        with pytest.raises(CatalogError):
            spot_rows(own)


def test_the_score_is_the_weighted_share_of_cells_that_agree() -> None:
    weights = {"item_weight": Decimal(1), "item:110": Decimal(2)}
    cells = [
        Looked("110", Decimal("101"), Decimal(100)),  # 1 % off: agrees
        Looked("120", Decimal("101.01"), Decimal(100)),  # more: not
        Looked("130", None, None),  # none reported, none found
        Looked("140", Decimal(0), None),  # a number where the papers show none
    ]
    made = score(cells, Decimal("0.01"), weights)
    assert (made.cells, made.agreeing, made.value) == (4, 2, Decimal("0.6000"))  # (2 + 1) ÷ (2 + 1 + 1 + 1)
    assert score([], Decimal("0.01"), weights).value is None
