"""What the sample takes from the catalog and the plan, in the few words it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from jieyue.catalog.loader import load_catalog
from jieyue.catalog.plan import Plan, load_plan
from jieyue.catalog.strict import OPEN_END
from jieyue.domain.quantity import SCALE
from jieyue.domain.rounding import round_gb8170

PLAN = "chongqing-14fyp"
KGCE_PER_TCE = 1_000
_KINDS = ("district", "county", "zone")
_CENTRE = "cq-main-central"
_STOCKS = {"102": "floor_area", "103": "persons", "104": "vehicles"}
_CARRIERS = ("110", "130", "140", "150", "160", "180")


@dataclass(frozen=True, slots=True)
class Place:
    """A region or zone: code, names, kind, whether it lies in the centre, and its days in being."""

    code: str
    short_name: str
    name_en: str
    kind: str
    central: bool
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Move:
    """Land that passed from one region to another on ``day``; extent whole, all_but or part."""

    from_code: str
    to_code: str
    day: date
    extent: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Regions, schemes, numeric items by (form, scheme), and the plan's own 2020 totals in ten-thousandths."""

    places: tuple[Place, ...]
    moves: tuple[Move, ...]
    schemes: tuple[tuple[str, date, date], ...]
    items: dict[tuple[str, str], tuple[str, ...]]
    plan_2020: dict[str, int]
    open_end: date = OPEN_END

    def place(self, code: str) -> Place:
        """The region with this code."""
        return next(place for place in self.places if place.code == code)

    def scheme_on(self, day: date) -> str:
        """The scheme in force on a day; days before the first are kept in the first."""
        held = [code for code, start, end in self.schemes if start <= day < end]
        return held[0] if held else self.schemes[0][0]


@cache
def load_facts() -> Facts:
    """Read the shipped catalog and the plan that the sample city serves."""
    catalog = load_catalog()
    places = [
        Place(
            code=region.code,
            short_name=region.short_name,
            name_en=region.name_en,
            kind=region.kind,
            central=region.subgroup == _CENTRE,
            valid_from=region.valid_from,
            valid_to=region.valid_to,
        )
        for region in catalog.regions
        if region.kind in _KINDS
    ]
    moves = [Move(row.from_code, row.to_code, row.day, row.extent) for row in catalog.region_changes]
    schemes = tuple((row.code, row.valid_from, row.valid_to) for row in catalog.schemes.values())
    items = {
        (form, scheme): tuple(
            item.code for item in catalog.items(form, scheme) if item.agg in ("flow", "stock")
        )
        for form in ("NY201", "NY202", "NY203")
        for scheme, _, _ in schemes
    }
    return Facts(
        places=tuple(sorted(places, key=lambda place: place.code)),
        moves=tuple(sorted(moves, key=lambda move: (move.from_code, move.to_code))),
        schemes=schemes,
        items=items,
        plan_2020=plan_totals(load_plan(PLAN)),
    )


def plan_totals(plan: Plan) -> dict[str, int]:
    """The plan's 2020 totals by NY201 item in ten-thousandths.

    A carrier's physical total [unit of the item] = declared energy [tce] × 1000 ÷ (kgce per carrier unit ×
    carrier units per unit of the item), rounded to 4 decimals by GB/T 8170; the coefficients are the plan's own
    set. Floor area [m²], persons, vehicles and water [m³] are as printed.
    """
    catalog = load_catalog()
    factors = catalog.factor_set(plan.method.tce_set, on=date(plan.base_year, 12, 31)).values()
    totals = {item: _stored(plan.declared[code].number.value) for item, code in _STOCKS.items()}
    water = plan.indicator("water_total_m3").base
    if water is None:
        raise ValueError(f"{plan.id} declares no water of {plan.base_year}")
    totals["120"] = _stored(water.value)
    for code in _CARRIERS:
        item = catalog.item(f"{plan.method.account_form}:{code}")
        energy = plan.declared[f"energy_{item.carrier}"].number.value
        each = factors[item.carrier] * (item.to_carrier_unit or Fraction(1))
        totals[code] = _stored(energy * KGCE_PER_TCE / each)
    return totals


def _stored(value: Fraction) -> int:
    return int(round_gb8170(value, 4) * SCALE)
