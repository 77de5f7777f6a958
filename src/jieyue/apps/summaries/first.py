"""首报数 what was reported first: which versions the figures of a body count, period by period.

The versions that the body's first accepted summary of the period froze; where it has none, of each return what was
published first. A span that nobody files returns of, as the year to date, goes by the summaries of its months. It is
the rule of the summary's own table (`basis=reported`), so both show the same numbers.
"""

from collections.abc import Iterable, Iterator

from jieyue.apps.accounts import versions
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.summaries.models import Summary, SummaryVersion
from jieyue.apps.summaries.open_rows import periods_within
from jieyue.domain.period import Period, PeriodKind

_corrected = LastFew[frozenset[str]](16)


def frozen_versions(number: int) -> Iterator[int]:
    """The versions of returns that a summary froze."""
    return SummaryVersion.objects.filter(summary=number).values_list("version", flat=True).iterator()


def first_versions(body: int, periods: Iterable[str], *, form: str, sequence: int) -> dict[str, str]:
    """Period → which versions count (accounts/versions.py). A period of which nothing was corrected and nothing frozen
    is left out: what is in force is what was reported first.

    body: node of the reporting line. form: the one that the figures are made of.
    """
    accepted, corrected = _accepted(body, form, sequence), _corrected_periods(form, sequence)
    found = {}
    for text in dict.fromkeys(periods):
        period = Period.parse(text)
        frozen = _summaries(period, accepted)
        if frozen or corrected.intersection(periods_within(period)):
            found[text] = versions.said(frozen)
    return found


def _summaries(period: Period, accepted: dict[str, int]) -> dict[str, int]:
    if period.kind is PeriodKind.RANGE:
        return {text: accepted[text] for text in map(str, period.months()) if text in accepted}
    return {str(period): accepted[str(period)]} if str(period) in accepted else {}


def _accepted(body: int, form: str, sequence: int) -> dict[str, int]:
    """Period → the number of the summary that was accepted first."""
    forms = [code for code, each in home_catalog().forms.items() if each.summary_of == form]
    rows = Summary.objects.filter(
        body=body, form__in=forms, state=Summary.State.ACCEPTED, seq__lte=sequence
    ).order_by("-number")
    return dict(rows.values_list("period", "pk"))


def _corrected_periods(form: str, sequence: int) -> frozenset[str]:
    """Periods of which a return was published again by then; it never changes, so a process keeps it."""

    def asked() -> frozenset[str]:
        rows = ReturnVersion.objects.filter(
            replaces__isnull=False,
            seq__lte=sequence,
            parent__form=form,
            parent__subject_kind=Return.Subject.INSTITUTION,
        )
        return frozenset(rows.values_list("parent__period", flat=True).distinct().order_by())

    return _corrected.get((form, sequence), asked)
