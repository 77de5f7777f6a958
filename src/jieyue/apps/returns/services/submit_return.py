"""Submit a return, with what the rules say of it frozen beside it, and withdraw it while nobody has reviewed it."""

from django.db import transaction

from jieyue.apps.identity.models import User
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Key, enter_door, take
from jieyue.apps.returns.models import ReturnSnapshot
from jieyue.apps.returns.services.edit_return import contents, log, stand
from jieyue.apps.returns.snapshots import Judge, freeze
from jieyue.domain.workflow import Verb


def submit(user: User, key: Key, *, revision: int, judge: Judge) -> ReturnSnapshot:
    """录入中 or 已退回 → 已上报 (step 1). judge: told the locked return; may refuse. Raises RefusedError.

    The rules' own service is apps/review/services/submit.py: it judges, and asks for explanations.
    """
    actor = enter_door(user, key, Verb.SUBMIT)
    with transaction.atomic():
        row, then = take(actor, key, Verb.SUBMIT)
        if row.revision != revision:
            raise refusals.moved_on(row)
        before = stand(row)
        row.draft = contents(row)
        judged = judge(row)
        row.state, row.step, row.passed_by = then.state.value, then.step, []
        row.save(update_fields=["draft", "state", "step", "passed_by"])
        made = freeze(row, Verb.SUBMIT, actor, then, judged, cells=row.draft)
        log("returns.submit", row, actor, before=before, snapshot=made.digest, steps=then.steps)
    return made


def withdraw(user: User, key: Key, *, reason: str = "") -> None:
    """已上报 → 录入中, until the first review act. Raises RefusedError."""
    actor = enter_door(user, key, Verb.WITHDRAW)
    with transaction.atomic():
        row, then = take(actor, key, Verb.WITHDRAW)
        before = stand(row)
        row.state, row.step = then.state.value, then.step
        row.save(update_fields=["state", "step"])
        log("returns.withdraw", row, actor, before=before, reason=reason)
