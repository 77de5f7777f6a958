"""Roll-ups: hours of points to days of points and to hours, days and months of institutions by carrier and end use; one
new hour of a thousand meters to all of them; and one institution's year read from them.

The floor of the first is hand-written DuckDB over the same intervals: it is told which points make each line (that they
are all there is taken for granted), adds up and writes the same four tables, checks and commits nothing.
"""

import shutil
import tempfile
import time
from collections.abc import Generator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

METERS, DAYS = 2_000, 31
#: Meters of an institution: a line of half a meter each.
EACH = 20
GRAINS = ("hour", "day", "month")


def prepare(folder: Path, meters: int = METERS, days: int = DAYS) -> Mapping[str, Any]:
    """A home with the intervals of meters that are read by the hour."""
    home = homes.metered(folder, f"rollups-{meters}-{days}", meters=meters, days=days, step_min=60, each=EACH)
    if not (home / "cleaned").is_file():
        homes.run([*homes.jieyue(), "--home", str(home), "readings", "clean"])
        homes.run([homes.sys.executable, "-m", "bench.rollups", str(home)])
        (home / "cleaned").touch()
    return {"home": str(home)}


def write_map(home: Path) -> None:
    """For the floor: which point counts how in which line."""
    homes.enter(home)
    import pyarrow as pa
    import pyarrow.parquet as pq

    from jieyue.apps.metering.lines import month_lines

    register = month_lines(202501)
    lines = register.stretches[0].lines
    line = lines.line[lines.term]
    table = {
        "institution": lines.institution[line],
        "carrier": [register.carriers[one] for one in lines.carrier[line].tolist()],
        "end_use": [register.end_uses[one] for one in lines.end_use[line].tolist()],
        "point": register.points[lines.row],
        "weight": lines.weight,
    }
    pq.write_table(pa.table(table), home / "lines.parquet")


def ours(home: str) -> Generator[None, None, Any]:
    """The verb that `readings rebuild` ends with, on a copy of the home."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        homes.enter(copy)
        import numpy as np

        from jieyue.apps.metering.derived import reached
        from jieyue.apps.metering.institution_uses import institution_uses
        from jieyue.apps.metering.lake import INTERVALS, prepared_lake
        from jieyue.apps.metering.lines import month_lines
        from jieyue.apps.metering.queries import span_of
        from jieyue.apps.metering.services.roll_up import roll_up

        lake = prepared_lake()
        files = lake.snapshot([INTERVALS]).tables[INTERVALS].files
        months = sorted({int(file.partition["ym"]) for file in files})
        points = month_lines(months[0]).points
        state = reached(lake, months).next(months[0], 0)
        yield
        for month in months:
            roll_up(lake, month, np.asarray(points), state, every=True)
        yield
        every = {grain: institution_uses(grain, None, span_of(None, None)) for grain in GRAINS}
        return {grain: [int(found.use.sum()), len(found)] for grain, found in every.items()}


_DAY = "(start + 28800) // 86400 AS day"
_COUNTS = """count(*) AS parts, count(*) FILTER (quality BETWEEN 1 AND 2) AS complete,
    count(*) FILTER (quality = 3) AS estimated, count(*) FILTER (quality = 0) AS missing"""
_SUMS = "sum(parts) AS parts, sum(complete) AS complete, sum(estimated) AS estimated, sum(missing) AS missing"
_KEY = "institution, carrier, end_use"
_STEPS = {
    "points": f"""SELECT point, {_DAY}, sum("use") AS used, {_COUNTS} FROM read_parquet({{files}})
        GROUP BY ALL ORDER BY ALL""",
    "hour": f"""SELECT {_KEY}, start, sum("use" * weight)::DECIMAL(18,4) AS used, {_COUNTS}
        FROM read_parquet({{files}}) JOIN line USING (point) GROUP BY ALL ORDER BY ALL""",
    "day": f"""SELECT {_KEY}, {_DAY}, sum(used) AS used, {_SUMS}
        FROM '{{folder}}/hour.parquet' GROUP BY ALL ORDER BY ALL""",
    "month": f"""SELECT {_KEY}, date_trunc('month', make_timestamp(day * 86400000000)) AS month, sum(used) AS used,
        {_SUMS} FROM '{{folder}}/day.parquet' GROUP BY ALL ORDER BY ALL""",
}


def by_duckdb(home: str) -> Generator[None, None, Any]:
    """Join, group, write; one thread."""
    import duckdb

    files = [str(path) for path in sorted((Path(home) / "lake/intervals").rglob("*.parquet"))]
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect()
        connection.execute("SET threads=1")
        connection.execute("SET TimeZone='Asia/Shanghai'")
        connection.execute(f"CREATE TABLE line AS SELECT * FROM read_parquet('{home}/lines.parquet')")
        yield
        for name, text in _STEPS.items():
            filled = text.format(files=files, folder=folder)
            connection.execute(f"COPY ({filled}) TO '{folder}/{name}.parquet' (COMPRESSION zstd)")
        yield
        return {
            grain: list(
                connection.execute(
                    f"SELECT (sum(used) * 10000)::BIGINT, count(*) FROM '{folder}/{grain}.parquet'"
                ).fetchone() or ()
            )
            for grain in GRAINS
        }  # fmt: skip


def prepare_hour(folder: Path, meters: int = 1_000, days: int = 30) -> Mapping[str, Any]:
    """A home with a month of 15 minutes, derived."""
    home = homes.metered(folder, f"rollups-hour-{meters}-{days}", meters=meters, days=days)
    if not (home / "cleaned").is_file():
        homes.run([*homes.jieyue(), "--home", str(home), "readings", "clean"])
        (home / "cleaned").touch()
    return {"home": str(home), "days": days}


def one_hour(home: str, days: int) -> Generator[None, None, Any]:
    """The readings of one more hour of every meter come in; then what is timed: `readings clean`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        homes.enter(copy)
        from jieyue.apps.metering.points import unit_factor
        from jieyue.apps.metering.services.clean import clean

        _bring(copy, days)
        unit_factor("kWh", "electricity")
        yield
        found = clean(actor="bench")
        yield
        return found.points


def _bring(home: Path, days: int) -> None:
    from jieyue.apps.metering.queries import readings, span_of
    from jieyue.apps.metering.services.import_readings import import_readings

    first = 1735660800 + days * 86400  # 2025-01-01 00:00 in China
    last = readings(None, span_of(date(2025, 1, 1) + timedelta(days=days), None)).table().to_pylist()
    rows = [
        f"{row['meter']},{first + step * 900},{row['value'] + step}" for row in last for step in range(1, 5)
    ]
    content = "\n".join(["meter,ts,value", *rows]).encode()
    assert import_readings(content, "hour.csv", actor="bench").result.accepted == len(rows)


def prepare_year(folder: Path, meters: int = 300, days: int = 365) -> Mapping[str, Any]:
    """A home with a year of hourly meters, derived."""
    return prepare(folder, meters, days)


def by_day(home: str) -> Generator[float | None, None, Any]:
    """The mean of forty institutions' years, one after another."""
    yield from _years(home, "day")


def by_hour(home: str) -> Generator[float | None, None, Any]:
    """As above, hours."""
    yield from _years(home, "hour")


def _years(home: str, grain: str) -> Generator[float | None, None, Any]:
    homes.enter(Path(home))
    from jieyue.apps.metering.institution_uses import institution_uses
    from jieyue.apps.metering.queries import span_of
    from jieyue.apps.registry.queries import by_code

    numbers = sorted(by_code([f"I{n}" for n in range(1, 42)]).values())
    span = span_of(None, None)
    first = institution_uses(grain, numbers[:1], span)
    yield None
    begun = time.perf_counter()
    for number in numbers[1:]:
        assert len(institution_uses(grain, [number], span))
    yield (time.perf_counter() - begun) / (len(numbers) - 1)
    return len(first)


WORKS = (
    Work(
        name="rollups",
        shape=f"{METERS:,} meters × {DAYS} days of hours to four tables",
        prepare=prepare,
        ours=Side("jieyue", "bench.rollups:ours"),
        floors=(Side("duckdb", "bench.rollups:by_duckdb"),),
        runs=3,
        bars=Bars(mebibytes=2048.0, busy_ratio=0.5, rate=5e6),
        rows=METERS * DAYS * 24,
    ),
    Work(
        name="rollups-hour",
        shape="one new hour of 1,000 meters on a month of 15 minutes: rules and every roll-up",
        prepare=prepare_hour,
        ours=Side("jieyue", "bench.rollups:one_hour"),
        runs=3,
        bars=Bars(busy=0.3, mebibytes=2048.0),
    ),
    Work(
        name="rollups-year-day",
        shape="one institution's year by day",
        prepare=prepare_year,
        ours=Side("jieyue", "bench.rollups:by_day"),
        runs=3,
        bars=Bars(seconds=0.02),
    ),
    Work(
        name="rollups-year-hour",
        shape="one institution's year by hour",
        prepare=prepare_year,
        ours=Side("jieyue", "bench.rollups:by_hour"),
        runs=3,
        bars=Bars(seconds=0.1),
    ),
)

if __name__ == "__main__":
    write_map(Path(homes.sys.argv[1]))
