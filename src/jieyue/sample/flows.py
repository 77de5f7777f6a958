"""Energy and water of every unit in every year, exact to the city's fixed totals, and their months."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from jieyue.sample.apportion import spread
from jieyue.sample.chance import Ints, Stream, heavy_tail
from jieyue.sample.roster import Roster
from jieyue.sample.stocks import Stocks, profile_column, share_out
from jieyue.sample.tables import SCALE, YEARS, SchoolHistory, seasons

# Steps in which quantities are written on a return, in ten-thousandths of the unit.
STEP = {
    "110": 10_000,
    "120": 10_000,
    "130": 100,
    "140": 10_000,
    "105": 10_000,
    "1501": 10_000,
    "1502": 10_000,
    "1601": 10_000,
    "1602": 10_000,
    "180": 10,
    "pv_kwh": 10_000,
}
FLOWS = tuple(STEP)
# Deviation of the honest noise of a month around its season, in ten-thousandths: statistics asks ≥ 10 %.
MONTHLY_NOISE = 1_200
# From 2021 liquefied gas stands in its own item; before, it was reported in other energy.
FIRST_YEAR_OF_LPG = 2021
FIRST_YEAR_OF_PV = 2022
# Coal is given up over the years: what is left of its users, in ten-thousandths.
COAL_USERS = {
    2015: 10_000,
    2020: 7_600,
    2021: 6_900,
    2022: 6_200,
    2023: 5_500,
    2024: 4_900,
    2025: 4_400,
    2026: 4_000,
}
EDUCATION = 1


@dataclass(slots=True)
class Habits:
    """What one unit is like for good: intensities and which carriers it has [n]."""

    kwh_per_m2: Ints
    litres_per_person: Ints
    gas: Ints
    coal: Ints
    coal_rank: Ints
    lpg: Ints
    other: Ints
    pv: Ints
    litres_per_car: Ints
    litres_per_diesel: Ints
    petrol_tools: Ints
    diesel_tools: Ints


@dataclass(slots=True)
class Flows:
    """A year's flows by unit: item → [n], and by month: item → [n, 12], in ten-thousandths."""

    year: dict[str, Ints] = field(default_factory=dict)
    months: dict[str, Ints] = field(default_factory=dict)


def habits(roster: Roster, *, seed: int) -> Habits:
    """Draw the lasting habits of every unit."""
    stream = Stream(seed, "habits")
    count = roster.count

    def tail(sigma: float, scale: Ints | int) -> Ints:
        return (heavy_tail(stream.normal(count), sigma) * (scale * np.ones(count))).astype(np.int64)

    def users(share: Ints | int, amount: Ints) -> Ints:
        return np.where(stream.share(count) < share, np.maximum(amount, 1), 0)

    school = roster.school
    drawn = Habits(
        kwh_per_m2=tail(0.38, profile_column(roster, "kwh_per_m2") * 100),
        litres_per_person=tail(0.35, profile_column(roster, "m3_per_person") * 1_000),
        gas=users(
            profile_column(roster, "gas_share"), tail(0.5, profile_column(roster, "gas_tenths_per_m2") * 10)
        ),
        coal=users(
            profile_column(roster, "coal_share"), tail(0.5, profile_column(roster, "coal_kg_per_m2") * 100)
        ),
        coal_rank=stream.share(count),
        lpg=users(220, tail(0.6, 40)),
        other=users(110, tail(0.7, 30)),
        pv=users(160, tail(0.5, 900)),
        litres_per_car=tail(0.3, 2_200),
        litres_per_diesel=tail(0.35, 2_600),
        petrol_tools=users(900, tail(0.6, 25)),
        diesel_tools=users(1_300, tail(0.7, 60)),
    )
    for values in (drawn.coal, drawn.lpg, drawn.other, drawn.pv, drawn.petrol_tools, drawn.diesel_tools):
        values[school] = 0
    return drawn


def weights_of(item: str, traits: Habits, stocks: Stocks, *, year: int) -> Ints:
    """What a unit would use in the year, as whole weights [n]."""
    area, persons = stocks.area, stocks.persons
    match item:
        case "110":
            return area * traits.kwh_per_m2 // 100
        case "120":
            return persons * traits.litres_per_person // 1_000
        case "130":
            kept = traits.coal_rank < COAL_USERS[year]
            return np.where(kept, area * traits.coal // 1_000, 0)
        case "140":
            return area * traits.gas // 100
        case "105":
            return area * traits.lpg // 1_000 if year >= FIRST_YEAR_OF_LPG else np.zeros_like(area)
        case "1501":
            return stocks.petrol_cars * traits.litres_per_car
        case "1502":
            return traits.petrol_tools * (stocks.petrol_cars + 2)
        case "1601":
            return stocks.diesel_cars * traits.litres_per_diesel
        case "1602":
            return area * traits.diesel_tools // 1_000
        case "180":
            lpg = area * traits.lpg // 1_000 if year < FIRST_YEAR_OF_LPG else 0
            return area * traits.other // 1_000 + lpg
        case _:
            return area * traits.pv // 100 if year >= FIRST_YEAR_OF_PV else np.zeros_like(area)


def yearly_flows(
    roster: Roster, stocks: dict[int, Stocks], totals: dict[int, dict[str, int]], *, seed: int
) -> dict[int, Flows]:
    """Every year's flows, each carrier exact to its total; months for 2024, 2025 and 2026."""
    traits = habits(roster, seed=seed)
    drift, noise = Stream(seed, "drift"), Stream(seed, "months")
    history = SchoolHistory().periods()
    result: dict[int, Flows] = {}
    for year in YEARS:
        here = stocks[year].here
        lived = _lived(roster, year)
        raw = {}
        for item in FLOWS:
            own = weights_of(item, traits, stocks[year], year=year)
            own = own * (SCALE + drift.wobble(300, (roster.count,))) // SCALE * lived // 12
            raw[item] = np.where(here, np.maximum(own, (own > 0).astype(np.int64)), 0)
            raw[item][roster.school] = 0
        flows = Flows(year=_exact(roster, raw, totals[year], school=_school_year(history, year)))
        if year >= 2024:
            flows.months = _months(roster, flows.year, noise, year=year)
            _school_months(roster, flows, history, year=year)
        result[year] = flows
    return result


def _lived(roster: Roster, year: int) -> Ints:
    """Months of the year in which a unit used energy [n]."""
    return np.stack([_in_month(roster, year, month) for month in range(1, 13)]).sum(axis=0, dtype=np.int64)


def _in_month(roster: Roster, year: int, month: int) -> NDArray[np.bool_]:
    """Which units use energy in a month [n]: in years with returns all reorganisations fall on its first."""
    return roster.using(date(year, month, 1))


def _exact(
    roster: Roster, raw: dict[str, Ints], total: dict[str, int], *, school: dict[str, int]
) -> dict[str, Ints]:
    """Fit the weights to the city's totals; petrol and diesel are fitted as the whole of their two parts."""
    counted = roster.in_count
    result: dict[str, Ints] = {}
    for whole, parts in (("150", ("1501", "1502")), ("160", ("1601", "1602"))):
        both = np.concatenate([_some_user(raw[parts[0]], raw["110"], counted), raw[parts[1]]])
        fitted = share_out(
            total[whole] - sum(school.get(part, 0) for part in parts),
            both,
            np.concatenate([counted, counted]),
            unit=STEP[parts[0]],
        )
        result[parts[0]], result[parts[1]] = np.split(fitted, 2)
    for item in FLOWS:
        if item in result:
            continue
        if item == "pv_kwh":  # no total of its own: it is not part of the account
            result[item] = raw[item] * SCALE
        elif total.get(item, 0) == 0:
            result[item] = np.zeros(roster.count, dtype=np.int64)
        else:
            own = _some_user(raw[item], raw["110"], counted)
            result[item] = share_out(total[item] - school.get(item, 0), own, counted, unit=STEP[item])
    for item, value in school.items():
        if item in result:
            result[item][roster.school] = value
    return result


def _some_user(own: Ints, power: Ints, counted: NDArray[np.bool_]) -> Ints:
    """The weights, or in a city so small that nobody has the carrier, the largest institution as its user."""
    if own[counted].any():
        return own
    own = own.copy()
    own[int(np.argmax(np.where(counted, power, 0)))] = 1
    return own


def _school_year(history: dict[str, dict[str, int]], year: int) -> dict[str, int]:
    """The school's year: from the table, or the sum of its months; of 2026 nothing is fixed for the year."""
    if str(year) in history:
        return {item: value for item, value in history[str(year)].items() if item in FLOWS}
    months = [cells for period, cells in history.items() if period.startswith(f"{year}-")]
    return {item: sum(cells[item] for cells in months) for item in months[0] if item in FLOWS}


def _months(roster: Roster, year_flows: dict[str, Ints], noise: Stream, *, year: int) -> dict[str, Ints]:
    """Spread each year over its months by season and honest noise; months out of being get nothing."""
    school = roster.type == EDUCATION
    lived = np.stack([_in_month(roster, year, month) for month in range(1, 13)], axis=1)
    result = {}
    for item in FLOWS:
        season = np.where(
            school[:, None],
            np.array(seasons()[item, True])[None, :],
            np.array(seasons()[item, False])[None, :],
        )
        noisy = season * (SCALE + noise.wobble(MONTHLY_NOISE, (roster.count, 12))) // 100 * lived
        result[item] = spread(year_flows[item], noisy, unit=STEP[item])
    return result


def _school_months(roster: Roster, flows: Flows, history: dict[str, dict[str, int]], *, year: int) -> None:
    """Put the school's fixed months in place; its October 2026 and later are not begun."""
    for item in FLOWS:
        row = flows.months[item][roster.school]
        if year > 2024:
            row[:] = 0
        for month in range(1, 13):
            cells = history.get(f"{year}-{month:02d}")
            if cells is not None:
                row[month - 1] = cells.get(item, 0)
