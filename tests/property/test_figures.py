"""Figures of generated cities: they add up over each tree, bridge a regional change, and split exactly into effects."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import cities
from tests.property.cities import SUMS, TREES, Place

Fresh = Callable[[], AbstractContextManager[Any]]
NEW_DISTRICT = "cq-liangjiang-district"
#: What the change is shown of, beside the city.
SHOWN = ("water_total_m3", "energy_total_tce", "co2_total_t", "water_per_person_m3")
SCOPES = (f"area:{cities.AREAS[0]}", f"line:{cities.OUTSIDE}")


@given(city=cities.cities())
@settings(max_examples=3)
def test_every_node_of_every_tree_is_the_sum_of_what_hangs_below_it(fresh: Fresh, city: list[Place]) -> None:
    counted = [place for place in city if place.counts]
    with fresh():
        cities.build(city)
        for tree in TREES:
            parents = cities.parents_of(tree, "2024")
            found = cities.printed(list(parents), "2024")
            for indicator in SUMS:
                members = [(f"{tree}:{place.at(tree)}", place.returns["2024"]) for place in counted]
                wanted = cities.plain_sums(members, parents, indicator)
                for scope in parents:
                    # The unit of a central department has figures of its own node, and counts nowhere else.
                    if scope != f"line:{cities.OUTSIDE}":
                        assert (found[scope, indicator] or 0) == wanted.get(scope, 0), (scope, indicator)


def destination(area: str, move: bool) -> str | None:
    """Where an institution of this area is since 6 November 2025; None: where it was."""
    if area == "500105" or (area == "500109" and move):
        return NEW_DISTRICT
    if area == "500112":
        return "500109" if move else NEW_DISTRICT
    return None


@given(city=cities.cities(low=4, high=9), moves=st.lists(st.booleans(), min_size=9, max_size=9))
@settings(max_examples=3)
def test_then_and_now_are_bridged_by_those_who_moved(
    fresh: Fresh, city: list[Place], moves: list[bool]
) -> None:
    """The regional change of November 2025, for the figures of 2024: now − then = moved in − moved out.

    500105 goes whole into the new district; of 500112 some to 500109, the rest to it; of 500109 some to it.
    """
    going = [
        (place, target)
        for place, move in zip(city, moves, strict=False)
        if (target := destination(place.area, move)) is not None
    ]
    with fresh():
        cities.build(city)
        rows = [
            (p.code, f"机构{p.code}", p.type, target, p.department, p.line, "2025-11-06")
            for p, target in going
        ]
        if rows:
            assert cities.bring_institutions(rows).applied
        then_parents = cities.parents_of("area", "2024")
        now_parents = cities.parents_of("area", "2024", boundaries="2026-01-01")
        assert f"area:{NEW_DISTRICT}" in now_parents.keys() - then_parents.keys()
        assert "area:500105" in then_parents.keys() - now_parents.keys()
        then = cities.printed(list(then_parents), "2024", boundaries="then")
        now = cities.printed(list(now_parents), "2024", boundaries="2026-01-01")
        for indicator in SUMS:
            counted = [(place, target) for place, target in going if place.counts]
            out = cities.plain_sums(
                [(f"area:{place.area}", place.returns["2024"]) for place, _ in counted],
                then_parents,
                indicator,
            )
            into = cities.plain_sums(
                [(f"area:{target}", place.returns["2024"]) for place, target in counted],
                now_parents,
                indicator,
            )
            for scope in then_parents.keys() | now_parents.keys():
                change = (now.get((scope, indicator)) or 0) - (then.get((scope, indicator)) or 0)
                assert change == into.get(scope, 0) - out.get(scope, 0), (scope, indicator)
            assert now["city", indicator] == then["city", indicator]


@given(city=cities.cities(periods=("2023", "2024"), low=5, high=10, missing=True))
@settings(max_examples=3)
def test_like_for_like_entries_exits_and_missing_are_the_change(fresh: Fresh, city: list[Place]) -> None:
    """From the figures of single institutions: no saving is made of a return that did not come in."""
    from jieyue.apps.accounts.change_document import documents
    from jieyue.apps.accounts.queries import figures
    from jieyue.domain.change import Effect, Presence, split_change
    from jieyue.domain.quantity import to_fixed

    with fresh():
        assert cities.bring_institutions(cities.institution_rows(city)).applied
        rows = cities.return_rows(city)
        if not rows:
            return
        assert cities.bring_returns(rows).applied
        values: dict[str, list[int]] = {}
        states: dict[str, list[int]] = {}
        for year in ("2023", "2024"):
            found = [figures([place.code], year, indicators=["water_total_m3"]) for place in city]
            exact = [row[0].exact if row else None for row in found]
            values[year] = [0 if value is None else to_fixed(value)[0] for value in exact]
            states[year] = [Presence.MISSING if value is None else Presence.PRESENT for value in exact]
        told = [document for scope in ("city", *SCOPES) for document in documents(scope, "2024", None, SHOWN)]
    split = split_change(
        np.array(values["2023"], dtype=np.int64),
        np.array(values["2024"], dtype=np.int64),
        then_state=np.array(states["2023"], dtype=np.uint8),
        now_state=np.array(states["2024"], dtype=np.uint8),
    )
    water = [
        tuple(place.returns[year]["120"] if year in place.returns else None for year in ("2023", "2024"))
        for place in city
    ]
    both = sum((b - a for a, b in water if a is not None and b is not None), Fraction())
    lost = sum((-a for a, b in water if a is not None and b is None), Fraction())
    came = sum((b for a, b in water if a is None and b is not None), Fraction())
    assert Fraction(split.like_for_like, 10**4) == both
    assert Fraction(split.effects[Effect.MISSING], 10**4) == lost
    assert Fraction(split.effects[Effect.APPEARED], 10**4) == came
    assert Fraction(split.total, 10**4) == both + lost + came
    assert sum(split.effects.values()) == split.total
    for document in told:
        parts = [Fraction(row["value"]) for row in document["effects"] if row["value"] is not None]
        then, now = (Fraction(document[side]["value"] or 0) for side in ("then", "now"))
        if document["indicator"] in SUMS:
            assert sum(parts) == now - then, document
        elif document["reported"]["value"] is not None and document["like_for_like"]["value"] is not None:
            assert abs(sum(parts) - (now - then)) < Fraction(1, 10**25)  # quotients are printed to 34 digits
    assert Fraction(told[0]["effects"][3]["value"]) == sum(
        (-place.returns["2023"]["120"] for place in city if place.counts and set(place.returns) == {"2023"}),
        Fraction(),
    )
