"""The data-centre rooms that an institution files returns for: those of the register on the period's last day.

Of whom the register says nothing, those that it has filed for in the twelve periods before. A return is begun, on the
page or by a workbook, for one of these. A file of history may also bring rooms of whom the register says nothing: it
is how a new authority's rooms come in.
"""

from collections.abc import Sequence

import numpy as np

from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.returns import ReturnBlock
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import rooms_of_many
from jieyue.apps.returns.carried import Filed, newest_before
from jieyue.apps.returns.models import Return
from jieyue.domain.period import Period
from jieyue.domain.rooms import usable

ROOM = "机房编号"
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


def unknown_rooms(
    form: str, period: Period, returns: Sequence[Filed], *, history: bool = False
) -> dict[Filed, tuple[str, ...]]:
    """Those of the returns that may not be begun, for their room is not known → the rooms that are.

    history: a room is taken as it comes of whom the register says nothing.
    """
    if not by_room(form):
        return {}
    institutions = list(dict.fromkeys(number for number, _room in returns))
    known = (
        rooms_of_many(institutions, period.last_day) if history else known_rooms(form, period, institutions)
    )
    return {
        (number, room): known.get(number, ())
        for number, room in returns
        if room not in known.get(number, ()) and not (history and number not in known)
    }


def refuse_unknown_rooms(block: ReturnBlock, report: Report) -> None:
    """Reject the rows of a file that would begin a return for a room which is not one of the register's."""
    if not by_room(block.form):
        return
    places: dict[str, dict[Filed, int]] = {}  # period → whose → place
    for place, subject in enumerate(block.subjects):
        if subject.kind != "node" and subject.id is not None:
            places.setdefault(block.periods[place], {})[subject.id, block.instances[place]] = place
    for period, mine in places.items():
        unknown = unknown_rooms(block.form, Period.parse(period), list(mine), history=True)
        for whose in unknown.keys() - _stored(block.form, period, list(unknown)):
            place = mine[whose]
            speaks = (block.origins[place] != 0) | block.clears[place]
            for row in np.unique(block.cell_rows[place][speaks]).tolist():
                refuse_unknown(report, row, whose[1], unknown[whose])


def refuse_unknown(report: Report, row: int, room: str, known: Sequence[str]) -> None:
    """Reject a row, with the rooms that are known."""
    chinese, english = listed(known)
    report.reject(row, "entry_room_unknown", column=ROOM, value=room, known_zh=chinese, known_en=english)


def listed(rooms: Sequence[str]) -> tuple[str, str]:
    """Rooms for people in Chinese and in English."""
    return "、".join(rooms) or "没有", ", ".join(rooms) or "none"


def _stored(form: str, period: str, returns: Sequence[Filed]) -> set[Filed]:
    found: set[Filed] = set()
    for start in range(0, len(returns), _CHUNK):
        part = {number for number, _room in returns[start : start + _CHUNK]}
        rows = Return.objects.filter(form=form, period=period, subject__in=part)
        found |= set(rows.values_list("subject", "instance"))
    return found
