"""Record one action. Every service calls this exactly once, inside the transaction of its change."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from jieyue.apps.audit.context import current_door
from jieyue.apps.audit.models import ActionLog


class OutsideTransactionError(RuntimeError):
    """A log entry outside the change's transaction could survive a change that did not happen."""


def record(
    verb: str,
    obj: str,
    *,
    actor: str,
    on_behalf: str = "",
    before: Mapping[str, Any] | str | None = None,
    after: Mapping[str, Any] | str | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> ActionLog:
    """Write the entry. `verb` is `app.verb` (`registry.merge`), `obj` is `kind:id` (`institution:2147…`).

    before, after: the object's state (stored as SHA-256 of its canonical JSON) or a digest already made.
    data: what a reader of the log needs; dates and decimals are kept as their text.
    source: the door; None = the one of the present request or command.
    """
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{verb} {obj}: record() must stand in the transaction of the change")
    if not actor:
        raise ValueError(f"{verb} {obj}: an action has an actor")
    door = current_door()
    return ActionLog.objects.create(
        at=timezone.now(),
        actor=actor,
        on_behalf=on_behalf,
        verb=verb,
        object=obj,
        before=digest(before),
        after=digest(after),
        request_id=door.request_id,
        source=source or door.source,
        reason=reason,
        data=json.loads(json.dumps(dict(data or {}), default=str)),
    )


def digest(state: Mapping[str, Any] | str | None) -> str:
    """SHA-256 (hex) of canonical JSON: sorted keys, no spaces, UTF-8; dates and decimals as their text."""
    if state is None or isinstance(state, str):
        return state or ""
    text = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
