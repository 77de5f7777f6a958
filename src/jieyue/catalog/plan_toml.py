"""The head of a plan folder, ``plan.toml``: who, when, and by which method. Strict: an unknown key refuses."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

from jieyue.catalog.plan_model import Document, ElectricityFactor, Method, Population, VehicleBoundary
from jieyue.catalog.strict import CatalogError, parse_number

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9_.-]*")
_MISSING = object()
_FIRST_YEAR, _LAST_YEAR = 1949, 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What ``plan.toml`` holds."""

    id: str
    name_zh: str
    name_en: str
    authority_zh: str
    authority_en: str
    region: str
    base_year: int
    target_year: int
    parent: str
    document: Document
    method: Method


class _Table:
    """One table of the file: every key is taken once; what is left over is refused."""

    def __init__(self, file: str, name: str, values: Mapping[str, Any]) -> None:
        self.file, self.name, self.values = file, name, dict(values)

    def refuse(self, key: str, zh: str, en: str) -> NoReturn:
        where = f"{self.name}.{key}" if self.name else key
        raise CatalogError(self.file, None, where, zh, en)

    def take(self, key: str, kind: type | tuple[type, ...], default: object = _MISSING) -> Any:
        value = self.values.pop(key, default)
        if value is _MISSING:
            self.refuse(key, "缺少必需的项", "a required key is missing")
        if value is not default and (
            not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)
        ):
            self.refuse(key, f"值的类型不对：{value!r}", f"a value of the wrong type: {value!r}")
        if value == "" and default is _MISSING:
            self.refuse(key, "必填的项是空的", "a required key is blank")
        return value

    def word(self, key: str, words: tuple[str, ...], default: object = _MISSING) -> str:
        value = str(self.take(key, str, default))
        if value not in words:
            known = ", ".join(words)
            self.refuse(key, f"“{value}”应为：{known}", f"{value!r} must be one of: {known}")
        return value

    def year(self, key: str) -> int:
        value = int(self.take(key, int))
        if not _FIRST_YEAR <= value <= _LAST_YEAR:
            self.refuse(key, f"{value} 不像年份", f"{value} is not a year")
        return value

    def table(self, key: str) -> "_Table":
        return _Table(self.file, key, self.take(key, dict))

    def done(self) -> None:
        for key in self.values:
            self.refuse(key, "不认识的项", "unknown key")


def _number(table: _Table, key: str, text: str) -> Fraction:
    try:
        return parse_number(text)
    except ValueError:
        table.refuse(key, f"“{text}”不是数", f"{text!r} is not a number")


def _electricity(table: _Table) -> ElectricityFactor | None:
    value = table.take("electricity_factor", (str, int), None)
    if value is None:
        return None
    if isinstance(value, int):
        return ElectricityFactor(kind="year", year=value, text=str(value))
    text = str(value)
    if text in ("set", "of-year"):
        return ElectricityFactor(kind=cast(Literal["set", "of-year"], text), text=text)
    if _KEY.fullmatch(text):
        return ElectricityFactor(kind="key", text=text)
    return ElectricityFactor(kind="value", value=_number(table, "electricity_factor", text), text=text)


def _boundaries(table: _Table) -> Literal["then", "now"] | date:
    value = table.take("boundaries", (str, date))
    if isinstance(value, date):
        return value
    if value not in ("then", "now"):
        table.refuse(
            "boundaries", f"“{value}”应为 then、now 或日期", f"{value!r} must be then, now or a date"
        )
    return cast(Literal["then", "now"], value)


def _method(table: _Table) -> Method:
    completeness = _number(table, "completeness", str(table.take("completeness", (str, Decimal, int))))
    if not 0 <= completeness <= 1:
        table.refuse("completeness", "应在 0 与 1 之间", "must lie between 0 and 1")
    boundary = table.word("vehicle_boundary", ("all_oil", "official_vehicles"))
    method = Method(
        tce_set=table.take("tce_set", str, ""),
        factor_set=table.take("factor_set", str, ""),
        electricity=_electricity(table),
        vehicle_boundary=cast(VehicleBoundary, boundary),
        population=cast(Population, table.word("population", ("in_count", "all"))),
        central_units=cast(Literal["out", "in"], table.word("central_units", ("out", "in"))),
        boundaries=_boundaries(table),
        account_form=table.take("account_form", str),
        completeness=completeness,
        completeness_verified=table.take("completeness_verified", bool),
        note=table.take("note", str, ""),
    )
    table.done()
    if method.population == "all" and method.central_units == "out":
        table.refuse(
            "population",
            "all 是登记的全部机构，包括中央在地单位；central_units 应为 in",
            "all means every registered institution, central units included; central_units must be in",
        )
    return method


def _document(table: _Table) -> Document:
    document = Document(
        number=table.take("number", str, ""),
        title=table.take("title", str),
        issuer=table.take("issuer", str, ""),
        date=table.take("date", date, None),
        verified=table.take("verified", bool),
    )
    table.done()
    return document


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise CatalogError(
            str(path), None, None, f"读不了文件：{error.strerror}", f"cannot read: {error.strerror}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(
            str(path), None, None, f"不是合法的 TOML：{error}", f"not valid TOML: {error}"
        ) from None


def read_head(path: Path) -> Head:
    """Read ``plan.toml``. Raises `CatalogError`."""
    top = _Table(str(path), "", _parsed(path))
    plan_id = top.take("id", str)
    if not _ID.fullmatch(plan_id):
        top.refuse("id", "只用小写字母、数字和连字符", "use lower-case letters, digits and hyphens only")
    head = Head(
        id=plan_id,
        name_zh=top.take("name_zh", str),
        name_en=top.take("name_en", str),
        authority_zh=top.take("authority_zh", str),
        authority_en=top.take("authority_en", str),
        region=top.take("region", str),
        base_year=top.year("base_year"),
        target_year=top.year("target_year"),
        parent=top.take("parent", str, ""),
        document=_document(top.table("document")),
        method=_method(top.table("method")),
    )
    if head.target_year < head.base_year:
        top.refuse("target_year", "早于基期年", "lies before base_year")
    top.done()
    return head
