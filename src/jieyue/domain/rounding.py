"""Rounding of numbers 数值修约 by GB/T 8170-2008, and exact text of exact numbers.

The rule is 四舍六入五留双: below half of the last place is dropped, above half is carried, and exactly half
goes to the even digit. It is applied once, to the exact value (GB/T 8170-2008 §3.3 forbids rounding in
steps), so a value never passes through a float or a decimal context of limited precision on its way.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

ExactNumber = Fraction | Decimal | int

SIGNIFICANT_DIGITS = 34
"""Digits of a number without a finite decimal form (the width of an IEEE 754 decimal128)."""


def exact_fraction(value: ExactNumber) -> Fraction:
    """Return `value` as a fraction, refusing what is not an exact number.

    Raises TypeError for floats, booleans and other types, ValueError for NaN and infinities.

    >>> exact_fraction(Decimal("0.125"))
    Fraction(1, 8)
    """
    if isinstance(value, bool) or not isinstance(value, Fraction | Decimal | int):
        raise TypeError(f"an exact number (Fraction, Decimal, int) is needed, not {type(value).__name__}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"a finite number is needed, not {value}")
    return value if type(value) is Fraction else Fraction(value)


def plain_decimal(digits: int, decimals: int) -> Decimal:
    """Return digits × 10^−decimals as a decimal, exactly and without regard to any decimal context.

    >>> plain_decimal(-1050, 3)
    Decimal('-1.050')
    >>> plain_decimal(12, -2)
    Decimal('1200')
    """
    if decimals < 0:
        digits, decimals = digits * 10**-decimals, 0
    return Decimal(f"{digits}E{-decimals}")  # from a text: all digits, whatever the context


def round_gb8170(value: ExactNumber, decimals: int) -> Decimal:
    """Round an exact value to a number of decimals; the result always shows that many decimals.

    A negative number is rounded by its absolute value and gets its sign back (§3.2.5); zero has no sign.
    `decimals` below zero rounds to tens (−1), hundreds (−2) and so on.
    Formula: n × 10^−d, where n is the integer nearest to value × 10^d, the even one of two equally near.
    Source: GB/T 8170-2008 §3.2.1 to §3.2.5, §3.3.1.

    >>> round_gb8170(Decimal("1.050"), 1), round_gb8170(Decimal("0.35"), 1)
    (Decimal('1.0'), Decimal('0.4'))
    >>> round_gb8170(Fraction(2500), -3)
    Decimal('2000')
    >>> round_gb8170(Fraction(-1, 3), 2)
    Decimal('-0.33')
    """
    exact = exact_fraction(value)
    over, under = (10**decimals, 1) if decimals >= 0 else (1, 10**-decimals)
    under *= exact.denominator
    whole, rest = divmod(abs(exact.numerator) * over, under)
    whole += 2 * rest > under or (2 * rest == under and whole % 2 == 1)
    return plain_decimal(-whole if exact.numerator < 0 else whole, decimals)


def display(value: ExactNumber, decimals: int) -> str:
    """Return the printed form of a figure: plain, rounded by GB/T 8170, with exactly `decimals` decimals.

    Source: GB/T 8170-2008 §3.2.

    >>> display(Fraction(7, 2), 0), display(Decimal("1E+3"), 2), display(Decimal("-0.004"), 2)
    ('4', '1000.00', '0.00')
    """
    return format(round_gb8170(value, decimals), "f")


def finite_decimals(value: Fraction) -> int | None:
    """Return how many decimals the exact decimal form of `value` has, or None if that form has no end.

    A reduced fraction has one if its denominator is 2^a × 5^b; it then has max(a, b) decimals.

    >>> finite_decimals(Fraction(1, 40)), finite_decimals(Fraction(1, 3))
    (3, None)
    """
    denominator = value.denominator
    twos = (denominator & -denominator).bit_length() - 1
    denominator >>= twos
    fives = 0
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    return max(twos, fives) if denominator == 1 else None


def exact_text(value: Fraction) -> str:
    """Return the exact decimal form if it is finite, else 34 significant digits, the last one half-even.

    Plain text: no exponent, no trailing zeros of an exact form, no sign on zero.

    >>> exact_text(Fraction(1, 8)), exact_text(Fraction(1200))
    ('0.125', '1200')
    >>> exact_text(Fraction(-2, 3))
    '-0.6666666666666666666666666666666667'
    """
    value = exact_fraction(value)
    decimals = finite_decimals(value)
    if decimals is not None:
        digits = value.numerator * (10**decimals // value.denominator)
        return format(plain_decimal(digits, decimals), "f")
    context = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
    # Dividing integers rounds once, from the exact quotient; the operands keep all their digits.
    return format(context.divide(Decimal(value.numerator), Decimal(value.denominator)), "f")


def half_unit(value: Decimal) -> Decimal:
    """Return half of the last decimal place that a number shows: as far as its rounding may have moved it.

    Zeros at the end of a whole number count as said, zeros after the point as not said. Unit: the value's.

    >>> half_unit(Decimal("12.50")), half_unit(Decimal("4200")), half_unit(Decimal("0"))
    (Decimal('0.05'), Decimal('0.5'), Decimal('0.5'))
    """
    exponent = value.normalize().as_tuple().exponent
    return Decimal(5).scaleb(min(int(exponent), 0) - 1)
