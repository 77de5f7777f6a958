"""Bulk load of readings: a file of a month of 15 minutes into a store that has the month before, a tenth of it already
there; from the file to the flushed commit, duplicates counted. Parquet and CSV. Made by the product's own verb.
"""

import shutil
import tempfile
from collections.abc import Generator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

METERS, DAYS, AGAIN = 1_000, 30, 3
START = 1735660800  # 2025-01-01 00:00 in China
ROWS = METERS * ((DAYS + AGAIN) * 96 + 1)


def prepare(folder: Path, kind: str, meters: int = METERS, days: int = DAYS) -> Mapping[str, Any]:
    """A home with days of readings, and a file of as many more that begins three days before their end."""
    home = homes.metered(folder, f"readings-regular-{meters}-{days}", meters=meters, days=days)
    file = folder / f"bulk-{meters}-{days}.{kind}"
    if not file.is_file():
        _write(file, meters, days)
    return {"home": str(home), "file": str(file), "meters": meters, "days": days}


def _write(file: Path, meters: int, days: int) -> None:
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq

    from bench.make_readings import Wanted, make
    from bench.metered import table_of

    made = make(Wanted(meters=meters, days=2 * days, start=date(2025, 1, 1)))
    rows = table_of(made, made.ts >= START + (days - AGAIN) * 86400)
    half = file.with_suffix(".half")
    if file.suffix == ".csv":
        pcsv.write_csv(rows, half)
    else:
        pq.write_table(rows, half)
    half.rename(file)


def ours(home: str, file: str, meters: int, days: int) -> Generator[None, None, Any]:
    """What `import readings` does, on a copy of the home."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        homes.enter(copy)
        from jieyue.apps.metering.lake import prepared_lake
        from jieyue.apps.metering.services.import_readings import import_readings

        prepared_lake().tables()
        yield
        found = import_readings(Path(file), Path(file).name, actor="bench").result
        yield
        again = meters * (AGAIN * 96 + 1)
        assert (found.read, found.duplicate) == (meters * ((days + AGAIN) * 96 + 1), again), found.findings[
            :3
        ]
        assert found.applied
        return {"accepted": found.accepted}


def _work(kind: str, rate: float) -> Work:
    return Work(
        name="bulk" if kind == "parquet" else f"bulk-{kind}",
        shape=f"{ROWS:,} readings of {METERS:,} meters from {kind}, a tenth of them stored already",
        prepare=lambda folder: prepare(folder, kind),
        ours=Side("jieyue", "bench.bulk:ours"),
        runs=3,
        bars=Bars(mebibytes=2048.0, rate=rate),
        rows=ROWS,
    )


WORKS = (_work("parquet", 1.5e6), _work("csv", 0.8e6))
