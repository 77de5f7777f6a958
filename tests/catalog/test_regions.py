"""Chongqing as dated facts. The counts stand here only; the data give them."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from jieyue.catalog import UnknownRuleError, load_catalog

CATALOG = load_catalog()
CHANGE = date(2025, 11, 6)
BEFORE = CHANGE - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "count"), [(date(2020, 12, 31), 38), (BEFORE, 38), (CHANGE, 37), (date(2026, 11, 22), 37)]
)
def test_districts_and_counties_in_being(day: date, count: int) -> None:
    assert len(CATALOG.divisions_on(day)) == count


def test_what_the_change_of_2025_ended_and_began() -> None:
    before = {region.code for region in CATALOG.divisions_on(BEFORE)}
    after = {region.code for region in CATALOG.divisions_on(CHANGE)}
    assert before - after == {"500105", "500112"}
    assert after - before == {"cq-liangjiang-district"}
    new = CATALOG.region("cq-liangjiang-district")
    assert (new.provisional, new.date_verified, new.verified) == (True, False, False)
    zones = [
        {region.code for region in CATALOG.regions_on(day) if region.kind == "zone"}
        for day in (BEFORE, CHANGE)
    ]
    assert zones[0] - zones[1] == {"cq-liangjiang-zone"}
    assert zones[1] == {"cq-gaoxin-zone", "cq-wansheng-zone"}


def test_where_the_land_went() -> None:
    moved = {(change.from_code, change.to_code): change.extent for change in CATALOG.region_changes}
    assert moved["500105", "cq-liangjiang-district"] == "whole"
    assert moved["500112", "cq-liangjiang-district"] == "all_but"
    assert moved["500112", "500109"] == "part"
    assert moved["500109", "cq-liangjiang-district"] == "part"
    assert {change.day for change in CATALOG.region_changes} == {CHANGE}


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("500105", BEFORE, "500105"),
        ("500105", CHANGE, None),
        ("两江新区", BEFORE, "cq-liangjiang-zone"),
        ("两江新区", CHANGE, "cq-liangjiang-district"),
        ("500228", CHANGE, "500155"),
        ("梁平县", CHANGE, "500155"),
        ("500232", CHANGE, "500156"),
        ("武隆县", CHANGE, "500156"),
        ("石柱县", CHANGE, "500240"),
        ("石柱土家族自治县", CHANGE, "500240"),
        ("忠县", CHANGE, "500233"),
        (" 渝中 ", CHANGE, "500103"),
        ("Nan'an", CHANGE, "500108"),
        ("重庆", CHANGE, "500000"),
        ("锦江区", CHANGE, None),
        ("", CHANGE, None),
    ],
)
def test_a_region_is_found_by_code_old_code_name_and_short_form(
    text: str, day: date, code: str | None
) -> None:
    found = CATALOG.find_region(text, day)
    assert (found.code if found else None) == code


def test_every_old_code_maps_to_a_region_in_being() -> None:
    assert set(CATALOG.region_old_codes) == {"500228", "500232"}
    for old in CATALOG.region_old_codes.values():
        assert CATALOG.region(old.code, CHANGE).code == old.code


def test_names_are_unambiguous_on_any_day() -> None:
    for day in (BEFORE, CHANGE):
        words = [
            word
            for row in CATALOG.regions_on(day)
            for word in {row.code, row.name, row.short_name, row.name_en, *row.aliases}
        ]
        assert len(words) == len(set(words))


def test_one_zone_two_clusters() -> None:
    groups = CATALOG.region_groups
    assert {code for code, group in groups.items() if group.parent == "500000"} == {
        "cq-main", "cq-northeast", "cq-southeast"
    }  # fmt: skip
    assert {code for code, group in groups.items() if group.parent == "cq-main"} == {
        "cq-main-central",
        "cq-main-new",
    }
    for day in (BEFORE, CHANGE):
        for region in CATALOG.divisions_on(day):
            assert region.group in groups
            if region.group == "cq-main":
                assert groups[region.subgroup].parent == "cq-main"


def test_every_region_has_one_tile_and_no_tile_two_regions() -> None:
    for day in (BEFORE, CHANGE):
        tiles = [tile for tile in CATALOG.tiles if tile.valid_from <= day < tile.valid_to]
        assert len({(tile.row, tile.column) for tile in tiles}) == len(tiles)
        assert {tile.region for tile in tiles} == {
            region.code for region in CATALOG.regions_on(day) if region.kind != "municipality"
        }


def test_an_unknown_region() -> None:
    with pytest.raises(UnknownRuleError):
        CATALOG.region("510000")
    with pytest.raises(UnknownRuleError):
        CATALOG.region("500105", CHANGE)


def test_a_name_wins_over_another_regions_short_form(layer: Callable[..., Path]) -> None:
    header = "code,name,short_name,aliases,kind,parent,date_verified,provisional,source,confidence,verified"
    row = "zone-x,甲开发区,甲开,渝中区|江津区,zone,500000,yes,yes,test,low,no"
    catalog = load_catalog(overlay=layer(regions=(header, row)))
    found = catalog.find_region("渝中区", CHANGE)
    assert found is not None
    assert found.code == "500103"
    short = catalog.find_region("甲开", CHANGE)
    assert short is not None
    assert short.code == "zone-x"
