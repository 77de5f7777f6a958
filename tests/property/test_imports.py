"""Imports of generated files: the order and the cut of the files do not matter, and the same again changes nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import cities
from tests.property.cities import TREES, Place, Row

Fresh = Callable[[], AbstractContextManager[Any]]


def store() -> dict[str, Any]:
    """What is stored, by the codes that people know; identifiers and version numbers left out."""
    from jieyue.apps.registry.models import InstitutionVersion
    from jieyue.apps.returns.models import Return, ReturnVersion
    from jieyue.apps.trees.models import Membership, NodeVersion

    versions = list(InstitutionVersion.objects.as_of())
    codes = {row.institution_id: row.code for row in versions}
    nodes = {row.node_id: row.code for row in NodeVersion.objects.as_of()}
    said = dict(ReturnVersion.objects.values_list("id", "cells"))
    return {
        "institutions": sorted(
            (row.code, row.name, row.valid_from, row.valid_to, row.persons, row.floor_area)
            for row in versions
        ),
        "places": sorted(
            (codes[row.institution], row.tree, nodes[row.node], row.valid_from, row.valid_to)
            for row in Membership.objects.as_of()
        ),
        "returns": sorted(
            (codes[row.subject], row.form, row.period, said[row.current]) for row in Return.objects.all()
        ),
    }


def figures(city: list[Place]) -> dict[tuple[str, str], Any]:
    scopes = [scope for tree in TREES for scope in cities.parents_of(tree, "2024")]
    return cities.printed([*dict.fromkeys(scopes), *(place.code for place in city[:2])], "2024")


HEADS = (*cities.HEADS, "energy_users")


def dated_rows(city: list[Place], chance: Random) -> list[Row]:
    """A row an institution, and for some a second one: other persons and another line from July 2023."""
    rows: list[Row] = []
    for row in cities.institution_rows(city):
        rows.append((*row, str(chance.randint(1, 500))))
        if chance.random() < 0.4:
            line = chance.choice([line for line in cities.LINES if line != cities.OUTSIDE])
            rows.append((*row[:5], line, "2023-07-01", str(chance.randint(501, 999))))
    return rows


@given(city=cities.cities(low=3, high=8), chance=st.randoms(use_true_random=False))
@settings(max_examples=2)
def test_shuffled_split_and_repeated_files_give_the_same_store_and_figures(
    fresh: Fresh, city: list[Place], chance: Random
) -> None:
    people, facts = dated_rows(city, chance), cities.return_rows(city)
    with fresh():
        assert cities.bring_institutions(people, HEADS).applied
        assert cities.bring_returns(facts).applied
        wanted, wanted_figures = store(), figures(city)
    chance.shuffle(people)
    chance.shuffle(facts)
    with fresh():
        for part in cut(people, chance):
            assert cities.bring_institutions(part, HEADS).applied
        for part in cut(facts, chance):
            assert cities.bring_returns(part).applied
        assert store() == wanted
        assert figures(city) == wanted_figures
        from jieyue.apps.publication.queries import last_number

        before = last_number()
        for done, rows in (
            (cities.bring_institutions(people, HEADS), people),
            (cities.bring_returns(facts), facts),
        ):
            told = (done.read, done.accepted, done.duplicate, done.rejected)
            assert told == (len(rows), 0, len(rows), 0)
        assert last_number() == before
        assert store() == wanted


def cut(rows: list[Row], chance: Random) -> list[list[Row]]:
    """Two files; a part without rows is no file."""
    place = chance.randint(0, len(rows))
    return [part for part in (rows[:place], rows[place:]) if part]


@given(
    city=cities.cities(low=3, high=6),
    later=cities.cities(low=3, high=6),
)
@settings(max_examples=2)
def test_receipts_replay_after_any_later_import(fresh: Fresh, city: list[Place], later: list[Place]) -> None:
    """New facts, restated facts and new institutions: every receipt of before still gives its figure."""
    from jieyue.apps.accounts import receipts
    from jieyue.apps.accounts.queries import figures as ask

    with fresh():
        cities.build(city)
        scopes = ["city", "type:021", f"area:{city[0].area}", city[0].code]
        rows = ask(scopes, "2024", indicators=list(cities.SUMS))
        before = {row.receipt: row.exact for row in rows}
        of_scope = {row.scope: row.receipt for row in rows}
        known = {place.code for place in city}
        new = [row for row in cities.institution_rows(later) if row[0] not in known]
        if new:
            assert cities.bring_institutions(new).applied
        news = [row for row in cities.return_rows(later) if row[0] in known]
        assert cities.bring_returns(news, restate="更正").applied
        for number, value in before.items():
            assert receipts.find(number)[3].value == value
        # The city's receipt replays all nodes, the institution's its own figures.
        for scope in ("city", f"institution:{city[0].code}"):
            assert receipts.replay(of_scope[scope]).equal
