"""The table S001–S010 against plain arithmetic over a dozen institutions, and the roll-ups against one another."""

from fractions import Fraction

import pytest

from jieyue.apps.publication.queries import last_done
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.outstanding import outstanding
from jieyue.apps.summaries.tables import Summed, behind, roll_ups, summed
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import IN_BEING, PLACES, YEAR, Dozen, below, bring_rooms, expected, stated

DISTRICT = below("L-500103", "L-500103-EDU")
COUNTED = [name for name in PLACES if name != "O1"]
BODIES = {
    "city": COUNTED,
    "L-500103": DISTRICT,
    "L-500103-EDU": below("L-500103-EDU"),
    "L-500104": below("L-500104"),
    "L-M-HEALTH": ["H1"],
    "L-CENTRAL": [],
}


def table(dozen: Dozen, body: str, period: str = YEAR, **more: bool) -> Summed:
    node = dozen.node(body)
    return summed(ledger_of(node, "NY301", Period.parse(period), sequence=last_done(), **more), node)


def numbers(shown: Summed, item: str) -> list[Fraction | None]:
    return [None if text is None else Fraction(text) for text in shown.line(item).texts]


@pytest.mark.parametrize("body", [name for name in BODIES if name != "L-CENTRAL"])
@pytest.mark.parametrize("item", ["110", "120", "130", "102"])
def test_every_cell_is_the_plain_sum(read: Dozen, body: str, item: str) -> None:
    assert numbers(table(read, body), item) == expected(stated(item), BODIES[body])


def test_the_total_holds_who_has_no_type(read: Dozen) -> None:
    """X1 is in S001 alone: 0.0003 kWh more than the three parts."""
    cells = table(read, "city").line("110").texts
    parts = sum(Fraction(cells[place] or 0) for place in (1, 2, 9))
    assert Fraction(cells[0] or 0) - parts == Fraction("0.0003")


def test_each_member_of_a_compound_return_counts_in_its_own_column_and_body(read: Dozen) -> None:
    """C1 files for M1 (S005) and M2 (S010, of another district): they count there, their values stand with C1."""
    one = {name: Fraction(1) for name in IN_BEING}
    for body, names in BODIES.items():
        if body != "L-CENTRAL":
            assert numbers(table(read, body), "100") == expected(one, names), body
    assert (table(read, "L-500103").institutions, table(read, "L-500103").members) == (5, 1)
    assert table(read, "L-500104").members == 1
    assert table(read, "L-500103").line("110").texts[4] is None  # S005: nobody files there


def test_missing_months_leave_the_year_out_and_are_named(read: Dozen) -> None:
    """P1 lacks December, S1 filed nothing; both add nothing, the rest is in."""
    node = read.node("L-500104")
    ledger = ledger_of(node, "NY301", Period.parse(YEAR), sequence=last_done())
    shown = summed(ledger, node)
    assert shown.line("110").texts[8] is None
    assert (shown.filers, shown.complete) == (4, 2)
    found = {row.institution: (row.expected, row.present, row.reason) for row in outstanding(ledger, node)}
    assert found == {
        read.number("P1"): (12, 11, "months_missing"),
        read.number("S1"): (12, 0, "not_begun"),
    }
    assert numbers(table(read, "L-500104", "2025-01..2025-11"), "110")[8] == 11 * 600 + 66


def test_not_used_is_zero_and_counts_missing_does_not(read: Dozen) -> None:
    line = table(read, "L-500104").line("130")
    assert line.texts[6] == "0"  # H2 uses no coal
    assert line.stated == (1, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    assert table(read, "L-M-HEALTH").line("130").texts[6] is None  # H1 says nothing of coal


def test_who_closed_adds_flows_and_no_stock(read: Dozen) -> None:
    shown = table(read, "L-500103")
    assert numbers(shown, "110")[1] == 7000 + 90000 + 3021
    assert numbers(shown, "102")[1] == Fraction("3000.25") + 15000
    assert numbers(shown, "100")[1] == 2


def test_a_body_outside_the_count_has_a_table_that_no_total_holds(read: Dozen) -> None:
    assert table(read, "L-CENTRAL").line("110").texts[:2] == ("490000", "490000")
    assert Fraction(table(read, "city").line("110").texts[0] or 0) == sum(stated("110").values())


def test_three_roll_ups_agree_or_say_who_differs(read: Dozen) -> None:
    """X1 stands in no area and has no type, G1 belongs to no department; by the line nobody is lost."""
    node = read.node("city")
    ledger = ledger_of(node, "NY301", Period.parse(YEAR), sequence=last_done())
    found = {one.tree: one for one in roll_ups(ledger, node, summed(ledger, node))}
    assert {name: list(one.lost) for name, one in found.items()} == {
        "line": [],
        "area": [read.number("X1")],
        "department": [read.number("G1")],
        "type": [read.number("X1")],
    }
    items = [item.code for item in ledger.items]
    power, total = items.index("110"), sum(stated("110").values()) * 10_000
    assert [found[name].total[power] for name in ("line", "area", "department", "type")] == [
        total, total - 3, total - 70_000_000, total - 3,
    ]  # fmt: skip
    assert found["line"].differs == ()
    assert found["area"].differs == ("100", "110")
    assert found["department"].differs == ("100", "102", "110", "120")


def test_a_districts_roll_ups_hold_its_own_line_alone(read: Dozen) -> None:
    """Area 500104 has the municipal hospital H1: the district's table by area does not hold it."""
    node = read.node("L-500104")
    ledger = ledger_of(node, "NY301", Period.parse(YEAR), sequence=last_done())
    (area,) = (one for one in roll_ups(ledger, node, summed(ledger, node)) if one.tree == "area")
    power = [item.code for item in ledger.items].index("110")
    assert area.total[power] == (120_000 + 8_000) * 10_000


def test_behind_a_cell_stand_the_institutions_that_make_it_up(read: Dozen) -> None:
    node = read.node("city")
    ledger = ledger_of(node, "NY301", Period.parse(YEAR), sequence=last_done())
    found = behind(ledger, node, "110", "S007")
    assert [(one.institution, one.value) for one in found] == [
        (read.number("H1"), 4_000_000_000),
        (read.number("H2"), 1_200_000_000),
    ]
    for item in ("110", "102", "100"):
        for place, column in enumerate(("S001", "S002", "S003", "S004")):
            cell = summed(ledger, node).line(item).values[place]
            assert sum(one.value for one in behind(ledger, node, item, column)) == (cell or 0)


def test_the_table_holds_to_the_figure_where_both_count_the_same(read: Dozen) -> None:
    """The number of institutions and the water of those that are complete are the figures' own."""
    shown = table(read, "city")
    assert Fraction(shown.line("100").texts[0] or 0) == desk.value("city", YEAR, "institutions")
    assert Fraction(shown.line("120").texts[0] or 0) == desk.value("city", YEAR, "water_total_m3")


def test_rooms_are_added_up_each_with_its_stocks(dozen: Dozen) -> None:
    """NY302: two rooms of one school, 20 + 30 m², 5 + 7 cabinets; the larger is not taken for both."""
    bring_rooms("A2", {"1": {"201": "20", "210": "5"}, "2": {"201": "30", "210": "7"}})
    node = dozen.node("city")
    shown = summed(ledger_of(node, "NY302", Period.parse(YEAR), sequence=last_done()), node)
    assert (shown.line("201").texts[0], shown.line("210").texts[3]) == ("50", "12")
