"""Meters of a file may lie far apart in the store: what lies between them is not read to compare the file with it."""

from pathlib import Path
from typing import Any

import pytest

from jieyue.apps.metering import incoming
from jieyue.store import datafile
from tests.cli.command import DONE, jieyue
from tests.cli.test_derive_in_blocks import READ, grown, register
from tests.cli.test_metering import counts, take

HOURS = 100


@pytest.fixture
def many_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nine meters, each with its hours in a file of its own."""
    file = home / "meters.csv"
    file.write_text(register(), "utf-8")
    assert jieyue(home, "import", "meters", file).code == DONE
    monkeypatch.setattr(datafile, "FILE_ROWS", HOURS)
    rows = [row for code in READ for row in grown(code, 0, HOURS)]
    assert counts(take(home, rows))[1] == len(rows)
    return home


def test_only_files_that_hold_the_meters_are_read(many_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first and the last meter: two hours that are there, one with another value, one that is new."""
    asked: list[tuple[int, int]] = []
    read = incoming.columns_by_file

    def told(lake: Any, table: str, names: Any, files: Any, *more: Any, **keys: Any) -> Any:
        asked.extend((one.minimum["point"], one.maximum["point"]) for one in files)
        return read(lake, table, names, files, *more, **keys)

    monkeypatch.setattr(incoming, "columns_by_file", told)
    rows = []
    for code in ("M0", "M8"):
        stored = grown(code, 10, 12)
        (_code, ts, value) = grown(code, 20, 21)[0]
        rows += [*stored, (code, ts, float(str(value)) + 1), *grown(code, HOURS, HOURS + 1)]
    assert counts(take(many_files, rows))[:4] == (8, 4, 4, 0)
    assert len(asked) == 2
    assert len({low for low, high in asked if low == high}) == 2
