"""The catalog's words, ready to be looked up by what people write: items, units, types, regions.

Built from catalog rows alone, so that a test can make a small one and a plan's own catalog works unchanged.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import half_width
from jieyue.catalog.model import Form, InstitutionType, Item, Region, RegionChange, RegionOldCode, Scheme
from jieyue.catalog.rules import Catalog
from jieyue.catalog.units import UnitBook

_PREFIXES = (("百万", 10**6), ("十万", 10**5), ("亿", 10**8), ("万", 10**4), ("千", 10**3))
_BRACKET = re.compile(r"(.*?)[(\[【]([^()\[\]【】]{1,30})[)\]】]")
_UNIT_WORD = re.compile(r"(?:计量)?单位[:：]?")


@dataclass(frozen=True, slots=True)
class ItemName:
    """A numeric item under all names it ever had. `spans` = (first scheme, scheme it ended with or ""). flow: its
    periods add up; others are stocks."""

    form: str
    code: str
    unit: str
    carrier: str
    name_zh: str
    name_en: str
    names: frozenset[str]
    spans: tuple[tuple[str, str], ...]
    flow: bool

    @property
    def ref(self) -> str:
        """``NY201:110``."""
        return f"{self.form}:{self.code}"


@dataclass(frozen=True, slots=True)
class RegionHit:
    """A region's code; `replaced`: found by an old code; `known` False: not in force on the day, went to
    `successors`."""

    code: str
    replaced: bool = False
    in_force: bool = True
    successors: tuple[str, ...] = ()


class Units:
    """The catalog's unit book, read as people write: blanks inside, brackets around, 万 and 亿 in front."""

    def __init__(self, book: UnitBook) -> None:
        self._book = book

    def find(self, text: str, carrier: str = "") -> tuple[str, Fraction] | None:
        """(dimension, base units in one) of a unit as written, or None.

        A word may mean another unit for one carrier: a 吨 of water is a cubic metre.
        """
        word = half_width(text).strip("()[]【】 ")
        tight = re.sub(r"\s+", "", word)
        if not tight:
            return None
        unit = self._book.find(word, carrier) or self._book.find(tight, carrier)
        if unit is not None:
            return unit.dimension, unit.factor
        for prefix, times in _PREFIXES:
            if tight.startswith(prefix) and len(tight) > len(prefix):
                rest = self.find(tight[len(prefix) :], carrier)
                return (rest[0], rest[1] * times) if rest else None
        return self._quotient(tight, carrier)

    def _quotient(self, text: str, carrier: str) -> tuple[str, Fraction] | None:
        """One unit per another, as ``kBtu/sf``."""
        above, slash, below = text.partition("/")
        one = self.find(above, carrier) if slash else None
        other = self.find(below) if one else None
        return (f"{one[0]}/{other[0]}", one[1] / other[1]) if one and other else None

    def factor(self, text: str, to: str, carrier: str = "") -> Fraction | str:
        """What one of `text` is in units `to`, or the finding code `unknown_unit` or `wrong_unit`.

        Formula: factor(text) ÷ factor(to), both to the base unit of one dimension.
        """
        source = self.find(text, carrier)
        target = self.find(to, carrier)
        if source is None or target is None:
            return "unknown_unit"
        return source[1] / target[1] if source[0] == target[0] else "wrong_unit"


def split_unit(text: str) -> tuple[str, str]:
    """A heading and the unit in its last bracket: ``用电量（万千瓦时）`` → (``用电量``, ``万千瓦时``).

    >>> split_unit("NaturalGas(kBtu)"), split_unit("用电量"), split_unit("(kWh)")
    (('NaturalGas', 'kBtu'), ('用电量', ''), ('', 'kWh'))
    """
    shown = half_width(text)
    match = _BRACKET.fullmatch(shown)
    if not match:
        return shown, ""
    return match.group(1).strip(), _UNIT_WORD.sub("", match.group(2)).strip()


class Lexicon:
    """Lookups over catalog rows. `season` and the like are none of its business."""

    def __init__(
        self,
        *,
        items: Iterable[Item] = (),
        forms: Iterable[Form] = (),
        schemes: Iterable[Scheme] = (),
        units: Units | None = None,
        types: Iterable[InstitutionType] = (),
        type_labels: Mapping[str, Iterable[str]] | None = None,
        regions: Iterable[Region] = (),
        region_changes: Iterable[RegionChange] = (),
        region_old_codes: Iterable[RegionOldCode] = (),
    ) -> None:
        self.units = units or Units(UnitBook({}, ()))
        self.forms = {form.code: form for form in forms if not form.summary_of}
        self.schemes = tuple(sorted(schemes, key=lambda scheme: scheme.valid_from))
        self.items = _merge_items(items)
        self._by_word: dict[str, list[ItemName]] = defaultdict(list)
        for item in self.items.values():
            for word in _item_words(item):
                self._by_word[word].append(item)
        self.types = {row.code: row for row in types}
        self._types = {
            key(word): row.code
            for row in self.types.values()
            for word in (*(type_labels or {}).get(row.code, ()), row.name_zh, row.name_en, row.code)
        }
        self._regions: dict[str, list[Region]] = defaultdict(list)
        self.regions = tuple(regions)
        for region in self.regions:
            words = (region.code, region.name, region.short_name, region.name_en, *region.aliases)
            for word in {key(word) for word in words if word}:
                self._regions[word].append(region)
        self._changes = tuple(region_changes)
        self._old = {key(row.old_code): row.code for row in region_old_codes}

    # --- items ---

    def find_items(self, text: str, form: str | None = None) -> list[ItemName]:
        """Items that go by this text (code, FORM:code, a name, code and name), of one form or of all."""
        found = self._by_word.get(key(text), [])
        return [item for item in found if form is None or item.form == form]

    def in_scheme(self, item: ItemName, day: date) -> bool:
        """Whether the item exists in the scheme in force on the day (the last one of a period)."""
        order = {scheme.code: place for place, scheme in enumerate(self.schemes)}
        place = self._scheme_place(day)
        if place is None or not order:
            return True
        return any(
            order.get(first, 0) <= place and (not last or place < order.get(last, len(order)))
            for first, last in item.spans
        )

    def _scheme_place(self, day: date) -> int | None:
        for place, scheme in enumerate(self.schemes):
            if scheme.valid_from <= day < scheme.valid_to:
                return place
        return 0 if self.schemes and day < self.schemes[0].valid_from else None

    # --- types and regions ---

    def type_code(self, text: str) -> str | None:
        """The code of an institution type by code or name."""
        return self._types.get(key(text))

    def region(self, text: str, day: date) -> RegionHit | None:
        """The region of a code, name or alias on a day; None if no such region was ever known."""
        word = key(text)
        replaced = word not in self._regions and word in self._old
        rows = self._regions.get(key(self._old[word]) if replaced else word, [])
        for row in rows:
            if row.valid_from <= day < row.valid_to:
                return RegionHit(row.code, replaced)
        if not rows:
            return None
        codes = {row.code for row in rows}
        went = tuple(dict.fromkeys(change.to_code for change in self._changes if change.from_code in codes))
        return RegionHit(rows[0].code, replaced, in_force=False, successors=went)


def _merge_items(rows: Iterable[Item]) -> dict[tuple[str, str], ItemName]:
    grouped: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for row in rows:
        if row.value_kind == "number":
            grouped[(row.form, row.code)].append(row)
    return {place: _item_name(versions) for place, versions in grouped.items()}


def _item_name(versions: Sequence[Item]) -> ItemName:
    last = versions[-1]
    names = {name for row in versions for name in (row.name_zh, row.name_en) if name}
    spans = tuple((row.scheme_from, row.scheme_to) for row in versions)
    return ItemName(
        last.form, last.code, last.unit, last.carrier, last.name_zh, last.name_en, frozenset(names), spans,
        last.agg == "flow",
    )  # fmt: skip


def _item_words(item: ItemName) -> set[str]:
    words = {item.code, item.ref}
    for name in item.names:
        # The catalog marks an unknown label by brackets; it is no name to go by.
        if name.startswith("(") or "not found" in name:
            continue
        words |= {
            name,
            f"{item.code}{name}",
            f"{name}({item.code})",
            f"{item.code}.{name}",
            f"{item.ref}{name}",
        }
        words.add(name.replace("/", ""))
    return {key(word) for word in words}


def of_catalog(catalog: Catalog) -> Lexicon:
    """The lexicon of a loaded catalog."""
    return Lexicon(
        items=catalog.table("items"),
        forms=catalog.forms.values(),
        schemes=catalog.schemes.values(),
        units=Units(UnitBook(catalog.units, catalog.table("unit_aliases"))),
        types=catalog.types.values(),
        type_labels={row.code: _column_labels(catalog, row) for row in catalog.types.values()},
        regions=catalog.regions,
        region_changes=catalog.region_changes,
        region_old_codes=catalog.region_old_codes.values(),
    )


def _column_labels(catalog: Catalog, row: InstitutionType) -> tuple[str, ...]:
    """The names of the type's column in the summary forms, as 教育 for 教育事业."""
    label = catalog.code_lists.get("summary_column", {}).get(row.column)
    return (label.name_zh, label.name_en) if label else ()
