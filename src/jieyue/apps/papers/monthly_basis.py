"""What a bulletin's carbon and its course are measured by: the electricity factor, the year's control figure."""

from dataclasses import replace
from fractions import Fraction

from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.papers.content import Cell, Number, Status
from jieyue.apps.papers.evaluation_facts import clause_of, plan_number
from jieyue.apps.papers.numbers import derived, joined
from jieyue.apps.papers.words import printed, unit_zh
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.targets.control import control_in_force


def electricity_said(row: FigureRow, sequence: int) -> Cell:
    """The electricity factor that a figure of carbon took; nothing where the plan names no factors.

    Its source is the figure's receipt, which lists every factor.
    """
    method = run_for(row.period, sequence=sequence).method
    if method.factor_set is None:
        return ()
    if method.grid is not None:
        value, unit = method.grid.value, "千克二氧化碳/千瓦时"
        whence = f"{method.grid.year_used}年公布值" if method.grid.year_used else "指定值"
    else:
        inside = method.factor_set.values().get("electricity")
        if inside is None:
            return ()
        physical = method.factor_set.kind == "kgco2"
        value, unit = inside, "千克二氧化碳/千瓦时" if physical else "吨二氧化碳/吨标准煤"
        whence = f"{method.factor_set.row.name_zh}"
    number = derived("electricity_factor", Fraction(value), unit, 4, (row,))
    return joined("电力因子", replace(number, status=Status.FINAL), f"，取{whence}")


def control_figure(code: str, year: int) -> Number | None:
    """The year's control figure of an indicator as the plan in force prints it; None where there is none."""
    found = control_in_force(code, year)
    if found is None:
        return None
    one, value = found
    text, unit = printed(value / one.scale, 2), one.printed_unit or unit_zh(one.unit)
    return plan_number(home_plan(), text, unit, f"path({code})@{year}", clause_of(one))
