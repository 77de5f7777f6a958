"""Withdraw a manual edit: it stays on record, and the point is derived again without it."""

from copy import copy

from django.utils import timezone

from jieyue.apps.identity.models import User
from jieyue.apps.metering.kept import refuse_closed
from jieyue.apps.metering.models import ReadingEdit
from jieyue.apps.metering.scope import may_edit
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.edit_reading import day_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish


def withdraw_edit(
    number: int,
    reason: str,
    *,
    actor: str,
    by: User | None = None,
    point: int | None = None,
    at_once: bool = False,
) -> None:
    """Say that an edit no longer holds; the worker derives without it, at_once: this call does.

    by: whose rights count; point: that it must be of. Raises RefusedError.
    """
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise RefusedError(
            "edit_reason", zh="请写明理由，不超过 500 字", en="give a reason, 500 characters at most"
        )
    row = _current(number)
    if point is not None and row.point_id != point:
        raise _gone(number)
    if by is not None and not may_edit(by, row.point_id, day_of(row.begins), day_of(row.ends)):
        raise RefusedError(
            "edit_not_yours",
            zh="只有为这家机构填数的人可以撤回修正",
            en="only who enters numbers for this institution may withdraw an edit",
        )

    refuse_closed(row.begins)

    def write(seq: int) -> None:
        end = copy(_current(number))
        (end.id,) = allocate(1)
        end.seq, end.replaces, end.gone = seq, number, True
        end.reason, end.actor, end.at = reason, actor, timezone.now()
        end.save(force_insert=True)
        if not at_once:
            ask_derive()

    publish(
        "metering.withdraw_edit", obj=f"point:{row.point_id}", actor=actor, write=write, reason=reason,
        summary={"edit": number, "kind": row.kind},
    )  # fmt: skip
    if at_once:
        clean(actor=actor)


def _current(number: int) -> ReadingEdit:
    row = ReadingEdit.objects.as_of().filter(pk=number).first()
    if row is None:
        raise _gone(number)
    return row


def _gone(number: int) -> RefusedError:
    return RefusedError(
        "edit_gone",
        zh=f"没有第 {number} 号修正，或已撤回",
        en=f"there is no edit {number}, or it was withdrawn already",
    )
