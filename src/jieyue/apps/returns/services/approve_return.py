"""Approve a return, which publishes it, and reopen one that was approved."""

from django.db import transaction

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Actor, Key, bodies_of, enter_door, hold, place_of, take
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import one_row, parse
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.services.edit_return import contents, log, stand
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.review_return import refuse_unseen
from jieyue.apps.returns.snapshots import Judge, Judged, as_before, freeze
from jieyue.domain.workflow import Place, State, Verb

METHOD = "reviewed"


def approve(user: User, key: Key, *, seen: str = "", judge: Judge = as_before) -> ReturnSnapshot:
    """已上报 at its last step → 已审核, published at once. Raises RefusedError.

    The state is judged twice: once without a lock, so that who comes too late is told at once, and again in the
    transaction that publishes, with the row held. seen: digest of the snapshot that the person looked at.
    """
    actor = enter_door(user, key, Verb.APPROVE)
    with transaction.atomic():
        row, _ = take(actor, key, Verb.APPROVE)
        refuse_unseen(row, seen)
    return _Approval(actor, key, seen, judge, row).publish()


class _Approval:
    """One approval on its way through the publication."""

    def __init__(self, actor: Actor, key: Key, seen: str, judge: Judge, row: Return) -> None:
        self._actor, self._key, self._seen, self._judge, self._row = actor, key, seen, judge, row
        self._here, self._judged = Place(State.SUBMITTED), Judged()
        self._made: ReturnSnapshot | None = None

    def publish(self) -> ReturnSnapshot:
        key = self._key
        publish_returns(
            [
                ReturnsBatch(
                    key.form, [key.subject], [key.period], one_row(parse(self._row.draft)), [key.instance]
                )
            ],
            actor=self._actor.name,
            method=METHOD,
            kind="returns.approve",
            obj=f"return:{self._row.pk}",
            approver=self._actor.name,
            about={
                "institution": key.subject,
                "form": key.form,
                "period": key.period,
                "instance": key.instance,
            },
            first=self._first,
            within=self._within,
        )
        assert self._made is not None
        return self._made

    def _first(self) -> None:
        """In the transaction, before anything is written: still the same return, still to be approved."""
        row, _ = take(self._actor, self._key, Verb.APPROVE)
        refuse_unseen(row, self._seen)
        if (row.draft, row.revision) != (self._row.draft, self._row.revision):
            raise refusals.moved_on(row)
        self._here = place_of(row, bodies_of(self._key))
        self._judged = self._judge(row)

    def _within(self) -> None:
        """In the transaction, after the version is written: freeze what was approved."""
        row = hold(self._key)
        assert row is not None
        assert row.current is not None
        version = ReturnVersion.objects.get(pk=row.current)
        self._made = freeze(
            row, Verb.APPROVE, self._actor, self._here, self._judged, cells=version.cells, version=version
        )


def reopen(user: User, key: Key, *, reason: str) -> None:
    """已审核 → 已退回. The version in force stays current until a new one is approved. Raises RefusedError."""
    actor = enter_door(user, key, Verb.REOPEN)
    with transaction.atomic():
        row, then = take(actor, key, Verb.REOPEN)
        if not reason.strip():
            raise RefusedError("no_reason", zh="请写明重新打开的原因", en="say why it is reopened")
        if _is_being_published(row):
            raise RefusedError(
                "return_publishing",
                zh="这份报表正在发布，请稍后再试",
                en="the return is being published; try again in a moment",
            )
        before = stand(row)
        row.draft = contents(row)
        row.state, row.step = then.state.value, then.step
        row.save(update_fields=["draft", "state", "step"])
        log("returns.reopen", row, actor, before=before, reason=reason.strip())


def _is_being_published(row: Return) -> bool:
    numbers = ReturnVersion.objects.filter(parent=row, pk=row.current or 0).values("seq")
    return Publication.objects.filter(seq__in=numbers, state=Publication.State.PENDING).exists()
