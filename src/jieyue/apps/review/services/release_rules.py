"""Propose a rule set, release it, withdraw the proposal: who proposed it does not release it."""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.review.models import RuleRelease
from jieyue.apps.review.releases import contents_of, digest_of
from jieyue.store.failpoint import failpoint

_State = RuleRelease.State
LONGEST = 400


def propose(name: str, holds_from: date, *, actor: str, reason: str = "") -> RuleRelease:
    """Keep a set of the home and its price list as they are now, and have them tried on past data by the worker.

    Raises CatalogError for what does not load, UnknownRuleError, RefusedError for a proposal that is the same as one
    that waits, or a reason that is too long.
    """
    from jieyue.apps.review.tasks import try_release

    contents = contents_of(name)
    if len(reason) > LONGEST:
        raise RefusedError(
            "long_reason", zh=f"理由最多 {LONGEST} 字", en=f"a reason has at most {LONGEST} characters"
        )
    digest = digest_of(contents)
    with transaction.atomic():
        same = RuleRelease.objects.select_for_update().filter(
            ruleset=name, digest=digest, holds_from=holds_from, state=_State.PROPOSED
        )
        if same.exists():
            raise RefusedError(
                "proposed_already",
                zh="同样的规则集已在等待启用",
                en="the same rule set waits to be released already",
            )
        row = RuleRelease.objects.create(
            ruleset=name, contents=contents, digest=digest, holds_from=holds_from, reason=reason.strip(),
            proposed_by=actor,
        )  # fmt: skip
        row.task = str(try_release.enqueue(row.pk).id)
        row.save(update_fields=["task"])
        _record("review.propose_rules", row, actor)
    return row


def keep_trial(number: int, trial: dict[str, object]) -> None:
    """What the worker found; a proposal that was decided meanwhile keeps its own."""
    RuleRelease.objects.filter(pk=number, state=_State.PROPOSED).update(trial=trial)


def release(number: int, *, actor: str) -> RuleRelease:
    """Let a proposed set hold from its day on. Raises RefusedError: `own_proposal`, `not_tried`, `release_state`."""
    with transaction.atomic():
        row = _waiting(number)
        if row.proposed_by == actor:
            raise RefusedError(
                "own_proposal",
                zh="自己提出的规则集须由另一人启用",
                en="a rule set is released by another person than who proposed it",
            )
        if not row.trial or "failed_zh" in row.trial:
            raise RefusedError(
                "not_tried",
                zh="规则集须先在过去的数据上试过才能启用",
                en="a rule set is tried on past data before it is released",
            )
        if digest_of(row.contents) != row.digest:
            raise RefusedError(
                "release_changed",
                zh="规则集的内容与提出时不同；请撤回后重新提出",
                en="the rule set is not what was proposed; withdraw it and propose it again",
            )
        failpoint("review.in_release")
        _decide(row, _State.RELEASED, actor)
        _record("review.release_rules", row, actor)
    return row


def withdraw(number: int, *, actor: str) -> RuleRelease:
    """Take a proposal back; what was released is replaced by a newer release, never taken back. Raises RefusedError."""
    with transaction.atomic():
        row = _waiting(number)
        _decide(row, _State.WITHDRAWN, actor)
        _record("review.withdraw_rules", row, actor)
    return row


def _waiting(number: int) -> RuleRelease:
    row = RuleRelease.objects.select_for_update().filter(pk=number).first()
    if row is None or row.state != _State.PROPOSED:
        raise RefusedError(
            "release_state", zh="这项提议已经办结", en="this proposal has been decided already"
        )
    return row


def _decide(row: RuleRelease, state: RuleRelease.State, actor: str) -> None:
    row.state, row.decided_by, row.decided_at = state, actor, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])


def _record(verb: str, row: RuleRelease, actor: str) -> None:
    record(
        verb,
        f"rules:{row.pk}",
        actor=actor,
        after={"state": row.state, "digest": row.digest, "holds_from": row.holds_from},
        reason=row.reason,
        data={
            "ruleset": row.ruleset,
            "digest": row.digest,
            "holds_from": row.holds_from,
            "proposed_by": row.proposed_by,
            "day": settings.JIEYUE_HOME.today(),
        },
    )
