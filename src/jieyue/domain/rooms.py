"""Data-centre rooms 机房 of an institution as one text: their numbers divided by 、; `0` = none; empty = unknown.

The number of a room is the instance of its return (NY202).
"""

import re

from jieyue.domain.errors import DomainError

NONE = "0"
LONGEST = 20
MOST = 50
_SPLIT = re.compile(r"[、，,;；|\n]")
_NO = frozenset({"0", "无", "没有", "否", "no", "n", "none"})
_YES = frozenset({"是", "有", "yes", "y"})


class RoomsError(DomainError):
    """A number that is too long, or too many of them."""


def room_number(said: str) -> str:
    """One number as it is kept.

    >>> room_number(" A  1 ")
    'A 1'
    """
    return " ".join(said.split())


def usable(room: str) -> bool:
    """Whether a return can be of a room with this number, as it is kept.

    >>> [usable(room) for room in ("A 1", "A  1", "", "0", "9" * 20, "9" * 21)]
    [True, False, False, False, True, False]
    """
    return room not in ("", NONE) and len(room) <= LONGEST and room == room_number(room)


def rooms_text(said: str) -> str:
    """The text as it is kept: 否 or 无 is none, 是 is one room with the number 1; order stays, repeats go.

    >>> rooms_text("1，2;A301"), rooms_text("否"), rooms_text("是"), rooms_text(" ")
    ('1、2、A301', '0', '1', '')
    """
    if said.strip().casefold() in _NO:
        return NONE
    if said.strip().casefold() in _YES:
        return "1"
    found = list(dict.fromkeys(part for part in map(room_number, _SPLIT.split(said)) if part))
    wrong = next((one for one in found if not usable(one)), "")
    if wrong or len(found) > MOST:
        raise RoomsError(
            "bad_rooms",
            zh=f"机房编号“{wrong or said[:30]}”不可用：每个至多 {LONGEST} 个字符，不能是 0，至多 {MOST} 个机房",
            en=f"the room number {wrong or said[:30]!r} cannot be used: {LONGEST} characters at most, not 0, "
            f"{MOST} rooms at most",
        )
    return "、".join(found)


def numbered(count: int) -> str:
    """So many rooms, numbered from 1.

    >>> numbered(3), numbered(0)
    ('1、2、3', '0')
    """
    return "、".join(str(number) for number in range(1, count + 1)) or NONE


def rooms_of(text: str) -> tuple[str, ...]:
    """The numbers; none where it has none or nothing is known.

    >>> rooms_of("1、A301"), rooms_of("0"), rooms_of("")
    (('1', 'A301'), (), ())
    """
    return tuple(text.split("、")) if text not in ("", NONE) else ()
