"""What the page of entry shows of one return: its cells, what was stated a year and a period ago, and whence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieyue.apps.returns.acting import Key, find
from jieyue.apps.returns.carrier_use import uses_of
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import Return, ReturnComment
from jieyue.apps.returns.persons import asks_of
from jieyue.apps.returns.queries import Document, documents, version_cells
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
    comments: Sequence[ReturnComment]
    number: int | None = None
    formula: PersonsFormula | None = None

    @property
    def values(self) -> dict[str, Value]:
        """The cells that stand there now."""
        return {cell.line.code: cell.now for cell in self.cells if cell.now is not None}


def entry_sheet(key: Key, beside: Sequence[Document] | None = None) -> EntrySheet:
    """The return, whoever asks; the caller has made sure that it is his to see. Raises UnknownRuleError.

    beside: the institution's returns of this year and the last, where they are read already.
    """
    period = Period.parse(key.period)
    year_ago, before = str(period.previous_year()), str(period.previous())
    row = find(key)
    now = _now(row, beside or ())
    if beside is None:
        beside = documents([key.form], [key.subject], {year_ago, before})
    earlier = {
        one.period: one.cells for one in beside if (one.form, one.instance) == (key.form, key.instance)
    }
    asks = asks_of(key)
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
                now,
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
        number=None if row is None else row.pk,
        formula=asks.formula,
    )


def values_of(key: Key) -> Mapping[str, Value]:
    """The cells that stand in the return now; nothing beside them is read."""
    return _now(find(key), ())


def _now(row: Return | None, beside: Sequence[Document]) -> Mapping[str, Value]:
    if row is None:
        return {}
    if row.draft or row.current is None:
        return parse(row.draft)
    read = (one.cells for one in beside if one.version == row.current)
    return next(read, None) or version_cells(row.current)


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


def _comments(row: Return | None) -> list[ReturnComment]:
    """Of the last time that it was sent back, while it has not been submitted again."""
    if row is None or row.state != State.RETURNED.value:
        return []
    rows = list(ReturnComment.objects.filter(parent=row).order_by("-pk")[:200])
    return [each for each in reversed(rows) if each.at == rows[0].at]
