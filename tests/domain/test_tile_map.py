"""The tile map by its own promises: one place for each region in being, classes by rank, the table decides nothing."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog
from jieyue.domain.tile_map import TileMap, breaks, class_of, tiles_on

BEFORE, AFTER = date(2025, 10, 31), date(2025, 11, 6)
CATALOG = load_catalog()


def city_on(day: date) -> TileMap:
    return tiles_on(
        day, [row.code for row in CATALOG.regions_on(day) if row.kind != "municipality"], CATALOG.tiles
    )


@pytest.mark.parametrize(
    ("day", "tiles", "strip"),
    [
        (BEFORE, 38, ("cq-liangjiang-zone", "cq-gaoxin-zone", "cq-wansheng-zone")),
        (AFTER, 37, ("cq-gaoxin-zone", "cq-wansheng-zone")),
    ],
)
def test_tiles_and_strip_are_the_regions_of_the_day(day: date, tiles: int, strip: tuple[str, ...]) -> None:
    found = city_on(day)
    assert (len(found.spots), found.strip) == (tiles, strip)
    assert {spot.code for spot in found.spots} == {row.code for row in CATALOG.divisions_on(day)}
    places = [(spot.row, spot.column) for spot in found.spots]
    assert len(set(places)) == tiles
    assert (found.rows, found.columns) == (7, 11)


def test_a_reader_s_memory_holds_over_the_change() -> None:
    before = {spot.code: (spot.row, spot.column) for spot in city_on(BEFORE).spots}
    after = {spot.code: (spot.row, spot.column) for spot in city_on(AFTER).spots}
    assert before.pop("500105") == after.pop("cq-liangjiang-district") == (4, 5)
    assert before.pop("500112") == (3, 5)
    assert before == after


def test_who_has_no_tile_stands_in_the_strip_and_a_tile_of_nobody_shows_nothing() -> None:
    found = tiles_on(AFTER, ["500101", "new-zone", "cq-wansheng-zone", "another"], CATALOG.tiles)
    assert [spot.code for spot in found.spots] == ["500101"]
    assert found.strip == ("cq-wansheng-zone", "another", "new-zone")
    assert tiles_on(AFTER, ["a", "b"], ()) == TileMap((), ("a", "b"))


def test_classes_hold_equal_numbers_and_ties_share_one() -> None:
    values = [Fraction(n, 3) for n in range(38)]
    bounds = breaks(values)
    counted = [class_of(value, bounds) for value in values]
    assert [counted.count(level) for level in range(5)] == [8, 8, 7, 8, 7]
    tied = breaks([Fraction(1)] * 9 + [Fraction(2)])
    assert [class_of(value, tied) for value in (Fraction(1), Fraction(2))] == [0, 1]


@pytest.mark.parametrize(
    ("row", "column"), [("500999,1,1", "region"), ("500229,0,9", "row"), ("500229,1,61", "column")]
)
def test_a_tile_of_no_region_or_off_the_grid_is_refused(tmp_path: Path, row: str, column: str) -> None:
    (tmp_path / "tiles.csv").write_text(f"region,row,column,source,confidence,verified\n{row},test,low,no\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog(overlay=tmp_path)
    assert caught.value.column == column
