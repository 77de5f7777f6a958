"""How well the review rules find the sample city's planted mistakes: recall and precision by kind, for a seed.

`python -m bench.mistakes --seed 7 [--institutions 16685]`. The city is judged straight from its frames, without a
home; kinds that need the registry (returns not there, members counted twice) are shown by the command's tests.
Tuning looked at the default seed alone: judge the rules by another.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from jieyue.catalog.loader import load_catalog
from jieyue.catalog.ruleset import load_ruleset
from jieyue.domain.review import Flag, Rule, check, rule_of
from jieyue.domain.review_panel import Desk, Panel
from jieyue.sample.city import build
from jieyue.sample.model import APPROVED, FULL_SIZE, RETURNED, SUBMITTED, SampleCity

FORM = "NY201"
#: Kind of mistake → rules that are there to find it.
FINDERS: Mapping[str, tuple[str, ...]] = {
    "yuan_wan": ("U01",),
    "kwh_mwh": ("U01",),
    "copied_period": ("D11",),
    "copied_institution": ("D12",),
    "jumped_persons": ("S01", "Y01"),
    "jumped_area": ("S01", "Y02"),
}
#: Kinds that are labelled by cell; a copy is labelled on every item and told once.
BY_CELL = frozenset({"yuan_wan", "kwh_mwh", "jumped_persons", "jumped_area"})


@dataclass(frozen=True)
class Score:
    """How many mistakes of a kind there are and how many were found."""

    planted: int
    found: int

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0


@dataclass(frozen=True)
class Outcome:
    """Scores by kind; of scale errors and copies how many flags were right; clean returns that were flagged."""

    kinds: Mapping[str, Score]
    scale_flags: int
    scale_right: int
    copy_flags: int
    copy_right: int
    returns: int
    clean_flagged: int

    def lines(self) -> Iterable[str]:
        """For people."""
        for kind, score in self.kinds.items():
            yield f"{kind:<20} {score.found:>5} of {score.planted:>5}  recall {score.recall:.3f}"
        yield f"scale errors: {self.scale_right} of {self.scale_flags} flags right"
        yield f"copies: {self.copy_right} of {self.copy_flags} flags right (the one copied from is told as well)"
        share = self.clean_flagged / self.returns
        yield f"clean returns flagged: {self.clean_flagged} of {self.returns} ({share:.1%})"


def judge(institutions: int, seed: int, years: Iterable[int] = (2025, 2026)) -> Outcome:
    """Build the city, judge its months, compare with what was planted."""
    city = build(institutions, seed=seed)
    flags = [flag for year in years for flag in _flags(city, year)]
    names = sorted({name for frame in city.returns(FORM) for name in frame.institutions})
    planted = [
        row
        for row in city.planted.to_dicts()
        if row["kind"] in FINDERS and int(row["period"][:4]) in set(years)
    ]
    kinds = {}
    for kind, rules in FINDERS.items():
        by_cell = kind in BY_CELL
        truth = {
            (row["institution"], row["period"], row["item"] if by_cell else "")
            for row in planted
            if row["kind"] == kind
        }
        said = {
            (names[flag.subject], flag.period, flag.item if by_cell else "")
            for flag in flags
            if flag.rule in rules
        }
        kinds[kind] = Score(len(truth), len(truth & said))
    wrong = {(row["institution"], row["period"]) for row in city.planted.to_dicts()}
    cells = {
        (row["institution"], row["period"], row["item"])
        for row in planted
        if row["kind"] in ("yuan_wan", "kwh_mwh")
    }
    scale = {(names[flag.subject], flag.period, flag.item) for flag in flags if flag.rule == "U01"}
    sources = {(row["source"], row["period"]) for row in planted if row["kind"] == "copied_institution"}
    copies = {(names[flag.subject], flag.period) for flag in flags if flag.rule in ("D11", "D12")}
    flagged = {(names[flag.subject], flag.period) for flag in flags}
    months = [
        frame
        for frame in city.returns(FORM)
        if frame.period[:4] in {str(year) for year in years} and len(frame.period) == 7
    ]
    count = sum(int(np.isin(frame.states, (APPROVED, SUBMITTED, RETURNED)).sum()) for frame in months)
    return Outcome(
        kinds,
        len(scale),
        len(scale & cells),
        len(copies),
        len(copies & (wrong | sources)),
        count,
        len(flagged - wrong),
    )


def _flags(city: SampleCity, year: int) -> list[Flag]:
    names = sorted({name for frame in city.returns(FORM) for name in frame.institutions})
    place = {name: number for number, name in enumerate(names)}
    types = dict(city.institutions.select("code", "type").iter_rows())
    kinds = {kind: number for number, kind in enumerate(sorted(set(types.values())))}
    shape = (len(names), 12)
    desk = Desk(
        _panel(city, place, year),
        np.arange(len(names), dtype=np.int64),
        np.array([kinds[types[name]] for name in names], dtype=np.int64),
        np.zeros(shape, dtype=bool),
        np.zeros(shape, dtype=bool),
        before=_panel(city, place, year - 1),
        flows=frozenset(item.code for item in load_catalog().items(FORM) if item.agg == "flow"),
    )
    return check(desk, _rules(year), "M")


def _panel(city: SampleCity, place: Mapping[str, int], year: int) -> Panel:
    periods = tuple(f"{year}-{month:02d}" for month in range(1, 13))
    shape = (len(place), 12)
    filed = np.zeros(shape, dtype=bool)
    items: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for frame in city.returns(FORM):
        if frame.period not in periods:
            continue
        sent = np.isin(frame.states, (APPROVED, SUBMITTED, RETURNED))
        rows = np.array([place[name] for name in frame.institutions])[sent]
        column = periods.index(frame.period)
        filed[rows, column] = True
        for number, code in enumerate(frame.codes):
            values, known = items.setdefault(
                code, (np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool))
            )
            values[rows, column] = frame.values[sent, number]
            known[rows, column] = frame.origins[sent, number] > 0
    return Panel(FORM, periods, filed, items)


def _rules(year: int) -> list[Rule]:
    catalog = load_catalog()
    from datetime import date

    scheme = catalog.scheme_on(date(year, 12, 31)).code
    made = []
    for written in load_ruleset("survey-default", catalog).written(FORM, scheme, tuple(catalog.schemes)):
        row = written.row
        made.append(
            rule_of(
                code=row.code, form=row.form, kind=row.kind, severity=row.severity, periods=row.periods, op=row.op,
                text=written.text, items=written.items, on=written.on, limits=written.limits, exempt=row.exempt,
            )
        )  # fmt: skip
    return [rule for rule in made if rule is not None]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.mistakes", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--institutions", type=int, default=FULL_SIZE)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    outcome = judge(said.institutions, said.seed)
    print(json.dumps(asdict(outcome)) if said.json else "\n".join(outcome.lines()))


if __name__ == "__main__":
    main()
