"""Return files 报表: rows to whole returns in columns, and findings. Nothing is stored here.

Long: institution, period, item, value, unit. Wide: one return a row, one item a column. A file speaks only
of the cells it carries: a blank leaves a cell as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.cellcolumn import DECLARED, MISSING, NOT_USED
from jieyue.apps.exchange.columns import Resolved, Table
from jieyue.apps.exchange.fields import INSTITUTIONS, RETURNS, all_words_of, words_of
from jieyue.apps.exchange.header import Recognise
from jieyue.apps.exchange.lexicon import ItemName, Lexicon
from jieyue.apps.exchange.match import Directory, Subject, key
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import FileContent, text_of
from jieyue.apps.exchange.result import ACCEPTED, REJECTED, Report, stopped
from jieyue.apps.exchange.subjects import Periods, Subjects
from jieyue.domain.period import DEFAULT_SEASON, HeatingSeason, Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.rooms import LONGEST, room_number, usable

#: The hidden sheet of a workbook that we send out, and what its first line says.
ABOUT, TEMPLATE = "_about", "jieyue-template-"
#: The hidden sheet with what went out: identifier, revision and version of each row as text, and its cells.
SENT = "_sent"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command or the page adds to a file. `today` refuses periods that have not ended. every_row: rows of a
    workbook that we sent out count although nobody has entered a flow (the caller compares with what went out)."""

    form: str = ""
    period: str = ""
    season: HeatingSeason = DEFAULT_SEASON
    today: date | None = None
    every_row: bool = False


@dataclass(frozen=True, slots=True)
class CellValue:
    """One cell for people: plain decimal in the item's unit (None = not used), origin, row, column, source text."""

    value: str | None
    unit: str
    origin: int
    row: int
    column: str
    raw: str


@dataclass(slots=True)
class ReturnBlock:
    """Returns of one form; return i is the whole that the file says of (subject, period, instance) i.

    `values[i, j]` in ten-thousandths of the unit of item `codes[j]`, `origins[i, j]` (0 = the file is
    silent, 9 = not used), `clears[i, j]` = the token 清空 stood there, `cell_rows[i, j]` the file's row.
    `zero_is_unused`: in this layout a 0 may stand for what is not used, so it does not contradict it.
    """

    form: str
    codes: tuple[str, ...]
    units: tuple[str, ...]
    labels: tuple[str, ...]
    subjects: list[Subject]
    periods: list[str]
    instances: list[str]
    values: NDArray[np.int64]
    origins: NDArray[np.uint8]
    clears: NDArray[np.bool_]
    cell_rows: NDArray[np.int32]
    raw: Callable[[int, str], str] = field(default=lambda _row, _label: "")
    zero_is_unused: bool = False

    def __len__(self) -> int:
        return len(self.subjects)

    def take(self, places: Sequence[int]) -> "ReturnBlock":
        """Some of the returns, in the order asked for."""
        chosen = list(places)
        return ReturnBlock(
            self.form, self.codes, self.units, self.labels,
            [self.subjects[i] for i in chosen], [self.periods[i] for i in chosen], [self.instances[i] for i in chosen],
            self.values[chosen], self.origins[chosen], self.clears[chosen], self.cell_rows[chosen], self.raw,
            self.zero_is_unused,
        )  # fmt: skip

    def cells(self, place: int) -> dict[str, CellValue]:
        """The cells of one return by item code, for previews and findings."""
        found = {}
        for j in np.flatnonzero(self.origins[place]):
            origin, row = int(self.origins[place, j]), int(self.cell_rows[place, j])
            value = None if origin == NOT_USED else fixed_text(int(self.values[place, j]))
            found[self.codes[j]] = CellValue(
                value, self.units[j], origin, row, self.labels[j], self.raw(row, self.labels[j])
            )
        return found


@dataclass(slots=True)
class ParsedReturns:
    """What a file says, and the report that counts its rows. `blocks` hold every readable cell;
    `accepted()` those whose rows are accepted as the report stands now. `refused`: institution and room of the rows
    that were rejected as they were read."""

    report: Report
    layout: str = ""
    blocks: list[ReturnBlock] = field(default_factory=list)
    refused: frozenset[tuple[int, str]] = frozenset()

    def accepted(self) -> list[ReturnBlock]:
        """Blocks without the cells of rejected or duplicate rows and without returns that say nothing."""
        rows = np.array(self.report.rows or [0])
        good = np.zeros(int(rows.max()) + 1, np.bool_)
        good[list(self.report.accepted_rows())] = True
        found = []
        for block in self.blocks:
            keep = good[block.cell_rows]
            origins = np.where(keep, block.origins, MISSING).astype(np.uint8)
            clears = block.clears & keep
            places = np.flatnonzero((origins != MISSING).any(axis=1) | clears.any(axis=1))
            part = block.take(places.tolist())
            part.origins, part.clears = origins[places], clears[places]
            part.values = np.where(part.origins != MISSING, part.values, 0)
            if len(part):
                found.append(part)
        return found


@dataclass(slots=True)
class Work:
    """What reading a returns table needs at hand. template: the workbook is one that we sent out."""

    table: Table
    lexicon: Lexicon
    profile: MappingProfile
    options: Options
    report: Report
    form: str
    subjects: list[Subject | None] = field(default_factory=list)
    periods: list[Period | None] = field(default_factory=list)
    instances: list[str] = field(default_factory=list)
    date_1904: bool = False
    template: bool = False

    def number(self, place: int) -> int:
        """The file's row number of data row `place`."""
        return self.table.sheet.row_number(self.table.data[place])

    def item_factor(self, item: ItemName, unit: str, scale: Fraction = Fraction(1)) -> Fraction | str:
        """What one of the file's unit is in the item's, or a finding code."""
        if not unit:
            return scale
        factor = self.lexicon.units.factor(self.profile.unit(unit), item.unit, item.carrier)
        return factor if isinstance(factor, str) else factor * scale

    def allowed(self, item: ItemName, period: Period) -> bool:
        """Whether the item exists in the scheme of the period's last day."""
        return self.lexicon.in_scheme(item, period.last_day)


def read_returns(
    content: FileContent,
    lexicon: Lexicon,
    directory: Directory,
    *,
    profile: MappingProfile | None = None,
    options: Options | None = None,
) -> ParsedReturns:
    """Typed returns of a file in long or wide layout, with a finding for everything that is not clear."""
    from jieyue.apps.exchange import longform, wideform  # they build on this module's types

    profile, options = profile or MappingProfile(), options or Options()
    if content.findings:
        return ParsedReturns(stopped(content.findings))
    report = Report()
    work = _prepare(content, lexicon, directory, profile, options, report)
    if work is None:
        return ParsedReturns(report)
    layout = _layout(work.table.columns, profile)
    blocks = longform.read(work) if layout == "long" else wideform.read(work)
    parsed = ParsedReturns(report, layout, blocks, _refused(work))
    for block in blocks:
        for i, subject in enumerate(block.subjects):
            if subject.kind == "node":
                typed = (block.origins[i] != MISSING) & (block.origins[i] != NOT_USED)
                block.origins[i, typed] = DECLARED
    return parsed


def _refused(work: Work) -> frozenset[tuple[int, str]]:
    return frozenset(
        (subject.id, work.instances[place])
        for place, subject in enumerate(work.subjects)
        if subject is not None
        and subject.id is not None
        and work.report.state(work.number(place)) == REJECTED
    )


def is_template(content: FileContent) -> bool:
    """Whether the workbook is one that we sent out: its hidden sheet says so."""
    about = next((sheet for sheet in content.sheets if sheet.name == ABOUT), None)
    first = about.rows[0] if about is not None and about.rows else ()
    return len(first) > 1 and text_of(first[0]) == "template" and text_of(first[1]).startswith(TEMPLATE)


def _layout(columns: Sequence[Resolved], profile: MappingProfile) -> str:
    fields = {column.field for column in columns}
    return profile.layout or ("long" if {"item", "value"} <= fields else "wide")


def _prepare(
    content: FileContent,
    lexicon: Lexicon,
    directory: Directory,
    profile: MappingProfile,
    options: Options,
    report: Report,
) -> Work | None:
    wanted = options.form or profile.form
    if wanted and wanted not in lexicon.forms:
        report.stop("form_unknown", value=wanted)
        return None
    recognise = recogniser(profile, lexicon)
    chosen = tables.choose(content, profile, recognise, lexicon, report)
    if chosen is None:
        _maybe_other_kind(content, lexicon, report)
        return None
    sheet, header = chosen
    data = tables.data_rows(sheet, header, profile, report)
    form = wanted or form_of(header.headings)
    if not _fits(header.headings, wanted, report):
        return None
    tables.notes_above(sheet, header, profile, report)
    found = tables.resolve(sheet, header, profile, report, pick=tables.picker(header.headings, form))
    report.letters = {column.label: column.letter for column in found}
    table = Table(sheet, header, found, data)
    subjects = Subjects.of(table, directory, profile, report)
    tables.fill_merged(table, (*tables.WHO, "period", "year", "month", "quarter"), report)
    table = _without_totals(table, subjects, report)
    report.rows = [sheet.row_number(index) for index in table.data]
    date_1904 = profile.date_system == 1904 if profile.date_system else content.date_1904
    work = Work(
        table, lexicon, profile, options, report, form, date_1904=date_1904, template=is_template(content)
    )
    if not any(column.field == "item" or ":" in column.field for column in found):
        _maybe_other_kind(content, lexicon, report)  # before the words about a missing column
    if report.stopped or not _complete(work, form):
        return None
    tables.beyond_header(table, report)
    _read_keys(work, subjects)
    return None if report.stopped else work


def recogniser(profile: MappingProfile, lexicon: Lexicon) -> Recognise:
    """What a heading of a table of returns may mean."""
    words = all_words_of(RETURNS)

    def known(text: str) -> Sequence[str]:
        items = lexicon.find_items(text)
        return (*words.get(key(text), ()), *(item.ref for item in items))

    return tables.recogniser(profile, known)


def _maybe_other_kind(content: FileContent, lexicon: Lexicon, report: Report) -> None:
    """A registry file given as returns is told apart from a file without a header."""
    from jieyue.apps.exchange.header import locate

    words = words_of(INSTITUTIONS)
    for sheet in content.sheets:
        header = locate(sheet, lambda text: (words[key(text)],) if key(text) in words else (), lexicon.units)
        if header and len(header.recognised) >= 4:
            report.stop("wrong_kind", found="institutions 名录", expected="returns 报表")
            return


def form_of(headings: Sequence[Any]) -> str:
    """The one form that most item headings fit; blank if two fit equally well."""
    counts: dict[str, int] = {}
    for heading in headings:
        for form in {target.partition(":")[0] for target in heading.targets if ":" in target}:
            counts[form] = counts.get(form, 0) + 1
    best = max(counts.values(), default=0)
    forms = [form for form, count in counts.items() if count == best]
    return forms[0] if len(forms) == 1 else ""


def _fits(headings: Sequence[Any], wanted: str, report: Report) -> bool:
    """False, after a finding, if the headings are those of another form than the one asked for."""
    items = [[target for target in heading.targets if ":" in target] for heading in headings]
    items = [targets for targets in items if targets]
    if not wanted or not items:
        return True
    fitting = sum(any(target.startswith(f"{wanted}:") for target in targets) for targets in items)
    other = form_of(headings)
    if fitting == 0 or (other and other != wanted and fitting * 2 < len(items)):
        report.stop("wrong_form", found=other or items[0][0].partition(":")[0], expected=wanted)
        return False
    return True


def _without_totals(table: Table, subjects: Subjects, report: Report) -> Table:
    """Leave bare 合计 rows out of the data, with a note each."""
    kept = []
    for row in table.data:
        texts = subjects.texts(table, row)
        if subjects.is_total_row(texts):
            shown = next(text for text in (texts[3], texts[2], texts[1]) if text)
            report.add("total_row_skipped", row=table.sheet.row_number(row), value=shown)
        else:
            kept.append(row)
    return Table(table.sheet, table.header, table.columns, tuple(kept))


def _complete(work: Work, form: str) -> bool:
    """Whether the columns that make a return are there; one finding for each that is missing."""
    report, constants = work.report, work.profile.constants
    fields = {column.field for column in work.table.columns}
    if not fields & set(tables.WHO) and "institution" not in constants:
        report.stop("missing_column", column="机构 institution")
    if not fields & {"period", "year"} and not (work.options.period or constants.get("period")):
        report.stop("missing_column", column="期间 period")
    if _layout(work.table.columns, work.profile) == "long":
        for name, label in (("item", "指标 item"), ("value", "数值 value")):
            if name not in fields:
                report.stop("missing_column", column=label)
    elif not any(":" in name for name in fields):
        report.stop("missing_column", column="指标 item")
    if not work.table.data and not report.stopped:
        report.stop("empty_file")
    return not report.stopped


def _read_keys(work: Work, subjects: Subjects) -> None:
    table, report = work.table, work.report
    by_field = {column.field: column for column in table.columns}
    constant = work.options.period or work.profile.constants.get("period", "")
    periods = Periods(
        by_field,
        constant,
        report,
        work.options.season,
        work.options.today,
        work.profile.date_order,
        work.date_1904,
    )
    instance = by_field.get("instance")
    fixed = work.profile.constants.get("instance", "")
    for place, row in enumerate(table.data):
        number = work.number(place)
        work.subjects.append(subjects.find(subjects.texts(table, row), number))
        work.periods.append(periods.find(table, row, number))
        room = text_of(table.cell(row, instance)) if instance else fixed
        work.instances.append(room_number(room))
    subjects.ask()


def fits_room(work: Work, place: int, form: str) -> bool:
    """Whether a row of an institution names a room where, and only where, the form is filed by room; else a finding."""
    code = room_refusal(work, place, form)
    if code:
        column = next((column for column in work.table.columns if column.field == "instance"), None)
        work.report.reject(
            work.number(place),
            code,
            column=column.label if column else "机房编号 room",
            value=work.instances[place],
            form=form,
            limit=LONGEST,
        )
    return not code


def room_refusal(work: Work, place: int, form: str) -> str:
    """Why the row cannot be of its room, where it speaks of the form; blank if it can."""
    subject, room = work.subjects[place], work.instances[place]
    if subject is None or subject.kind == "node":
        return ""
    if work.lexicon.forms[form].instance == "none":
        return "room_not_asked" if room else ""
    if usable(room):
        return ""
    return "room_unusable" if room else "room_missing"


def keep_unequal(
    groups: Mapping[Any, list[tuple[int, Any]]],
    report: Report,
    label: Callable[[Any], str],
    column: Callable[[Any], str | None] = lambda _key: None,
) -> set[int]:
    """Same key in several rows: equal ones are duplicates of the first, unequal ones all rejected, in any
    order. `groups` = key → (row number, value). column: where unequal ones of a key differ. Gives the rows that are
    not to be used."""
    dropped: set[int] = set()
    for name, members in groups.items():
        live = [(row, value) for row, value in members if report.state(row) == ACCEPTED]
        if len(live) < 2:
            continue
        first_row, first = live[0]
        if all(value == first for _, value in live):
            for row, _ in live[1:]:
                report.duplicate(row, "duplicate_in_file", first=first_row, key=label(name))
                dropped.add(row)
        else:
            where = column(name)
            for place, (row, _) in enumerate(live):
                other = first_row if place else live[1][0]
                report.reject(row, "conflict_in_file", first=other, key=label(name), column=where)
                dropped.add(row)
    return dropped
