"""A registry of seven institutions, files of returns, and the coefficients that the tests work with by hand."""

import csv
import io
from collections.abc import Iterable, Sequence
from fractions import Fraction

from tests.coefficients import KGCE, PLAN_TCE

Row = Sequence[object]

HEADS = (
    "code", "name", "type", "region", "department", "reporting_parent", "reporting_unit", "credit_code",
    "floor_area_m2", "energy_users", "vehicles", "aliases", "valid_from", "valid_to",
)  # fmt: skip
CREDIT = "91350100M000100Y43"
#: Two districts; G has filed inside A's return since 2020; F came into being in July 2025.
REGISTRY: list[Row] = [
    HEADS,
    ["A", "渝中区第一中学", "021", "500103", "教育系统", "", "", CREDIT, 8000, 400, 2, "一中", "2015-01-01", ""],
    ["B", "渝中区人民医院", "023", "500103", "卫生系统", "", "", "", 12000, 600, 4, "", "2015-01-01", ""],
    ["C", "渝中区档案馆", "022", "500103", "", "", "", "", 1500, 30, 1, "", "2015-01-01", ""],
    ["D", "大渡口区财政局", "01", "500104", "", "", "", "", 5000, 100, 3, "", "2015-01-01", ""],
    ["E", "大渡口区第二小学", "021", "500104", "教育系统", "", "", "", 6000, 300, 0, "", "2015-01-01", ""],
    ["F", "大渡口区图书馆", "022", "500104", "", "", "", "", 4000, 50, 1, "", "2025-07-01", ""],
    ["G", "渝中区第一中学幼儿园", "021", "500103", "教育系统", "", "A", "", 900, 60, 0, "", "2015-01-01", ""],
]  # fmt: skip

LONG = ("institution", "period", "item", "value", "unit")
PLAN_STOCKS = {"102": "82821900", "103": "5353700", "104": "32400", "120": "125425800"}


def table(rows: Iterable[Row], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A csv file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    return text.getvalue().encode(encoding)


def plan_rows(who: str) -> list[Row]:
    """The plan's 2020 aggregate as a long file: printed tce ÷ coefficient, four decimals; stocks as printed."""
    cells = {
        code: f"{float(round(Fraction(text) * 10_000_000 / KGCE[code], 4)):.4f}"
        for code, text in PLAN_TCE.items()
    }
    return [
        LONG,
        *([who, "2020", f"NY201:{code}", text, ""] for code, text in {**cells, **PLAN_STOCKS}.items()),
    ]
