"""A summary table printed above 上级印出的综合表 beside ours, cell by cell to the last digit; nothing is added up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.summaries.ledger import items_of, ledger_of
from jieyue.apps.summaries.models import TheirTable
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text, to_fixed
from jieyue.domain.summary import COLUMNS

Said = Mapping[str, Sequence[int | None]]
_NOTHING = (None,) * len(COLUMNS)


@dataclass(frozen=True)
class TableSide:
    """One cell of both tables. kind: equal, differs, theirs or ours (the only one that says something); difference:
    theirs less ours where both do."""

    item: str
    column: str
    kind: str
    theirs: str | None
    ours: str | None
    difference: str | None


@dataclass(frozen=True)
class Beside:
    """Both tables of a body; sequence: the publication that ours is as of. absent: items that the file has no row for
    and ours states."""

    sides: tuple[TableSide, ...]
    sequence: int
    absent: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Kind → how many cells."""
        kinds = [side.kind for side in self.sides]
        return {kind: kinds.count(kind) for kind in ("equal", "differs", "theirs", "ours")}

    def rows(self, kind: str = "") -> list[TableSide]:
        """The cells of a kind; empty: all that are not the same."""
        return [side for side in self.sides if (side.kind == kind if kind else side.kind != "equal")]


def beside(theirs: Said, columns: Sequence[str], body: int, form: str, period: Period) -> Beside:
    """Theirs against what is published now, in the order of our form; of the items and columns of the file alone."""
    sequence = last_done()
    ours = _ours(body, form, period, sequence)
    found = (
        _side(item.code, column, theirs[item.code][at], ours.get(item.code, _NOTHING)[at])
        for item in items_of(form, period)
        for at, column in enumerate(COLUMNS)
        if item.code in theirs and column in columns
    )
    absent = (
        code for code, cells in ours.items() if code not in theirs and any(cell is not None for cell in cells)
    )
    return Beside(tuple(side for side in found if side), sequence, tuple(absent))


def _ours(body: int, form: str, period: Period, sequence: int) -> Said:
    """Our table; empty where no return of the form was ever published."""
    try:
        found = ledger_of(body, form, period, sequence=sequence)
    except RefusedError:
        return {}
    return {line.item: line.values for line in summed(found, body).lines}


def _side(item: str, column: str, theirs: int | None, ours: int | None) -> TableSide | None:
    """None where neither says anything."""
    if theirs is None or ours is None:
        if theirs is None and ours is None:
            return None
        return TableSide(
            item, column, "ours" if theirs is None else "theirs", _text(theirs), _text(ours), None
        )
    kind = "equal" if theirs == ours else "differs"
    return TableSide(item, column, kind, _text(theirs), _text(ours), _text(theirs - ours))


def _text(value: int | None) -> str | None:
    return None if value is None else fixed_text(value)


def text_of(cells: Said) -> str:
    """The cells as they are stored."""
    said = {item: [_text(value) for value in values] for item, values in cells.items()}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def said_by(row: TheirTable) -> dict[str, list[int | None]]:
    """The stored cells in ten-thousandths."""
    stored: dict[str, list[str | None]] = json.loads(row.cells)
    return {
        item: [None if text is None else to_fixed(text)[0] for text in texts]
        for item, texts in stored.items()
    }


def beside_of(row: TheirTable) -> Beside:
    """A stored table against what is published now."""
    return beside(said_by(row), row.columns, row.body, row.form, Period.parse(row.period))


def their_table(number: int) -> TheirTable | None:
    """One of them by its number; who shows it to a person goes through the scope."""
    return TheirTable.objects.select_related("batch").filter(pk=number).first()


def their_tables() -> list[TheirTable]:
    """Those that were kept, the newest first."""
    return list(TheirTable.objects.select_related("batch").filter(kept_at__isnull=False).order_by("-pk"))
