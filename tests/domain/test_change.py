"""Change and like for like: effects that sum exactly, and missing data that never looks like saving."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.change import (
    ChangeError,
    ChangeSplit,
    Effect,
    Presence,
    Relative,
    presence,
    relative_change,
    split_change,
)
from jieyue.domain.tree import descendants, roll_up

ABSENT, OUTSIDE, MISSING, PRESENT, PARTIAL = Presence
LARGEST = 10**18 - 1
Row = tuple[int, int, int, int]


def split(rows: list[Row]) -> ChangeSplit:
    """Split from rows of (then, state then, now, state now)."""
    then, then_state, now, now_state = ([row[k] for row in rows] for k in range(4))
    return split_change(
        np.array(then, dtype=np.int64),
        np.array(now, dtype=np.int64),
        then_state=np.array(then_state, dtype=np.uint8),
        now_state=np.array(now_state, dtype=np.uint8),
    )


def test_a_year_of_eight_institutions_worked_by_hand() -> None:
    change = split(
        [
            (100, PRESENT, 90, PRESENT),  # saved 10
            (200, PRESENT, 215, PRESENT),  # used 15 more
            (0, ABSENT, 40, PRESENT),  # new
            (70, PRESENT, 0, ABSENT),  # closed
            (300, PRESENT, 0, MISSING),  # did not report now
            (0, MISSING, 55, PRESENT),  # did not report then
            (0, OUTSIDE, 20, PRESENT),  # a boundary brought it in
            (9, PRESENT, 0, OUTSIDE),  # a boundary took it out
        ]
    )
    assert (change.then, change.now, change.total) == (679, 420, -259)
    assert change.effects == {
        Effect.LIKE_FOR_LIKE: 5,
        Effect.ENTRIES: 40,
        Effect.EXITS: -70,
        Effect.MISSING: -300,
        Effect.APPEARED: 55,
        Effect.MOVED_IN: 20,
        Effect.MOVED_OUT: -9,
        Effect.NONE: 0,
    }
    assert change.moved == 11
    assert change.counts[Effect.LIKE_FOR_LIKE] == 2
    assert change.like_for_like_base == 300
    # As reported it falls by 38 %; of the institutions that reported both times use rose by 1.7 %.
    assert change.relative == Relative(Fraction(-259, 679))
    assert change.like_for_like_relative == Relative(Fraction(5, 300))


@pytest.mark.parametrize(
    ("then", "now", "effect", "part"),
    [
        # founded in the middle of the period then: a whole year now is no growth of use
        ((50, PARTIAL), (100, PRESENT), Effect.ENTRIES, 50),
        # closed in the middle of the period now: half a year's use is no saving
        ((100, PRESENT), (40, PARTIAL), Effect.EXITS, -60),
        ((10, PARTIAL), (4, PARTIAL), Effect.ENTRIES, -6),
        ((10, PARTIAL), (0, MISSING), Effect.MISSING, -10),
        ((10, PARTIAL), (0, ABSENT), Effect.EXITS, -10),
        ((10, PARTIAL), (0, OUTSIDE), Effect.MOVED_OUT, -10),
        ((0, ABSENT), (7, PARTIAL), Effect.ENTRIES, 7),
        ((0, MISSING), (7, PARTIAL), Effect.APPEARED, 7),
        ((0, OUTSIDE), (7, PARTIAL), Effect.MOVED_IN, 7),
        ((0, MISSING), (0, ABSENT), Effect.NONE, 0),
        ((0, MISSING), (0, MISSING), Effect.NONE, 0),
    ],
)
def test_each_pair_of_states(then: tuple[int, int], now: tuple[int, int], effect: Effect, part: int) -> None:
    change = split([(*then, *now)])
    assert change.counts[effect] == 1
    assert change.effects[effect] == part == change.total
    assert all(value == 0 for other, value in change.effects.items() if other is not effect)


def test_values_that_were_not_reported_are_not_read() -> None:
    change = split([(999, MISSING, 5, PRESENT), (7, PRESENT, 999, ABSENT), (999, OUTSIDE, 999, OUTSIDE)])
    assert (change.then, change.now) == (7, 5)


def test_no_base_and_no_current_are_said_and_no_percentage_is_made_up() -> None:
    assert split([(0, MISSING, 5, PRESENT)]).relative == Relative(None, "no_base")
    assert split([(0, PRESENT, 5, PRESENT)]).relative == Relative(None, "no_base")
    assert split([]).relative == Relative(None, "no_base")
    assert split([(8, PRESENT, 0, MISSING)]).relative == Relative(None, "no_current")
    assert split([(8, PRESENT, 0, MISSING)]).like_for_like_relative == Relative(None, "no_base")
    assert split([(8, PRESENT, 0, ABSENT)]).relative == Relative(Fraction(-1))  # closed: truly nothing left
    assert relative_change(-5, 1).reason == "no_base"
    assert relative_change(Fraction(1, 3), Fraction(1, 6)) == Relative(Fraction(1, 2))


def test_presence_of_each_institution() -> None:
    states = presence(
        reported=np.array([True, False, True, True, False, True]),
        days=np.array([365, 365, 184, 365, 0, 0], dtype=np.int64),
        days_of_period=365,
        in_scope=np.array([True, True, True, False, False, True]),
    )
    assert states.dtype == np.uint8
    assert states.tolist() == [PRESENT, MISSING, PARTIAL, OUTSIDE, ABSENT, ABSENT]


def test_arrays_that_do_not_fit_are_refused() -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    state = np.zeros(1, dtype=np.uint8)
    with pytest.raises(ChangeError) as caught:
        split_change(one, two, then_state=state, now_state=state)
    assert caught.value.code == "shape"
    for wrong in (np.array([5], dtype=np.uint8), np.array([1], dtype=np.int64)):
        with pytest.raises(ChangeError) as caught:
            split_change(one, one, then_state=state, now_state=wrong)
        assert caught.value.code == "state"


rows = st.lists(
    st.tuples(
        st.integers(-LARGEST, LARGEST),
        st.sampled_from(list(Presence)),
        st.integers(-LARGEST, LARGEST),
        st.sampled_from(list(Presence)),
    ),
    max_size=60,
)


@given(rows)
@settings(derandomize=True)
def test_the_effects_sum_to_the_change_exactly(institutions: list[Row]) -> None:
    change = split(institutions)
    assert sum(change.effects.values()) == change.total == change.now - change.then
    assert sum(change.counts.values()) == len(institutions)
    assert change.effects[Effect.NONE] == 0
    reported = (PRESENT, PARTIAL)
    assert change.then == sum(row[0] for row in institutions if row[1] in reported)
    assert change.now == sum(row[2] for row in institutions if row[3] in reported)


@given(rows, st.randoms(use_true_random=False))
@settings(derandomize=True)
def test_the_order_of_institutions_changes_nothing(institutions: list[Row], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(institutions)
    random.shuffle(shuffled)
    assert split(shuffled) == split(institutions)


@given(rows, st.integers(0, 59), st.sampled_from([0, 1]))
@settings(derandomize=True)
def test_a_missing_return_never_moves_like_for_like(institutions: list[Row], place: int, side: int) -> None:
    """Losing one return takes that institution out of the comparison and leaves all others as they were."""
    if not institutions:
        return
    place %= len(institutions)
    lost = list(institutions)
    row = list(lost[place])
    row[1 + 2 * side] = MISSING
    lost[place] = (row[0], row[1], row[2], row[3])
    others = split(institutions[:place] + institutions[place + 1 :])
    after = split(lost)
    assert after.like_for_like == others.like_for_like
    assert after.like_for_like_base == others.like_for_like_base
    assert after.like_for_like_relative == others.like_for_like_relative


@given(rows)
@settings(derandomize=True)
def test_the_way_back_is_the_negative(institutions: list[Row]) -> None:
    forth = split(institutions)
    back = split([(row[2], row[3], row[0], row[1]) for row in institutions])
    assert back.total == -forth.total
    assert back.like_for_like == -forth.like_for_like
    assert back.moved == -forth.moved
    assert back.effects[Effect.MISSING] == -forth.effects[Effect.APPEARED]


@given(
    st.lists(st.tuples(st.integers(0, LARGEST), st.sampled_from("abc"), st.sampled_from("abc")), max_size=40)
)
@settings(derandomize=True)
def test_boundaries_of_then_and_of_now_are_bridged_exactly(institutions: list[tuple[int, str, str]]) -> None:
    """The same facts rolled up by membership of then and of now differ by what moved, node by node."""
    parents = {"city": None, "a": "city", "b": "city", "c": "b"}

    def rolled(which: int) -> dict[str, dict[str, int]]:
        sums: dict[str, dict[str, int]] = {}
        for row in institutions:
            node = sums.setdefault(str(row[which]), {"110": 0})
            node["110"] += row[0]
        return roll_up(sums, parents)

    then, now = rolled(1), rolled(2)
    assert then["city"] == now["city"]
    for node in parents:
        inside = {node, *descendants(node, parents)}
        change = split(
            [
                (value, PRESENT if old in inside else OUTSIDE, value, PRESENT if new in inside else OUTSIDE)
                for value, old, new in institutions
            ]
        )
        assert change.like_for_like == 0
        assert then[node].get("110", 0) + change.moved == now[node].get("110", 0)
