"""Where the action log stood when a paper was released 日志锚点: one line that everybody who has the paper holds.

It names the newest signed checkpoint, so a log that was rewritten afterwards no longer fits the papers that are out.
It is not part of the paper's digest, which is what the releasing person looked at; the entry of the release holds it.
"""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, transaction

from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.domain.log_chain import Checkpoint

log = logging.getLogger(__name__)

#: What a damaged key or checkpoint raises: it is not hex, or not whole.
_DAMAGED = (ValueError, TypeError)

AT_RELEASE = "日志锚点：印发时写入。"
EMPTY = "日志锚点：印发时操作日志还是空的，没有检查点可写。"
NOT_SIGNED = "日志锚点：印发时没有签成操作日志的检查点。"


def anchor_line() -> str:
    """Sign the log as it stands and say the checkpoint; where that cannot be done, the line says so."""
    try:
        with transaction.atomic():
            made = checkpoint()
    except (DatabaseError, OSError, *_DAMAGED) as error:
        log.warning("no checkpoint of the log for a paper that is released: %s", error)
        return NOT_SIGNED
    return EMPTY if made is None else line_of(made)


def line_of(made: Checkpoint) -> str:
    """A checkpoint as it is printed: its short code, which `verify-log --checkpoint` takes, when, name of the key."""
    at = datetime.fromisoformat(made.at).astimezone(ZoneInfo(settings.JIEYUE_HOME.timezone))
    return (
        f"日志锚点：操作日志前 {made.size} 条，检查点 {made.short_code()}，"
        f"签于 {at.isoformat(sep=' ', timespec='seconds')}，密钥 {made.key}。"
    )
