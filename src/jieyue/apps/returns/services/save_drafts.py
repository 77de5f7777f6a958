"""Keep returns that are not published: drafts, submissions, returns sent back."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import parse, texts
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.queries import ReturnState, refuse_under_review, stored
from jieyue.domain.period import Period
from jieyue.domain.workflow import Entered, credit, credit_file

_BATCH = 2000
_SUBMITTED = (Return.State.SUBMITTED.value, Return.State.RETURNED.value)


def save_drafts(
    batch: ReturnsBatch, *, actor: str, states: Sequence[str] | None = None, reason: str = ""
) -> int:
    """Store the rows as drafts (or in the given states); drafts are overwritten, published cells are not.

    What comes in a state that a submission led to, which nobody has frozen, is marked as undated.

    Raises RefusedError where one of them is submitted: it lies before a reviewer.
    Returns the number of returns touched. One transaction, one log entry.
    """
    catalog = home_catalog()
    units = {code: catalog.item(f"{batch.form}:{code}").unit for code in batch.cells.codes}
    documents = texts(batch.cells, units)
    wanted = list(states or [Return.State.DRAFT] * len(documents))
    with transaction.atomic():
        before = stored(batch.form, batch.keys, lock=True)
        refuse_under_review(before)
        fresh = iter(allocate(sum(1 for key in batch.keys if key not in before)))
        made: list[Return] = []
        changed: list[Return] = []
        for key, document, state in zip(batch.keys, documents, wanted, strict=True):
            old = before.get(key)
            row = Return(
                id=old.id if old else next(fresh),
                subject=key[0],
                subject_kind=batch.subject_kind,
                form=batch.form,
                period=key[1],
                instance=key[2],
                scheme=catalog.scheme_on(Period.parse(key[1]).last_day).code,
                state=old.state if old and old.current else state,
                draft=document,
                undated=old is None and state in _SUBMITTED,
                entered_by=_entered(old, document, actor),
            )
            if old is not None:
                row.revision = F("revision") + (old.draft != document)
            (changed if old else made).append(row)
        Return.objects.bulk_create(made, batch_size=_BATCH)
        Return.objects.bulk_update(changed, ["state", "draft", "entered_by", "revision"], batch_size=200)
        record(
            "returns.save_drafts",
            f"form:{batch.form}",
            actor=actor,
            reason=reason,
            data={"form": batch.form, "returns": len(documents)},
        )
    return len(documents)


def _entered(old: ReturnState | None, document: str, actor: str) -> Entered:
    if old is None:
        return credit_file({}, actor)
    return credit(parse(old.draft or old.cells), parse(document), old.entered_by, actor)
