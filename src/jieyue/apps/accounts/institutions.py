"""Institutions as the accounts name them: by code on a day, the closed ones too."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.registry.queries import codes_of, find_institution


def institution_of(code: str, day: date) -> int | None:
    """The institution of a code on the day; of one that is not in being then, the last that had the code."""
    found = find_institution(code, day)
    return None if found is None else found.id


def codes_on(ids: Sequence[int], day: date) -> dict[int, str]:
    """Identifier to code on the day; the last code of one that is not in being then."""
    return codes_of(ids, day)
