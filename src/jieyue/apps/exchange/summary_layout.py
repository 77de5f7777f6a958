"""A summary table 综合表 in a foreign layout: recorded from a sample, written, and read back.

A row is an item, a column one of S001–S010. Which words stand for which item, in which order and in which unit, is the
sample's (`summary_rows.py`); what the layout has no row for is told, never added below.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.header import Header, locate
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import Refusal, number_of, stored
from jieyue.apps.exchange.outward import Draft, Written, begin, content_of
from jieyue.apps.exchange.profile import Column, Line, MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, Sheet, is_filled, text_of
from jieyue.apps.exchange.recording import record
from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.summary_rows import above, candidates, record_rows, unit_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.catalog.model import Item
from jieyue.domain.quantity import fixed_text
from jieyue.domain.summary import COLUMNS

Values = Mapping[str, Sequence[int | None]]
"""Item code → the ten cells in ten-thousandths of the item's unit, null where nobody states the item."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "item": ("指标", "指标名称", "项目", "名称", "item"),
    "code": ("代码", "指标代码", "编码", "code"),
    "unit": ("单位", "计量单位", "unit"),
}
#: A constant of the profile that says in which unit the sample writes an item: `unit:110`.
_UNIT = "unit:"


@dataclass(frozen=True)
class TableWords:
    """What a table says: its form, its items in order with the units as people write them, column → headings."""

    form: str
    items: Sequence[Item]
    symbols: Mapping[str, str]
    columns: Mapping[str, Sequence[str]]

    def recognise(self, text: str) -> Sequence[str]:
        """The field that a heading names, as our own table writes it."""
        wanted = key(text)
        for table in (self.columns, _WORDS):
            found = [
                name for name, words in table.items() if wanted in {key(word) for word in (name, *words)}
            ]
            if found:
                return found[:1]
        return ()

    def item(self, text: str) -> Item | None:
        """The item of a code, or of a name that only one of them has."""
        found = candidates(self.items, text)
        return found[0] if len(found) == 1 else None


def record_layout(content: FileContent, words: TableWords, lexicon: Lexicon, name: str) -> MappingProfile:
    """The profile of a sample of the table. Raises RefusedError where no sheet of it is one."""
    found: tuple[Sheet, Header] | None = None
    for sheet in content.sheets:
        header = None if sheet.is_blank() else locate(sheet, words.recognise, lexicon.units)
        if header is not None and (found is None or len(header.recognised) > len(found[1].recognised)):
            found = sheet, header
    named = found[1].recognised if found else set()
    if found is None or COLUMNS[0] not in named or not named & {"item", "code"}:
        raise RefusedError(
            "layout_not_table",
            zh="样表里没有认出综合表：要有指标（名称或代码）一列，和“合计”等各栏",
            en="no summary table is recognised in the sample: it needs a column of items (name or code) and the "
            "columns, the total among them",
        )
    sheet, header = found
    profile = MappingProfile(
        id=name, kind="summaries", form=words.form, sheet=sheet.name or "",
        encoding=content.encoding if content.encoding not in (None, "utf-8", "utf-8-sig") else "",
        header_row=sheet.row_number(header.start), header_rows=header.end - header.start,
        columns=tuple(_columns(sheet, header)),
    )  # fmt: skip
    profile = record(profile, sheet, header, lexicon)
    places = [one.index for one in header.headings if set(one.targets) & set(COLUMNS)]
    up = above(sheet, header, places)
    rows = record_rows(sheet, header, words.items, words.form, lexicon, up)
    if not any(line.item for line in rows):
        raise RefusedError(
            "layout_no_items",
            zh="样表里没有一行认得出是哪个指标",
            en="not one row of the sample names an item that is known",
        )
    return replace(profile, items={}, rows=rows)


def _columns(sheet: Sheet, header: Header) -> list[Column]:
    taken: set[str] = set()
    made = []
    for heading in header.headings:
        field = next((one for one in heading.targets if one not in taken), "")
        taken |= {field} - {""}
        letter = sheet.letter(heading.index)
        made.append(Column(letter=letter, field=field) if field else Column(letter=letter, ignore=True))
    return made


def write_table(
    profile: MappingProfile, words: TableWords, values: Values, lexicon: Lexicon, *, text: bool, period: str
) -> Written:
    """The table as rows of the layout; with an error where, read back, it would not say what is stored."""
    draft = begin(profile, lexicon, _recogniser(profile, words), lambda _: _first, text=text, period=period)
    if any(finding.severity == "error" for finding in draft.findings):
        return draft.done()
    known = {f"{words.form}:{item.code}": item for item in words.items}
    carried: dict[str, Sequence[int | None]] = {}
    rounded: set[tuple[str, str]] = set()
    for line in _lines(profile):
        item = known.get(line.item)
        if item is None:
            _blank(draft, line)
            continue
        carried[item.code] = values.get(item.code, (None,) * len(COLUMNS))
        rounded |= _row(draft, line, item, carried[item.code], words)
    for item in words.items:
        if item.code not in carried and any(cell is not None for cell in values.get(item.code, ())):
            draft.tell("out_row_lost", value=item.code)
    given = {column.field for column in draft.columns}
    for column in (name for name in COLUMNS if name not in given):
        at = COLUMNS.index(column)
        if any(cells[at] is not None for cells in carried.values()):
            draft.tell("out_column_lost", value=column)
    if not any(finding.severity == "error" for finding in draft.findings):
        _tell_rounded(draft, rounded)
        _compare(draft, words, carried, rounded)
    return draft.done()


def _recogniser(profile: MappingProfile, words: TableWords) -> Callable[[str], Sequence[str]]:
    return tables.recogniser(profile, words.recognise)


def _first(targets: Sequence[str]) -> Sequence[str]:
    return targets[:1]


def _tell_rounded(draft: Draft, rounded: set[tuple[str, str]]) -> None:
    for column in draft.columns:
        if count := sum(name == column.field for _item, name in rounded):
            draft.tell("out_rounded", column=column.label, count=count, decimals=column.spec.decimals)


def _lines(profile: MappingProfile) -> Sequence[Line]:
    """The rows: as recorded, or those of a profile whose `[items]` are its rows."""
    if profile.rows:
        return profile.rows
    units = {
        ref: profile.constants.get(f"{_UNIT}{ref.partition(':')[2]}", "") for ref in profile.items.values()
    }
    return [Line(ref, word, "", units[ref]) for word, ref in profile.items.items()]


def _blank(draft: Draft, line: Line) -> None:
    """A row that we have nothing for, with its words alone; told."""
    row, said = draft.row(), {"item": line.word, "code": line.code, "unit": line.unit}
    for column in draft.columns:
        row[column.index] = said.get(column.field) or None
    code = "out_row_not_asked" if line.item else "out_row_blank"
    draft.tell(code, row=draft.number, value=line.word or line.code or "—")


def _row(
    draft: Draft, line: Line, item: Item, cells: Sequence[int | None], words: TableWords
) -> set[tuple[str, str]]:
    """Write a row; the cells that were rounded as the profile allows, by item and column."""
    row, rounded = draft.row(), set[tuple[str, str]]()
    factor = _factor(draft.lexicon, draft.profile.unit(line.unit), item)
    symbol = line.unit or words.symbols.get(item.code, "")
    has_item = any(column.field == "item" for column in draft.columns)
    said = {"item": line.word, "code": line.code or (item.code if has_item else line.word), "unit": symbol}
    if isinstance(factor, str):
        draft.tell(factor, row=draft.number, value=line.unit, unit=item.unit)
        return rounded
    for column in draft.columns:
        if column.field in said:
            row[column.index] = said[column.field]
        elif column.field in COLUMNS and (value := cells[COLUMNS.index(column.field)]) is not None:
            shown = replace(column, unit=symbol)
            row[column.index], is_rounded = draft.number_in(shown, value, factor * column.spec.scale)
            rounded |= {(item.code, column.field)} if is_rounded else set()
    return rounded


def _factor(lexicon: Lexicon, said: str, item: Item) -> Fraction | str:
    """What one of the unit is in ours, or the code of a finding; of what is counted, one."""
    return lexicon.units.factor(said, item.unit, item.carrier) if said and item.unit else Fraction(1)


@dataclass(frozen=True)
class ReadTable:
    """What a file of a layout says. cells: item → ten cells in ten-thousandths of our units; columns: those that it
    has; report: what is wrong with it."""

    cells: Mapping[str, Sequence[int | None]]
    columns: Sequence[str]
    report: Report


def read_table(
    content: FileContent, profile: MappingProfile, words: TableWords, lexicon: Lexicon
) -> ReadTable:
    """What a file of the layout says; a row of numbers that is no item of ours is told and left out."""
    report = Report()
    recognise = _recogniser(profile, words)
    chosen = tables.choose(content, profile, recognise, lexicon, report)
    if chosen is None:
        report.stopped = True
        return ReadTable({}, (), report)
    sheet, header = chosen
    resolved = tables.resolve(sheet, header, profile, report, pick=_first)
    rows = tables.data_rows(sheet, header, profile, report)
    found: dict[str, list[int | None]] = {}
    known = {f"{words.form}:{item.code}": item for item in words.items}
    waiting = list(_lines(profile))
    up = above(sheet, header, [one.index for one in resolved if one.field in COLUMNS])
    for place in rows:
        cells = {
            one.field: sheet.rows[place][one.index] for one in resolved if one.index < len(sheet.rows[place])
        }
        said = {name: text_of(cells.get(name)) for name in _WORDS}
        line = next((one for one in waiting if _is_of(one, said)), None)
        if line is not None:
            waiting.remove(line)
        item = known.get(line.item) if line else words.item(said["item"] or said["code"])
        if item is None or item.code in found:
            _left_out(report, sheet.row_number(place), said, cells, again=item is not None)
            continue
        unit, wrong = unit_of(item, said | {"unit": profile.unit(said["unit"])}, up, lexicon)
        factor = _factor(lexicon, unit or profile.unit(line.unit if line else ""), item)
        if wrong or isinstance(factor, str):
            code = wrong or str(factor)
            report.reject(sheet.row_number(place), code, value=unit, unit=item.unit)
            continue
        found[item.code] = [
            _cell(cells.get(name), factor, resolved, name, sheet.row_number(place), report)
            for name in COLUMNS
        ]
    given = {one.field for one in resolved}
    return ReadTable(found, [name for name in COLUMNS if name in given], report)


def _left_out(
    report: Report, row: int, said: Mapping[str, str], cells: Mapping[str, Cell], *, again: bool
) -> None:
    """A row that is no item of ours, or is one for the second time; a heading without numbers is no matter."""
    if any(is_filled(cells.get(name)) for name in COLUMNS):
        report.reject(
            row, "table_row_twice" if again else "table_row_unknown", value=said["item"] or said["code"]
        )
    else:
        report.reject_quietly(row)


def _is_of(line: Line, said: Mapping[str, str]) -> bool:
    """Whether a row of the file is this row of the layout."""
    if line.code and said["code"] and key(line.code) != key(said["code"]):
        return False
    return key(line.word or line.code) == key(said["item"] or said["code"])


def _cell(
    cell: Cell, factor: Fraction, columns: Sequence[Resolved], name: str, row: int, report: Report
) -> int | None:
    if not is_filled(cell):
        return None
    scale = next((one.spec.scale for one in columns if one.field == name), Fraction(1))
    number = number_of(cell)
    value = number if isinstance(number, Refusal) else stored(number, factor * scale)
    if isinstance(value, Refusal):
        report.add(value.code, row=row, column=name, value=text_of(cell)[:80])
        return None
    if value[1]:
        report.add("table_cell_rounded", row=row, column=name, value=text_of(cell)[:80])
    return value[0]


def _compare(
    draft: Draft,
    words: TableWords,
    carried: Mapping[str, Sequence[int | None]],
    rounded: set[tuple[str, str]],
) -> None:
    """Every cell that was written against what the same profile reads there."""
    profile = replace(draft.profile, sheet="") if draft.text else draft.profile
    read = read_table(content_of(draft.done()), profile, words, draft.lexicon)
    draft.findings += [finding for finding in read.report.findings if finding.severity == "error"]
    given = [column.field for column in draft.columns if column.field in COLUMNS]
    for code, cells in carried.items():
        back = read.cells.get(code)
        for name in given:
            at = COLUMNS.index(name)
            now = None if back is None else back[at]
            if now != cells[at] and (code, name) not in rounded:
                draft.tell("out_differs", value=f"{code} {name}", stored=_shown(cells[at]), read=_shown(now))


def _shown(value: int | None) -> str:
    return "—" if value is None else fixed_text(value)
