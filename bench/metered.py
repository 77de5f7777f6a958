"""Make a home with meters and their readings by the product's own commands: five meters an institution, or
as many as are asked for; those of a carrier stand below the first one of it, and those of electricity have an end use.
"""

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.make_readings import METERS_PER_SITE, Made, Wanted, make

END_USES = ("01A10", "01A20", "01B10", "01D30")
UNITS = {"electricity": ("electricity", "kWh"), "water": ("water", "m3"), "gas": ("natural_gas", "m3")}


def table(rows: Sequence[Sequence[object]]) -> bytes:
    """A csv file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def institutions(meters: int, each: int) -> bytes:
    """One site each, in one district."""
    head = ["code", "name", "type", "region", "valid_from"]
    sites = range(1, (meters - 1) // each + 2)
    return table([head, *([f"I{n}", f"单位{n}", "021", "500103", "2015-01-01"] for n in sites)])


def meters_file(made: Made, step: int, each: int) -> bytes:
    """The first meter of a carrier in an institution is its total; the others stand below it."""
    rows: list[list[object]] = [
        ["meter", "institution", "carrier", "unit", "end_use", "parent", "step_min", "valid_from"]
    ]
    first: dict[tuple[int, str], str] = {}
    for about in made.meters:
        number = about["number"]
        site = (number - 1) // each + 1
        carrier, unit = UNITS[about["kind"]]
        parent = first.get((site, carrier), "")
        first.setdefault((site, carrier), f"M{number}")
        use = END_USES[number % 4] if carrier == "electricity" and parent else ""
        rows.append([f"M{number}", f"I{site}", carrier, unit, use, parent, step, "2024-12-01"])
    return table(rows)


def build(home: Path, wanted: Wanted, each: int = METERS_PER_SITE) -> None:
    """init, import institutions, import meters, import readings."""
    from jieyue.config.initialise import initialise

    initialise(home)
    from jieyue.apps.metering.services.import_meters import import_meters
    from jieyue.apps.metering.services.import_readings import import_readings
    from jieyue.apps.registry.services.import_file import import_file

    made = make(wanted)
    assert import_file(institutions(wanted.meters, each), "institutions.csv", actor="bench").result.applied
    found = import_meters(meters_file(made, wanted.step_min, each), "meters.csv", actor="bench").result
    assert found.applied, found.findings[:3]
    file = home / "readings.parquet"
    write(made, file)
    stored = import_readings(file, file.name, actor="bench").result
    assert stored.applied, stored.findings[:3]
    file.unlink()


def write(made: Made, file: Path) -> None:
    """The readings as a file that `import readings` takes."""
    import pyarrow.parquet as pq

    pq.write_table(table_of(made, np.ones(len(made.ts), dtype=bool)), file)


def table_of(made: Made, wanted: np.ndarray) -> Any:
    """Some of the readings, as such a file has them."""
    import pyarrow as pa

    names = pa.array([f"M{number + 1}" for number in range(len(made.meters))])
    return pa.table(
        {
            "meter": names.take(pa.array(made.meter[wanted])),
            "ts": pa.array(made.ts[wanted]),
            "value": pa.array(np.round(made.value[wanted] / 100.0, 2)),
        }
    )


if __name__ == "__main__":
    said = json.loads(sys.argv[2])
    build(Path(sys.argv[1]), each=said.pop("each", METERS_PER_SITE), wanted=Wanted(**said))
