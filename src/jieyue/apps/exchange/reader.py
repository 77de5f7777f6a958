"""Files as sheets: gate, child process, and the sheets with their row numbers and original cells."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jieyue.apps.exchange import gate, sandbox
from jieyue.apps.exchange.limits import DEFAULT, Limits
from jieyue.catalog.findings import Finding


class Odd(NamedTuple):
    """A cell that is neither text nor number: `kind` is date, datetime, time, error, number (inf, nan) or
    formula (without a stored result); `text` is how it reads."""

    kind: str
    text: str


Cell = None | str | float | int | bool | Odd


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows[i]` stands in row `first_row + i` of the file, `rows[i][j]` in column
    `first_column + j`, as a spreadsheet counts from 1. `merged` = (top, left, bottom, right) in indices."""

    name: str | None
    visible: bool
    first_row: int
    first_column: int
    rows: Sequence[Sequence[Cell]]
    merged: tuple[tuple[int, int, int, int], ...] = ()

    def row_number(self, index: int) -> int:
        """The row as a spreadsheet shows it."""
        return self.first_row + index

    def letter(self, index: int) -> str:
        """The column's letters: 0 → A with `first_column` 1.

        >>> Sheet(None, True, 1, 1, ()).letter(27)
        'AB'
        """
        number, letters = self.first_column + index, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters

    @property
    def width(self) -> int:
        """The number of columns of the widest row."""
        return max((len(row) for row in self.rows), default=0)

    def is_blank(self) -> bool:
        """True if no cell holds anything."""
        return not any(is_filled(cell) for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class FileContent:
    """What was in a file: its sheets, or the findings that say why not."""

    name: str
    kind: str | None
    size: int
    sha256: str
    sheets: tuple[Sheet, ...] = ()
    findings: tuple[Finding, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    date_1904: bool = field(default=False)


def is_filled(cell: Cell) -> bool:
    """True unless the cell is blank or holds white space only."""
    if cell is None:
        return False
    return not isinstance(cell, str) or bool(cell.strip().strip("\ufeff\u200b"))


def text_of(cell: Cell) -> str:
    """The cell as text: numbers by their shortest decimal, whole ones without a point.

    >>> text_of(500105.0), text_of(0.1), text_of(None), text_of(" a "), text_of(1e22)
    ('500105', '0.1', '', 'a', '10000000000000000000000')
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip().strip("\ufeff\u200b").strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Odd):
        return cell.text
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def read_bytes(
    content: bytes,
    name: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits = DEFAULT,
) -> FileContent:
    """Pass the gate, parse in the child, give the sheets. Never raises for bad content."""
    verdict = gate.check(content, name, limits=limits)
    facts = FileContent(name, verdict.kind, verdict.size, verdict.sha256, findings=verdict.findings)
    if verdict.kind is None:
        return facts
    with tempfile.NamedTemporaryFile(prefix="jieyue-", suffix=f".{verdict.kind}") as file:
        file.write(content)
        file.flush()
        document, finding = sandbox.parse(
            Path(file.name), verdict.kind, encoding=encoding, delimiter=delimiter, limits=limits
        )
    if document is None:
        found = (finding,) if finding else ()
        return FileContent(name, verdict.kind, verdict.size, verdict.sha256, findings=found)
    return FileContent(
        name,
        verdict.kind,
        verdict.size,
        verdict.sha256,
        sheets=tuple(_sheet(sheet) for sheet in document["sheets"]),
        encoding=document["encoding"],
        delimiter=document["delimiter"],
        date_1904=verdict.date_1904,
    )


def read_path(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, limits: Limits = DEFAULT
) -> FileContent:
    """As `read_bytes`, from a file. A file beyond every limit is not even read into memory."""
    size = path.stat().st_size
    largest = max(limits.workbook_bytes, limits.text_bytes)
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if size > largest:
        content = content[:512].ljust(largest + 1, b" ")
    return read_bytes(content, path.name, encoding=encoding, delimiter=delimiter, limits=limits)


def _sheet(document: dict[str, Any]) -> Sheet:
    rows: list[list[Cell]] = document["rows"]
    for row, column, kind, text in document["odd"]:
        rows[row][column] = Odd(kind, text)
    return Sheet(
        document["name"],
        document["visible"],
        document["first_row"],
        document["first_column"],
        rows,
        tuple((top, left, bottom, right) for top, left, bottom, right in document["merged"]),
    )
