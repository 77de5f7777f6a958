"""Like for like of all nodes at once: the same, to the last digit, as walking over the institutions of each scope."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.accounts import changes as own
from jieyue.apps.accounts.alike import alike_frame, comparable, compute_alike
from jieyue.apps.accounts.changes import alike, change
from jieyue.apps.accounts.queries import figures_of, run_for, run_trees
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.transfer import transfer
from jieyue.domain.change import Effect
from tests.apps.accounts import small_city as sc

WATER = "water_total_m3"


def walked(plans, scope: str, codes):
    """Each change as the walk over one scope gives it."""
    rows = [figures_of(plan, [scope], codes) for plan in plans]
    return {one.indicator: one for one in own._walk(scope, plans, rows)}


def same(plans, *, only: tuple[str, ...] = ("city", "area", "department", "type", "line")) -> int:
    """Hold every row of the frame to the walk; how many nodes were compared."""
    frame = alike_frame(*plans)
    codes = comparable(plans[1])
    trees = [run_trees(plan) for plan in plans]
    scopes = [scope for scope in trees[1].by_scope() if scope in trees[0].by_scope()]
    scopes = [scope for scope in scopes if scope not in trees[1].outside_scopes | trees[0].outside_scopes]
    scopes = [scope for scope in scopes if scope.partition(":")[0] in only]
    rows = frame.rows(scopes, codes)
    seen = 0
    for scope in scopes:
        if (
            all(rows[scope, code].reported == (0, 0) and not rows[scope, code].owing for code in codes)
            and seen
        ):
            continue  # a district of nobody: one of them is enough
        for code, one in walked(plans, scope, codes).items():
            row = rows[scope, code]
            assert (row.then, row.now) == one.like_for_like, (scope, code)
            assert row.split == one.split, (scope, code)
            assert row.weighted == one.weighted, (scope, code)
            assert row.owing == len(one.owing), (scope, code)
            assert {effect: len(one.members[effect]) for effect in Effect} == row.by_effect, (scope, code)
        seen += 1
    return seen


@pytest.mark.parametrize(
    ("then", "now", "boundaries"),
    [
        ("2024", "2025", None),
        ("2025-01..2025-10", "2026-01..2026-10", "2026-10-31"),
    ],
)
def test_every_node_is_what_the_walk_over_its_institutions_gives(city, then, now, boundaries) -> None:
    plans = [run_for(each, boundaries=boundaries) for each in (then, now)]
    assert same(plans) >= 12


def test_a_node_that_hangs_elsewhere_now(own_city) -> None:
    """SC-01 changes district, department and body within 2025; HO-01 its body only."""
    ids = by_code(["SC-01", "HO-01"], None)
    day = date(2025, 9, 1)
    transfer(ids["SC-01"], "area", "500104", day=day, actor="tests")
    transfer(ids["SC-01"], "department", "D-GOV", day=day, actor="tests")
    transfer(ids["SC-01"], "line", "L-500104", day=day, actor="tests")
    transfer(ids["HO-01"], "line", "L-CENTRAL", day=day, actor="tests")  # out of the count
    plans = [run_for(each) for each in ("2024", "2025")]
    assert same(plans, only=("city", "area")) >= 5
    found = change("area:500104", WATER, "2024", "2025")
    assert found.split is not None
    assert found.split.effects[Effect.MOVED_IN] == 9_000


def test_all_nodes_by_hand(city) -> None:
    """Water of 2025 on the boundaries of its last day: JB-01 and JB-02 were always in the new district."""
    found = alike(["city", f"area:{sc.NEW_DISTRICT}", "type:021"], [WATER], "2024", "2025")
    assert found is not None
    assert found["city", WATER].like_for_like == (75_800, 76_538)
    new = found[f"area:{sc.NEW_DISTRICT}", WATER]
    assert new.like_for_like == (8_000, 8_050)  # JB-01 and JB-02 on today's boundaries, not moved in
    assert new.like_for_like_relative.value == Fraction(50, 8_000)
    assert new.institutions == 2
    assert set(new.members[Effect.LIKE_FOR_LIKE]) == set(by_code(["JB-01", "JB-02"], None).values())
    assert found["city", WATER].parts != change("city", WATER, "2024", "2025").parts  # other boundaries then


def test_stored_once_and_read_from_there(own_city, monkeypatch) -> None:
    asked = (["city"], [WATER], "2024", "2025")
    assert alike(*asked, compute=False) is None
    first = alike(*asked)
    monkeypatch.setattr("jieyue.apps.accounts.alike.compute_alike", None)
    monkeypatch.setattr("jieyue.apps.accounts.alike._kept", type(own_kept())(1))
    again = alike(*asked, compute=False)
    assert first == again


def own_kept():
    from jieyue.apps.accounts import alike as module

    return module._kept


def test_computed_again_it_is_the_same(city) -> None:
    plans = [run_for(each) for each in ("2024", "2025")]
    assert compute_alike(*plans).digest() == alike_frame(*plans).digest()


def test_money_and_counts_have_no_such_change(city) -> None:
    found = alike(["city"], ["energy_cost_yuan", "institutions", WATER], "2024", "2025")
    assert found is not None
    assert set(found) == {("city", WATER)}
