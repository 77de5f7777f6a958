"""`jieyue spotcheck draw|list|show` as a person types them, on the desk's institutions."""

import hashlib
import json
import math
from collections import defaultdict
from pathlib import Path

from tests.cli.command import DONE, REFUSED, jieyue


def test_a_sample_is_drawn_listed_and_drawn_again_by_hand(home: Path) -> None:
    """G files inside A's return: six institutions owe July 2025."""
    said = jieyue(home, "spotcheck", "draw", "--period", "2025-07", "--seed", "2026", "--share", "0.3")
    assert said.code == DONE, said.stderr
    assert said.document["frame_size"] == 6
    (listed,) = jieyue(home, "spotcheck", "list").document
    assert listed == said.document
    shown = jieyue(home, "spotcheck", "show", said.document["id"]).document
    text = json.dumps(shown["frame"], ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == shown["frame_digest"]
    strata = defaultdict(list)
    for code, stratum, weight in shown["frame"]:
        high = int(hashlib.sha256(f"2026\n{code}".encode()).hexdigest(), 16)
        strata[stratum].append((-math.log((2 * high + 1) / 2**257) / float(weight), code))
    expected = [
        code for name in sorted(strata) for _, code in sorted(strata[name])[: -(-3 * len(strata[name]) // 10)]
    ]
    assert [one["institution"] for one in shown["items"]] == expected


def test_strata_by_type_give_each_type_its_share_and_are_drawn_again_by_hand(home: Path) -> None:
    """Types of who owes July 2025 (desk.py): what is in a stratum, how many are drawn and whom, worked out here."""
    words = ("--period", "2025-07", "--seed", "2026", "--share", "0.5", "--strata", "type")
    said = jieyue(home, "spotcheck", "draw", *words)
    assert said.code == DONE, said.stderr
    assert said.document["strata"] == "type"
    shown = jieyue(home, "spotcheck", "show", said.document["id"]).document
    by_hand = {"city/01": ["D"], "city/021": ["A", "E"], "city/022": ["C", "F"], "city/023": ["B"]}
    strata = defaultdict(list)
    for code, stratum, weight in shown["frame"]:
        high = int(hashlib.sha256(f"2026\n{code}".encode()).hexdigest(), 16)
        strata[stratum].append((-math.log((2 * high + 1) / 2**257) / float(weight), code))
    assert {name: sorted(code for _, code in found) for name, found in strata.items()} == by_hand
    expected = [
        code for name in sorted(strata) for _, code in sorted(strata[name])[: -(-len(strata[name]) // 2)]
    ]
    assert [one["institution"] for one in shown["items"]] == expected
    assert {(one["stratum"], one["type"]) for one in shown["items"]} == {
        tuple(name.split("/")) for name in strata
    }
    (city,) = jieyue(home, "spotcheck", "coverage", "--year", "2025").document
    assert city["drawn"] == len(expected), "a body counts its own whatever the strata are"


def test_too_small_a_share_an_unknown_body_and_number_are_refused(home: Path) -> None:
    for words in (
        ("--share", "0.04"),
        ("--body", "NO"),
        ("--method", "all"),
        ("--strata", "size"),
        ("--form", "NY301"),
    ):
        said = jieyue(home, "spotcheck", "draw", "--period", "2025-07", *words)
        assert said.code == REFUSED, words
    assert jieyue(home, "spotcheck", "show", 9).code == REFUSED
    assert jieyue(home, "spotcheck", "list").document == []


def test_a_year_counts_who_was_looked_at_once(home: Path) -> None:
    """Nobody opened the year: the registry of its last day says who owes. Drawing is not looking."""
    said = jieyue(home, "spotcheck", "coverage", "--year", "2025")
    assert said.code == REFUSED
    (city,) = said.document
    assert city == {"body": "city", "institutions": 6, "drawn": 0, "looked": 0, "needed": 1, "met": False}
    for month in ("2025-07", "2025-08"):
        jieyue(home, "spotcheck", "draw", "--period", month, "--seed", "2026", "--share", "1")
    (city,) = jieyue(home, "spotcheck", "coverage", "--year", "2025").document
    assert (city["drawn"], city["looked"], city["met"]) == (6, 0, False)
    (before,) = jieyue(home, "spotcheck", "coverage", "--year", "2024").document
    assert (before["institutions"], before["drawn"]) == (5, 0)
    assert jieyue(home, "spotcheck", "coverage", "--year", "2025", "--form", "NY301").code == REFUSED
