"""Rows in the layout of a mapping profile, on their way out: the columns are those that the import knows in it.

What cannot be carried is a finding, never left out silently; what a unit cannot hold exactly is an error.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.header import Header, Recognise, locate
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.profile import Column, Head, MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, Odd, Sheet
from jieyue.apps.exchange.result import Report
from jieyue.catalog.findings import Finding, make
from jieyue.domain.period import Period
from jieyue.domain.quantity import SCALE, fixed_text
from jieyue.domain.rounding import finite_decimals, round_gb8170

OutCell = str | Decimal | date | None
#: Digits that a workbook keeps of a number; a longer one is written as text.
KEPT_DIGITS = 15
#: Findings of one code and column that are listed one by one; the rest are counted.
_LISTED = 50
FIRST_SHEET = "Sheet1"
PERIOD_MARK = "{period}"


@dataclass(frozen=True)
class Written:
    """A file before its bytes: all rows from the first on (`heads` of them above the data), what is to be said of it.

    text: it becomes a text file, in which numbers and days are texts.
    """

    sheet: str
    rows: Sequence[Sequence[OutCell]]
    heads: int
    merged: Sequence[str]
    findings: Sequence[Finding]
    text: bool

    @property
    def count(self) -> int:
        """Rows of data."""
        return len(self.rows) - self.heads

    @property
    def refused(self) -> bool:
        """Whether it must not be written: some cell would say something else than what is stored."""
        return any(finding.severity == "error" for finding in self.findings)


@dataclass(slots=True)
class Draft:
    """A layout that is being filled. columns: what the import reads; rows: those above the data, then the data."""

    profile: MappingProfile
    lexicon: Lexicon
    columns: tuple[Resolved, ...]
    width: int
    rows: list[list[OutCell]]
    heads: int
    text: bool
    findings: list[Finding] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def row(self) -> list[OutCell]:
        """A new row of data, blank."""
        self.rows.append([None] * self.width)
        return self.rows[-1]

    @property
    def number(self) -> int:
        """The last row as a spreadsheet counts."""
        return len(self.rows)

    def column(self, name: str) -> Resolved | None:
        """The column of a field; one that several columns share in parts is none."""
        found = [column for column in self.columns if column.field == name]
        return found[0] if len(found) == 1 else None

    def tell(
        self,
        code: str,
        *,
        column: str = "",
        row: int | None = None,
        value: str | int | None = None,
        **data: object,
    ) -> None:
        """A finding; beyond a number of one kind in one column only the count grows."""
        self._counts[code, column] += 1
        if self._counts[code, column] <= _LISTED:
            sheet = None if self.text else self.profile.sheet or FIRST_SHEET
            self.findings.append(make(code, sheet=sheet, row=row, column=column or None, value=value, **data))

    def number_in(self, column: Resolved, fixed: int, factor: Fraction) -> tuple[Decimal | None, bool]:
        """(ten-thousandths in the column's unit, whether rounded); None after an error that names the cell."""
        allowed = column.spec.decimals
        if factor == 1 and allowed is None:
            return Decimal(fixed_text(fixed)), False
        outside = Fraction(fixed, SCALE) / factor
        decimals = finite_decimals(outside)
        if allowed is not None and (decimals is None or decimals > allowed):
            return _plain(round_gb8170(outside, allowed)), True
        if decimals is None:
            said = {"value": fixed_text(fixed), "unit": column.unit or "1"}
            self.tell("out_not_exact", column=column.label, row=self.number, **said)
            return None, False
        return _plain(round_gb8170(outside, decimals)), False

    def done(self) -> Written:
        """As it stands."""
        more = [
            make("more_of_the_same", sheet=None, column=column or None, count=count - _LISTED, same=code)
            for (code, column), count in self._counts.items()
            if count > _LISTED
        ]
        return Written(
            self.profile.sheet or FIRST_SHEET, self.rows, self.heads, self.profile.merged,
            (*self.findings, *more), self.text,
        )  # fmt: skip


def _plain(number: Decimal) -> Decimal:
    """Without zeros at its end and without exponent."""
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def begin(
    profile: MappingProfile,
    lexicon: Lexicon,
    recognise: Recognise,
    pick: Callable[[Header], Callable[[Sequence[str]], Sequence[str]]],
    *,
    text: bool,
    period: str = "",
) -> Draft:
    """The layout with its heads and its columns; an error in it if the profile describes none."""
    heads = _head_rows(profile, period)
    width = max([len(row) for row in heads], default=0)
    rows: list[list[OutCell]] = [
        [*(one or None for one in row), *[None] * (width - len(row))] for row in heads
    ]
    draft = Draft(profile, lexicon, (), width, rows, len(rows), text)
    if not profile.columns:
        draft.tell("out_no_columns")
        return draft
    sheet = sheet_of(draft.done())
    header = locate(sheet, recognise, lexicon.units, row=_header_row(profile), rows=profile.header_rows)
    if header is None or header.end != len(rows):
        draft.tell("out_heads_not_read")
        return draft
    report = Report(sheet=sheet.name)
    draft.columns = tables.resolve(sheet, header, profile, report, pick=pick(header))
    draft.findings += [finding for finding in report.findings if finding.severity == "error"]
    _tell_layout(draft)
    return draft


def _header_row(profile: MappingProfile) -> int:
    if profile.header_row:
        return profile.header_row
    return len(profile.heads) - (profile.header_rows or 1) + 1 if profile.heads else 1


def _head_rows(profile: MappingProfile, period: str) -> list[list[str]]:
    """The rows above the data: as recorded, else a row of headings at its place."""
    if profile.heads:
        return [[cell.replace(PERIOD_MARK, period) for cell in head.cells] for head in profile.heads]
    places = {column.letter: _index(column.letter) for column in profile.columns if column.letter}
    taken, headings, free = set(places.values()), dict[int, str](), 0
    for column in profile.columns:
        if not column.letter:
            while free in taken:
                free += 1
            taken.add(free)
            headings[free] = column.heading
    row = [headings.get(index, "") for index in range(max(taken, default=-1) + 1)]
    above = [[""] for _ in range(_header_row(profile) - 1)]
    return [*above, row, *([""] for _ in range((profile.header_rows or 1) - 1))]


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _tell_layout(draft: Draft) -> None:
    """What of the layout stays blank or as it was."""
    profile = draft.profile
    if not profile.heads:
        draft.tell("out_no_heads")
    elif any(_says_something(head) for head in profile.heads[: _header_row(profile) - 1]):
        draft.tell("out_heads_as_recorded", count=_header_row(profile) - 1)
    ignored = [column.heading or column.letter for column in profile.columns if column.ignore]
    if ignored:
        draft.tell("out_left_blank", columns="、".join(ignored))


def _says_something(head: Head) -> bool:
    return any(cell and PERIOD_MARK not in cell for cell in head.cells)


def reversed_word(words: Mapping[str, str], code: str) -> str:
    """The file's own word for a code of ours: the only one, or the first of several."""
    return next((word for word, meaning in words.items() if meaning == code and word != "*"), "")


def period_title(periods: Sequence[Period]) -> str:
    """Periods as a Chinese banner has them.

    >>> period_title([Period.parse("2026-03")]), period_title([Period.parse("2025-Q1"), Period.parse("2025-Q2")])
    ('2026年3月', '2025年第1季度、2025年第2季度')
    """
    return "、".join(_title(period) for period in periods)


def _title(period: Period) -> str:
    year, text = period.start.year, str(period)
    if period.kind_letter == "Y":
        return f"{year}年"
    if "-Q" in text:
        return f"{year}年第{text[-1]}季度"
    return f"{year}年{period.start.month}月" if period.kind_letter == "M" else text


def spec_of(column: Resolved | None) -> Column:
    """The profile's line of a column."""
    return column.spec if column is not None else Column()


# --- read back -------------------------------------------------------------------------------------------


def sheet_of(written: Written) -> Sheet:
    """The file as the reader would give it."""
    rows = [[_as_read(cell, text=written.text) for cell in row] for row in written.rows]
    merged = () if written.text else tuple(_corners(said) for said in written.merged)
    return Sheet(None if written.text else written.sheet, True, 1, 1, rows, merged)


def content_of(written: Written) -> FileContent:
    """The file as the reader would give it, for the import."""
    kind = "csv" if written.text else "xlsx"
    return FileContent(f"out.{kind}", kind, 0, "", sheets=(sheet_of(written),))


def _as_read(cell: OutCell, *, text: bool) -> Cell:
    if cell is None or cell == "":
        return None
    if isinstance(cell, date):
        return cell.isoformat() if text else Odd("date", cell.isoformat())
    if isinstance(cell, Decimal):
        return f"{cell:f}" if text or is_long(cell) else float(cell)
    return cell


def is_long(number: Decimal) -> bool:
    """Whether a workbook would lose digits of the number."""
    return len(f"{number:f}".replace("-", "").replace(".", "").lstrip("0")) > KEPT_DIGITS


def _corners(said: str) -> tuple[int, int, int, int]:
    """B2:D3 as (top, left, bottom, right), from zero."""
    corners = []
    for corner in said.split(":"):
        letters = corner.rstrip("0123456789")
        corners += [int(corner[len(letters) :]) - 1, _index(letters)]
    return corners[0], corners[1], corners[2], corners[3]
