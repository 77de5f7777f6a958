"""Factor sets: closed choices of coefficients, resolved for a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from jieyue.catalog.digest import plain
from jieyue.catalog.model import Basis, Coefficient, Factor, FactorSetRow, Membership, Quantity, SetKind

#: Molar mass of CO2 over that of carbon: kg of CO2 per kg of carbon burnt.
CO2_PER_CARBON = Fraction(44, 12)
_NEEDS: Mapping[str, tuple[Quantity, ...]] = {
    "kgce": ("kgce",),
    "kgco2": ("kgco2",),
    "carbon": ("ncv", "carbon_content", "oxidation"),
    "value": (),
}

#: (coefficient, quantity) to the row in force.
Coefficients = Mapping[tuple[str, str], Coefficient]


@dataclass(frozen=True, slots=True)
class FactorSet:
    """One closed choice of factors.

    kind `kgce`, `kgco2`: per carrier unit. kind `tco2_per_tce`: t CO2 per tce, with tce by `tce_set`.
    `electricity` = grid: electricity is not in the set, a grid factor serves it.
    """

    row: FactorSetRow
    factors: Mapping[str, Factor] = field(hash=False)
    energy: frozenset[str]

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def kind(self) -> SetKind:
        return self.row.kind

    @property
    def basis(self) -> Basis:
        return self.row.basis

    @property
    def electricity(self) -> str:
        return self.row.electricity

    @property
    def tce_set(self) -> str:
        return self.row.tce_set

    @property
    def verified(self) -> bool:
        return self.row.verified

    def factor(self, carrier: str) -> Factor | None:
        """The factor of a carrier, or None: a carrier the set lacks is a finding, never zero.

        A set with a remainder (`other`) gives its factor to every energy carrier it does not name.
        """
        own = self.factors.get(carrier)
        if own is not None or not self.row.remainder or carrier not in self.energy:
            return own
        return replace(self.factors[self.row.remainder], carrier=carrier)

    def values(self) -> dict[str, Fraction]:
        """Carrier to number, for the carriers the set names."""
        return {carrier: factor.value for carrier, factor in self.factors.items()}


def needs(how: str) -> tuple[Quantity, ...]:
    """The quantities of a coefficient that a way of serving uses."""
    return _NEEDS[how]


def resolve(
    membership: Membership, coefficients: Coefficients, basis: Basis, *, set_verified: bool
) -> Factor:
    """The factor that a membership row gives.

    carbon: kg CO2/unit = NCV [kJ/unit] x carbon content [tC/GJ] x 44/12 x oxidation / 1000
    (kJ to GJ is 1e-6, t to kg 1e3). Source: IPCC 2006 Guidelines, volume 2, chapter 2 (fuel combustion).
    """
    parts = tuple(coefficients[membership.coefficient, quantity] for quantity in needs(membership.how))
    if membership.how == "carbon":
        ncv, carbon, oxidation = parts
        value = ncv.value * carbon.value * CO2_PER_CARBON * oxidation.value / 1000
        formula = f"{ncv.text} {ncv.unit} × {carbon.text} {carbon.unit} × 44/12 × {oxidation.text} ÷ 1000"
    elif membership.value is not None:
        value, formula = membership.value, f"{membership.text} {membership.unit}"
    else:
        (part,) = parts
        value, formula = part.value, f"{part.text} {part.unit}"
    if membership.per_carrier_unit != 1:
        formula = f"{formula} × {plain(membership.per_carrier_unit)}"
    first = parts[0] if parts else membership
    rows: tuple[Membership | Coefficient, ...] = (membership, *parts)
    return Factor(
        set=membership.set,
        carrier=membership.carrier,
        value=value * membership.per_carrier_unit,
        unit=membership.unit,
        formula=formula,
        basis=basis,
        parts=parts,
        valid_from=max(row.valid_from for row in rows),
        valid_to=min(row.valid_to for row in rows),
        source=first.source,
        document=first.document,
        issuer=first.issuer,
        confidence=first.confidence,
        verified=set_verified and membership.verified and all(part.verified for part in parts),
        note="；".join(dict.fromkeys(row.note for row in rows if row.note)),
    )


def in_force(rows: Iterable[Coefficient], day: date, region: str = "") -> Coefficients:
    """The rows in force on a day; a region's own rows come before the national ones."""
    held = [row for row in rows if row.region in ("", region) and row.valid_from <= day < row.valid_to]
    return {(row.coefficient, row.quantity): row for row in sorted(held, key=lambda row: row.region != "")}


def build(
    row: FactorSetRow,
    memberships: Iterable[Membership],
    coefficients: Coefficients,
    *,
    base: FactorSet | None,
    energy: frozenset[str],
) -> FactorSet:
    """The set of a row, from the memberships in force; its base set serves the carriers it does not name."""
    factors: dict[str, Factor] = {}
    if base is not None:
        for carrier, factor in base.factors.items():
            factors[carrier] = replace(factor, set=row.id, verified=factor.verified and row.verified)
    for membership in memberships:
        if any((membership.coefficient, part) not in coefficients for part in needs(membership.how)):
            continue  # its coefficient is not in force on that day: the set has no factor then
        factors[membership.carrier] = resolve(membership, coefficients, row.basis, set_verified=row.verified)
    return FactorSet(row, factors, energy)
