"""Withheld cells: few or one-sided ones, more beside them, and what a reader can still solve for."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.suppression import (
    COMPLEMENTARY,
    DOMINATED,
    FEW,
    SENSITIVE,
    Contributors,
    Measure,
    Sum,
    bounds_of,
    is_hidden,
    primary,
    protect,
)

TENTH = Fraction(1, 10)


def measure(half: Fraction = Fraction(1, 200), **values: int) -> Measure:
    return Measure({key: Fraction(value) for key, value in values.items()}, half)


def test_few_institutions_and_one_that_outweighs_the_rest() -> None:
    cells = {
        "two": Contributors(2, [Fraction(1, 2)]),
        "three": Contributors(3, [Fraction(4, 5)]),
        "heavy": Contributors(9, [None, Fraction(81, 100)]),
        "empty": Contributors(0),
    }
    assert primary(cells, least=3, dominance=Fraction(4, 5)) == {"two": FEW, "heavy": DOMINATED}


def test_a_cell_that_without_the_sensitive_would_be_small_or_is_mostly_theirs() -> None:
    half, most = Fraction(1, 2), Fraction(81, 100)
    cells = {
        "left with two": Contributors(3, [half], 1, [half]),
        "left with three": Contributors(4, [half], 1, [half]),
        "mostly theirs": Contributors(9, [half], 3, [half, most]),
        "none": Contributors(3, [half], 0, [Fraction(0)]),
        "few": Contributors(2, [half], 1, [half]),
    }
    assert primary(cells, least=3, dominance=Fraction(4, 5)) == {
        "left with two": SENSITIVE,
        "mostly theirs": SENSITIVE,
        "few": FEW,
    }


def test_one_withheld_part_of_a_printed_total_is_worked_out_to_the_rounding() -> None:
    """90 + 10 = 100, printed to 0.01: each of the two printed numbers is open by half a hundredth."""
    found = bounds_of(measure(all=100, a=90, b=10), [Sum("all", ("a", "b"))], ["b"])["b"]
    assert (found.low, found.high) == (pytest.approx(9.99), pytest.approx(10.01))


def test_four_withheld_cells_of_a_square_have_the_bounds_of_frechet() -> None:
    """max(0, row + column − all) ≤ x ≤ min(row, column), by hand: rows 30, 70; columns 40, 60; all 100."""
    square = measure(Fraction(0), all=100, r1=30, r2=70, c1=40, c2=60, x11=20, x12=10, x21=20, x22=50)
    sums = [Sum("all", ("r1", "r2")), Sum("all", ("c1", "c2")), Sum("r1", ("x11", "x12")),
            Sum("r2", ("x21", "x22")), Sum("c1", ("x11", "x21")), Sum("c2", ("x12", "x22"))]  # fmt: skip
    found = bounds_of(square, sums, ["x11", "x12", "x21", "x22"])
    assert {key: (round(one.low), round(one.high or -1)) for key, one in found.items()} == {
        "x11": (0, 30), "x12": (0, 30), "x21": (10, 40), "x22": (30, 60),
    }  # fmt: skip


def test_the_smallest_cell_that_hides_is_withheld_as_well_and_no_more() -> None:
    table = {"e": measure(all=1060, few=10, small=50, large=1000)}
    found = protect(table, [Sum("all", ("few", "small", "large"))], {"few": FEW}, within=TENTH, fixed=["all"])
    assert found.withheld == {"few": FEW, "small": COMPLEMENTARY}
    assert found.exposed == ()
    assert found.bounds["e", "few"].high == pytest.approx(60.01)  # the two together are 60


def test_a_cell_too_small_to_hide_behind_is_given_back() -> None:
    """9 beside 100 leaves 100 open to 109 only, so the next one is taken; then the 9 need not be withheld."""
    table = {"e": measure(all=1409, big=100, tiny=9, middle=300, large=1000)}
    parts = Sum("all", ("big", "tiny", "middle", "large"))
    found = protect(table, [parts], {"big": FEW}, within=TENTH, fixed=["all"])
    assert found.withheld == {"big": FEW, "middle": COMPLEMENTARY}


def test_one_pattern_hides_the_cell_in_every_indicator() -> None:
    """In energy the cell hides behind `a`; in water `a` is nothing, so `b` is needed too, and `a` is given back."""
    table = {"energy": measure(all=160, x=10, a=50, b=100), "water": measure(all=110, x=10, a=0, b=100)}
    found = protect(table, [Sum("all", ("x", "a", "b"))], {"x": FEW}, within=TENTH, fixed=["all"])
    assert set(found.withheld) == {"x", "b"}


def test_what_nothing_can_hide_is_told() -> None:
    table = {"e": measure(all=110, x=10, y=100)}
    found = protect(table, [Sum("all", ("x", "y"))], {"x": FEW}, within=TENTH, fixed=["all", "y"])
    assert found.exposed == ("x",)


def test_a_table_that_shares_only_what_is_printed_hides_nothing_and_stays_whole() -> None:
    """A zone of 20 beside two groups: hiding it takes areas of both groups; types add up to the same printed total, so
    none of them would widen anything, small as the smallest is."""
    table = measure(all=1000, zone=20, g1=480, a=200, b=280, g2=500, c=230, d=270, t1=700, t2=290, t3=10)
    sums = [
        Sum("all", ("zone", "g1", "g2")),
        Sum("g1", ("a", "b")),
        Sum("g2", ("c", "d")),
        Sum("all", ("t1", "t2", "t3")),
    ]
    found = protect({"e": table}, sums, {"zone": FEW}, within=TENTH, fixed=["all"])
    assert found.exposed == ()
    assert not {"t1", "t2", "t3"} & found.withheld.keys()
    again = bounds_of(table, sums, found.withheld)
    assert all(is_hidden(table.values[key], again[key], TENTH) for key in found.withheld)
    # Each is printed again for a moment: then one of the others can be worked out.
    for key in found.withheld.keys() - {"zone"}:
        rest = found.withheld.keys() - {key}
        less = bounds_of(table, sums, rest)
        assert not all(is_hidden(table.values[one], less[one], TENTH) for one in rest), key


def test_a_district_of_another_boundary_gives_nobody_away() -> None:
    """Old A held the piece that new B holds: A is out already as 130, so the new A of 100 would tell the piece 30."""
    table = {"e": measure(city=400, A=100, B=300, oldA=130, oldB=270, stays=100, moved=30, rest=270)}
    sums = [Sum("city", ("A", "B")), Sum("city", ("oldA", "oldB")), Sum("oldA", ("stays", "moved")),
            Sum("oldB", ("rest",)), Sum("A", ("stays",)), Sum("B", ("moved", "rest"))]  # fmt: skip
    found = protect(
        table, sums, {"moved": FEW}, within=TENTH, fixed=["city", "oldA", "oldB"],
        unprinted=["stays", "moved", "rest"],
    )  # fmt: skip
    assert found.exposed == ()
    assert {"A", "B"} <= set(found.withheld)


def test_sums_that_contradict_the_values_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        bounds_of(measure(all=100, a=10, b=20, c=1), [Sum("all", ("a", "b"))], ["c"])


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_nothing_withheld_can_be_worked_out_of_a_table_of_two_ways(seed: int) -> None:
    """Random tables of areas by types: every cell that was withheld for itself stays open, or is told as exposed."""
    draw = random.Random(seed)
    rows, columns = range(draw.randint(2, 5)), range(draw.randint(2, 4))
    counts = {(r, c): draw.choice([0, 1, 2, 3, 7, 20]) for r in rows for c in columns}
    cells = {f"{r}.{c}": sum(draw.randint(1, 500) for _ in range(n)) for (r, c), n in counts.items()}
    margins = {f"r{r}": sum(cells[f"{r}.{c}"] for c in columns) for r in rows}
    margins |= {f"c{c}": sum(cells[f"{r}.{c}"] for r in rows) for c in columns}
    values = {**cells, **margins, "all": sum(cells.values())}
    sums = [Sum(f"r{r}", tuple(f"{r}.{c}" for c in columns)) for r in rows]
    sums += [Sum(f"c{c}", tuple(f"{r}.{c}" for r in rows)) for c in columns]
    sums += [Sum("all", tuple(f"r{r}" for r in rows)), Sum("all", tuple(f"c{c}" for c in columns))]
    first = primary(
        {f"{r}.{c}": Contributors(n) for (r, c), n in counts.items()}, least=3, dominance=Fraction(4, 5)
    )
    table = measure(Fraction(1, 2), **values)
    found = protect({"e": table}, sums, first, within=TENTH, fixed=["all"])
    assert set(first) <= set(found.withheld)
    again = bounds_of(table, sums, found.withheld)
    for key in found.withheld:
        assert key in found.exposed or is_hidden(table.values[key], again[key], TENTH), key
        high = again[key].high
        assert again[key].low - 1e-6 <= values[key] <= (high if high is not None else values[key]) + 1e-6
