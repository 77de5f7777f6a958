"""Rows that close a point 停用: from the row's day on it is no more, and what its meter showed last.

A file and the page of a point are judged by the same rules here.
"""

from typing import Any, Final

from jieyue.apps.exchange.meters import MeterRow
from jieyue.apps.metering.meter_changes import About, Before, Plan, Register, can_follow, says
from jieyue.domain.quantity import fixed_text, to_fixed

_FIELDS: Final = {"step": "step_min", "rated": "rated_per_hour"}


def closing_of(row: MeterRow, about: About, register: Register, report: Any, *, restate: bool) -> Plan | None:
    """The plan of a row that closes a point; None where it is closed so already, or cannot be."""
    ended, before = register.until(row), register.before(row)
    if ended is not None:
        return _again(row, about, ended, register, report, restate=restate)
    if before is None:
        report.reject(row.row, "meter_close_unknown", column="meter", value=row.meter)
        return None
    day = str(row.valid_from)
    if before.closed is not None:
        report.reject(
            row.row,
            "meter_close_closed",
            column="valid_from",
            value=day,
            meter=row.meter,
            closed=str(before.closed),
        )
        return None
    begun = register.began(row)
    if begun is not None and row.valid_from <= begun:
        report.reject(row.row, "meter_close_early", column="valid_from", value=day, begun=str(begun))
        return None
    if not _says_what_holds(row, about, before, report):
        return None
    plan = Plan(row, before.about, register.of(row), swap=False, parent=before.parent, closes=True)
    register.say(plan, before)
    return plan


def _again(
    row: MeterRow, about: About, ended: Before, register: Register, report: Any, *, restate: bool
) -> Plan | None:
    """Of a point that is stored as closed on the very day: a repetition, or a correction of the last reading."""
    if not _says_what_holds(row, about, ended, report):
        return None
    last = None if ended.served is None or ended.served.last is None else to_fixed(ended.served.last)[0]
    if "last_reading" not in row.given or row.last_reading == last:
        report.duplicate(row.row, "duplicate_in_store")
        return None
    if not restate:
        report.reject(
            row.row, "conflict", column="last_reading", value=fixed_text(row.last_reading or 0),
            stored="" if last is None else fixed_text(last), key=f"{row.meter} {row.valid_from}",
        )  # fmt: skip
        return None
    return Plan(row, ended.about, register.of(row), False, ended.parent, mend=True, keeps=True, closes=True)


def _says_what_holds(row: MeterRow, about: About, before: Before, report: Any) -> bool:
    """Whether the row's other cells say what holds until the day, and the last reading can be."""
    if not can_follow(row, about, before, report):
        return False
    after, parent, swap = says(row, about, before)
    if (after, parent) != (before.about, before.parent) or swap:
        names = [
            name for name in About.__annotations__ if getattr(after, name) != getattr(before.about, name)
        ]
        other = "serial" if before.meter is not None and row.serial != before.meter[0] else "multiplier"
        different = next(iter(names), other if swap else "parent")
        column = _FIELDS.get(different, different)
        report.reject(row.row, "meter_close_differs", column=column, value=_text(getattr(row, column)))
        return False
    first, last = before.first, row.last_reading
    if before.about.kind == "register" and first is not None and last is not None and last < first:
        report.reject(
            row.row,
            "meter_close_below",
            column="last_reading",
            value=fixed_text(last),
            first=fixed_text(first),
        )
        return False
    return True


def _text(value: object) -> str:
    return "" if value is None else str(value)
