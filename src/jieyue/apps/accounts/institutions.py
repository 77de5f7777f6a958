"""Institutions as the accounts name them: by code on a day, the closed ones too."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.registry.queries import by_code, institution_history, institutions


def institution_of(code: str, day: date) -> int | None:
    """The institution of a code on the day; one that was closed or founded around it goes by today's code."""
    return by_code([code], day).get(code) or by_code([code], None).get(code)


def codes_on(ids: Sequence[int], day: date) -> dict[int, str]:
    """Identifier to code on the day; the last code of one that is not in being then."""
    found = {number: info.code for number, info in institutions(ids, day).items()}
    for number in set(ids) - set(found):
        found[number] = institution_history(number)[-1][2].code
    return found
