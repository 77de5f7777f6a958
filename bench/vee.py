"""How much the cleaning rules find, and how far off the uses are: against the truth of made readings.

Only the scoring knows the truth; the rules get what a city has: readings, planned steps, register periods on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bench.make_readings import Made, Wanted, make
from jieyue.domain.derive import derive
from jieyue.domain.readings import (
    DAY,
    HOUR,
    LARGEST,
    UNSAID,
    Derived,
    Quality,
    Readings,
    Registers,
    Rules,
    Series,
    Verdict,
)

#: How long each kind of meter may stand still before it is looked at: electricity 2 hours, water and gas 3 days.
STILL = {"electricity": 2 * HOUR, "water": 3 * DAY, "gas": 3 * DAY}


@dataclass(frozen=True)
class Score:
    """hourly: Σ|error| ÷ Σ use. off: meters → share by which their total is off. unflagged: of those off by more than
    1 %, without a work item over the time of the error. false_tags: good readings called bad ÷ readings. recall: kind
    of fault → (found, planted). items: meters with a work item."""

    hourly: float
    off: dict[int, float]
    unflagged: list[int]
    false_tags: float
    recall: dict[str, tuple[int, int]]
    items: set[int]


def series_of(made: Made, step: int = 900) -> Series:
    """As the meters are registered: planned step, no rating, two decimals."""
    count = len(made.meters)
    return Series(
        np.full(count, step, np.int64),
        np.zeros(count, np.uint8),
        np.full(count, np.nan),
        np.full(count, 100, np.int64),
        np.array([STILL[about["kind"]] for about in made.meters], dtype=np.int64),
    )


def registers_of(made: Made) -> Registers:
    """Register periods on record: changes with both numbers where they are, digits where they are."""
    known = {meter: change for meter, *change, said in made.changes if said}
    rows = []
    for meter in range(len(made.meters)):
        span = made.span.get(meter, 0) * 100
        if meter in known:
            at, last, first = known[meter]
            rows.append((meter, -LARGEST, at, 1, 1, span, UNSAID, last * 100))
            rows.append((meter, at, LARGEST, 1, 1, span, first * 100, UNSAID))
        else:
            rows.append((meter, -LARGEST, LARGEST, 1, 1, span, UNSAID, UNSAID))
    return Registers(*np.array(rows, dtype=np.int64).T)


def cleaned(made: Made, rules: Rules | None = None) -> Derived:
    """What the product makes of them."""
    readings = Readings(made.meter, made.ts, made.value * 100)
    return derive(readings, series_of(made), registers_of(made), rules=rules)


def score(wanted: Wanted, rules: Rules | None = None) -> Score:
    """Make, clean, compare."""
    made = make(wanted)
    found = cleaned(made, rules)
    got = _uses_at(found, made)
    true = made.true_use * 100
    totals = [np.bincount(made.true_meter, uses.astype(np.float64)) for uses in (got, true)]
    off = np.abs(totals[0] - totals[1]) / np.maximum(totals[1], 1)
    wrong = np.abs(got - true)
    return Score(
        float(wrong.sum() / true.sum()),
        {meter: float(share) for meter, share in enumerate(off)},
        [meter for meter in np.flatnonzero(off > 0.01).tolist() if not _covered(found, made, meter, wrong)],
        _false_tags(found, made),
        _recall(found, made),
        {item.series for item in found.work},
    )


def _uses_at(found: Derived, made: Made) -> np.ndarray:
    """The uses of the true hours; 0 where missing."""
    steps = found.intervals
    key, wanted = steps.series * 10**11 + steps.start, made.true_meter * 10**11 + made.true_hour
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    there = (key[place] == wanted) & (steps.quality[place] != Quality.MISSING)
    return np.where(there, steps.use[place], 0)


def _covered(found: Derived, made: Made, meter: int, wrong: np.ndarray) -> bool:
    """Whether work items of the meter cover most of its error's time."""
    mine = made.true_meter == meter
    hours, errors = made.true_hour[mine], wrong[mine]
    inside = np.zeros(len(hours), dtype=bool)
    for item in found.work:
        if item.series == meter:
            inside |= (hours >= item.start) & (hours < item.end)
    return bool(errors[inside].sum() >= 0.5 * errors.sum())


def _faulty(made: Made, kinds: Iterable[str]) -> set[tuple[int, int]]:
    return {(fault.meter, fault.begin) for fault in made.faults if fault.kind in set(kinds)}


def _false_tags(found: Derived, made: Made) -> float:
    """Readings called bad that nobody spoiled, as a share of all."""
    bad = np.flatnonzero(found.verdict >= Verdict.NO_VALUE)
    spoiled = _faulty(made, ("spike", "zero"))
    stuck = [(fault.meter, fault.begin, fault.end) for fault in made.faults if fault.kind == "stuck"]
    wrong = 0
    for meter, ts in ((int(made.meter[i]), int(made.ts[i])) for i in bad):
        still = any(one == meter and begin <= ts < end for one, begin, end in stuck)
        wrong += (meter, ts) not in spoiled and not still
    return wrong / len(made.ts)


def _recall(found: Derived, made: Made) -> dict[str, tuple[int, int]]:
    """Kind of fault → (found, planted): readings by their verdict, registers by a work item or by being passed."""
    bad = np.flatnonzero(found.verdict >= Verdict.NO_VALUE)
    tagged = {
        code: {(int(made.meter[i]), int(made.ts[i])) for i in np.flatnonzero(found.verdict == code)}
        for code in (Verdict.DIP, Verdict.DUPLICATE, Verdict.CONFLICT)
    }
    by_kind = {
        "spike": {(int(made.meter[i]), int(made.ts[i])) for i in bad},
        "zero": tagged[Verdict.DIP],
        "double": tagged[Verdict.DUPLICATE] | tagged[Verdict.CONFLICT],
        "rival": tagged[Verdict.CONFLICT],
    }
    result = {}
    for kind, mine in by_kind.items():
        planted = _faulty(made, (kind,))
        result[kind] = (len(planted & mine), len(planted))
    items = {item.series for item in found.work}
    for kind in ("reset", "unrecorded", "stuck"):
        planted_meters = made.of(kind)
        result[kind] = (len(planted_meters & items), len(planted_meters))
    for kind in ("rollover", "swap"):  # passed without a work item; one that was stuck too has one for that
        planted_meters = made.of(kind) - made.of("stuck")
        result[kind] = (len(planted_meters - items), len(planted_meters))
    return result
