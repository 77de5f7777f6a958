"""Which indicators stand together in one table: four views of the same scopes."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from jieyue.apps.accounts.services.compute_run import LISTED
from jieyue.apps.publication.rules import home_catalog
from jieyue.web.table import Column
from jieyue.web.words import local, unit

#: The figures on top of a scope's page.
CARDS = (
    "energy_total_tce",
    "energy_per_area_kgce_m2",
    "energy_per_person_kgce",
    "water_per_person_m3",
    "co2_total_t",
    "co2_per_area_kg_m2",
)

VIEWS: dict[str, tuple[str, ...]] = {
    "core": (
        "institutions",
        *LISTED,
    ),
    "energy": (
        "energy_total_tce",
        "energy_building_tce",
        "energy_vehicle_tce",
        "energy_per_area_kgce_m2",
        "energy_total_per_area_kgce_m2",
        "energy_per_person_kgce",
        "electricity_per_area_kwh_m2",
        "energy_share_electricity",
        "energy_share_natural_gas",
    ),
    "carbon": (
        "co2_total_t",
        "co2_direct_t",
        "co2_indirect_t",
        "co2_per_area_kg_m2",
        "co2_per_person_kg",
        "co2_share_electricity",
        "co2_share_natural_gas",
    ),
    "cost": (
        "energy_cost_yuan",
        "water_cost_yuan",
        "unit_price_electricity",
        "unit_price_natural_gas",
        "vehicles",
        "fuel_per_vehicle_l",
    ),
}


def view_titles() -> dict[str, str]:
    """The views by name."""
    return {
        "core": _("Overview"),
        "energy": _("Energy"),
        "carbon": _("Carbon"),
        "cost": _("Cost and vehicles"),
    }


def view_columns(codes: Sequence[str]) -> list[Column]:
    """Columns of indicators: name, unit, group by what they are about."""
    catalog = home_catalog()
    found = []
    for code in codes:
        definition = catalog.indicator(code)
        found.append(Column(code, local(definition), unit(definition.unit), number=True, group=_group(code)))
    return found


def _group(code: str) -> str:
    if code in ("institutions", "floor_area_m2", "persons", "vehicles"):
        return _("Size")
    for start, title in (("energy_cost", _("Cost")), ("water_cost", _("Cost")), ("unit_price", _("Cost"))):
        if code.startswith(start):
            return title
    for start, title in (
        ("energy", _("Energy")),
        ("electricity", _("Energy")),
        ("water", _("Water")),
        ("co2", _("Carbon")),
        ("fuel", _("Vehicles")),
    ):
        if code.startswith(start):
            return title
    return ""
