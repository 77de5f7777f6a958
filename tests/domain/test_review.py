"""The review engine on small desks whose answers are plain to see: every kind of rule fires, keeps quiet, gives way."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest

from jieyue.domain.review import Flag, Rule, check, rule_of
from jieyue.domain.review_panel import Desk, Panel, Table

YEAR = tuple(f"2026-{month:02}" for month in range(1, 13))
BEFORE = tuple(f"2025-{month:02}" for month in range(1, 13))


def table(rows: Sequence[Sequence[float | None]]) -> Table:
    """Values as written and where they are; None = missing."""
    known = np.array([[value is not None for value in row] for row in rows])
    return np.array([[round((value or 0) * 10_000) for value in row] for row in rows], dtype=np.int64), known


def panel(periods: Sequence[str], form: str = "NY201", **items: Sequence[Sequence[float | None]]) -> Panel:
    """A panel in which every return was filed; items as i110."""
    tables = {name[1:]: table(rows) for name, rows in items.items()}
    return Panel(form, tuple(periods), np.ones(next(iter(tables.values()))[0].shape, dtype=bool), tables)


def desk(own: Panel, **more: object) -> Desk:
    count, width = own.filed.shape
    known = {
        "subjects": np.arange(1, count + 1, dtype=np.int64),
        "groups": np.zeros(count, dtype=np.int64),
        "due": np.ones((count, width), dtype=bool),
        "member": np.zeros((count, width), dtype=bool),
    }
    return Desk(own, **{**known, **more})  # type: ignore[arg-type]


def rule(op: str, text: str = "", *, code: str = "X1", items: Mapping[str, str] | None = None, on: Sequence[str] = (),
         exempt: str = "", **limits: str) -> Rule:  # fmt: skip
    made = rule_of(
        code=code, form="NY201", kind="logic", severity="warning", periods="YQM", op=op, text=text,
        items=items or {}, on=on, limits={name: Fraction(value) for name, value in limits.items()}, exempt=exempt,
    )  # fmt: skip
    assert made is not None
    return made


def places(flags: Sequence[Flag]) -> list[tuple[int, str, str]]:
    return [(flag.subject, flag.period, flag.item) for flag in flags]


def test_a_text_rule_names_the_return_its_value_and_the_numbers() -> None:
    own = panel(YEAR[:2], i150=[[3, 3], [3, None]], i1501=[[1, 1], [1, 1]], i1502=[[2, 1.5], [2, 9]])
    flag, asked = check(desk(own), [rule("holds", "#150 == #1501 + #1502")], "M")
    assert (asked.subject, asked.item, asked.value) == (2, "150", None)
    assert flag == Flag("X1", "warning", 1, "2026-02", "150", "3", {"150": "3", "1501": "1", "1502": "1.5"})


def test_only_the_wanted_periods_and_the_right_kind_of_period_are_judged() -> None:
    own = panel(YEAR[:3], i102=[[0, 0, 0]])
    rules = [rule("holds", "#102 > 0")]
    wanted = np.array([False, True, False])
    assert places(check(desk(own), rules, "M", wanted=wanted)) == [(1, "2026-02", "102")]
    assert check(desk(own), rules, "H") == []


def test_who_is_reported_by_another_is_exempt_where_the_rule_says_so_and_told_that_it_filed() -> None:
    own = panel(YEAR[:1], i102=[[0], [0]])
    member = np.array([[False], [True]])
    assert len(check(desk(own, member=member), [rule("holds", "#102 > 0")], "M")) == 2
    assert places(check(desk(own, member=member), [rule("holds", "#102 > 0", exempt="member")], "M")) == [
        (1, "2026-01", "102")
    ]
    assert places(check(desk(own, member=member), [rule("member_filed", on=["102"])], "M")) == [
        (2, "2026-01", "102")
    ]


def test_what_is_missing_neither_passes_nor_fires_but_is_asked_for_where_required() -> None:
    own = panel(YEAR[:1], i110=[[None]], i111=[[5]])
    assert check(desk(own), [rule("holds", "#110 > 0 AND #111 > 100")], "M")  # false and unknown is false
    assert check(desk(own), [rule("holds", "#110 > 0")], "M") == []
    (flag,) = check(desk(own), [rule("required", items={"i": "110"})], "M")
    assert (flag.item, flag.value) == ("110", None)


def test_a_return_that_is_owed_and_not_there_is_told_once() -> None:
    own = panel(YEAR[:2], i110=[[1, 1], [1, 1]])
    own.filed[1, 1] = own.filed[0, 0] = False
    due = np.array([[False, True], [True, True]])
    assert places(check(desk(own, due=due), [rule("no_return")], "M")) == [(2, "2026-02", "")]


def test_last_year_the_period_before_and_the_sum_of_the_parts_are_read_from_their_places() -> None:
    own = panel(YEAR[:2], i103=[[10, 30]])
    before = panel(BEFORE[:2], i103=[[10, 10]])
    changed = rule("holds", "change(#103, prev_year(#103)) <= limit", limit="0.1")
    stepped = rule("holds", "#103 == prev_period(#103)")
    assert places(check(desk(own, before=before), [changed], "M")) == [(1, "2026-02", "103")]
    assert places(check(desk(own, before=before), [stepped], "M")) == [(1, "2026-02", "103")]
    year = panel(["2026"], i110=[[100], [100], [100]])
    parts = panel(YEAR[:2], i110=[[40, 60], [40, 50], [40, None]])
    due = np.ones((3, 2), dtype=bool)
    added = rule("holds", "#110 == sum_periods(#110)")
    (flag,) = check(desk(year, parts=[(parts, due)]), [added], "Y")
    assert (flag.subject, dict(flag.facts)) == (2, {"110": "100", "sum_periods:110": "90"})
    due[1, 0] = False  # one month was not owed: the year says more than its months
    assert check(desk(year, parts=[(parts, due)]), [added], "Y") == []


def test_a_year_without_months_is_compared_with_its_quarters() -> None:
    year = panel(["2026"], i110=[[100], [100]])
    months = panel(YEAR[:2], i110=[[None, None], [40, 60]])
    quarters = panel(["2026-Q1", "2026-Q2"], i110=[[50, 40], [None, None]])
    due = np.ones((2, 2), dtype=bool)
    added = rule("holds", "#110 == sum_periods(#110)")
    (flag,) = check(desk(year, parts=[(months, due), (quarters, due)]), [added], "Y")
    assert (flag.subject, flag.facts["sum_periods:110"]) == (1, "90")


def test_a_rule_that_cannot_be_judged_asks_for_the_cell_that_is_missing() -> None:
    own = panel(
        YEAR[:1], i150=[[500], [0], [None]], i1501=[[None], [None], [None]], i1502=[[None], [0], [None]]
    )
    said = check(desk(own), [rule("holds", "#150 == #1501 + #1502", on=["150"])], "M")
    assert [(flag.subject, flag.item, flag.value, flag.severity) for flag in said] == [
        (1, "1501", None, "warning"),
        (1, "1502", None, "warning"),
    ]


def test_another_form_of_the_same_institution_is_read_too() -> None:
    own = panel(YEAR[:1], i110=[[100], [100]])
    rooms = panel(YEAR[:1], form="NY202", i240=[[90], [110]])
    flags = check(
        desk(own, others={"NY202": rooms}),
        [rule("holds", "sum_instances(NY202:240) <= #110", on=["110"])],
        "M",
    )
    assert [(flag.subject, dict(flag.facts)) for flag in flags] == [
        (2, {"sum_instances:NY202:240": "110", "110": "100"})
    ]


PRICE = {"items": {"q": "110", "c": "111"}, "min": "0.4", "max": "1.2", "share": "0.3", "least": "3"}


def test_a_price_is_held_to_the_local_list_then_to_the_institution_then_to_the_default() -> None:
    few = panel(YEAR[:1], i110=[[100]], i111=[[130]])
    many = panel(YEAR[:5], i110=[[100] * 5], i111=[[60, 60, 60, 60, 90]])
    price = rule("price", **PRICE)  # type: ignore[arg-type]
    (flag,) = check(desk(few), [price], "M")
    assert {name: flag.facts[name] for name in ("price", "low", "high")} == {
        "price": "1.3",
        "low": "0.4",
        "high": "1.2",
    }
    (own,) = check(desk(many), [price], "M")
    assert (own.period, own.facts["high"]) == ("2026-05", "0.78")  # 0.6 and 30 % more
    assert check(desk(few, prices={"111": (1.0, 1.5)}), [price], "M") == []


def test_a_unit_mix_up_is_told_alone_and_weaker_rules_on_that_return_give_way() -> None:
    own = panel(YEAR[:8], i110=[[100, 101, 99, 100, 98, 102, 100, 0.1]], i111=[[60.0] * 8])
    scale = rule("scale", items={"q": "110"}, factor_a="1000", factor_b="10000", tolerance="0.25", least="6")
    price = rule("price", code="X2", **PRICE)  # type: ignore[arg-type]
    (flag,) = check(desk(own), [price, scale], "M")
    assert (flag.rule, flag.period, dict(flag.facts)) == ("X1", "2026-08", {"factor": "÷1000"})
    assert [flag.rule for flag in check(desk(own), [price], "M")] == ["X2"]


def test_a_stock_far_from_the_other_periods_is_told() -> None:
    own = panel(YEAR[:5], i102=[[500, 500, 1500, 500, 500]])
    (flag,) = check(desk(own), [rule("level", items={"q": "102"}, times="1.5", least="3")], "M")
    assert (flag.period, dict(flag.facts)) == ("2026-03", {"usual": "500"})


def test_a_move_counts_net_of_what_the_peers_moved() -> None:
    spread = [0.98, 0.99, 1.0, 1.01, 1.02] * 8
    own = panel(YEAR[:1], i110=[[200 * part] for part in spread] + [[2000.0]])
    before = panel(BEFORE[:1], i110=[[100.0]] * 41)
    moved = rule("moved", items={"q": "110"}, deviations="8", times="3", least="30")
    (flag,) = check(desk(own, before=before), [moved], "M")
    assert (flag.subject, dict(flag.facts)) == (41, {"110": "2000", "prev_year:110": "100"})


def test_who_stands_out_of_the_peers_is_told_and_not_where_there_are_few() -> None:
    own = panel(YEAR[:1], i110=[[100 + part] for part in range(40)] + [[90_000]], i102=[[100]] * 41)
    peers = rule("peers", items={"q": "110", "a": "102"}, deviations="10", least="30")
    assert places(check(desk(own), [peers], "M")) == [(41, "2026-01", "110")]
    assert check(desk(own, groups=np.arange(41, dtype=np.int64)), [peers], "M") == []


@pytest.mark.parametrize("op", ["copied_period", "copied_institution"])
def test_copies_are_told_with_where_the_numbers_stand_already(op: str) -> None:
    own = panel(YEAR[:2], i110=[[7, 8], [9, 8]], i120=[[5, 6], [1, 6]], i111=[[3, 4], [2, 4]])
    before = panel(BEFORE[:2], i110=[[1, 8], [2, 2]], i120=[[1, 6], [3, 3]], i111=[[1, 4], [4, 4]])
    flags = check(
        desk(own, before=before, flows=frozenset({"110", "111", "120"})),
        [rule(op, least="3", on=["110"])],
        "M",
    )
    said = [(flag.subject, flag.period, dict(flag.facts)) for flag in flags]
    assert (
        said
        == {
            "copied_period": [(1, "2026-02", {"period": "2025-02"})],
            "copied_institution": [
                (1, "2026-02", {"institution": "2"}),
                (2, "2026-02", {"institution": "1"}),
            ],
        }[op]
    )


def test_a_rule_whose_limit_is_not_set_judges_nothing() -> None:
    assert (
        rule_of(
            code="B1", form="NY201", kind="peers", severity="warning", periods="Y", op="holds",
            text="#110 <= limit", items={}, on=[], limits={"limit": None},
        )
        is None
    )  # fmt: skip
