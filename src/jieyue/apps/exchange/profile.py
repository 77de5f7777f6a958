"""Mapping profiles 映射方案: how a foreign layout becomes typed rows, as one documented TOML file.

A profile is data: no expression, no code. Unknown keys are refused, so that a slip is not silently ignored.
See docs/how-to/mapping-profile.md for every key with an example.
"""

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from jieyue.apps.exchange.dates import ORDERS, Order
from jieyue.apps.exchange.fields import QUANTITIES
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.patterns import is_pattern
from jieyue.catalog.strict import parse_number

VERSION = 1
_MOST_DECIMALS = 10
_OF_TABLE = re.compile(r"S\d{3}")
_MERGED = re.compile(r"[A-Z]{1,3}[1-9]\d{0,5}:[A-Z]{1,3}[1-9]\d{0,5}")
ORIGINS = {"metered": 1, "billed": 2, "typed": 3, "estimated": 4, "declared": 5}
GRAINS = ("year", "quarter", "month")
EDGES = ("start", "end")
NOT_USED = ("不使用", "未使用", "not used")
CLEAR = ("清空", "CLEAR")
FIELDS_OF_RETURNS = (
    "institution", "code", "name", "credit_code", "period", "period_end", "year", "month", "quarter", "instance",
    "item", "value", "unit",
)  # fmt: skip


class ProfileError(ValueError):
    """The profile is not valid; the message says which key and why, in English and (`zh`) in Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its `heading` as in the file (or `letter`), and what it is.

    `field`: a field name or ``FORM:code``; `ignore`: read past it. `unit` as people write it; `scale` is an
    exact multiplier. `required`: a blank cell rejects its row. `origin` of the values. `also`: more fields that
    the same cell fills (a name that is the code too). `add`: columns of one field are added up.
    `grain`: a day in this column stands for its year, quarter or month; `edge`: it must be that period's first
    day (start) or its last one (end).
    On the way out: `pattern` is how a period or day is written (patterns.py), `decimals` to how many a number is
    rounded that its unit cannot hold exactly.
    """

    heading: str = ""
    letter: str = ""
    field: str = ""
    ignore: bool = False
    unit: str = ""
    scale: Fraction = Fraction(1)
    required: bool = False
    origin: str = ""
    null_tokens: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    add: bool = False
    grain: str = ""
    edge: str = ""
    pattern: str = ""
    decimals: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the column fills."""
        return (self.field, *self.also) if self.field else ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are not data: the column `heading` is blank, equals or contains a text."""

    heading: str
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A printed total: the row whose institution cell reads `text` stands for `node`."""

    text: str
    node: str


@dataclass(frozen=True, slots=True)
class Head:
    """A row above the data as the sample had it, from the first column on."""

    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a summary table as the sample had it: the `item` as ``FORM:code`` (none: the row stays blank), its
    `word` and `code`, and the `unit` in which its numbers stand."""

    item: str = ""
    word: str = ""
    code: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class MappingProfile:
    """One foreign layout. Every part has a default: an empty profile is the product's own layout.

    On the way out: `heads` are the rows above the data, `merged` its merged cells (as B2:D2), `not_used_as_zero` that
    whoever reads the file wants 0 where an institution does not use a carrier.
    """

    id: str = ""
    kind: Literal["institutions", "returns", "summaries", ""] = ""
    title_zh: str = ""
    title_en: str = ""
    source: str = ""
    layout: Literal["wide", "long", ""] = ""
    form: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    header_rows: int | None = None
    date_system: Literal[1900, 1904, None] = None
    date_order: Order = ""
    unknown_columns: Literal["warn", "error", "ignore"] = "warn"
    percent: bool = False
    null_tokens: tuple[str, ...] = ()
    not_used_tokens: tuple[str, ...] = NOT_USED
    clear_tokens: tuple[str, ...] = CLEAR
    columns: tuple[Column, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    institutions: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    id_prefix: str = ""
    not_used_as_zero: bool = False
    merged: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()
    totals: tuple[Total, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[Line, ...] = ()

    def column_for(self, heading: str, letter: str) -> Column | None:
        """The profile's line for a column of the file, by letter or by heading."""
        wanted = key(heading)
        for column in self.columns:
            if column.letter == letter if column.letter else key(column.heading) == wanted:
                return column
        return None

    def unit(self, text: str) -> str:
        """A unit as the file writes it, in the catalog's words where the profile says so."""
        return _said(self.units, text) or text

    def item(self, text: str) -> str:
        """An item as the file writes it, as ``FORM:code`` where the profile says so."""
        return _said(self.items, text) or text


def _said(words: Mapping[str, str], text: str) -> str:
    if text in words:
        return words[text]
    wanted = key(text)
    return next((meaning for word, meaning in words.items() if key(word) == wanted), "")


_TABLES = {"column": "columns", "skip": "skips", "total": "totals", "head": "heads", "row": "rows"}
_TOP = {part.name for part in fields(MappingProfile)} - set(_TABLES.values())
_WORD_TABLES = ("constants", "types", "regions", "institutions", "units", "items")
_WORDS: Mapping[str, tuple[object, ...]] = {
    "kind": ("institutions", "returns", "summaries"),
    "layout": ("wide", "long"),
    "unknown_columns": ("warn", "error", "ignore"),
    "date_system": (1900, 1904),
    "date_order": ORDERS,
}


def parse(text: str) -> MappingProfile:
    """Read a profile. Raises `ProfileError` with the key and the reason."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"TOML: {error}", f"不是 TOML：{error}") from None
    version = document.pop("profile", VERSION)
    if version != VERSION:
        raise ProfileError(
            f"profile = {version!r}: this version reads profile = {VERSION}",
            f"profile = {version!r}：本版本读 profile = {VERSION}",
        )
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name in _TABLES:
            if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
                raise ProfileError(f"[[{name}]] must be a list of tables", f"[[{name}]] 应为表的列表")
            values[_TABLES[name]] = tuple(_row(name, row, place) for place, row in enumerate(value, 1))
        elif name in _TOP:
            values[name] = _value(name, value)
        else:
            known = ", ".join(sorted(_TOP | set(_TABLES)))
            raise ProfileError(f"unknown key {name!r}; known: {known}", f"不认识的键 {name!r}；可用：{known}")
    profile = MappingProfile(**values)
    _check(profile)
    return profile


def load(path: Path) -> MappingProfile:
    """Read a profile from a file. Raises `ProfileError`."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}", f"{path}：{error.strerror}") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path}: not UTF-8", f"{path}：不是 UTF-8") from None


def _value(name: str, value: Any) -> Any:
    if name in _WORDS:
        if value not in _WORDS[name]:
            raise ProfileError(
                f"{name} = {value!r}: must be one of {_WORDS[name]}",
                f"{name} = {value!r}：应为 {_WORDS[name]} 之一",
            )
        return value
    if name in ("header_row", "header_rows"):
        if type(value) is not int or not 1 <= value <= (10**6 if name == "header_row" else 5):
            raise ProfileError(
                f"{name} = {value!r}: must be a row number from 1", f"{name} = {value!r}：应为从 1 起的行号"
            )
        return value
    if name in ("percent", "not_used_as_zero"):
        return _flag(name, value)
    if name.endswith("_tokens") or name == "merged":
        return _texts(name, value)
    if name in _WORD_TABLES:
        if not isinstance(value, dict):
            raise ProfileError(f"[{name}] must be a table", f"[{name}] 应为一张表")
        return {str(word): _text(f"{name}.{word}", part) for word, part in value.items()}
    return _text(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | date):
        raise ProfileError(f"{name} = {value!r}: must be a text", f"{name} = {value!r}：应为文字")
    return value.isoformat() if isinstance(value, date) else str(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ProfileError(
            f"{name} = {value!r}: must be true or false", f"{name} = {value!r}：应为 true 或 false"
        )
    return value


def _decimals(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_DECIMALS:
        raise ProfileError(
            f"{name} = {value!r}: must be a whole number from 0 to {_MOST_DECIMALS}",
            f"{name} = {value!r}：应为 0 至 {_MOST_DECIMALS} 的整数",
        )
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ProfileError(
            f"{name} = {value!r}: must be a list of texts", f"{name} = {value!r}：应为文字的列表"
        )
    return tuple(value)


Row = Column | Skip | Total | Head | Line
_KINDS: Mapping[str, type[Row]] = {"column": Column, "skip": Skip, "total": Total, "head": Head, "row": Line}


def _row(table: str, row: Mapping[str, Any], place: int) -> Row:
    kind = _KINDS[table]
    known = {part.name for part in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in row.items():
        where = f"[[{table}]] {place}: {name}"
        if name not in known:
            names = ", ".join(sorted(known))
            raise ProfileError(f"{where}: unknown key; known: {names}", f"{where}：不认识的键；可用：{names}")
        if name in ("ignore", "required", "blank", "add"):
            values[name] = _flag(where, value)
        elif name in ("equals", "contains", "null_tokens", "also", "cells"):
            values[name] = _texts(where, [value] if isinstance(value, str) else value)
        elif name == "decimals":
            values[name] = _decimals(where, value)
        elif name == "scale":
            try:
                values[name] = parse_number(str(value) if isinstance(value, int | str) else "x")
            except ValueError:
                raise ProfileError(
                    f'{where} = {value!r}: write an exact number as text, as "0.001"',
                    f'{where} = {value!r}：请把准确的数写成文字，如 "0.001"',
                ) from None
        else:
            values[name] = _text(where, value)
    try:
        return kind(**values)
    except TypeError as error:
        raise ProfileError(f"[[{table}]] {place}: {error}", f"[[{table}]] {place}：{error}") from None


def _check(profile: MappingProfile) -> None:
    for place, column in enumerate(profile.columns, 1):
        where = f"[[column]] {place}"
        if bool(column.heading) == bool(column.letter):
            raise ProfileError(
                f"{where}: give either heading or letter", f"{where}：heading 与 letter 二选一"
            )
        if column.letter and not re.fullmatch("[A-Z]{1,3}", column.letter):
            raise ProfileError(
                f"{where}: letter = {column.letter!r} is not a column as A or AB",
                f"{where}：letter = {column.letter!r} 不是 A、AB 这样的列号",
            )
        if bool(column.field) == column.ignore:
            raise ProfileError(
                f"{where}: give either field or ignore = true", f"{where}：field 与 ignore = true 二选一"
            )
        if column.origin and column.origin not in ORIGINS:
            names = ", ".join(ORIGINS)
            raise ProfileError(
                f"{where}: origin = {column.origin!r}: one of {names}",
                f"{where}：origin = {column.origin!r}：应为 {names} 之一",
            )
        if column.scale <= 0:
            raise ProfileError(f"{where}: scale must be above zero", f"{where}：scale 应大于零")
        for name, words in (("grain", GRAINS), ("edge", EDGES)):
            said = getattr(column, name)
            if said and said not in words:
                names = ", ".join(words)
                raise ProfileError(
                    f"{where}: {name} = {said!r}: one of {names}",
                    f"{where}：{name} = {said!r}：应为 {names} 之一",
                )
        if (column.grain and column.field != "period") or (column.edge and not column.grain):
            raise ProfileError(
                f'{where}: grain stands with field = "period", edge with grain',
                f'{where}：grain 只用于 field = "period"，edge 只与 grain 同用',
            )
        _check_outward(column, where)
        if column.add and (":" not in column.field or column.also):
            raise ProfileError(
                f'{where}: add is for columns of one item, as field = "FORM:code"',
                f'{where}：add 用于同一指标的几列，如 field = "FORM:code"',
            )
    if profile.encoding:
        try:
            codecs.lookup(profile.encoding)
        except LookupError:
            raise ProfileError(
                f"encoding = {profile.encoding!r} is not known",
                f"不认识的编码 encoding = {profile.encoding!r}",
            ) from None
    for said in profile.merged:
        if not _MERGED.fullmatch(said):
            raise ProfileError(f"merged = {said!r}: write B2:D2", f"merged = {said!r}：应写作 B2:D2")
    if profile.delimiter and len(profile.delimiter) != 1:
        raise ProfileError("delimiter must be one character", "delimiter 应为一个字符")


def _check_outward(column: Column, where: str) -> None:
    """The parts that only matter on the way out."""
    if column.pattern and not is_pattern(column.field, column.pattern):
        raise ProfileError(
            f"{where}: pattern = {column.pattern!r}: stands with a period or a day, as {{y}}-{{mm}}, "
            "or with field = institution, as code",
            f"{where}：pattern = {column.pattern!r}：用于期间或日期列，如 {{y}}年{{m}}月；用于 institution 列时写 code",
        )
    if column.decimals is not None and not (
        ":" in column.field or column.field in (*QUANTITIES, "value") or _OF_TABLE.fullmatch(column.field)
    ):
        raise ProfileError(f"{where}: decimals stands with a number", f"{where}：decimals 只用于数值列")


# --- writing -----------------------------------------------------------------------------------------


def dump(profile: MappingProfile) -> str:
    """The profile as TOML text that `parse` reads back to an equal profile."""
    default = MappingProfile()
    lines = ["# 映射方案 mapping profile: docs/how-to/mapping-profile.md", f"profile = {VERSION}"]
    tables: list[str] = []
    for part in fields(MappingProfile):
        value = getattr(profile, part.name)
        if value == getattr(default, part.name):
            continue
        if isinstance(value, Mapping):
            tables += [
                "",
                f"[{part.name}]",
                *(f"{_quoted(word)} = {_quoted(text)}" for word, text in value.items()),
            ]
        elif part.name not in _TABLES.values():
            lines.append(f"{part.name} = {_toml(value)}")
    for table, name in _TABLES.items():
        for row in getattr(profile, name):
            tables += ["", f"[[{table}]]", *_row_lines(row)]
    return "\n".join([*lines, *tables]) + "\n"


def _row_lines(row: Row) -> list[str]:
    lines = []
    for part in fields(row):
        value = getattr(row, part.name)
        if value != part.default:
            lines.append(f"{part.name} = {_toml(value)}")
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_quoted(part) for part in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(
            letter if ord(letter) >= 32 and ord(letter) != 127 else f"\\u{ord(letter):04x}" for letter in body
        )
        + '"'
    )
