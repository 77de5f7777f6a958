"""The unit beside a plan's numbers on a page: as the plan prints it, unless the print is wrong."""

from fractions import Fraction

from jieyue.apps.targets.queries import PlanStatusRow
from jieyue.catalog.plan import Plan
from jieyue.web.words import is_chinese, unit

_WORDS = {1: "", 10**4: "10⁴ ", 10**8: "10⁸ "}


def board_unit(plan: Plan, row: PlanStatusRow) -> tuple[str, str]:
    """(unit to show, printed unit where it differs from what is meant, else blank).

    A plan may print 吨/平方米 where its own totals say 千克: the number is shown in the unit that is meant.
    """
    known = next(known for known in plan.indicators if known.code == row.indicator)
    shown = unit_shown(row.printed_unit, row.unit, known.scale, misprinted=row.unit_misprinted)
    return shown, row.printed_unit if row.unit_misprinted else ""


def unit_shown(printed: str, code: str, scale: Fraction, *, misprinted: bool) -> str:
    """The unit of a plan's number: as printed in Chinese, in words of the product's own in English."""
    if misprinted:
        return unit(code)
    words = _WORDS.get(int(scale)) if scale.denominator == 1 else None
    return printed if is_chinese() or words is None else f"{words}{unit(code)}"
