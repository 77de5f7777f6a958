"""The how-to is true: its two files load as an overlay and do what the page says."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import get_args

from jieyue.catalog import load_catalog
from jieyue.catalog.model import Quantity

PAGE = (Path(__file__).parents[2] / "docs/how-to/add-a-factor.md").read_text("utf-8")
FILES = dict(re.findall(r"^`(\w+\.csv)`\n\n```csv\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))


def test_the_files_of_the_page_load_and_serve(tmp_path: Path) -> None:
    assert set(FILES) == {"grid_factors.csv", "coefficients.csv"}
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    catalog = load_catalog(overlay=tmp_path)
    for year in (2024, 2025, 2030):
        factor = catalog.grid_factor("500000", year)
        assert factor is not None
        assert (factor.text, factor.year_used) == ("0.5000", 2024)
    for day, kgce in ((date(2027, 12, 31), "0.7143"), (date(2028, 1, 1), "0.7")):
        assert catalog.factor_set("survey-calorific", day).values()["raw_coal"] == Fraction(kgce)


def test_the_table_of_quantities_is_whole() -> None:
    named = re.findall(r"^\| `(\w+)` \| `", PAGE, re.MULTILINE)
    assert set(named) - {"quantity"} == set(get_args(Quantity))
