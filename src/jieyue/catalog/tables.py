"""The list of catalog tables: file, row type, and what identifies a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jieyue.catalog import model, persons
from jieyue.catalog import reading_rules as readings
from jieyue.catalog.strict import CatalogError, Placed, check_dated, read_placed

DATA = Path(__file__).parent / "data"
#: Lives beside the tables, but its wording is not a rule and stays out of the digest.
NOT_RULES = ("findings.csv",)

#: The rows of every table, with their places, by table name.
Tables = Mapping[str, tuple[Placed[Any], ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. ``key`` identifies a row (for a dated table: a line of rows that follow one another).
    ``later``: contents kept before there was such a table lack its file, and then it is empty."""

    name: str
    row_type: type[Any]
    key: tuple[str, ...]
    dated: bool = False
    later: bool = False
    file: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", f"{self.name}.csv")

    def key_of(self, row: Any) -> tuple[object, ...]:
        """The key of a row; for a dated table without its validity."""
        return tuple(getattr(row, column) for column in self.key)

    def read(self, folder: Path) -> tuple[Placed[Any], ...]:
        """The rows of this table in a folder. Raises `CatalogError`."""
        unique = (*self.key, "valid_from") if self.dated else self.key
        rows = read_placed(folder / self.file, self.row_type, key=unique)
        if self.dated:
            check_dated(rows, self.key_of, gaps=False)
        return rows


TABLES: tuple[Table, ...] = (
    Table("units", model.Unit, ("code",)),
    Table("unit_aliases", model.UnitAlias, ("carrier", "alias")),
    Table("carriers", model.Carrier, ("code",)),
    Table("coefficients", model.Coefficient, ("coefficient", "quantity", "region"), dated=True),
    Table("factor_sets", model.FactorSetRow, ("id",)),
    Table("factor_set_rows", model.Membership, ("set", "carrier"), dated=True),
    Table("grid_factors", model.GridFactorRow, ("region", "year", "key")),
    Table("institution_types", model.InstitutionType, ("code",)),
    Table("code_lists", model.CodeWord, ("list", "code")),
    Table("schemes", model.Scheme, (), dated=True),
    Table("forms", model.Form, ("code",)),
    Table("items", model.Item, ("form", "code", "scheme_from")),
    Table("region_groups", model.RegionGroup, ("code",)),
    Table("regions", model.Region, ("code",), dated=True),
    Table("region_changes", model.RegionChange, ("id",)),
    Table("region_old_codes", model.RegionOldCode, ("old_code",)),
    Table("tiles", model.Tile, ("region",), dated=True),
    Table("indicators", model.IndicatorDef, ("code",)),
    Table("thresholds", model.Threshold, ("code", "region"), dated=True),
    Table("ratio_checks", model.RatioCheck, ("code",), later=True),
    Table(persons.TABLE, persons.PersonsTerm, ("item", "types", "count", "valid_from"), later=True),
    Table(readings.RULES, readings.ReadingRule, ("code", "meters"), dated=True, later=True),
    Table(readings.NO_VALUES, readings.NoValue, ("meters", "value"), later=True),
    Table(readings.RANKS, readings.SourceRank, ("origin",), dated=True, later=True),
)
_FILES = {table.file: table for table in TABLES}


def read_layer(folder: Path, *, whole: bool) -> Tables:
    """All tables of one folder; ``whole`` = every table must be there (an overlay may bring a few).

    Sub-folders and files that are not CSV are left alone; a CSV that is no table of the catalog refuses.
    Raises `CatalogError`.
    """
    if not folder.is_dir():
        raise CatalogError(str(folder), None, None, "没有这个文件夹", "there is no such folder")
    present = {path.name for path in folder.glob("*.csv")} - set(NOT_RULES)
    for name in sorted(present - set(_FILES)):
        known = ", ".join(_FILES)
        raise CatalogError(
            str(folder / name),
            None,
            None,
            f"规则目录没有这张表。可用：{known}",
            f"not a catalog table; known: {known}",
        )
    return {
        table.name: table.read(folder) if table.file in present or (whole and not table.later) else ()
        for table in TABLES
    }
