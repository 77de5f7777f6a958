"""Answer the same request under the same key once, whatever the network does."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jieyue.apps.exchange.models import KeptReply
from jieyue.apps.publication.errors import RefusedError

#: A request that was begun and not answered within this time was lost with its process; it may begin again.
LOST = timedelta(minutes=15)


def begin_reply(by: str, key: str, digest: str) -> tuple[int, Any] | None:
    """The answer given before, as (status, body); None if the caller is the one to do the work.

    Raises RefusedError if the key stands for another request, or for one that is being worked on.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            KeptReply.objects.create(by=by, key=key, digest=digest, at=now)
            return None
    except IntegrityError:
        pass
    with transaction.atomic():
        kept = KeptReply.objects.select_for_update().get(by=by, key=key)
        if kept.digest != digest:
            raise RefusedError(
                "key_reused",
                zh="这个 Idempotency-Key 已用于另一个请求；换一个新的",
                en="this Idempotency-Key stands for another request; take a new one",
            )
        if kept.status is not None:
            return kept.status, kept.body
        if kept.at > now - LOST:
            raise RefusedError(
                "in_progress",
                zh="同一请求正在处理，稍后再问",
                en="the same request is being worked on; ask again",
            )
        kept.at = now
        kept.save(update_fields=["at"])
    return None


def end_reply(by: str, key: str, status: int, body: Any) -> None:
    """Keep the answer."""
    KeptReply.objects.filter(by=by, key=key).update(status=status, body=body)


def drop_reply(by: str, key: str) -> None:
    """Nothing was done: the key is free again."""
    KeptReply.objects.filter(by=by, key=key, status=None).delete()
