"""A receipt's workbook: inputs, factors, and formulas that any spreadsheet program carries to the figure.

No value is cached: what the cells show is what the reader's own program computed from the inputs.
Sheets: 结果 result, 机构 institutions (one row each; item cells sum that institution's returns), 报表 returns,
因子 factors.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from jieyue.apps.accounts.export_formulas import Cell, Recipe
from jieyue.apps.accounts.export_inputs import Inputs
from jieyue.apps.accounts.receipts import ReceiptView
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.domain.rounding import display, exact_text

_COUNTS = ("expected", "present")
_GROUPS = ("e_ok", "w_ok", "f_ok", "has_area", "has_persons", "at_end", "complete")
_STOCKS = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")


def write_workbook(
    path: Path, plan: RunPlan, shown: ReceiptView, inputs: Inputs, made: Recipe, *, mark: str = ""
) -> None:
    """Write the workbook of a receipt; mark: a line above all, as that the data is synthetic."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    result = book.add_worksheet("结果")
    institutions = book.add_worksheet("机构")
    returns = book.add_worksheet("报表")
    factors = book.add_worksheet("因子")
    bold = book.add_format({"bold": True})
    origins = _origin_codes(made)
    places = _returns(returns, inputs, origins, bold)
    columns = _institutions(institutions, inputs, places, _Needed(made, origins), bold)
    factor_cells = _factors(factors, made, bold)
    last = max(len(inputs.institutions) + 1, 2)
    where = _Sheet(columns, factor_cells, last, plan.period.days)
    _result(result, shown, made, bold, where, mark=mark)
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


class _Needed:
    """Columns of institutions that only some recipes need: flags `k<code>`, quantities `o<n>_<code>`."""

    def __init__(self, made: Recipe, origins: Sequence[str]) -> None:
        cells = (*made.above, *made.below)
        groups = dict.fromkeys(group for cell in cells for group in cell.groups)
        self.known = [name for name in groups if re.fullmatch(r"k\d+\w*", name)]
        self.by_origin = list(dict.fromkeys(cell.column for cell in cells if _ORIGIN.fullmatch(cell.column)))
        self.origins = list(origins)


_ORIGIN = re.compile(r"o(\d)_(\w+)")


def _origin_codes(made: Recipe) -> list[str]:
    """Items whose origins the recipe asks for."""
    found = (_ORIGIN.fullmatch(cell.column) for cell in (*made.above, *made.below))
    return list(dict.fromkeys(match[2] for match in found if match))


def _returns(sheet: Any, inputs: Inputs, origins: Sequence[str], bold: Any) -> dict[int, tuple[int, int]]:
    """The returns' rows; institution → first and last row (1-based, as a spreadsheet counts)."""
    heads = ["机构", "期间", "版本", *inputs.codes, *(f"o{code}" for code in origins)]
    sheet.write_row(0, 0, [*heads, "月数"] if inputs.means else heads, bold)
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
        for offset, code in enumerate(origins, start=3 + len(inputs.codes)):
            sheet.write_number(place, offset, int(row[f"o{code}"] or 0))
        if inputs.means:
            sheet.write_number(place, len(heads), int(row["months"]))
    sheet.freeze_panes(1, 1)
    return places


def _institutions(
    sheet: Any, inputs: Inputs, places: Mapping[int, tuple[int, int]], needed: _Needed, bold: Any
) -> dict[str, int]:
    """One row per institution: flags, days, and stocks and sums from its returns as formulas; name → column."""
    heads = ["机构", "days", *_COUNTS, *_GROUPS, *needed.known, *_STOCKS]
    heads += [*(f"c{code}" for code in inputs.codes), *needed.by_origin]
    columns = {name: place for place, name in enumerate(heads)}
    sheet.write_row(0, 0, heads, bold)
    for place, row in enumerate(inputs.institutions, start=1):
        sheet.write_string(place, 0, inputs.names[row["institution"]])
        sheet.write_number(place, columns["days"], int(row["days"]))
        for flag in _GROUPS:
            sheet.write_number(place, columns[flag], int(bool(row[flag])))
        for count in _COUNTS:
            sheet.write_number(place, columns[count], int(row[count] or 0))
        for flag in needed.known:
            sheet.write_number(place, columns[flag], int(inputs.states(row, flag[1:])))
        span = places.get(row["institution"])
        for stock in _STOCKS:
            cell = _stock(row, stock, inputs, span, needed)
            if isinstance(cell, str):
                sheet.write_formula(place, columns[stock], cell, None, "")
            else:
                sheet.write_number(place, columns[stock], cell)
        for offset, code in enumerate(inputs.codes, start=3):
            if span is not None:
                letter = xl_col_to_name(offset)
                sheet.write_formula(
                    place, columns[f"c{code}"], f"=SUM(报表!{letter}{span[0]}:{letter}{span[1]})", None, ""
                )
            else:
                sheet.write_number(place, columns[f"c{code}"], 0)
        for name in needed.by_origin:
            formula = _of_origin(name, inputs, needed, span) if span else "=0"
            sheet.write_formula(place, columns[name], formula, None, "")
    sheet.freeze_panes(1, 1)
    return columns


def _stock(
    row: Mapping[str, Any], stock: str, inputs: Inputs, span: tuple[int, int] | None, needed: _Needed
) -> str | float:
    """A stock that a return states points at that return (the last one), a mean at all; the registry's is a number."""
    code = inputs.roles.get(stock)
    stated = row.get(f"{stock}_from", int(row[stock] is not None)) in (1, 2, 4)
    if span is None or code not in inputs.codes or not stated:
        return float(row[stock] or 0)
    first, last = span
    letter = xl_col_to_name(3 + inputs.codes.index(code))
    if stock not in inputs.means:
        return f"=报表!{letter}{last}"
    values = f"报表!{letter}{first}:{letter}{last}"
    letter = xl_col_to_name(3 + len(inputs.codes) + len(needed.origins))
    months = f"报表!{letter}{first}:{letter}{last}"
    return f"=SUMPRODUCT({values},{months})/SUMPRODUCT(ISNUMBER({values})*{months})"


def _of_origin(name: str, inputs: Inputs, needed: _Needed, span: tuple[int, int]) -> str:
    """The sum of an item over the returns of one institution where its origin is n."""
    match = _ORIGIN.fullmatch(name)
    assert match is not None, "only such names are kept"
    origin = xl_col_to_name(3 + len(inputs.codes) + needed.origins.index(match[2]))
    value = xl_col_to_name(3 + inputs.codes.index(match[2]))
    first, last = span
    return f"=SUMIF(报表!{origin}{first}:{origin}{last},{match[1]},报表!{value}{first}:{value}{last})"


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


def _result(sheet: Any, shown: ReceiptView, made: Recipe, bold: Any, where: _Sheet, *, mark: str) -> None:
    """The figure's lines: what is summed, what is divided, the printed value and the difference."""
    value = shown.figure.value
    rows: Sequence[tuple[str, str]] = [
        ("回执 receipt", shown.id),
        ("指标 indicator", f"{shown.indicator_zh} {shown.indicator_en}"),
        ("单位 unit", shown.unit),
        ("公式 formula", f"{shown.formula_zh} / {shown.formula_en}"),
        *([("样例 sample", mark)] if mark else []),
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
