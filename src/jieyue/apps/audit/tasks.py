"""What the worker does with the log: number new entries, and every hour sign a checkpoint and take it elsewhere."""

import json
import os
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage

from jieyue.apps.audit.models import ActionLog, LogLeaf
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.sequence import sequence
from jieyue.domain.log_chain import Checkpoint

MAILED = "log.mailed"


def number() -> None:
    """Number what is new; a late entry with a lower identifier comes with the next one or with the checkpoint."""
    newest = ActionLog.objects.order_by("-id").values_list("id", flat=True).first() or 0
    numbered = LogLeaf.objects.order_by("-entry").values_list("entry", flat=True).first() or 0
    if newest > numbered:
        sequence()


def anchor() -> None:
    """Sign the state of the log; leave the checkpoint in JIEYUE_ANCHOR_FOLDER and mail it to JIEYUE_ANCHOR_MAIL.

    Either is done once for a size of the log; where neither is set, the checkpoint stays in the database only.
    """
    made = checkpoint()
    if made is None:
        return
    if settings.JIEYUE_ANCHOR_FOLDER is not None:
        leave(made, Path(settings.JIEYUE_ANCHOR_FOLDER))
    if settings.JIEYUE_ANCHOR_MAIL:
        mail(made, settings.JIEYUE_ANCHOR_MAIL, Path(settings.JIEYUE_HOME.path) / MAILED)


def leave(made: Checkpoint, folder: Path) -> Path:
    """Write the checkpoint into a folder that lies elsewhere; a file that is there is never touched."""
    file = folder / f"checkpoint-{made.size:012}.json"
    if file.exists():
        return file
    scratch = folder / f".{file.name}.{os.getpid()}"
    with scratch.open("w", encoding="utf-8") as opened:
        opened.write(text_of(made))
        opened.flush()
        os.fsync(opened.fileno())
    scratch.rename(file)
    return file


def mail(made: Checkpoint, receiver: str, marker: Path) -> None:
    """Mail the checkpoint unless the one of this size was mailed already."""
    if marker.exists() and marker.read_text(encoding="ascii").strip() == str(made.size):
        return
    code = made.short_code()
    message = EmailMessage(
        f"节约：操作日志检查点 checkpoint of the action log {code}",
        f"{code}\n\n请保存此邮件。Keep this mail: it proves what the log was.\njieyue verify-log --checkpoint FILE\n",
        to=[receiver],
    )
    message.attach(f"checkpoint-{made.size:012}.json", text_of(made), "application/json")
    message.send()
    marker.write_text(str(made.size), encoding="ascii")


def text_of(made: Checkpoint) -> str:
    """As `jieyue log checkpoint -o` writes it."""
    return json.dumps(vars(made), indent=1) + "\n"
