"""Synthetic readings with their truth: deterministic, realistic in shape, faulty as asked. For scoring and timing only.

    python -m bench.make_readings --meters 200 --days 30 --gaps 0.02 --resets 0.1 --spikes 0.0005 --out out/

Each meter has random streams of its own, seeded by (seed, meter): meter 7 reads the same whatever the number of meters
is, and more days only append. Faults draw from separate streams, so they never change the clean series. Nothing of the
product reads the truth or the list of faults.
"""

import argparse
import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Chance = np.random.Generator

#: Kind → unit, share of meters, median use an hour, pull of summer, of winter.
KINDS: Final = {
    "electricity": ("kWh", 0.70, 40.0, 0.55, 0.25),
    "water": ("m3", 0.20, 2.5, 0.25, 0.00),
    "gas": ("m3", 0.10, 6.0, 0.00, 0.90),
}
#: Type of site → share, hourly weights of a working day, weekend factor, months out of term.
SITES: Final = {
    "office": (0.45, [3, 3, 3, 3, 3, 3, 4, 6, 9, 10, 10, 10, 8, 8, 10, 10, 10, 9, 6, 5, 4, 4, 3, 3], 0.35, ()),
    "school": (0.25, [4, 3, 3, 3, 3, 4, 7, 9, 9, 10, 10, 10, 9, 8, 9, 9, 9, 8, 7, 8, 8, 7, 5, 4], 0.45, (2, 7, 8)),
    "hospital": (0.15, [6, 6, 6, 6, 6, 6, 7, 9, 10, 10, 10, 10, 9, 9, 10, 10, 9, 8, 8, 7, 7, 7, 6, 6], 0.85, ()),
    "data_room": (0.05, [10] * 24, 1.00, ()),
    "canteen": (0.10, [1, 1, 1, 1, 2, 6, 9, 8, 3, 5, 9, 10, 8, 3, 2, 3, 8, 10, 8, 4, 2, 1, 1, 1], 0.25, ()),
}  # fmt: skip
METERS_PER_SITE: Final = 5
HOUR: Final = 3600


@dataclass(frozen=True)
class Wanted:
    """How much, and which faults: shares of readings (gaps, spikes, zeros, doubles, rivals) or of meters (the others).

    start: first local day; jitter: seconds by which an instant may lie off its step.
    """

    meters: int = 200
    days: int = 30
    start: date = date(2025, 1, 1)
    tz_hours: int = 8
    step_min: int = 15
    seed: int = 20211104
    jitter: int = 0
    gaps: float = 0.0
    resets: float = 0.0
    spikes: float = 0.0
    zeros: float = 0.0
    doubles: float = 0.0
    rivals: float = 0.0
    rollovers: float = 0.0
    swaps: float = 0.0
    stuck: float = 0.0


@dataclass(frozen=True)
class Fault:
    """One injected fault: which meter (from 0), what, from when to when."""

    meter: int
    kind: str
    begin: int
    end: int
    detail: str = ""


@dataclass
class Made:
    """Readings (value in hundredths of the unit), the true use of each hour, meters, faults, register periods.

    registers: (meter, instant of the change, last of the old, first of the new, whether it is on record).
    digits: meter → the value at which its register begins anew (hundredths).
    """

    meter: Ints
    ts: Ints
    value: Ints
    true_meter: Ints
    true_hour: Ints
    true_use: Ints
    meters: list[dict[str, Any]]
    faults: list[Fault] = field(default_factory=list)
    changes: list[tuple[int, int, int, int, bool]] = field(default_factory=list)
    span: dict[int, int] = field(default_factory=dict)

    def of(self, kind: str) -> set[int]:
        """Meters with a fault of a kind."""
        return {fault.meter for fault in self.faults if fault.kind == kind}


def make(wanted: Wanted) -> Made:
    """Everything in memory."""
    zone = wanted.tz_hours * HOUR
    start = (wanted.start - date(1970, 1, 1)).days * 86400 - zone
    steps, per_hour = wanted.days * 1440 // wanted.step_min, 60 // wanted.step_min
    clock = _clock(start, steps, wanted.step_min, zone)
    made = Made(*(np.zeros(0, dtype=np.int64) for _ in range(6)), meters=[])
    shown: list[tuple[Ints, Ints]] = []
    true: list[Ints] = []
    for number in range(wanted.meters):
        about, first = _describe(number + 1, wanted.seed)
        made.meters.append(about)
        use = _use(about, clock, wanted)
        ts = np.append(clock["ts"], clock["ts"][-1] + wanted.step_min * 60)
        value = round(first * 100) + np.concatenate(([0], np.cumsum(use)))
        true.append(use.reshape(-1, per_hour).sum(axis=1))
        shown.append(_spoil(number, *_moved(number, ts, value, wanted), wanted, made))
    made.meter = np.repeat(np.arange(wanted.meters), [len(ts) for ts, _ in shown])
    made.ts = np.concatenate([ts for ts, _ in shown])
    made.value = np.concatenate([value for _, value in shown])
    made.true_meter = np.repeat(np.arange(wanted.meters), len(true[0]))
    made.true_hour = np.tile(clock["ts"][::per_hour], wanted.meters)
    made.true_use = np.concatenate(true)
    return made


def _clock(start: int, steps: int, step_min: int, zone: int) -> dict[str, NDArray[Any]]:
    ts = start + np.arange(steps, dtype=np.int64) * step_min * 60
    local = ts + zone
    days = local // 86400
    dates = days.astype("datetime64[D]")
    doy = (dates - dates.astype("datetime64[Y]")).astype(int)
    return {
        "ts": ts,
        "hour": local % 86400 / float(HOUR),
        "weekend": (days + 3) % 7 >= 5,
        "month": dates.astype("datetime64[M]").astype(int) % 12 + 1,
        "summer": np.exp(-(((doy - 208) / 38.0) ** 2)),
        "winter": np.exp(-((((doy + 182 - 15) % 365 - 182) / 38.0) ** 2)),
    }


def _pick(table: Mapping[str, tuple[Any, ...]], share: Callable[[tuple[Any, ...]], float], at: float) -> str:
    total = 0.0
    for key, row in table.items():
        total += share(row)
        if at < total:
            return key
    return key


def _describe(number: int, seed: int) -> tuple[dict[str, Any], float]:
    site = (number - 1) // METERS_PER_SITE + 1
    site_type = _pick(SITES, lambda row: float(row[0]), np.random.default_rng([seed, 1, site]).random())
    chance = np.random.default_rng([seed, 2, number])
    kind = _pick(KINDS, lambda row: float(row[1]), chance.random())
    mean = KINDS[kind][2] * chance.lognormal(0.0, 0.6)
    about = {
        "number": number,
        "kind": kind,
        "unit": KINDS[kind][0],
        "site_type": site_type,
        "mean": round(float(mean), 4),
    }
    return about, float(np.round(chance.uniform(100, 500_000), 2))


def _use(about: Mapping[str, Any], clock: Mapping[str, NDArray[Any]], wanted: Wanted) -> Ints:
    """Hundredths of each step: day × week × season × slowly varying noise."""
    _, _, _, summer, winter = KINDS[about["kind"]]
    _, weights, weekend, off_months = SITES[about["site_type"]]
    shape = np.array(weights + weights[:1]) / np.mean(weights)
    load = np.interp(clock["hour"], np.arange(25), shape)
    load *= np.where(clock["weekend"], weekend, 1.0)
    load *= np.where(np.isin(clock["month"], off_months), 0.4, 1.0)
    load *= 1.0 + summer * clock["summer"] + winter * clock["winter"]
    chance = np.random.default_rng([wanted.seed, 3, about["number"]])
    noise = _smooth(chance.standard_normal(len(load)) * 0.06)
    return np.round(about["mean"] * load * np.exp(noise) * wanted.step_min / 60.0 * 100).astype(np.int64)


def _smooth(shocks: Floats) -> Floats:
    """AR(1) with 0.9, its memory cut after 200 steps; more days never change earlier ones."""
    return np.convolve(shocks, 0.9 ** np.arange(200))[: len(shocks)]


def _moved(number: int, ts: Ints, value: Ints, wanted: Wanted) -> tuple[Ints, Ints]:
    """Readings but the first and last off their step; the register is what a meter running evenly within it shows."""
    if not wanted.jitter:
        return ts, value
    chance = np.random.default_rng([wanted.seed, 5, number])
    moved = ts.copy()
    moved[1:-1] += chance.integers(-wanted.jitter, wanted.jitter + 1, len(ts) - 2)
    return moved, np.floor(np.interp(moved, ts, value.astype(np.float64)) + 1e-4).astype(np.int64)


def _spoil(number: int, ts: Ints, value: Ints, wanted: Wanted, made: Made) -> tuple[Ints, Ints]:
    """The faults of one meter. Those that change its register come first, single readings after."""
    chance = np.random.default_rng([wanted.seed, 4, number])
    value, keep, n = value.copy(), np.ones(len(ts), dtype=bool), len(ts)
    missing = 0
    while wanted.gaps and missing < wanted.gaps * n:
        i, length = int(chance.integers(1, n - 1)), int(min(1 + chance.geometric(0.08), n // 4))
        j = min(i + length, n - 1)
        made.faults.append(Fault(number, "gap", int(ts[i]), int(ts[j - 1])))
        missing += int(keep[i:j].sum())
        keep[i:j] = False
    _change_register(number, ts, value, wanted, made)
    if wanted.stuck and chance.random() < wanted.stuck:
        i = int(chance.integers(n // 2, 3 * n // 4))
        j = min(i + 4 * 1440 // wanted.step_min, n - 1)
        made.faults.append(Fault(number, "stuck", int(ts[i]), int(ts[j])))
        value[i:j] = value[i]
    for share, kind, factors in (
        (wanted.spikes, "spike", (0.0, 0.1, 3.0, 10.0)),
        (wanted.zeros, "zero", (0.0,)),
    ):
        for i in np.flatnonzero((chance.random(n) < share) & keep).tolist() if share else ():
            made.faults.append(Fault(number, kind, int(ts[i]), int(ts[i])))
            value[i] = round(float(chance.choice(factors)) * int(value[i]))
    ts, value = ts[keep], value[keep]
    return _repeated(number, ts, value, (chance, wanted), made)


def _change_register(number: int, ts: Ints, value: Ints, wanted: Wanted, made: Made) -> None:
    chance, n = np.random.default_rng([wanted.seed, 6, number]), len(ts)
    i, draw = int(chance.integers(n // 4, 3 * n // 4)), chance.random()
    if draw < wanted.resets:
        made.faults.append(Fault(number, "reset", int(ts[i]), int(ts[i])))
        value[i:] -= value[i - 1]
    elif draw < wanted.resets + wanted.rollovers:
        span = 10 ** (len(str(int(value[-1] - value[0]))) + 1)
        made.span[number] = span
        value += span - int(value[i])
        made.faults.append(Fault(number, "rollover", int(ts[i]), int(ts[i])))
        value %= span
    elif draw < wanted.resets + wanted.rollovers + wanted.swaps:
        known, first = bool(chance.random() < 0.5), int(chance.integers(0, 2 * int(value[i])))
        made.faults.append(Fault(number, "swap" if known else "unrecorded", int(ts[i]), int(ts[i])))
        made.changes.append((number, int(ts[i - 1]) + 1, int(value[i - 1]), first, known))
        value[i:] += first - int(value[i - 1])


def _repeated(
    number: int, ts: Ints, value: Ints, how: tuple[Chance, Wanted], made: Made
) -> tuple[Ints, Ints]:
    """Readings sent twice, and rivals: another value for the same instant."""
    chance, wanted = how
    for share, kind, more in ((wanted.doubles, "double", 0), (wanted.rivals, "rival", 7)):
        again = np.flatnonzero(chance.random(len(ts)) < share) if share else np.zeros(0, dtype=np.int64)
        made.faults += [Fault(number, kind, int(ts[i]), int(ts[i])) for i in again.tolist()]
        ts, value = np.concatenate((ts, ts[again])), np.concatenate((value, value[again] + more))
    return ts, value


def main() -> None:
    """Write meters.csv, readings.parquet, truth.parquet and faults.csv."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in Wanted.__annotations__.items():
        default = getattr(Wanted, name)
        read = date.fromisoformat if kind is date else kind
        parser.add_argument(f"--{name.replace('_', '-')}", type=read, default=default)
    parser.add_argument("--out", type=Path, default=Path("readings-out"))
    said = vars(parser.parse_args())
    out: Path = said.pop("out")
    out.mkdir(parents=True, exist_ok=True)
    made = make(Wanted(**said))
    table = {"meter": made.meter + 1, "ts": made.ts, "value": made.value / 100.0}
    pq.write_table(pa.table(table), out / "readings.parquet")
    truth = {"meter": made.true_meter + 1, "ts": made.true_hour, "value": made.true_use / 100.0}
    pq.write_table(pa.table(truth), out / "truth.parquet")
    with (out / "meters.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(made.meters[0]))
        writer.writeheader()
        writer.writerows(made.meters)
    with (out / "faults.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("meter", "kind", "begin", "end", "detail"))
        rows.writerows((f.meter + 1, f.kind, f.begin, f.end, f.detail) for f in made.faults)
    print(f"{len(made.meters)} meters, {len(made.ts)} readings, {len(made.faults)} faults -> {out}")


if __name__ == "__main__":
    main()
