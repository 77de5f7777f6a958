"""What a month's charts need of single institutions, for every node: completeness weighted by the energy of the same
month a year before, and how unit prices spread. Computed once for a month's run and stored with it.

A price stands for who states both quantity and money; who states money alone (a lump sum) is counted beside it. A node
with fewer than ten prices of a carrier has no quantiles; a quantile always lies between two institutions.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Final

import numpy as np

from jieyue.apps.accounts.collect import Everyone
from jieyue.apps.accounts.everyone import everyone
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.accounts.nodes import ROOT, TREES
from jieyue.apps.accounts.services.compute_run import RunPlan, store_part, stored_content
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.indicators import compute
from jieyue.domain.quantiles import between

MARKS: Final = "month_marks.1"
ENERGY: Final = "energy_total_tce"
LEAST: Final = 10
SHARES: Final = (10, 50, 90)
_FIXED: Final = 10_000
_kept = LastFew["Marks"](64)


@dataclass(frozen=True)
class Prices:
    """A carrier in a node: how many state a price, how many money alone, money in all [yuan], P10, P50, P90."""

    n: int
    lumps: int
    money: Fraction
    quantiles: Mapping[int, Fraction]


@dataclass(frozen=True)
class Marks:
    """Scope → [part, whole of the weight, carrier → prices], as it is stored."""

    rows: Mapping[str, Any]

    def weighted(self, scope: str) -> Fraction | None:
        """Completeness weighted by the year before, in [0, 1]; None where nothing that is due had any."""
        part, whole = self.rows.get(scope, (0, 0, {}))[:2]
        return Fraction(part, whole) if whole else None

    def prices(self, scope: str) -> dict[str, Prices]:
        """Carrier → prices."""
        found = self.rows.get(scope, (0, 0, {}))[2]
        return {
            carrier: Prices(
                n, lumps, Fraction(money, _FIXED), dict(zip(SHARES, map(Fraction, texts), strict=False))
            )
            for carrier, (n, lumps, money, *texts) in found.items()
        }


def marks_over(pairs: Sequence[tuple[RunPlan, RunPlan]], *, compute_them: bool = True) -> list[Marks] | None:
    """The marks of several months, each (its run, the run of the same month a year before), in one question;
    compute_them False: None where one is not stored."""
    found = {now.id: known for now, _then in pairs if (known := _kept.peek(now.id)) is not None}
    lacking = [now.id for now, _then in pairs if now.id not in found]
    if lacking:
        stored = RunFrame.objects.filter(run_id__in=lacking, part=MARKS).values_list("run_id", "content")
        found |= {run: Marks(json.loads(bytes(content))) for run, content in stored}
    for now, then in pairs:
        if now.id not in found:
            if not compute_them:
                return None
            found[now.id] = store_marks(now, then)
        _kept.keep(now.id, found[now.id])
    return [found[now.id] for now, _then in pairs]


def store_marks(now: RunPlan, then: RunPlan) -> Marks:
    """Compute the marks of a month and keep them with its run."""
    made = compute_marks(now, then)
    content = json.dumps(made.rows, sort_keys=True).encode()
    store_part(now, MARKS, content, hashlib.sha256(content).hexdigest())
    return made


def compute_marks(now: RunPlan, then: RunPlan) -> Marks:
    """Compute the marks of a month; stores nothing."""
    return Marks(dict(_rows(now, then)))


def stored_marks(now: RunPlan) -> Marks | None:
    """The marks of a month as they are stored; None if they never were computed."""
    content = stored_content(now.id, MARKS)
    return None if content is None else Marks(json.loads(content))


def _rows(now: RunPlan, then: RunPlan) -> Iterator[tuple[str, Any]]:
    people = everyone(now)
    part, whole = _weights(now, people, then)
    prices = _Stated(now, people)
    for scope, places in _scopes(people):
        yield scope, [_added(part[places]), _added(whole[places]), dict(prices.of(places))]


def _added(column: Any) -> int:
    """The sum of whole numbers of any size."""
    return int(sum(column.tolist()))


def _weights(now: RunPlan, people: Everyone, then: RunPlan) -> tuple[Any, Any]:
    """What each weighs that owes a return of the month, and the part of it that is there; in one unit."""
    before = everyone(then)
    column = compute(before.sums, then.method.account, [ENERGY])[ENERGY].values
    had = {
        number: int(value * _FIXED**2)
        for number, value, counted in zip(before.ids.tolist(), column, before.counted.tolist(), strict=True)
        if value is not None and counted
    }
    owed, there = people.expected.tolist(), people.present.tolist()
    times = lcm(*(each for each in set(owed) if each > 0))
    whole, part = [], []
    for number, due, filed in zip(people.ids.tolist(), owed, there, strict=True):
        weight = had.get(number, 0) if due > 0 else 0
        whole.append(weight * times)
        part.append(weight * times * filed // due if due > 0 else 0)
    return np.array(part, dtype=object), np.array(whole, dtype=object)


def _scopes(people: Everyone) -> Iterator[tuple[str, Any]]:
    """Every node with the places of the counted institutions at it or below it."""
    counted = people.counted
    yield ROOT, np.flatnonzero(counted)
    for tree in TREES:
        parents = people.trees.parents(tree)
        inside: dict[int, set[int]] = {}
        for node in parents:
            step: int | None = node
            while step is not None:
                inside.setdefault(step, set()).add(node)
                step = parents.get(step)
        at = people.nodes[tree]
        for scope, known in people.trees.by_scope().items():
            if known.tree == tree and scope != ROOT:
                places = np.flatnonzero(counted & np.isin(at, list(inside.get(known.node, ()))))
                if len(places):
                    yield scope, places


class _Stated:
    """Unit prices and money by carrier, of all institutions."""

    def __init__(self, plan: RunPlan, people: Everyone) -> None:
        form = plan.method.account.form
        self._carriers = [item.carrier for item in form.carriers if item.carrier in form.costs]
        codes = [f"unit_price_{carrier}" for carrier in self._carriers]
        found = compute(people.sums, plan.method.account, codes)
        self._exact = {
            carrier: list(found[code].values) for carrier, code in zip(self._carriers, codes, strict=True)
        }
        self._near = {
            carrier: np.array([float("nan") if value is None else float(value) for value in column])
            for carrier, column in self._exact.items()
        }
        self._money = {carrier: people.sums.count(f"t_{form.costs[carrier]}") for carrier in self._carriers}

    def of(self, places: Any) -> Iterator[tuple[str, list[Any]]]:
        """(carrier, what is stored of it) of some institutions; a carrier that nobody paid for is absent."""
        for carrier in self._carriers:
            money, near = self._money[carrier][places], self._near[carrier][places]
            stated = np.flatnonzero(~np.isnan(near))
            lumps = int(sum(bool(paid) and gone for paid, gone in zip(money, np.isnan(near), strict=True)))
            if not len(stated) and not lumps:
                continue
            texts: list[str] = []
            if len(stated) >= LEAST:
                order = stated[np.argsort(near[stated], kind="stable")]
                exact = self._exact[carrier]
                values = [value for place in order if (value := exact[int(places[place])]) is not None]
                texts = [str(between(values, Fraction(share, 100))) for share in SHARES]
            yield carrier, [len(stated), lumps, _added(money), *texts]
