"""What the page of entry shows of one return: its cells, what was stated a year and a period ago, and whence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from jieyue.apps.identity.queries import name_in
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.carrier_use import uses_of
from jieyue.apps.returns.models import ReturnComment
from jieyue.apps.returns.persons import Asks, asks_of
from jieyue.apps.returns.queries import Begun, Document, documents_with
from jieyue.catalog.form_sheet import FormSheet, Line
from jieyue.catalog.persons import PersonsFormula
from jieyue.domain.period import Period
from jieyue.domain.workflow import ALL_ELSE, State

Value = tuple[int, int]


@dataclass(frozen=True)
class EntryCell:
    """One line: what stands there now and before. `raw`, `src`, `by`: of who entered it; see workflow.Entered."""

    line: Line
    now: Value | None
    year_ago: Value | None
    before: Value | None
    raw: str = ""
    src: str = ""
    by: Sequence[str] = ()
    on_behalf: bool = False


class Comment(NamedTuple):
    """Why the whole (item empty) or a cell was sent back, in whose words; by: the person's name."""

    code: str
    item: str
    text: str
    at: datetime
    by: str


@dataclass(frozen=True)
class EntrySheet:
    """One return as a person works on it. year_ago, before: the periods beside it. comments: why it was sent back.
    uses: how carriers are come by, where that can still be said. formula: how energy users are counted."""

    key: Key
    state: State
    revision: int
    step: int
    sheet: FormSheet
    cells: tuple[EntryCell, ...]
    uses: Mapping[str, str]
    year_ago: str
    before: str
    comments: Sequence[Comment]
    number: int | None = None
    formula: PersonsFormula | None = None

    @property
    def values(self) -> dict[str, Value]:
        """The cells that stand there now."""
        return {cell.line.code: cell.now for cell in self.cells if cell.now is not None}


def entry_sheet(key: Key, beside: Sequence[Document] | None = None, asks: Asks | None = None) -> EntrySheet:
    """The return, whoever asks; the caller has made sure that it is his to see. Raises UnknownRuleError.

    beside: the institution's returns of this year and the last as `documents_with` gives them, where they are read
    already. asks: what the return asks, where it is known.
    """
    period = Period.parse(key.period)
    year_ago, before = str(period.previous_year()), str(period.previous())
    if beside is None:
        beside = documents_with(key, [], [year_ago, before])
    stated = {one.period: one for one in beside if (one.form, one.instance) == (key.form, key.instance)}
    earlier = {period: one.cells for period, one in stated.items()}
    row = stated[key.period].begun if key.period in stated else None
    asks = asks or asks_of(key)
    sheet = asks.sheet
    marks = {} if row is None else row.entered_by
    is_open = row is None or row.state in (State.DRAFT.value, State.RETURNED.value)
    return EntrySheet(
        key=key,
        state=State.NONE if row is None else State(row.state),
        revision=0 if row is None else row.revision,
        step=0 if row is None else row.step,
        sheet=sheet,
        cells=tuple(
            _cell(
                line,
                earlier.get(key.period, {}),
                earlier.get(year_ago, {}),
                earlier.get(before, {}),
                marks,
            )
            for line in sheet.lines
        ),
        uses=uses_of(key.subject, key.form, key.last_day) if is_open else {},
        year_ago=year_ago,
        before=before,
        comments=_comments(row),
        number=None if row is None else row.number,
        formula=asks.formula,
    )


def values_of(key: Key) -> Mapping[str, Value]:
    """The cells that stand in the return now; nothing beside them is read."""
    return next((one.cells for one in documents_with(key, [], []) if one.begun is not None), {})


def _cell(
    line: Line,
    now: Mapping[str, Value],
    year_ago: Mapping[str, Value],
    before: Mapping[str, Value],
    marks: Mapping[str, Mapping[str, object]],
) -> EntryCell:
    code = line.code
    mark = marks.get(code) or (marks.get(ALL_ELSE, {}) if code in now else {})
    by = mark.get("by", [])
    return EntryCell(
        line,
        now.get(code),
        year_ago.get(code),
        before.get(code),
        raw=str(mark.get("raw", "")),
        src=str(mark.get("src", "")),
        by=tuple(by) if isinstance(by, list) else (),
        on_behalf=bool(mark.get("on_behalf")),
    )


def _comments(row: Begun | None) -> list[Comment]:
    """Of the last time that it was sent back, while it has not been submitted again."""
    if row is None or row.state != State.RETURNED.value:
        return []
    written = ReturnComment.objects.filter(parent=row.number).annotate(by=name_in("actor"))
    listed = written.order_by("-pk").values_list("code", "item", "text", "at", "by")
    rows = [Comment(*row) for row in listed[:200]]
    return [each for each in reversed(rows) if each.at == rows[0].at]
