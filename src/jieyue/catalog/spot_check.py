"""How spot checks weigh and score: the product's defaults, and what an authority says in HOME/spot_checks.csv."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from jieyue.catalog.strict import CatalogError

_FILE = Path(__file__).parent / "spot_checks" / "default.csv"
_COLUMNS = ("key", "value", "unit", "official", "source", "document", "verified", "note_zh", "note_en")
_ITEM = "item:"


@dataclass(frozen=True, slots=True)
class SpotRow:
    """One number with where it comes from."""

    key: str
    value: Decimal
    unit: str
    official: str
    source: str
    document: str
    verified: str
    note_zh: str
    note_en: str


def spot_rows(own: Path | None = None) -> Mapping[str, SpotRow]:
    """Key → row; rows of the authority's own file stand before the defaults. Raises CatalogError."""
    known = _load(_FILE)
    if own is None or not own.is_file():
        return known
    mine = _load(own)
    for place, key in enumerate(mine, start=2):
        if key not in known and not key.startswith(_ITEM):
            raise CatalogError(own.name, place, "key", f"没有 {key} 这一项", f"there is no {key}")
    return {**known, **mine}


def _load(path: Path) -> dict[str, SpotRow]:
    found: dict[str, SpotRow] = {}
    with path.open(encoding="utf-8-sig", newline="") as source:
        for place, row in enumerate(csv.DictReader(source), start=2):
            if tuple(row) != _COLUMNS or None in row.values():
                raise CatalogError(path.name, place, None, "列不对", "wrong columns")
            key = row["key"]
            if key in found:
                raise CatalogError(path.name, place, "key", f"{key} 写了两次", f"{key} stands twice")
            value = _value(path.name, place, key, row["value"])
            found[key] = SpotRow(key, value, *(row[name] for name in _COLUMNS[2:]))
    return found


def _value(name: str, place: int, key: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    least = Decimal("0.05") if key == "min_share" else Decimal(0)
    if not value.is_finite() or value < least or (key == "base" and value == 0):
        raise CatalogError(name, place, "value", f"{key} 不能是 {text}", f"{key} cannot be {text}")
    return value
