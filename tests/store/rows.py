"""Small rows for lake tests, and a child process that dies where it is told to."""

import os
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from jieyue.store import DeltaLake
from jieyue.store.schema import FACTS_PARTITION, facts_schema

FORM = "NY201"
TABLE = "facts_NY201"
CODES = ("110", "130")


def new_lake(folder: Path, *, partition_by: tuple[str, ...] = FACTS_PARTITION) -> DeltaLake:
    """A lake with one empty table of facts."""
    lake = DeltaLake(folder)
    lake.create_table(TABLE, facts_schema(FORM, CODES), partition_by)
    return lake


def fact(version: int, seq: int, value: str | None, **changes: object) -> dict[str, object]:
    """One monthly return: electricity 110 = `value`, typed (origin 3)."""
    row: dict[str, object] = {
        "version": version,
        "seq": seq,
        "replaces": None,
        "institution": 1000 + version,
        "node": None,
        "instance": "",
        "scheme": "2022",
        "period": "2020-01",
        "kind": "M",
        "year": 2020,
        "first_month": 1,
        "last_month": 1,
        "method": "typed",
        "c110": None if value is None else Decimal(value),
        "o110": 0 if value is None else 3,
        "c130": None,
        "o130": 9,
    }
    return {**row, **changes}


def facts(rows: Iterable[dict[str, object]], codes: Iterable[str] = CODES) -> pa.Table:
    """Rows as Arrow, in the schema of the facts table with these item codes."""
    return pa.Table.from_pylist(list(rows), schema=facts_schema(FORM, list(codes)))


def published(lake: DeltaLake, seq: int, *values: str) -> bool:
    """Append one fact per value as publication `seq`; versions are seq * 100 + position."""
    rows = [fact(seq * 100 + place, seq, value) for place, value in enumerate(values)]
    return lake.append(TABLE, facts(rows), txn=("publish", seq))


def total(lake: DeltaLake, seq: int = 10**9) -> Decimal | None:
    """Sum of item 110 over the rows current as of `seq`."""
    found = lake.engine.run(f"SELECT SUM(c110) AS s FROM cur_{TABLE}", {"seq": seq})
    return found["s"][0].as_py()


def entry(lake: DeltaLake, version: int) -> Path:
    """A log entry of the facts table."""
    return lake.root / TABLE / "_delta_log" / f"{version:020d}.json"


def data_files(lake: DeltaLake) -> list[Path]:
    """Data files of the facts table that the log names."""
    return [Path(file.path) for file in lake.snapshot([TABLE]).tables[TABLE].files]


def run_child(code: str, folder: Path, failpoint: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh process with `folder` as argv[1], dying at `failpoint` if one is given."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path("src").resolve()), str(Path.cwd())])}
    environment.pop("JIEYUE_FAILPOINT", None)
    if failpoint is not None:
        environment["JIEYUE_FAILPOINT"] = failpoint
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
