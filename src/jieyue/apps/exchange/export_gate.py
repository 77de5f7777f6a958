"""Files out: text that a spreadsheet would run as a formula is made harmless, in csv and in xlsx alike.

A csv cell that begins with ``= + - @ TAB CR LF ; %``, a full-width ＝＋－＠, or an apostrophe gets one
apostrophe in front; a re-import strips exactly one, so a round trip changes nothing. Numbers are written as
numbers and never marked. In xlsx every text is written as a string cell, never as a formula or a link.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import IO, Any, Literal

import xlsxwriter

from jieyue.domain.rounding import exact_text

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", ";", "%", "＝", "＋", "－", "＠", "'")
Encoding = Literal["utf-8-sig", "gb18030"]
OutCell = str | int | float | Decimal | Fraction | None
#: Digits that a spreadsheet keeps of a number; a longer one is written as text.
_KEPT_DIGITS = 15


def safe_text(text: str) -> str:
    """The text as it may stand in a csv.

    >>> safe_text("=1+1"), safe_text("示例局"), safe_text("'=1")
    ("'=1+1", '示例局', "''=1")
    """
    return f"'{text}" if text.startswith(RISKY) else text


def unsafe_text(text: str) -> str:
    """The inverse of `safe_text`: strip exactly one apostrophe that `safe_text` put there.

    >>> unsafe_text("'=1+1"), unsafe_text("''=1"), unsafe_text("'tis")
    ('=1+1', "'=1", "'tis")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def _csv_cell(cell: OutCell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    return _number_text(cell)


def _number_text(cell: int | float | Decimal | Fraction) -> str:
    """A number without exponent."""
    if isinstance(cell, float):
        cell = Decimal(repr(cell))
    return format(cell, "f") if isinstance(cell, Decimal) else exact_text(Fraction(cell))


def csv_bytes(rows: Iterable[Sequence[OutCell]], *, encoding: Encoding = "utf-8-sig") -> bytes:
    """A csv file: comma, CRLF, UTF-8 with a byte-order mark (or GB 18030 for older programs)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode(encoding)


def write_xlsx(target: IO[bytes] | str, sheets: Iterable[tuple[str, Iterable[Sequence[OutCell]]]]) -> None:
    """A workbook of (sheet name, rows); texts as strings, numbers as numbers where 15 digits hold them."""
    with xlsxwriter.Workbook(target, workbook_options()) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    write_cell(sheet, place, column, cell)


def workbook_options() -> dict[str, object]:
    """Options under which XlsxWriter never guesses that a text is a formula, a link or a number."""
    return {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }


def write_cell(sheet: Any, row: int, column: int, cell: OutCell, style: Any = None) -> None:
    """Write one cell by its kind; a blank is left out unless it has a style."""
    if cell is None or cell == "":
        if style is not None:
            sheet.write_blank(row, column, None, style)
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:32_767], style)
        return
    text = _number_text(cell)
    digits = text.replace("-", "").replace(".", "").lstrip("0")
    if len(digits) > _KEPT_DIGITS:
        sheet.write_string(row, column, text, style)
    else:
        sheet.write_number(row, column, float(text), style)
