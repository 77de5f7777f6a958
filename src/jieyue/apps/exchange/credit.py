"""The unified social credit code 统一社会信用代码: 18 characters, the last one a check character."""

from jieyue.apps.exchange.numbers import half_width

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def is_valid(code: str) -> bool:
    """Whether the check character agrees.

    Formula: C18 = (31 − Σ Ci × 3^(i−1) mod 31) mod 31, over the 31 characters above.
    Source: GB 32100-2015 §5 and annex A.

    >>> is_valid("91350100M000100Y43"), is_valid("91350100M000100Y44")
    (True, False)
    """
    if len(code) != 18 or any(letter not in _ALPHABET for letter in code):
        return False
    total = sum(_ALPHABET.index(letter) * weight for letter, weight in zip(code, _WEIGHTS, strict=False))
    return _ALPHABET[-total % 31] == code[17]


def normal(text: str) -> str:
    """The code in half-width capitals without blanks.

    >>> normal(" 9135 0100m000100y43 ")
    '91350100M000100Y43'
    """
    return "".join(half_width(text).split()).upper()
