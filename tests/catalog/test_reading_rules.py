"""Thresholds of the rules for readings: what ships is what the rules had in the code; strict, dated, overlaid."""

import csv
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog
from jieyue.catalog.reading_rules import V1

HEAD = (
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


def layer(folder: Path, name: str, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows([head, *rows])
    return folder


def row(
    code: str, value: str, unit: str = "1", meters: str = "*", begin: str = "2026-03-05"
) -> tuple[str, ...]:
    return (code, meters, value, unit, "甲", "a", "某市通知", "medium", "no", begin)


def test_what_ships_is_the_set_that_stood_in_the_code_and_is_marked_as_not_verified() -> None:
    rules = load_catalog().reading_rules(date(2026, 1, 1))
    assert {code: float(value) for code, value in rules.values.items()} == {
        "gap": 1.5, "bound": 2, "learned": 6, "longest": 8, "jitter": 2, "rollover": 0.9, "peak": 2.8,
        "deviations": 6, "like_days": 3, "before": 28, "after": 2, "balance": 0.05,
    }  # fmt: skip
    assert rules.still == {"*": 72, "electricity": 168, "electricity:main": 2, "water": 72}
    assert rules.ranks == {"correction": 2, "file": 1, "live": 0, "backlog": 0}
    assert rules.no_values == ()
    assert (rules.version, rules.digest) == ("vee.v1", V1)
    tables = ("reading_rules", "source_ranks")
    assert not any(one.verified for name in tables for one in load_catalog().table(name))


def test_an_overlay_changes_a_threshold_from_a_day(tmp_path: Path) -> None:
    own = load_catalog(overlay=layer(tmp_path, "reading_rules.csv", [row("bound", "3")]))
    before, after = (own.reading_rules(date(2026, 3, day)) for day in (4, 5))
    assert (before.values["bound"], after.values["bound"]) == (2, 3)
    assert before.version == "vee.v1"
    assert after.version.startswith("vee-")
    other = layer(tmp_path, "reading_rules.csv", [row("balance", "0.1")])
    assert (
        load_catalog(overlay=other).reading_rules(date(2026, 3, 5)).version == "vee.v1"
    )  # no use depends on it


def test_numbers_that_mean_no_value_are_said_of_a_class_of_meters(tmp_path: Path) -> None:
    head = ("meters", "value", "source", "confidence", "verified", "valid_from")
    rows = [("electricity", "0", "剑桥大学数据说明", "medium", "no", "2026-01-01"),
            ("*", "-999", "采集器手册", "low", "no", "2020-01-01")]  # fmt: skip
    rules = load_catalog(overlay=layer(tmp_path, "reading_no_values.csv", rows, head))
    assert rules.reading_rules(date(2025, 12, 31)).no_values == (("*", Fraction(-999)),)
    assert len(rules.reading_rules(date(2026, 1, 1)).no_values) == 2


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (row("bound", "0"), "value"),
        (row("before", "29", "d"), "value"),
        (row("longest", "2.5", "piece"), "value"),
        (row("bound", "2", "h"), "unit"),
        (row("bound", "2", meters="electricity"), "meters"),
        (row("still", "5", "h", meters="steam engine"), "meters"),
        (row("odd", "2"), "code"),
        (row("bound", "many"), "value"),
    ],
)
def test_what_a_rule_cannot_be_is_refused_with_file_row_and_column(
    tmp_path: Path, wrong: tuple[str, ...], column: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        load_catalog(overlay=layer(tmp_path, "reading_rules.csv", [row("gap", "2"), wrong]))
    error = refused.value
    assert (Path(error.file).name, error.row, error.column) == ("reading_rules.csv", 3, column)
    assert error.reason_zh
    assert error.reason_en


def test_a_day_without_a_threshold_or_a_rank_is_refused(tmp_path: Path) -> None:
    ends = (*HEAD, "valid_to")
    rows = [
        (*row("gap", "2", begin="2026-01-01"), "2027-01-01"),
        (*row("gap", "3", begin="2015-01-01"), "2020-01-01"),
    ]
    cut = layer(tmp_path, "reading_rules.csv", rows, ends)
    assert load_catalog(overlay=cut).reading_rules(date(2022, 1, 1)).values["gap"] == Fraction(3, 2)
    head = ("origin", "rank", "name_zh", "name_en", "source", "confidence", "verified", "valid_to")
    (tmp_path / "reading_rules.csv").unlink()
    lost = layer(
        tmp_path, "source_ranks.csv", [("file", "3", "文件", "File", "通知", "low", "no", "2026-01-01")], head
    )
    with pytest.raises(CatalogError, match="file must have a value on every day"):
        load_catalog(overlay=lost)


@pytest.mark.parametrize("rank", ["-1", "1001"])
def test_a_rank_has_limits(tmp_path: Path, rank: str) -> None:
    head = ("origin", "rank", "name_zh", "name_en", "source", "confidence", "verified", "valid_from")
    row = ("file", rank, "文件", "File", "通知", "low", "no", "2026-01-01")
    with pytest.raises(CatalogError, match="must be whole, 0 to 1000") as refused:
        load_catalog(overlay=layer(tmp_path, "source_ranks.csv", [row], head))
    assert (refused.value.row, refused.value.column) == (2, "rank")
