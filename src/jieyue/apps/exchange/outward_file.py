"""Bytes of a file in a foreign layout: XLSX with its merged heads, or text in the profile's encoding."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from jieyue.apps.exchange.export_gate import safe_text, workbook_options
from jieyue.apps.exchange.outward import OutCell, Written, is_long
from jieyue.apps.exchange.profile import MappingProfile

#: The last row of a file out of a synthetic home; it begins like a remark, so that the import passes over it.
SYNTHETIC = "注：样例数据，非真实机构 / synthetic data"
SUFFIXES = (".xlsx", ".csv")


def content(written: Written, profile: MappingProfile, *, synthetic: bool) -> bytes:
    """The file. synthetic: a last row says that nothing in it is real."""
    rows = [*written.rows, *([[SYNTHETIC]] if synthetic else [])]
    if written.text:
        return _text(rows, profile)
    sink = io.BytesIO()
    with xlsxwriter.Workbook(
        sink, {**workbook_options(), "constant_memory": False, "in_memory": True}
    ) as book:
        sheet = book.add_worksheet(written.sheet)
        formats = {"date": book.add_format({"num_format": "yyyy-mm-dd"})}
        for said in written.merged:
            sheet.merge_range(said, "")
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write(sheet, place, column, cell, formats)
        sheet.freeze_panes(written.heads, 0)
    return sink.getvalue()


def _write(sheet: Any, row: int, column: int, cell: OutCell, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats["date"])
    elif isinstance(cell, Decimal) and not is_long(cell):
        sheet.write_number(row, column, float(cell))
    else:
        sheet.write_string(row, column, f"{cell:f}" if isinstance(cell, Decimal) else cell)


def _text(rows: list[Any], profile: MappingProfile) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter=profile.delimiter or ",", lineterminator="\r\n")
    writer.writerows([_text_cell(cell) for cell in row] for row in rows)
    return sink.getvalue().encode(profile.encoding or "utf-8-sig")


def _text_cell(cell: OutCell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else safe_text(cell)
