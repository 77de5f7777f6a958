"""The unit beside a plan's numbers on a page: as the plan prints it, unless the print is wrong."""

from jieyue.apps.targets.queries import PlanStatusRow
from jieyue.catalog.plan import Plan
from jieyue.web.words import is_chinese, unit

_WORDS = {1: "", 10**4: "10⁴ ", 10**8: "10⁸ "}


def board_unit(plan: Plan, row: PlanStatusRow) -> tuple[str, str]:
    """(unit to show, printed unit where it differs from what is meant, else blank).

    A plan may print 吨/平方米 where its own totals say 千克: the number is shown in the unit that is meant.
    """
    known = next(known for known in plan.indicators if known.code == row.indicator)
    if row.unit_misprinted:
        return unit(row.unit), row.printed_unit
    if is_chinese():
        return row.printed_unit, ""
    scale = known.scale
    words = _WORDS.get(int(scale)) if scale.denominator == 1 else None
    return (row.printed_unit if words is None else f"{words}{unit(row.unit)}"), ""
