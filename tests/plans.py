"""Copies of shipped plans with a cell changed: what the tests of plans stand on."""

import csv
import shutil
from pathlib import Path

from jieyue.catalog.plan import PLANS

CHONGQING = "chongqing-14fyp"


def copy_plan(where: Path, plan: str = CHONGQING) -> Path:
    """A copy of a shipped plan's folder inside ``where``."""
    folder = where / plan
    shutil.copytree(PLANS / plan, folder)
    return folder


def edit(table: Path, key: str, **cells: str) -> None:
    """Change cells of the row whose first column is ``key``."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    found = [row for row in rows if row[columns[0]] == key]
    assert len(found) == 1, f"{key} stands {len(found)} times in {table}"
    assert cells.keys() <= set(columns)
    found[0].update(cells)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
