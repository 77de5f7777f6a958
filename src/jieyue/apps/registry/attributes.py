"""An institution's attributes as one value: what a version holds, what a change names."""

from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.models import InstitutionVersion
from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import DECIMALS, LARGEST, SCALE, from_fixed, to_fixed
from jieyue.domain.receipt import fits_an_address
from jieyue.domain.rooms import RoomsError, rooms_text

_ONE: Final = Decimal("1.0000")
_LARGEST_WHOLE: Final = LARGEST // SCALE


@dataclass(frozen=True, slots=True)
class Attributes:
    """All attributes; quantities are Decimals with 4 decimals, None = unknown."""

    code: str
    name: str
    credit_code: str = ""
    level: str = ""
    in_count: bool = True
    floor_area: Decimal | None = None
    persons: Decimal | None = None
    students: Decimal | None = None
    boarders: Decimal | None = None
    beds: Decimal | None = None
    vehicles: Decimal | None = None
    nev_vehicles: Decimal | None = None
    office_mode: str = ""
    rooms: str = ""
    heating: str = ""
    sensitive: str = ""
    lon: float | None = None
    lat: float | None = None
    coord_sys: str = ""


NAMES: Final = tuple(field.name for field in fields(Attributes))
YES_OR_NO: Final = ("", "yes", "no")
QUANTITIES: Final = ("floor_area", "persons", "students", "boarders", "beds", "vehicles", "nev_vehicles")


def make(values: dict[str, Any]) -> Attributes:
    """Attributes from plain values; quantities may be int, str or Decimal."""
    return Attributes(**checked(values))


def change(value: Attributes, changed: dict[str, Any]) -> Attributes:
    """The same with some attributes changed (already checked)."""
    return replace(value, **changed)


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values in their stored form. Refuses an unknown attribute, an empty code or name, a bad quantity."""
    if unknown := sorted(set(values) - set(NAMES)):
        raise RefusedError(
            "unknown_attribute",
            zh=f"机构没有属性 {', '.join(unknown)}；可用：{', '.join(NAMES)}",
            en=f"an institution has no attribute {', '.join(unknown)}; there are: {', '.join(NAMES)}",
        )
    for name in ("code", "name"):
        if name in values and not str(values[name]).strip():
            raise RefusedError("empty", zh="机构的编码和名称不能为空", en="code and name must not be empty")
    if "code" in values and not fits_an_address(str(values["code"])):
        raise RefusedError(
            "code_not_usable",
            zh="机构编码不能含“/”或“\\”，也不能只有点",
            en="an institution's code holds no / and no \\, and is more than dots",
        )
    for name, words in (("heating", "是否采暖"), ("sensitive", "是否敏感")):
        if values.get(name, "") not in YES_OR_NO:
            raise RefusedError(
                f"bad_{name}", zh=f"{words}须为 yes、no 或不填", en=f"{name} is yes, no or left empty"
            )
    if "rooms" in values:
        values = {**values, "rooms": _rooms(str(values["rooms"]))}
    return {name: _quantity(name, value) if name in QUANTITIES else value for name, value in values.items()}


def _rooms(said: str) -> str:
    try:
        return rooms_text(said)
    except RoomsError as error:
        raise RefusedError(error.code, zh=error.message_zh, en=error.message_en) from error


def of_row(row: InstitutionVersion) -> Attributes:
    """The attributes of a stored version."""
    return Attributes(**{name: getattr(row, name) for name in NAMES})


_all: Final = attrgetter(*NAMES)
_PLACES: Final = tuple(NAMES.index(name) for name in QUANTITIES)


def stored(value: Attributes) -> tuple[Any, ...]:
    """The values in the order of NAMES as the database holds them: quantities as ten-thousandths."""
    row = list(_all(value))
    for place in _PLACES:
        if row[place] is not None:
            row[place] = int(row[place].scaleb(DECIMALS))
    return tuple(row)


def plain(value: Attributes) -> dict[str, Any]:
    """As a dictionary of columns."""
    return asdict(value)


def _quantity(name: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    if type(value) is int and 0 <= value <= _LARGEST_WHOLE:
        return Decimal(value) * _ONE  # most are counts: the quick way to the same
    try:
        fixed, rounded = to_fixed(value)
    except DomainError as error:
        raise RefusedError(
            error.code, zh=f"{name}：{error.message_zh}", en=f"{name}: {error.message_en}"
        ) from error
    if fixed < 0 or rounded:
        raise RefusedError(
            "bad_quantity",
            zh=f"{name} = {value}：须为不小于零、至多四位小数的数",
            en=f"{name} = {value}: a number of at most four decimals, not below zero",
        )
    return from_fixed(fixed)
