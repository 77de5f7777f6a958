"""Chinese numerals 一二三 as numbers, or nothing where the signs are part of a word."""

from fractions import Fraction

_DIGIT = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACE = {"十": 10, "百": 100, "千": 1000}
_GROUP = {"万": 10**4, "亿": 10**8}
#: A digit that ends a numeral behind one of these counts the place below it: 两万三 is 23,000.
_LEAVES_OUT = {"百": 10, "千": 100, "万": 10**3, "亿": 10**7}


def numeral_of(text: str) -> tuple[Fraction, Fraction] | None:
    """The value, and what one of its last digit is worth; None if the signs are no numeral. Digits are read too.

    >>> numeral_of("三十五万"), numeral_of("二点五"), numeral_of("十四五")
    ((Fraction(350000, 1), Fraction(10000, 1)), (Fraction(5, 2), Fraction(1, 10)), None)
    """
    if text and text[0].isascii():
        whole, _dot, rest = text.partition(".")
        return Fraction(text), Fraction(1, 10 ** len(rest)) if whole else Fraction(1)
    whole, dot, rest = text.partition("点")
    number = _whole(whole)
    if number is None or (dot and not rest) or any(sign not in _DIGIT for sign in rest):
        return None
    step = Fraction(1, 10 ** len(rest)) if dot else Fraction(_GROUP.get(whole[-1], _last_place(whole)))
    return number + sum(
        (Fraction(_DIGIT[sign], 10**place) for place, sign in enumerate(rest, 1)), Fraction(0)
    ), step


def _last_place(text: str) -> int:
    """What the digit that ends a numeral counts: 1, or the place below the one said before it."""
    return _LEAVES_OUT.get(text[-2:-1], 1) if text[-1] in _DIGIT else 1


def _whole(text: str) -> Fraction | None:
    """A whole number by the grammar of numerals: digit and place in turn, places falling within a group."""
    if not text:
        return None
    total = group = 0
    digit: int | None = None
    last_place, last_group = 10**4, 10**12
    for index, sign in enumerate(text):
        if sign in _DIGIT:
            if digit not in (None, 0):
                return None
            digit = _DIGIT[sign]
        elif sign in _PLACE:
            place = _PLACE[sign]
            if place >= last_place or (not digit and not (sign == "十" and index == 0)):
                return None
            group, digit, last_place = group + (digit or 1) * place, None, place
        else:
            size = _GROUP[sign]
            group += digit or 0
            if size >= last_group or not group:
                return None
            total, group, digit, last_place, last_group = total + group * size, 0, None, 10**4, size
    return Fraction(total + group + (digit or 0) * _last_place(text))
