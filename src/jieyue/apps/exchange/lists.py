"""Plain lists 清单: rows with named columns to values and findings. Nothing is stored here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.columns import Table
from jieyue.apps.exchange.fields import words_of
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import Refusal
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, is_filled, text_of
from jieyue.apps.exchange.result import Report, stopped


@dataclass(frozen=True)
class ListKind:
    """What a list's columns are called, which must be filled, what says whose row it is, and how a cell is read.

    read: (field, cell, 1904 dates) → value, or a Refusal with the finding's code. known: the words of a field. units:
    of the fields that are measured; a heading that names another unit stops the file.
    """

    columns: dict[str, tuple[str, ...]]
    required: Sequence[str]
    key: Sequence[str]
    read: Callable[[str, Cell, bool], Any]
    known: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ListRow:
    """A readable row: its number in the file and the values of its filled cells."""

    row: int
    values: Mapping[str, Any]


@dataclass
class ParsedList:
    """Readable rows in the order of the file, and the report that counts all of them."""

    report: Report
    parsed: list[ListRow] = field(default_factory=list)

    @property
    def rows(self) -> list[ListRow]:
        """The rows that may be stored, as the report stands now."""
        return [row for row in self.parsed if self.report.state(row.row) == 0]


def read_list(
    content: FileContent, lexicon: Lexicon, kind: ListKind, *, profile: MappingProfile | None = None
) -> ParsedList:
    """The rows of a list; a row with a bad cell is rejected, and so is the second row of one key."""
    profile = profile or MappingProfile()
    if content.findings:
        return ParsedList(stopped(content.findings))
    report, words = Report(), words_of(kind.columns)
    recognise = tables.recogniser(profile, lambda text: (words[key(text)],) if key(text) in words else ())
    chosen = tables.choose(content, profile, recognise, lexicon, report)
    if chosen is None:
        return ParsedList(report)
    sheet, header = chosen
    data = tables.data_rows(sheet, header, profile, report)
    tables.notes_above(sheet, header, profile, report)
    found = tables.resolve(sheet, header, profile, report, pick=lambda targets: targets)
    report.letters = {name: column.letter for column in found for name in (column.field, column.label)}
    for name in tables.missing(found, kind.required, profile.constants):
        report.stop("missing_column", column=kind.columns[name][0], field=name)
    for column in found:
        unit = kind.units.get(column.field, "")
        if column.unit and unit and lexicon.units.factor(column.unit, unit) != 1:
            report.stop("wrong_unit", column=column.label, value=column.unit, unit=unit)
    if not data and not report.stopped:
        report.stop("empty_file")
    if report.stopped:
        return ParsedList(report)
    table = Table(sheet, header, found, data)
    tables.beyond_header(table, report)
    rows = [row for index in data if (row := _row(table, index, kind, content.date_1904, report)) is not None]
    _once(rows, kind, report)
    return ParsedList(report, rows)


def _row(table: Table, index: int, kind: ListKind, date_1904: bool, report: Report) -> ListRow | None:
    number = table.sheet.row_number(index)
    values: dict[str, Any] = {}
    good = True
    for column in table.columns:
        cell = table.cell(index, column)
        if not is_filled(cell):
            if column.field in kind.required:
                report.reject(number, "missing_required", column=column.label)
                good = False
            continue
        value = kind.read(column.field, cell, date_1904)
        if isinstance(value, Refusal):
            shown = text_of(cell)[:80]
            report.reject(
                number,
                value.code,
                column=column.label,
                value=shown,
                known=kind.known.get(column.field, ""),
                limit=value.limit,
            )
            good = False
        else:
            values[column.field] = value
    return ListRow(number, values) if good else None


def _once(rows: list[ListRow], kind: ListKind, report: Report) -> None:
    seen: dict[tuple[Any, ...], ListRow] = {}
    for row in rows:
        own = tuple(row.values.get(name, "") for name in kind.key)
        first = seen.setdefault(own, row)
        if first is not row:
            code = "duplicate_in_file" if first.values == row.values else "conflict_in_file"
            report.reject(row.row, code, first=first.row, key=" ".join(map(str, own)))
