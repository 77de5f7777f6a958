"""Synthetic unified social credit codes with valid check digits (GB 32100-2015, GB 11714-1997).

The organisation part begins with ``XX``, so that no real organisation can have it.
"""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """The check character of an organisation code's eight characters (GB 11714-1997, 4.2)."""
    total = sum(
        weight * _ORGANISATION.index(sign) for weight, sign in zip(_ORGANISATION_WEIGHTS, body, strict=True)
    )
    rest = (11 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def credit_check(body: str) -> str:
    """The check character of a credit code's seventeen characters (GB 32100-2015, clause 5.2).

    >>> credit_check("91350100M000100Y4")
    '3'
    """
    total = sum(weight * _ALPHABET.index(sign) for weight, sign in zip(_WEIGHTS, body, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def credit_code(category: str, serial: int) -> str:
    """The fictitious code of one institution: registered by 机构编制 (1), in 500000, organisation XX······."""
    organisation = f"XX{serial:06d}"
    body = f"1{category}500000{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)
