"""Key energy-using units 重点用能单位: who is one, who supervises it since when, and who would be one by the rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from django.db.models import QuerySet

from jieyue.apps.accounts.queries import FigureRow, all_institutions
from jieyue.apps.holdings.models import KeyUnit
from jieyue.apps.holdings.scope import Viewer
from jieyue.apps.identity.models import User
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.scope import Read, institutions_for
from jieyue.catalog.holdings import KeyUnitRule

#: Who keeps the registry says who is one.
DESIGNATE: Final = "manage_registry"


@dataclass(frozen=True)
class Candidate:
    """An institution whose figure of the year is at or above the threshold; designated: it is one already."""

    institution: int
    figure: FigureRow
    designated: bool


def units_for(viewer: Viewer, day: date | None) -> "QuerySet[KeyUnit]":
    """Those on the day among the person's institutions; None: of all days."""
    rows = KeyUnit.objects.order_by("institution", "-valid_from")
    if not viewer.whole:
        rows = rows.filter(institution__in=institutions_for(viewer.user, read=viewer.read).values("pk"))
    return rows if day is None else rows.filter(valid_from__lte=day, valid_to__gt=day)


def units_on(day: date) -> "QuerySet[KeyUnit]":
    """All of a day, whoever asks: a paper takes those of its own body."""
    return KeyUnit.objects.filter(valid_from__lte=day, valid_to__gt=day).order_by("institution")


def unit_of(institution: int, day: date) -> KeyUnit | None:
    """What holds of an institution on a day."""
    return KeyUnit.objects.filter(institution=institution, valid_from__lte=day, valid_to__gt=day).first()


def may_designate(user: User, institution: int, read: Read | None = None) -> bool:
    """Whether the person says that the institution is one."""
    return institutions_for(user, verb=DESIGNATE, read=read).filter(pk=institution).exists()


def candidates(viewer: Viewer, rule: KeyUnitRule, year: int, day: date) -> Sequence[Candidate]:
    """The person's institutions whose published figure of the year reaches the threshold, the largest first; none where
    no threshold is set."""
    if rule.threshold is None:
        return []
    figures = {
        row.scope.partition(":")[2]: row
        for row in all_institutions(str(year), indicators=[rule.indicator])
        if row.value is not None and Fraction(row.value) >= rule.threshold
    }
    numbers = by_code(figures, day)
    own = set(
        institutions_for(viewer.user, read=viewer.read)
        .filter(pk__in=numbers.values())
        .values_list("pk", flat=True)
    )
    there = set(units_for(viewer, day).values_list("institution", flat=True))
    found = [
        Candidate(number, figures[code], number in there) for code, number in numbers.items() if number in own
    ]
    return sorted(found, key=lambda one: (-Fraction(one.figure.value or 0), one.institution))
