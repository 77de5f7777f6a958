"""What the readings of many meters cost, and what a nation's would: measured points, and a model with its assumptions.

    python -m bench.simulate measure --meters 1000 --days 30   one point, a line of JSON
    python -m bench.simulate model points.jsonl                the tables of docs/explanation/nation.md

Run on demand. A point is one home, filled and read by the product's own services; processor time is that of all
threads, so a busy machine lengthens the wait and hardly the figure. Meters beyond 10,000 come in parts of 10,000.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from typing import Any

from bench import metered
from bench.cold import forget_peak, own_peak
from bench.make_readings import METERS_PER_SITE, Wanted, make

PART = 10_000
STEP_MIN = 15
#: What is asked for: institutions one after another, so that a median stands for them.
ASKED = 40


@dataclass(frozen=True)
class Point:
    """One home. bytes_*: on disk for each raw reading; *_cpu: seconds of processor time; *_ms: median of wall time;
    derive_mib: the most memory while uses were derived and added up."""

    meters: int
    days: int
    readings: int
    bytes_readings: float
    bytes_intervals: float
    bytes_sums: float
    ingest_cpu: float
    derive_cpu: float
    rollup_cpu: float
    institution_ms: float
    city_ms: float
    derive_mib: float = 0.0  # points that were measured before do not say


@dataclass(frozen=True)
class Nation:
    """The assumptions, each an input: none is official."""

    institutions: int = 1_600_000
    meters_each: int = METERS_PER_SITE
    step_min: int = STEP_MIN
    days: int = 365
    institutions_in_a_city: int = 16_685

    @property
    def meters(self) -> int:
        return self.institutions * self.meters_each

    @property
    def readings_a_day(self) -> int:
        return self.meters * 1440 // self.step_min


def measure(folder: Path, meters: int, days: int) -> Point:
    """Fill a home and ask it; everything by the product's own services."""
    home = folder / "home"
    _build(home, meters)
    from jieyue.apps.metering.services.clean import clean
    from jieyue.apps.metering.services.tidy_readings import tidy_readings

    readings, ingest = 0, 0.0
    for file, rows in _files(folder, meters, days):
        ingest += _cpu(lambda path=file: _store(path))
        readings += rows
        file.unlink()
    forget_peak()
    both = _cpu(lambda: clean(actor="bench"))
    peak = own_peak() / 1024
    tidy_readings(actor="bench")
    rollup = _cpu(_roll_up)
    size = {name: _bytes(names) / readings for name, names in _TABLES.items()}
    return Point(
        meters, days, readings, size["readings"], size["intervals"], size["sums"],
        ingest, max(both - rollup, 0.0), rollup, _institution_ms(meters), _city_ms(), peak,
    )  # fmt: skip


_TABLES = {
    "readings": ("readings",),
    "intervals": ("intervals",),
    "sums": ("point_day", "use_hour", "use_day", "use_month"),
}


def _build(home: Path, meters: int) -> None:
    """A home with its institutions and meters, and no reading."""
    from jieyue.config.initialise import initialise

    initialise(home)
    from jieyue.apps.metering.services.import_meters import import_meters
    from jieyue.apps.registry.services.import_file import import_file

    sites = metered.institutions(meters, METERS_PER_SITE)
    assert import_file(sites, "institutions.csv", actor="bench").result.applied
    named = make(Wanted(meters=meters, days=1, step_min=60))
    rows = metered.meters_file(named, STEP_MIN, METERS_PER_SITE)
    assert import_meters(rows, "meters.csv", actor="bench").result.applied


def _files(folder: Path, meters: int, days: int) -> Iterator[tuple[Path, int]]:
    """Files of readings, each of some of the meters: those of a part read like the first part's, named on from them."""
    for first in range(0, meters, PART):
        file = folder / f"readings-{first}.parquet"
        yield file, _write(file, first, min(PART, meters - first), days)


def _write(file: Path, first: int, meters: int, days: int) -> int:
    """One of the files; its rows. Nothing of it stays in memory: what is measured is the product's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = make(Wanted(meters=meters, days=days, step_min=STEP_MIN))
    names = pa.array([f"M{first + number + 1}" for number in range(len(made.meters))])
    rows = pa.table(
        {
            "meter": names.take(pa.array(made.meter)),
            "ts": pa.array(made.ts),
            "value": pa.array(made.value / 100.0),
        }
    )
    pq.write_table(rows, file)
    return int(rows.num_rows)


def _store(file: Path) -> None:
    from jieyue.apps.metering.services.import_readings import import_readings

    stored = import_readings(file, file.name, actor="bench").result
    assert stored.applied, stored.findings[:3]


def _roll_up() -> None:
    """Every month's sums anew, from the intervals."""
    import numpy as np

    from jieyue.apps.metering.derived import reached
    from jieyue.apps.metering.lake import INTERVALS, prepared_lake
    from jieyue.apps.metering.lines import month_lines
    from jieyue.apps.metering.services.roll_up import roll_up

    lake = prepared_lake()
    files = lake.snapshot([INTERVALS]).tables[INTERVALS].files
    months = sorted({int(file.partition["ym"]) for file in files})
    for month in months:
        state = reached(lake, months).next(month, 0)
        roll_up(lake, month, np.asarray(month_lines(month).points), state, every=True)


def _institution_ms(meters: int) -> float:
    """One institution's days."""
    from jieyue.apps.metering.institution_uses import institution_uses
    from jieyue.apps.metering.queries import span_of
    from jieyue.apps.registry.queries import by_code

    codes = [f"I{n}" for n in range(1, min(ASKED, meters // METERS_PER_SITE) + 1)]
    numbers = sorted(by_code(codes).values())
    span = span_of(None, None)
    institution_uses("day", numbers[:1], span)
    return _median_ms(lambda number: institution_uses("day", [number], span), numbers)


def _city_ms() -> float:
    """The whole city's days."""
    from jieyue.apps.metering.institution_uses import added_up, institution_uses
    from jieyue.apps.metering.queries import span_of

    span = span_of(None, None)
    return _median_ms(lambda _: added_up(institution_uses("day", None, span)), range(5))


def _median_ms(work: Any, inputs: Sequence[int]) -> float:
    taken = []
    for one in inputs:
        begun = time.perf_counter()
        work(one)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _cpu(work: Any) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _bytes(names: Sequence[str]) -> int:
    """Of the files that the newest version of the tables names."""
    from jieyue.apps.metering.lake import prepared_lake

    tables = prepared_lake().snapshot(list(names)).tables.values()
    return sum(file.size for table in tables for file in table.files)


# The model


def growth(points: Sequence[Point], name: str) -> float:
    """The exponent by which a cost grows with the readings, from the smallest point to the largest; 1 is in proportion.

    >>> points = [Point(*(size if n == 2 else size**2 for n in range(11))) for size in (10, 100)]
    >>> growth(points, "ingest_cpu")
    2.0
    """
    first, last = points[0], points[-1]
    return log(getattr(last, name) / getattr(first, name)) / log(last.readings / first.readings)


@dataclass(frozen=True)
class Need:
    """What a nation needs. terabytes: of a year (readings, intervals, sums); cores: busy all day long."""

    readings_a_day: int
    terabytes: tuple[float, float, float]
    ingest_cores: float
    derive_cores: float
    rollup_cores: float
    cities: float

    @property
    def cores(self) -> float:
        return self.ingest_cores + self.derive_cores + self.rollup_cores


def need(point: Point, nation: Nation) -> Need:
    """From the unit costs of the largest point, in proportion to the readings: authorities stand side by side, each
    with its own lake, so that no one lake is larger than a city's."""
    a_day = nation.readings_a_day
    year = a_day * nation.days
    busy = [
        cpu / point.readings * a_day / 86_400
        for cpu in (point.ingest_cpu, point.derive_cpu, point.rollup_cpu)
    ]
    sizes = (point.bytes_readings, point.bytes_intervals, point.bytes_sums)
    return Need(
        a_day,
        (sizes[0] * year / 1e12, sizes[1] * year / 1e12, sizes[2] * year / 1e12),
        *busy,
        nation.institutions / nation.institutions_in_a_city,
    )


_ROWS = (
    ("bytes_readings", "原始读数，每读数字节 raw, bytes a reading", 2),
    ("bytes_intervals", "逐时用量，每读数字节 hourly uses, bytes a reading", 2),
    ("bytes_sums", "各级合计，每读数字节 sums, bytes a reading", 2),
    ("ingest_cpu", "入库 ingest, cpu-s", 1),
    ("derive_cpu", "推导 derive, cpu-s", 1),
    ("rollup_cpu", "合计 roll up, cpu-s", 1),
    ("derive_mib", "推导和合计的内存 memory of deriving and adding up, MiB", 0),
    ("institution_ms", "一家机构的日用量 one institution by day, ms", 1),
    ("city_ms", "全部机构的日用量 all institutions by day, ms", 1),
)


def report(points: Sequence[Point], nation: Nation) -> str:
    """Two tables in Markdown: the points with the growth, and what the nation needs."""
    heads = [f"{point.meters:,} 表 × {point.days} 天 days" for point in points]
    lines = [f"| | {' | '.join(heads)} | 增长 growth |", "|---|" + "---|" * (len(points) + 1)]
    lines.append("| 读数 readings | " + " | ".join(f"{point.readings:,}" for point in points) + " | |")
    for name, title, digits in _ROWS:
        shown = " | ".join(f"{getattr(point, name):.{digits}f}" for point in points)
        known = len(points) > 1 and all(getattr(point, name) for point in points)
        how = f"n^{growth(points, name):.2f}" if known else ""
        lines.append(f"| {title} | {shown} | {how} |")
    found = need(points[-1], nation)
    lines += [
        "",
        "| 全国 the nation | |",
        "|---|---|",
        f"| 每天读数 readings a day | {found.readings_a_day:,} |",
        f"| 一年 a year: 原始 raw / 逐时 hourly / 合计 sums | "
        f"{found.terabytes[0]:.2f} / {found.terabytes[1]:.2f} / {found.terabytes[2]:.2f} TB |",
        f"| 整天忙的核 cores busy all day: 入库 ingest / 推导 derive / 合计 roll up | "
        f"{found.ingest_cores:.3f} / {found.derive_cores:.3f} / {found.rollup_cores:.3f} |",
        f"| 这样的城市 cities of this size | {found.cities:.0f} |",
    ]
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.simulate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("measure")
    one.add_argument("--meters", type=int, default=1_000)
    one.add_argument("--days", type=int, default=30)
    one.add_argument("--folder", type=Path, help="where the home is made; removed in the end")
    model = verbs.add_parser("model")
    model.add_argument("points", type=Path, help="lines that `measure` printed")
    for name, value in asdict(Nation()).items():
        model.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    said = vars(parser.parse_args(words))
    if said.pop("verb") == "measure":
        folder = Path(tempfile.mkdtemp(prefix="simulate-", dir=said["folder"]))
        try:
            sys.stdout.write(json.dumps(asdict(measure(folder, said["meters"], said["days"]))) + "\n")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return 0
    lines = said.pop("points").read_text("utf-8").splitlines()
    points = sorted((Point(**json.loads(line)) for line in lines if line), key=lambda point: point.readings)
    sys.stdout.write(report(points, Nation(**said)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
