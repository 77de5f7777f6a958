"""The account of one return that nobody has published yet: what its numbers come to, while they are typed."""

from collections.abc import Mapping

import numpy as np

from jieyue.apps.accounts.method import MethodChoice, resolve
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.returns.cells import NOT_USED
from jieyue.domain.exact import Exact
from jieyue.domain.indicators import Account
from jieyue.domain.period import Period
from jieyue.domain.sums import Sums

#: Indicator → how the account of one return gives it.
SHOWN = ("energy_total_tce", "energy_building_tce", "co2_total_t", "water_total_m3")


def preview(form: str, period: Period, cells: Mapping[str, tuple[int, int]]) -> dict[str, Exact]:
    """Indicator → its amount by the plan's method, of what is stated so far; empty for another form than the plan's.

    cells: item → (ten-thousandths, origin). Units: those of the indicators. Nothing is stored: it is no figure, and
    has no receipt until the return is published. Formulas: domain/indicators.py.
    """
    choice = MethodChoice.of_plan(home_plan())
    if form != choice.account_form:
        return {}
    method = resolve(choice, home_catalog(), period).account
    columns = {
        f"e_{code}": np.array([value], dtype=object)
        for code, (value, origin) in cells.items()
        if origin != NOT_USED
    }
    account = Account(Sums(("draft",), columns), method)
    energy = account.energy("e")
    found = {
        "energy_total_tce": energy,
        "energy_building_tce": energy - account.vehicle_tce("e"),
        "co2_total_t": account.co2("e").total_t,
    }
    water = method.form.water_item
    if water is not None:
        found["water_total_m3"] = account.sums.amount(f"e_{water.code}").times(water.to_carrier_unit)
    return found
