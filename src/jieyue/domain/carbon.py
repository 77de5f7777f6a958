"""The CO2 inventory 碳排放核算: fuel burnt, electricity and heat bought.

Structure: E = direct + electricity + heat, with resold electricity and heat taken out and power from a
direct green link counted at zero (JS/T 303-2026 as read in one public implementation; the official text
was not read, so the catalog marks its rows unverified). Indirect = electricity + heat; all else is direct.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from jieyue.domain.account_form import INDIRECT
from jieyue.domain.exact import Exact, total

FactorKind = Literal["kgco2", "tco2_per_tce"]


@dataclass(frozen=True)
class EmissionFactors:
    """One closed choice of factors.

    kind `kgco2`: kg CO2 per carrier unit. kind `tco2_per_tce`: t CO2 per tce, where `other` also serves
    every carrier the set does not name.
    """

    kind: FactorKind
    factors: Mapping[str, Fraction]

    def of(self, carrier: str, kgce: Mapping[str, Fraction]) -> Fraction | None:
        """kg CO2 per carrier unit, or None where the set has none (a finding, never zero).

        t CO2/tce x kgce/unit = kg CO2/unit.

        >>> EmissionFactors("tco2_per_tce", {"other": Fraction(2)}).of("lpg", {"lpg": Fraction(3, 2)})
        Fraction(3, 1)
        """
        factor = self.factors.get(carrier)
        if self.kind == "kgco2":
            return factor
        if factor is None:
            factor = self.factors.get("other")
        coefficient = kgce.get(carrier)
        return None if factor is None or coefficient is None else factor * coefficient


@dataclass(frozen=True)
class Bought:
    """What changes the electricity [kWh] and heat [GJ] of the account; None = nothing stated."""

    resold_electricity: Exact | None = None
    resold_heat: Exact | None = None
    green_direct: Exact | None = None
    green_market: Exact | None = None
    vehicle_charging: Exact | None = None


@dataclass(frozen=True)
class Inventory:
    """CO2 by carrier [t], the lines "of which", and what could not be computed."""

    length: int
    by_carrier: Mapping[str, Exact]
    green_power_t: Exact
    vehicle_charging_t: Exact
    without_factor: tuple[str, ...] = field(default=())
    negative: tuple[str, ...] = field(default=())
    indirect: Collection[str] = INDIRECT

    @property
    def direct_t(self) -> Exact:
        """Direct CO2 [t]: everything that is not indirect, `other` included."""
        return total((t for c, t in self.by_carrier.items() if c not in self.indirect), self.length)

    @property
    def indirect_t(self) -> Exact:
        """Indirect CO2 [t]: electricity + heat, and what else the catalog calls indirect."""
        return total((t for c, t in self.by_carrier.items() if c in self.indirect), self.length)

    @property
    def total_t(self) -> Exact:
        """Total CO2 [t] = direct + indirect."""
        return total(self.by_carrier.values(), self.length)


def inventory(
    carriers: Mapping[str, Exact],
    factors: EmissionFactors,
    *,
    kgce: Mapping[str, Fraction],
    bought: Bought | None = None,
    length: int = 1,
    indirect: Collection[str] = INDIRECT,
) -> Inventory:
    """CO2 [t] by carrier = (quantity - resold - direct green link) [unit] x factor [kg/unit] / 1000.

    `length` scopes; a sum over no carrier is zeros. A net quantity below zero is kept and its carrier named
    in `negative`: a floor at zero would hide an input error.

    >>> factors = EmissionFactors("kgco2", {"electricity": Fraction("0.5581"), "petrol": Fraction("2.179")})
    >>> carriers = {"electricity": Exact([1000]), "petrol": Exact([10]), "coke": Exact([1])}
    >>> result = inventory(carriers, factors, kgce={}, bought=Bought(resold_electricity=Exact([100])))
    >>> [float(x) for x in result.indirect_t.fractions() + result.direct_t.fractions()]
    [0.50229, 0.02179]
    >>> result.without_factor
    ('coke',)
    """
    parts = bought or Bought()
    outs = {"electricity": [parts.resold_electricity, parts.green_direct], "heat": [parts.resold_heat]}
    by_carrier: dict[str, Exact] = {}
    without: list[str] = []
    negative: list[str] = []
    for carrier, quantity in carriers.items():
        factor = factors.of(carrier, kgce)
        if factor is None:
            without.append(carrier)
            continue
        net = quantity
        for out in outs.get(carrier, ()):
            net = net if out is None else net - out
        if any(net.negative()):
            negative.append(carrier)
        by_carrier[carrier] = net.times(factor / 1000)
    electricity = factors.of("electricity", kgce) or Fraction(0)
    return Inventory(
        length=length,
        by_carrier=by_carrier,
        green_power_t=_line(parts.green_market, electricity, length),
        vehicle_charging_t=_line(parts.vehicle_charging, electricity, length),
        without_factor=tuple(without),
        negative=tuple(negative),
        indirect=indirect,
    )


def _line(part: Exact | None, factor: Fraction, length: int) -> Exact:
    """CO2 [t] of a part of the electricity: a line "of which", never added to the total again."""
    return Exact.zeros(length) if part is None else part.times(factor / 1000)
