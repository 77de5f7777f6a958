"""The indicators: from sums to numbers, one formula per function.

Boundaries (GB/T 29118, plan arithmetic; design of the account): energy per area leaves vehicle fuel out,
energy per person keeps it in, CO2 per area keeps it in. An intensity is the sum over the institutions that
have both parts, its denominator weighted by days in being / days of the period.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm

from jieyue.domain.account_form import AccountForm, FlowItem
from jieyue.domain.carbon import Bought, EmissionFactors, Inventory, inventory
from jieyue.domain.energy import VehicleBoundary, carrier_quantities, standard_coal, vehicle_standard_coal
from jieyue.domain.exact import Exact, Quotients, total
from jieyue.domain.sums import ORIGINS, Sums

Values = Quotients


@dataclass(frozen=True)
class AccountMethod:
    """What turns sums into figures: the form, the coefficients, the factors, the boundary, the days.

    stock_parts: stock role to the parts of a ten-thousandth that its sums count, where it is not 1
    (`AccountForm.parts`).
    """

    form: AccountForm
    kgce: Mapping[str, Fraction]
    factors: EmissionFactors
    vehicle_boundary: VehicleBoundary
    days: int
    stock_parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One indicator over all scopes.

    values: exact, None = missing. completeness: share of the expected institution-periods behind each value,
    None = nothing expected. reasons: what makes a value provisional, and in which scopes.
    """

    values: Values
    completeness: Values
    reasons: Mapping[str, list[bool]] = field(default_factory=dict)


class Account:
    """The account of all scopes of one period; parts are computed once and shared by the indicators."""

    def __init__(self, sums: Sums, method: AccountMethod) -> None:
        self.sums = sums
        self.method = method
        self._codes = [item.code for item in method.form.energy_carriers]
        roles = method.form.roles
        self._extra = [roles[r] for r in ("vehicle_petrol", "vehicle_diesel", *_BOUGHT) if r in roles]

    def tce(self, group: str) -> dict[str, Exact]:
        """Standard coal [tce] by carrier over a group of institutions."""
        return self._part(group)[0]

    def vehicle_tce(self, group: str) -> Exact:
        """Vehicle energy [tce] over a group."""
        return self._part(group)[1]

    def co2(self, group: str) -> Inventory:
        """CO2 inventory [t] over a group."""
        return self._part(group)[2]

    def energy(self, group: str) -> Exact:
        """All energy [tce] over a group."""
        return total(self.tce(group).values(), len(self.sums))

    def _part(self, group: str) -> tuple[dict[str, Exact], Exact, Inventory]:
        cache: dict[str, tuple[dict[str, Exact], Exact, Inventory]] = self._parts
        if group not in cache:
            method = self.method
            amounts = self.sums.amounts(f"{group}_", [*self._codes, *self._extra])
            carriers = carrier_quantities(amounts, method.form)
            tce = standard_coal(carriers, method.kgce)
            vehicle = vehicle_standard_coal(
                tce,
                amounts,
                form=method.form,
                kgce=method.kgce,
                boundary=method.vehicle_boundary,
                length=len(self.sums),
            )
            bought = Bought(
                **{
                    name: amounts[method.form.roles[role]]
                    for role, name in _BOUGHT.items()
                    if method.form.roles.get(role) in amounts
                }
            )
            cache[group] = (
                tce,
                vehicle,
                inventory(
                    carriers,
                    method.factors,
                    kgce=method.kgce,
                    bought=bought,
                    length=len(self.sums),
                    indirect=method.form.indirect,
                ),
            )
        return cache[group]

    @cached_property
    def _parts(self) -> dict[str, tuple[dict[str, Exact], Exact, Inventory]]:
        return {}

    @cached_property
    def origins(self) -> dict[str, Exact]:
        """Standard coal [tce] by origin over the institutions of `e`."""
        return {name: _origin_tce(self, number) for name, number in ORIGINS.items()}

    def used(self, carrier: str) -> list[bool]:
        """In which scopes an institution states a use of the carrier other than none."""
        item = self.method.form.item_of(carrier)
        return [item is not None and bool(n) for n in self.sums.count(f"e_{item.code if item else ''}")]

    def days_of(self, group: str, stock: str) -> Exact:
        """A stock weighted by days in being / days of the period, over a group."""
        return self.stock(f"{group}_{stock}_days", stock).times(Fraction(1, self.method.days))

    def stock(self, column: str, role: str) -> Exact:
        """A column of sums of a stock, in the stock's unit."""
        amount = self.sums.amount(column)
        parts = self.method.stock_parts.get(role, 1)
        return amount if parts == 1 else amount.times(Fraction(1, parts))


_BOUGHT = {
    "resold_electricity": "resold_electricity",
    "resold_heat": "resold_heat",
    "green_power_direct": "green_direct",
    "green_power_market": "green_market",
    "vehicle_charging": "vehicle_charging",
}

Formula = Callable[[Account], tuple[Values, str]]
"""Values over all scopes, and the group whose completeness they have ('' = none)."""


def _known(account: Account, group: str, column: Exact) -> Values:
    return column.quotients().where(account.sums.count(f"n_{group}"))


def _total(group: str, column: Callable[[Account], Exact]) -> Formula:
    return lambda account: (_known(account, group, column(account)), group)


def _ratio(group: str, above: Callable[[Account], Exact], below: Callable[[Account], Exact]) -> Formula:
    return lambda account: (above(account).per(below(account)), group)


def _kilo(column: Exact) -> Exact:
    return column.times(1000)


def _water(group: str) -> Callable[[Account], Exact]:
    def column(account: Account) -> Exact:
        item = account.method.form.water_item
        return _physical(account, group, item)

    return column


def _physical(account: Account, group: str, item: FlowItem | None) -> Exact:
    """A carrier's quantity over a group, in the carrier's unit."""
    if item is None:
        return Exact.zeros(len(account.sums))
    return account.sums.amount(f"{group}_{item.code}").times(item.to_carrier_unit)


def _electricity(account: Account) -> Exact:
    return _physical(account, "a", account.method.form.item_of("electricity"))


def _stock(role: str) -> Formula:
    def formula(account: Account) -> tuple[Values, str]:
        return account.stock(f"s_{role}", role).quotients().where(account.sums.count(f"n_{role}")), role

    return formula


def _institutions(account: Account) -> tuple[Values, str]:
    return Exact(account.sums.count("institutions")).quotients(), ""


def _completeness(account: Account) -> tuple[Values, str]:
    return share(account.sums, "present", "expected"), ""


def _energy_cost(account: Account) -> Exact:
    form = account.method.form
    codes = [form.costs[item.carrier] for item in form.energy_carriers if item.carrier in form.costs]
    return total(account.sums.amounts("t_", codes).values(), len(account.sums))


def _cost_known(account: Account, codes: Sequence[str], column: Exact) -> Values:
    stated = sum((account.sums.count(f"kt_{code}") for code in codes), start=account.sums.count(""))
    return column.quotients().where(stated)


def _energy_cost_formula(account: Account) -> tuple[Values, str]:
    form = account.method.form
    codes = [form.costs[item.carrier] for item in form.energy_carriers if item.carrier in form.costs]
    return _cost_known(account, codes, _energy_cost(account)), "e"


def _water_cost(account: Account) -> tuple[Values, str]:
    code = account.method.form.costs.get(account.method.form.water)
    if code is None:
        return Quotients.missing(len(account.sums)), "w"
    return _cost_known(account, [code], account.sums.amount(f"t_{code}")), "w"


def _fuel_per_vehicle(account: Account) -> tuple[Values, str]:
    roles = account.method.form.roles
    fuel = [account.sums.amount(f"f_{roles[r]}") for r in ("vehicle_petrol", "vehicle_diesel") if r in roles]
    cars = [account.stock(f"f_{role}", role) for role in ("petrol_vehicles", "diesel_vehicles")]
    length = len(account.sums)
    return total(fuel, length).per(total(cars, length)), "f"


#: Observed ÷ expected: of a group of institutions only.
EXPECTED = "energy_per_area_ratio"


def _building(account: Account) -> Exact:
    return account.energy("a") - account.vehicle_tce("a")


def _observed_per_expected(account: Account) -> tuple[Values, str]:
    """Building energy ÷ what it were if each type used as much per floor area as that type does in the whole.

    Formula: E(scope) ÷ Σ over types t of E(t) ÷ A(t) × A(scope, t), over the institutions with energy and floor area
    (`a`), A weighted by days. Unit: 1. The whole authority gives 1.
    """
    by_type = account.sums.by_type
    if by_type is None:
        return Quotients.missing(len(account.sums)), "a"
    used = _building(Account(by_type.types, account.method))
    area = by_type.types.count("a_floor_area_days")
    places = [place for place in range(len(area)) if area[place]]
    common = lcm(*(int(area[place]) for place in places))
    expected = account.sums.count("")
    for place in places:
        expected = expected + by_type.areas[:, place] * (int(used.num[place]) * (common // int(area[place])))
    observed = _building(account)
    return Quotients(observed.num * (common * used.den), expected * observed.den, expected > 0), "a"


#: Indicator code to formula. A new indicator is one line here and one row in the catalog.
FORMULAS: Mapping[str, Formula] = {
    "energy_total_tce": _total("e", lambda a: a.energy("e")),
    "energy_building_tce": _total("e", lambda a: a.energy("e") - a.vehicle_tce("e")),
    "energy_vehicle_tce": _total("e", lambda a: a.vehicle_tce("e")),
    "energy_per_area_kgce_m2": _ratio(
        "a", lambda a: _kilo(a.energy("a") - a.vehicle_tce("a")), lambda a: a.days_of("a", "floor_area")
    ),
    "energy_total_per_area_kgce_m2": _ratio(
        "a", lambda a: _kilo(a.energy("a")), lambda a: a.days_of("a", "floor_area")
    ),
    EXPECTED: _observed_per_expected,
    "energy_per_person_kgce": _ratio(
        "p", lambda a: _kilo(a.energy("p")), lambda a: a.days_of("p", "persons")
    ),
    "water_total_m3": _total("w", _water("w")),
    "water_per_person_m3": _ratio("x", _water("x"), lambda a: a.days_of("x", "persons")),
    "co2_total_t": _total("e", lambda a: a.co2("e").total_t),
    "co2_direct_t": _total("e", lambda a: a.co2("e").direct_t),
    "co2_indirect_t": _total("e", lambda a: a.co2("e").indirect_t),
    "co2_electricity_t": lambda a: _carrier_line(a, "electricity"),
    "co2_heat_t": lambda a: _carrier_line(a, "heat"),
    "co2_green_power_t": lambda a: _role_line(a, "green_power_market", a.co2("e").green_power_t),
    "co2_vehicle_charging_t": lambda a: _role_line(a, "vehicle_charging", a.co2("e").vehicle_charging_t),
    "co2_per_area_kg_m2": _ratio(
        "a", lambda a: _kilo(a.co2("a").total_t), lambda a: a.days_of("a", "floor_area")
    ),
    "co2_per_person_kg": _ratio(
        "p", lambda a: _kilo(a.co2("p").total_t), lambda a: a.days_of("p", "persons")
    ),
    "electricity_per_area_kwh_m2": _ratio("a", _electricity, lambda a: a.days_of("a", "floor_area")),
    "energy_cost_yuan": _energy_cost_formula,
    "water_cost_yuan": _water_cost,
    "fuel_per_vehicle_l": _fuel_per_vehicle,
    "institutions": _institutions,
    "floor_area_m2": _stock("floor_area"),
    "persons": _stock("persons"),
    "vehicles": _stock("vehicles"),
    "completeness": _completeness,
}


def _stated(account: Account, code: str | None, column: Exact) -> tuple[Values, str]:
    """Values where an institution states the item, be it as not used; else missing, not zero."""
    return column.quotients().where(account.sums.count(f"k_{code}")), "e"


def _carrier_line(account: Account, carrier: str) -> tuple[Values, str]:
    item = account.method.form.item_of(carrier)
    column = account.co2("e").by_carrier.get(carrier, Exact.zeros(len(account.sums)))
    return _stated(account, item.code if item else None, column)


def _role_line(account: Account, role: str, column: Exact) -> tuple[Values, str]:
    return _stated(account, account.method.form.roles.get(role), column)


def _energy_share(account: Account, carrier: str) -> tuple[Values, str]:
    """Share of a carrier in all energy [%], on the standard-coal set of the method."""
    item = account.method.form.item_of(carrier)
    if item is None or carrier not in account.method.kgce:
        return Quotients.missing(len(account.sums)), "e"
    part = account.tce("e").get(carrier, Exact.zeros(len(account.sums)))
    stated = account.sums.count(f"k_{item.code}")
    values = part.times(100).per(account.energy("e"))
    return values.where(stated), "e"


def _co2_share(account: Account, carrier: str) -> tuple[Values, str]:
    """Share of a carrier in all CO2 [%]."""
    item = account.method.form.item_of(carrier)
    co2 = account.co2("e")
    if item is None or account.method.factors.of(carrier, account.method.kgce) is None:
        return Quotients.missing(len(account.sums)), "e"
    part = co2.by_carrier.get(carrier, Exact.zeros(len(account.sums)))
    stated = account.sums.count(f"k_{item.code}")
    values = part.times(100).per(co2.total_t)
    return values.where(stated), "e"


def _unit_price(account: Account, carrier: str) -> tuple[Values, str]:
    """Money per item unit [yuan/unit], over institutions that state both."""
    item = account.method.form.item_of(carrier)
    if item is None:
        return Quotients.missing(len(account.sums)), "e"
    money = account.sums.amount(f"m_{item.code}")
    return money.per(account.sums.amount(f"q_{item.code}")), "e"


def _evidence_share(account: Account, origin: str) -> tuple[Values, str]:
    """Share of energy [%] whose value has this origin."""
    parts = account.origins
    return parts[origin].times(100).per(total(parts.values(), len(account.sums))), "e"


def _origin_tce(account: Account, number: int) -> Exact:
    form = account.method.form
    amounts = account.sums.amounts(f"o{number}_", [item.code for item in form.energy_carriers])
    carriers = carrier_quantities(amounts, form)
    return total(standard_coal(carriers, account.method.kgce).values(), len(account.sums))


#: Families of indicators: prefix to formula of the rest of the code.
FAMILIES: Mapping[str, Callable[[Account, str], tuple[Values, str]]] = {
    "energy_share_": _energy_share,
    "co2_share_": _co2_share,
    "unit_price_": _unit_price,
    "evidence_share_": _evidence_share,
}


def indicator_codes(form: AccountForm) -> tuple[str, ...]:
    """Every code an account of this form can give, families spelled out, in the order people read them."""
    carriers = [item.carrier for item in form.energy_carriers]
    priced = [item.carrier for item in form.carriers if item.carrier in form.costs]
    return (
        *FORMULAS,
        *(f"energy_share_{carrier}" for carrier in carriers),
        *(f"co2_share_{carrier}" for carrier in carriers),
        *(f"unit_price_{carrier}" for carrier in priced),
        *(f"evidence_share_{origin}" for origin in ORIGINS),
    )


def share(sums: Sums, part: str, whole: str) -> Values:
    """Count by count ratio; None where nothing is expected."""
    expected = sums.count(whole)
    return Quotients(sums.count(part), expected, expected != 0)


def compute(sums: Sums, method: AccountMethod, codes: Sequence[str]) -> dict[str, Column]:
    """All asked indicators over all scopes.

    Returns a column per code: exact values (None = missing), completeness in [0, 1] (None = nothing
    expected), and by scope the reasons that make a figure provisional (`carrier_without_factor:<carrier>`,
    `carrier_without_coefficient:<carrier>`, `negative_net:<carrier>`).
    """
    account = Account(sums, method)
    energy_reasons = _energy_reasons(account)
    carbon_reasons = _carbon_reasons(account)
    completeness: dict[str, Values] = {"": Quotients.missing(len(sums))}
    columns: dict[str, Column] = {}
    for code in codes:
        values, group = _evaluate(account, code)
        if group not in completeness:
            whole = "filers" if group in ("floor_area", "persons", "vehicles") else "expected"
            part = f"n_{group}" if whole == "filers" else f"present_{group}"
            completeness[group] = share(sums, part, whole)
        reasons: Mapping[str, list[bool]] = {}
        if code.startswith("co2_"):
            reasons = carbon_reasons
        elif code.startswith("energy_") and "cost" not in code:
            reasons = energy_reasons
        columns[code] = Column(values, completeness[group], reasons)
    return columns


def _energy_reasons(account: Account) -> dict[str, list[bool]]:
    """Carriers in use that the standard-coal set lacks: the total is provisional, never silently smaller."""
    form = account.method.form
    lacking = [i.carrier for i in form.energy_carriers if i.carrier not in account.method.kgce]
    return _in_use({f"carrier_without_coefficient:{c}": account.used(c) for c in lacking})


def _carbon_reasons(account: Account) -> dict[str, list[bool]]:
    """Carriers in use that the factor set lacks, and net quantities below zero."""
    carbon = account.co2("e")
    reasons = {f"carrier_without_factor:{c}": account.used(c) for c in carbon.without_factor}
    reasons |= {f"negative_net:{c}": carbon.by_carrier[c].negative() for c in carbon.negative}
    return _in_use(reasons)


def _in_use(reasons: dict[str, list[bool]]) -> dict[str, list[bool]]:
    return {reason: where for reason, where in reasons.items() if any(where)}


def _evaluate(account: Account, code: str) -> tuple[Values, str]:
    formula = FORMULAS.get(code)
    if formula is not None:
        return formula(account)
    for prefix, family in FAMILIES.items():
        if code.startswith(prefix):
            return family(account, code.removeprefix(prefix))
    raise KeyError(code)
