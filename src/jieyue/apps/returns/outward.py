"""Published returns in a foreign layout 报表按外来表式写出."""

from collections.abc import Sequence

from django.db.models import QuerySet

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.outward import Written
from jieyue.apps.exchange.outward_returns import LeavingReturn, write_returns
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.identity.models import User
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import institutions, labels_of
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.export import node_ref
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.services.import_file import directory
from jieyue.domain.period import Period


def all_returns() -> QuerySet[Return]:
    """Every return, for the operator of the machine."""
    return Return.objects.all()


def returns_outward(
    profile: MappingProfile,
    form: str,
    periods: Sequence[str],
    rows: QuerySet[Return],
    *,
    text: bool,
    by: User | None = None,
) -> Written:
    """The published versions in force of a form and periods, by institution; rows: those that may be seen.

    by: whose file it is; it is read back as if only what that person sees were there.
    """
    seen = directory(by=by, verbs=("view",))
    leaving = [one for period in periods for one in _leaving(rows, form, Period.parse(period), profile)]
    return write_returns(profile, form, leaving, of_catalog(home_catalog()), seen, text=text)


def _leaving(
    rows: QuerySet[Return], form: str, period: Period, profile: MappingProfile
) -> list[LeavingReturn]:
    """The returns of one period, institutions by code, then declared totals."""
    day = period.last_day
    found = rows.filter(form=form, period=str(period), current__isnull=False)
    keys = list(found.values_list("subject", "subject_kind", "instance", "current"))
    texts = dict(
        ReturnVersion.objects.filter(parent__form=form, parent__period=str(period)).values_list("id", "cells")
    )
    ids = {row[0] for row in keys if row[1] == Return.Subject.INSTITUTION}
    labels, credits_ = labels_of(ids, day), dict[int, str]()
    if any(column.field == "credit_code" for column in profile.columns):
        credits_ = {number: info.attributes.credit_code for number, info in institutions(ids, day).items()}
    leaving = []
    for subject, kind, instance, version in keys:
        node = kind == Return.Subject.NODE
        code, name = ("", "") if node else labels[subject]
        leaving.append(
            LeavingReturn(
                None if node else subject,
                node_ref(subject, day) if node else "",
                code,
                name,
                credits_.get(subject, ""),
                period,
                instance,
                parse(texts[version or 0]),
            )
        )
    return sorted(leaving, key=lambda row: (row.ref, row.code, row.instance))
