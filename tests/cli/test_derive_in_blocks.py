"""A month is derived and added up in parts of so many points: the same results, and no more of it in memory at once."""

from pathlib import Path
from typing import Any

import pytest

from jieyue.apps.metering import derived, last_readings, made, reach
from jieyue.apps.metering.services import clean, roll_up
from jieyue.store import datafile
from tests.cli.command import DONE, jieyue
from tests.cli.test_metering import counts, out, take

#: 2025-01-01 00:00 in China, and so many days from then on: into the second month.
BEGIN, DAYS = 1735660800, 40
HEAD = "meter,institution,carrier,unit,kind,step_min,parent,end_use,formula,valid_from"
#: Nine meters that are read, of three institutions; V, W and U are shares of some, U is registered last.
READ = [f"M{n}" for n in range(9)]
OWNERS = ("A", "B", "D")
SHARES = (("V", "B", "M0*1/3 - M3*1/3 - M6*1/3"), ("W", "D", "M1*1/2"), ("U", "A", "M8*1/4"))
GRAINS = ("hour", "day", "month")


def register() -> str:
    rows = []
    for n, code in enumerate(READ):
        parent, use = "M0" if n in (3, 6) else "", "01D30" if n == 3 else ""
        rows.append(f"{code},{OWNERS[n % 3]},electricity,kWh,register,60,{parent},{use},,2024-12-01")
    for code, owner, formula in SHARES:
        rows.append(f"{code},{owner},electricity,kWh,virtual,,,,{formula},2024-12-01")
    return "\n".join([HEAD, *rows]) + "\n"


def grown(code: str, first: int, end: int) -> list[tuple[object, ...]]:
    """Its register, hour by hour: each meter grows in its own way."""
    n = READ.index(code)
    return [
        (code, BEGIN + 3600 * hour, 100 * n + (5 + n) * hour + hour % (n + 2)) for hour in range(first, end)
    ]


@pytest.fixture
def nine(home: Path) -> Path:
    file = home / "meters.csv"
    file.write_text(register(), "utf-8")
    said = jieyue(home, "import", "meters", file)
    assert (said.code, said.document["accepted"]) == (DONE, 12), said.stdout
    rows = [row for code in READ for row in grown(code, 0, 24 * DAYS)]
    assert counts(take(home, rows))[1] == len(rows)
    return home


def exported(home: Path) -> dict[str, Any]:
    found = {grain: out(home, grain) for grain in GRAINS}
    return found | {
        f"{scope} {grain}": out(home, grain, "--scope", scope)
        for grain in GRAINS
        for scope in (*OWNERS, "city")
    }


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Blocks of two points, files of 500 rows; the most that was in memory at once: rows of `Made`, points of hours,
    files of readings that are read together."""
    most = {"rows": 0, "points": 0, "files": 0}
    for module, name, size in (
        (clean, "POINTS", 2), (made, "ROWS", 1_500), (roll_up, "POINTS", 4), (roll_up, "LINES", 2),
        (derived, "FILE_ROWS", 500), (datafile, "FILE_ROWS", 500),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, size)
    add, hours, columns = made.Made.add, roll_up.hours_of, reach.columns_of

    def added(self: made.Made, table: Any) -> None:
        add(self, table)
        most["rows"] = max(most["rows"], sum(one.num_rows for one in self._kept))

    def asked(lake: Any, month: int, points: Any, *more: Any) -> Any:
        most["points"] = max(most["points"], len(points))
        return hours(lake, month, points, *more)

    def read(lake: Any, table: str, names: Any, files: Any, span: Any) -> Any:
        most["files"] = max(most["files"], len(files))
        return columns(lake, table, names, files, span)

    monkeypatch.setattr(made.Made, "add", added)
    monkeypatch.setattr(roll_up, "hours_of", asked)
    monkeypatch.setattr(reach, "columns_of", read)
    monkeypatch.setattr(last_readings, "columns_of", read)
    return most


def test_small_parts_give_the_same_and_hold_no_more(
    nine: Path, small: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was derived in one part is rebuilt in parts of two points; then late readings of two meters, and another
    hour of every meter, come in parts too, and one part of all gives the same."""
    before = exported(nine)
    jieyue(nine, "readings", "rebuild")
    in_parts = exported(nine)
    assert in_parts == before
    assert small["rows"] <= 1_500
    assert (
        0 < small["points"] <= 4 + 3
    )  # one institution's points stay together: three and what is taken off them
    assert small["files"] == 1
    late = [(code, BEGIN + 3600 * 100 + 1800, grown(code, 100, 101)[0][2]) for code in ("M2", "M7")]
    assert counts(take(nine, late))[1] == 2
    after_late = exported(nine)
    more = [row for code in READ for row in grown(code, 24 * DAYS, 24 * DAYS + 2)]
    assert counts(take(nine, more))[1] == 18
    after_more = exported(nine)
    jieyue(nine, "readings", "rebuild")  # now of several files a month
    assert exported(nine) == after_more
    assert small["rows"] <= 1_500
    assert small["files"] == 1
    monkeypatch.undo()
    jieyue(nine, "readings", "rebuild")
    assert exported(nine) == after_more
    assert after_late != after_more
    # by hand: Mn grows by 5 + n an hour and shows hour % (n + 2) more, so that in January, 744 hours, M8 used
    # 13 × 744 + 744 % 10 = 9,676; U is a quarter of it
    january = {row["meter"]: float(row["value"]) for row in in_parts["month"] if int(row["ts"]) == BEGIN}
    assert (january["M0"], january["M1"], january["M8"]) == (5 * 744, 6 * 744, 9676)
    assert (january["W"], january["U"]) == (3 * 744, 2419)
