"""What a release may leave out so that nothing withheld can be worked out: whole tables below a cell.

A single cell that would help is withheld already; what is left is not to print what a cell is made of. Then its parts
are in no sum, and nothing is said of any of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations

#: Cell → the cells directly below it; the two trees of the city are `city/area` and `city/type`.
Parts = Mapping[str, Sequence[str]]
REST = "~rest"
#: How many tables are left out together at most, and how many choices are tried: each is a whole test.
MOST = 3
TRIES = 24


def lost(parts: Parts, tables: Collection[str]) -> frozenset[str]:
    """Every cell that goes with these tables, and the groups beside their cells.

    >>> sorted(lost({"city/area": ["a", "b"], "a": ["c"], "city/type": ["t"]}, ["city/area"]))
    ['a', 'a~rest', 'b', 'c', 'city/area~rest']
    """
    found: set[str] = set()
    for table in tables:
        children = parts.get(table, ())
        below = [child for child in children if child in parts]
        found |= {*children, f"{table}{REST}", *lost(parts, below)}
    return frozenset(found)


def table_of(parts: Parts, key: str) -> str:
    """The table in which a cell stands, or that it is the rest of; "" if it is in none."""
    if key.endswith(REST):
        return key.removesuffix(REST)
    return next((table for table, children in parts.items() if key in children), "")


def _tables_of(parts: Parts, key: str) -> frozenset[str]:
    """The tables that have to do with an exposed cell or piece: its own, those above it and that of its parts."""
    found: set[str] = set()
    for part in (one.partition("@")[0] for one in key.split("∩") if one):
        found |= {part} & parts.keys()
        table = table_of(parts, part)
        while table:
            found.add(table)
            table = table_of(parts, table)
    return frozenset(found)


def _choices(parts: Parts, exposed: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Sets of tables of which every exposed cell meets one and none lies within another, the fewest cells first."""
    options = [_tables_of(parts, key) for key in exposed]
    tables = sorted(frozenset().union(*options))
    sets = [one for size in range(1, MOST + 1) for one in combinations(tables, size)]
    fitting = [
        chosen
        for chosen in sets
        if all(option & set(chosen) for option in options)
        and not any(table in lost(parts, [other]) for table in chosen for other in chosen)
    ]
    yield from sorted(fitting, key=lambda chosen: (cells_lost(parts, chosen), len(chosen), chosen))


def cells_lost(parts: Parts, tables: Collection[str]) -> int:
    """How many cells the reader goes without."""
    return sum(not key.endswith(REST) for key in lost(parts, tables))


def least_to_leave_out(
    parts: Parts, exposed: Collection[str], passes: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """The tables with the fewest cells without which the release passes; empty if none of those tried does."""
    for place, chosen in enumerate(_choices(parts, exposed)):
        if place == TRIES:
            break
        if passes(chosen):
            return chosen
    return ()
