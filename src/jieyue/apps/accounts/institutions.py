"""Institutions as the accounts name them: by code on a day, the closed ones too."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.registry.queries import codes_of, number_of


def institution_of(code: str, day: date) -> int | None:
    """The institution of a code on the day; of one that is not in being then, the last that had the code."""
    return number_of(code, day)


def codes_on(ids: Sequence[int], day: date) -> dict[int, str]:
    """Identifier to code on the day; the last code of one that is not in being then."""
    return codes_of(ids, day)
