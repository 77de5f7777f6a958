"""What a trial of rules judges beside returns: apps on the right register it, the trial asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from jieyue.apps.review.releases import Held
from jieyue.domain.period import Period


@dataclass(frozen=True)
class Judged:
    """tables: how many were judged; flags: (rule, severity, number of the table) of each line that a rule finds
    wrong."""

    tables: int = 0
    flags: tuple[tuple[str, str, int], ...] = ()


#: What the rules of a set say of the tables that stand on a form's returns of some periods. Raises DomainError.
Judge = Callable[[Held, str, Sequence[Period]], Judged]

_judges: Final[dict[str, Judge]] = {}


def register(name: str, judge: Judge) -> None:
    """Ask this one too; each name once a process."""
    _judges[name] = judge


def judged(held: Held, form: str, periods: Sequence[Period]) -> Judged:
    """What all of them say together."""
    found = [judge(held, form, periods) for judge in _judges.values()]
    return Judged(sum(one.tables for one in found), tuple(flag for one in found for flag in one.flags))
