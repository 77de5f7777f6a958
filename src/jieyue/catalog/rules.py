"""The catalog as people ask it: rules by code and by date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from jieyue.catalog import digest as contents
from jieyue.catalog import factors as sets
from jieyue.catalog import grid
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import (
    Carrier,
    CodeWord,
    Coefficient,
    Form,
    GridFactor,
    GridFactorRow,
    IndicatorDef,
    InstitutionType,
    Item,
    Region,
    RegionChange,
    RegionGroup,
    RegionOldCode,
    Scheme,
    Threshold,
    Tile,
    Unit,
)
from jieyue.catalog.strict import OPEN_END
from jieyue.catalog.tables import Tables
from jieyue.catalog.units import UnitBook

T = TypeVar("T")
#: The day on which rules are asked for when no day is given: the last there is.
LATEST = date.fromordinal(OPEN_END.toordinal() - 1)
#: Kinds of region that are divisions of a municipality; zones are not.
DIVISIONS = ("district", "county")


class Catalog:
    """All rules, read-only. ``digest`` identifies their contents."""

    def __init__(self, tables: Tables, digest: str) -> None:
        self._tables = tables
        self.digest = digest
        self._sets: dict[tuple[str, date], sets.FactorSet] = {}

    def _rows(self, table: str, kind: type[T]) -> tuple[T, ...]:
        return cast("tuple[T, ...]", tuple(placed.row for placed in self._tables[table]))

    def _by_code(self, table: str, kind: type[T]) -> Mapping[str, T]:
        rows: tuple[Any, ...] = self._rows(table, kind)
        return MappingProxyType({row.code: row for row in rows})

    # --- carriers, units, factors -------------------------------------------------------------------------

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

    def factor_set(self, set_id: str, on: date | None = None) -> sets.FactorSet:
        """A factor set with the rows in force on a day (default: the latest). `UnknownRuleError`."""
        day = on or LATEST
        known = self._sets.get((set_id, day))
        if known is None:
            known = self._sets[set_id, day] = self._build(set_id, day)
        return known

    def _build(self, set_id: str, day: date) -> sets.FactorSet:
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
        base = self.factor_set(row.base_set, day) if row.base_set else None
        coefficients = sets.in_force(self.coefficients, day)
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
        code = region_code
        while code and not any(row.region == code for row in self.grid_factors):
            code = next((p.row.parent for p in self._tables["regions"] if p.row.code == code), "")
        return grid.choose(self.grid_factors, code or region_code, year, choice)

    # --- forms --------------------------------------------------------------------------------------------

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Statistical forms by code."""
        return self._by_code("forms", Form)

    @cached_property
    def schemes(self) -> Mapping[str, Scheme]:
        """Versions of the statistical scheme by code, oldest first."""
        rows = sorted(self._rows("schemes", Scheme), key=lambda scheme: scheme.valid_from)
        return MappingProxyType({scheme.code: scheme for scheme in rows})

    def scheme_on(self, day: date) -> Scheme:
        """The scheme in force on a day; data from before the first takes the one that serves it."""
        for scheme in self.schemes.values():
            if scheme.valid_from <= day < scheme.valid_to or (
                scheme.serves_earlier and day < scheme.valid_from
            ):
                return scheme
        raise UnknownRuleError("适用的统计制度", "scheme in force on", day.isoformat())

    @cached_property
    def _items(self) -> Mapping[str, tuple[Item, ...]]:
        """Item rows by form, as they stand in the tables; a summary form has those of its base form."""
        rows: dict[str, list[Item]] = {code: [] for code in self.forms}
        for item in self._rows("items", Item):
            rows[item.form].append(item)
        for form in self.forms.values():
            if form.summary_of:
                rows[form.code] = [_summarised(item, form) for item in rows[form.summary_of]] + rows[
                    form.code
                ]
        return {code: tuple(items) for code, items in rows.items()}

    def items(self, form: str, scheme: str | None = None) -> tuple[Item, ...]:
        """The items of a form under a scheme; without one, the newest row of every item it ever had.

        Raises `UnknownRuleError`.
        """
        if form not in self.forms:
            raise UnknownRuleError("报表", "form", form)
        if scheme is not None:
            return tuple(item for item in self._items[form] if self._holds(item, scheme))
        newest: dict[str, Item] = {}
        for item in sorted(self._items[form], key=lambda row: self.schemes[row.scheme_from].valid_from):
            newest[item.code] = item
        order = dict.fromkeys(item.code for item in self._items[form])
        return tuple(newest[code] for code in order)

    def _holds(self, item: Item, scheme: str) -> bool:
        if scheme not in self.schemes:
            raise UnknownRuleError("制度版本", "scheme", scheme)
        day = self.schemes[scheme].valid_from
        begun = self.schemes[item.scheme_from].valid_from <= day
        return begun and (not item.scheme_to or day < self.schemes[item.scheme_to].valid_from)

    @cached_property
    def _newest(self) -> Mapping[str, Item]:
        return {item.ref: item for form in self.forms for item in self.items(form)}

    def item(self, ref: str, scheme: str | None = None) -> Item:
        """The item ``FORM:code``, its newest row or that of a scheme. Raises `UnknownRuleError`."""
        if scheme is None:
            found = self._newest.get(ref)
        else:
            form = ref.partition(":")[0]
            rows = self._items.get(form, ())
            found = next((item for item in rows if item.ref == ref and self._holds(item, scheme)), None)
        if found is None:
            raise UnknownRuleError("指标", "item", ref)
        return found

    def parts_of(self, ref: str, scheme: str | None = None) -> tuple[Item, ...]:
        """The items that are directly within another, of any form."""
        return tuple(
            item
            for form in self.forms.values()
            if not form.summary_of
            for item in self.items(form.code, scheme)
            if item.part_of == ref
        )

    # --- types and words ----------------------------------------------------------------------------------

    @cached_property
    def types(self) -> Mapping[str, InstitutionType]:
        """Institution types by code."""
        return self._by_code("institution_types", InstitutionType)

    @cached_property
    def code_lists(self) -> Mapping[str, Mapping[str, CodeWord]]:
        """Code lists (role, funds, state, origin, summary_column) and their words."""
        lists: dict[str, dict[str, CodeWord]] = {}
        for word in self._rows("code_lists", CodeWord):
            lists.setdefault(word.list, {})[word.code] = word
        return MappingProxyType(lists)

    def find_type(self, text: str) -> InstitutionType | None:
        """The type a code, name or summary-column label names, or None."""
        word = text.strip()
        if word in self.types:
            return self.types[word]
        columns = self.code_lists.get("summary_column", {})
        for kind in self.types.values():
            label = columns.get(kind.column)
            if word in (kind.name_zh, kind.name_en) or (label and word in (label.name_zh, label.name_en)):
                return kind
        return None

    # --- regions ------------------------------------------------------------------------------------------

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

    # --- indicators and limits ----------------------------------------------------------------------------

    @cached_property
    def indicators(self) -> Mapping[str, IndicatorDef]:
        """Indicators by code, families as they stand (``energy_share_<carrier>``)."""
        return self._by_code("indicators", IndicatorDef)

    def indicator(self, code: str) -> IndicatorDef:
        """The indicator of a code, family members spelled out. Raises `UnknownRuleError`."""
        found = self.indicators.get(code)
        if found is not None and "<" not in code:
            return found
        for family in self.indicators.values():
            stem, hole, kind = family.code.partition("<")
            if hole and code.startswith(stem) and "<" not in code:
                member = self._member(family, kind.rstrip(">"), code.removeprefix(stem))
                if member is not None:
                    return member
        raise UnknownRuleError("指标", "indicator", code)

    def _member(self, family: IndicatorDef, kind: str, word: str) -> IndicatorDef | None:
        named: Carrier | CodeWord | None
        unit = family.unit
        if kind == "carrier":
            named = self.carriers.get(word)
            if named is None or not (named.energy or family.basis == "money"):
                return None
            unit = unit.replace("<unit>", self._account_unit(named))
        else:
            named = self.code_lists.get(kind, {}).get(word)
            if named is None:
                return None
        hole = "{" + kind + "}"
        return replace(
            family,
            code=family.code.replace(f"<{kind}>", word),
            name_zh=family.name_zh.replace(hole, named.name_zh),
            name_en=family.name_en.replace(hole, named.name_en.lower()),
            unit=unit,
            parameter=word,
        )

    def _account_unit(self, carrier: Carrier) -> str:
        """The unit in which the forms count a carrier, else the carrier's own."""
        units = (item.unit for item in self._newest.values() if item.carrier == carrier.code)
        return next((unit for unit in units if unit), carrier.unit)

    def threshold(self, code: str, on: date | None = None, region: str = "") -> Threshold:
        """The threshold in force on a day (default: the latest), a region's own before the general one."""
        day = on or LATEST
        rows = [
            row
            for row in self._rows("thresholds", Threshold)
            if row.code == code and row.valid_from <= day < row.valid_to and row.region in ("", region)
        ]
        if not rows:
            raise UnknownRuleError("阈值", "threshold", code)
        return max(rows, key=lambda row: row.region != "")

    # --- keeping ------------------------------------------------------------------------------------------

    @cached_property
    def sources(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(source title, document number) to the names of the tables that rest on it."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, rows in self._tables.items():
            for placed in rows:
                tables = found.setdefault((placed.row.source, placed.row.document), [])
                if name not in tables:
                    tables.append(name)
        return MappingProxyType({key: tuple(tables) for key, tables in found.items()})

    def table(self, name: str) -> tuple[Any, ...]:
        """The rows of a table by its file name without ``.csv``. Raises `UnknownRuleError`."""
        if name not in self._tables:
            known = ", ".join(self._tables)
            raise UnknownRuleError(
                "表", "table", name, hint_zh=f"可用：{known}。", hint_en=f"Known: {known}."
            )
        return tuple(placed.row for placed in self._tables[name])

    @property
    def table_names(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self._tables)

    def save_contents(self, folder: Path) -> None:
        """Keep exactly these contents in ``folder`` (HOME/catalog/<digest>); see `loader.load_saved`."""
        contents.save(self._tables, self.digest, folder)


def _summarised(item: Item, form: Form) -> Item:
    """An item of a base form as it stands in the summary form."""

    def moved(ref: str) -> str:
        return ref.replace(f"{form.summary_of}:", f"{form.code}:", 1)

    return replace(item, form=form.code, part_of=moved(item.part_of), cost_of=moved(item.cost_of))
