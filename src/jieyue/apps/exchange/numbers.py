"""Numbers as people and spreadsheets write them, read exactly or refused with a reason.

A float takes part only as the shortest decimal that a spreadsheet would show for it; arithmetic is on
whole numbers.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.exchange.reader import Cell, Odd
from jieyue.domain.quantity import LARGEST, SCALE

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?:\.\d*)?", re.ASCII)
_EXPONENT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+", re.ASCII)
_DIGITS_AND_MARKS = re.compile(r"[+-]?[\d.,]+", re.ASCII)
_MULTIPLES = {"万": 4, "亿": 8, "萬": 4, "億": 8}
_CURRENCY = "¥￥$€£元"
_LONGEST = 64
# Spaces of every width, and marks that show nothing.
_SPACES = dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x3000, 0x09], " ")
_UNSEEN = dict.fromkeys(
    [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)
_MINUS = dict.fromkeys([0x2212, *range(0x2010, 0x2015), 0xFF0D], "-")

#: What people write for "no data". Such a word blanks a cell only if the profile lists it.
NO_DATA_WORDS = frozenset(
    {
        "not available", "not applicable", "n/a", "na", "n.a.", "#n/a", "nil", "none", "null", "missing", "unknown",
        "-", "--", "---", "/", "//", "\\", "*", "…", "...", "无", "暂无", "没有", "缺", "缺失", "空", "未知", "不详",
        "无数据", "未统计", "未填", "不适用", "?", "？",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number: `digits` × 10^−`decimals`."""

    digits: int
    decimals: int = 0

    def fraction(self) -> Fraction:
        """The value.

        >>> Number(15, 1).fraction()
        Fraction(3, 2)
        """
        return (
            Fraction(self.digits, 10**self.decimals)
            if self.decimals >= 0
            else Fraction(self.digits * 10**-self.decimals)
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cell is not what it should be: a finding code; limit: how much it may hold, where that is the reason."""

    code: str
    limit: int = 0


def clean(text: str) -> str:
    """Text without unseen marks, with plain spaces and no space around it; letters stay as they are.

    >>> clean("\\u3000渝中区\\u200b ")
    '渝中区'
    """
    return text.translate(_UNSEEN).translate(_SPACES).strip()


def half_width(text: str) -> str:
    """Compatibility form: full-width letters, digits and marks become ASCII ones; minus signs become -.

    >>> half_width("１，２３４．５（万）")
    '1,234.5(万)'
    """
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN).translate(_SPACES)).translate(_MINUS).strip()


def parse_number(text: str, *, percent: bool = False) -> Number | Refusal:
    """Read a number as people write it. Unit: that of the column.

    Understood: full-width digits and marks, 1,234.5 and 1 234.5 in groups of three, a currency sign, a
    leading sign, (1,234) for a negative, 万 and 亿 behind the number, and, if `percent`, %.
    Refused: exponents, words, NaN, groups that can be read in two ways.

    >>> parse_number("１，２３４．５０"), parse_number("1.2万"), parse_number("(3)")
    (Number(digits=123450, decimals=2), Number(digits=12000, decimals=0), Number(digits=-3, decimals=0))
    >>> parse_number("1,5").code, parse_number("1e400").code, parse_number("12吨").code
    ('ambiguous_number', 'exponent_in_number', 'text_in_number')
    """
    shown = half_width(text)
    if not shown or len(shown) > _LONGEST:
        return Refusal("not_a_number")
    negative = shown.startswith("(") and shown.endswith(")")
    body = shown[1:-1].strip() if negative else shown
    body = _without_currency(body)
    shift = 0
    if body[-1:] in _MULTIPLES:
        shift = _MULTIPLES[body[-1]]
        body = body[:-1].rstrip()
    elif percent and body.endswith("%"):
        shift = -2
        body = body[:-1].rstrip()
    bare = _bare_decimal(body)
    if isinstance(bare, Refusal):
        return bare
    if negative and bare[:1] in "+-":
        return Refusal("ambiguous_number")
    return _number("-" + bare if negative else bare, shift)


def _without_currency(body: str) -> str:
    if body[:1] in _CURRENCY:
        return body[1:].lstrip()
    if body[:1] in "+-" and body[1:2] and body[1:2] in _CURRENCY:
        return body[0] + body[2:].lstrip()
    return body


def _bare_decimal(body: str) -> str | Refusal:
    """Digits with a sign and a point only, or why not."""
    if _PLAIN.fullmatch(body):
        return body
    if _GROUPED.fullmatch(body):
        return body.replace(",", "")
    if _SPACED.fullmatch(body):
        return re.sub("[ '’]", "", body)
    if _EXPONENT.fullmatch(body):
        return Refusal("exponent_in_number")
    if _DIGITS_AND_MARKS.fullmatch(body) and any(mark.isdigit() for mark in body):
        return Refusal("ambiguous_number")
    return Refusal("text_in_number" if any(mark in "0123456789" for mark in body) else "not_a_number")


def _number(bare: str, shift: int) -> Number:
    whole, _, part = bare.lstrip("+").partition(".")
    sign = -1 if whole.startswith("-") else 1
    digits = int((whole.lstrip("-") + part) or "0") * sign
    decimals = len(part) - shift
    if decimals < 0:
        digits, decimals = digits * 10**-decimals, 0
    return Number(digits, decimals)


def float_number(value: float) -> Number | Refusal:
    """The shortest decimal of a spreadsheet's number (what `repr` shows), exactly.

    >>> float_number(81.69999695), float_number(1e22)
    (Number(digits=8169999695, decimals=8), Number(digits=10000000000000000000000, decimals=0))
    """
    if value != value:
        return Refusal("not_a_number")
    if value in (float("inf"), float("-inf")):
        return Refusal("number_too_large")
    mantissa, _, exponent = repr(value).partition("e")
    return _number(mantissa, int(exponent or "0"))


def number_of(cell: Cell, *, percent: bool = False) -> Number | Refusal:
    """The number in a filled cell, whatever its kind."""
    if isinstance(cell, bool):
        return Refusal("not_a_number")
    if isinstance(cell, float):
        return float_number(cell)
    if isinstance(cell, int):
        return Number(cell)
    if isinstance(cell, str):
        return parse_number(cell, percent=percent)
    if isinstance(cell, Odd):
        return _odd_number(cell)
    return Refusal("not_a_number")


def _odd_number(cell: Odd) -> Refusal:
    if cell.kind in ("date", "datetime", "time"):
        return Refusal("date_in_number")
    if cell.kind == "error":
        return Refusal("error_cell")
    if cell.kind == "formula":
        return Refusal("formula_without_value")
    return Refusal("not_a_number" if "nan" in cell.text else "number_too_large")


def stored(number: Number, factor: Fraction = Fraction(1)) -> tuple[int, bool] | Refusal:
    """Ten-thousandths of `number` × `factor`, and whether rounding to 4 decimals changed it.

    Formula: n = digits × factor × 10^(4 − decimals), half to even (GB/T 8170-2008 §3.2).

    >>> stored(Number(1), Fraction(144 * 254 * 254, 10**8))  # one square foot in m2: 0.09290304
    (929, True)
    """
    if not number.digits:
        return 0, False
    if len(str(abs(number.digits))) - number.decimals > 40:
        return Refusal("number_too_large")
    top = number.digits * factor.numerator * SCALE
    bottom = factor.denominator * 10**number.decimals
    fixed, rest = divmod(top, bottom)
    if rest * 2 > bottom or (rest * 2 == bottom and fixed % 2):
        fixed += 1
    return (fixed, rest != 0) if abs(fixed) <= LARGEST else Refusal("number_too_large")
