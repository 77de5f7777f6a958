"""A rules folder in which stocks of the survey's form are the mean of the periods that state them."""

import csv
from collections.abc import Collection
from pathlib import Path

ITEMS = Path(__file__).parents[1] / "src" / "jieyue" / "catalog" / "data" / "items.csv"
#: Floor area, persons and petrol vehicles; vehicles and diesel vehicles stay at the year's end.
CODES = ("102", "103", "1041")


def write_rule(folder: Path, codes: Collection[str] = CODES) -> None:
    """Write `items.csv` with the shipped rows of NY201 items, their rule `mean`; in all else they are as shipped."""
    with ITEMS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    own = [{**row, "stock_rule": "mean"} for row in rows if row["form"] == "NY201" and row["code"] in codes]
    assert len(own) == len(codes)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(own)
