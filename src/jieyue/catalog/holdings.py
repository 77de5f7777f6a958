"""What an institution owns 机构拥有什么: the kinds of things, what is said of each, what the plan counts among them,
and by which rule a unit is a key energy-using unit 重点用能单位.

Five tables in `holdings/`, dated, each row with its source; an authority's own folder of the same files, HOME/holdings,
replaces rows by key and first day, and adds others. A threshold that no source gives is a row without a number.

register: where things of the kind are kept. own: here. rooms: the registry says which rooms there are, here stands what
more is known of each. heating, meters: kept elsewhere and only shown here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from jieyue.catalog.model import Sourced
from jieyue.catalog.strict import BEGINNING, OPEN_END, CatalogError, Placed, check_dated, read_placed

SHIPPED: Final = Path(__file__).parent / "holdings"
#: Grades of efficiency 能效等级: 1 is the best.
GRADES: Final = range(1, 6)
#: Types whose values are numbers.
NUMBERS: Final = ("number", "integer", "grade", "year")
YES_NO: Final = ("yes", "no")
#: Headings of every file of holdings; a field may not be called so.
FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "institution": ("机构", "机构代码", "单位代码", "institution code"),
    "kind": ("类别", "资产类别", "设施类别", "kind of holding"),
    "code": ("设施编号", "资产编号", "编码", "number of the holding"),
    "name": ("名称", "设施名称", "name of the holding"),
    "valid_from": ("启用日期", "生效日期", "valid from"),
    "valid_to": ("停用日期", "失效日期", "valid to"),
    "source": ("来源", "依据", "source of the entry"),
}

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated(Sourced):
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


R = TypeVar("R", bound=_Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingKind(_Dated):
    """A kind of thing that an institution owns."""

    code: str
    name_zh: str
    name_en: str
    register: Literal["own", "rooms", "heating", "meters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingField(_Dated):
    """What is said of a thing of a kind. A field of several kinds is the same field: one name, type and unit."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    type: Literal["text", "number", "integer", "grade", "year", "date", "yes_no", "choice"]
    unit: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values are compared as numbers."""
        return self.type in NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingChoice(_Dated):
    """A word that a field of choice may hold."""

    field: str
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingCount(_Dated):
    """What the plan counts: things of a kind whose field is at least a number (ge), or one of the words (is), and whose
    other field, if one is named, is one of its words."""

    code: str
    kind: str
    field: str
    op: Literal["ge", "is"]
    value: tuple[str, ...]
    unit: str = ""
    also_field: str = ""
    also_value: tuple[str, ...] = ()
    name_zh: str
    name_en: str

    @property
    def least(self) -> Fraction:
        """The number of a `ge`."""
        return Fraction(self.value[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnitRule(_Dated):
    """From which figure of a year on an institution is a candidate; threshold None: nobody has set one."""

    code: str
    indicator: str
    threshold: Fraction | None = None
    unit: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Holdings:
    """The five tables, checked against each other."""

    kind_rows: tuple[HoldingKind, ...]
    field_rows: tuple[HoldingField, ...]
    choice_rows: tuple[HoldingChoice, ...]
    count_rows: tuple[HoldingCount, ...]
    rule_rows: tuple[KeyUnitRule, ...]

    def kinds(self, day: date) -> dict[str, HoldingKind]:
        """Code → kind, of those that there are on the day, in the order of the table."""
        return {row.code: row for row in _on(self.kind_rows, day)}

    def fields(self, kind: str, day: date) -> dict[str, HoldingField]:
        """Code → field of a kind on the day, in the order of the table."""
        return {row.code: row for row in _on(self.field_rows, day) if row.kind == kind}

    def every_field(self) -> dict[str, HoldingField]:
        """Code → field, of whatever kind and day; the newest row of each."""
        return {row.code: row for row in sorted(self.field_rows, key=lambda row: row.valid_from)}

    def choices(self, field: str, day: date | None = None) -> dict[str, HoldingChoice]:
        """Code → word of a field; of any day where none is named."""
        rows = self.choice_rows if day is None else _on(self.choice_rows, day)
        return {row.code: row for row in rows if row.field == field}

    def counts(self, day: date) -> dict[str, HoldingCount]:
        """Code → what the plan counts on the day."""
        return {row.code: row for row in _on(self.count_rows, day)}

    def rules(self, day: date) -> list[KeyUnitRule]:
        """The rules by which a unit is a candidate on the day."""
        return _on(self.rule_rows, day)


def load_holdings(units: Iterable[str], own: Path | None = None) -> Holdings:
    """The tables that ship, with an authority's own folder over them. Raises CatalogError with row and reason."""
    layers = [SHIPPED] + ([own] if own is not None and own.is_dir() else [])
    known = {"", *units}
    kinds = _layered(layers, "kinds.csv", HoldingKind, ("code",))
    fields = _layered(layers, "fields.csv", HoldingField, ("kind", "code"))
    choices = _layered(layers, "choices.csv", HoldingChoice, ("field", "code"))
    counts = _layered(layers, "counts.csv", HoldingCount, ("code",))
    rules = _layered(layers, "key_units.csv", KeyUnitRule, ("code",))
    measured: list[Placed[Any]] = [*fields, *counts, *rules]
    for placed in measured:
        if placed.row.unit not in known:
            placed.refuse("unit", f"没有单位 {placed.row.unit}", f"there is no unit {placed.row.unit}")
    _check_fields(fields, {one.row.code for one in kinds}, {one.row.field for one in choices})
    _check_choices(choices, fields)
    _check_counts(counts, fields, choices)
    return Holdings(_rows(kinds), _rows(fields), _rows(choices), _rows(counts), _rows(rules))


@cache
def shipped(units: frozenset[str]) -> Holdings:
    """What ships, read once."""
    return load_holdings(units)


def _rows(table: Iterable[Placed[R]]) -> tuple[R, ...]:
    return tuple(placed.row for placed in table)


def _on(rows: Iterable[R], day: date) -> list[R]:
    return [row for row in rows if row.valid_from <= day < row.valid_to]


def _layered(layers: list[Path], name: str, row_type: type[R], key: Key) -> list[Placed[R]]:
    found: dict[tuple[object, ...], Placed[R]] = {}
    for folder in layers:
        path = folder / name
        if folder is SHIPPED or path.is_file():
            for placed in read_placed(path, row_type, key=(*key, "valid_from")):
                found[(*(getattr(placed.row, part) for part in key), placed.row.valid_from)] = placed
    rows = list(found.values())
    check_dated(rows, lambda row: tuple(getattr(row, part) for part in key), gaps=False)
    return rows


def _check_fields(fields: list[Placed[HoldingField]], kinds: set[str], chosen: set[str]) -> None:
    alike: dict[str, HoldingField] = {}
    names: dict[str, str] = {word: code for code, words in FIXED.items() for word in (code, *words)}
    for placed in fields:
        row = placed.row
        if row.kind not in kinds:
            placed.refuse("kind", f"没有类别 {row.kind}", f"there is no kind {row.kind}")
        first = alike.setdefault(row.code, row)
        said = (row.name_zh, row.name_en, row.type, row.unit)
        if said != (first.name_zh, first.name_en, first.type, first.unit):
            placed.refuse(
                "code",
                f"{row.code} 在类别 {first.kind} 里另有名称、类型或单位；同一代码须是同一项",
                f"{row.code} has another name, type or unit for the kind {first.kind}; one code is one field",
            )
        for column, name in (("code", row.code), ("name_zh", row.name_zh), ("name_en", row.name_en)):
            if names.setdefault(name, row.code) != row.code:
                placed.refuse(
                    column,
                    f"“{name}”已是 {names[name]} 的名称",
                    f"{name!r} is what {names[name]} is called",
                )
        if (row.type == "choice") != (row.code in chosen):
            placed.refuse(
                "type",
                f"{row.code}：type 为 choice 的才有可选的词，也必须有",
                f"{row.code}: a choice, and nothing else, has words in choices.csv",
            )


def _check_choices(choices: list[Placed[HoldingChoice]], fields: list[Placed[HoldingField]]) -> None:
    known = {placed.row.code for placed in fields}
    for placed in choices:
        if placed.row.field not in known:
            placed.refuse("field", f"没有项 {placed.row.field}", f"there is no field {placed.row.field}")


def _check_counts(
    counts: list[Placed[HoldingCount]],
    fields: list[Placed[HoldingField]],
    choices: list[Placed[HoldingChoice]],
) -> None:
    known = {(placed.row.kind, placed.row.code): placed.row for placed in fields}
    words = {(placed.row.field, placed.row.code) for placed in choices}
    for placed in counts:
        row = placed.row
        for column, code in (("field", row.field), ("also_field", row.also_field)):
            if code and (row.kind, code) not in known:
                placed.refuse(
                    column, f"类别 {row.kind} 没有项 {code}", f"the kind {row.kind} has no field {code}"
                )
        field = known[row.kind, row.field]
        if row.op == "ge":
            _check_number(placed, field)
        pairs = [(row.also_field, "also_value", word) for word in row.also_value]
        pairs += [(row.field, "value", word) for word in row.value if row.op == "is"]
        for code, column, word in pairs:
            if not code or ((code, word) not in words and word not in YES_NO):
                placed.refuse(column, f"{code} 没有 {word} 这个词", f"{code} has no word {word}")


def _check_number(placed: Placed[HoldingCount], field: HoldingField) -> None:
    row = placed.row
    if not field.is_number or field.unit != row.unit:
        placed.refuse("unit", f"{field.code} 的单位是 {field.unit}", f"{field.code} is in {field.unit}")
    try:
        if len(row.value) != 1:
            raise ValueError(row.value)
        Fraction(row.value[0])
    except ValueError:
        raise CatalogError(
            placed.file, placed.number, "value", "ge 后面须是一个数", "ge takes one number"
        ) from None
