"""What both sides of `city` and `nation` must agree on: figures of every scope, in plain arithmetic.

A floor gives totals by scope; here they become the figures that the product gives, by fractions and with the
catalog's coefficients, and both are told as one digest and a few figures to look at.
"""

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

CARRIERS = {
    "110": "electricity", "130": "raw_coal", "140": "natural_gas", "105": "lpg", "150": "petrol", "160": "diesel",
    "170": "heat", "180": "other",
}  # fmt: skip
COSTS = {"110": "111", "120": "121", "130": "131", "140": "141", "105": "1051", "150": "151", "160": "161",
         "170": "171", "180": "181"}  # fmt: skip
ORIGINS = {1: "metered", 2: "billed", 3: "typed"}
FIGURES = (
    "institutions", "completeness", "floor_area_m2", "persons", "vehicles", "energy_total_tce",
    "energy_total_per_area_kgce_m2", "energy_per_person_kgce", "water_total_m3", "water_per_person_m3",
    "energy_cost_yuan", "water_cost_yuan", "electricity_per_area_kwh_m2", "fuel_per_vehicle_l",
    *(f"unit_price_{carrier}" for carrier in CARRIERS.values()),
    *(f"evidence_share_{origin}" for origin in ORIGINS.values()),
)  # fmt: skip

Figures = Mapping[tuple[str, str], Fraction | None]


def of_frame(frame: Any, plan: Any) -> dict[str, Any]:
    """The figures of the product's frame. Its share of the work ended before."""
    wanted = set(FIGURES)
    found = {(f.scope, f.indicator): f.value for f in frame.figures() if f.indicator in wanted}
    return told(found)


def of_totals(rows: Iterable[Mapping[str, Any]], days: int) -> dict[str, Any]:
    """The figures of a floor's totals: one row a scope, quantities in ten-thousandths."""
    from jieyue.catalog.loader import load_catalog
    from jieyue.catalog.plan import load_plan

    plan = load_plan("chongqing-14fyp")
    catalog = load_catalog(plan_catalog=plan.catalog_folder)
    coal = catalog.factor_set(plan.method.tce_set).values()
    form = plan.method.account_form
    per_unit = {
        code: coal[carrier] * (catalog.item(f"{form}:{code}").to_carrier_unit or 1) / 1000
        for code, carrier in CARRIERS.items()
    }
    found: dict[tuple[str, str], Fraction | None] = {}
    for row in rows:
        for name, value in _figures(row, per_unit, days).items():
            found[row["scope"], name] = value
    return told(found)


def _figures(row: Mapping[str, Any], coal: Mapping[str, Fraction], days: int) -> dict[str, Fraction | None]:
    def amount(name: str) -> Fraction:
        return Fraction(int(row[name] or 0), 10_000)

    def tce(letter: str) -> Fraction:
        return sum((amount(f"{letter}_{code}") * coal[code] for code in CARRIERS), Fraction(0))

    def per(above: Fraction, below: Fraction) -> Fraction | None:
        return above / below if below else None

    n_e, n_w = int(row["n_e"] or 0), int(row["n_w"] or 0)
    area, persons = amount("area_days") / days, amount("person_days") / days
    energy_costs = [COSTS[code] for code in CARRIERS]
    sources = {
        name: sum((amount(f"o{number}_{code}") * coal[code] for code in CARRIERS), Fraction(0))
        for number, name in ORIGINS.items()
    }
    return {
        "institutions": Fraction(int(row["institutions"])),
        "completeness": per(Fraction(int(row["present"])), Fraction(int(row["expected"]))),
        "floor_area_m2": amount("floor_area"),
        "persons": amount("persons"),
        "vehicles": amount("vehicles"),
        "energy_total_tce": tce("e") if n_e else None,
        "energy_total_per_area_kgce_m2": per(tce("a") * 1000, area),
        "energy_per_person_kgce": per(tce("p") * 1000, persons),
        "water_total_m3": amount("w_120") if n_w else None,
        "water_per_person_m3": per(amount("x_120"), amount("water_person_days") / days),
        "energy_cost_yuan": sum((amount(f"t_{cost}") for cost in energy_costs), Fraction(0)) if n_e else None,
        "water_cost_yuan": amount("t_121") if n_w else None,
        "electricity_per_area_kwh_m2": per(amount("a_110"), area),
        "fuel_per_vehicle_l": per(amount("f_1501") + amount("f_1601"), amount("f_1041") + amount("f_1042")),
        **{
            f"unit_price_{carrier}": per(amount(f"m_{code}"), amount(f"q_{code}"))
            for code, carrier in CARRIERS.items()
        },
        **{
            f"evidence_share_{name}": per(part * 100, sum(sources.values())) for name, part in sources.items()
        },
    }


def told(found: Figures) -> dict[str, Any]:
    """A digest of all figures in order, and the city's in words."""
    lines = [f"{scope}\t{name}\t{found[scope, name]}" for scope, name in sorted(found)]
    return {
        "figures": len(lines),
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "city": {name: str(found["city", name]) for name in FIGURES},
    }
