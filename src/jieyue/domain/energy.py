"""Standard coal 标准煤 and the energy boundaries, over any number of scopes at once.

Formula: GB/T 2589-2020 (综合能耗计算通则), clause 5: E = sum of quantity times coefficient. The survey's
coefficients (calorific basis 当量值) come from the catalog as an argument; no number stands here.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from jieyue.domain.account_form import AccountForm
from jieyue.domain.exact import Exact, total

VehicleBoundary = Literal["all_oil", "official_vehicles"]

#: Oil carriers that are vehicle fuel under the boundary `all_oil`.
OIL = ("petrol", "diesel")

Quantities = Mapping[str, Exact]
"""Item code to a column of quantities in the item's own unit; an absent code is missing, not zero."""


def carrier_quantities(quantities: Quantities, form: AccountForm) -> dict[str, Exact]:
    """Quantities by carrier, in the carrier's unit (coal t becomes kg).

    >>> from jieyue.domain.account_form import AccountForm, FlowItem
    >>> form = AccountForm("NY201", (FlowItem("130", "raw_coal", Fraction(1000)),), {}, {}, ())
    >>> carrier_quantities({"130": Exact([2])}, form)["raw_coal"].fractions()
    [Fraction(2000, 1)]
    """
    return {
        item.carrier: quantities[item.code].times(item.to_carrier_unit)
        for item in form.carriers
        if item.code in quantities
    }


def standard_coal(carriers: Mapping[str, Exact], kgce: Mapping[str, Fraction]) -> dict[str, Exact]:
    """Standard coal by carrier, tce = quantity [carrier unit] x coefficient [kgce/unit] / 1000.

    Carriers without a coefficient are left out: the caller reports them as findings.
    Source: GB/T 2589-2020, clause 5 and Annex A.

    >>> standard_coal({"electricity": Exact([10000])}, {"electricity": Fraction("0.1229")})["electricity"].fractions()
    [Fraction(1229, 1000)]
    """
    return {
        carrier: quantity.times(kgce[carrier] / 1000)
        for carrier, quantity in carriers.items()
        if carrier in kgce
    }


def vehicle_standard_coal(
    tce: Mapping[str, Exact],
    quantities: Quantities,
    *,
    form: AccountForm,
    kgce: Mapping[str, Fraction],
    boundary: VehicleBoundary,
    length: int = 1,
) -> Exact:
    """Vehicle energy [tce] under the plan's boundary; `length` scopes, zeros where no oil is stated.

    all_oil: every litre of petrol and diesel (the reading that reproduces 11.53 kgce/m2 of the Chongqing
    plan). official_vehicles: the "of which vehicles" items (1501 and 1601 of NY201), as in the award
    standards' definition of 单位建筑面积能耗.

    >>> from jieyue.domain.account_form import AccountForm
    >>> form = AccountForm("NY201", (), {}, {"vehicle_petrol": "1501"}, ())
    >>> coal = {"petrol": Fraction("1.0741")}
    >>> tce = {"petrol": Exact([9])}
    >>> vehicle_standard_coal(tce, {"1501": Exact([1000])}, form=form, kgce=coal,
    ...                       boundary="official_vehicles").fractions()
    [Fraction(10741, 10000)]
    >>> vehicle_standard_coal(tce, {}, form=form, kgce=coal, boundary="all_oil").fractions()
    [Fraction(9, 1)]
    """
    if boundary == "all_oil":
        return total((tce[carrier] for carrier in OIL if carrier in tce), length)
    parts: list[Exact] = []
    for role, carrier in (("vehicle_petrol", "petrol"), ("vehicle_diesel", "diesel")):
        code = form.roles.get(role)
        if code is not None and code in quantities and carrier in kgce:
            parts.append(quantities[code].times(kgce[carrier] / 1000))
    return total(parts, length)
