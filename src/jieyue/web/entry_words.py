"""Words of the page of entry: of a cell, of where its number comes from, of a state, of how a carrier is come by."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jieyue.apps.obligations.desk import DeskCell
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.entry_sheet import EntryCell, Value
from jieyue.apps.returns.estimates import METHODS
from jieyue.apps.returns.persons import FORMULA
from jieyue.catalog.form_sheet import Line
from jieyue.domain.quantity import fixed_text
from jieyue.domain.rounding import display
from jieyue.domain.workflow import State
from jieyue.web import metered
from jieyue.web.words import MISSING_TEXT, amount_text, is_chinese, local, period_name


def cell_text(value: Value | None) -> str:
    """A cell as its input shows it."""
    if value is None:
        return ""
    return _("not used") if value[1] == NOT_USED else fixed_text(value[0])


def shown_value(value: Value | None, unit_code: str) -> str:
    """A cell to compare with."""
    if value is None:
        return MISSING_TEXT
    return _("not used") if value[1] == NOT_USED else amount_text(fixed_text(value[0]), unit_code)


def change_text(cell: EntryCell) -> str:
    """Change on the same period of last year, in per cent with one decimal; empty where either is missing or zero."""
    now, then = cell.now, cell.year_ago
    if now is None or then is None or NOT_USED in (now[1], then[1]) or not then[0]:
        return ""
    share = Fraction(now[0] - then[0], abs(then[0])) * 100
    text = display(share, 1)
    return f"+{text}%" if share > 0 else f"{text}%"


def source_text(cell: EntryCell | DeskCell) -> str:
    """Where the number comes from, if nobody simply typed it; the text as typed where it said more."""
    kind, _colon, rest = cell.src.partition(":")
    if kind == "period":
        return _("from %(period)s") % {"period": period_name(rest)}
    if kind == "sum":
        return _("sum of its parts")
    if kind == FORMULA:
        return _("by formula: %(how)s") % {"how": cell.raw}
    if kind == metered.SOURCE:
        return _("from meters")
    if kind == "estimate" and rest in METHODS:
        return _("estimate: %(how)s") % {"how": METHODS[rest][0 if is_chinese() else 1]}
    return f"= {cell.raw.lstrip('=')}" if cell.raw else ""


def line_name(line: Line) -> str:
    """The last part of a name that repeats those above it: 汽油消费量/车辆用油量/费用 → 费用."""
    name = local(line.item)
    return name.rpartition("/")[2] if line.depth and is_chinese() else name


def state_name(state: State) -> str:
    """The official words."""
    return str(_STATES[state])


_STATES = {
    State.NONE: gettext_lazy("Not begun"),
    State.DRAFT: gettext_lazy("Being entered"),
    State.SUBMITTED: gettext_lazy("Submitted"),
    State.RETURNED: gettext_lazy("Sent back"),
    State.APPROVED: gettext_lazy("Approved"),
}


def case_name(case: str) -> str:
    """How a carrier is come by, in words."""
    return {
        "metered_paid": _("own meter, own bill"),
        "metered_unpaid": _("own meter, paid by others"),
        "unmetered_paid": _("no meter, pays a share or a lump sum"),
        "unmetered_unpaid": _("no meter, paid by others"),
        "not_used": _("not used"),
    }[case]
