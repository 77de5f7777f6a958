"""What earlier releases of a year tell: the same cells, other facts, other boundaries."""

from fractions import Fraction

from jieyue.apps.disclosure.cells import Population
from jieyue.apps.disclosure.earlier import atoms, known_from
from jieyue.domain.suppression import Sum

ENERGY = "energy_total_tce"


def population(**areas: set[int]) -> Population:
    """Each institution uses ten times its number."""
    everybody = set().union(*areas.values())
    members = {
        "city": frozenset(everybody),
        **{f"area:{name}": frozenset(who) for name, who in areas.items()},
    }
    return Population({ENERGY: {number: Fraction(10 * number) for number in everybody}}, members)


def kept(people: Population, *withheld: str, total: str | None = None) -> dict[str, object]:
    """What stays inside of a release of these areas. total: of other facts."""
    areas = {key: sorted(who) for key, who in people.members.items() if key != "city"}
    whole = total or str(people.value(ENERGY, people.members["city"]))
    return {
        "exact": {ENERGY: whole},
        "members": areas,
        "sums": [["city", *areas]],
        "withheld": dict.fromkeys(withheld, "few"),
    }


def test_the_same_cells_are_the_same_and_stay_as_they_were() -> None:
    people = population(a={1, 2}, b={3, 4, 5})
    known = known_from([kept(people, "area:a")], people)
    assert (known.hidden, known.printed) == ({"area:a"}, {"area:b", "city"})
    assert known.sums == [Sum("city", ("area:a", "area:b"))]
    assert (known.groups, atoms(people, known)) == ({}, ({}, []))


def test_after_a_correction_the_sums_do_not_mix_but_what_was_withheld_stays_so() -> None:
    """Were `a` printed now, the old total less the old `b` would tell what it was, but for the correction."""
    people = population(a={1, 2}, b={3, 4, 5}, c={6})
    known = known_from([kept(people, "area:a", total="999")], people)
    assert (known.hidden, known.printed, known.sums) == ({"area:a"}, {"area:b", "area:c"}, [])


def test_who_changed_the_district_is_a_piece_of_his_own() -> None:
    old, new = population(a={1, 2, 3}, b={4, 5}), population(a={1, 2}, b={3, 4, 5})
    known = known_from([kept(old)], new)
    assert known.groups == {"area:a@0": {1, 2, 3}, "area:b@0": {4, 5}}
    pieces, sums = atoms(new, known)
    assert set(pieces.values()) == {frozenset({1, 2}), frozenset({3}), frozenset({4, 5})}
    moved = next(name for name, who in pieces.items() if who == {3})
    totals = {one.total for one in sums if moved in one.parts}
    assert totals == {"area:a@0", "area:b"}
