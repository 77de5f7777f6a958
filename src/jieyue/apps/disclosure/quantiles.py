"""Quantiles by type in a release: of whom they are, which are withheld, and how they stand in the document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.disclosure.cells import Population
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.public_quantiles import SHARES, public_quantiles
from jieyue.domain.rounding import display


@dataclass(frozen=True)
class Rule:
    """The settings of withheld cells, and the cells that are withheld."""

    least: int
    dominance: Fraction
    within: Fraction
    withheld: frozenset[str]


@dataclass(frozen=True)
class Quantiles:
    """rows: of the document; used: type and indicator → institutions, kept inside for later releases."""

    rows: list[dict[str, Any]]
    used: dict[str, list[int]]


def quantiles_of(
    nodes: Iterable[RunNode], people: Population, rule: Rule, earlier: Sequence[Mapping[str, Any]]
) -> Quantiles:
    """The quantiles of every type, for each intensity of the release. earlier: kept parts of its year's releases."""
    rows, used = [], {}
    for node in nodes:
        if node.tree != "type":
            continue
        values: dict[str, Any] = {}
        for code, by in people.intensities.items():
            who = sorted(
                n for n in people.members[node.scope] if by.get(n, 0) > 0 and n not in people.sensitive
            )
            found = None if _is_withheld(node.scope, code, who, people, rule, earlier) else _of(who, by, rule)
            values[code] = None if found is None else _shown(code, len(who), found)
            if found is not None:
                used[f"{node.scope}/{code}"] = who
        rows.append({"code": node.code, "name_zh": node.name_zh, "name_en": node.name_en, "values": values})
    return Quantiles(rows, used)


def _of(who: Sequence[int], by: Mapping[int, Fraction], rule: Rule) -> dict[str, Fraction] | None:
    return public_quantiles(
        [by[n] for n in who], least=rule.least, dominance=rule.dominance, within=rule.within
    )


def _is_withheld(
    scope: str,
    code: str,
    who: Sequence[int],
    people: Population,
    rule: Rule,
    earlier: Sequence[Mapping[str, Any]],
) -> bool:
    """The cell is withheld; or one sensitive institution alone is left out; or an earlier release had a few less or
    more, who could be worked out from the difference."""
    if scope in rule.withheld or len(people.members[scope] & people.sensitive) == 1:
        return True
    before = (set(kept.get("quantiles", {}).get(f"{scope}/{code}", who)) for kept in earlier)
    return any(0 < len(old.symmetric_difference(who)) < rule.least for old in before)


def _shown(code: str, count: int, found: Mapping[str, Fraction]) -> dict[str, Any]:
    decimals = home_catalog().indicator(code).decimals
    return {"n": count, **{name: display(found[name], decimals) for name in SHARES}}
