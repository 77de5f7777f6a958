"""The same use of energy with another electricity factor: what the source of a CO2 number offers to compare with.

A printed number that is not the plan's may have been made with a published factor of the grid; who checks it finds
which by following these links. None of them is a verdict.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.receipts import ReceiptView
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.domain.period import Period
from jieyue.domain.receipt import ReceiptId
from jieyue.web.as_of import PUBLICATION
from jieyue.web.words import period_name, unit

ELECTRICITY = "electricity"


@dataclass(frozen=True)
class OtherFactor:
    """One way: its name, the factor with its unit (empty: the one inside the plan's set), and where it is shown."""

    name: str
    value: str
    href: str


def other_factors(view: ReceiptView) -> tuple[OtherFactor, ...]:
    """The plan's own method and each published factor, without the one that the figure has.

    Nothing where no electricity is in the figure's CO2, or where it counts other versions than those in force.
    """
    if not _of_electricity(view) or view.key.get("versions"):
        return ()
    plan, key = home_plan(), view.key
    own = MethodChoice.of_plan(plan)
    present = str(key["electricity_factor"]).rpartition(":")[2]
    ways = []
    if (key["factor_set"], key["electricity_factor"]) != (own.factor_set, own.electricity_factor):
        ways.append(OtherFactor(_("The plan's method"), "", _address(view, {})))
    asked = {} if key["factor_set"] == own.factor_set else {"factor_set": str(key["factor_set"])}
    for row in home_catalog().grid_series(plan.region):
        if str(row.year) != present:
            said = {**asked, "electricity_factor": str(row.year)}
            ways.append(
                OtherFactor(period_name(str(row.year)), f"{row.text} {unit(row.unit)}", _address(view, said))
            )
    return tuple(ways)


def _of_electricity(view: ReceiptView) -> bool:
    """Whether CO2 of electricity is one of the lines that the figure is put together from."""
    lines = () if view.parts is None else (*view.parts.above, *view.parts.below)
    return any(
        line.factor_unit.startswith("kgCO2/") and home_catalog().item(line.item).carrier == ELECTRICITY
        for line in lines
    )


def _address(view: ReceiptView, method: dict[str, str]) -> str:
    """Of the same figure, as of the same publication and boundaries."""
    key = view.key
    query: dict[str, Any] = {
        "scope": ReceiptId.parse(view.id).scope,
        "indicator": view.figure.indicator,
        "period": key["period"],
        **method,
        PUBLICATION: key["sequence"],
    }
    if date.fromisoformat(str(key["boundaries"])) != Period.parse(str(key["period"])).last_day:
        query["boundaries"] = key["boundaries"]
    return f"{reverse('source')}?{urlencode(query)}"
