"""Kinds of what an institution owns: what ships is sourced, thresholds that no source gives are not there, overlays."""

import csv
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog
from jieyue.catalog.holdings import Holdings, load_holdings

DAY = date(2026, 1, 1)
FOUND = ("source", "confidence", "verified")


def load(own: Path | None = None) -> Holdings:
    return load_holdings(load_catalog().units, own)


def layer(folder: Path, name: str, head: Sequence[str], *rows: Sequence[str]) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows([head, *rows])
    return folder


def test_the_kinds_of_the_plan_ship_with_their_clauses_and_what_is_kept_elsewhere_is_only_joined() -> None:
    shipped = load()
    assert {code: kind.register for code, kind in shipped.kinds(DAY).items()} == {
        "building": "own", "meter": "meters", "data_centre": "rooms", "heating": "heating", "canteen": "own",
        "office_space": "own", "land": "own", "chiller": "own", "split_unit": "own", "boiler": "own",
        "charging_pile": "own", "vehicle": "own",
    }  # fmt: skip
    seats = shipped.fields("canteen", DAY)["seats"]
    assert (seats.type, seats.unit, seats.document) == ("integer", "piece", "渝机管发〔2021〕96号 专栏6")
    every = (*shipped.kind_rows, *shipped.field_rows, *shipped.choice_rows, *shipped.count_rows)
    assert all(row.source for row in every)
    # What was not read in its original is not given out as verified.
    assert {row.verified for row in every if "凭记忆" in row.source or "预设" in row.source} == {False}


def test_the_denominators_are_the_plans_and_no_threshold_of_key_units_is_made_up() -> None:
    counts = load().counts(DAY)
    boxes = {code: (counts[code].field, counts[code].least) for code in ("canteen_200", "canteen_300")}
    assert boxes == {"canteen_200": ("diners_at_once", 200), "canteen_300": ("seats", 300)}
    assert [(rule.indicator, rule.threshold) for rule in load().rules(DAY)] == [("energy_total_tce", None)]


def test_an_authority_sets_a_threshold_from_a_day_and_adds_a_field(tmp_path: Path) -> None:
    head = ("code", "indicator", "threshold", "unit", "name_zh", "name_en", *FOUND, "valid_from", "valid_to")
    words = ("energy_total", "energy_total_tce")
    old = (*words, "", "tce", "年综合能耗", "energy of the year", "未设", "low", "no", "", "2026-03-01")
    new = (*words, "500", "tce", "年综合能耗", "energy of the year", "通知", "high", "no", "2026-03-01", "")
    own = layer(tmp_path / "holdings", "key_units.csv", head, old, new)
    fields = ("kind", "code", "name_zh", "name_en", "type", "unit", *FOUND)
    layer(
        own,
        "fields.csv",
        fields,
        ("canteen", "kitchens", "灶台数", "hobs", "integer", "piece", "通知", "low", "no"),
    )
    mine = load(own)
    assert [rule.threshold for day in (date(2026, 2, 28), date(2026, 3, 1)) for rule in mine.rules(day)] == [
        None,
        Fraction(500),
    ]
    assert list(mine.fields("canteen", DAY))[-1] == "kitchens"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("canteen", "hobs", "灶台数", "hobs", "integer", "furlong"), "unit"),
        (("stable", "hobs", "灶台数", "hobs", "integer", "piece"), "kind"),
        (("canteen", "floor_area", "餐厅面积", "dining area", "number", "m2"), "code"),
        (("canteen", "hobs", "名称", "hobs", "integer", "piece"), "name_zh"),
        (("canteen", "hobs", "灶台", "hobs", "choice", ""), "type"),
        (("canteen", "hobs", "灶台数", "hobs", "many", "piece"), "type"),
    ],
)
def test_a_wrong_field_is_refused_at_its_cell(tmp_path: Path, row: tuple[str, ...], column: str) -> None:
    head = ("kind", "code", "name_zh", "name_en", "type", "unit", *FOUND)
    own = layer(tmp_path / "holdings", "fields.csv", head, (*row, "通知", "low", "no"))
    with pytest.raises(CatalogError) as refused:
        load(own)
    assert (refused.value.row, refused.value.column) == (2, column)


def test_a_count_of_a_word_that_the_field_does_not_know_is_refused(tmp_path: Path) -> None:
    head = ("code", "kind", "field", "op", "value", "unit", "name_zh", "name_en", *FOUND)
    row = (
        "steam",
        "vehicle",
        "vehicle_energy",
        "is",
        "steam",
        "",
        "蒸汽车",
        "steam cars",
        "通知",
        "low",
        "no",
    )
    with pytest.raises(CatalogError) as refused:
        load(layer(tmp_path / "holdings", "counts.csv", head, row))
    assert refused.value.column == "value"
