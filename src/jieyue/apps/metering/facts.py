"""Monthly uses of institutions by their meters, as they are published: what a return may be filled from."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import BigIntegerField, Exists, IntegerField, OuterRef, QuerySet

from jieyue.apps.metering.models import MeteredFact
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.prepared import Prepared

Line = tuple[int, str, str]
"""institution, carrier, end use"""


def standing(*months: int) -> "QuerySet[MeteredFact]":
    """The published rows of months that nothing has replaced; `gone` ones say that there is no such line any more."""
    later = MeteredFact.objects.filter(replaces=OuterRef("pk"))
    return MeteredFact.objects.filter(~Exists(later), month__in=months)


def kept_of(sequence: int, institution: int, month: int) -> Mapping[str, tuple[Decimal, Decimal]]:
    """`metered_of`, as a page shows it; kept for a publication, for it changes with publications only."""
    return _kept.get((sequence, institution, month), lambda: metered_of(institution, month))


_kept = LastFew[Mapping[str, tuple[Decimal, Decimal]]](2000)


def metered_of(institution: int, month: int) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Carrier → (use in its own unit, completeness) of an institution's month."""
    rows = _STANDING.rows(institution=institution, month=month)
    return {carrier: (use, share) for carrier, use, share in rows}


_STANDING = Prepared(
    lambda institution, month: (
        standing(month)
        .filter(institution=institution, end_use="", gone=False)
        .values_list("carrier", "use", "completeness")
    ),
    institution=BigIntegerField(),
    month=IntegerField(),
)
