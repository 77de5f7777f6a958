"""What a person types into a cell, read exactly: 1.2万, 5.79万度, 3,200 元, 51240+7860-1200*0.56, 不使用.

A unit behind the number is one that converts to the item's (吨 of water is a cubic metre; a bottle of LPG is what
the authority's own units say); a sum of several bills is added up. The text is kept beside the value where it says
more than the number (`raw` of who entered it).
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.exchange.numbers import Number, Refusal, half_width, parse_number, stored
from jieyue.apps.returns.cells import NOT_USED
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Item
from jieyue.catalog.rules import Catalog

TYPED = 3
_NOT_USED = frozenset({"不使用", "不用", "notused", "not used"})
_UNIT = re.compile(r"[^\d.,+\-*×()\s]+[23]?$")
_TERM = re.compile(r"\s*([+-])\s*")
_TIMES = re.compile(r"\s*[*×]\s*")
#: A whole ten thousand in front of a unit: 5.79万度.
_MULTIPLES = ("万", "亿", "萬", "億")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell as typed. value: (ten-thousandths in the item's unit, origin), None = empty. raw: the text, where it is
    more than the number itself."""

    value: tuple[int, int] | None
    raw: str = ""


def read_typed(text: str, item: Item, catalog: Catalog) -> Typed | Refusal:
    """The value that a text gives an item, in the item's unit.

    >>> from jieyue.catalog.loader import load_catalog
    >>> catalog = load_catalog()
    >>> electricity = catalog.item("NY201:110")
    >>> read_typed("5.79万度", electricity, catalog).value
    (579000000, 3)
    >>> read_typed("51,240+7860-1200", electricity, catalog).value
    (579000000, 3)
    >>> read_typed("51240+7860-1200×0.5", electricity, catalog).value
    (585000000, 3)
    >>> read_typed("12 吨", electricity, catalog).code
    'unknown_unit'
    """
    shown = half_width(text)
    if not shown:
        return Typed(None)
    if len(text) > LONGEST:
        return Refusal("not_a_number")
    if shown.casefold() in _NOT_USED:
        return Typed((0, NOT_USED))
    amount, factor = _unit_of(shown, item, catalog)
    if factor is None:
        return Refusal("unknown_unit")
    number = _sum(amount)
    if isinstance(number, Refusal):
        return number
    value = stored(number, factor)
    if isinstance(value, Refusal):
        return value
    if value[0] < 0:
        return Refusal("negative")
    return Typed((value[0], TYPED), text.strip() if value[1] or not _is_plain(shown) else "")


def _is_plain(shown: str) -> bool:
    return re.fullmatch(r"[\d.,]+", shown) is not None


def _unit_of(shown: str, item: Item, catalog: Catalog) -> tuple[str, Fraction | None]:
    """The text without its unit, and what turns that unit into the item's; None where it does not convert."""
    found = _UNIT.search(shown)
    if found is None or found.group() in _MULTIPLES:
        return shown, Fraction(1)
    word, before = found.group(), shown[: found.start()].strip()
    if not any(mark.isdigit() for mark in before):
        return shown, Fraction(1)
    for cut in (word, word[1:] if word[0] in _MULTIPLES else ""):
        try:
            factor = catalog.convert(Fraction(1), cut, item.unit, item.carrier) if cut else None
        except UnknownRuleError:
            continue
        except ValueError:  # a unit of another dimension
            break
        if factor is not None:
            return before + word[: len(word) - len(cut)], factor
    return shown, None


def _sum(amount: str) -> Number | Refusal:
    """One number, or several joined by + and −, each a number or a product (1200 kWh × 0.56 yuan)."""
    whole = parse_number(amount)
    if isinstance(whole, Number):
        return whole
    parts = _TERM.split(amount.lstrip("=").strip())
    if not parts[0] or (len(parts) < 3 and not _TIMES.search(parts[0])):
        return whole
    total = Fraction(0)
    for sign, part in zip(["+", *parts[1::2]], parts[::2], strict=True):
        product = Fraction(1 if sign == "+" else -1)
        for factor in _TIMES.split(part):
            number = parse_number(factor)
            if isinstance(number, Refusal):
                return number
            product *= number.fraction()
        total += product
    decimals = 0
    while (total * 10**decimals).denominator != 1:
        decimals += 1
    return Number(int(total * 10**decimals), decimals)
