"""The same file with marked cells and comments, so that it can be mended where it stands.

Up to `WHOLE` rows the workbook itself is marked (openpyxl keeps its look); above, or for csv and xls, a new
workbook holds the rows. A second sheet sums up the findings by code. No text is ever written as a formula.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from jieyue.apps.exchange.export_gate import OutCell, workbook_options, write_cell
from jieyue.apps.exchange.reader import Cell, FileContent, Sheet, text_of
from jieyue.apps.exchange.result import ImportResult
from jieyue.catalog.findings import Finding

#: Rows up to which openpyxl marks the workbook itself (16,685 rows took it 19 s and 508 MB).
WHOLE = 2_000
_COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "note": "DDEBF7"}
_RANK = {"error": 0, "warning": 1, "note": 2}
_TITLES = {
    "zh": ("问题汇总", "代码", "级别", "数量", "首行", "说明"),
    "en": ("Findings", "code", "severity", "count", "first row", "message"),
}

Place = tuple[int, int | None]


def annotated(content: FileContent, original: bytes, result: ImportResult, *, language: str = "zh") -> bytes:
    """An xlsx with every finding at its cell (or at the first cell of its row), and the summary sheet."""
    sheet = _sheet_of(content, result)
    if sheet is None:
        return _rebuilt(None, {}, (), result, language)
    marks = _marks(sheet, result, language)
    height = len(sheet.rows)
    if content.kind == "xlsx" and height <= WHOLE:
        return _marked(original, sheet, marks, result, language)
    flagged = sorted({row for row, _ in marks})
    rows = range(height) if height <= WHOLE else _with_header(flagged, sheet)
    return _rebuilt(sheet, marks, rows, result, language)


def _sheet_of(content: FileContent, result: ImportResult) -> Sheet | None:
    names = {finding.sheet for finding in result.findings}
    chosen = next((sheet for sheet in content.sheets if sheet.name in names and sheet.name), None)
    return chosen or next((sheet for sheet in content.sheets if not sheet.is_blank()), None)


def _with_header(flagged: Sequence[int], sheet: Sheet) -> list[int]:
    """The first rows (banner and header) and the flagged ones."""
    return sorted({*range(min(5, len(sheet.rows))), *flagged})


def _marks(sheet: Sheet, result: ImportResult, language: str) -> Mapping[Place, tuple[str, list[str]]]:
    """(row index, column index or None) → (worst severity, messages)."""
    found: dict[Place, tuple[str, list[str]]] = {}
    for finding in result.findings:
        if finding.row is None:
            continue
        row = finding.row - sheet.first_row
        if not 0 <= row < len(sheet.rows):
            continue
        place = (row, _column_index(sheet, finding))
        severity, texts = found.get(place, ("note", []))
        worst = min(severity, finding.severity, key=_RANK.__getitem__)
        texts.append(_text(finding, language))
        found[place] = (worst, texts)
    return found


def _column_index(sheet: Sheet, finding: Finding) -> int | None:
    letter = str(finding.data.get("letter") or "")
    if not letter.isalpha():
        return None
    number = 0
    for sign in letter:
        number = number * 26 + ord(sign) - 64
    return number - sheet.first_column


def _text(finding: Finding, language: str) -> str:
    return finding.message_en if language == "en" else finding.message_zh


def _marked(
    original: bytes,
    sheet: Sheet,
    marks: Mapping[Place, tuple[str, list[str]]],
    result: ImportResult,
    language: str,
) -> bytes:
    """Mark the workbook itself. It has passed the gate and the child, and is small."""
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = openpyxl.load_workbook(io.BytesIO(original))
    page = book[sheet.name] if sheet.name in book.sheetnames else book.worksheets[0]
    for (row, column), (severity, texts) in marks.items():
        cell = page.cell(sheet.first_row + row, sheet.first_column + (column or 0))
        if type(cell).__name__ == "MergedCell":
            continue
        cell.fill = PatternFill("solid", start_color=_COLOURS[severity])
        comment = Comment("\n".join(texts)[:2_000], "jieyue")
        comment.width, comment.height = 360, 120
        cell.comment = comment
    title = _free_name(_TITLES[language][0], book.sheetnames)
    page = book.create_sheet(title)
    for line, values in enumerate(_summary(result, language), 1):
        for at, value in enumerate(values, 1):
            cell = page.cell(line, at)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = stays a text
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _free_name(name: str, taken: Iterable[str]) -> str:
    names, number = set(taken), 1
    while name in names:
        number += 1
        name = f"{name.rstrip('0123456789')}{number}"
    return name


def _rebuilt(
    sheet: Sheet | None,
    marks: Mapping[Place, tuple[str, list[str]]],
    rows: Sequence[int],
    result: ImportResult,
    language: str,
) -> bytes:
    """A new workbook: the rows with their numbers in the original, marked, and the summary."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {**workbook_options(), "in_memory": True}) as book:
        styles = {name: book.add_format({"bg_color": f"#{colour}"}) for name, colour in _COLOURS.items()}
        if sheet is not None:
            page = book.add_worksheet((sheet.name or "data")[:31])
            number = "原行号" if language == "zh" else "row in file"
            page.write_string(0, 0, number)
            for line, row in enumerate(rows, 1):
                page.write_number(line, 0, sheet.row_number(row))
                _write_row(page, line, sheet.rows[row], row, marks, styles)
        page = book.add_worksheet(_free_name(_TITLES[language][0], [sheet.name or ""] if sheet else []))
        for line, cells in enumerate(_summary(result, language)):
            for at, value in enumerate(cells):
                write_cell(page, line, at, value)
    return target.getvalue()


def _write_row(
    page: Any,
    line: int,
    cells: Sequence[Cell],
    row: int,
    marks: Mapping[Place, tuple[str, list[str]]],
    styles: Mapping[str, Any],
) -> None:
    whole = marks.get((row, None))
    if whole:
        page.write_comment(line, 0, "\n".join(whole[1])[:2_000])
    for at, cell in enumerate(cells):
        mark = marks.get((row, at)) or (whole if at == 0 else None)
        value: OutCell = cell if isinstance(cell, float) else text_of(cell)
        write_cell(page, line, at + 1, value, styles[mark[0]] if mark else None)
        if mark and mark is not whole:
            page.write_comment(line, at + 1, "\n".join(mark[1])[:2_000])


def _summary(result: ImportResult, language: str) -> list[list[OutCell]]:
    """One line a finding code: how often, where first, what it says there; and the counts."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        groups[finding.code].append(finding)
    lines: list[list[OutCell]] = [list(_TITLES[language][1:])]
    for code, members in sorted(groups.items(), key=lambda pair: (_RANK[pair[1][0].severity], pair[0])):
        first = members[0]
        lines.append([code, first.severity, len(members), first.row, _text(first, language)])
    counts = ("read", "accepted", "duplicate", "rejected")
    lines += [[], *[[name, None, getattr(result, name)] for name in counts]]
    return lines
