"""Approve a return, so that the worker publishes it, and reopen one that was approved."""

from dataclasses import replace

from django.db import transaction

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns import guards, refusals
from jieyue.apps.returns.acting import Actor, Key, enter_door, hold, take
from jieyue.apps.returns.changed import since_published
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.services.edit_return import contents, log, stand
from jieyue.apps.returns.services.review_return import refuse_unseen
from jieyue.apps.returns.snapshots import Judge, as_before, freeze
from jieyue.domain.period import Period
from jieyue.domain.workflow import Place, State, Verb
from jieyue.store.failpoint import failpoint


def approve(user: User, key: Key, *, seen: str = "", judge: Judge = as_before) -> ReturnSnapshot:
    """已上报 at its last step → 已审核, waiting to be published. Raises RefusedError.

    Where a version is in force, the entry names the cells in which the new one differs.

    The snapshot fixes number, base, catalog and cells of the version; services/publish_waiting.py publishes many at
    once. seen: digest of the snapshot that the person looked at.
    """
    actor = enter_door(user, key, Verb.APPROVE)
    with transaction.atomic():
        row, then = take(actor, key, Verb.APPROVE)
        refuse_unseen(row, seen)
        before, changed = stand(row), since_published(row)
        row.scheme = home_catalog().scheme_on(key.last_day).code
        here = Place(State.SUBMITTED, then.steps, then.steps)  # nothing is approved before its last step
        made = freeze(row, Verb.APPROVE, actor, here, judge(row), cells=row.draft)
        row.state, row.step, row.publishing = then.state.value, then.step, made.pk
        row.save(update_fields=["state", "step", "scheme", "publishing"])
        log(
            "returns.approve",
            row,
            actor,
            before=before,
            snapshot=made.digest,
            number=made.number,
            version=made.version_digest,
            **({} if changed is None else {"cells": changed}),
        )
        failpoint("approve.in_office")
    failpoint("approve.after_office")
    return made


def reopen(user: User, key: Key, *, reason: str) -> None:
    """已审核 → 已退回. The version in force stays current until a new one is approved. Raises RefusedError.

    "Correcting a month under an approved year opens the year too": an approved return of a longer period that holds
    this one opens in the same transaction, or neither does.
    """
    actor = enter_door(user, key, Verb.REOPEN)
    with transaction.atomic():
        row, then = take(actor, key, Verb.REOPEN)
        if not reason.strip():
            raise RefusedError("no_reason", zh="请写明重新打开的原因", en="say why it is reopened")
        _open(actor, key, row, then, reason.strip())
        for longer in _longer(key):
            held = hold(longer)
            if held is not None and held.state == State.APPROVED.value:
                _open(actor, longer, held, then, f"{reason.strip()}（{key.period}）")


def _open(actor: Actor, key: Key, row: Return, then: Place, reason: str) -> None:
    if _is_being_published(row):
        raise refusals.being_published([row.period])
    guards.ask(actor, key, row)
    before = stand(row)
    row.draft = contents(row)
    row.state, row.step = then.state.value, then.step
    row.save(update_fields=["draft", "state", "step"])
    log("returns.reopen", row, actor, before=before, reason=reason)


def _longer(key: Key) -> list[Key]:
    """The same return for the quarter and the year that hold the period."""
    period = Period.parse(key.period)
    first = period.start
    texts = {
        "M": [f"{first.year}-Q{(first.month + 2) // 3}", str(first.year)],
        "Q": [str(first.year)],
    }.get(period.kind_letter, [])
    return [replace(key, period=text) for text in texts]


def _is_being_published(row: Return) -> bool:
    """It waits for the worker, or the lake has not taken its publication yet."""
    if row.publishing is not None:
        return True
    numbers = ReturnVersion.objects.filter(parent=row, pk=row.current or 0).values("seq")
    return Publication.objects.filter(seq__in=numbers, state=Publication.State.PENDING).exists()
