"""The sample's own small tables: profiles, systems, seasons, prices, fixed totals, fixed cases."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

SCALE = 10_000
YEARS = (2015, 2020, 2021, 2022, 2023, 2024, 2025, 2026)
_DATA = Path(__file__).parent / "data"


def read(name: str) -> list[dict[str, str]]:
    """The rows of ``data/<name>.csv``."""
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def fixed_point(text: str) -> int:
    """A decimal text as ten-thousandths; refuses more than four decimals."""
    scaled = Decimal(text) * SCALE
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} has more than four decimals")
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Profile:
    """What institutions of one type are like in this synthetic city (medians, shares in ten-thousandths)."""

    type: str
    count: int
    municipal: int
    township: int
    persons: int
    persons_sigma: float
    m2_per_person: int
    kwh_per_m2: int
    m3_per_person: int
    gas_share: int
    gas_tenths_per_m2: int
    coal_share: int
    coal_kg_per_m2: int
    vehicles_per_1000: int
    names: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class System:
    """A department system 部门系统 of this synthetic city."""

    code: str
    name_zh: str
    name_en: str
    types: tuple[str, ...]
    level: str
    weight: int


@dataclass(frozen=True, slots=True)
class Price:
    """A carrier's price: range in ten-thousandths of a yuan a unit, and each year's factor on it."""

    item: str
    cost: str
    low: int
    high: int
    years: dict[int, int]


@cache
def profiles() -> tuple[Profile, ...]:
    """The profiles in the order of their table."""
    return tuple(
        Profile(
            type=row["type"],
            count=int(row["count"]),
            municipal=int(row["municipal"]),
            township=int(row["township"]),
            persons=int(row["persons"]),
            persons_sigma=float(row["persons_sigma"]),
            m2_per_person=int(row["m2_per_person"]),
            kwh_per_m2=int(row["kwh_per_m2"]),
            m3_per_person=int(row["m3_per_person"]),
            gas_share=int(row["gas_share"]),
            gas_tenths_per_m2=int(Decimal(row["gas_m3_per_m2"]) * 10),
            coal_share=int(row["coal_share"]),
            coal_kg_per_m2=int(row["coal_kg_per_m2"]),
            vehicles_per_1000=int(row["vehicles_per_1000"]),
            names=(row["name_municipal"], row["name_district"], row["name_township"]),
        )
        for row in read("profiles")
    )


@cache
def systems() -> tuple[System, ...]:
    """The department systems."""
    return tuple(
        System(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            types=tuple(row["types"].split()),
            level=row["level"],
            weight=int(row["weight"]),
        )
        for row in read("systems")
    )


@cache
def seasons() -> dict[tuple[str, bool], tuple[int, ...]]:
    """Twelve monthly weights by (item, is it a school)."""
    return {
        (row["item"], row["group"] == "school"): tuple(int(row[f"m{month}"]) for month in range(1, 13))
        for row in read("seasons")
    }


@cache
def prices() -> tuple[Price, ...]:
    """The prices of the carriers."""
    return tuple(
        Price(
            item=row["item"],
            cost=row["cost"],
            low=int(row["low"]),
            high=int(row["high"]),
            years={year: int(row[str(year)]) for year in YEARS},
        )
        for row in read("prices")
    )


@cache
def fixed_totals() -> dict[int, dict[str, int]]:
    """The city's fixed totals by year and item in ten-thousandths, without 2020, which the plan gives."""
    totals: dict[int, dict[str, int]] = {}
    for row in read("totals"):
        totals.setdefault(int(row["year"]), {})[row["item"]] = fixed_point(row["quantity"])
    return totals


@dataclass(frozen=True, slots=True)
class SchoolHistory:
    """The fixed history of 示例第三中学: period → item → ten-thousandths, costs included."""

    floor_area: int = 21_350
    persons_now: int = 1_720
    vehicles: int = 2

    @staticmethod
    @cache
    def periods() -> dict[str, dict[str, int]]:
        """Every period of the fixed table."""
        return {row["period"]: SchoolHistory.cells(row) for row in read("third_middle_school")}

    @staticmethod
    def cells(row: dict[str, str]) -> dict[str, int]:
        """Quantities as printed; money = quantity × price, exact to 0.01 yuan by the choice of prices."""
        money = {
            "111": ("110", Decimal("0.56")),
            "121": ("120", Decimal("3.80")),
            "141": ("140", Decimal("2.52")),
            "1511": ("1501", Decimal(row["petrol_price"])),
        }
        cells = {item: fixed_point(row[item]) for item in ("103", "110", "120", "140", "1501")}
        cells |= {cost: fixed_point(str(Decimal(row[item]) * price)) for cost, (item, price) in money.items()}
        return cells
