"""Record one action. Every service calls this exactly once, inside the transaction of its change."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from jieyue.apps.audit.context import current_door
from jieyue.apps.audit.models import ActionLog
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import canonical
from jieyue.store.failpoint import failpoint

W = TypeVar("W")


class UnwritableTextError(DomainError):
    """A text of the act is no Unicode text: an entry that cannot be hashed would stop the log for good."""

    def __init__(self, field: str, char: str) -> None:
        super().__init__(
            "log_text",
            zh=f"{field} 里有不成字的编码 {char!a}，记不进操作日志，所以什么也没有改；多半是文件名或文件不是 UTF-8"
            " 编码，请改名或另存后再试",
            en=f"{field} holds {char!a}, which is no character and cannot be logged, so nothing was changed; most "
            "often the name of a file or the file is not in UTF-8: rename it or save it anew",
            data={"field": field},
        )


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
    said = {
        "actor": actor,
        "on_behalf": on_behalf,
        "verb": verb,
        "object": obj,
        "before": _writable("before", before, digest),
        "after": _writable("after", after, digest),
        "request_id": door.request_id,
        "source": source or door.source,
        "reason": reason,
        "data": json.loads(json.dumps(dict(data or {}), default=str)),
    }
    for field, value in said.items():
        _writable(field, value, lambda one: canonical({"": one}))
    entry = ActionLog.objects.create(at=timezone.now(), **said)
    failpoint("audit.after_entry")
    return entry


def _writable(field: str, value: Any, write: Callable[[Any], W]) -> W:
    """What `write` makes of the value. Raises UnwritableTextError, so that the whole act is refused."""
    try:
        return write(value)
    except UnicodeEncodeError as error:
        raise UnwritableTextError(field, error.object[error.start]) from error


def digest(state: Mapping[str, Any] | str | None) -> str:
    """SHA-256 (hex) of canonical JSON: sorted keys, no spaces, UTF-8; dates and decimals as their text."""
    if state is None or isinstance(state, str):
        return state or ""
    text = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
