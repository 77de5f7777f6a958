"""Periods and days as numbers of months inside a question to the database.

A period belongs to whom its last day finds (docs/explanation/reorganisations.md). Counted in months the last day of
month m lies in [from, to) exactly when month(from) ≤ m < month(to), whatever days from and to are.
"""

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, ExtractMonth, ExtractYear, Length, Substr

from jieyue.domain.period import DEFAULT_SEASON, MONTHS


def _digits(start: int, count: int) -> Cast:
    return Cast(Substr("period", start, count), IntegerField())


def last_month() -> Case:
    """The last month of the column `period`, as `Period.last` counts it: year × 12 + month − 1."""
    year = _digits(1, 4) * MONTHS
    season = DEFAULT_SEASON
    over = MONTHS if season.first_month > season.last_month else 0
    return Case(
        When(period__contains="..", then=_digits(10, 4) * MONTHS + _digits(15, 2) - 1),
        When(period__contains="-Q", then=year + _digits(7, 1) * 3 - 1),
        When(period__endswith="-HS", then=year + Value(over + season.last_month - 1)),
        When(period_length=4, then=year + Value(MONTHS - 1)),
        default=year + _digits(6, 2) - 1,
        output_field=IntegerField(),
    )


def period_length() -> Length:
    """Characters of the column `period`; `last_month` asks for it by this name."""
    return Length("period")


def month_of(column: str) -> Combinable:
    """The month of a column of days, counted alike."""
    return ExtractYear(F(column)) * MONTHS + ExtractMonth(F(column)) - 1
