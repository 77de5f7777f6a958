"""The data-centre rooms that an institution files returns for: those of the register on the period's last day.

Of whom the register says nothing, those that it has filed for in the twelve periods before.
"""

from collections.abc import Sequence

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import rooms_of_many
from jieyue.apps.returns.carried import newest_before
from jieyue.domain.period import Period
from jieyue.domain.rooms import usable

_CHUNK = 5000


def by_room(form: str) -> bool:
    """Whether an institution files the form once for each of its data-centre rooms."""
    return home_catalog().forms[form].instance != "none"


def known_rooms(form: str, period: Period, institutions: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Institution → its rooms; none or absent where none is known."""
    found = rooms_of_many(institutions, period.last_day)
    silent = [number for number in institutions if number not in found]
    for start in range(0, len(silent), _CHUNK):
        for number, room in sorted(newest_before(form, period, silent[start : start + _CHUNK])):
            if usable(room):
                found[number] = (*found.get(number, ()), room)
    return found
