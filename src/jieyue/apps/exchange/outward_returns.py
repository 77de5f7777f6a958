"""Returns in a foreign layout: one return a row or one cell a row, then read back by the import and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.cellcolumn import NOT_USED
from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.lexicon import ItemName, Lexicon
from jieyue.apps.exchange.match import Directory
from jieyue.apps.exchange.outward import (
    Draft,
    OutCell,
    Written,
    begin,
    content_of,
    period_title,
    reversed_word,
    spec_of,
)
from jieyue.apps.exchange.patterns import BY_CODE, written
from jieyue.apps.exchange.profile import ORIGINS, MappingProfile
from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.returns import Options, ParsedReturns, form_of, read_returns, recogniser
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text

ESTIMATED = ORIGINS["estimated"]
#: Codes of the import that say no more than what the way out has said already.
_SAID = {"unit_converted", "header_ignored", "unknown_column", "banner_skipped", "unit_in_banner"}


@dataclass(frozen=True, slots=True)
class LeavingReturn:
    """A return to be written: its institution (or the node of a declared total, by `ref`) and its stated cells, as item
    code → (ten-thousandths in the item's unit, origin)."""

    number: int | None
    ref: str
    code: str
    name: str
    credit_code: str
    period: Period
    instance: str
    cells: Mapping[str, tuple[int, int]]

    @property
    def label(self) -> str:
        """For findings."""
        return f"{self.ref or f'{self.code} {self.name}'} {self.period}"


@dataclass(slots=True)
class _Told:
    """What is counted over all returns, and the cells that were changed on purpose, as (return, item)."""

    lost: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    rounded: Counter[tuple[str, int]] = field(default_factory=Counter)
    zeros: int = 0
    estimated: int = 0
    nodes: int = 0
    changed: set[tuple[int, str]] = field(default_factory=set)


def write_returns(
    profile: MappingProfile,
    form: str,
    returns: Sequence[LeavingReturn],
    lexicon: Lexicon,
    directory: Directory,
    *,
    text: bool,
) -> Written:
    """The returns of a form as rows of the layout; with an error where it would not say what is stored."""
    periods = sorted({row.period for row in returns}, key=lambda one: one.start)
    draft = begin(
        profile,
        lexicon,
        recogniser(profile, lexicon),
        lambda header: tables.picker(header.headings, profile.form or form_of(header.headings)),
        text=text,
        period=period_title(periods),
    )
    fields = {column.field for column in draft.columns}
    if any(finding.severity == "error" for finding in draft.findings):
        return draft.done()
    told, wanted = _Told(), list[LeavingReturn]()
    long = profile.layout == "long" or (not profile.layout and {"item", "value"} <= fields)
    writer = _Long(draft, form, told) if long else _Wide(draft, form, told)
    for row in returns:
        if row.number is None and not _total_text(profile, row.ref):
            told.nodes += 1
            continue
        wanted.append(row)
        writer.write(row, len(wanted) - 1)
    _tell(draft, told)
    if not any(finding.severity == "error" for finding in draft.findings):
        _compare(draft, _read_back(draft, form, periods, directory, fields), wanted, told)
    return draft.done()


def _total_text(profile: MappingProfile, ref: str) -> str:
    return next((total.text for total in profile.totals if total.node == ref), "")


# --- keys ------------------------------------------------------------------------------------------------


def _keys(draft: Draft, row: LeavingReturn, cells: list[OutCell]) -> None:
    """Who and when."""
    profile = draft.profile
    for column in draft.columns:
        if cells[column.index] is not None:
            continue  # `also`: the first field of a cell fills it
        value = _key(profile, column, row)
        if value is not None:
            cells[column.index] = value


def _key(profile: MappingProfile, column: Resolved, row: LeavingReturn) -> OutCell:
    name, total = column.field, _total_text(profile, row.ref) if row.ref else ""
    if name in ("institution", "name", "code", "credit_code"):
        if total:
            return total if name in ("institution", "name") else None
        return _who(profile, column, row) or None
    if name == "instance":
        return row.instance or None
    return _when(column, row.period)


def _who(profile: MappingProfile, column: Resolved, row: LeavingReturn) -> str:
    code = row.code.removeprefix(profile.id_prefix) if profile.id_prefix else row.code
    if column.field == "code":
        return code
    if column.field == "credit_code":
        return row.credit_code
    own = reversed_word(profile.institutions, row.code)
    by_code = column.field == "institution" and (profile.id_prefix or column.spec.pattern == BY_CODE)
    return own or (code if by_code else row.name)


def _when(column: Resolved, period: Period) -> OutCell:
    """A period or a part of it as its column has it; None for other columns."""
    name, spec = column.field, spec_of(column)
    if name == "period":
        day = period.last_day if spec.edge == "end" else period.start
        if spec.pattern:
            return written(spec.pattern, day)
        return day if spec.grain else str(period)
    if name == "period_end":
        return written(spec.pattern, period.last_day) if spec.pattern else period.last_day
    part = {"year": "Y", "quarter": "Q", "month": "M"}.get(name)
    if part is None or (part != "Y" and period.kind_letter != part):
        return None
    if spec.pattern:
        return written(spec.pattern, period.start)
    start = period.start
    return Decimal({"Y": start.year, "Q": (start.month + 2) // 3, "M": start.month}[part])


# --- cells -----------------------------------------------------------------------------------------------


class _Cells:
    """Values of items as the layout has them."""

    def __init__(self, draft: Draft, form: str, told: _Told) -> None:
        self.draft, self.form, self.told = draft, form, told

    def value(
        self, column: Resolved, factor: Fraction, code: str, place: int, cell: tuple[int, int]
    ) -> OutCell:
        """One stated cell; None after an error."""
        value, origin = cell
        profile, told = self.draft.profile, self.told
        if origin == NOT_USED:
            if profile.not_used_as_zero:
                told.zeros += 1
                return Decimal(0)
            if not profile.not_used_tokens:
                self.draft.tell("out_no_word", column=column.label, row=self.draft.number)
                return None
            return profile.not_used_tokens[0]
        told.estimated += origin == ESTIMATED and column.spec.origin != "estimated"
        number, rounded = self.draft.number_in(column, value, factor)
        if rounded:
            told.rounded[column.label, column.spec.decimals or 0] += 1
            told.changed.add((place, code))
        return number

    def factor(self, item: ItemName, unit: str, scale: Fraction, label: str) -> Fraction:
        """What one of the file's unit is in the item's."""
        if not unit:
            return scale
        profile, lexicon = self.draft.profile, self.draft.lexicon
        found = lexicon.units.factor(profile.unit(unit), item.unit, item.carrier)
        if isinstance(found, str):
            self.draft.tell(found, column=label, value=unit, unit=item.unit)
            return scale
        return found * scale


class _Wide(_Cells):
    """One return a row."""

    def __init__(self, draft: Draft, form: str, told: _Told) -> None:
        super().__init__(draft, form, told)
        items = [column for column in draft.columns if column.field.startswith(f"{form}:")]
        shared = Counter(column.field for column in items)
        self.shared = {field.partition(":")[2] for field, count in shared.items() if count > 1}
        self.columns: dict[str, tuple[Resolved, Fraction]] = {}
        for column in items:
            code = column.field.partition(":")[2]
            item = draft.lexicon.items.get((form, code))
            if item is not None and code not in self.shared:
                factor = self.factor(item, column.unit, column.spec.scale, column.label)
                self.columns[code] = (column, factor)

    def write(self, row: LeavingReturn, place: int) -> None:
        """Add the row of a return."""
        cells = self.draft.row()
        for code, cell in row.cells.items():
            if code in self.columns:
                column, factor = self.columns[code]
                cells[column.index] = self.value(column, factor, code, place, cell)
            elif code in self.shared:
                self.told.added[code] += 1
                self.told.changed.add((place, code))
            else:
                self.told.lost[code] += 1
                self.told.changed.add((place, code))
        _keys(self.draft, row, cells)


class _Long(_Cells):
    """One cell a row."""

    def __init__(self, draft: Draft, form: str, told: _Told) -> None:
        super().__init__(draft, form, told)
        self.ways: dict[str, tuple[str, str, Fraction]] = {}

    def write(self, row: LeavingReturn, place: int) -> None:
        """Add a row for each stated cell."""
        draft = self.draft
        item_column, value_column, unit_column = (draft.column(name) for name in ("item", "value", "unit"))
        if item_column is None or value_column is None:
            draft.tell("out_heads_not_read")
            return
        for code, cell in row.cells.items():
            if (self.form, code) not in draft.lexicon.items:
                self.told.lost[code] += 1
                self.told.changed.add((place, code))
                continue
            word, unit, factor = self.way(code, value_column)
            cells = draft.row()
            cells[item_column.index] = word
            cells[value_column.index] = self.value(value_column, factor, code, place, cell)
            if unit_column is not None:
                cells[unit_column.index] = unit
            _keys(draft, row, cells)

    def way(self, code: str, value: Resolved) -> tuple[str, str, Fraction]:
        """The item's word, the unit, and what one of it is in the item's unit."""
        if code not in self.ways:
            draft, item = self.draft, self.draft.lexicon.items[self.form, code]
            mapped = next((one for one in draft.profile.columns if one.field == item.ref), None)
            word = mapped.heading if mapped else reversed_word(draft.profile.items, item.ref) or item.ref
            unit = (mapped.unit if mapped else "") or value.unit
            scale = mapped.scale if mapped else value.spec.scale
            factor = self.factor(item, unit, scale, value.label)
            self.ways[code] = (word, unit or (item.unit if scale == 1 else ""), factor)
        return self.ways[code]


def _tell(draft: Draft, told: _Told) -> None:
    """What is counted over all returns, once each."""
    for code, count in sorted(told.lost.items()):
        draft.tell("out_item_lost", value=code, count=count)
    for code, count in sorted(told.added.items()):
        draft.tell("out_added", value=code, count=count)
    for (label, decimals), count in told.rounded.items():
        draft.tell("out_rounded", column=label, count=count, decimals=decimals)
    for code, count in (
        ("out_zeros", told.zeros), ("out_estimated", told.estimated), ("out_nodes", told.nodes),
    ):  # fmt: skip
        if count:
            draft.tell(code, count=count)


# --- read back -------------------------------------------------------------------------------------------


def _read_back(
    draft: Draft, form: str, periods: Sequence[Period], directory: Directory, fields: set[str]
) -> ParsedReturns:
    """What the import makes of the file; where it names no period, of each period's rows that of the file."""
    period = ""
    if not fields & {"period", "year"} and "period" not in draft.profile.constants:
        draft.tell("out_period_outside")
        period = str(periods[0]) if periods else ""
    options = Options(form=form, period=period)
    return read_returns(
        content_of(draft.done()), draft.lexicon, directory, profile=draft.profile, options=options
    )


def _compare(draft: Draft, parsed: ParsedReturns, wanted: Sequence[LeavingReturn], told: _Told) -> None:
    """Every stored cell against what is read; what was changed on purpose is not compared."""
    _take_over(draft, parsed.report)
    found = _cells_of(parsed)
    for place, row in enumerate(wanted):
        read = found.get(
            (row.number if row.number is not None else row.ref, str(row.period), row.instance), {}
        )
        for code, (value, origin) in row.cells.items():
            if (place, code) in told.changed:
                continue
            if not _same(draft.profile, (value, origin), read.get(code)):
                draft.tell(
                    "out_differs",
                    value=f"{row.label} {code}",
                    stored=_shown((value, origin)),
                    read=_shown(read.get(code)),
                )


def _take_over(draft: Draft, report: Report) -> None:
    """What the import has to say of the file, if it is more than the way out said."""
    draft.findings += [
        finding for finding in report.findings if finding.severity == "error" and finding.code not in _SAID
    ]


def _cells_of(parsed: ParsedReturns) -> dict[tuple[int | str | None, str, str], dict[str, tuple[int, int]]]:
    found: dict[tuple[int | str | None, str, str], dict[str, tuple[int, int]]] = {}
    for block in parsed.blocks:
        for place, subject in enumerate(block.subjects):
            who = subject.id if subject.kind == "institution" else subject.ref
            cells = found.setdefault((who, block.periods[place], block.instances[place]), {})
            for column in np.flatnonzero(block.origins[place]):
                cells[block.codes[column]] = (
                    int(block.values[place, column]),
                    int(block.origins[place, column]),
                )
    return found


def _same(profile: MappingProfile, stored: tuple[int, int], read: tuple[int, int] | None) -> bool:
    if read is None:
        return False
    if stored[1] == NOT_USED:
        return read[1] == NOT_USED or (profile.not_used_as_zero and read[0] == 0)
    return read[1] != NOT_USED and read[0] == stored[0]


def _shown(cell: tuple[int, int] | None) -> str:
    if cell is None:
        return "—"
    return "不使用 not used" if cell[1] == NOT_USED else fixed_text(cell[0])
