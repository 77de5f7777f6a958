"""The deterministic sample city 示例市: synthetic from end to end, its totals fixed and documented.

What is fixed, which cases it holds and which mistakes are planted: docs/reference/sample-city.md.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from jieyue.sample.cases import build_cases
from jieyue.sample.chance import Ints, Stream
from jieyue.sample.declared import declared_frame
from jieyue.sample.facts import Facts, load_facts
from jieyue.sample.flows import Flows, yearly_flows
from jieyue.sample.frames import (
    PRICE_NOISE,
    Sheet,
    Traits,
    draw_traits,
    last_day,
    month_sheet,
    monthly_sheets,
    put_together,
    yearly_sheets,
)
from jieyue.sample.holdings import holdings, key_units
from jieyue.sample.mistakes import DOUBLE_MONTHS, Ledger, doubled_members, label_double, plant, planted_frame
from jieyue.sample.model import FULL_SIZE, SEED, ReturnsFrame, SampleCity
from jieyue.sample.nodes import build_nodes
from jieyue.sample.registry import count_by_type, institutions_frame, memberships_frame, names_of
from jieyue.sample.rooms import heating_frames, room_frames
from jieyue.sample.roster import Roster, build_roster
from jieyue.sample.states import IN_WORK, set_states
from jieyue.sample.stocks import Stocks, yearly_stocks
from jieyue.sample.tables import SCALE, fixed_totals, prices
from jieyue.sample.units import filers

SMALLEST = 50
_STOCKS = ("102", "103", "104")


def build(institutions: int = FULL_SIZE, *, seed: int = SEED) -> SampleCity:
    """Build the city of so many institutions in count at the end of 2020.

    The full city has 16,685 and the documented totals; a smaller one has each total in proportion, rounded
    down. The same arguments give the same city, byte for byte, on every machine. Raises ValueError below 50.
    """
    if institutions < SMALLEST:
        raise ValueError(
            f"示例城市至少 {SMALLEST} 家机构（收到 {institutions}） / "
            f"the sample city needs at least {SMALLEST} institutions, not {institutions}"
        )
    facts = load_facts()
    targets = targets_for(institutions, facts)
    roster = build_roster(facts, institutions, seed=seed)
    stocks = yearly_stocks(roster, targets, seed=seed)
    flows = yearly_flows(roster, stocks, targets, seed=seed)
    traits = draw_traits(roster, seed=seed)
    months = monthly_sheets(roster, traits, stocks, flows, seed=seed)
    years = yearly_sheets(roster, traits, stocks, flows, months)
    yearly = [
        put_together(roster, traits, facts, sheet, period=period, day=date(int(period), 12, 31))
        for period, sheet in years.items()
    ]
    totals = _totals(roster, years, yearly)
    _check(totals, targets)
    ledger = _ledger(roster, traits, facts, months)
    desk = set_states(roster, ledger.frames[IN_WORK], ledger.rows[IN_WORK], seed=seed)
    plant(ledger, roster, desk, seed=seed)
    doubled = doubled_members(roster, seed=seed)
    extra = _doubles(roster, traits, facts, stocks, flows, doubled=doubled, seed=seed)
    cases = build_cases(roster, ledger, desk, doubled)
    monthly = _finish(roster, ledger, extra)
    parts = room_frames(roster, facts, years, months, seed=seed)
    parts += heating_frames(roster, facts, years, months, seed=seed)
    memberships = memberships_frame(roster, facts)
    frames = tuple(sorted([*yearly, *monthly, *parts], key=_order))
    frame_2024 = next(frame for frame in yearly if frame.period == "2024")
    return SampleCity(
        size=institutions,
        seed=seed,
        nodes=build_nodes(facts),
        institutions=institutions_frame(roster, stocks, names_of(roster, facts)),
        memberships=memberships,
        declared=declared_frame(targets[2020], frame_2024, memberships),
        planted=planted_frame(ledger),
        totals=totals,
        counts={year: count_by_type(roster, date(year, 12, 31)) for year in totals},
        cases=cases,
        holdings=holdings(roster, stocks, frames, seed=seed),
        key_units=key_units(roster, frames),
        frames=frames,
    )


def targets_for(size: int, facts: Facts) -> dict[int, dict[str, int]]:
    """The totals that a city of ``size`` is fitted to, in ten-thousandths: the full city's in proportion."""
    full = fixed_totals() | {2020: facts.plan_2020}
    if size == FULL_SIZE:
        return full
    return {
        year: {
            item: value
            * size
            // FULL_SIZE
            // (SCALE if item in _STOCKS else 1)
            * (SCALE if item in _STOCKS else 1)
            for item, value in items.items()
        }
        for year, items in full.items()
    }


def _totals(roster: Roster, years: dict[str, Sheet], frames: list[ReturnsFrame]) -> dict[int, dict[str, int]]:
    """Sums of every item over the yearly returns of institutions in count."""
    result = {}
    for sheet, frame in zip(years.values(), frames, strict=True):
        counted = roster.in_count[sheet.rows]
        sums = frame.values[counted].sum(axis=0)
        result[int(frame.period)] = {code: int(value) for code, value in zip(frame.codes, sums, strict=True)}
    return result


def _check(totals: dict[int, dict[str, int]], targets: dict[int, dict[str, int]]) -> None:
    """The invariant of the whole sample: every fixed total is met to the last digit."""
    for year, items in totals.items():
        for item, value in targets[year].items():
            if items[item] != value:
                raise AssertionError(f"{year} {item}: {items[item]} instead of {value}")


def _ledger(roster: Roster, traits: Traits, facts: Facts, months: dict[str, Sheet]) -> Ledger:
    frames = {
        period: put_together(
            roster, traits, facts, sheet, period=period, day=last_day(int(period[:4]), int(period[5:]))
        )
        for period, sheet in months.items()
    }
    return Ledger(frames=frames, rows={period: sheet.rows for period, sheet in months.items()})


def _doubles(
    roster: Roster,
    traits: Traits,
    facts: Facts,
    stocks: dict[int, Stocks],
    flows: dict[int, Flows],
    *,
    doubled: list[int],
    seed: int,
) -> dict[str, ReturnsFrame]:
    """The returns that members of compounds should not have filed."""
    stream = Stream(seed, "doubled prices")
    target: Ints = np.full(roster.count, -1, dtype=np.int64)
    target[doubled] = doubled
    result = {}
    for period in DOUBLE_MONTHS:
        when = (int(period[:4]), int(period[5:]))
        noise = stream.wobble(PRICE_NOISE, (len(prices()), roster.count))
        sheet = month_sheet(roster, traits, stocks, flows, target, months=when, noise=noise)
        result[period] = put_together(roster, traits, facts, sheet, period=period, day=last_day(*when))
    return result


def _finish(roster: Roster, ledger: Ledger, extra: dict[str, ReturnsFrame]) -> list[ReturnsFrame]:
    """The months as stored: without the missing returns, with those that are too many."""
    result = []
    for period, frame in ledger.frames.items():
        kept = np.ones(len(frame.institutions), dtype=bool)
        kept[sorted(ledger.removed.get(period, ()))] = False
        parts = [_rows(frame, np.flatnonzero(kept))]
        if period in extra:
            more = extra[period]
            day = date(int(period[:4]), int(period[5:]), 1)
            held = filers(roster, roster.units, day)
            for place, code in enumerate(more.institutions):
                label_double(ledger, more, place, roster.code(int(held[int(code[1:]) - 1])))
            parts.append(more)
        result.append(_joined(parts))
    return result


def _rows(frame: ReturnsFrame, places: Ints) -> ReturnsFrame:
    return replace(
        frame,
        institutions=tuple(frame.institutions[int(place)] for place in places),
        instances=tuple(frame.instances[int(place)] for place in places),
        values=frame.values[places],
        origins=frame.origins[places],
        states=frame.states[places],
    )


def _joined(parts: list[ReturnsFrame]) -> ReturnsFrame:
    if len(parts) == 1:
        return parts[0]
    whole = replace(
        parts[0],
        institutions=tuple(code for part in parts for code in part.institutions),
        instances=tuple(name for part in parts for name in part.instances),
        values=np.concatenate([part.values for part in parts]),
        origins=np.concatenate([part.origins for part in parts]),
        states=np.concatenate([part.states for part in parts]),
    )
    return _rows(whole, np.argsort(np.array(whole.institutions), kind="stable"))


def _order(frame: ReturnsFrame) -> tuple[str, str, str]:
    """By last month, months before the year that they make up, then by form."""
    season = frame.period.endswith("-HS")
    end = (
        f"{int(frame.period[:4]) + 1}-03"
        if season
        else frame.period
        if "-" in frame.period
        else f"{frame.period}-12"
    )
    return end, "Y" if len(frame.period) == 4 else "M", frame.form
