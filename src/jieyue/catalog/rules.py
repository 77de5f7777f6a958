"""The catalog as people ask it: rules by code and by date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jieyue.catalog import digest as contents
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Carrier, CodeWord, IndicatorDef, InstitutionType, RatioCheck, Threshold
from jieyue.catalog.rules_factors import LATEST, FactorRules
from jieyue.catalog.rules_forms import FormRules
from jieyue.catalog.rules_persons import PersonsRules
from jieyue.catalog.rules_readings import ReadingRules
from jieyue.catalog.rules_regions import RegionRules
from jieyue.catalog.tables import Tables


class Catalog(FactorRules, FormRules, RegionRules, PersonsRules, ReadingRules):
    """All rules, read-only. ``digest`` identifies their contents."""

    def __init__(self, tables: Tables, digest: str) -> None:
        super().__init__(tables)
        self.digest = digest

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

    # --- indicators and limits ----------------------------------------------------------------------------

    @cached_property
    def indicators(self) -> Mapping[str, IndicatorDef]:
        """Indicators by code, families as they stand (``energy_share_<carrier>``)."""
        return self._by_code("indicators", IndicatorDef)

    def indicator(self, code: str) -> IndicatorDef:
        """The indicator of a code, family members spelled out. Raises `UnknownRuleError`."""
        found = self._spelled_out.get(code)
        if found is None:
            found = self._spelled_out[code] = self._indicator(code)
        return found

    @cached_property
    def _spelled_out(self) -> dict[str, IndicatorDef]:
        """Those that were asked for."""
        return {}

    def _indicator(self, code: str) -> IndicatorDef:
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

    def ratio_checks(self, form: str) -> tuple[RatioCheck, ...]:
        """What numbers of one return of the form must be to one another."""
        return tuple(row for row in self._rows("ratio_checks", RatioCheck) if row.form == form)

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
