"""When an amount is told in ten thousands 万, on the tiles of a page as in the sentences of a paper."""

from fractions import Fraction
from typing import Final

#: From this amount on it is, with two decimals.
LARGE: Final = 10_000
DECIMALS: Final = 2
_TEN_THOUSANDS = {
    "tce": "1e4tce",
    "m3": "1e4m3",
    "tCO2": "1e4tCO2",
    "yuan": "1e4yuan",
    "m2": "1e4m2",
    "person": "1e4person",
}


def large_unit(unit: str, value: Fraction | None) -> str:
    """The unit that is ten thousand times as large, where the value is told in it; else nothing.

    >>> large_unit("tce", Fraction(10_000)), large_unit("tce", Fraction(9_999)), large_unit("kgce/m2", Fraction(10**5))
    ('1e4tce', '', '')
    """
    return _TEN_THOUSANDS.get(unit, "") if value is not None and abs(value) >= LARGE else ""
