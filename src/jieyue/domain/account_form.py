"""Which items of a statistical form feed the energy, water and carbon account.

The catalog says it (`items.csv`, `account_roles.csv`); this module only holds the answer in the shape the
formulas need, so that a foreign portfolio with other forms and carriers runs through the same code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from jieyue.catalog.model import Item

#: Carriers whose CO2 is indirect where the catalog says nothing else.
INDIRECT = frozenset({"electricity", "heat"})


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
    stocks: item codes whose year value is a declared rule, never a sum. indirect: carriers whose CO2 arises
    where they are made (electricity, heat). means: roles of stocks whose rule is the mean of the periods stated;
    the rule of the others is the value at the end.
    """

    form: str
    carriers: tuple[FlowItem, ...]
    costs: Mapping[str, str]
    roles: Mapping[str, str]
    stocks: tuple[str, ...]
    water: str = "water"
    indirect: frozenset[str] = INDIRECT
    means: frozenset[str] = frozenset()

    def parts(self, role: str, months: int) -> int:
        """In how many parts of a ten-thousandth a stock is kept over so many months, so that its mean is whole.

        A mean is a sum ÷ the months stated, 1 to `months` of them; the common multiple of these divides evenly.

        >>> form = AccountForm("NY201", (), {}, {"floor_area": "102"}, ("102",), means=frozenset({"floor_area"}))
        >>> form.parts("floor_area", 12), form.parts("persons", 12)
        (27720, 1)
        """
        return lcm(*range(1, months + 1)) if role in self.means else 1

    def rule(self, role: str) -> str:
        """The rule of a stock, as the catalog names it: `last` or `mean`."""
        return "mean" if role in self.means else "last"

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
#: Parts of the electricity and heat that have lines of their own.
BOUGHT_ROLES: Sequence[str] = (
    "resold_electricity",
    "resold_heat",
    "green_power_market",
    "green_power_direct",
    "vehicle_charging",
)
FLOW_ROLES: Sequence[str] = ("vehicle_petrol", "vehicle_diesel", *BOUGHT_ROLES, "declared_co2")


def account_form(form: str, items: Iterable[Item], *, indirect: Iterable[str] = INDIRECT) -> AccountForm:
    """The account's view of a form's catalog items, all schemes together.

    A carrier's quantity item is its flow item that is part of no other; a cost item names what it pays for.
    """
    flows: dict[str, Item] = {}
    roles: dict[str, str] = {}
    stocks: list[str] = []
    means: set[str] = set()
    costs: dict[str, str] = {}
    for item in items:
        if item.role:
            roles[item.role] = item.code
        if item.agg == "stock" and item.value_kind == "number":
            stocks.append(item.code)
        if item.role and item.stock_rule == "mean":
            means.add(item.role)
        if item.agg == "flow" and item.carrier and not item.part_of:
            flows[item.code] = item
        if item.cost_of:
            costs[item.cost_of] = item.code
    carriers = tuple(
        FlowItem(code, item.carrier, item.to_carrier_unit or Fraction(1), item.required == "yes")
        for code, item in flows.items()
    )
    by_carrier = {
        item.carrier: costs[f"{form}:{item.code}"] for item in carriers if f"{form}:{item.code}" in costs
    }
    return AccountForm(
        form,
        carriers,
        by_carrier,
        roles,
        tuple(dict.fromkeys(stocks)),
        indirect=frozenset(indirect),
        means=frozenset(means),
    )
