"""What a workbook of ours was when it went out: its hidden sheet, to compare with what came back.

Whoever opens it can write anything into it, so it is only compared with: no number of it gets into a return, and it
names a row only by the texts that the file itself holds.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from jieyue.apps.exchange.reader import FileContent, text_of
from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.returns import SENT, ParsedReturns
from jieyue.apps.returns.carried import Filed
from jieyue.apps.returns.cells import NOT_USED
from jieyue.domain.quantity import to_fixed
from jieyue.domain.rooms import room_number, usable

Cells = dict[str, tuple[int, int]]
_CODE, _SAID, _ROOM = 1, 4, 5
_LONGEST = 60
#: Rows that are named one by one where they did not come back; the others are counted.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row that went out: whose it is, as the file says it, and its cells."""

    code: str
    room: str
    cells: Cells


def sent_rows(read: FileContent, codes: Collection[str]) -> dict[Filed, SentRow] | None:
    """Institution and room → what went out; None where the workbook is not ours or its sheet was tampered with.

    codes: items of the form.
    """
    sheet = next((sheet for sheet in read.sheets if sheet.name == SENT), None)
    if sheet is None:
        return None
    found: dict[Filed, SentRow] = {}
    try:
        for row in sheet.rows:
            room = room_number(text_of(row[_ROOM])) if len(row) > _ROOM else ""
            said = _cells(json.loads(text_of(row[_SAID])), codes)
            found[int(text_of(row[0])), room] = SentRow(text_of(row[_CODE])[:_LONGEST], room[:_LONGEST], said)
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    return found


def named(whose: str, room: str) -> tuple[str, str]:
    """A row for people in Chinese and in English: whose, and of which room."""
    return (f"{whose} 机房 {room}", f"{whose}, room {room}") if room else (whose, whose)


def tell_gone(parsed: ParsedReturns, sent: Mapping[Filed, SentRow], report: Report) -> None:
    """Rows that went out and are not among those that came back: their returns stay as they are.

    One that came back and was refused is told as that; where its room cannot be told, its institution's rows are not
    told as gone.
    """
    here = {
        (subject.id, room)
        for block in parsed.blocks
        for subject, room in zip(block.subjects, block.instances, strict=True)
    } | parsed.refused
    lost = {number for number, room in parsed.refused if not usable(room)}
    gone = [row for whose, row in sent.items() if whose not in here and not (row.room and whose[0] in lost)]
    for row in gone[:_NAMED]:
        chinese, english = named(row.code, row.room)
        report.add("entry_row_gone", value=row.code, whose_zh=chinese, whose_en=english)
    if len(gone) > _NAMED:
        report.add("entry_rows_gone", count=len(gone) - _NAMED)


def _cells(said: Mapping[str, Sequence[str | int | None]], codes: Collection[str]) -> Cells:
    """The cells that a row of the hidden sheet names. Raises ValueError where they are none."""
    found: Cells = {}
    for code, (value, origin) in said.items():
        if code not in codes or not isinstance(origin, int) or not 0 < origin <= NOT_USED:
            raise ValueError(code)
        if (value is None) != (origin == NOT_USED):
            raise ValueError(code)
        found[code] = (0 if value is None else to_fixed(str(value))[0], origin)
    return found
