"""A year of 15 minutes of 2,000 meters, 70 million readings: a late correction in a month that is long past, to every
sum; and the whole city's days by type and district, from the intervals.

The floor of the second is hand-written DuckDB over the same files of intervals: it is told which points make an
institution's total (and takes for granted that none is missing), and in which district and of which type it is; it
checks no file.
"""

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import homes, metered
from bench.common import Bars, Side, Work
from bench.make_readings import Wanted, make

METERS, DAYS = 2_000, 365
#: Meters of an institution.
EACH = 20
#: Meters whose year is made and brought in at once.
PART = 250
TYPES = ("01", "021", "022", "023", "024", "025", "026", "03")
#: Districts that last the whole year.
DISTRICTS = tuple(str(500101 + n) for n in range(14) if n not in (4, 11))
HEAD = ("code", "name", "type", "region", "valid_from")


def institutions(meters: int) -> bytes:
    """Of every type in every district, one after another."""
    sites = range((meters - 1) // EACH + 1)
    rows = [
        (f"I{n + 1}", f"单位{n + 1}", TYPES[n % len(TYPES)], DISTRICTS[n % len(DISTRICTS)], "2015-01-01")
        for n in sites
    ]
    return metered.table([HEAD, *rows])


def build(home: Path, meters: int, days: int) -> None:
    """init, import institutions, import meters, import readings part by part, clean."""
    from jieyue.config.initialise import initialise

    initialise(home)
    from jieyue.apps.metering.services.clean import clean
    from jieyue.apps.metering.services.import_meters import import_meters
    from jieyue.apps.metering.services.import_readings import import_readings
    from jieyue.apps.registry.services.import_file import import_file

    named = make(Wanted(meters=meters, days=1, step_min=60))
    assert import_file(institutions(meters), "institutions.csv", actor="bench").result.applied
    about = metered.meters_file(named, 15, EACH)
    assert import_meters(about, "meters.csv", actor="bench").result.applied
    file = home / "readings.parquet"
    for first in range(0, meters, PART):
        _write(min(PART, meters - first), first, days, file)
        stored = import_readings(file, file.name, actor="bench").result
        assert stored.applied, stored.findings[:3]
    file.unlink()
    clean(actor="bench")
    write_map(home)


def _write(meters: int, first: int, days: int, file: Path) -> None:
    """The readings of some meters: like those of the first ones, under their own names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = make(Wanted(meters=meters, days=days))
    names = pa.array([f"M{first + n + 1}" for n in range(meters)])
    rows = {"meter": names.take(pa.array(made.meter)), "ts": made.ts, "value": made.value / 100.0}
    pq.write_table(pa.table(rows), file)


def write_map(home: Path) -> None:
    """For the floor: which point counts how in whose total, and where and of which type that one is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from jieyue.apps.metering.lines import month_lines
    from jieyue.apps.registry.queries import codes_of

    register = month_lines(202501)
    lines = register.stretches[0].lines
    line = lines.line[lines.term]
    total = lines.end_use[line] == 0
    site = lines.institution[line][total]
    number = [
        int(code[1:]) - 1 for code in map(codes_of(sorted(set(site.tolist()))).get, site.tolist()) if code
    ]
    table = {
        "point": register.points[lines.row[total]],
        "weight": lines.weight[total],
        "carrier": [register.carriers[one] for one in lines.carrier[line][total].tolist()],
        "type": [TYPES[n % len(TYPES)] for n in number],
        "area": [DISTRICTS[n % len(DISTRICTS)] for n in number],
    }
    pq.write_table(pa.table(table), home / "totals.parquet")


def prepare(folder: Path, meters: int = METERS, days: int = DAYS) -> Mapping[str, Any]:
    """The home, made once."""
    home = folder / f"year-{meters}-{days}"
    if not (home / "ready").is_file():
        shutil.rmtree(home, ignore_errors=True)
        homes.run([sys.executable, "-m", "bench.year", str(home), json.dumps([meters, days])])
        (home / "ready").touch()
    else:
        homes.run([*homes.jieyue(), "--home", str(home), "init"])  # its tables may be older than the code
    return {"home": str(home)}


def city(home: str) -> Generator[None, None, Any]:
    """The library call behind `readings city`, every file checked."""
    homes.enter(Path(home))
    from jieyue.apps.metering.city_days import city_days
    from jieyue.apps.metering.lake import INTERVALS, prepared_lake

    months = {
        int(file.partition["ym"]) for file in prepared_lake().snapshot([INTERVALS]).tables[INTERVALS].files
    }
    yield
    found = city_days(min(months), max(months))
    yield
    return _said(
        (row[name] for name in ("carrier", "type", "area", "start", "use", "parts", "complete", "missing"))
        for row in found.to_pylist()
    )


_COUNTS = """count(*) AS parts, count(*) FILTER (quality BETWEEN 1 AND 2) AS complete,
    count(*) FILTER (quality = 0) AS missing"""


def by_duckdb(home: str) -> Generator[None, None, Any]:
    """Join, group; one thread."""
    import duckdb

    files = [str(path) for path in sorted((Path(home) / "lake/intervals").rglob("*.parquet"))]
    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute(f"CREATE TABLE part AS SELECT * FROM read_parquet('{home}/totals.parquet')")
    yield
    found = connection.execute(
        f"""
        SELECT carrier, type, area, (start + 28800) // 86400 * 86400 - 28800 AS day,
            sum("use" * weight)::DECIMAL(18,4) AS used, {_COUNTS}
        FROM read_parquet({files}) JOIN part USING (point) GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    yield
    return _said(found)


def _said(rows: Iterable[Iterable[object]]) -> dict[str, object]:
    """How many rows, and a digest of all of them."""
    texts = sorted("|".join(str(value) for value in row) for row in rows)
    return {"rows": len(texts), "sha256": sha256("\n".join(texts).encode()).hexdigest()}


#: Of the late correction: each of so many meters, from its first to its last reading that is corrected.
EVERY, READINGS, MONTH = 20, 100, "2025-02-10"


def late(home: str, meters: int) -> Generator[None, None, Any]:
    """Corrections of a hundred readings of every twentieth meter come in; then what is timed: `readings clean`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        homes.enter(copy)
        from jieyue.apps.metering.points import unit_factor
        from jieyue.apps.metering.services.clean import clean

        _correct(meters)
        unit_factor("kWh", "electricity")
        yield
        found = clean(actor="bench")
        yield
        return {"months": found.months, "points": found.points}


def _correct(meters: int) -> None:
    """A hundredth more on each reading of a day and an hour, as a revision."""
    from jieyue.apps.metering.points import numbers_of
    from jieyue.apps.metering.queries import readings, span_of
    from jieyue.apps.metering.services.import_readings import import_readings

    wanted = numbers_of([f"M{n}" for n in range(EVERY, meters + 1, EVERY)]).values()
    first = date.fromisoformat(MONTH)
    rows = readings(wanted, span_of(first, first + timedelta(days=1))).table().to_pylist()
    seen: Counter[str] = Counter()
    lines = ["meter,ts,value,revision"]
    for row in rows:
        seen[row["meter"]] += 1
        if seen[row["meter"]] <= READINGS:
            lines.append(f"{row['meter']},{row['ts']},{row['value'] + Decimal('0.01')},1")
    stored = import_readings("\n".join(lines).encode(), "late.csv", actor="bench").result
    assert stored.accepted == len(lines) - 1 == READINGS * len(wanted), stored.findings[:3]


def prepare_late(folder: Path, meters: int = METERS, days: int = DAYS) -> Mapping[str, Any]:
    """The same home."""
    return {**prepare(folder, meters, days), "meters": meters}


WORKS = (
    Work(
        name="year",
        shape=f"{METERS:,} meters × {DAYS} days of 15 minutes: the city's days by type and district, from intervals",
        prepare=prepare,
        ours=Side("jieyue", "bench.year:city"),
        floors=(Side("duckdb", "bench.year:by_duckdb"),),
        bars=Bars(mebibytes=2048.0, busy_ratio=1.2),
    ),
    Work(
        name="year-late",
        shape=f"{METERS // EVERY * READINGS:,} readings corrected in a month of that year, to every sum",
        prepare=prepare_late,
        ours=Side("jieyue", "bench.year:late"),
        runs=3,
        bars=Bars(busy=3.0, mebibytes=2048.0),
    ),
)

if __name__ == "__main__":
    build(Path(sys.argv[1]), *json.loads(sys.argv[2]))
