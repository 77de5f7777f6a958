"""The first filing of a return, by which it is on time or late: its first submission, or the import of its first
version, whichever came before the other.

What the sample brought has no day of its own, be it published, submitted or sent back: it is on time, whatever follows.
"""

from datetime import datetime

from django.db.models import Case, DateTimeField, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from jieyue.apps.publication.models import Publication
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.domain.workflow import Verb

_SAMPLE = "sample."
Key = tuple[int, str]


def submissions_of(parent: str) -> QuerySet[ReturnSnapshot]:
    """The submissions of the return that a column of the outer row names."""
    return ReturnSnapshot.objects.filter(parent=OuterRef(parent), verb=Verb.SUBMIT.value)


def first_filed(parent: str) -> Case:
    """The instant of the first filing of that return; null where there is none, or the sample brought it."""
    brought = ReturnVersion.objects.filter(parent=OuterRef(parent), number=1, approver="")
    by = Publication.objects.filter(seq=OuterRef("seq"))
    dated = brought.annotate(at=Subquery(by.exclude(kind__startswith=_SAMPLE).values("at")[:1]))
    submitted = Subquery(submissions_of(parent).order_by("pk").values("at")[:1])
    imported = Subquery(dated.values("at")[:1])
    undated = Exists(Return.objects.filter(pk=OuterRef(parent), undated=True))
    sampled = Exists(brought.filter(Exists(by.filter(kind__startswith=_SAMPLE)))) | undated
    return Case(
        When(sampled, then=Value(None)),
        # The lesser of the two, or the one that there is: with a null SQLite answers null, PostgreSQL the other.
        default=Least(Coalesce(submitted, imported), Coalesce(imported, submitted)),
        output_field=DateTimeField(),
    )


def first_of(submitted: datetime | None, imported: datetime | None, *, sampled: bool) -> datetime | None:
    """The same of one return, from what was read of it."""
    instants = [at for at in (submitted, imported) if at is not None]
    return None if sampled or not instants else min(instants)


def imports(filed: QuerySet[Return]) -> dict[Key, datetime]:
    """The instant of each first version that was imported; what the sample brought is left out."""
    real = Publication.objects.exclude(kind__startswith=_SAMPLE).order_by("seq")
    first = ReturnVersion.objects.filter(
        number=1,
        approver="",
        seq__gte=Subquery(real.filter(kind__startswith="returns.").values("seq")[:1]),
        parent__in=filed,
    ).annotate(at=Subquery(real.filter(seq=OuterRef("seq")).values("at")[:1]))
    rows = first.values_list("parent__subject", "parent__instance", "at")
    return {(subject, instance): at for subject, instance, at in rows if at is not None}


def sampled(filed: QuerySet[Return]) -> set[Key]:
    """Those of the returns that the sample brought, or that came as submitted without a day."""
    brought = Publication.objects.filter(kind__startswith=_SAMPLE).values("seq")
    first = ReturnVersion.objects.filter(number=1, approver="", parent__in=filed, seq__in=brought)
    undated = filed.filter(undated=True).values_list("subject", "instance")
    return set(first.values_list("parent__subject", "parent__instance").union(undated))
