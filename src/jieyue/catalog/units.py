"""Units by code or by the words people write, and exact conversion."""

import unicodedata
from collections.abc import Collection, Mapping
from fractions import Fraction

from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Unit, UnitAlias


def folded(text: str) -> str:
    """How a unit word is compared: width and case do not matter, blanks at the ends neither.

    >>> folded(" ＫＷｈ "), folded("㎡"), folded("m³")
    ('kwh', 'm2', 'm3')
    """
    return unicodedata.normalize("NFKC", text).strip().casefold()


def words_of(unit: Unit) -> set[str]:
    """Every folded word that names a unit."""
    words = {unit.code, unit.symbol_zh, unit.symbol_en, *unit.aliases}
    return {folded(word) for word in words if word}


def is_unit(text: str, units: Collection[str]) -> bool:
    """Whether a text is a unit code, or a quotient of two (``kgce/m2``, ``t/h``)."""
    above, _, below = text.partition("/")
    return text in units or (above in units and below in units)


class UnitBook:
    """The units of a catalog."""

    def __init__(self, units: Mapping[str, Unit], aliases: tuple[UnitAlias, ...]) -> None:
        self._units = units
        self._words = {word: unit for unit in units.values() for word in words_of(unit)}
        self._of_carrier = {(alias.carrier, folded(alias.alias)): units[alias.unit] for alias in aliases}

    def find(self, text: str, carrier: str = "") -> Unit | None:
        """The unit a word names, or None; a carrier's own words come first (吨 of water = m3)."""
        word = folded(text)
        return self._of_carrier.get((carrier, word)) or self._units.get(text) or self._words.get(word)

    def unit(self, text: str, carrier: str = "") -> Unit:
        """As `find`; raises `UnknownRuleError`."""
        unit = self.find(text, carrier)
        if unit is None:
            raise UnknownRuleError("单位", "unit", text)
        return unit

    def convert(self, value: Fraction, source: str, target: str, carrier: str = "") -> Fraction:
        """``value`` of ``source`` in ``target``, exactly.

        Raises `UnknownRuleError` for an unknown unit and `ValueError` across dimensions.
        """
        one, other = self.unit(source, carrier), self.unit(target, carrier)
        if one.dimension != other.dimension:
            raise ValueError(
                f"{one.code} does not convert to {other.code}: {one.dimension} is not {other.dimension}"
            )
        return value * one.factor / other.factor

    def known(self, text: str) -> bool:
        """Whether a unit text is a code of the catalog, or a quotient of two (``kgce/m2``)."""
        return is_unit(text, self._units)

    def symbol(self, text: str, language: str = "zh") -> str:
        """How a unit is printed, quotients included (``kgce/m2`` → 千克标准煤/平方米)."""
        if text in self._units:
            unit = self._units[text]
            return unit.symbol_en if language == "en" else unit.symbol_zh
        above, slash, below = text.partition("/")
        if not (slash and self.known(text)):
            raise UnknownRuleError("单位", "unit", text)
        return f"{self.symbol(above, language)}/{self.symbol(below, language)}"
