"""A row of the catalog as a plain document: expected values read off the CSV files by eye."""

import json

from jieyue.catalog.loader import load_catalog
from jieyue.catalog.plain import plain_row


def test_dates_and_yes_and_no_of_a_change_of_regions() -> None:
    rows = {row.id: plain_row(row) for row in load_catalog().table("region_changes")}
    shown = rows["2025-jiangbei"]
    assert (shown["from_code"], shown["day"], shown["date_verified"]) == ("500105", "2025-11-06", False)


def test_lists_are_lists_and_counts_stay_counts() -> None:
    catalog = load_catalog()
    forms = {row.code: plain_row(row) for row in catalog.table("forms")}
    assert forms["NY201"]["periods"] == ["Y", "Q", "M"]
    tile = plain_row(catalog.table("tiles")[0])
    assert isinstance(tile["row"], int)


def test_numbers_are_exact_texts() -> None:
    rows = [plain_row(row) for row in load_catalog().table("thresholds")]
    ratio = next(row for row in rows if row["code"] == "completeness_final")
    assert ratio["value"] == "19/20"


def test_every_row_of_every_table_goes_into_json() -> None:
    catalog = load_catalog()
    for name in catalog.table_names:
        json.dumps([plain_row(row) for row in catalog.table(name)])
