"""Returns of NY201: units added up into the returns that hold them, with costs, origins and stocks."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.facts import Facts
from jieyue.sample.flows import FLOWS, Flows
from jieyue.sample.model import APPROVED, BILLED, ESTIMATED, METERED, NOT_USED, TYPED, ReturnsFrame
from jieyue.sample.roster import Roster
from jieyue.sample.stocks import Stocks
from jieyue.sample.tables import SCALE, Price, SchoolHistory, prices
from jieyue.sample.units import filers

EDUCATION, HEALTH = 1, 4
# Staff among energy users by type, in hundredths (schools: teachers; hospitals: staff beside visitors).
STAFF_SHARE = {EDUCATION: 8, HEALTH: 62}
MONTHS = tuple((2024, month) for month in (11, 12)) + tuple(
    (year, month) for year in (2025, 2026) for month in range(1, 13) if (year, month) <= (2026, 10)
)
SUMS = {"150": ("1501", "1502"), "151": ("1511", "1512"), "160": ("1601", "1602"), "161": ("1611", "1612")}
PAID_ELSEWHERE = ("110", "120")
# A month's price strays this far from the year's, in ten-thousandths.
PRICE_NOISE = 250


@dataclass(slots=True)
class Traits:
    """What a filing institution's returns have for good [n over all institutions]."""

    origins: dict[str, NDArray[np.uint8]]
    unpaid: dict[str, NDArray[np.bool_]]
    price: dict[str, Ints]
    land: Ints
    collectors: Ints
    heat_pump: Ints


@dataclass(slots=True)
class Sheet:
    """One period's columns before they are put together: rows = filing institutions."""

    rows: Ints
    values: dict[str, Ints]


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def draw_traits(roster: Roster, *, seed: int) -> Traits:
    """Draw origins, prices and the minor stocks."""
    stream = Stream(seed, "returns")
    count = roster.count
    origins, unpaid, price = {}, {}, {}
    for row in prices():
        price[row.item] = row.low + (row.high - row.low) * stream.share(count) // SCALE
        drawn = stream.share(count)
        if row.item in PAID_ELSEWHERE:
            kind = np.select(
                [drawn < 6_200, drawn < 7_600, drawn < 9_700], [BILLED, METERED, TYPED], ESTIMATED
            )
            # The four cases of metering and payment: what nobody bills to the institution is paid elsewhere.
            free = (drawn >= 7_550) & (drawn < 7_600) | (drawn >= 9_950)
        else:
            kind = np.select([drawn < 4_500, drawn < 9_700], [BILLED, TYPED], ESTIMATED)
            free = np.zeros(count, dtype=bool)
        free[roster.school] = False
        kind[roster.school] = BILLED
        origins[row.item] = kind.astype(np.uint8)
        unpaid[row.item] = free
    origins["pv_kwh"] = np.full(count, METERED, dtype=np.uint8)
    return Traits(
        origins=origins,
        unpaid=unpaid,
        price=price,
        land=12_000 + stream.share(count) * 2,
        collectors=np.where(stream.share(count) < 130, 40, 0),
        heat_pump=np.where(stream.share(count) < 40, 12, 0),
    )


def add_up(target: Ints, own: Ints, count: int) -> Ints:
    """Add each unit's number to the institution whose return holds it (target -1: nobody) [count]."""
    whole = np.zeros(count, dtype=np.int64)
    held = target >= 0
    np.add.at(whole, target[held], own[held])
    return whole


def stock_values(
    roster: Roster, traits: Traits, stocks: Stocks, persons: Ints, target: Ints
) -> dict[str, Ints]:
    """The stock items of the returns, in ten-thousandths [n over all institutions]."""
    count = roster.count
    area = add_up(target, stocks.area, count)
    people = add_up(target, persons, count)
    share = np.full(count, 78, dtype=np.int64)
    for kind, staff in STAFF_SHARE.items():
        share[roster.type == kind] = staff
    new_energy = add_up(target, stocks.new_energy_cars, count)
    plain = {
        "101": area * traits.land // SCALE,
        "102": area,
        "103": people,
        "1031": np.maximum(people * share // 100, 1),
        "104": add_up(target, stocks.vehicles, count),
        "1041": add_up(target, stocks.petrol_cars, count),
        "1042": add_up(target, stocks.diesel_cars, count),
        "1043": new_energy,
        "106": (new_energy + 1) // 2,
        "190": area * traits.collectors // 4_000,
        "192": area * traits.heat_pump // 400,
    }
    return {item: values * SCALE for item, values in plain.items()}


def monthly_sheets(
    roster: Roster, traits: Traits, stocks: dict[int, Stocks], flows: dict[int, Flows], *, seed: int
) -> dict[str, Sheet]:
    """The clean sheets of every month, without any planted mistake."""
    stream = Stream(seed, "monthly prices")
    result = {}
    for year, month in MONTHS:
        day = last_day(year, month)
        target = np.where(roster.using(day), filers(roster, roster.units, day), -1)
        noise = stream.wobble(PRICE_NOISE, (len(prices()), roster.count))
        months = (year, month)
        result[f"{year}-{month:02d}"] = month_sheet(
            roster, traits, stocks, flows, target, months=months, noise=noise
        )
    return result


def month_sheet(
    roster: Roster,
    traits: Traits,
    stocks: dict[int, Stocks],
    flows: dict[int, Flows],
    target: Ints,
    *,
    months: tuple[int, int],
    noise: Ints,
) -> Sheet:
    """One month's sheet with each unit added to the return that ``target`` names (-1: to none).

    ``noise`` [prices, n] in ten-thousandths around the year's price.
    """
    year, month = months
    values = stock_values(
        roster, traits, stocks[year], _persons(roster, stocks, year=year, month=month), target
    )
    values |= _pv_capacity(roster, flows[year], target)
    for item in FLOWS:
        values[item] = add_up(target, flows[year].months[item][:, month - 1], roster.count)
    for price, around in zip(prices(), noise, strict=True):
        values[price.cost] = cost_of(values[price.item], traits, price, year=year, noise=SCALE + around)
    _school_costs(roster, values, SchoolHistory().periods().get(f"{year}-{month:02d}"))
    return Sheet(rows=np.unique(target[target >= 0]), values=values)


def yearly_sheets(
    roster: Roster,
    traits: Traits,
    stocks: dict[int, Stocks],
    flows: dict[int, Flows],
    months: dict[str, Sheet],
) -> dict[str, Sheet]:
    """The sheets of the years; the money of 2025 is the sum of its twelve clean months."""
    history = SchoolHistory().periods()
    result = {}
    for year in (2015, 2020, 2021, 2022, 2023, 2024, 2025):
        day = date(year, 12, 31)
        target = np.where(roster.using(day), filers(roster, roster.units, day), -1)
        values = stock_values(roster, traits, stocks[year], stocks[year].persons, target)
        values |= _pv_capacity(roster, flows[year], target)
        for item in FLOWS:
            values[item] = add_up(target, flows[year].year[item], roster.count)
        for price in prices():
            if year == 2025:
                parts = [months[f"2025-{month:02d}"].values[price.cost] for month in range(1, 13)]
                values[price.cost] = np.sum(np.stack(parts), axis=0)
            else:
                values[price.cost] = cost_of(values[price.item], traits, price, year=year, noise=None)
        if year != 2025:
            _school_costs(roster, values, history.get(str(year)))
        result[str(year)] = Sheet(rows=np.unique(target[target >= 0]), values=values)
    return result


def cost_of(quantity: Ints, traits: Traits, price: Price, *, year: int, noise: Ints | None) -> Ints:
    """Money for a quantity, rounded to 0.01 yuan, in ten-thousandths; 0 where somebody else pays [n]."""
    each = traits.price[price.item] * price.years[year] // SCALE
    if noise is not None:
        each = each * noise // SCALE
    money = (quantity * each + 500_000) // 1_000_000 * 100
    return np.where(traits.unpaid[price.item], 0, money)


def _persons(roster: Roster, stocks: dict[int, Stocks], *, year: int, month: int) -> Ints:
    """Schools take new pupils in in September; until then they have last year's number."""
    now, before = stocks[year].persons, stocks[year - 1].persons
    old = (roster.type == EDUCATION) & (month < 9) & (before > 0)
    return np.where(old, before, now)


def _pv_capacity(roster: Roster, flows: Flows, target: Ints) -> dict[str, Ints]:
    """Installed kW from the year's generation at 850 full-load hours, an assumption of the sample."""
    yearly = add_up(target, flows.year["pv_kwh"], roster.count)
    return {"191": yearly // SCALE // 850 * SCALE + np.where(yearly > 0, SCALE, 0)}


def _school_costs(roster: Roster, values: dict[str, Ints], cells: dict[str, int] | None) -> None:
    if cells is not None:
        for item in ("111", "121", "141", "1511"):
            values[item][roster.school] = cells[item]


def put_together(
    roster: Roster, traits: Traits, facts: Facts, sheet: Sheet, *, period: str, day: date
) -> ReturnsFrame:
    """The frame of one period: columns in the catalog's order, origins beside the values."""
    values = dict(sheet.values)
    for whole, parts in SUMS.items():
        values[whole] = values[parts[0]] + values[parts[1]]
    scheme = facts.scheme_on(day)
    codes = tuple(code for code in facts.items["NY201", scheme] if code in values or code in ("170", "171"))
    rows = sheet.rows
    table = np.zeros((len(rows), len(codes)), dtype=np.int64)
    origins = np.full((len(rows), len(codes)), NOT_USED, dtype=np.uint8)
    for place, code in enumerate(codes):
        if code in values:
            table[:, place] = values[code][rows]
            origins[:, place] = _origin(code, traits, rows, table[:, place])
    return ReturnsFrame(
        form="NY201",
        scheme=scheme,
        period=period,
        codes=codes,
        institutions=tuple(roster.code(int(row)) for row in rows),
        instances=("",) * len(rows),
        values=table,
        origins=origins,
        states=np.full(len(rows), APPROVED),
    )


_ALWAYS = ("101", "102", "103", "1031", "104", "1041", "1042", "1043")
_COST_ITEM = {price.cost: price.item for price in prices()} | {"151": "1501", "161": "1601"}


def _origin(code: str, traits: Traits, rows: Ints, values: Ints) -> NDArray[np.uint8]:
    """Stocks are typed even at 0; a carrier that is not there is not used; money is as the quantity, at best
    billed."""
    if code in _ALWAYS:
        return np.full(len(rows), TYPED, dtype=np.uint8)
    item = {"150": "1501", "160": "1601"}.get(code, _COST_ITEM.get(code, code))
    kind = traits.origins.get(item)
    origin = np.full(len(rows), TYPED, dtype=np.uint8) if kind is None else kind[rows]
    if code in _COST_ITEM:
        origin = np.where(origin == ESTIMATED, BILLED, np.where(origin == METERED, TYPED, origin))
    return np.where(values > 0, origin, NOT_USED).astype(np.uint8)
