"""What earlier releases of the same year tell a reader: numbers already out, sums of other boundaries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.apps.disclosure.cells import CITY, Population
from jieyue.domain.suppression import Measure, Sum


@dataclass(frozen=True)
class Known:
    """Of earlier releases whose facts are the same.

    groups: cells of them, by institutions, that are not cells now. printed: keys whose numbers are out. hidden: keys
    that were withheld and must stay so. sums: how their cells and today's share the same institutions.
    """

    groups: Mapping[str, frozenset[int]]
    printed: frozenset[str]
    hidden: frozenset[str]
    sums: Sequence[Sum]


def known_from(releases: Iterable[Mapping[str, Any]], people: Population) -> Known:
    """What the kept parts of earlier releases of the period say, where the city's numbers are still the same.

    A release of other facts (something was corrected since) says other numbers: its sums and these do not mix. But a
    correction changes little, so what it withheld stays withheld, and what it printed hides nothing any more.
    """
    groups: dict[str, frozenset[int]] = {}
    printed: set[str] = set()
    hidden: set[str] = set()
    sums: list[Sum] = []
    for place, kept in enumerate(releases):
        withheld = set(kept["withheld"])
        if not _same_facts(kept, people):
            still = people.members.keys() & kept["members"].keys()
            printed |= still - withheld
            hidden |= still & withheld
            continue
        names = {CITY: CITY}
        for key, who in kept["members"].items():
            members = frozenset(who)
            names[key] = key if people.members.get(key) == members else f"{key}@{place}"
            if names[key] != key:
                groups[names[key]] = members
        printed |= {names[key] for key in names if key not in withheld}
        hidden |= {names[key] for key in withheld if key in names}
        sums += [Sum(names[total], tuple(names[key] for key in parts)) for total, *parts in kept["sums"]]
    return Known(groups, frozenset(printed - hidden), frozenset(hidden), sums)


def _same_facts(kept: Mapping[str, Any], people: Population) -> bool:
    shared = [code for code in kept["exact"] if code in people.values]
    return bool(shared) and all(
        Fraction(kept["exact"][code]) == people.value(code, people.members[CITY]) for code in shared
    )


def atoms(now: Population, known: Known) -> tuple[dict[str, frozenset[int]], list[Sum]]:
    """Who moved between boundary sets: the pieces that old and new areas share, and the sums over them.

    A piece is in no table, but the difference of two printed areas is one: a few institutions that changed the
    district must not be worked out.
    """
    old = {key: who for key, who in known.groups.items() if "@" in key}
    touched: dict[str, frozenset[int]] = dict(old)
    for who in old.values():
        for key, members in now.members.items():
            if (
                key != CITY
                and key.partition(":")[0] in {one.partition(":")[0] for one in old}
                and who & members
            ):
                touched[key] = members
    signature: dict[int, set[str]] = defaultdict(set)
    for key, who in touched.items():
        for number in who:
            signature[number].add(key)
    pieces: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for number, keys in signature.items():
        pieces[tuple(sorted(keys))].add(number)
    names = {keys: "∩".join(keys) + "∩" for keys in pieces}
    sums = [Sum(key, tuple(names[keys] for keys in pieces if key in keys)) for key in touched]
    return {name: frozenset(pieces[keys]) for keys, name in names.items()}, sums


def with_groups(
    measures: Mapping[str, Measure], people: Population, groups: Mapping[str, frozenset[int]]
) -> dict[str, Measure]:
    """The measures with more cells."""
    return {
        code: Measure(
            {**one.values, **{key: people.value(code, who) for key, who in groups.items()}}, one.half
        )
        for code, one in measures.items()
    }
