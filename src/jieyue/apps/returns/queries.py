"""Reads of the returns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Case, CharField, F, OuterRef, Q, QuerySet, Subquery, When

from jieyue.apps.identity.queries import name_in
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.publication.queries import last_number
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import Attachment, Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.refusals import being_published, under_review
from jieyue.domain.workflow import Entered, Verb

_CHUNK = 5000
_FEW = 2000
"""So many institutions are asked for by name; where they are more, reading all is quicker."""


@dataclass(frozen=True)
class ReturnState:
    """A stored return as an import needs it: its published version and its cells."""

    id: int
    state: str
    current: int | None
    number: int
    cells: str
    draft: str
    entered_by: Entered
    publishing: int | None = None


def stored(
    form: str, keys: Collection[tuple[int, str, str]], *, lock: bool = False
) -> dict[tuple[int, str, str], ReturnState]:
    """What is stored under the keys (subject, period, instance) of a form; absent keys are absent.

    lock: hold the rows until the transaction ends.
    """
    every = Return.objects.select_for_update() if lock else Return.objects.all()
    found: dict[tuple[int, str, str], ReturnState] = {}
    wanted = set(keys)
    periods = sorted({period for _, period, _ in wanted})
    subjects = sorted({subject for subject, _, _ in wanted})
    for start in range(0, len(subjects), _CHUNK):
        rows = every.filter(
            form=form, period__in=periods, subject__in=subjects[start : start + _CHUNK]
        ).values_list(
            "id", "subject", "period", "instance", "state", "current", "draft", "entered_by", "publishing"
        )
        versions = dict(_versions([row[5] for row in rows if row[5] is not None]))
        for id_, subject, period, instance, state, current, draft, entered, publishing in rows:
            key = (subject, period, instance)
            if key in wanted:
                number, cells = (0, "") if current is None else versions[current]
                found[key] = ReturnState(id_, state, current, number, cells, draft, entered, publishing)
    return found


def refuse_under_review(before: Mapping[tuple[int, str, str], ReturnState]) -> None:
    """No batch goes over returns that are submitted, or approved and still being published. Raises RefusedError."""
    if found := [key[1] for key, old in before.items() if old.state == Return.State.SUBMITTED]:
        raise under_review(found)
    if found := [key[1] for key, old in before.items() if old.publishing is not None]:
        raise being_published(found)


def _versions(ids: Sequence[int]) -> list[tuple[int, tuple[int, str]]]:
    rows: list[tuple[int, tuple[int, str]]] = []
    for start in range(0, len(ids), _CHUNK):
        part = _VERSIONS.rows(ids=ids[start : start + _CHUNK])
        rows += [(id_, (number, cells)) for id_, number, cells in part]
    return rows


_VERSIONS = Prepared(
    lambda ids: ReturnVersion.objects.filter(pk__in=ids).values_list("id", "number", "cells"),
    ids=BigIntegerField(),
)


def history(subject: int, form: str | None = None) -> list[Return]:
    """All returns of an institution, by form and period."""
    rows = Return.objects.filter(subject=subject)
    return list((rows.filter(form=form) if form else rows).order_by("form", "period", "instance"))


def version_cells(version: int) -> dict[str, tuple[int, int]]:
    """Cells of one published version: code → (ten-thousandths, origin)."""
    return parse(ReturnVersion.objects.values_list("cells", flat=True).get(pk=version))


def versions_of(subject: int, form: str, period: str, instance: str = "") -> list[ReturnVersion]:
    """All published versions of one return, oldest first."""
    rows = ReturnVersion.objects.filter(
        parent__subject=subject, parent__form=form, parent__period=period, parent__instance=instance
    )
    return list(rows.order_by("number"))


def state_counts(form: str, period: str) -> dict[str, int]:
    """How many returns of a form and period are in each stored state."""
    counts: dict[str, int] = {}
    for state in Return.objects.filter(form=form, period=period).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def states_of(form: str, period: str, subjects: Collection[int] | None = None) -> dict[int, str]:
    """Institution → state of its return of a form and period; who has not begun is absent.

    subjects: whom at least; None = all.
    """
    rows = Return.objects.filter(form=form, period=period, subject_kind=Return.Subject.INSTITUTION)
    if subjects is not None and len(subjects) <= _FEW:
        rows = rows.filter(subject__in=subjects)
    return dict(rows.values_list("subject", "state"))


def periods(form: str, *, sequence: int | None = None) -> list[str]:
    """Periods that have a published return of the form, oldest first. sequence: by that publication; None: by now."""
    rows = Return.objects.filter(form=form, current__isnull=False)
    found = set(rows.values_list("period", flat=True).distinct())
    if sequence is not None and last_number() > sequence:
        # Only what was published since can have been without a return then: few versions to walk.
        later = ReturnVersion.objects.filter(parent__form=form, seq__gt=sequence, number=1)
        doubtful = set(later.values_list("parent__period", flat=True).distinct())
        then = rows.filter(period__in=doubtful, versions__seq__lte=sequence)
        found -= doubtful - set(then.values_list("period", flat=True).distinct())
    return sorted(found)


def digests_of(versions: Sequence[int]) -> dict[int, str]:
    """Version → digest of its canonical document."""
    found: dict[int, str] = {}
    for start in range(0, len(versions), _CHUNK):
        rows = ReturnVersion.objects.filter(pk__in=versions[start : start + _CHUNK])
        found.update(rows.values_list("id", "digest"))
    return found


def cells_now(
    form: str, subjects: Sequence[int], periods: Sequence[str], instance: str = "", *, drafts: bool = False
) -> dict[tuple[int, str], dict[str, tuple[int, int]]]:
    """(Institution, period) → its published cells; drafts: what was begun or submitted stands over it."""
    found = cells_by_room(form, subjects, periods, drafts=drafts, instance=instance)
    return {(subject, period): cells for (subject, _room, period), cells in found.items()}


def cells_by_room(
    form: str,
    subjects: Sequence[int],
    periods: Sequence[str],
    *,
    drafts: bool = False,
    instance: str | None = None,
) -> dict[tuple[int, str, str], dict[str, tuple[int, int]]]:
    """(Institution, room or empty, period) → its cells, as `cells_now`. instance: of this room alone; None: of all."""
    found = {}
    one = {} if instance is None else {"instance": instance}
    for start in range(0, len(subjects), _CHUNK):
        rows = Return.objects.filter(
            form=form,
            period__in=periods,
            subject__in=subjects[start : start + _CHUNK],
            subject_kind=Return.Subject.INSTITUTION,
            **one,
        )
        listed = list(rows.values_list("subject", "instance", "period", "draft", "current"))
        versions = dict(_versions([row[4] for row in listed if row[4] is not None]))
        for subject, room, period, draft, current in listed:
            if drafts and draft:  # a draft is the whole return: a cell that it lacks was emptied
                found[subject, room, period] = parse(draft)
            elif current is not None:
                found[subject, room, period] = parse(versions[current][1])
    return found


@dataclass(frozen=True)
class Begun:
    """How a return stands that somebody works on."""

    number: int
    state: str
    revision: int
    step: int
    entered_by: Entered


@dataclass(frozen=True)
class Document:
    """A return as it stands: its draft, else its published version; without cells where nothing was entered.

    begun: of the one return that was asked for by its key, how it stands; None for all others.
    """

    form: str
    subject: int
    period: str
    instance: str
    cells: Mapping[str, tuple[int, int]]
    begun: Begun | None = None


def document_texts(
    forms: Collection[str], subjects: Sequence[int], periods: Collection[str]
) -> list[tuple[str, int, str, str, str]]:
    """(form, institution, period, instance, cells as they are written) of the returns of some forms and periods, drafts
    included, in one question."""
    found: list[tuple[str, int, str, str, str]] = []
    for start in range(0, len(subjects), _CHUNK):
        listed = _DOCUMENTS.rows(
            forms=list(forms), periods=list(periods), subjects=subjects[start : start + _CHUNK]
        )
        found += [(*whose, _text(draft, published)) for *whose, draft, published in listed]
    return found


def documents_with(key: Key, forms: Collection[str], periods: Collection[str]) -> list[Document]:
    """The returns of the key's institution for some forms and periods, drafts included, in one question.

    The one of the key, if there is one, comes with how it stands.
    """
    listed = _WITH_ONE.rows(
        forms=list({*forms, key.form}),
        periods=list({*periods, key.period}),
        subject=key.subject,
        form=key.form,
        period=key.period,
        instance=key.instance,
    )
    return [_document(row[:6], None if row[-1] is None else Begun(*row[6:])) for row in listed]


def _document(row: Sequence[Any], begun: Begun | None) -> Document:
    form, subject, period, instance, draft, published = row
    return Document(form, subject, period, instance, parse(_text(draft, published)), begun)


def _text(draft: str, published: str | None) -> str:
    """A draft is the whole return: a cell that it lacks was emptied, whatever is published."""
    return draft or published or ""


#: The cells of the published version, of returns without a draft over it.
_PUBLISHED = Case(
    When(draft="", then=Subquery(ReturnVersion.objects.filter(pk=OuterRef("current")).values("cells")[:1]))
)
_STATED = ("form", "subject", "period", "instance", "draft", _PUBLISHED)


def _listed(forms: Any, periods: Any, **whose: Any) -> QuerySet[Return]:
    return Return.objects.filter(
        form__in=forms, period__in=periods, subject_kind=Return.Subject.INSTITUTION, **whose
    )


_DOCUMENTS = Prepared(
    lambda forms, periods, subjects: _listed(forms, periods, subject__in=subjects).values_list(*_STATED),
    forms=CharField(),
    periods=CharField(),
    subjects=BigIntegerField(),
)
#: Who entered which cell is long, so it is read of the one return only.
_WITH_ONE = Prepared(
    lambda forms, periods, subject, **one: _listed(forms, periods, subject=subject).values_list(
        *_STATED, "pk", "state", "revision", "step", Case(When(**one, then="entered_by"))
    ),
    forms=CharField(),
    periods=CharField(),
    subject=BigIntegerField(),
    form=CharField(),
    period=CharField(),
    instance=CharField(),
)


def publishing_of(form: str, period: str) -> set[int]:
    """Institutions whose return of a form and period is approved and still being published."""
    rows = Return.objects.filter(form=form, period=period, publishing__isnull=False)
    return set(rows.values_list("subject", flat=True))


@dataclass(frozen=True)
class Waiting:
    """Approved returns that are not published yet: how many, and since when the oldest waits."""

    returns: int
    since: datetime | None


def waiting() -> Waiting:
    """What the worker has still to publish."""
    oldest = Return.objects.filter(publishing__isnull=False).order_by("publishing").values("publishing")
    since = ReturnSnapshot.objects.filter(pk__in=oldest[:1]).values_list("at", flat=True).first()
    return Waiting(Return.objects.filter(publishing__isnull=False).count(), since)


@dataclass(frozen=True)
class ReturnLine:
    """One return in a list: whose, which, and its state."""

    subject: int
    form: str
    period: str
    instance: str
    state: str


def latest_of(subjects: Collection[int], *, most: int) -> list[ReturnLine]:
    """The newest returns of some institutions: periods from the newest, at most so many."""
    rows = Return.objects.filter(subject__in=subjects, subject_kind=Return.Subject.INSTITUTION)
    listed = rows.order_by("-period", "subject", "form", "instance").values_list(
        "subject", "form", "period", "instance", "state"
    )[:most]
    return [ReturnLine(*row) for row in listed]


def open_periods(form: str) -> list[str]:
    """Periods that have a return of the form on its way: begun, submitted or sent back."""
    on_the_way = (Return.State.DRAFT, Return.State.SUBMITTED, Return.State.RETURNED)
    rows = Return.objects.filter(form=form, state__in=on_the_way, subject_kind=Return.Subject.INSTITUTION)
    return sorted(set(rows.values_list("period", flat=True).distinct()))


def approved_by_person(number: int) -> bool:
    """Whether what is in force of a return, or waits to be, was approved by a person; what was imported was not."""
    digest = ReturnVersion.objects.filter(pk=OuterRef("parent__current")).values("digest")
    waits = Q(pk=F("parent__publishing"))
    stands = Q(parent__publishing__isnull=True, version_digest=Subquery(digest))
    approvals = ReturnSnapshot.objects.filter(parent=number, verb=Verb.APPROVE.value)
    return approvals.filter(waits | stands).exists()


def attachments_of(number: int) -> list[Attachment]:
    """The papers that lie beside a return now."""
    return _PAPERS.objects(number=number)


_PAPERS = Prepared(
    lambda number: Attachment.objects.filter(parent=number, removed_at=None).order_by("pk"),
    number=BigIntegerField(),
)


class Paper(NamedTuple):
    """A paper beside a return as it is shown; by: the name of who put it there."""

    pk: int
    item: str
    name: str
    size: int
    at: datetime
    by: str


def papers_of(number: int) -> list[Paper]:
    """The papers that lie beside a return now, with who put them there."""
    return [Paper(*row) for row in _NAMED_PAPERS.rows(number=number)]


_NAMED_PAPERS = Prepared(
    lambda number: (
        Attachment.objects.filter(parent=number, removed_at=None)
        .order_by("pk")
        .annotate(by=name_in("actor"))
        .values_list("pk", "item", "name", "size", "at", "by")
    ),
    number=BigIntegerField(),
)


def attachment(number: int, parent: int) -> Attachment | None:
    """One paper of a return, also one that was taken away; None if there is none."""
    return Attachment.objects.filter(pk=number, parent=parent).first()
