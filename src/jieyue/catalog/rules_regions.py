"""Regions and what became of them, by code and by date."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType

from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Region, RegionChange, RegionGroup, RegionOldCode, Tile
from jieyue.catalog.rules_base import Rules

#: Kinds of region that are divisions of a municipality; zones are not.
DIVISIONS = ("district", "county")


class RegionRules(Rules):
    """Where institutions stand."""

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Every dated region row."""
        return self._rows("regions", Region)

    @cached_property
    def region_groups(self) -> Mapping[str, RegionGroup]:
        """Clusters of districts by code."""
        return self._by_code("region_groups", RegionGroup)

    @cached_property
    def region_changes(self) -> tuple[RegionChange, ...]:
        """Land that passed from one region to another."""
        return self._rows("region_changes", RegionChange)

    @cached_property
    def region_old_codes(self) -> Mapping[str, RegionOldCode]:
        """Codes that maps and old files still use, by old code."""
        return MappingProxyType({row.old_code: row for row in self._rows("region_old_codes", RegionOldCode)})

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        """Places in the tile map, dated."""
        return self._rows("tiles", Tile)

    def regions_on(self, day: date) -> tuple[Region, ...]:
        """The regions in being on a day."""
        return tuple(row for row in self.regions if row.valid_from <= day < row.valid_to)

    def divisions_on(self, day: date) -> tuple[Region, ...]:
        """The districts and counties in being on a day; zones are not divisions."""
        return tuple(row for row in self.regions_on(day) if row.kind in DIVISIONS)

    def region(self, code: str, on: date | None = None) -> Region:
        """The region of a code on a day (default: its last row). Raises `UnknownRuleError`."""
        rows = [row for row in self.regions if row.code == code]
        held = [row for row in rows if on is None or row.valid_from <= on < row.valid_to]
        if not held:
            raise UnknownRuleError("地区", "region", code)
        return max(held, key=lambda row: row.valid_from)

    def find_region(self, text: str, on: date) -> Region | None:
        """The region in being on ``on`` that a code, an old code, a name or a usual short form names."""
        word = text.strip()
        old = self.region_old_codes.get(word)
        old = old or next((row for row in self.region_old_codes.values() if row.old_name == word), None)
        code = old.code if old else word
        rows = self.regions_on(on)
        exact = [row for row in rows if code in (row.code, row.name)]
        loose = [row for row in rows if word in (row.short_name, row.name_en, *row.aliases)]
        return next(iter((*exact, *loose)), None)
