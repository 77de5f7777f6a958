"""Approve many returns at once 批量通过: only those that nothing stands against; the others are left, each with why."""

from collections.abc import Sequence
from dataclasses import dataclass

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import approve_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import findings_of_return
from jieyue.apps.review.services.submit import as_decided

MOST = 1000
_State = ReviewFinding.State


@dataclass(frozen=True)
class Outcome:
    """What became of one return: approved (code empty), or left and why."""

    number: int
    code: str = ""
    message_zh: str = ""
    message_en: str = ""


def approve_many(user: User, asked: Sequence[tuple[int, str]]) -> list[Outcome]:
    """Approve each of (return, digest of the snapshot that the person looked at), or say why not.

    Each is approved by itself, so that one refusal holds up no other. A finding that is open, or explained and not
    accepted row by row, leaves its return.
    """
    if len(asked) > MOST:
        raise RefusedError(
            "too_many",
            zh=f"一次最多 {MOST} 份",
            en=f"{MOST} returns at once at most",
            data={"most": str(MOST)},
        )
    rows = Return.objects.filter(
        pk__in=[number for number, _ in asked], subject_kind=Return.Subject.INSTITUTION
    )
    keys = {row[0]: Key(*row[1:]) for row in rows.values_list("id", "subject", "form", "period", "instance")}
    return [_one(user, number, keys.get(number), seen) for number, seen in asked]


def _one(user: User, number: int, key: Key | None, seen: str) -> Outcome:
    try:
        if key is None:
            raise refusals.unknown()
        approve_return.approve(user, key, seen=seen, judge=_nothing_open)
    except RefusedError as error:
        return Outcome(number, error.code, error.message_zh, error.message_en)
    return Outcome(number)


def _nothing_open(row: Return) -> Judged:
    """Told the locked return."""
    standing = (
        findings_of_return(row).filter(state__in=(_State.OPEN, _State.EXPLAINED)).exclude(severity="note")
    )
    if standing.exists():
        raise RefusedError(
            "open_finding",
            zh="有问题没有了结（未说明，或说明未经逐条认可），须逐份处理",
            en="a finding is not settled (not explained, or its explanation not accepted): look at it by itself",
        )
    return as_decided(row)
