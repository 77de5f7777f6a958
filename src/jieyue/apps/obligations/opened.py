"""Which periods may be opened and seen on the board; which of a form are open, with their days and returns owed."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Min

from jieyue.apps.obligations.models import Obligation
from jieyue.domain.period import Period

#: The first year whose periods are on the board.
FIRST_YEAR: Final = 2001


def is_on_board(period: Period) -> bool:
    """Whether the board shows the period: it begins in a year from `FIRST_YEAR` to the home's present one."""
    return FIRST_YEAR <= period.year <= settings.JIEYUE_HOME.today().year


def is_any_open() -> bool:
    """Whether a period of any form was opened."""
    return Obligation.objects.exists()


@dataclass(frozen=True)
class OpenedPeriod:
    """A period that was opened: from which day it may be begun, the first and last day that it is due, how many owe."""

    period: str
    opens: date
    due: date
    latest: date
    owed: int


def opened_periods(form: str, most: int) -> list[OpenedPeriod]:
    """The newest `most` periods of the form."""
    rows = (
        Obligation.objects.filter(form=form)
        .order_by()
        .values_list("period")
        .annotate(opens=Min("opens"), first=Min("due"), last=Max("due"), owed=Count("pk"))
    )
    found = [OpenedPeriod(*row) for row in rows]
    return sorted(found, key=lambda row: Period.parse(row.period).last, reverse=True)[:most]
