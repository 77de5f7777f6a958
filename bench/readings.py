"""Readings: raw readings of the lake through every rule to hourly intervals in the lake; one home for each kind.

Regular stamps, stamps off their step (`--jitter 120`), and faulty ones. The floor is hand-written DuckDB over the same
files: it only differences registers hour by hour, checks no file, knows no rule, and is right for clean readings alone.
Sums of institutions are left out here: they are a line of their own (bench/rollups.py).
"""

import shutil
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench import homes
from bench.common import Bars, Side, Work

METERS, DAYS = 1_000, 30
FAULTS = {"gaps": 0.02, "resets": 0.1, "spikes": 0.0005}
KINDS: Mapping[str, Mapping[str, float]] = {"regular": {}, "jitter": {"jitter": 120}, "faulty": FAULTS}
ROWS = METERS * (DAYS * 96 + 1)


def prepare(folder: Path, kind: str = "regular", meters: int = METERS, days: int = DAYS) -> Mapping[str, Any]:
    """A home whose lake has the raw readings and nothing made of them."""
    home = homes.metered(folder, f"readings-{kind}-{meters}-{days}", meters=meters, days=days, **KINDS[kind])
    return {"home": str(home)}


def ours(home: str) -> Generator[None, None, Any]:
    """What `readings clean` does up to the sums, on a copy of the home."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        homes.enter(copy)
        from jieyue.apps.metering.lake import prepared_lake
        from jieyue.apps.metering.points import unit_factor
        from jieyue.apps.metering.services import clean as verb

        prepared_lake().tables()
        unit_factor("kWh", "electricity")  # the catalog is read once in each process
        with patch.object(verb, "roll_up"):
            yield
            found = verb.clean(actor="bench")
            yield
        assert found.intervals
        return {"points": METERS if found.points >= METERS else found.points}


def by_duckdb(home: str) -> Generator[None, None, Any]:
    """The use of each hour as the difference of the register between the last readings of it and of the one before."""
    import duckdb

    files = [str(path) for path in sorted((Path(home) / "lake/readings").rglob("*.parquet"))]
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect()
        connection.execute("SET threads=1")
        connection.execute("SELECT 1").fetchall()
        yield
        connection.execute(
            f"""
            COPY (
                SELECT point, hour, shown - lag(shown) OVER (PARTITION BY point ORDER BY hour) AS use
                FROM (
                    SELECT point, ts // 3600 AS hour, max(value) AS shown FROM read_parquet({files}) GROUP BY ALL
                )
                ORDER BY point, hour
            ) TO '{folder}/hours.parquet' (COMPRESSION zstd)
            """
        )
        yield
        counted = connection.execute(
            f"SELECT count(DISTINCT point) FROM read_parquet('{folder}/hours.parquet')"
        ).fetchone()
        assert counted is not None
        return {"points": counted[0]}


def bytes_a_reading(arguments: Mapping[str, Any]) -> str:
    """On disk, of the raw readings of the lake."""
    import pyarrow.parquet as pq

    files = sorted((Path(arguments["home"]) / "lake/readings").rglob("*.parquet"))
    rows = sum(pq.read_metadata(path).num_rows for path in files)
    return f"{sum(path.stat().st_size for path in files) / rows:.2f} bytes a reading"


def _work(kind: str, shape: str, rate: float | None) -> Work:
    return Work(
        name="readings" if kind == "regular" else f"readings-{kind}",
        shape=f"{METERS:,} meters × {DAYS} days of 15 minutes, {shape}",
        prepare=lambda folder: prepare(folder, kind),
        ours=Side("jieyue", "bench.readings:ours"),
        floors=(Side("duckdb", "bench.readings:by_duckdb"),),
        runs=3,
        bars=Bars(mebibytes=2048.0, busy_ratio=2.0, rate=rate),
        rows=ROWS,
        note=bytes_a_reading,
    )


WORKS = (
    _work("regular", "regular stamps", 3e6),
    _work("jitter", "stamps up to two minutes off", 1.5e6),
    _work("faulty", "2 % of readings missing, a tenth of the registers reset, spikes", None),
)
