"""An authority's own thresholds: from the day that they hold on, derived again, told by the log of the intervals."""

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from jieyue.apps.publication.rules import forget
from jieyue.catalog.reading_rules import V1
from tests.cli.command import DONE, jieyue
from tests.cli.test_metering import busy, metered, out, school, take  # noqa: F401 fixtures
from tests.cli.test_rollups import TABLES

#: 2025-03-04 00:00 in China.
BEGIN = 1741017600
HOUR, DAY = 3600, 86400
RULES = (
    "code",
    "meters",
    "value",
    "unit",
    "name_zh",
    "name_en",
    "source",
    "confidence",
    "verified",
    "valid_from",
)
BLANKS = ("meters", "value", "source", "confidence", "verified", "valid_from")
RANKS = ("origin", "rank", "name_zh", "name_en", "source", "confidence", "verified", "valid_from")


def overlay(home: Path, name: str, head: tuple[str, ...], *rows: tuple[str, ...]) -> None:
    folder = home / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows([head, *rows])
    forget()


def gap_rule(value: str, begin: str) -> tuple[str, ...]:
    return ("gap", "*", value, "1", "缺口", "gap", "某市通知", "low", "no", begin)


def qualities(home: Path) -> dict[int, str]:
    return {(int(row["ts"]) - BEGIN) // HOUR: row["quality"] for row in out(home, "hour")}


def rules_numbers(home: Path) -> list[int]:
    """What the commits of the intervals say of March's rules, in their order."""
    found = []
    for entry in sorted((home / "lake" / "intervals" / "_delta_log").glob("*.json")):
        for line in entry.read_text("utf-8").splitlines():
            txn = json.loads(line).get("txn")
            if txn and txn["appId"] == "r202503":
                found.append(txn["version"])
    return found


@pytest.fixture
def two_days(metered: Path) -> Path:  # noqa: F811
    """Two days of hourly readings of E2, 2 an hour; of each the readings of hours 5 and 6 are not there."""
    rows = [("E2", BEGIN + n * HOUR, 10 + 2 * n) for n in range(49) if n % 24 not in (5, 6)]
    take(metered, rows)
    return metered


def test_a_threshold_holds_from_its_day_on_and_the_month_is_derived_again(two_days: Path) -> None:
    """A step of three hours is a gap by 1.5 planned steps, and none by 4: then its hours are calculated."""
    before = qualities(two_days)
    assert [before[n] for n in (4, 5, 6, 28, 29, 30)] == ["estimated"] * 6
    assert set(rules_numbers(two_days)) == {int(V1[:12], 16)}
    overlay(two_days, "reading_rules.csv", RULES, gap_rule("4", "2025-03-05"))
    after = qualities(two_days)
    assert [after[n] for n in (4, 5, 6)] == ["estimated"] * 3
    assert [after[n] for n in (28, 29, 30)] == ["calculated"] * 3
    assert len(set(rules_numbers(two_days))) == 2
    assert sum(float(row["value"]) for row in out(two_days, "hour")) == 96
    so_far = out(two_days, "hour")
    empty = two_days.parent / "empty"
    shutil.copytree(two_days, empty, ignore=shutil.ignore_patterns(*TABLES))
    assert out(empty, "hour") == so_far
    (two_days / "catalog" / "overlay" / "reading_rules.csv").unlink()
    forget()
    assert qualities(two_days) == before  # and back
    assert jieyue(two_days, "readings", "clean").document["points"] == 0


def test_a_gap_within_which_the_rules_change_is_booked_once_and_whole(metered: Path) -> None:  # noqa: F811
    """From 9 March 18:00 to 11 March 06:00: three like days are enough, from the 10th on 28, which are not there."""
    rows, used = busy(40 * 24, 90 * 24, (67 * 24 + 18, 69 * 24 + 6))
    take(metered, rows)
    before = out(metered, "hour")
    assert sum(Decimal(row["value"]) for row in before) == used
    rule = ("like_days", "*", "28", "piece", "like days", "like days", "某市通知", "low", "no", "2025-03-10")
    overlay(metered, "reading_rules.csv", RULES, rule)
    after = out(metered, "hour")
    assert sum(Decimal(row["value"]) for row in after) == used
    assert before != after


def test_zero_means_no_value_where_the_catalog_says_so_of_a_class(metered: Path) -> None:  # noqa: F811
    take(metered, [("W1", BEGIN + n * HOUR, value) for n, value in enumerate((5, 6, 0, 8, 9))])
    assert [row["quality"] for row in out(metered, "raw")] == ["good", "good", "bad:dip", "good", "good"]
    overlay(
        metered, "reading_no_values.csv", BLANKS, ("water", "0", "抄表系统说明", "low", "no", "2025-01-01")
    )
    assert [row["quality"] for row in out(metered, "raw")] == ["good", "good", "bad:no_value", "good", "good"]
    overlay(
        metered,
        "reading_no_values.csv",
        BLANKS,
        ("electricity", "0", "抄表系统说明", "low", "no", "2025-01-01"),
    )
    assert out(metered, "raw")[2]["quality"] == "bad:dip"


def test_a_rank_decides_between_a_file_and_its_correction(metered: Path) -> None:  # noqa: F811
    take(metered, [("E2", BEGIN + n * HOUR, value) for n, value in enumerate((10, 12, 14))])
    take(metered, [("E2", BEGIN + HOUR, 13)], "--correction")
    assert [float(row["value"]) for row in out(metered, "hour")] == [3, 1]
    file = ("file", "9", "文件", "File", "某市通知", "low", "no", "2025-03-01")
    overlay(metered, "source_ranks.csv", RANKS, file)
    assert [float(row["value"]) for row in out(metered, "hour")] == [2, 2]


def test_a_wrong_threshold_stops_with_its_file_row_and_reason(two_days: Path) -> None:
    overlay(two_days, "reading_rules.csv", RULES, gap_rule("0", "2025-03-05"))
    said = jieyue(two_days, "readings", "clean")
    assert said.code != DONE
    assert "reading_rules.csv" in said.stderr + said.stdout
    checked = jieyue(two_days, "catalog", "check", "--overlay", two_days / "catalog" / "overlay")
    assert checked.code != DONE
