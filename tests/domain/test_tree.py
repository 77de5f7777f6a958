"""Tree algebra: exact roll-ups, rings found, trees compared institution by institution."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.tree import (
    Difference,
    TreeError,
    ancestors,
    descendants,
    reconcile,
    roll_up,
    topological_order,
)

CITY = {"city": None, "urban": "city", "rural": "city", "渝中": "urban", "江北": "urban", "城口": "rural"}


def test_roll_up_adds_what_hangs_at_every_node() -> None:
    sums = roll_up(
        {
            "渝中": {"110": 10, "201": 1},
            "江北": {"110": 20},
            "城口": {"110": 5, "201": None},
            "city": {"110": 100},  # municipal bodies hang at the city itself
        },
        CITY,
    )
    assert sums["urban"] == {"110": 30, "201": 1}
    assert sums["rural"] == {"110": 5}  # a sum over nothing is absent, not zero
    assert sums["city"] == {"110": 135, "201": 1}
    assert sums["渝中"] == {"110": 10, "201": 1}
    assert set(sums) == set(CITY)


def test_roll_up_of_nothing_is_nothing() -> None:
    assert roll_up({}, {"city": None}) == {"city": {}}
    assert roll_up({}, {}) == {}


def test_roll_up_changes_none_of_its_arguments_and_passes_int64() -> None:
    leaf = {"a": {"110": 2**63}, "b": {"110": 2**63}, "city": {"110": 1}}
    assert roll_up(leaf, {"a": "city", "b": "city", "city": None})["city"] == {"110": 2**64 + 1}
    assert leaf["city"] == {"110": 1}


def test_a_ring_is_named() -> None:
    with pytest.raises(TreeError) as caught:
        roll_up({}, {"top": None, "x": "a", "a": "b", "b": "c", "c": "a"})
    assert caught.value.code == "cycle"
    assert caught.value.data["nodes"] == "a → b → c → a"
    with pytest.raises(TreeError) as caught:
        ancestors("x", {"x": "a", "a": "b", "b": "a"})
    assert caught.value.data["nodes"] == "a → b → a"
    with pytest.raises(TreeError):
        topological_order({"a": "a"})


@pytest.mark.parametrize(
    "call",
    [
        lambda: roll_up({"z": {"110": 1}}, CITY),
        lambda: roll_up({}, {"a": "nowhere"}),
        lambda: ancestors("z", CITY),
        lambda: descendants("z", CITY),
    ],
)
def test_an_unknown_node_is_refused(call: object) -> None:
    with pytest.raises(TreeError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.code == "unknown_node"
    assert caught.value.data["node"] in {"z", "nowhere"}


def test_ancestors_and_descendants() -> None:
    assert ancestors("渝中", CITY) == ("urban", "city")
    assert ancestors("city", CITY) == ()
    assert descendants("urban", CITY) == {"渝中", "江北"}
    assert descendants("city", CITY) == set(CITY) - {"city"}
    assert descendants("渝中", CITY) == frozenset()


forests = st.lists(st.integers(-1, 30), min_size=1, max_size=30).map(
    # Node i hangs under an earlier node or is a top.
    lambda picks: {i: None if pick < 0 or i == 0 else pick % i for i, pick in enumerate(picks)}
)


@given(forests, st.randoms(use_true_random=False), st.data())
@settings(derandomize=True)
def test_roll_up_equals_the_sum_over_descendants(parents: dict[int, int | None], random, data) -> None:  # type: ignore[no-untyped-def]
    values = data.draw(st.dictionaries(st.sampled_from(sorted(parents)), st.integers(-(2**70), 2**70)))
    names = list(parents)
    random.shuffle(names)  # no order of the rows changes anything
    sums = roll_up({node: {"c": value} for node, value in values.items()}, {n: parents[n] for n in names})
    for node in parents:
        below = [values[n] for n in {node, *descendants(node, parents)} if n in values]
        assert sums[node] == ({"c": sum(below)} if below else {})
    tops = [node for node, parent in parents.items() if parent is None]
    assert sum(sums[top].get("c", 0) for top in tops) == sum(values.values())


@given(forests)
@settings(derandomize=True)
def test_children_come_before_parents_and_lines_agree(parents: dict[int, int | None]) -> None:
    order = topological_order(parents)
    assert sorted(order) == sorted(parents)
    place = {node: number for number, node in enumerate(order)}
    for node, parent in parents.items():
        assert parent is None or place[node] < place[parent]
        assert all(node in descendants(above, parents) for above in ancestors(node, parents))


def test_trees_that_agree_have_no_difference() -> None:
    rows = {1: {"110": 5}, 2: {"110": 7, "201": 0}}
    assert reconcile({"area": rows, "department": dict(rows), "type": {1: {"110": 5}, 2: {"110": 7}}}) == []
    assert reconcile({}) == []


def test_differences_are_listed_even_where_they_cancel() -> None:
    area = {1: {"110": 5, "201": 1}, 2: {"110": 7}, 3: {"110": 2}}
    types = {1: {"110": 7, "201": 1}, 2: {"110": 5}, 3: {"110": 2}}  # 1 and 2 cancel in the total
    department = {1: {"110": 5, "201": 1}, 2: {"110": 7}, 3: {"110": 4}}  # 3 hangs there twice
    assert reconcile({"area": area, "type": types, "department": department}) == [
        Difference(1, {"area": {"110": 5}, "type": {"110": 7}, "department": {"110": 5}}),
        Difference(2, {"area": {"110": 7}, "type": {"110": 5}, "department": {"110": 7}}),
        Difference(3, {"area": {"110": 2}, "type": {"110": 2}, "department": {"110": 4}}),
    ]
