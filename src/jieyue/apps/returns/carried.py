"""What a return begins with, on the page and in the workbook alike: stocks of the last one, and what is not used.

The last one is the newest of the twelve periods of its kind before, as it stands: published, submitted or begun.
Flows are never carried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Max

from jieyue.apps.returns.carrier_use import forced, uses_of_many
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.persons import FORMULA, Asks, asks_of_many, computed
from jieyue.apps.returns.queries import cells_by_room
from jieyue.domain.period import Period

_BACK = 12
_CHUNK = 5000
Value = tuple[int, int]
Filed = tuple[int, str]
"""Institution, and the room of a form that is filed by room (else empty)."""


@dataclass(frozen=True)
class Carried:
    """Cells to begin with. unused: those that are so by what is said of the carriers; source: the others' period.
    computed: what follows from carried counts by the authority's formula, and how."""

    cells: Mapping[str, Value]
    unused: frozenset[str] = frozenset()
    source: str = ""
    computed: Mapping[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, dict[str, str]]:
        """Cell → where its number comes from, as the mark of who entered it keeps it."""
        return {
            code: {"src": "use" if code in self.unused else f"period:{self.source}"} for code in self.cells
        } | {code: {"src": FORMULA, "raw": text} for code, text in self.computed.items()}


def carried(form: str, period: Period, institutions: Sequence[int], instance: str = "") -> dict[int, Carried]:
    """Institution → what its return of the period begins with; every one asked for is there. instance: the room."""
    found = carried_of(form, period, [(number, instance) for number in institutions])
    return {number: one for (number, _room), one in found.items()}


def carried_of(form: str, period: Period, returns: Sequence[Filed]) -> dict[Filed, Carried]:
    """The same of returns that may be of rooms; every one asked for is there."""
    rooms: dict[int, list[str]] = {}
    for number, room in returns:
        rooms.setdefault(number, []).append(room)
    institutions = list(rooms)
    asks = asks_of_many(form, period, institutions)
    uses = uses_of_many(institutions, form, period.last_day)
    found: dict[Filed, Carried] = {}
    for start in range(0, len(institutions), _CHUNK):
        part = institutions[start : start + _CHUNK]
        last = newest_before(form, period, part)
        now = cells_by_room(form, part, sorted(set(last.values())), drafts=True)
        for whose in ((number, room) for number in part for room in rooms[number]):
            number, source = whose[0], last.get(whose, "")
            sheet, said = asks[number].sheet, uses.get(number, {})
            unused = forced(sheet, said)
            before = now.get((*whose, source), {})
            kept = {
                line.code: before[line.code]
                for line in sheet.lines
                if line.code in before
                and (
                    line.kind == "stock"
                    or (before[line.code][1] == NOT_USED and line.carrier_item not in said)
                )
            }
            cells, how = _by_formula(asks[number], kept | unused)
            found[whose] = Carried(cells, frozenset(unused), source, how)
    return found


def _by_formula(asks: Asks, cells: dict[str, Value]) -> tuple[dict[str, Value], dict[str, str]]:
    """Energy users by the formula of this period; last period's number stays only where one may be typed."""
    formula = asks.formula
    if formula is None:
        return cells, {}
    found = computed(formula, cells)
    if found is not None:
        return {**cells, formula.item: found[0]}, {formula.item: found[1]}
    return {code: value for code, value in cells.items() if code != asks.computed}, {}


def newest_before(form: str, period: Period, institutions: Sequence[int]) -> dict[Filed, str]:
    """Institution and room → the newest period before that it has a return for."""
    periods = [period.previous()]
    while len(periods) < _BACK:
        periods.append(periods[-1].previous())
    rows = Return.objects.filter(
        form=form,
        subject__in=institutions,
        period__in=[str(each) for each in periods],
        subject_kind=Return.Subject.INSTITUTION,
    )
    # Texts of one kind of period sort as the periods do.
    newest = rows.order_by("subject", "instance").values_list("subject", "instance").annotate(Max("period"))
    return {(subject, room): period for subject, room, period in newest}
