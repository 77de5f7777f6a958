"""Planted mistakes with their labels: only in monthly returns, so that no yearly figure moves.

Each institution carries at most one mistake. The rules that are to find them must not read this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.model import APPROVED, RETURNED, SUBMITTED, ReturnsFrame
from jieyue.sample.roster import Roster, scaled
from jieyue.sample.states import IN_WORK, SectionDesk

YUAN_PER_WAN = 10_000
KWH_PER_MWH = 1_000
# How many of each kind in the full city.
COUNTS = {
    "missing_months": 60,
    "yuan_wan": 60,
    "kwh_mwh": 60,
    "copied_period": 60,
    "copied_institution": 60,
    "jumped_persons": 40,
    "jumped_area": 40,
    "double_counted_member": 20,
}
DOUBLE_MONTHS = ("2026-05", "2026-06", "2026-07")
WHOLE_RETURN = "*"
STOCKS = ("101", "102", "103", "1031", "104", "1041", "1042", "1043", "106", "190", "191", "192")
_SEEN = (APPROVED, SUBMITTED, RETURNED)
_SCHEMA = {
    "institution": pl.String,
    "period": pl.String,
    "item": pl.String,
    "kind": pl.String,
    "true_value": pl.Int64,
    "planted_value": pl.Int64,
    "source": pl.String,
}


@dataclass(slots=True)
class Ledger:
    """The months' frames while mistakes are put in, and the list of what was put in."""

    frames: dict[str, ReturnsFrame]
    rows: dict[str, Ints]
    removed: dict[str, set[int]] = field(default_factory=dict)
    planted: list[dict[str, Any]] = field(default_factory=list)

    def place_of(self, period: str, row: int) -> int | None:
        """Where an institution's return stands in the frame of a period, if it has one that was sent."""
        rows = self.rows[period]
        place = int(np.searchsorted(rows, row))
        if place == len(rows) or rows[place] != row or self.frames[period].states[place] not in _SEEN:
            return None
        return place

    def note(self, frame: ReturnsFrame, place: int, kind: str, **what: Any) -> None:
        """Write one label."""
        self.planted.append(
            {
                "institution": frame.institutions[place],
                "period": frame.period,
                "kind": kind,
                "source": "",
                **what,
            }
        )

    def overwrite(
        self, period: str, place: int, code: str, kind: str, value: int, *, source: str = ""
    ) -> None:
        """Put a wrong value in a cell and label it; a cell that would not change is left alone."""
        frame = self.frames[period]
        column = frame.codes.index(code)
        true = int(frame.values[place, column])
        if true == value:
            return
        frame.values[place, column] = value
        self.note(frame, place, kind, item=code, true_value=true, planted_value=value, source=source)


def plant(ledger: Ledger, roster: Roster, desk: SectionDesk, *, seed: int) -> None:
    """Put every mistake in but the double-counted members, which are returns too many (see ``doubles``)."""
    stream = Stream(seed, "mistakes")
    pool = [int(row) for row in stream.order(roster.size) if not roster.special[row]]
    periods = [period for period in ledger.frames if period > "2024-11"]
    for kind, full in COUNTS.items():
        if kind == "double_counted_member":
            continue
        for _ in range(scaled(full, roster.size)):
            _one(ledger, roster, kind, pool, periods[int(stream.below(len(periods), 1)[0])])
    if desk.explained:
        free = [int(place) for place in desk.submitted if int(place) not in desk.explained]
        _section_mistakes(ledger, stream, free)


def _one(ledger: Ledger, roster: Roster, kind: str, pool: list[int], period: str) -> None:
    """Give one mistake to the next institution that can have it."""
    for index, row in enumerate(pool):
        place = ledger.place_of(period, row)
        if place is None or not _carries(ledger.frames[period], place, kind):
            continue
        donor = _donor(ledger, roster, pool, row, period) if kind == "copied_institution" else None
        if kind == "copied_institution" and donor is None:
            continue
        del pool[index]
        if donor is not None:
            pool.remove(donor)
        _apply(ledger, kind, row, period, place, donor=donor)
        return


def _carries(frame: ReturnsFrame, place: int, kind: str) -> bool:
    """Money and power mistakes need a number large enough to be seen as wrong."""
    if kind == "yuan_wan":
        return bool(frame.column("111")[place] >= 1_000 * 10_000)
    if kind == "kwh_mwh":
        return bool(frame.column("110")[place] >= 1_000 * 10_000)
    return True


def _donor(ledger: Ledger, roster: Roster, pool: list[int], row: int, period: str) -> int | None:
    """Another institution of the same type and region whose return can be copied."""
    for other in pool:
        same = roster.type[other] == roster.type[row] and roster.region[other] == roster.region[row]
        if other != row and same and ledger.place_of(period, other) is not None:
            return other
    return None


def _apply(ledger: Ledger, kind: str, row: int, period: str, place: int, *, donor: int | None) -> None:
    frame = ledger.frames[period]
    if kind == "missing_months":
        _leave_out(ledger, row, period)
    elif kind == "yuan_wan":
        ledger.overwrite(period, place, "111", kind, int(frame.column("111")[place]) // YUAN_PER_WAN)
    elif kind == "kwh_mwh":
        ledger.overwrite(period, place, "110", kind, int(frame.column("110")[place]) // KWH_PER_MWH)
    elif kind == "jumped_persons":
        ledger.overwrite(period, place, "103", kind, int(frame.column("103")[place]) * (10 if row % 2 else 2))
    elif kind == "jumped_area":
        ledger.overwrite(period, place, "102", kind, int(frame.column("102")[place]) * (10 if row % 2 else 3))
    elif kind == "copied_period":
        before = _month_before(period)
        _copy(ledger, kind, period, place, from_period=before, from_row=row)
    elif donor is not None:
        _copy(ledger, kind, period, place, from_period=period, from_row=donor)


def _leave_out(ledger: Ledger, row: int, period: str) -> None:
    """Leave one to three months running out, as far as the institution has returns in them."""
    periods = list(ledger.frames)
    first = periods.index(period)
    for name in periods[first : first + 1 + row % 3]:
        place = ledger.place_of(name, row)
        if place is not None:
            ledger.removed.setdefault(name, set()).add(place)
            label = {"item": WHOLE_RETURN, "true_value": None, "planted_value": None}
            ledger.note(ledger.frames[name], place, "missing_months", **label)


def _copy(ledger: Ledger, kind: str, period: str, place: int, *, from_period: str, from_row: int) -> None:
    """Copy every flow and its money, origins included, from another return."""
    model, frame = ledger.frames[from_period], ledger.frames[period]
    other = ledger.place_of(from_period, from_row)
    if other is None:
        raise ValueError(f"{kind}: row {from_row} has no return in {from_period}")
    source = from_period if kind == "copied_period" else model.institutions[other]
    for code in frame.codes:
        if code in STOCKS or code not in model.codes:
            continue
        ledger.overwrite(period, place, code, kind, int(model.column(code)[other]), source=source)
        frame.origins[place, frame.codes.index(code)] = model.origins[other, model.codes.index(code)]


def _month_before(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"


def _section_mistakes(ledger: Ledger, stream: Stream, free: list[int]) -> None:
    """The section chief's three: one yuan/10⁴ yuan, one kWh/MWh, one copy of September."""
    order = [free[int(index)] for index in stream.order(len(free))]
    frame, rows = ledger.frames[IN_WORK], ledger.rows[IN_WORK]
    for kind in ("yuan_wan", "kwh_mwh", "copied_period"):
        place = next(place for place in order if _carries(frame, place, kind))
        order.remove(place)
        _apply(ledger, kind, int(rows[place]), IN_WORK, place, donor=None)


def doubled_members(roster: Roster, *, seed: int) -> list[int]:
    """Members of compounds, outside the section, that also file for themselves in three months of 2026."""
    members = [span.member for span in roster.units if span.kind == "compound" and span.valid_to.year == 9999]
    members = [row for row in members if not roster.section[row]]
    order = Stream(seed, "doubled").order(len(members))
    return sorted(
        members[int(index)] for index in order[: scaled(COUNTS["double_counted_member"], roster.size)]
    )


def label_double(ledger: Ledger, frame: ReturnsFrame, place: int, filer: str) -> None:
    """Label every number of a return that should not exist: its true value is none."""
    for column, code in enumerate(frame.codes):
        value = int(frame.values[place, column])
        if value:
            what = {"item": code, "true_value": None, "planted_value": value, "source": filer}
            ledger.note(frame, place, "double_counted_member", **what)


def planted_frame(ledger: Ledger) -> pl.DataFrame:
    """The labels in the order of period, institution and item."""
    return pl.DataFrame(ledger.planted, schema=_SCHEMA).sort("period", "institution", "kind", "item")
