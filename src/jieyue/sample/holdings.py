"""What some of the sample's institutions own, and which of them are key energy-using units.

Not every institution has registered its things. Of one that has, the vehicles are those of its stocks by drive, the
buildings have its floor area together, the data-centre rooms are those of its NY202 returns, and gas is burnt only
where its yearly return has gas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.model import HoldingRow, KeyUnitRow, ReturnsFrame
from jieyue.sample.registry import EDUCATION, HEALTH
from jieyue.sample.roster import Roster, scaled
from jieyue.sample.stocks import Stocks
from jieyue.sample.tables import SCALE

#: Of the full city so many institutions have registered what they own, in the smallest city these few.
REGISTERED, FEWEST = 1_500, 12
#: So many key units has the full city; the number of the paper says what it is.
KEY_UNITS, FEWEST_KEY = 60, 3
DOCUMENT, SUPERVISOR = "示例节能〔2024〕3号（样例数据）", "示例市节能主管部门（样例数据）"
SOURCE = "样例数据"
YEAR = 2025
_FROM, _NAMED = date(2021, 1, 1), date(2024, 3, 1)
_OFFICE = 0


@dataclass(frozen=True, slots=True)
class _Own:
    """One institution: its row in the roster, its stocks of the year, what it burns, and its own chance."""

    row: int
    kind: int
    area: int
    persons: int
    cars: dict[str, int]
    gas: bool
    draw: tuple[int, ...]

    def chance(self, place: int, bound: int) -> int:
        """A whole number below the bound, the same for the same institution and place."""
        return self.draw[place % len(self.draw)] // (1 + place // len(self.draw)) % bound


def holdings(
    roster: Roster, stocks: dict[int, Stocks], frames: Sequence[ReturnsFrame], *, seed: int
) -> list[HoldingRow]:
    """The things, by institution."""
    stream = Stream(seed, "holdings")
    year = next(frame for frame in frames if frame.form == "NY201" and frame.period == str(YEAR))
    rooms = _rooms(frames)
    gas = {code for code, value in zip(year.institutions, year.column("140").tolist(), strict=True) if value}
    found: list[HoldingRow] = []
    for row in _registered(roster, stocks[YEAR], stream, set(rooms)):
        code, own = roster.code(row), stocks[YEAR]
        petrol, diesel = int(own.petrol_cars[row]), int(own.diesel_cars[row])
        electric = int(own.new_energy_cars[row])
        other = max(0, int(own.vehicles[row]) - petrol - diesel - electric)
        one = _Own(
            row=row,
            kind=int(roster.type[row]),
            area=int(own.area[row]),
            persons=int(own.persons[row]),
            cars={"electric": electric, "petrol": petrol, "diesel": diesel, "other": other},
            gas=code in gas,
            draw=tuple(stream.below(1_000_000, 12).tolist()),
        )
        found += [HoldingRow(code, *thing, SOURCE, _FROM) for thing in _things(one)]
        found += [HoldingRow(code, *thing, SOURCE, _FROM) for thing in rooms.get(code, ())]
    return found


def key_units(roster: Roster, frames: Sequence[ReturnsFrame]) -> list[KeyUnitRow]:
    """The largest users of electricity in the year before the paper; no source gives a threshold."""
    frame = next(frame for frame in frames if frame.form == "NY201" and frame.period == "2023")
    here = {roster.code(int(row)) for row in _lasting(roster)}
    order = np.argsort(-frame.column("110"), kind="stable")
    largest = [code for code in (frame.institutions[int(place)] for place in order) if code in here]
    wanted = max(FEWEST_KEY, scaled(KEY_UNITS, roster.size))
    return [KeyUnitRow(code, DOCUMENT, SUPERVISOR, _NAMED) for code in largest[:wanted]]


def _lasting(roster: Roster) -> Ints:
    """Institutions in the count that are there all the years, each by itself."""
    whole = roster.using(_FROM) & roster.using(date(YEAR, 12, 31)) & roster.using(date(2026, 12, 31))
    apart = (roster.parent < 0) & (roster.absorber < 0) & roster.in_count
    joined = np.zeros(roster.count, dtype=bool)
    joined[roster.parent[roster.parent >= 0]] = True
    joined[roster.absorber[roster.absorber >= 0]] = True
    for span in roster.units:
        joined[[span.filer, span.member]] = True
    return np.flatnonzero(whole & apart & ~joined).astype(np.int64)


def _registered(roster: Roster, stocks: Stocks, stream: Stream, with_rooms: set[str]) -> list[int]:
    """The first few, of those with data-centre rooms up to a third, and a draw, in the roster's order."""
    rows = _lasting(roster)
    rows = rows[stocks.here[rows]]
    wanted = max(FEWEST, scaled(REGISTERED, roster.size))
    drawn = rows[stream.order(len(rows))].tolist()
    rooms = [row for row in drawn if roster.code(row) in with_rooms]
    first = [*rows[: FEWEST // 2].tolist(), *rooms[: wanted // 3], *drawn]
    return sorted(list(dict.fromkeys(first))[:wanted])


Thing = tuple[str, str, str, dict[str, Any]]


def _things(own: _Own) -> Iterator[Thing]:
    """kind, number, name, fields; numbers in ten-thousandths of the field's unit."""
    yield from _buildings(own)
    yield from _offices(own)
    yield from _canteen(own)
    yield from _cooling(own)
    yield from _boilers(own)
    yield from _vehicles(own)
    yield from _piles(own)


def _buildings(own: _Own) -> Iterator[Thing]:
    """Their floor areas are the institution's together."""
    count = min(6, 1 + own.area // 12_000)
    names = {EDUCATION: "教学楼", HEALTH: "门诊住院楼"}
    for place in range(count):
        area = own.area // count + (own.area % count if place == 0 else 0)
        fields = {
            "built_year": (1982 + own.chance(place, 36)) * SCALE,
            "storeys": max(1, min(24, area // 900)) * SCALE,
            "building_use": names.get(own.kind, "办公楼"),
            "floor_area": area * SCALE,
            "usable_area": area * 7 // 10 * SCALE,
            "online_monitoring": "yes" if area >= 20_000 else "no",
        }
        yield "building", str(place + 1), f"{place + 1}号楼", fields


def _offices(own: _Own) -> Iterator[Thing]:
    if own.kind != _OFFICE:
        return
    usable = own.area * 7 // 10
    for place, (word, share) in enumerate((("office", 55), ("service", 20), ("equipment", 10))):
        idle = word == "office" and own.chance(1, 12) == 0
        fields = {
            "space_class": word,
            "usable_area": usable * share // 100 * SCALE,
            "tenure": "own" if own.chance(2, 8) else "rented",
            "use_state": "in_use",
        }
        name = {"office": "办公室", "service": "服务用房", "equipment": "设备用房"}[word]
        yield "office_space", str(place + 1), name, fields
        if idle:
            left = {"space_class": word, "usable_area": usable * 3 // 100 * SCALE, "tenure": "own"}
            yield "office_space", "4", "闲置办公室", {**left, "use_state": "idle"}


def _canteen(own: _Own) -> Iterator[Thing]:
    if own.persons < 80:
        return
    seats = own.persons * (30 + own.chance(3, 25)) // 100
    fields = {
        "seats": seats * SCALE,
        "diners_at_once": seats * 9 // 10 * SCALE,
        "cooking_energy": ("gas", "mixed")[own.chance(4, 2)] if own.gas else "electric",
        "fume_cleaning": "yes",
        "kitchen_waste_machine": "yes" if own.chance(5, 3) == 0 else "no",
    }
    yield "canteen", "1", "职工食堂", fields


def _cooling(own: _Own) -> Iterator[Thing]:
    year = (2006 + own.chance(6, 18)) * SCALE
    if own.area >= 15_000:
        count = min(4, 1 + own.area // 30_000)
        for place in range(count):
            absorption = own.gas and own.chance(7 + place, 9) == 0
            fields: dict[str, Any] = {
                "chiller_type": "absorption" if absorption else "electric",
                "cooling_capacity": own.area * 8 // 100 // count * SCALE,
                "efficiency_grade": (1 + own.chance(8 + place, 4)) * SCALE,
                "in_use_year": year,
            }
            yield "chiller", str(place + 1), f"{place + 1}号主机", fields
        return
    units = max(2, own.area // 45)
    for place, share in enumerate((60, 40)):
        fields = {
            "quantity": max(1, units * share // 100) * SCALE,
            "rated_power": (11_000, 24_000)[place],
            "efficiency_grade": (1 + own.chance(9 + place, 3)) * SCALE,
            "in_use_year": year,
        }
        yield "split_unit", str(place + 1), ("壁挂机", "柜机")[place], fields


def _boilers(own: _Own) -> Iterator[Thing]:
    if not own.gas or (own.kind != HEALTH and own.area < 8_000):
        return
    fields = {
        "boiler_fuel": "gas",
        "boiler_use": "both" if own.kind == HEALTH else "hot_water",
        "heat_capacity": max(70, own.area * 4 // 100) * SCALE,
        "condensing": "yes" if own.chance(10, 3) == 0 else "no",
        "low_nox": "yes" if own.chance(11, 2) == 0 else "no",
    }
    yield "boiler", "1", "热水锅炉", fields


def _vehicles(own: _Own) -> Iterator[Thing]:
    """As many of each drive as the stocks have."""
    number = 0
    for drive, count in own.cars.items():
        for place in range(count):
            number += 1
            fields = {
                "vehicle_energy": drive,
                "vehicle_use": ("emergency", "confidential", "other")[(own.row + number) % 3],
                "fixed_route": "yes" if drive != "electric" and own.chance(place, 7) == 0 else "no",
            }
            yield "vehicle", str(number), f"公务用车{number}", fields


def _piles(own: _Own) -> Iterator[Thing]:
    for place in range(min(6, (own.cars["electric"] + 1) // 2)):
        fast = place % 3 == 2
        fields = {
            "current": "dc" if fast else "ac",
            "rated_power": (60 if fast else 7) * SCALE,
            "open_to_public": "yes" if own.chance(place, 5) == 0 else "no",
        }
        yield "charging_pile", str(place + 1), f"{place + 1}号桩", fields


def _rooms(frames: Sequence[ReturnsFrame]) -> dict[str, list[Thing]]:
    """Of the rooms in the returns of the year: cabinets and UPS as they say."""
    frame = next(frame for frame in frames if frame.form == "NY202" and frame.period == str(YEAR))
    racks = frame.column("210").tolist()
    ups = frame.column("230").tolist() if "230" in frame.codes else [0] * len(racks)
    found: dict[str, list[Thing]] = {}
    for place, code in enumerate(frame.institutions):
        fields = {"racks": racks[place]} | ({"ups_capacity": ups[place]} if ups[place] else {})
        room = frame.instances[place]
        found.setdefault(code, []).append(("data_centre", room, f"{room}号机房", fields))
    return found
