"""Codes of end uses 分项编码: versioned coding sets, each a folder with one table; a home uses one.

A code has five places: class (two digits), item (a letter), first and second level; "0" means not divided. Codes differ
from platform to platform, so sets are data: an authority puts its own beside the one that is shipped.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jieyue.catalog.model import Sourced
from jieyue.catalog.strict import read_placed

SHIPPED = Path(__file__).parent / "energy_items"
DEFAULT = "jk-2008"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyItem(Sourced):
    """One code: the code above it (empty: a whole class), the carrier that its class stands for (empty: several)."""

    code: str
    name_zh: str
    name_en: str
    parent: str = ""
    carrier: str = ""


@cache
def energy_items(name: str = DEFAULT, folder: Path = SHIPPED) -> dict[str, EnergyItem]:
    """The codes of a set. Raises CatalogError with row, column and reason.

    >>> energy_items()["01B1A"].parent, energy_items()["01B10"].parent, energy_items()["01A00"].parent
    ('01B10', '01B00', '01000')
    """
    rows = read_placed(folder / f"{name}.csv", EnergyItem, key=("code",))
    known = {placed.row.code for placed in rows}
    for placed in rows:
        if placed.row.parent and placed.row.parent not in known:
            placed.refuse("parent", f"没有编码 {placed.row.parent}", f"there is no code {placed.row.parent}")
    return {placed.row.code: placed.row for placed in rows}
