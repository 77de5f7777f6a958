"""How each indicator is put together from columns and factors, for a reader's own spreadsheet.

The same definitions as `domain/indicators.py`, written as sums of products; a test recalculates the workbook
with another program and compares.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from jieyue.apps.accounts.method import ResolvedMethod
from jieyue.domain.energy import OIL
from jieyue.domain.errors import DomainError
from jieyue.domain.sums import ORIGINS


class NoRecipeError(DomainError):
    """There is nothing to recompute: the method lacks a factor, or the form the item."""


@dataclass(frozen=True)
class FactorCell:
    """A factor as the workbook keeps it."""

    name: str
    value: Fraction
    unit: str
    document: str
    formula: str


@dataclass(frozen=True)
class Cell:
    """One product: sum over institutions of flags x column (x days) x factors.

    A flag `k<code>`: all returns of the institution state the item. A column `o<n>_<code>`: the item's
    quantity of origin n.
    """

    name: str
    column: str
    groups: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    by_days: bool = False
    carrier: str = ""


@dataclass(frozen=True)
class Recipe:
    """figure = scale x sum(above) / sum(below); without `below`, the sum itself."""

    above: Sequence[Cell]
    below: Sequence[Cell] = ()
    scale: int = 1
    factors: Sequence[FactorCell] = field(default=())


E_, A_, P_ = ("e_ok",), ("e_ok", "has_area"), ("e_ok", "has_persons")
W_, X_, F_ = ("w_ok",), ("w_ok", "has_persons"), ("f_ok",)
Made = tuple[list["Cell"], list["Cell"], int]


class _Kitchen:
    """Makes cells and remembers the factors they use."""

    def __init__(self, method: ResolvedMethod) -> None:
        self.method = method
        self.form = method.account.form
        self.used: dict[str, FactorCell] = {}

    def energy(self, groups: tuple[str, ...], *, boundary: str = "all") -> list[Cell]:
        """Standard coal [tce] by carrier; boundary all, vehicle or building."""
        cells = []
        for item in self.form.energy_carriers:
            coefficient = self.method.account.kgce.get(item.carrier)
            if coefficient is None:
                continue
            name = self._factor(
                f"kgce.{item.carrier}", coefficient * item.to_carrier_unit / 1000, "tce", item.carrier
            )
            oil = item.carrier in OIL and self.method.account.vehicle_boundary == "all_oil"
            if boundary == "all" or (boundary == "vehicle" and oil) or (boundary == "building" and not oil):
                cells.append(Cell(item.carrier, f"c{item.code}", groups, (name,), carrier=item.carrier))
        if self.method.account.vehicle_boundary != "all_oil" and boundary != "all":
            cells = (cells if boundary == "building" else []) + self._official(
                groups, negative=boundary == "building"
            )
        return cells

    def _official(self, groups: tuple[str, ...], *, negative: bool) -> list[Cell]:
        cells = []
        for role, carrier in (("vehicle_petrol", "petrol"), ("vehicle_diesel", "diesel")):
            code = self.form.roles.get(role)
            coefficient = self.method.account.kgce.get(carrier)
            if code is not None and coefficient is not None:
                sign = -1 if negative else 1
                name = self._factor(f"kgce.{role}", sign * coefficient / 1000, "tce", carrier)
                cells.append(Cell(role, f"c{code}", groups, (name,)))
        return cells

    def carbon(self, groups: tuple[str, ...], keep: Callable[[str], bool] = lambda _: True) -> list[Cell]:
        """CO2 [t] by carrier, resold power and heat and direct green power taken out."""
        account = self.method.account
        cells = []
        outs = {"electricity": ("resold_electricity", "green_power_direct"), "heat": ("resold_heat",)}
        for item in self.form.energy_carriers:
            factor = account.factors.of(item.carrier, account.kgce)
            if factor is None or not keep(item.carrier):
                continue
            name = self._factor(
                f"co2.{item.carrier}", factor * item.to_carrier_unit / 1000, "tCO2", item.carrier
            )
            cells.append(Cell(item.carrier, f"c{item.code}", groups, (name,), carrier=item.carrier))
            for role in outs.get(item.carrier, ()):
                if role in self.form.roles:
                    taken = self._factor(f"co2.{role}", -factor / 1000, "tCO2", item.carrier)
                    out = Cell(role, f"c{self.form.roles[role]}", groups, (taken,), carrier=item.carrier)
                    cells.append(out)
        return cells

    def line(self, role: str) -> list[Cell]:
        """CO2 [t] of a part of the electricity, a line "of which"."""
        account, code = self.method.account, self.form.roles.get(role)
        factor = account.factors.of("electricity", account.kgce)
        if code is None or factor is None:
            return []
        return [
            Cell(role, f"c{code}", E_, (self._factor(f"co2.{role}", factor / 1000, "tCO2", "electricity"),))
        ]

    def energy_of(self, origins: Sequence[int]) -> list[Cell]:
        """Standard coal [tce] whose quantities have one of these origins."""
        return [
            Cell(f"{cell.name}.{number}", f"o{number}_{cell.column.removeprefix('c')}", E_, cell.factors)
            for number in origins
            for cell in self.energy(E_)
        ]

    def price(self, carrier: str) -> Made | None:
        """Money over quantity, of institutions that state both."""
        item, cost = self.form.item_of(carrier), self.form.costs.get(carrier)
        if item is None or cost is None:
            return None
        both = ("complete", f"k{cost}", f"k{item.code}")
        return [Cell("cost", f"c{cost}", both)], [Cell(carrier, f"c{item.code}", both)], 1

    def fuel(self) -> Made:
        """Vehicle fuel over the vehicles that burn it."""
        roles = [r for r in ("vehicle_petrol", "vehicle_diesel") if r in self.form.roles]
        cars = self.stock("petrol_vehicles", F_, by_days=False) + self.stock(
            "diesel_vehicles", F_, by_days=False
        )
        return [Cell(role, f"c{self.form.roles[role]}", F_) for role in roles], cars, 1

    def stock(self, role: str, groups: tuple[str, ...], *, by_days: bool = True) -> list[Cell]:
        """A stock, weighted by days in being in an intensity."""
        return [Cell(role, role, groups, by_days=by_days)]

    def item(self, carrier: str, groups: tuple[str, ...]) -> list[Cell]:
        """A carrier's quantity in the carrier's unit."""
        item = self.form.item_of(carrier)
        if item is None:
            return []
        names: tuple[str, ...] = ()
        if item.to_carrier_unit != 1:
            names = (f"unit.{carrier}",)
            self.used[names[0]] = FactorCell(
                names[0], item.to_carrier_unit, f"{carrier} / {item.code}", "", ""
            )
        return [Cell(carrier, f"c{item.code}", groups, names)]

    def costs(self, carriers: Sequence[str]) -> list[Cell]:
        """Money of carriers [yuan] over complete institutions."""
        codes = {c: self.form.costs[c] for c in carriers if c in self.form.costs}
        return [Cell(c, f"c{code}", ("complete", f"k{code}")) for c, code in codes.items()]

    def _factor(self, name: str, value: Fraction, unit: str, carrier: str) -> str:
        source = self.method.tce_set if name.startswith("kgce") else self.method.factor_set
        found = source.factor(carrier) if source else None
        grid = self.method.grid if name.startswith("co2") and carrier == "electricity" else None
        self.used[name] = FactorCell(
            name=name,
            value=value,
            unit=f"{unit} / {self.form.item_of(carrier).code if self.form.item_of(carrier) else carrier}",  # type: ignore[union-attr]
            document=(grid.document if grid else found.document or found.source if found else ""),
            formula=(grid.reason_zh if grid else found.formula if found else ""),
        )
        return name


def recipe(indicator: str, method: ResolvedMethod) -> Recipe:
    """The recipe of an indicator under a method. Raises NoRecipeError."""
    kitchen = _Kitchen(method)
    made = _RECIPES[indicator](kitchen) if indicator in _RECIPES else _family(indicator, kitchen)
    if made is None or not made[0]:
        raise NoRecipeError(
            "no_workbook",
            zh=f"指标 {indicator} 在这张报表和方法下没有可算的项，没有可重算的工作簿",
            en=f"{indicator} has no item to compute from in this form and method, so there is no workbook",
        )
    above, below, scale = made
    return Recipe(above, below, scale, list(kitchen.used.values()))


def _family(indicator: str, kitchen: _Kitchen) -> Made | None:
    for prefix, whole in (("energy_share_", kitchen.energy), ("co2_share_", kitchen.carbon)):
        if indicator.startswith(prefix):
            carrier = indicator.removeprefix(prefix)
            return _of_carrier(whole, carrier), whole(E_), 100
    if indicator.startswith("unit_price_"):
        return kitchen.price(indicator.removeprefix("unit_price_"))
    if indicator.startswith("evidence_share_"):
        origin = ORIGINS[indicator.removeprefix("evidence_share_")]
        return kitchen.energy_of([origin]), kitchen.energy_of(list(ORIGINS.values())), 100
    return None


def _of_carrier(whole: Callable[..., list[Cell]], carrier: str) -> list[Cell]:
    """The carrier's own cells, what is taken out of it included."""
    return [cell for cell in whole(E_) if cell.carrier == carrier]


_RECIPES: dict[str, Callable[[_Kitchen], Made]] = {
    "energy_total_tce": lambda k: (k.energy(E_), [], 1),
    "energy_building_tce": lambda k: (k.energy(E_, boundary="building"), [], 1),
    "energy_vehicle_tce": lambda k: (k.energy(E_, boundary="vehicle"), [], 1),
    "energy_per_area_kgce_m2": lambda k: (k.energy(A_, boundary="building"), k.stock("floor_area", A_), 1000),
    "energy_total_per_area_kgce_m2": lambda k: (k.energy(A_), k.stock("floor_area", A_), 1000),
    "energy_per_person_kgce": lambda k: (k.energy(P_), k.stock("persons", P_), 1000),
    "water_total_m3": lambda k: (k.item("water", W_), [], 1),
    "water_per_person_m3": lambda k: (k.item("water", X_), k.stock("persons", X_), 1),
    "co2_total_t": lambda k: (k.carbon(E_), [], 1),
    "co2_direct_t": lambda k: (k.carbon(E_, lambda c: c not in k.form.indirect), [], 1),
    "co2_indirect_t": lambda k: (k.carbon(E_, lambda c: c in k.form.indirect), [], 1),
    "co2_electricity_t": lambda k: (k.carbon(E_, lambda c: c == "electricity"), [], 1),
    "co2_heat_t": lambda k: (k.carbon(E_, lambda c: c == "heat"), [], 1),
    "co2_per_area_kg_m2": lambda k: (k.carbon(A_), k.stock("floor_area", A_), 1000),
    "co2_per_person_kg": lambda k: (k.carbon(P_), k.stock("persons", P_), 1000),
    "electricity_per_area_kwh_m2": lambda k: (k.item("electricity", A_), k.stock("floor_area", A_), 1),
    "energy_cost_yuan": lambda k: (k.costs([i.carrier for i in k.form.energy_carriers]), [], 1),
    "water_cost_yuan": lambda k: (k.costs([k.form.water]), [], 1),
    "co2_green_power_t": lambda k: (k.line("green_power_market"), [], 1),
    "co2_vehicle_charging_t": lambda k: (k.line("vehicle_charging"), [], 1),
    "fuel_per_vehicle_l": lambda k: k.fuel(),
    "institutions": lambda k: ([Cell("institutions", "at_end")], [], 1),
    "completeness": lambda k: ([Cell("present", "present")], [Cell("expected", "expected")], 1),
    "floor_area_m2": lambda k: (k.stock("floor_area", ("at_end",), by_days=False), [], 1),
    "persons": lambda k: (k.stock("persons", ("at_end",), by_days=False), [], 1),
    "vehicles": lambda k: (k.stock("vehicles", ("at_end",), by_days=False), [], 1),
}
