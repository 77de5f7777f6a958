"""A month's sums by the engine of the queries: the same texts on one machine and on a cluster (JIEYUE_ENGINE).

Which points make which lines is said here, from the register (lines.py); everything that grows with the readings is
read, added up and, with `write`, written by the engine.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.city_days import month_days
from jieyue.apps.metering.lake import DERIVED, POINT_DAY, USE_DAY, USE_HOUR, USE_MONTH, prepared_lake
from jieyue.apps.metering.lines import Month, month_lines
from jieyue.apps.metering.months import begin_of
from jieyue.apps.publication.queries import last_done
from jieyue.domain.readings import DAY, HOUR, Ints

#: Steps of the text and the names of what they make.
_WRITTEN: Final = {
    "made_point_day": POINT_DAY,
    "made_hour": USE_HOUR,
    "made_day": USE_DAY,
    "made_month": USE_MONTH,
    "city_day": "city_day",
}


@dataclass(frozen=True)
class Compared:
    """Rows of one stored table: how many were made anew and are stored, and which only one side has."""

    name: str
    made: int
    stored: int
    only_made: int
    only_stored: int

    @property
    def same(self) -> bool:
        """No row differs."""
        return self.only_made == self.only_stored == 0


def write_month(month: int, folder: Path) -> dict[str, int]:
    """Add a month up and write the sums as Parquet, FOLDER/use_day/… → rows of each.

    The folder appears when all is in it.
    """
    asked = _asked(month)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        rows = prepared_lake().write(
            "readings_rollup", made, asked.params, partitions=asked.partitions, inputs=asked.inputs
        )
        for step, name in _WRITTEN.items():
            (made / step).rename(made / name)
        made.rename(folder)
    return {name: rows[step] for step, name in _WRITTEN.items()}


def compared(month: int) -> list[Compared]:
    """Add a month up and compare with what is stored; only counts leave the engine."""
    asked = _asked(month)
    found = prepared_lake().steps(
        "readings_rollup_check", asked.params, partitions=asked.partitions, inputs=asked.inputs
    )
    return [Compared(**row) for row in found["differing"].to_pylist()]


@dataclass(frozen=True)
class _Asked:
    params: Mapping[str, object]
    partitions: Mapping[str, Mapping[str, list[int]]]
    inputs: Mapping[str, pa.Table]


def _asked(month: int) -> _Asked:
    register = month_lines(month)
    params = {"month": month, "begin": begin_of(month), "days": register.days, "seq": last_done()}
    inputs = {"line_part": line_parts(register), "month_day": month_days([month])}
    return _Asked(params, {name: {"ym": [month]} for name in DERIVED}, inputs)


def line_parts(register: Month) -> pa.Table:
    """The lines of a month as rows: a part of a term of a line, with the instants from which and to which it counts."""
    parts: dict[str, list[Ints]] = {name: [] for name in (*_NUMBERS, "carrier", "end_use")}
    lines = terms = 0
    for stretch in register.stretches:
        own = stretch.lines
        line = own.line[own.term]
        begins = begin_of(register.month) + stretch.first * DAY
        days = stretch.end - stretch.first
        found = {
            "line": line + lines,
            "institution": own.institution[line],
            "hours": np.full(len(line), days * DAY // HOUR, dtype=np.int64),
            "begins": np.full(len(line), begins, dtype=np.int64),
            "ends": np.full(len(line), begins + days * DAY, dtype=np.int64),
            "term": own.term + terms,
            "point": register.points[own.row],
            "weight": own.weight,
            "carrier": own.carrier[line],
            "end_use": own.end_use[line],
        }
        for name, column in found.items():
            parts[name].append(column)
        lines, terms = lines + len(own), terms + len(own.line)
    columns = {
        name: np.concatenate(some) if some else np.zeros(0, dtype=np.int64) for name, some in parts.items()
    }
    return pa.table(
        {
            **{name: pa.array(columns[name]) for name in _NUMBERS},
            "carrier": _words(register.carriers, columns["carrier"]),
            "end_use": _words(register.end_uses, columns["end_use"]),
        }
    )


_NUMBERS: Final = ("line", "institution", "hours", "begins", "ends", "term", "point", "weight")


def _words(words: list[str], numbers: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(numbers))
