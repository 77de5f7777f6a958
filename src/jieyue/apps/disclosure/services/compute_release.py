"""Compute a proposed release: the figures, what must be withheld, and whether that holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.audit.services.record import digest, record
from jieyue.apps.disclosure.cells import (
    CITY,
    Population,
    measures_of,
    nodes_of,
    parts_of,
    population_of,
    sums_of,
)
from jieyue.apps.disclosure.document import document_of
from jieyue.apps.disclosure.earlier import atoms, known_from, with_groups
from jieyue.apps.disclosure.models import DataRelease
from jieyue.apps.disclosure.quantiles import Quantiles, Rule, quantiles_of
from jieyue.apps.disclosure.remedy import Parts, cells_lost, least_to_leave_out, lost, table_of
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.suppression import SENSITIVE, Measure, Pattern, Sum, is_hidden, primary, protect

#: Sums that are tested whether they are printed or not: an intensity and one of them give the other.
TESTED = ("energy_total_tce", "water_total_m3", "co2_total_t", "floor_area_m2", "persons")
#: Why a cell cannot be withheld any more: an earlier release of the year printed it.
PRINTED = "printed"
_State = DataRelease.State


def compute_release(number: int) -> DataRelease:
    """Make the document of a proposal; one that was dropped meanwhile stays so. Raises what figures raise."""
    row = DataRelease.objects.get(pk=number)
    plan = run_for(row.period, sequence=row.sequence)
    known_codes = indicator_codes(plan.method.account.form)
    tested = [code for code in TESTED if code in known_codes]
    marks = settings.JIEYUE_HOME.today()
    indicators = [code for code in row.indicators if code in known_codes]
    ratios = [code for code in indicators if home_catalog().indicator(code).shape == "ratio"]
    people = population_of(plan, tested, marks, ratios)
    parts = parts_of(plan)
    sums, rests = sums_of(people, parts)
    decimals = {code: home_catalog().indicator(code).decimals for code in tested}
    inside = _Inside(people, sums, rests, parts, measures_of(people, rests, decimals)).without(row.left_out)
    found = _protected(row, inside)
    pattern = _named(found, inside)
    nodes = [node for node in nodes_of(plan) if node.scope not in inside.gone]
    quantiles = _quantiles(row, nodes, people, pattern)
    content = document_of(plan, nodes, people, pattern, indicators, _rule(), marks=marks)
    content["quantiles"] = quantiles.rows
    if inside.left_out:
        content["left_out"] = list(inside.left_out)
    kept = _kept(inside, pattern) | _in_the_way(row, inside, found) | {"quantiles": quantiles.used}
    with transaction.atomic():
        locked = DataRelease.objects.select_for_update().get(pk=number)
        if locked.state != _State.COMPUTING:
            return locked
        locked.content, locked.kept = content, kept
        locked.digest, locked.state = digest(content), _State.READY
        locked.save(update_fields=["content", "kept", "digest", "state"])
        record(
            "disclosure.compute", f"disclosure:{number}", actor="worker", after=locked.digest,
            data={"withheld": len(pattern.withheld), "exposed": list(pattern.exposed)},
        )  # fmt: skip
    return locked


def _quantiles(row: DataRelease, nodes: Sequence[RunNode], people: Population, pattern: Pattern) -> Quantiles:
    rule = Rule(
        int(_threshold("least")), _threshold("dominance"), _threshold("within"), frozenset(pattern.withheld)
    )
    return quantiles_of(nodes, people, rule, [one.kept for one in _earlier(row)])


def _earlier(row: DataRelease) -> QuerySet[DataRelease]:
    return DataRelease.objects.filter(period=row.period, state=_State.RELEASED).order_by("pk")


def _threshold(name: str) -> Fraction:
    return Fraction(home_catalog().threshold(f"disclosure_{name}").value)


def _rule() -> dict[str, str]:
    names = ("least", "dominance", "within")
    return {name: str(home_catalog().threshold(f"disclosure_{name}").value) for name in names}


@dataclass(frozen=True)
class _Inside:
    """Who stands where, what adds up to what, and the groups that stand in no table.

    left_out, gone: tables that the release goes without, and their cells; their sums are not in `sums`. rests: groups
    of the other tables.
    """

    people: Population
    sums: Sequence[Sum]
    rests: Mapping[str, frozenset[int]]
    parts: Parts
    measures: Mapping[str, Measure]
    gone: frozenset[str] = frozenset()
    left_out: Sequence[str] = ()

    def without(self, tables: Collection[str]) -> "_Inside":
        """The same with these tables left out as well."""
        gone = self.gone | lost(self.parts, tables)
        left_out = [table for table in (*self.left_out, *tables) if table not in gone]
        return replace(
            self,
            sums=[one for one in self.sums if gone.isdisjoint(one.parts)],
            rests={key: who for key, who in self.rests.items() if key not in gone},
            gone=gone,
            left_out=left_out,
        )

    @property
    def cells(self) -> dict[str, frozenset[int]]:
        """The cells of the release below the city."""
        return {k: who for k, who in self.people.members.items() if k != CITY and k not in self.gone}


def _protected(row: DataRelease, inside: _Inside) -> Pattern:
    """What must be withheld, of tables, of groups in none and of earlier releases, and what is so in vain."""
    people, rests = inside.people, inside.rests
    known = known_from([one.kept for one in _earlier(row)], people)
    pieces, shared = atoms(people, known)
    measures = with_groups(inside.measures, people, {**known.groups, **pieces})
    tested = {**inside.cells, **rests, **pieces}
    cells = {key: people.contributors(who) for key, who in tested.items()}
    first = primary(cells, least=int(_threshold("least")), dominance=_threshold("dominance"))
    # Marked after its cell came out: the old release stays, and the cell is in none of the later ones.
    printed = {key for key in known.printed if first.get(key) != SENSITIVE}
    found = protect(
        measures,
        [*inside.sums, *known.sums, *shared],
        {key: why for key, why in first.items() if key not in printed},
        within=_threshold("within"),
        fixed={CITY, *printed},
        withheld=known.hidden,
        unprinted={*rests, *pieces, *(inside.gone - printed)},
    )
    out = {key: PRINTED for key in first if key in printed}
    return Pattern({**found.withheld, **out}, found.bounds, tuple(dict.fromkeys([*found.exposed, *out])))


def _named(found: Pattern, inside: _Inside) -> Pattern:
    """Of the cells of the release alone."""
    withheld = {key: why for key, why in found.withheld.items() if key in inside.cells and why != PRINTED}
    return Pattern(withheld, found.bounds, found.exposed)


def _in_the_way(row: DataRelease, inside: _Inside, pattern: Pattern) -> dict[str, Any]:
    """Of what is withheld in vain: where it stands, why it is withheld, what of it can be worked out, and without which
    tables the release would pass."""
    within = _threshold("within")
    open_to = [
        {"indicator": code, "key": key, "low": found.low, "high": found.high}
        for (code, key), found in sorted(pattern.bounds.items())
        if key in pattern.exposed
        and key in inside.measures[code].values
        and not is_hidden(inside.measures[code].values[key], found, within)
    ]

    def passes(tables: tuple[str, ...]) -> bool:
        return not _protected(row, inside.without(tables)).exposed

    remedy = least_to_leave_out(inside.parts, pattern.exposed, passes) if pattern.exposed else ()
    return {
        "in_the_way": {
            key: {"table": table_of(inside.parts, key), "why": pattern.withheld.get(key, "")}
            for key in pattern.exposed
        },
        "open": open_to,
        "remedy": [{"table": table, "cells": cells_lost(inside.parts, [table])} for table in remedy],
    }


def _kept(inside: _Inside, pattern: Pattern) -> dict[str, Any]:
    people, rests = inside.people, inside.rests
    return {
        "exact": {code: str(people.value(code, people.members[CITY])) for code in people.values},
        "members": {key: sorted(who) for key, who in {**inside.cells, **rests}.items()},
        "sums": [[one.total, *one.parts] for one in inside.sums],
        "withheld": {**dict.fromkeys(rests, "unprinted"), **pattern.withheld},
        "exposed": list(pattern.exposed),
        "sensitive": sorted(people.sensitive),
        "bounds": [
            {"indicator": code, "key": key, "low": found.low, "high": found.high}
            for (code, key), found in sorted(pattern.bounds.items())
            if key in pattern.withheld
        ],
    }
