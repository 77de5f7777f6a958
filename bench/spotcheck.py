"""Spot checks of the sample city: planted mistakes found by a risk-weighted and by a random sample of one size.

`python -m bench.spotcheck --city 7 [--institutions 16685] [--seeds 200]`. A check of the year 2025: strata are the
collecting bodies, 5 % of each; the weights come from the review rules' findings of its months, the share of
estimates and the size, never from the list of planted mistakes. A mistake is found if its institution is drawn:
who looks at the papers sees it. What is not there (missing months) is no matter of a spot check of returns.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import median

import numpy as np

from bench.mistakes import FORM, _flags
from jieyue.catalog.spot_check import spot_rows
from jieyue.domain.spot_check import METHODS, Known, Member, draw, weight_of
from jieyue.sample.city import build
from jieyue.sample.model import APPROVED, ESTIMATED, FULL_SIZE, MISSING, RETURNED, SUBMITTED, SampleCity

YEAR = 2025
SHARE = Decimal("0.05")
#: Electricity: enough to rank sizes by.
_SIZE = "110"


@dataclass(frozen=True)
class Outcome:
    """Of each method how many mistakes the median sample finds, and the middle 95 % of the samples.

    unflagged: the same of mistakes that no rule had pointed at.
    """

    institutions: int
    drawn: int
    mistakes: int
    unflagged_mistakes: int
    found: Mapping[str, tuple[float, float, float]]
    unflagged: Mapping[str, tuple[float, float, float]]
    risk_ahead: float

    def lines(self) -> Iterable[str]:
        """For people."""
        yield f"{self.drawn} of {self.institutions} institutions drawn; {self.mistakes} planted mistakes"
        for name in METHODS:
            yield f"{name:<7} median {_shown(self.found[name])}"
        yield f"of them no rule had pointed at {self.unflagged_mistakes}"
        for name in METHODS:
            yield f"{name:<7} median {_shown(self.unflagged[name])}"
        yield f"seeds with which risk finds more than random: {self.risk_ahead:.1%}"


def _shown(three: tuple[float, float, float]) -> str:
    return f"{three[0]:g} (95 % of seeds {three[1]:g} to {three[2]:g})"


def judge(institutions: int, city_seed: int, seeds: int) -> Outcome:
    """Build the city, weigh it, draw with every seed, count."""
    city = build(institutions, seed=city_seed)
    frame, flagged = frame_of(city)
    mistakes = planted(city, {one.code for one in frame})
    all_of = Counter(name for name, _, _ in mistakes)
    missed = Counter(name for name, period, _ in mistakes if (name, period) not in flagged)
    found: dict[str, list[int]] = {name: [] for name in METHODS}
    quiet: dict[str, list[int]] = {name: [] for name in METHODS}
    drawn = set()
    for number in range(seeds):
        for name in METHODS:
            sample = draw(f"seed {number}", frame, SHARE, name)
            drawn.add(len(sample))
            found[name].append(sum(all_of[one.code] for one in sample))
            quiet[name].append(sum(missed[one.code] for one in sample))
    assert len(drawn) == 1, "the methods took unequal effort"
    ahead = sum(more > less for more, less in zip(found["risk"], found["random"], strict=True)) / seeds
    return Outcome(
        len(frame), drawn.pop(), len(mistakes), sum(missed.values()),
        {name: _three(found[name]) for name in METHODS}, {name: _three(quiet[name]) for name in METHODS}, ahead,
    )  # fmt: skip


def _three(counts: list[int]) -> tuple[float, float, float]:
    low, high = np.quantile(counts, [0.025, 0.975])
    return float(median(counts)), float(low), float(high)


def frame_of(city: SampleCity) -> tuple[list[Member], set[tuple[str, str]]]:
    """Who filed in the year with the weight of what is known of each, and the returns that a rule points at."""
    weights = {key: row.value for key, row in spot_rows().items()}
    names = sorted({name for frame in city.returns(FORM) for name in frame.institutions})
    rules: dict[str, Counter[str]] = {}
    flagged = set()
    for flag in _flags(city, YEAR):
        name = names[flag.subject]
        rules.setdefault(name, Counter())["error" if flag.severity == "error" else "open"] += 1
        flagged.add((name, flag.period))
    bodies = dict(
        city.memberships.filter(city.memberships["tree"] == "line").select("code", "target").iter_rows()
    )
    cells, guessed, size = _filed(city)
    largest: dict[str, int] = {}
    for name in cells:
        largest[bodies[name]] = max(largest.get(bodies[name], 0), size[name])
    members = []
    for name in sorted(cells):
        counts, top = rules.get(name, Counter()), largest[bodies[name]]
        known = Known(
            counts["error"], counts["open"],
            estimated=Decimal(guessed[name]) / cells[name] if cells[name] else Decimal(0),
            size=Decimal(size[name]) / top if top else Decimal(0),
        )  # fmt: skip
        members.append(Member(name, bodies[name], weight_of(known, weights)))
    return members, flagged


def _filed(city: SampleCity) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """By institution: cells with a value, estimates among them, electricity of the year."""
    cells: Counter[str] = Counter()
    guessed: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for frame in city.returns(FORM):
        if not frame.period.startswith(f"{YEAR}-"):
            continue
        sent = np.isin(frame.states, (APPROVED, SUBMITTED, RETURNED))
        known = (frame.origins > MISSING).sum(axis=1)
        estimates = (frame.origins == ESTIMATED).sum(axis=1)
        use = frame.column(_SIZE)
        for place in np.flatnonzero(sent):
            name = frame.institutions[place]
            cells[name] += int(known[place])
            guessed[name] += int(estimates[place])
            size[name] += int(use[place])
    return cells, guessed, size


def planted(city: SampleCity, names: set[str]) -> set[tuple[str, str, str]]:
    """(Institution, month, kind) of the year's mistakes in returns that were filed."""
    return {
        (row["institution"], row["period"], row["kind"])
        for row in city.planted.to_dicts()
        if row["period"].startswith(f"{YEAR}-") and row["kind"] != "missing_months" and row["institution"] in names
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.spotcheck", description=__doc__)
    parser.add_argument("--city", type=int, required=True, help="seed of the sample city")
    parser.add_argument("--institutions", type=int, default=FULL_SIZE)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    outcome = judge(said.institutions, said.city, said.seeds)
    print(json.dumps(asdict(outcome)) if said.json else "\n".join(outcome.lines()))


if __name__ == "__main__":
    main()
