"""Carriers, units, factor sets and electricity factors, by code and by date."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property

from jieyue.catalog import factors as sets
from jieyue.catalog import grid
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Carrier, Coefficient, GridFactor, GridFactorRow, Unit
from jieyue.catalog.rules_base import Rules
from jieyue.catalog.strict import OPEN_END
from jieyue.catalog.tables import Tables
from jieyue.catalog.units import UnitBook

#: The day on which rules are asked for when no day is given: the last there is.
LATEST = date.fromordinal(OPEN_END.toordinal() - 1)


class FactorRules(Rules):
    """What energy is counted in and with which numbers."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._sets: dict[tuple[str, date, str], sets.FactorSet] = {}

    @cached_property
    def carriers(self) -> Mapping[str, Carrier]:
        """Energy carriers and water by code."""
        return self._by_code("carriers", Carrier)

    @cached_property
    def energy_carriers(self) -> frozenset[str]:
        """Codes of the carriers that count in standard coal and CO2."""
        return frozenset(code for code, carrier in self.carriers.items() if carrier.energy)

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Units by code."""
        return self._by_code("units", Unit)

    @cached_property
    def _book(self) -> UnitBook:
        return UnitBook(self.units, tuple(placed.row for placed in self._tables["unit_aliases"]))

    def unit(self, text: str, carrier: str = "") -> Unit:
        """The unit a code or word names (度, kWh, 万元); raises `UnknownRuleError`."""
        return self._book.unit(text, carrier)

    def find_unit(self, text: str, carrier: str = "") -> Unit | None:
        """As `unit`, None if there is none."""
        return self._book.find(text, carrier)

    def convert(self, value: Fraction, source: str, target: str, carrier: str = "") -> Fraction:
        """``value`` [source] in [target], exactly; `ValueError` across dimensions."""
        return self._book.convert(value, source, target, carrier)

    def unit_symbol(self, unit: str, language: str = "zh") -> str:
        """How a unit is printed in a language, quotients included."""
        return self._book.symbol(unit, language)

    @cached_property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """Every dated coefficient row."""
        return self._rows("coefficients", Coefficient)

    @cached_property
    def factor_sets(self) -> tuple[str, ...]:
        """The ids of the factor sets."""
        return tuple(placed.row.id for placed in self._tables["factor_sets"])

    def factor_set(self, set_id: str, on: date | None = None, *, region: str = "") -> sets.FactorSet:
        """A factor set with the rows in force on a day (default: the latest), a region's own coefficients
        before the national ones. Raises `UnknownRuleError`."""
        key = (set_id, on or LATEST, region)
        known = self._sets.get(key)
        if known is None:
            known = self._sets[key] = self._build(*key)
        return known

    def _build(self, set_id: str, day: date, region: str) -> sets.FactorSet:
        row = next((p.row for p in self._tables["factor_sets"] if p.row.id == set_id), None)
        if row is None:
            names = ", ".join(self.factor_sets)
            raise UnknownRuleError(
                "因子集", "factor set", set_id, hint_zh=f"可用：{names}。", hint_en=f"Known: {names}."
            )
        members = [
            p.row
            for p in self._tables["factor_set_rows"]
            if p.row.set == set_id and p.row.valid_from <= day < p.row.valid_to
        ]
        base = self.factor_set(row.base_set, day, region=region) if row.base_set else None
        coefficients = sets.in_force(self.coefficients, day, region)
        return sets.build(row, members, coefficients, base=base, energy=self.energy_carriers)

    @cached_property
    def grid_factors(self) -> tuple[GridFactorRow, ...]:
        """Every electricity factor row."""
        return self._rows("grid_factors", GridFactorRow)

    def grid_factor(
        self, region_code: str, year: int, choice: grid.Choice = grid.OF_YEAR
    ) -> GridFactor | None:
        """The electricity factor [kgCO2/kWh] of a region and year; see `grid.choose`.

        A region without rows of its own takes those of the region above it. None if there are none at all.
        """
        code = self._grid_region(region_code)
        return grid.choose(self.grid_factors, code, year, choice)

    def grid_series(self, region_code: str) -> tuple[GridFactorRow, ...]:
        """The published electricity factors of a region by year, without those that are taken by name only."""
        code = self._grid_region(region_code)
        series = [row for row in self.grid_factors if row.region == code and not row.key]
        return tuple(sorted(series, key=lambda row: row.year))

    def _grid_region(self, region_code: str) -> str:
        """The region itself, or the nearest above it that has rows."""
        code = region_code
        while code and not any(row.region == code for row in self.grid_factors):
            code = next((p.row.parent for p in self._tables["regions"] if p.row.code == code), "")
        return code or region_code
