"""Floor area, persons and vehicles of every unit in every year, exact to the city's fixed totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from jieyue.sample.apportion import apportion
from jieyue.sample.chance import Ints, Stream, heavy_tail
from jieyue.sample.roster import Roster
from jieyue.sample.tables import SCALE, YEARS, SchoolHistory, profiles

# New-energy vehicles among all, in ten-thousandths, by year.
NEW_ENERGY = {2015: 60, 2020: 420, 2021: 620, 2022: 860, 2023: 1120, 2024: 1410, 2025: 1720, 2026: 2010}
# Sizes by level (municipal, district, township, central), in hundredths.
LEVEL_SIZE = (260, 100, 55, 220)
# Of the year's growth of floor area nothing falls on most institutions: these many in 10,000 are extended.
EXTENDED = 5_000


@dataclass(frozen=True, slots=True)
class Stocks:
    """One year's stocks by unit [n]: m², persons, vehicles; ``here`` = uses energy in that year."""

    here: NDArray[np.bool_]
    area: Ints
    persons: Ints
    vehicles: Ints
    petrol_cars: Ints
    diesel_cars: Ints
    new_energy_cars: Ints


def present(roster: Roster, year: int) -> NDArray[np.bool_]:
    """Which units use energy at the beginning or the end of a year [n]."""
    return roster.using(date(year, 1, 1)) | roster.using(date(year, 12, 31))


def share_out(total: int, weights: Ints, counted: NDArray[np.bool_], *, unit: int = 1) -> Ints:
    """Apportion the city's total over what counts; what stands outside gets a like share on top [n]."""
    inside = np.where(counted, weights, 0)
    parts = apportion(total, inside, unit=unit)
    whole = int(inside.sum())
    for row in np.flatnonzero(~counted & (weights > 0)):
        parts[row] = total // unit * int(weights[row]) // whole * unit
    return parts


def profile_column(roster: Roster, name: str) -> Ints:
    """One number of each unit's profile [n]."""
    return np.array([getattr(profile, name) for profile in profiles()], dtype=np.int64)[roster.type]


def base_persons(roster: Roster, *, seed: int) -> Ints:
    """Heavy-tailed weights of persons by type and level [n], in hundredths of a person."""
    stream = Stream(seed, "persons")
    sigma = np.array([profile.persons_sigma for profile in profiles()])[roster.type]
    tail = heavy_tail(stream.normal(roster.count), sigma)
    level = np.array(LEVEL_SIZE, dtype=np.int64)[roster.level]
    weights = (tail * (profile_column(roster, "persons") * level)).astype(np.int64)
    return np.clip(weights, 600, 3_500_000)


def yearly_stocks(roster: Roster, totals: dict[int, dict[str, int]], *, seed: int) -> dict[int, Stocks]:
    """The stocks of every year of the city; ``totals`` in ten-thousandths by year and item."""
    persons_base = base_persons(roster, seed=seed)
    stream = Stream(seed, "stocks")
    per_person = profile_column(roster, "m2_per_person")
    tail = heavy_tail(stream.normal(roster.count), 0.35)
    area_base = np.clip((tail * (persons_base * per_person)).astype(np.int64) // 100, 60, 900_000)
    car_weights = _car_weights(stream, roster, persons_base)
    places = stream.share(roster.count)
    result: dict[int, Stocks] = {}
    area = np.zeros(roster.count, dtype=np.int64)
    for year in YEARS:
        here = present(roster, year)
        whole = {item: totals[year][item] // SCALE for item in ("102", "103", "104")}
        if year <= 2020:
            area = _fixed(roster, whole["102"], area_base * here, SchoolHistory().floor_area)
        else:
            area = _grow(stream, roster, here=here, before=area, base=area_base, total=whole["102"])
        moved = persons_base * (SCALE + stream.wobble(180, (roster.count,))) // SCALE
        school = _school_persons(year)
        persons = _fixed(roster, whole["103"], moved * here, school)
        cars = _fixed(roster, whole["104"], car_weights * here, SchoolHistory().vehicles)
        result[year] = _with_cars(
            roster, year, here=here, area=area, persons=persons, cars=cars, places=places
        )
    return result


def _fixed(roster: Roster, total: int, weights: Ints, school: int) -> Ints:
    """Share the total out with the school's own number taken out first."""
    weights = weights.copy()
    weights[roster.school] = 0
    parts = share_out(total - school, weights, roster.in_count)
    parts[roster.school] = school
    return parts


def _school_persons(year: int) -> int:
    history = SchoolHistory().periods()
    cells = history.get(str(year), history["2025-12"])
    return cells["103"] // SCALE


def _car_weights(stream: Stream, roster: Roster, persons: Ints) -> Ints:
    tail = heavy_tail(stream.normal(roster.count), 0.5)
    return (tail * (persons * profile_column(roster, "vehicles_per_1000"))).astype(np.int64) // 1_000 + 1


def _grow(
    stream: Stream, roster: Roster, *, here: NDArray[np.bool_], before: Ints, base: Ints, total: int
) -> Ints:
    """Last year's area, newcomers at their size, and the rest of the growth on those that were extended."""
    area = np.where(here, before, 0)
    known = here & (before > 0) & roster.in_count
    scale, whole = int(before[known].sum()), int(base[known].sum())
    fresh = here & (before == 0)
    area[fresh] = np.clip(base[fresh] * scale // whole, 60, 30_000)
    extended = known & (stream.share(roster.count) < EXTENDED)
    extended[roster.school] = False
    growth = total - int(area[roster.in_count].sum())
    weights = np.where(extended, area, 0) * (6_000 + stream.share(roster.count) * 8 // 10) // SCALE
    if not weights.any():  # only in a city of a handful of institutions
        weights = np.where(known & (np.arange(roster.count) != roster.school), area, 0)
    step = apportion(abs(growth), weights)
    return area + (step if growth >= 0 else -step)


def _with_cars(
    roster: Roster,
    year: int,
    *,
    here: NDArray[np.bool_],
    area: Ints,
    persons: Ints,
    cars: Ints,
    places: Ints,
) -> Stocks:
    """Tell the vehicles apart; a few of large fleets are of other kinds, so 104 may exceed the three."""
    new_energy = (cars * NEW_ENERGY[year] + places) // SCALE
    diesel = np.where(cars >= 3, (cars - new_energy) * (300 + places // 5) // SCALE, 0)
    other = (cars - new_energy - diesel) // 25
    petrol = cars - new_energy - diesel - other
    school = roster.school
    new_energy[school], diesel[school], petrol[school] = 1, 0, 1
    return Stocks(
        here=here,
        area=area,
        persons=persons,
        vehicles=cars,
        petrol_cars=petrol,
        diesel_cars=diesel,
        new_energy_cars=np.minimum(new_energy, cars),
    )
