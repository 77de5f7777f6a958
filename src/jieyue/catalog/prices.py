"""An authority's own price list 本地价目: what a unit of a carrier costs, from when to when, with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from jieyue.catalog.rules import Catalog
from jieyue.catalog.strict import BEGINNING, OPEN_END, check_dated, read_placed


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One row of ``prices.csv``: item of a cost (``NY201:111``), its range in yuan for one unit of what it pays for."""

    item: str
    low: Fraction
    high: Fraction
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END
    source: str
    note: str = ""


def load_prices(path: Path, catalog: Catalog) -> tuple[PriceRow, ...]:
    """The rows of a price list. Raises CatalogError with row, column and reason.

    An item must be a cost that names what it pays for; spans of one item may not overlap.
    """
    rows = read_placed(path, PriceRow, key=("item", "valid_from"))
    costs = {item.ref for item in catalog.table("items") if item.cost_of}
    for placed in rows:
        if placed.row.item not in costs:
            placed.refuse(
                "item",
                f"{placed.row.item} 不是费用指标；请写成 NY201:111",
                f"{placed.row.item} is no item of a cost; write it as NY201:111",
            )
        if not 0 <= placed.row.low <= placed.row.high:
            placed.refuse("high", "上限不能低于下限，且都不能为负", "high is below low, or one is negative")
    check_dated(rows, lambda row: row.item, gaps=False)
    return tuple(placed.row for placed in rows)


def in_force(rows: tuple[PriceRow, ...], form: str, day: date) -> Mapping[str, tuple[float, float]]:
    """Item code of a form → (low, high) on a day."""
    return {
        row.item.partition(":")[2]: (float(row.low), float(row.high))
        for row in rows
        if row.item.startswith(f"{form}:") and row.valid_from <= day < row.valid_to
    }
