"""Which institutions are sensitive 敏感: they are in totals only (docs/explanation/public-data.md)."""

from collections.abc import Iterable
from datetime import date

from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.models import InstitutionVersion

YES = "yes"


def sensitive_on(day: date, seq: int | None = None) -> frozenset[int]:
    """Institutions marked on the day; of one that is no more by then, what its last day says."""
    spoken = InstitutionVersion.objects.as_of(seq).filter(valid_from__lte=day)
    marked = spoken.filter(sensitive=YES).values("institution")
    rows = spoken.filter(institution__in=marked).order_by("valid_from")
    last = dict(rows.values_list("institution_id", "sensitive"))
    return frozenset(number for number, said in last.items() if said == YES)


def marked_spans(history: Iterable[tuple[date, date, Attributes]]) -> list[tuple[date, date]]:
    """Since when until when an institution is marked, by date, from its history; neighbouring versions as one."""
    found: list[tuple[date, date]] = []
    for first, end, said in history:
        if said.sensitive != YES:
            continue
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return found
