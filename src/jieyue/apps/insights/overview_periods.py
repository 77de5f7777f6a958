"""The periods that a dashboard reads, and the day on whose boundaries it compares."""

from dataclasses import dataclass

from jieyue.domain.period import Period, PeriodKind

CITY = "city"


@dataclass(frozen=True)
class Times:
    """The periods that a dashboard reads. month: the last one, None for a year and what has no months of its own."""

    period: Period

    @property
    def month(self) -> Period | None:
        if self.period.kind in (PeriodKind.YEAR, PeriodKind.HEATING_SEASON):
            return None
        return self.period.months()[-1]

    @property
    def spans(self) -> list[Period]:
        """The month and the year to it; another period of several months stands for itself."""
        if self.month is None:
            return [self.period]
        whole = to_date(self.month) if self.period == self.month else self.period
        return [self.month] if whole == self.month else [self.month, whole]

    @property
    def year(self) -> list[Period]:
        """The twelve months of the year in which the period ends."""
        year = self.period.last_day.year
        return [Period.of_month(year, month) for month in range(1, 13)]

    @property
    def over(self) -> list[Period]:
        """Those of them that are not after the period."""
        return [month for month in self.year if month.last_day <= self.period.last_day]

    @property
    def all(self) -> list[str]:
        """Every period that is read."""
        found = [*self.spans, *self.year, *map(to_date, self.over)]
        last_year = [period.previous_year() for period in [*self.spans, *self.year, *map(to_date, self.year)]]
        before = [] if self.month is None else [self.month.previous()]
        return [str(period) for period in [*found, *last_year, *before]]

    @property
    def of_parts(self) -> list[str]:
        """The periods that are read of the types and of the nodes below: the whole span, a year before, the month."""
        return [str(self.spans[-1].previous_year()), str(self.spans[-1]), str(self.spans[0])]


def to_date(month: Period) -> Period:
    """From January to the month; January is itself."""
    first = Period.of_month(month.year, 1)
    return month if month == first else Period.of_range(first, month)


def last_twelve(month: Period) -> Period:
    """The twelve months that end with one: a whole year of seasons."""
    first = month
    for _ in range(11):
        first = first.previous()
    return Period.of_range(first, month)


def boundaries_of(scope: str, period: Period) -> str | None:
    """The day on whose boundaries a node is compared; None: every period on its own, for the whole has no others."""
    return None if scope == CITY else period.last_day.isoformat()
