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


class NoRecipeError(DomainError):
    """The indicator has no workbook: it counts returns or origins, not quantities."""


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
    """One product: sum over institutions of flags x column (x days) x factors."""

    name: str
    column: str
    groups: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    by_days: bool = False


@dataclass(frozen=True)
class Recipe:
    """figure = scale x sum(above) / sum(below); without `below`, the sum itself."""

    above: Sequence[Cell]
    below: Sequence[Cell] = ()
    scale: int = 1
    factors: Sequence[FactorCell] = field(default=())


E_, A_, P_ = ("e_ok",), ("e_ok", "has_area"), ("e_ok", "has_persons")
W_, X_ = ("w_ok",), ("w_ok", "has_persons")


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
                cells.append(Cell(item.carrier, f"c{item.code}", groups, (name,)))
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
            cells.append(Cell(item.carrier, f"c{item.code}", groups, (name,)))
            for role in outs.get(item.carrier, ()):
                if role in self.form.roles:
                    taken = self._factor(f"co2.{role}", -factor / 1000, "tCO2", item.carrier)
                    cells.append(Cell(role, f"c{self.form.roles[role]}", groups, (taken,)))
        return cells

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
        return [Cell(c, f"c{self.form.costs[c]}", ("complete",)) for c in carriers if c in self.form.costs]

    def _factor(self, name: str, value: Fraction, unit: str, carrier: str) -> str:
        source = self.method.tce_set if name.startswith("kgce") else self.method.factor_set
        found = source.factor(carrier)
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
    if made is None:
        raise NoRecipeError(
            "no_workbook",
            zh=f"指标 {indicator} 由报表份数或数据来源算得，没有可重算的工作簿",
            en=f"{indicator} counts returns or origins; it has no workbook to recompute",
        )
    above, below, scale = made
    return Recipe(above, below, scale, list(kitchen.used.values()))


Made = tuple[list[Cell], list[Cell], int]


def _family(indicator: str, kitchen: _Kitchen) -> Made | None:
    for prefix, whole in (("energy_share_", kitchen.energy), ("co2_share_", kitchen.carbon)):
        if indicator.startswith(prefix):
            carrier = indicator.removeprefix(prefix)
            cells = whole(E_)
            return [cell for cell in cells if cell.name == carrier], cells, 100
    return None


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
    "floor_area_m2": lambda k: (k.stock("floor_area", ("at_end",), by_days=False), [], 1),
    "persons": lambda k: (k.stock("persons", ("at_end",), by_days=False), [], 1),
    "vehicles": lambda k: (k.stock("vehicles", ("at_end",), by_days=False), [], 1),
}
