"""A receipt's workbook: inputs, factors, and formulas that any spreadsheet program carries to the figure.

No value is cached: what the cells show is what the reader's own program computed from the inputs.
Sheets: 结果 result, 机构 institutions (one row each; item cells sum that institution's returns), 报表 returns,
因子 factors.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from jieyue.apps.accounts.export_formulas import Cell, Recipe, recipe
from jieyue.apps.accounts.export_inputs import Inputs
from jieyue.apps.accounts.receipts import ReceiptView
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.domain.rounding import display, exact_text

_GROUPS = ("e_ok", "w_ok", "f_ok", "has_area", "has_persons", "at_end", "complete")
_STOCKS = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")


def write_workbook(path: Path, plan: RunPlan, shown: ReceiptView, inputs: Inputs) -> None:
    """Write the workbook of a receipt."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    result = book.add_worksheet("结果")
    institutions = book.add_worksheet("机构")
    returns = book.add_worksheet("报表")
    factors = book.add_worksheet("因子")
    bold = book.add_format({"bold": True})
    places = _returns(returns, inputs, bold)
    columns = _institutions(institutions, inputs, places, bold)
    plan_recipe = recipe(shown.figure.indicator, plan.method)
    factor_cells = _factors(factors, plan_recipe, bold)
    last = len(inputs.institutions) + 1
    _result(result, shown, plan_recipe, bold, _Sheet(columns, factor_cells, last, plan.period.days))
    book.close()


class _Sheet:
    """Where the institutions' columns and the factors' cells stand."""

    def __init__(self, columns: Mapping[str, int], factors: Mapping[str, str], last: int, days: int) -> None:
        self.columns, self.factors, self.last, self.days = columns, factors, last, days

    def column(self, name: str) -> str:
        """The range of an institutions' column."""
        letter = xl_col_to_name(self.columns[name])
        return f"机构!${letter}$2:${letter}${self.last}"

    def formula(self, cell: Cell) -> str:
        """The formula of one line of the result."""
        flags = "*".join(self.column(flag) for flag in cell.groups)
        amount = self.column(cell.column)
        days = f"*{self.column('days')}/{self.days}" if cell.by_days else ""
        factor = "".join(f"*{self.factors[name]}" for name in cell.factors)
        total = f"SUMPRODUCT({flags + '*' if flags else ''}{amount}{days})"
        return f"{total}{factor}"


def _returns(sheet: Any, inputs: Inputs, bold: Any) -> dict[int, tuple[int, int]]:
    """The returns' rows; institution → first and last row (1-based, as a spreadsheet counts)."""
    sheet.write_row(0, 0, ["机构", "期间", "版本", *inputs.codes], bold)
    places: dict[int, tuple[int, int]] = {}
    for place, row in enumerate(inputs.returns, start=1):
        number = row["institution"]
        first = places.get(number, (place + 1, 0))[0]
        places[number] = (first, place + 1)
        sheet.write_string(place, 0, inputs.names[number])
        sheet.write_string(place, 1, row["period"])
        sheet.write_string(place, 2, str(row["version"]))
        for offset, code in enumerate(inputs.codes, start=3):
            value = row[f"c{code}"]
            if value is not None:
                sheet.write_number(place, offset, float(value))
    sheet.freeze_panes(1, 1)
    return places


def _institutions(
    sheet: Any, inputs: Inputs, places: Mapping[int, tuple[int, int]], bold: Any
) -> dict[str, int]:
    """One row per institution: flags, stocks, days, and sums over its returns as formulas; name → column."""
    heads = ["机构", "days", *_GROUPS, *_STOCKS, *(f"c{code}" for code in inputs.codes)]
    columns = {name: place for place, name in enumerate(heads)}
    sheet.write_row(0, 0, heads, bold)
    for place, row in enumerate(inputs.institutions, start=1):
        sheet.write_string(place, 0, inputs.names[row["institution"]])
        sheet.write_number(place, columns["days"], int(row["days"]))
        for flag in _GROUPS:
            sheet.write_number(place, columns[flag], int(bool(row[flag])))
        for stock in _STOCKS:
            sheet.write_number(place, columns[stock], float(row[stock] or 0))
        span = places.get(row["institution"])
        for offset, code in enumerate(inputs.codes, start=3):
            if span is not None:
                letter = xl_col_to_name(offset)
                sheet.write_formula(
                    place, columns[f"c{code}"], f"=SUM(报表!{letter}{span[0]}:{letter}{span[1]})", None, ""
                )
            else:
                sheet.write_number(place, columns[f"c{code}"], 0)
    sheet.freeze_panes(1, 1)
    return columns


def _factors(sheet: Any, made: Recipe, bold: Any) -> dict[str, str]:
    """The factors' rows; factor name → absolute cell."""
    sheet.write_row(0, 0, ["因子", "数值", "单位", "文件", "说明"], bold)
    cells = {}
    for place, factor in enumerate(made.factors, start=1):
        sheet.write_string(place, 0, factor.name)
        if factor.value.denominator in (1,) or _finite(factor.value):
            sheet.write_number(place, 1, float(factor.value))
        else:
            sheet.write_formula(place, 1, f"={factor.value.numerator}/{factor.value.denominator}", None, "")
        sheet.write_string(place, 2, factor.unit)
        sheet.write_string(place, 3, factor.document)
        sheet.write_string(place, 4, factor.formula)
        cells[factor.name] = f"因子!$B${place + 1}"
    return cells


def _finite(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _result(sheet: Any, shown: ReceiptView, made: Recipe, bold: Any, where: _Sheet) -> None:
    """The figure's lines: what is summed, what is divided, the printed value and the difference."""
    value = shown.figure.value
    rows: Sequence[tuple[str, str]] = [
        ("回执 receipt", shown.id),
        ("指标 indicator", f"{shown.indicator_zh} {shown.indicator_en}"),
        ("单位 unit", shown.unit),
        ("公式 formula", f"{shown.formula_zh} / {shown.formula_en}"),
    ]
    for place, (name, content) in enumerate(rows):
        sheet.write_string(place, 0, name, bold)
        sheet.write_string(place, 1, content)
    line = len(rows) + 1
    spans: dict[str, tuple[int, int]] = {}
    for part in ("above", "below"):
        first = line + 1
        for cell in getattr(made, part):
            sheet.write_string(line, 0, cell.name)
            sheet.write_formula(line, 1, "=" + where.formula(cell), None, "")
            line += 1
        spans[part] = (first, line)
        line += 1
    top = f"SUM(B{spans['above'][0]}:B{spans['above'][1]})"
    formula = f"{top}*{made.scale}"
    if made.below:
        formula = f"{top}*{made.scale}/SUM(B{spans['below'][0]}:B{spans['below'][1]})"
    sheet.write_string(line, 0, "重算 recomputed", bold)
    sheet.write_formula(line, 1, "=" + formula, bold, "")
    sheet.write_string(line + 1, 0, "重算（修约）recomputed, rounded")
    sheet.write_formula(line + 1, 1, f"=ROUND(B{line + 1},{shown.decimals})", None, "")
    sheet.write_string(line + 2, 0, "所载 printed", bold)
    if value is not None:
        sheet.write_number(line + 2, 1, float(display(value, shown.decimals)))
        sheet.write_string(line + 3, 0, "精确值 exact")
        sheet.write_string(line + 3, 1, exact_text(value))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 28)
