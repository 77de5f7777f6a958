"""Put a paper beside a return that is being entered, and take it away again."""

import hashlib
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.exchange.services.stage_file import keep_file
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key, enter_door, take
from jieyue.apps.returns.models import Attachment
from jieyue.apps.returns.papers import MOST, paper_of
from jieyue.apps.returns.queries import attachments_of
from jieyue.apps.returns.services.edit_return import log, sheet_of, stand
from jieyue.domain.workflow import Verb


def attach(user: User, key: Key, content: bytes, name: str, *, item: str = "") -> Attachment:
    """Keep the paper with the return, for one cell or for the whole. Raises RefusedError; then nothing is kept."""
    actor = enter_door(user, key, Verb.EDIT)
    if item and item not in sheet_of(key).codes:
        raise RefusedError("unknown_item", zh=f"表中没有 {item}", en=f"the form has no item {item}")
    paper = paper_of(content)
    digest = hashlib.sha256(paper.content).hexdigest()
    keep_file(paper.content, digest)
    with transaction.atomic():
        row, _ = take(actor, key, Verb.EDIT)
        before = attachments_of(row.pk)
        if len(before) >= MOST:
            raise RefusedError(
                "paper_count", zh=f"一份报表最多 {MOST} 个附件", en=f"a return has at most {MOST} attachments"
            )
        made = Attachment.objects.create(
            parent=row,
            item=item,
            name=PurePath(name.replace("\\", "/")).name[:200] or "附件",
            kind=paper.kind,
            size=len(paper.content),
            sha256=digest,
            actor=actor.name,
            at=timezone.now(),
        )
        log("returns.attach", row, actor, before=stand(row), sha256=digest, item=item, file=made.name)
    return made


def detach(user: User, key: Key, number: int) -> None:
    """Take a paper away; what was submitted with it still names it. Raises RefusedError."""
    actor = enter_door(user, key, Verb.EDIT)
    with transaction.atomic():
        row, _ = take(actor, key, Verb.EDIT)
        found = Attachment.objects.filter(pk=number, parent=row, removed_at=None).first()
        if found is None:
            raise RefusedError("paper_unknown", zh="没有这个附件", en="there is no such attachment")
        found.removed_at = timezone.now()
        found.save(update_fields=["removed_at"])
        log(
            "returns.detach",
            row,
            actor,
            before=stand(row),
            sha256=found.sha256,
            item=found.item,
            file=found.name,
        )
