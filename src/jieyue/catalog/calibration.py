"""An authority's own calibration intervals 检定周期: after how many months a meter of a carrier is due, by what.

The product ships none: without a row, and without an end stated by the certificate, nothing is said to be due.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jieyue.catalog.rules import Catalog
from jieyue.catalog.strict import read_placed


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationInterval:
    """One row of ``calibration.csv``: carrier, months, where they are from, whether somebody has checked that."""

    carrier: str
    interval_months: int
    source: str
    verified: bool = False
    note: str = ""


def load_intervals(path: Path, catalog: Catalog) -> dict[str, CalibrationInterval]:
    """Carrier → its row. Raises CatalogError with row, column and reason."""
    rows = read_placed(path, CalibrationInterval, key=("carrier",))
    for placed in rows:
        if placed.row.carrier not in catalog.carriers:
            placed.refuse(
                "carrier",
                f"没有能源资源品种 {placed.row.carrier}",
                f"there is no carrier {placed.row.carrier}",
            )
        if not 1 <= placed.row.interval_months <= 240:
            placed.refuse("interval_months", "检定周期应为 1 至 240 个月", "an interval has 1 to 240 months")
    return {placed.row.carrier: placed.row for placed in rows}


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month.

    >>> months_later(date(2024, 2, 29), 12), months_later(date(2025, 8, 31), 6)
    (datetime.date(2025, 2, 28), datetime.date(2026, 2, 28))
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
