"""Which items of a statistical form feed the energy, water and carbon account.

The catalog says it (`items.csv`, `account_roles.csv`); this module only holds the answer in the shape the
formulas need, so that a foreign portfolio with other forms and carriers runs through the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class FlowItem:
    """One flow item of the account.

    carrier: energy or water carrier it counts; empty for a cost or an "of which" item.
    to_carrier_unit: multiply the item's number by this to get the carrier's unit (coal: t to kg, 1000).
    """

    code: str
    carrier: str = ""
    to_carrier_unit: Fraction = Fraction(1)
    required: bool = False


@dataclass(frozen=True)
class AccountForm:
    """The account's view of one form.

    carriers: top-level quantity items, one a carrier; `water` is a carrier without energy.
    costs: carrier to its cost item. roles: named single items (floor_area, persons, vehicles,
    petrol_vehicles, diesel_vehicles, vehicle_petrol, vehicle_diesel, resold_electricity, ...).
    stocks: item codes whose year value is a declared rule, never a sum.
    """

    form: str
    carriers: tuple[FlowItem, ...]
    costs: Mapping[str, str]
    roles: Mapping[str, str]
    stocks: tuple[str, ...]
    water: str = "water"

    @property
    def energy_carriers(self) -> tuple[FlowItem, ...]:
        """Carriers that count as energy: all but water."""
        return tuple(item for item in self.carriers if item.carrier != self.water)

    @property
    def water_item(self) -> FlowItem | None:
        """The water quantity item, if the form has one."""
        return next((item for item in self.carriers if item.carrier == self.water), None)

    @property
    def flow_codes(self) -> tuple[str, ...]:
        """Every flow item the account sums, each once, in a fixed order (the order of the mask bits)."""
        codes: list[str] = [item.code for item in self.carriers]
        codes += [self.costs[item.carrier] for item in self.carriers if item.carrier in self.costs]
        codes += [code for role, code in sorted(self.roles.items()) if role in FLOW_ROLES]
        return tuple(dict.fromkeys(codes))

    def item_of(self, carrier: str) -> FlowItem | None:
        """The quantity item of a carrier, or None where the form has none."""
        return next((item for item in self.carriers if item.carrier == carrier), None)


STOCK_ROLES: Sequence[str] = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")
FLOW_ROLES: Sequence[str] = (
    "vehicle_petrol",
    "vehicle_diesel",
    "resold_electricity",
    "resold_heat",
    "green_power_market",
    "green_power_direct",
    "vehicle_charging",
    "declared_co2",
)
