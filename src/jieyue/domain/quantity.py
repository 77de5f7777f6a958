"""Stored quantities 存储量: whole numbers of ten-thousandths, the DECIMAL(18,4) of the lake as int64.

Sums of such numbers are exact in any order and on any number of threads; a float never takes part.
Reading what people write (万, full-width digits, separators) is the business of `apps/exchange`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from jieyue.domain.errors import DomainError
from jieyue.domain.rounding import ExactNumber, exact_fraction, plain_decimal

SCALE = 10_000
"""Ten-thousandths in one: a stored integer ÷ SCALE is the quantity in the unit of its item."""

DECIMALS = 4
LARGEST = 10**18 - 1
"""The largest stored integer of DECIMAL(18,4): 99 999 999 999 999.9999 in the item's unit."""

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:s?nan[0-9]*|inf(?:inity)?)", re.IGNORECASE)
_LAST_PLACE = Decimal("0.0001")
# 40 digits hold every value in range with 4 decimals; quantize then rounds once, from the exact operand.
_STORAGE = Context(prec=40, rounding=ROUND_HALF_EVEN)
_SHOWN = 60


class QuantityError(DomainError):
    """A number that cannot be stored; `code` is `not_a_number`, `not_finite` or `out_of_range`."""


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """One column of stored quantities, all arrays of the same length.

    `values`: ten-thousandths (0 where absent); `present`: False where the source had no value;
    `rounded`: True where the source had more than 4 decimals.
    """

    values: Int64Array
    present: BoolArray
    rounded: BoolArray


def _refuse(code: str, text: str) -> QuantityError:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    zh, en = {
        "not_a_number": (
            f"“{shown}”不是数字；请填写十进制数，如 1234.5",
            f"“{shown}” is not a number; write a decimal number such as 1234.5",
        ),
        "not_finite": (
            f"“{shown}”不是有限的数；缺数请留空，不使用请填“不使用”",
            f"“{shown}” is not a finite number; leave a missing value blank, mark an item as not used",
        ),
        "out_of_range": (
            f"“{shown}”超出可存储范围（整数部分最多14位）；请核对计量单位",
            f"“{shown}” is out of range (at most 14 digits before the point); check the unit",
        ),
    }[code]
    return QuantityError(code, zh=zh, en=en, data={"value": shown})


def _parse(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise _refuse("not_finite" if _NOT_FINITE.fullmatch(text) else "not_a_number", text)
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise _refuse("out_of_range", text) from None


def _fixed_decimal(value: Decimal) -> tuple[int, bool] | None:
    """Return the stored integer, or None for a value that has no room in it."""
    # The size is looked at first: 1e400 must not be written out, nor 1e999999999.
    if value and value.adjusted() >= 18 - DECIMALS:
        return None
    stored = value.quantize(_LAST_PLACE, context=_STORAGE)
    return int(stored.scaleb(DECIMALS, context=_STORAGE)), stored != value


def _fixed_exact(value: Fraction | int) -> tuple[int, bool]:
    scaled = exact_fraction(value) * SCALE
    fixed = round(scaled)
    return fixed, fixed != scaled


def to_fixed(value: ExactNumber | str) -> tuple[int, bool]:
    """Return a quantity as ten-thousandths, and whether rounding to 4 decimals changed it.

    Unit: that of the item. A text must be a plain or exponent decimal in ASCII, with nothing around it.
    Formula: n = value × 10⁴ rounded by GB/T 8170-2008 §3.2 (half to even), |n| < 10¹⁸.
    Raises QuantityError (`not_a_number`, `not_finite`, `out_of_range`), TypeError for a float.

    >>> to_fixed("57900"), to_fixed(Decimal("0.00005")), to_fixed(Fraction(1, 3))
    ((579000000, False), (0, True), (3333, True))
    >>> to_fixed("1e400")
    Traceback (most recent call last):
        ...
    jieyue.domain.quantity.QuantityError: “1e400” is out of range (at most 14 digits before the point); ...
    """
    number = _parse(value) if isinstance(value, str) else value
    if isinstance(number, Decimal) and not number.is_finite():
        raise _refuse("not_finite", str(number))
    result = _fixed_decimal(number) if isinstance(number, Decimal) else _fixed_exact(number)
    if result is None or abs(result[0]) > LARGEST:
        raise _refuse("out_of_range", str(value))
    return result


def from_fixed(fixed: int) -> Decimal:
    """Return ten-thousandths as a decimal with 4 decimals, exactly.

    >>> from_fixed(579000001)
    Decimal('57900.0001')
    """
    return plain_decimal(int(fixed), DECIMALS)


def fixed_fraction(fixed: int) -> Fraction:
    """Return ten-thousandths as an exact fraction in the item's unit: fixed ÷ 10⁴.

    >>> fixed_fraction(25000)
    Fraction(5, 2)
    """
    return Fraction(int(fixed), SCALE)


def fixed_text(fixed: int) -> str:
    """Return ten-thousandths as a plain decimal without exponent or trailing zeros.

    This is the text of a cell in a return version and in exports.

    >>> fixed_text(579000000), fixed_text(-5), fixed_text(0)
    ('57900', '-0.0005', '0')
    """
    whole, rest = divmod(abs(int(fixed)), SCALE)
    decimals = f".{rest:04d}".rstrip("0") if rest else ""
    return f"{'-' if fixed < 0 else ''}{whole}{decimals}"


def convert(fixed: int, factor: ExactNumber) -> tuple[int, bool]:
    """Return a stored quantity in another unit, and whether storage had to round it.

    `factor`: units of the target in one unit of the source (t → kg: 1000), exact.
    Formula: fixed × factor, rounded once to ten-thousandths by GB/T 8170-2008 §3.2.

    >>> convert(54700, 1000)  # 5.47 t of coal in kg
    (54700000, False)
    """
    return to_fixed(fixed_fraction(fixed) * exact_fraction(factor))


def fixed_array(values: Iterable[ExactNumber | str | None]) -> FixedColumn:
    """Return a column of quantities as ten-thousandths; None stays absent and never becomes a zero.

    Shape: one entry for each value. Unit and rounding: as `to_fixed`.
    Raises QuantityError for the first value refused; its `data["index"]` is the place, counted from 0.

    >>> column = fixed_array(["1.5", None, Decimal("2")])
    >>> column.values.tolist(), column.present.tolist()
    ([15000, 0, 20000], [True, False, True])
    """
    numbers: list[int] = []
    present: list[bool] = []
    rounded: list[bool] = []
    for index, value in enumerate(values):
        try:
            number, changed = (0, False) if value is None else to_fixed(value)
        except QuantityError as error:
            error.data["index"] = str(index)
            raise
        numbers.append(number)
        present.append(value is not None)
        rounded.append(changed)
    return FixedColumn(
        np.array(numbers, dtype=np.int64),
        np.array(present, dtype=np.bool_),
        np.array(rounded, dtype=np.bool_),
    )


def exact_sum(values: Int64Array) -> int:
    """Return the sum of an int64 array of any shape as a Python integer that cannot overflow.

    Unit: that of the entries (ten-thousandths in, ten-thousandths out). An empty array sums to 0; whether a
    sum over nothing means zero or missing is for the caller to say.
    Formula: Σ v = 2³² × Σ ⌊v ÷ 2³²⌋ + Σ (v mod 2³²); neither part leaves int64 below 2³¹ entries.
    Raises TypeError unless the array is int64.

    >>> exact_sum(np.array([2**62, 2**62, 2**62], dtype=np.int64)) == 3 * 2**62
    True
    """
    if values.dtype != np.int64:
        raise TypeError(f"an int64 array is needed, not {values.dtype}")
    if values.size >= 2**31:
        raise QuantityError(
            "out_of_range",
            zh="一次求和的数超过 2³¹ 个；请分块求和",
            en="more than 2³¹ numbers in one sum; add them in blocks",
        )
    high = int((values >> 32).sum(dtype=np.int64))
    low = int((values & 0xFFFF_FFFF).sum(dtype=np.int64))
    return (high << 32) + low
