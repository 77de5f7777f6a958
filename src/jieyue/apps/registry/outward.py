"""The registry of a day in a foreign layout 名录按外来表式写出."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings

from jieyue.apps.exchange.institutions import OPEN_END
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.outward import Written
from jieyue.apps.exchange.outward_institutions import write_institutions
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.import_places import FIELDS as PLACES
from jieyue.apps.registry.import_plan import FIELDS, QUANTITY_FIELDS
from jieyue.apps.registry.models import Alias, InstitutionVersion
from jieyue.apps.registry.queries import InstitutionInfo, codes_of, institutions
from jieyue.apps.trees.queries import ROOT_CODE, UNIT, Tree, places_since, tree
from jieyue.domain.quantity import to_fixed


def institutions_outward(
    profile: MappingProfile,
    on: date,
    numbers: Collection[int] | None = None,
    *,
    text: bool,
    hidden: Collection[str] = (),
) -> Written:
    """Those in being on the day, by code. numbers: of these only (None: all). hidden: fields that are left empty."""
    numbers = numbers_on(on) if numbers is None else numbers
    found = institutions(numbers, on)
    units = {info.unit for info in found.values() if info.unit is not None}
    unit_codes = codes_of(units, on)
    aliases = _aliases(found, on)
    names = {name: {one.id: one for one in tree(name, on)} for name in set(PLACES.values()) - {UNIT}}
    since = places_since(numbers, on)
    listed = sorted(found.values(), key=lambda info: info.code)
    values = [
        _values(info, since.get(info.id, info.valid_from))
        | _places(info, names, unit_codes)
        | {"aliases": aliases.get(info.id, ())}
        | dict.fromkeys(hidden, "")
        for info in listed
    ]
    return write_institutions(profile, values, of_catalog(home_catalog()), text=text)


def numbers_on(day: date) -> list[int]:
    """The institutions in being on the day."""
    rows = InstitutionVersion.objects.as_of().on(day).order_by("institution_id")
    return list(rows.values_list("institution_id", flat=True))


def _values(info: InstitutionInfo, placed: date) -> dict[str, Any]:
    """Attributes by field. The row holds from the day on that all of it holds; placed: since when it stands there."""
    values: dict[str, Any] = {}
    for name, attribute in FIELDS.items():
        value = getattr(info.attributes, attribute)
        if name in QUANTITY_FIELDS:
            value = None if value is None else to_fixed(value)[0]
        elif isinstance(value, float):
            value = f"{value!r}"
        values[name] = value
    values["valid_from"] = max(info.valid_from, placed)
    values["valid_to"] = info.valid_to if info.valid_to < OPEN_END else None
    return values


def _places(info: InstitutionInfo, names: dict[str, Any], unit_codes: dict[int, str]) -> dict[str, str]:
    """Type and region by code, bodies by name, the reporting unit by its code."""
    found = {}
    for field, name in PLACES.items():
        node = names[name].get(info.nodes.get(name)) if name != UNIT else None
        if name == UNIT:
            found[field] = unit_codes.get(info.unit or 0, "")
        elif name == Tree.AREA:
            code = node.code if node else ""
            found[field] = settings.JIEYUE_HOME.region if code == ROOT_CODE else code
        elif node is None or node.code == ROOT_CODE:
            found[field] = ""
        else:
            found[field] = node.code if name == Tree.TYPE else node.name_zh
    return found


def _aliases(numbers: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    rows = Alias.objects.filter(kind=Alias.Kind.NAME, valid_from__lte=on, valid_to__gt=on)
    found: dict[int, tuple[str, ...]] = {}
    for number, value in rows.order_by("id").values_list("institution_id", "value"):
        if number in numbers:
            found[number] = (*found.get(number, ()), value)
    return found
