"""`readings city`: each day is told by the districts of that day, or all of them by those of a day that is named."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, jieyue

#: 2025-11-04 00:00 in China. Jiangbei and Yubei were abolished on the 6th, Liangjiang New Area came that day.
FOURTH = 1762185600
HOUR, DAY = 3600, 86400
NEW = "cq-liangjiang-district"
#: J comes to the new district, Y's is abolished and nobody has said where it belongs since, Z begins on the 7th.
INSTITUTIONS: list[desk.Row] = [
    ("code", "name", "type", "region", "valid_from"),
    ("J", "江北区第一小学", "021", "500105", "2015-01-01"),
    ("Y", "渝北区档案馆", "022", "500112", "2015-01-01"),
    ("Z", "两江新区图书馆", "022", NEW, "2025-11-07"),
]
MOVE: list[desk.Row] = [
    ("code", "name", "type", "region", "valid_from"),
    ("J", "江北区第一小学", "021", NEW, "2025-11-06"),
]
#: What each uses in an hour; readings go from the 4th to the end of the 8th.
USE = {"J": 5, "Y": 3, "Z": 2}


@pytest.fixture
def moved(empty: Path) -> Path:
    meters = ["meter,institution,carrier,unit,step_min,valid_from"]
    meters += [
        f"{who}0,{who},electricity,kWh,60,{'2025-11-07' if who == 'Z' else '2025-01-01'}" for who in USE
    ]
    readings = ["meter,ts,value"]
    for who, use in USE.items():
        first = 3 * 24 if who == "Z" else 0
        readings += [f"{who}0,{FOURTH + n * HOUR},{1000 + n * use}" for n in range(first, 5 * 24 + 1)]
    for verb, rows in (("institutions", INSTITUTIONS), ("institutions", MOVE)):
        file = empty / "institutions.csv"
        file.write_bytes(desk.table(rows))
        assert jieyue(empty, "import", verb, file).document["applied"] is True
    for verb, lines in (("meters", meters), ("readings", readings)):
        file = empty / f"{verb}.csv"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        assert jieyue(empty, "import", verb, file).document["applied"] is True
    return empty


def city(home: Path, *options: str) -> dict[tuple[int, str, str], Decimal | None]:
    """(day of November, type, district) → use; days of which nothing is known are left out."""
    file = home / "city.csv"
    said = jieyue(home, "readings", "city", "--from", "2025-11", "-o", file, *options)
    assert said.code == DONE, said.stderr
    with file.open(encoding="utf-8") as opened:
        return {
            (4 + (int(row["ts"]) - FOURTH) // DAY, row["type"], row["area"]): Decimal(row["value"])
            for row in csv.DictReader(opened)
        }


def test_a_day_is_told_by_the_districts_of_that_day(moved: Path) -> None:
    wanted = {(day, "021", "500105" if day < 6 else NEW): Decimal(5 * 24) for day in range(4, 9)}
    wanted |= {(day, "022", "500112" if day < 6 else ""): Decimal(3 * 24) for day in range(4, 9)}
    wanted |= {(day, "022", NEW): Decimal(2 * 24) for day in (7, 8)}
    assert city(moved) == city(moved, "--boundaries", "then") == wanted


def test_all_days_are_told_by_the_districts_of_a_day_that_is_named(moved: Path) -> None:
    """On 5 November Z was none yet and hangs nowhere; today it and J belong to the new district, Y to none."""
    days = range(4, 9)
    before = {(day, "021", "500105"): Decimal(5 * 24) for day in days}
    before |= {(day, "022", "500112"): Decimal(3 * 24) for day in days}
    assert city(moved, "--boundaries", "2025-11-05") == before | {
        (day, "", ""): Decimal(2 * 24) for day in (7, 8)
    }
    after = {(day, "021", NEW): Decimal(5 * 24) for day in days}
    after |= {(day, "022", ""): Decimal(3 * 24) for day in days}
    after |= {(day, "022", NEW): Decimal(2 * 24) for day in (7, 8)}
    assert city(moved, "--boundaries", "now") == city(moved, "--boundaries", "2025-11-07") == after


def test_boundaries_that_are_none_are_refused(moved: Path) -> None:
    file = moved / "x.csv"
    said = jieyue(moved, "readings", "city", "--from", "2025-11", "-o", file, "--boundaries", "2025-13-01")
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "boundaries")
    assert not file.exists()
