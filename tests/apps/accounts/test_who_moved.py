"""Who moved, as it is kept with two runs: the same institutions in the same order as a walk over each node's own."""

from datetime import date

import pytest

from jieyue.apps.accounts import changes as own
from jieyue.apps.accounts.alike import alike_frame
from jieyue.apps.accounts.change_document import members
from jieyue.apps.accounts.changes import change
from jieyue.apps.accounts.due import values
from jieyue.apps.accounts.queries import figures_of, run_for, run_trees
from jieyue.apps.accounts.who_moved import ENERGY, WhoMoved, store_who_moved, stored_who_moved
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.transfer import transfer
from jieyue.domain.change import Effect


def walked(plans, scope: str) -> own.Change:
    rows = [figures_of(plan, [scope], [ENERGY]) for plan in plans]
    (found,) = own._walk(scope, plans, rows)
    return found


def same(plans) -> int:
    """Hold the kept list of every node to the walk; how many nodes were compared."""
    store_who_moved(*plans)
    trees = [run_trees(plan) for plan in plans]
    scopes = [scope for scope in trees[1].by_scope() if scope in trees[0].by_scope()]
    outside = trees[0].outside_scopes | trees[1].outside_scopes
    counts = alike_frame(*plans).rows([scope for scope in scopes if scope not in outside], [ENERGY])
    seen = 0
    for scope in scopes:
        if scope in outside:
            continue
        kept = own._kept_list(scope, ENERGY, plans)
        assert kept is not None
        row = counts[scope, ENERGY]
        if seen and not row.owing and row.counts[Effect.NONE] == sum(row.counts):
            continue  # a district of nobody: one of them is enough
        one = walked(plans, scope)
        assert kept.members == {effect: one.members[effect] for effect in Effect}, scope
        assert kept.owing == one.owing, scope
        numbers = sorted(number for group in one.members.values() for number in group)
        assert kept.amounts is not None
        for plan, amounts in zip(plans, kept.amounts(numbers), strict=True):
            known = values(plan, ENERGY, numbers)
            assert amounts == {number: known.get(number) for number in numbers}, scope
        seen += 1
    return seen


@pytest.mark.parametrize(
    ("then", "now", "boundaries"),
    [("2024", "2025", None), ("2024", "2025", "2025-12-31"), ("2025-10", "2026-10", "2026-10-31")],
)
def test_every_node_lists_whom_the_walk_lists(own_city, then, now, boundaries) -> None:
    plans = [run_for(each, boundaries=boundaries) for each in (then, now)]
    assert same(plans) >= 10


def test_a_node_that_hangs_elsewhere_now(own_city) -> None:
    ids = by_code(["SC-01", "HO-01"], None)
    day = date(2025, 9, 1)
    transfer(ids["SC-01"], "area", "500104", day=day, actor="tests")
    transfer(ids["SC-01"], "line", "L-500104", day=day, actor="tests")
    transfer(ids["HO-01"], "line", "L-CENTRAL", day=day, actor="tests")  # out of the count
    plans = [run_for(each) for each in ("2024", "2025")]
    assert same(plans) >= 10
    listed = own._kept_list("area:500104", ENERGY, plans)
    assert listed is not None
    assert ids["SC-01"] in listed.members[Effect.MOVED_IN]


def test_a_change_reads_what_is_kept_and_walks_no_lake(own_city, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [run_for(each) for each in ("2024", "2025")]
    before = change("city", ENERGY, "2024", "2025")
    lists = {effect: before.members[effect] for effect in Effect}
    shown = members(before, before.members[Effect.LIKE_FOR_LIKE])
    own._kept.clear()
    store_who_moved(*plans)
    monkeypatch.setattr(own, "_side", lambda *_: pytest.fail("walked"))
    after = change("city", ENERGY, "2024", "2025")
    assert {effect: after.members[effect] for effect in Effect} == lists
    assert members(after, after.members[Effect.LIKE_FOR_LIKE]) == shown
    assert any(member.now for member in shown)


def test_the_bytes_give_the_same(own_city) -> None:
    made = store_who_moved(*(run_for(each) for each in ("2024", "2025")))
    assert WhoMoved.from_bytes(made.to_bytes()).table.equals(made.table)
    assert stored_who_moved(*(run_for(each) for each in ("2025", "2026"))) is None
