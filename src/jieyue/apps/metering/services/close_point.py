"""Take a metering point out of service from a day on; what was measured before stays.

It is a row of the file of meters that closes the point: judged by the same rules, stored by the same service.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from jieyue.apps.exchange.meters import CLOSED
from jieyue.apps.identity.models import User
from jieyue.apps.metering.outward import rows_of_point
from jieyue.apps.metering.services.change_point import Change, change_point, check_keeper

_SAID = ("meter", "institution", "carrier", "unit")


@dataclass(frozen=True)
class Closing:
    """day: the first on which the point is no more. last: what its meter showed last, as it is written (empty: nobody
    knows)."""

    point: int
    day: date
    reason: str
    last: str = ""


def close_point(closing: Closing, *, actor: str, by: User | None = None) -> None:
    """Store it; the worker derives again if days that are past change. by: the person whose rights count.

    Raises RefusedError, with nothing changed.
    """
    check_keeper(by)
    rows = rows_of_point(closing.point, closing.day - timedelta(days=1))
    fields = {name: rows[-1][name] for name in _SAID} | {
        "state": CLOSED,
        "valid_from": closing.day.isoformat(),
        "last_reading": closing.last,
    }
    change = Change({name: text for name, text in fields.items() if text}, closing.reason)
    change_point(change, actor=actor, by=by)
