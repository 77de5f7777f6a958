"""The cells of a release: the city, its areas and its types, who stands in each, and which sums tie them together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from jieyue.apps.accounts.due import due
from jieyue.apps.accounts.nodes import ROOT, RunNode, RunTrees
from jieyue.apps.accounts.queries import run_trees
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, institution_sums
from jieyue.apps.registry.sensitive import sensitive_on
from jieyue.apps.trees.queries import all_memberships
from jieyue.domain.indicators import compute
from jieyue.domain.suppression import Contributors, Measure, Sum

#: The trees whose nodes are cells.
TREES = ("area", "type")
CITY = ROOT
Values = Mapping[str, Mapping[int, Fraction]]


@dataclass(frozen=True)
class Population:
    """Who is in the city's figures: indicator → institution → value, cell → institutions, and who is sensitive.

    intensities: of indicators that do not add up, for quantiles.
    """

    values: Values
    members: Mapping[str, frozenset[int]]
    sensitive: frozenset[int] = frozenset()
    intensities: Values = field(default_factory=dict)

    def contributors(self, who: frozenset[int]) -> Contributors:
        """How many stand behind a cell, the share of the largest in each indicator, and that of the sensitive."""
        marked, every = who & self.sensitive, self.values.values()
        return Contributors(
            len(who),
            [_largest(by, who) for by in every],
            len(marked),
            [_share(by, marked, who) for by in every],
        )

    def value(self, indicator: str, who: Iterable[int]) -> Fraction:
        """An indicator of some institutions together."""
        by = self.values[indicator]
        return sum((by.get(number, Fraction(0)) for number in who), Fraction(0))


def _largest(by: Mapping[int, Fraction], who: Iterable[int]) -> Fraction | None:
    own = [by[number] for number in who if number in by]
    total = sum(own, Fraction(0))
    return max(own) / total if total > 0 else None


def _share(by: Mapping[int, Fraction], part: Iterable[int], who: Iterable[int]) -> Fraction | None:
    total = sum((by.get(number, Fraction(0)) for number in who), Fraction(0))
    return sum((by.get(number, Fraction(0)) for number in part), Fraction(0)) / total if total > 0 else None


def nodes_of(plan: RunPlan) -> list[RunNode]:
    """The cells besides the city: every node below the roots in being, each above what hangs below it, by code."""
    trees = run_trees(plan)
    found: list[RunNode] = []
    for tree in TREES:
        below = _below(tree, trees)
        root = trees.root(tree)
        found += _walk(root, below) if root is not None else []
    return found


def _below(tree: str, trees: RunTrees) -> dict[int, list[RunNode]]:
    """Node → what hangs directly below it, by code."""
    found: dict[int, list[RunNode]] = defaultdict(list)
    for node in sorted(trees.nodes.values(), key=lambda one: one.code):
        if node.tree == tree and node.in_being and not node.outside and node.parent is not None:
            found[node.parent].append(node)
    return found


def _walk(node: int, below: Mapping[int, list[RunNode]]) -> list[RunNode]:
    return [step for child in below.get(node, ()) for step in (child, *_walk(child.node, below))]


def population_of(
    plan: RunPlan, indicators: Sequence[str], marks: date, intensities: Sequence[str] = ()
) -> Population:
    """Everybody in the city's figures of a run, by institution; reads the lake, so it is the worker's.

    marks: the day whose marks say who is sensitive.
    """
    inside = {number for number, row in due(plan, NODES, CITY).items() if row.in_scope}
    ids, sums = institution_sums(plan, None)
    columns = compute(sums, plan.method.account, [*indicators, *intensities])
    every: dict[str, dict[int, Fraction]] = {}
    for code in (*indicators, *intensities):
        pairs = zip(ids, columns[code].values, strict=True)
        every[code] = {number: value for number, value in pairs if value is not None and number in inside}
    values = {code: every[code] for code in indicators}
    there = {number for by in values.values() for number in by}
    ratios = {code: every[code] for code in intensities}
    return Population(values, _members(plan, there), sensitive_on(marks) & there, ratios)


def _members(plan: RunPlan, there: set[int]) -> dict[str, frozenset[int]]:
    trees = run_trees(plan)
    found: dict[str, set[int]] = {CITY: set(there), **{node.scope: set() for node in nodes_of(plan)}}
    for tree in TREES:
        parents = trees.parents(tree)
        for number, node in all_memberships(tree, plan.day, plan.key.sequence).items():
            step: int | None = node if number in there else None
            while step is not None:
                found.get(trees.nodes[step].scope, set()).add(number)
                step = parents.get(step)
    return {key: frozenset(who) for key, who in found.items()}


def measures_of(
    people: Population, rests: Mapping[str, frozenset[int]], printed: Mapping[str, int]
) -> dict[str, Measure]:
    """What a reader may solve for, by indicator. rests: groups that stand in no table. printed: decimals of each."""
    groups = {**people.members, **rests}
    return {
        code: Measure(
            {key: people.value(code, who) for key, who in groups.items()},
            Fraction(1, 2 * 10 ** printed[code]),
        )
        for code in people.values
    }


def parts_of(plan: RunPlan) -> dict[str, list[str]]:
    """Cell → the cells directly below it, one entry for each tree of the city (`city` and `city/type`)."""
    trees = run_trees(plan)
    found: dict[str, list[str]] = {}
    for tree in TREES:
        root = trees.root(tree)
        for node, children in _below(tree, trees).items():
            key = f"{CITY}/{tree}" if node == root else trees.nodes[node].scope
            found[key] = [child.scope for child in children]
    return found


def sums_of(
    people: Population, parts: Mapping[str, list[str]]
) -> tuple[list[Sum], dict[str, frozenset[int]]]:
    """(what adds up to what, who is in a cell and in none below it: a group that stands in no table, by key)."""
    sums, rests = [], {}
    for key, children in parts.items():
        total = key.partition("/")[0]
        held = frozenset().union(*(people.members[child] for child in children))
        rest = people.members[total] - held
        if rest:
            rests[f"{key}~rest"] = rest
        sums.append(Sum(total, (*children, *([f"{key}~rest"] if rest else []))))
    return sums, rests
