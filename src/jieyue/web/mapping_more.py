"""What a column of a foreign file may say beside its field and unit, and what holds for the whole file: the form's
further fields, as the mapping profile names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jieyue.apps.exchange.dates import ORDERS
from jieyue.apps.exchange.profile import EDGES, GRAINS, ORIGINS, Column, MappingProfile
from jieyue.catalog.strict import parse_number
from jieyue.domain.rounding import exact_text
from jieyue.web.views.receipts import origin_words

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Further:
    """The further fields of one column, as the form shows them; open: one of them says something."""

    also: str
    add: bool
    grain: str
    edge: str
    required: bool
    origin: str
    scale: str
    decimals: str = ""

    @property
    def open(self) -> bool:
        """Whether to show them unfolded."""
        return self != Further("", False, "", "", False, "", "")


def grains() -> Choices:
    """What a day may stand for."""
    words = {"year": _("its year"), "quarter": _("its quarter"), "month": _("its month")}
    return tuple((name, words[name]) for name in GRAINS)


def edges() -> Choices:
    """Which day of the period it must be."""
    words = {"start": _("the first day"), "end": _("the last day")}
    return tuple((name, words[name]) for name in EDGES)


def origins() -> Choices:
    """How the values of a column came to be."""
    return tuple((name, origin_words(name)) for name in ORIGINS)


def orders() -> Choices:
    """The orders of day, month and year in dates such as 3/4/16."""
    words = {"mdy": _("month day year"), "dmy": _("day month year"), "ymd": _("year month day")}
    return tuple((name, words[name]) for name in ORDERS if name)


def shown(column: Column | None, said: Mapping[str, str], place: int) -> Further:
    """The fields of a column: what the person has said, else what the profile says."""
    if f"more-{place}" in said:
        also, grain, edge, origin, scale, decimals = (
            said.get(f"{name}-{place}", "").strip()
            for name in ("also", "grain", "edge", "origin", "scale", "decimals")
        )
        add, required = (said.get(f"{name}-{place}") == "yes" for name in ("add", "required"))
        return Further(also, add, grain, edge, required, origin, scale, decimals)
    if column is None:
        return Further("", False, "", "", False, "", "")
    scale = "" if column.scale == 1 else exact_text(column.scale)
    also = column.also[0] if column.also else ""
    decimals = "" if column.decimals is None else str(column.decimals)
    return Further(
        also, column.add, column.grain, column.edge, column.required, column.origin, scale, decimals
    )


def parts_of_column(said: Mapping[str, str], place: int) -> dict[str, Any]:
    """What the form says of a column beside field and unit, as parts of the profile; nothing if it did not ask.

    Raises ValueError in words for a multiplier that is no number.
    """
    if f"more-{place}" not in said:
        return {}
    further = shown(None, said, place)
    try:
        scale = parse_number(further.scale or "1")
    except ValueError:
        raise ValueError(
            _("“%(text)s” is no exact number to multiply by, such as 0.001.") % {"text": further.scale}
        ) from None
    return {
        "also": (further.also,) if further.also else (),
        "add": further.add,
        "grain": further.grain,
        "edge": further.edge,
        "required": further.required,
        "origin": further.origin,
        "scale": scale,
        "decimals": _decimals(further.decimals),
    }


def _decimals(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 3):
        raise ValueError(_("“%(text)s” is no number of decimals.") % {"text": text})
    return int(text) if text else None


def parts_of_file(said: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of the whole file; what it did not ask stays as the profile has it."""
    found: dict[str, Any] = {name: said[name].strip() for name in ("date_order", "id_prefix") if name in said}
    if "file-more" in said:
        found["not_used_as_zero"] = said.get("not_used_as_zero") == "yes"
    return found | {name: pairs(said[name]) for name in _WORDS if name in said}


_WORDS = ("units", "items", "types", "regions")


def of_file(profile: MappingProfile, said: Mapping[str, str]) -> dict[str, str]:
    """The fields of the whole file as the form shows them."""
    words = {name: "\n".join(f"{a} = {b}" for a, b in getattr(profile, name).items()) for name in _WORDS}
    own = {"date_order": profile.date_order, "id_prefix": profile.id_prefix, **words}
    own["not_used_as_zero"] = "yes" if profile.not_used_as_zero and "file-more" not in said else ""
    return {name: said.get(name, value) for name, value in own.items()}


def pairs(text: str) -> dict[str, str]:
    """Lines of `word = code`."""
    found = {}
    for line in text.splitlines():
        word, equals, code = line.rpartition("=")
        if equals and word.strip() and code.strip():
            found[word.strip()] = code.strip()
    return found
