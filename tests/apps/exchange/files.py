"""Files made for the tests of the exchange: every kind of workbook and csv, good and bad."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter
import xlwt

from jieyue.apps.exchange import reader
from jieyue.apps.exchange.lexicon import Lexicon, of_catalog
from jieyue.apps.exchange.match import Directory, Entry, NodeEntry
from jieyue.catalog.loader import load_catalog

Rows = Sequence[Sequence[Any]]


def xlsx(
    rows: Rows, *, sheet: str = "Sheet1", more: Mapping[str, Rows] | None = None, **options: Any
) -> bytes:
    """A workbook; a cell may be (value, number format)."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_numbers": False, **options}) as book:
        for name, lines in {sheet: rows, **(more or {})}.items():
            page = book.add_worksheet(name)
            for place, row in enumerate(lines):
                for column, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        page.write(place, column, cell[0], book.add_format({"num_format": cell[1]}))
                    elif isinstance(cell, str):
                        page.write_string(place, column, cell)
                    elif cell is not None:
                        page.write(place, column, cell)
    return target.getvalue()


def xls(rows: Rows) -> bytes:
    """A BIFF8 workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("一")
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                page.write(place, column, cell)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def table(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A csv file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    return text.getvalue().encode(encoding)


def repacked(
    content: bytes, change: Callable[[str, bytes], bytes | None], extra: Mapping[str, bytes] | None = None
) -> bytes:
    """A package with members changed, dropped (None) or added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            member = change(name, old.read(name))
            if member is not None:
                new.writestr(name, member)
        for name, member in (extra or {}).items():
            new.writestr(name, member)
    return target.getvalue()


def with_members(extra: Mapping[str, bytes]) -> bytes:
    """A good workbook with members added."""
    return repacked(xlsx([["a", 1]]), lambda _name, member: member, extra)


def bomb(ratio: int = 1000) -> bytes:
    """A valid workbook whose sheet unpacks to at least `ratio` times the packed size and over 200 MB."""
    filler = b"<row>" + b" " * (210 * 1024 * 1024) + b"</row>"
    made = repacked(
        xlsx([["a", 1]]),
        lambda name, member: (
            member.replace(b"<sheetData>", b"<sheetData>" + filler) if name.endswith("sheet1.xml") else member
        ),
    )
    assert len(filler) // len(made) >= ratio
    return made


def read(content: bytes, name: str = "file.csv", **options: Any) -> reader.FileContent:
    """Through gate and child."""
    return reader.read_bytes(content, name, **options)


def codes(findings: Sequence[Any]) -> list[str]:
    """The codes of findings, in order."""
    return [finding.code for finding in findings]


_CATALOG = load_catalog()
LEXICON: Lexicon = of_catalog(_CATALOG)
DIRECTORY = Directory(
    [
        Entry(1, "500103-001", "示例市第一中学", "91350100M000100Y43", ("示例中学",), ("一中",)),
        Entry(2, "500103-002", "示例市卫生局"),
        Entry(3, "500103-003", "示例市文化局"),
        Entry(4, "500105-001", "重名学校"),
        Entry(5, "500106-001", "重名学校"),
    ],
    [
        NodeEntry("city", "重庆市"),
        NodeEntry("area:500103", "渝中区"),
        NodeEntry("department:edu", "教育系统"),
        NodeEntry("line:500103", "渝中区"),
    ],
)
