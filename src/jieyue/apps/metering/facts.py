"""Monthly uses of institutions by their meters, as they are published: what a return may be filled from."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from jieyue.apps.metering.models import MeteredFact
from jieyue.apps.publication.memory import LastFew

Line = tuple[int, str, str]
"""institution, carrier, end use"""


def standing(month: int) -> "QuerySet[MeteredFact]":
    """The published rows of a month that nothing has replaced."""
    later = MeteredFact.objects.filter(replaces=OuterRef("pk"))
    return MeteredFact.objects.filter(~Exists(later), month=month)


def any_metered(sequence: int) -> bool:
    """Whether anything was published of meters up to a publication; kept, for it changes with publications only."""
    return _any.get(sequence, lambda: MeteredFact.objects.filter(seq__lte=sequence).exists())


_any = LastFew[bool](8)


def metered_of(institution: int, month: int) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Carrier → (use in its own unit, completeness) of an institution's month."""
    rows: Any = standing(month).filter(institution=institution, end_use="")
    return {
        carrier: (use, share) for carrier, use, share in rows.values_list("carrier", "use", "completeness")
    }
