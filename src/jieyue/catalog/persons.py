"""Energy users from counts: an authority's dated formula (staff, pupils, boarders, beds), row by row a term.

No conversion is known nationally, so none ships: ``persons_terms.csv`` is a table of the authority's own overlay.
A count is an item that the form has already (1031), or one of the authority's own, named in the row: then it becomes
an item of the form, below the one that is computed, and is asked only of institutions that a formula takes it from.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

from jieyue.catalog.model import InstitutionType, Item, Sourced
from jieyue.catalog.strict import BEGINNING, OPEN_END, Placed

if TYPE_CHECKING:
    from jieyue.catalog.tables import Tables

TABLE = "persons_terms"
ROLE = "persons"
#: What may be counted; an area or an energy is no count.
COUNTED = ("person", "count")
_CODE = re.compile(r"x_[a-z0-9_]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsTerm(Sourced):
    """One term: ``coefficient`` × the count ``count``, for institutions of ``types`` and those below them.

    ``item``: what is computed (``NY201:103``). ``count``: code of an item of the same form, or ``x_…`` with its names,
    which makes it one. ``unit``: what is counted. ``override``: whether the reporter may state another number.
    """

    item: str
    types: tuple[str, ...]
    count: str
    name_zh: str = ""
    name_en: str = ""
    unit: str
    coefficient: Fraction
    text: str = field(metadata={"column": "coefficient"})
    override: bool
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END

    @property
    def ref(self) -> str:
        """The count's full name."""
        return f"{self.item.partition(':')[0]}:{self.count}"


@dataclass(frozen=True, slots=True)
class PersonsFormula:
    """The terms in force for one type on one day: item = sum of coefficient × count."""

    terms: tuple[PersonsTerm, ...]

    @property
    def item(self) -> str:
        """Code of what is computed."""
        return self.terms[0].item.partition(":")[2]

    @property
    def counts(self) -> tuple[str, ...]:
        """Codes of the counts, in the order of the table."""
        return tuple(term.count for term in self.terms)

    @property
    def override(self) -> bool:
        """Whether the reporter may state another number."""
        return self.terms[0].override

    @property
    def source(self) -> str:
        """Title and number of each document that the terms stand in."""
        said = (" ".join(part for part in (term.source, term.document) if part) for term in self.terms)
        return "；".join(dict.fromkeys(said))

    @property
    def verified(self) -> bool:
        """Whether every term is."""
        return all(term.verified for term in self.terms)

    def words(self, names: Mapping[str, str]) -> str:
        """The formula with the names of its counts: 教职工 + 0.5 × 住宿生."""
        return " + ".join(product(term, names[term.count]) for term in self.terms)


def product(term: PersonsTerm, counted: str) -> str:
    """A term as people write it; a coefficient of one is left out."""
    return counted if term.coefficient == 1 else f"{term.text} × {counted}"


def ancestors(kind: str, types: Mapping[str, InstitutionType]) -> set[str]:
    """A type's code and those of the types it is in."""
    found: set[str] = set()
    while kind in types and kind not in found:
        found.add(kind)
        kind = types[kind].parent
    return found


def with_counts(tables: "Tables") -> "Tables":
    """The tables with the counts of the formulas as items, each below what is computed from it.

    Of tables that were checked; contents that were kept have them already.
    """
    known = {placed.row.ref for placed in tables["items"]}
    fresh: dict[str, list[Placed[Item]]] = {}
    first = min((placed.row for placed in tables["schemes"]), key=lambda scheme: scheme.valid_from)
    for placed in tables[TABLE]:
        term: PersonsTerm = placed.row
        if term.ref not in known:
            known.add(term.ref)
            made = Placed(_as_item(term, first.code), placed.file, placed.number)
            fresh.setdefault(term.item, []).append(made)
    if not fresh:
        return tables
    last = {placed.row.ref: number for number, placed in enumerate(tables["items"])}
    rows: list[Placed[Item]] = []
    for number, placed in enumerate(tables["items"]):
        rows.append(placed)
        if last[placed.row.ref] == number:
            rows += fresh.get(placed.row.ref, [])
    return {**tables, "items": tuple(rows)}


def _as_item(term: PersonsTerm, scheme: str) -> Item:
    return Item(
        form=term.item.partition(":")[0],
        code=term.count,
        scheme_from=scheme,
        name_zh=term.name_zh,
        name_en=term.name_en,
        value_kind="number",
        unit=term.unit,
        required="no",
        agg="stock",
        stock_rule="last",
        own_code=True,
        source=term.source,
        document=term.document,
        issuer=term.issuer,
        confidence=term.confidence,
        verified=False,
        note=term.note,
    )


# --- what must hold ----------------------------------------------------------------------------------------


def check_terms(tables: "Tables") -> None:
    """Refuse terms of what is no number of persons, of unknown types, in wrong units, or that overlap."""
    types = {placed.row.code: placed.row for placed in tables["institution_types"]}
    units = {placed.row.code: placed.row for placed in tables["units"]}
    items = {placed.row.ref: placed.row for placed in tables["items"]}
    for placed in tables[TABLE]:
        term: PersonsTerm = placed.row
        computed = items.get(term.item)
        if computed is None or computed.role != ROLE:
            placed.refuse(
                "item",
                f"{term.item} 不是用能人数；请写成 NY201:103",
                f"{term.item} is no number of energy users; write it as NY201:103",
            )
        if unknown := [code for code in term.types if code not in types]:
            placed.refuse(
                "types", f"没有这个机构类型：{unknown[0]}", f"no such institution type: {unknown[0]}"
            )
        if term.valid_to <= term.valid_from:
            placed.refuse("valid_to", "失效日期必须晚于生效日期", "valid_to must be after valid_from")
        if term.coefficient < 0:
            placed.refuse("coefficient", "系数不能为负", "a coefficient must not be negative")
        if term.unit not in units or units[term.unit].dimension not in COUNTED:
            known = ", ".join(code for code, unit in units.items() if unit.dimension in COUNTED)
            placed.refuse(
                "unit",
                f"{term.unit} 不是计数的单位。可用：{known}",
                f"{term.unit} counts nothing; known: {known}",
            )
        _check_count(placed, items)
    _check_names(tables[TABLE])
    _check_spans(tables[TABLE], types)


def _check_count(placed: Placed[Any], items: Mapping[str, Item]) -> None:
    term: PersonsTerm = placed.row
    item = items.get(term.ref)
    if bool(term.name_zh) != bool(term.name_en):
        column = "name_en" if term.name_zh else "name_zh"
        placed.refuse(column, "中英文名称须同时填写", "state both names")
    if item is None:
        if not term.name_zh:
            placed.refuse(
                "count",
                f"报表没有指标 {term.count}；本机关自设的人数写成 x_boarders，并填名称",
                f"the form has no item {term.count}; a count of your own is written x_boarders, with its names",
            )
        if not _CODE.fullmatch(term.count):
            placed.refuse(
                "count",
                f"自设的人数的代码须为 x_ 加小写字母、数字，如 x_boarders，不能是 {term.count}",
                f"the code of a count of your own is x_ with small letters and digits, as x_boarders; not {term.count}",
            )
        return
    if term.name_zh and (not item.own_code or (term.name_zh, term.name_en) != (item.name_zh, item.name_en)):
        placed.refuse(
            "name_zh",
            f"报表已有指标 {term.count}（{item.name_zh}），名称请留空",
            f"the form has the item {term.count} ({item.name_en}); leave the names blank",
        )
    if item.agg != "stock" or item.role == ROLE or item.value_kind != "number":
        placed.refuse("count", f"{term.count} 不能用来计人数", f"{term.count} is no count for a formula")
    if item.unit != term.unit:
        placed.refuse(
            "unit", f"{term.count} 的单位是 {item.unit}，不是 {term.unit}", f"{term.count} is in {item.unit}"
        )


def _check_names(rows: Iterable[Placed[Any]]) -> None:
    """A count has one name and one unit, whoever's formula takes it."""
    seen: dict[str, Placed[Any]] = {}
    for placed in rows:
        other = seen.setdefault(placed.row.ref, placed)
        for column in ("name_zh", "name_en", "unit"):
            if getattr(other.row, column) != getattr(placed.row, column):
                placed.refuse(
                    column,
                    f"{placed.row.count} 在第 {other.number} 行是“{getattr(other.row, column)}”",
                    f"{placed.row.count} is {getattr(other.row, column)!r} in row {other.number}",
                )


def _check_spans(rows: Sequence[Placed[Any]], types: Mapping[str, InstitutionType]) -> None:
    """On one day a type takes a count once, and its terms agree on whether they may be overridden."""
    for earlier, later in _meeting(rows, types):
        one, other, place = earlier.row, later.row, f"{earlier.file}:{earlier.number}"
        if one.count == other.count:
            later.refuse(
                "valid_from",
                f"{other.count} 的有效期与 {place} 重叠",
                f"validity of {other.count} overlaps {place}",
            )
        if one.override != other.override:
            later.refuse(
                "override",
                f"同一公式各项须一致；{place} 不同",
                f"the terms of one formula must agree; {place} differs",
            )


def _meeting(
    rows: Sequence[Placed[Any]], types: Mapping[str, InstitutionType]
) -> Iterator[tuple[Placed[Any], Placed[Any]]]:
    """Pairs of terms that some type takes on the same day."""
    covered = {id(placed): _covered(placed.row.types, types) for placed in rows}
    for one, other in combinations(rows, 2):
        a, b = one.row, other.row
        together = max(a.valid_from, b.valid_from) < min(a.valid_to, b.valid_to)
        if a.item == b.item and together and covered[id(one)] & covered[id(other)]:
            yield one, other


def _covered(codes: Collection[str], types: Mapping[str, InstitutionType]) -> set[str]:
    return {kind for kind in types if ancestors(kind, types) & set(codes)}
