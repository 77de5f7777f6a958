"""A year of the sample city worked out from its generator's own rows by plain arithmetic: no lake, no office, no run.

Approved returns in the count, less those that another's return holds; coefficients of tests/coefficients.py.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import polars as pl

from jieyue.sample.model import ReturnsFrame, SampleCity
from tests.coefficients import KGCE, T_PER_TCE

APPROVED = "已审核"
#: What a cell rests on, as the forms code it.
METERED, BILLED = 1, 2
#: kgce per unit; LPG in kg by GB/T 2589-2020.
KGCE_OF = KGCE | {"105": Fraction("1.7143")}
#: kg CO2 per kgce; heat and LPG take the one of other energy.
CO2_OF = {item: T_PER_TCE.get(item, T_PER_TCE["180"]) for item in KGCE_OF}
OIL = ("150", "160")
#: kg CO2 a kWh: as the plan's shares imply, and as published for 2023.
OWN, GRID = KGCE["110"] * CO2_OF["110"], Fraction("0.5581")
#: The item of a return: area in m² and persons.
AREA, PERSONS, WATER = "102", "103", "120"


@dataclass(frozen=True)
class Sums:
    """Amounts of a scope: item → its amount in the item's unit."""

    amounts: dict[str, Fraction]
    #: kgce by what the cell rests on.
    evidence: dict[int, Fraction]

    @property
    def kgce(self) -> Fraction:
        return self._energy(KGCE_OF)

    @property
    def kgce_of_buildings(self) -> Fraction:
        """All petrol and all diesel count as vehicles."""
        return self._energy(set(KGCE_OF) - set(OIL))

    def _energy(self, items: "set[str] | dict[str, Fraction]") -> Fraction:
        return sum((self.amounts[item] * KGCE_OF[item] for item in items), Fraction(0))

    def kg_co2(self, electricity: Fraction = OWN) -> Fraction:
        """With kg a kWh of electricity."""
        kept = sum(
            (self.amounts[item] * KGCE_OF[item] * CO2_OF[item] for item in KGCE_OF if item != "110"),
            Fraction(0),
        )
        return kept + self.amounts["110"] * electricity

    def co2_per_area(self, electricity: Fraction = OWN) -> Fraction:
        return self.kg_co2(electricity) / self.amounts[AREA]

    def share(self, origin: int) -> Fraction:
        """Percent of the energy."""
        return self.evidence.get(origin, Fraction(0)) / self.kgce * 100


class ByHand:
    """The year's returns, and their sums of the city or a district."""

    def __init__(self, known: SampleCity, year: str = "2025") -> None:
        self.frame: ReturnsFrame = known.frame("NY201", year)
        day = date(int(year), 12, 31)
        held = known.memberships.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))
        self._area = dict(held.filter(pl.col("tree") == "area").select("code", "target").iter_rows())
        outside = set(held.filter((pl.col("tree") == "line") & (pl.col("target") == "L-CENTRAL"))["code"])
        outside |= set(held.filter((pl.col("tree") == "unit") & (pl.col("code") != pl.col("target")))["code"])
        self._kept = (self.frame.states == APPROVED) & ~np.isin(self.frame.institutions, sorted(outside))

    def members(self, area: str = "") -> list[int]:
        """Rows of the frame that count, of a district or of all."""
        rows = np.flatnonzero(self._kept)
        return [int(row) for row in rows if not area or self._area[self.frame.institutions[row]] == area]

    def amount(self, row: int, item: str) -> Fraction:
        return Fraction(int(self.frame.column(item)[row]), 10_000)

    def of(self, area: str = "") -> Sums:
        amounts = dict.fromkeys((*KGCE_OF, AREA, PERSONS, WATER), Fraction(0))
        evidence: dict[int, Fraction] = {}
        for row in self.members(area):
            for item in amounts:
                amount = self.amount(row, item)
                amounts[item] += amount
                if item in KGCE_OF:
                    origin = int(self.frame.origins[row, self.frame.codes.index(item)])
                    evidence[origin] = evidence.get(origin, Fraction(0)) + amount * KGCE_OF[item]
        return Sums(amounts, evidence)


def shown(value: Fraction, places: int = 2) -> str:
    """As it is printed: rounded half to even, grouped by thousands."""
    number = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,}"
