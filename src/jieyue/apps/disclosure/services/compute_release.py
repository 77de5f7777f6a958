"""Compute a proposed release: the figures, what must be withheld, and whether that holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.suppression import SENSITIVE, Pattern, Sum, primary, protect

#: Sums that are tested whether they are printed or not: an intensity and one of them give the other.
TESTED = ("energy_total_tce", "water_total_m3", "co2_total_t", "floor_area_m2", "persons")
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
    sums, rests = sums_of(people, parts_of(plan))
    inside = _Inside(people, sums, rests)
    pattern = _pattern(row, inside, {code: home_catalog().indicator(code).decimals for code in tested})
    nodes = nodes_of(plan)
    quantiles = _quantiles(row, nodes, people, pattern)
    content = document_of(plan, nodes, people, pattern, indicators, _rule(), marks=marks)
    content["quantiles"] = quantiles.rows
    with transaction.atomic():
        locked = DataRelease.objects.select_for_update().get(pk=number)
        if locked.state != _State.COMPUTING:
            return locked
        locked.content, locked.kept = content, _kept(inside, pattern) | {"quantiles": quantiles.used}
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
    """Who stands where, what adds up to what, and the groups that stand in no table."""

    people: Population
    sums: Sequence[Sum]
    rests: Mapping[str, frozenset[int]]


def _pattern(row: DataRelease, inside: _Inside, decimals: Mapping[str, int]) -> Pattern:
    people, rests = inside.people, inside.rests
    known = known_from([one.kept for one in _earlier(row)], people)
    pieces, shared = atoms(people, known)
    groups = {**known.groups, **pieces}
    measures = with_groups(measures_of(people, rests, decimals), people, groups)
    tested = {key: who for key, who in {**people.members, **rests, **pieces}.items() if key != CITY}
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
        unprinted={*rests, *pieces},
    )
    named = {key: why for key, why in found.withheld.items() if key in people.members}
    out = [key for key in first if key in printed]
    return Pattern(named, found.bounds, tuple(dict.fromkeys([*found.exposed, *out])))


def _kept(inside: _Inside, pattern: Pattern) -> dict[str, Any]:
    people, rests = inside.people, inside.rests
    members = {**people.members, **rests}
    return {
        "exact": {code: str(people.value(code, people.members[CITY])) for code in people.values},
        "members": {key: sorted(who) for key, who in members.items() if key != CITY},
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
