"""A changed factor is one visible line: every number of the catalog that enters an account, in a text file.

Set UPDATE_GOLDEN=1 to write the file anew, then read its difference.
"""

import os
from pathlib import Path

from jieyue.catalog import Catalog, load_catalog
from jieyue.catalog.digest import plain

GOLDEN = Path(__file__).parent / "golden" / "factors.txt"


def lines(catalog: Catalog) -> list[str]:
    found = []
    for set_id in catalog.factor_sets:
        chosen = catalog.factor_set(set_id)
        for carrier, factor in sorted(chosen.factors.items()):
            mark = "verified" if factor.verified else "unverified"
            found.append(
                f"set {set_id} {carrier} = {plain(factor.value)} {factor.unit} [{factor.formula}] {mark}"
            )
    for row in catalog.coefficients:
        days = f"{row.valid_from}..{row.valid_to}"
        mark = "verified" if row.verified else "unverified"
        found.append(f"coefficient {row.coefficient} {row.quantity} = {row.text} {row.unit} {days} {mark}")
    for grid in catalog.grid_factors:
        mark = "verified" if grid.verified else "unverified"
        found.append(f"grid {grid.region} {grid.year} {grid.key or '-'} = {grid.text} {grid.unit} {mark}")
    for unit in catalog.units.values():
        found.append(f"unit {unit.code} = {plain(unit.factor)} of {unit.dimension}")
    for threshold in catalog.table("thresholds"):
        found.append(f"threshold {threshold.code} = {plain(threshold.value)} {threshold.unit}")
    return found


def test_all_factors() -> None:
    now = lines(load_catalog())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text("".join(f"{line}\n" for line in now), encoding="utf-8")
    assert GOLDEN.read_text("utf-8").splitlines() == now
