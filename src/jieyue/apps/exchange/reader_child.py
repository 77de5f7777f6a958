"""The child process that parses one file: bytes on a path in, one JSON document out.

Started as ``python -m jieyue.apps.exchange.reader_child JOB`` with a JSON job; it imports the standard
library, the workbook parser and a JSON writer, nothing of Django. It limits itself before it opens the file.

Answer: ``{"sheets": [{"name", "visible", "first_row", "first_column", "rows", "odd", "merged"}],
"encoding", "delimiter", "error"}``. A cell is null (blank), text, number or boolean; what JSON cannot say
stands in ``odd`` as ``[row, column, kind, text]``: date, datetime, time, error (``#N/A``), number (``inf``,
``nan``), formula (one without a stored result). ``error`` is ``[finding code, {its data}]``.
"""

import csv
import ctypes
import datetime
import errno
import io
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jieyue.apps.exchange import ole

_NO_NETWORK = 0x40000000  # CLONE_NEWNET
_SHEET = re.compile(rb"<sheet\b[^>]*>", re.IGNORECASE)
_RELATION = re.compile(rb"<Relationship\b[^>]*>", re.IGNORECASE)
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_PLACE = re.compile(rb"\br=\"([A-Z]{1,3})([0-9]{1,7})\"")
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")


class ReadError(Exception):
    """The file is not readable: a finding code and what its text needs."""

    def __init__(self, code: str, **data: object) -> None:
        self.code, self.data = code, data
        super().__init__(code)


def limit_myself(memory: int, cpu: int, output: int) -> None:
    """Bound address space, processor time and written bytes; leave the network if the system lets us."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Needs a privilege that a deployment may not give; then the file system of rights is the fence.
    ctypes.CDLL(None).unshare(_NO_NETWORK)


# --- text --------------------------------------------------------------------------------------------

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\x84\x31\x95\x33", "gb18030"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip


def decode(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Text and the encoding that was used: a mark, then UTF-8, then GB 18030, else the user is asked."""
    if encoding:
        try:
            return raw.decode(encoding).lstrip("\ufeff"), encoding
        except (LookupError, UnicodeError):
            raise ReadError("encoding_wrong", value=encoding) from None
    for mark, name in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(name).lstrip("\ufeff"), name
            except UnicodeError:
                raise ReadError("encoding_wrong", value=name) from None
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(raw):
            row = raw.count(b"\n", 0, error.start) + 1
            raise ReadError("encoding_damaged", row=row) from None
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        raise ReadError("encoding_unknown") from None
    if not _looks_chinese(raw):
        raise ReadError("encoding_unknown")
    return text, "gb18030"


def _is_damaged_utf8(raw: bytes) -> bool:
    """Nearly all multi-byte letters are sound UTF-8: the file is damaged or cut, not GB 18030."""
    shown = raw.decode("utf-8", "replace")
    bad = shown.count("\ufffd")
    good = sum(1 for letter in shown if ord(letter) > 0x7F) - bad
    return good > 4 * bad


def _looks_chinese(raw: bytes) -> bool:
    """Chinese text is mostly of the GB 2312 block (both bytes from A1); Shift-JIS or Latin is not.

    GB 18030 decodes nearly anything, so a foreign encoding would otherwise become wrong hanzi in silence.
    Few letters prove nothing: below twenty the file is believed.
    """
    pairs = common = position = 0
    while position < len(raw):
        if raw[position] < 0x80:
            position += 1
            continue
        second = raw[position + 1] if position + 1 < len(raw) else 0
        if 0x30 <= second <= 0x39:  # a four-byte letter says nothing about the two-byte ones
            position += 4
            continue
        pairs += 1
        common += raw[position] >= 0xA1 and second >= 0xA1
        position += 2
    return pairs < 20 or common * 2 >= pairs


def sniff_delimiter(text: str) -> str:
    """Comma, tab or semicolon: the one that splits the first lines most, outside of quotes."""
    bare = re.sub(r"\"[^\"]*\"", "", text[:20_000])
    lines = [line for line in bare.splitlines() if line.strip()][:20]
    counts = {mark: sum(line.count(mark) for line in lines) for mark in ",\t;"}
    return max(",\t;", key=lambda mark: counts[mark])


def read_text(raw: bytes, job: dict[str, Any]) -> dict[str, Any]:
    """A csv file as one sheet of text cells."""
    text, encoding = decode(raw, job.get("encoding"))
    if "\0" in text:
        raise ReadError("nul_in_text", row=text.count("\n", 0, text.index("\0")) + 1)
    delimiter = job.get("delimiter") or sniff_delimiter(text)
    csv.field_size_limit(job["cell_characters"])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str | None]] = []
    cells = 0
    try:
        for record in reader:
            rows.append([cell or None for cell in record])
            cells += len(record)
            if cells > job["cells"] or len(rows) > job["rows"]:
                raise ReadError("too_many_rows", count=len(rows), limit=job["rows"])
    except csv.Error as error:
        raise ReadError("csv_malformed", row=len(rows) + 1, reason=str(error)) from None
    sheet = {
        "name": None, "visible": True, "first_row": 1, "first_column": 1, "rows": rows, "odd": [], "merged": [],
    }  # fmt: skip
    return {"sheets": [sheet], "encoding": encoding, "delimiter": delimiter}


# --- workbooks ---------------------------------------------------------------------------------------


def read_workbook(raw: bytes, job: dict[str, Any]) -> dict[str, Any]:
    """Every worksheet of an xlsx or xls file."""
    import python_calamine  # here, so that a csv never loads it

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        metadata = list(book.sheets_metadata)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the parser's errors have no common base but this
        raise ReadError("file_unreadable", reason=str(error)[:120]) from None
    lost = _lost_cells(raw, job["kind"])
    sheets: list[dict[str, Any]] = []
    budget = job["cells"]
    for index, entry in enumerate(metadata):
        if "WorkSheet" not in str(entry.typ):
            continue
        try:
            sheet = book.get_sheet_by_index(index)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise ReadError("file_unreadable", reason=str(error)[:120]) from None
        budget -= sheet.height * sheet.width
        if budget < 0:
            raise ReadError("too_many_rows", count=sheet.height, limit=job["rows"])
        sheets.append(_sheet(sheet, entry, lost.get(index, ())))
    return {"sheets": sheets, "encoding": None, "delimiter": None}


def _sheet(sheet: Any, entry: Any, lost: Any) -> dict[str, Any]:
    row_0, column_0 = sheet.start or (0, 0)
    odd: list[list[object]] = []
    rows = [
        [_cell(value, number, place, odd) for place, value in enumerate(row)]
        for number, row in enumerate(sheet.to_python(skip_empty_area=True))
    ]
    for row, column, kind, text in lost:
        if 0 <= row - row_0 < len(rows) and 0 <= column - column_0 < len(rows[row - row_0]):
            rows[row - row_0][column - column_0] = None
            odd.append([row - row_0, column - column_0, kind, text])
    ranges = (sheet.merged_cell_ranges or ())[:10_000]
    merged = [
        [top - row_0, left - column_0, bottom - row_0, right - column_0]
        for (top, left), (bottom, right) in ranges
    ]
    return {
        "name": entry.name,
        "visible": "Visible" in str(entry.visible).rpartition(".")[2],
        "first_row": row_0 + 1,
        "first_column": column_0 + 1,
        "rows": rows,
        "odd": odd,
        "merged": merged,
    }


def _cell(value: Any, row: int, column: int, odd: list[list[object]]) -> object:
    """A JSON value; everything else goes to `odd` and leaves a null."""
    if value == "":
        return None
    if isinstance(value, float):
        if value - value == 0.0:
            return value
        odd.append([row, column, "number", str(value)])
        return None
    if isinstance(value, str | bool | int):
        return value
    kinds = {datetime.datetime: "datetime", datetime.date: "date", datetime.time: "time"}
    shown = value.isoformat() if type(value) in kinds else str(value)
    odd.append([row, column, kinds.get(type(value), "time"), shown])
    return None


def _lost_cells(raw: bytes, kind: str) -> dict[int, list[tuple[int, int, str, str]]]:
    """Cells that the parser shows as blank although they hold something: error values, formulas without a
    stored result. By sheet index: (row, column, kind, text), counted from 0."""
    found: dict[int, list[tuple[int, int, str, str]]] = {}
    if kind == "xls":
        for sheet, row, column, text in ole.biff_facts(
            ole.CompoundFile(raw).stream("Workbook", "Book")
        ).errors:
            found.setdefault(sheet, []).append((row, column, "error", text))
        return found
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        for index, path in enumerate(_sheet_parts(package)):
            if path not in package.namelist():
                continue
            xml = package.read(path)
            if b't="e"' in xml or b"<f" in xml:
                found[index] = list(_odd_xml_cells(xml))
    return found


def _sheet_parts(package: zipfile.ZipFile) -> list[str]:
    relations = package.read("xl/_rels/workbook.xml.rels")
    targets = {}
    for match in _RELATION.finditer(relations):
        identity, target = _attribute(match.group(), b"Id"), _attribute(match.group(), b"Target")
        targets[identity] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts = _SHEET.findall(package.read("xl/workbook.xml"))
    return [targets.get(_attribute(part, b"r:id"), "") for part in parts]


def _attribute(tag: bytes, name: bytes) -> str:
    match = re.search(rb"\s" + name + rb"\s*=\s*[\"']([^\"']*)[\"']", tag)
    return match.group(1).decode("utf-8", "replace") if match else ""


def _odd_xml_cells(xml: bytes) -> Iterator[tuple[int, int, str, str]]:
    for match in _CELL.finditer(xml):
        attributes, inner = match.group(1), match.group(2) or b""
        is_error = b't="e"' in attributes
        if not is_error and b"<f" not in inner:
            continue
        place, value = _PLACE.search(attributes), _VALUE.search(inner)
        shown = value.group(1).strip() if value else b""
        if place is None or (shown and not is_error):
            continue
        if not is_error and (b't="str"' in attributes):
            continue  # a formula whose result is an empty text is blank indeed
        column = 0
        for letter in place.group(1):
            column = column * 26 + letter - 64
        kind = "error" if is_error else "formula"
        yield int(place.group(2)) - 1, column - 1, kind, shown.decode("utf-8", "replace") or "="


# --- the process -------------------------------------------------------------------------------------


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Read the file of the job; a file that cannot be read is an answer too."""
    raw = Path(job["path"]).read_bytes()
    try:
        return read_text(raw, job) if job["kind"] == "csv" else read_workbook(raw, job)
    except ReadError as error:
        return {"error": [error.code, error.data]}


def main() -> int:
    """Exit code 0: an answer was written; 12: memory ran out; 28: the disk is full."""
    job = json.loads(sys.argv[1])
    limit_myself(job["memory_bytes"], job["cpu_seconds"], job["output_bytes"])
    try:
        document = answer(job)
        import orjson

        sys.stdout.buffer.write(orjson.dumps(document))
        sys.stdout.buffer.flush()
    except MemoryError:
        return 12
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        os._exit(errno.ENOSPC)  # not by way of a flush that fails once more
    return 0


if __name__ == "__main__":
    sys.exit(main())
