"""The identity of a catalog's contents, and keeping them so that they can be reopened years later.

The digest is the SHA-256 of all rows in a canonical text: sorted, numbers as fractions, cells at their
default left out (a column, or an empty table, added by a later version does not change it). It does not
depend on which layer a row came from, on the order of rows or on how a number was spelled.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from jieyue.catalog.strict import CatalogError, Cell, cells_of
from jieyue.catalog.tables import TABLES, Table, Tables, read_layer

DIGEST_FILE = "digest.txt"


def plain(value: Fraction) -> str:
    """The shortest exact text: a decimal if it ends, else ``a/b``.

    >>> plain(Fraction(1229, 10000)), plain(Fraction(-5)), plain(Fraction(1, 3))
    ('0.1229', '-5', '1/3')
    """
    twos, fives, rest = 0, 0, value.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    str: str,
    int: str,
    bool: lambda value: "yes" if value else "no",
    Fraction: plain,
    date: date.isoformat,
    tuple: lambda value: "|".join(map(str, value)),
}


def _written(value: object) -> str:
    return _TEXTS[type(value)](value)


def _by_column(table: Table, *, printed: bool) -> list[Cell]:
    """One cell per column: the number of a cell that also has a text, or (``printed``) that text."""
    chosen: dict[str, Cell] = {}
    for cell in cells_of(table.row_type):
        if printed or cell.column not in chosen:
            chosen[cell.column] = cell
    return list(chosen.values())


def _rows(table: Table, cells: list[Cell], rows: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {
            cell.column: _written(getattr(row, cell.field))
            for cell in cells
            if cell.required or getattr(row, cell.field) != cell.default
        }
        for row in rows
    ]


def digest_of(tables: Tables) -> str:
    """SHA-256 of the canonical contents, as 64 hex digits."""
    whole = hashlib.sha256()
    for table in sorted(TABLES, key=lambda table: table.name):
        cells = _by_column(table, printed=False)
        rows = _rows(table, cells, (placed.row for placed in tables[table.name]))
        if table.later and not rows:
            continue  # as in contents kept before there was such a table
        lines = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
        whole.update(f"{table.name}\n".encode())
        for line in lines:
            whole.update(f"{line}\n".encode())
    return whole.hexdigest()


def save(tables: Tables, digest: str, folder: Path) -> None:
    """Write the contents to ``folder`` in one step; a folder that is already there is left as it is.

    Raises `OSError` where the disk refuses.
    """
    if folder.exists():
        return
    import shutil
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder.parent))
    try:
        for table in TABLES:
            cells = _by_column(table, printed=True)
            text = io.StringIO()
            writer = csv.DictWriter(text, [cell.column for cell in cells], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(_rows(table, cells, (placed.row for placed in tables[table.name])))
            _write(draft / table.file, text.getvalue())
        _write(draft / DIGEST_FILE, f"{digest}\n")
        draft.chmod(0o755)
        _sync(draft)
        try:
            draft.rename(folder)
        except OSError:
            if not folder.exists():  # another process saved the same contents first
                raise
        _sync(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reopen(folder: Path) -> tuple[Tables, str]:
    """The contents that `save` wrote. Raises `CatalogError` if a byte of meaning has changed since."""
    mark = folder / DIGEST_FILE
    try:
        expected = mark.read_text("utf-8").strip()
    except OSError:
        raise CatalogError(str(mark), None, None, "缺少摘要文件", "the digest file is missing") from None
    tables = read_layer(folder, whole=True)
    found = digest_of(tables)
    if found != expected:
        raise CatalogError(
            str(folder),
            None,
            None,
            f"内容与摘要不符：应为 {expected}，实为 {found}",
            f"contents differ from their digest: expected {expected}, found {found}",
        )
    return tables, found
