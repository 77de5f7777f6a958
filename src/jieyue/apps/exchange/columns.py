"""From a header to columns: what each one is, and findings for what is unknown, twice there, or missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jieyue.apps.exchange.header import SERIAL, Header, Heading, Recognise, locate
from jieyue.apps.exchange.lexicon import Lexicon, split_unit
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import half_width
from jieyue.apps.exchange.profile import Column, MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, Sheet, is_filled, text_of
from jieyue.apps.exchange.result import Report
from jieyue.catalog.findings import Severity

#: Fields that name an institution or a node.
#: The sheet of a workbook that we sent out which is only to compare with.
BESIDE = "对照（不填）"
WHO = ("institution", "code", "name", "credit_code")
_FOOTERS = (
    "注", "备注", "说明", "填表", "填报人", "制表", "审核", "负责人", "单位负责人", "统计负责人", "联系电话",
    "报出日期", "报送日期", "数据来源", "资料来源", "制作", "打印", "note", "source", "prepared by", "footnote",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolved:
    """A column with a meaning: `index` in the sheet's rows, `letter`, `label` for people, `field`, the unit
    that the heading or the profile states, and the profile's line."""

    index: int
    letter: str
    label: str
    field: str
    unit: str
    spec: Column


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its columns and the indices of its data rows."""

    sheet: Sheet
    header: Header
    columns: tuple[Resolved, ...]
    data: tuple[int, ...]

    def column(self, field: str) -> Resolved | None:
        """The column of a field, if the file has it."""
        return next((column for column in self.columns if column.field == field), None)

    def cell(self, row: int, column: Resolved) -> Cell:
        """One cell; a row may be shorter than the header."""
        cells = self.sheet.rows[row]
        return cells[column.index] if column.index < len(cells) else None

    def cells(self, column: Resolved) -> list[Cell]:
        """The column's cells in the data rows."""
        place, rows = column.index, self.sheet.rows
        return [rows[row][place] if place < len(rows[row]) else None for row in self.data]


def recogniser(profile: MappingProfile, known: Callable[[str], Sequence[str]]) -> Recognise:
    """What a heading may mean: what the profile says, else what our own files call so."""
    mapped = {key(column.heading): column for column in profile.columns if column.heading}

    @cache  # the search for the header asks for the same texts again and again
    def recognise(text: str) -> Sequence[str]:
        column = mapped.get(key(text))
        if column is not None:
            return (column.field,) if column.field else ("",)
        return known(text)

    return recognise


def choose(
    content: FileContent, profile: MappingProfile, recognise: Recognise, lexicon: Lexicon, report: Report
) -> tuple[Sheet, Header] | None:
    """The sheet to read and its header; None after a finding that stops the file."""
    sheets = [sheet for sheet in content.sheets if not sheet.is_blank()]
    if profile.sheet:
        sheets = [sheet for sheet in sheets if sheet.name == profile.sheet]
        if not sheets:
            known = ", ".join(str(sheet.name) for sheet in content.sheets)
            report.sheet = profile.sheet
            report.stop("sheet_not_found", known=known)
            return None
    else:
        sheets = [sheet for sheet in sheets if sheet.visible]
    if not sheets:
        report.stop("empty_file")
        return None
    found = [
        (sheet, header)
        for sheet in sheets
        if (
            header := locate(
                sheet, recognise, lexicon.units, row=profile.header_row, rows=profile.header_rows
            )
        )
        and (len(header.recognised) >= 2 or profile.header_row or profile.columns)
    ]
    if not found:
        report.sheet = sheets[0].name
        report.stop("header_not_found")
        return None
    chosen = max(found, key=lambda pair: len(pair[1].recognised))
    report.sheet = chosen[0].name
    for sheet in sheets:
        if sheet is not chosen[0] and sheet.name != BESIDE and not profile.sheet:
            # Another sheet with a header of its own holds data that this import leaves out.
            severity: Severity = "warning" if any(sheet is other for other, _ in found) else "note"
            report.add("sheet_not_read", severity=severity, value=sheet.name)
    return chosen


def resolve(
    sheet: Sheet,
    header: Header,
    profile: MappingProfile,
    report: Report,
    *,
    pick: Callable[[Sequence[str]], Sequence[str]],
) -> tuple[Resolved, ...]:
    """The columns with a meaning. `pick` narrows what a heading may mean (to one form's items)."""
    columns: list[Resolved] = []
    row = sheet.row_number(header.end - 1) if header.end else None
    headings = {heading.index: heading for heading in header.headings}
    taken: dict[str, str] = {}
    named = {field for column in profile.columns for field in column.fields}
    # A csv row longer than its header is a shifted row: see `beyond_header`.
    width = sheet.width if sheet.name is not None else 0
    for index in range(max([width, *(place + 1 for place in headings)])):
        letter = sheet.letter(index)
        heading = headings.get(index)
        text = heading.text if heading else ""
        spec = profile.column_for(text, letter)
        if spec is not None and spec.ignore:
            continue
        if spec is None and heading is None:
            if any(index < len(cells) and is_filled(cells[index]) for cells in sheet.rows[header.end :]):
                report.add(
                    "unknown_column", row=row, column=letter, value="", severity="warning", letter=letter
                )
            continue
        if spec is None and key(text) in SERIAL:
            continue
        # What the profile says of one column is not guessed of another: of Electricity(kWh) and
        # Electricity(kBtu) it takes the one that it names.
        guessed = [target for target in pick(heading.targets if heading else ()) if target not in named]
        targets = (spec.field,) if spec else guessed
        if tuple(targets) == ("",):
            continue
        if not targets:
            if profile.unknown_columns != "ignore":
                severity: Severity = "error" if profile.unknown_columns == "error" else "warning"
                report.add(
                    "unknown_column", row=row, column=text, value=text, severity=severity, letter=letter
                )
            continue
        if len(targets) > 1:
            report.add(
                "header_uncertain",
                row=row,
                column=text,
                value=text,
                letter=letter,
                candidates=", ".join(targets),
            )
            continue
        if targets[0] in taken and not (spec and spec.add):
            report.stop(
                "duplicate_column", row=row, column=text, value=text, letter=letter, first=taken[targets[0]]
            )
            continue
        taken[targets[0]] = letter
        unit = (spec.unit if spec else "") or (heading.unit if heading else "") or _told_unit(text, profile)
        for field in (targets[0], *(spec.also if spec else ())):
            columns.append(
                Resolved(index, letter, text or letter, field, profile.unit(unit), spec or Column())
            )
    return tuple(columns)


def _told_unit(text: str, profile: MappingProfile) -> str:
    """The unit in the heading's bracket if the profile lists the word."""
    bracket = split_unit(text)[1]
    return bracket if profile.unit(bracket) != bracket else ""


def picker(headings: Sequence[Heading], form: str) -> Callable[[Sequence[str]], Sequence[str]]:
    """Narrow what a heading may mean: items to one form, 单位 to an institution or a unit of measure."""
    sure = {heading.targets[0] for heading in headings if len(heading.targets) == 1}
    named = bool(sure & set(WHO)) or "item" in sure

    def pick(targets: Sequence[str]) -> Sequence[str]:
        fields = [target for target in targets if ":" not in target]
        if set(fields) == {"institution", "unit"}:
            return ("unit",) if named else ("institution",)
        if fields:
            return tuple(fields[:1])
        items = [target for target in targets if target.startswith(f"{form}:")] if form else []
        return tuple(items or targets)

    return pick


def notes_above(sheet: Sheet, header: Header, profile: MappingProfile, report: Report) -> None:
    """Say what stands above the header, and warn if it states a unit."""
    banners = header.banners(sheet)
    if banners:
        report.add("banner_skipped", count=len(banners))
    said = header.unit_said(sheet)
    if said and not any(column.unit for column in profile.columns):
        report.add("unit_in_banner", value=said)


def data_rows(sheet: Sheet, header: Header, profile: MappingProfile, report: Report) -> tuple[int, ...]:
    """Indices of the data rows: below the header, not blank, not footer, not skipped by the profile."""
    skip = _skipper(sheet, header, profile)
    last = len(sheet.rows)
    filled = [any(is_filled(cell) for cell in sheet.rows[row]) for row in range(header.end, last)]
    footer = _footer_start(sheet, header.end, filled)
    if footer < last:
        report.add("footer_skipped", row=sheet.row_number(footer))
    rows, skipped = [], 0
    for row in range(header.end, footer):
        if not filled[row - header.end]:
            continue
        if skip(sheet.rows[row]):
            skipped += 1
            continue
        rows.append(row)
    if skipped:
        report.add("row_skipped", count=skipped)
    report.rows = [sheet.row_number(row) for row in rows]
    return tuple(rows)


def _footer_start(sheet: Sheet, start: int, filled: Sequence[bool]) -> int:
    """The first row of the trailing block of remarks: rows that begin like a remark and hold no other data."""
    end = len(sheet.rows)
    for row in range(len(sheet.rows) - 1, start - 1, -1):
        if not filled[row - start]:
            continue
        if not _is_remark(sheet.rows[row]):
            break
        end = row
    return end


def _is_remark(cells: Sequence[Cell]) -> bool:
    texts = [half_width(text_of(cell)).lower() for cell in cells if is_filled(cell)]
    if any(not isinstance(cell, str) for cell in cells if is_filled(cell)):
        return False
    return bool(texts) and texts[0].startswith(_FOOTERS) and (len(texts) <= 2 or ":" in texts[0])


def _skipper(sheet: Sheet, header: Header, profile: MappingProfile) -> Callable[[Sequence[Cell]], bool]:
    places = {key(heading.text): heading.index for heading in header.headings}
    rules = [(places[key(rule.heading)], rule) for rule in profile.skips if key(rule.heading) in places]

    def skip(cells: Sequence[Cell]) -> bool:
        for place, rule in rules:
            text = text_of(cells[place]) if place < len(cells) else ""
            if (rule.blank and not text) or (text and text in rule.equals):
                return True
            if any(part in text for part in rule.contains):
                return True
        return False

    return skip


def beyond_header(table: Table, report: Report) -> None:
    """Reject rows with content to the right of the last heading: a stray delimiter shifted them."""
    if table.sheet.name is not None:
        return  # in a workbook a cell cannot shift its neighbours
    last = max((heading.index for heading in table.header.headings), default=-1)
    for row in table.data:
        cells = table.sheet.rows[row]
        if len(cells) > last + 1:
            for place in range(last + 1, len(cells)):
                if is_filled(cells[place]):
                    number = table.sheet.row_number(row)
                    report.reject(
                        number,
                        "cells_beyond_header",
                        column=table.sheet.letter(place),
                        value=text_of(cells[place])[:80],
                    )
                    break


def fill_merged(table: Table, fields: Sequence[str], report: Report) -> None:
    """Give every cell of a vertical merge in a key column the text of its first cell."""
    for column in table.columns:
        if column.field not in fields:
            continue
        count = 0
        for top, left, bottom, right in table.sheet.merged:
            if left <= column.index <= right and top >= table.header.end and bottom > top:
                value = table.sheet.rows[top][column.index] if column.index == left else None
                if not is_filled(value):
                    continue
                for row in range(top + 1, min(bottom + 1, len(table.sheet.rows))):
                    cells = table.sheet.rows[row]
                    if column.index < len(cells):
                        cells[column.index] = value  # type: ignore[index]
                count += 1
        if count:
            report.add("merged_filled", column=column.label, count=count)


def missing(columns: Sequence[Resolved], wanted: Sequence[str], constants: Mapping[str, str]) -> list[str]:
    """Required fields that neither a column nor a constant gives."""
    have = {column.field for column in columns} | set(constants)
    return [name for name in wanted if name not in have]
