"""The control figure 控制数 in force for a year: what the plan prints for it. An old limit is never carried on."""

from fractions import Fraction

from jieyue.apps.publication.rules import home_plan
from jieyue.catalog.plan import PlanIndicator


def control_in_force(code: str, year: int) -> tuple[PlanIndicator, Fraction] | None:
    """An indicator of the plan in force and its limit of the year, in its own unit: the yearly value that the
    plan prints, in its target year the target; None where nothing was issued for the year."""
    plan = home_plan()
    one = next((indicator for indicator in plan.indicators if indicator.code == code), None)
    if one is None:
        return None
    value = one.path.get(year)
    if value is None and year == plan.target_year:
        value = one.target_value
    return None if value is None else (one, value)
