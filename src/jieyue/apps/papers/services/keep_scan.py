"""Keep the stamped scan of a released paper beside it; one kept before stays."""

import hashlib
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.services.stage_file import keep_file
from jieyue.apps.identity.models import User
from jieyue.apps.papers import refusals
from jieyue.apps.papers.models import PaperDraft, PaperScan
from jieyue.apps.papers.scope import DRAFTS, RELEASES, may, may_read
from jieyue.apps.returns.papers import paper_of
from jieyue.domain.period import Period


def keep_scan(user: User, number: int, content: bytes, name: str) -> PaperScan:
    """Keep a PDF, JPEG or PNG; pictures are made anew from their pixels. The same file again is one scan.

    Raises RefusedError; then nothing is kept.
    """
    row = PaperDraft.objects.defer("content").filter(pk=number).first()
    day = None if row is None else Period.parse(row.period).last_day
    if row is None or day is None or not may_read(user, row.body, day):
        raise refusals.unknown()
    if not may(user, (*DRAFTS, *RELEASES), row.body, day):
        raise refusals.not_yours_to_keep()
    if row.state != PaperDraft.State.RELEASED:
        raise refusals.not_released()
    clean = paper_of(content)
    digest = hashlib.sha256(clean.content).hexdigest()
    keep_file(clean.content, digest)
    with transaction.atomic():
        PaperDraft.objects.select_for_update().only("pk").get(
            pk=row.pk
        )  # the same file sent twice comes one by one
        same = PaperScan.objects.filter(paper=row, sha256=digest).first()
        if same is not None:
            return same
        made = PaperScan.objects.create(
            paper=row,
            name=PurePath(name.replace("\\", "/")).name[:200] or "盖章扫描件",
            kind=clean.kind,
            size=len(clean.content),
            sha256=digest,
            actor=user.get_username(),
            at=timezone.now(),
        )
        record(
            "papers.scan", f"paper:{row.pk}", actor=made.actor, before=row.digest, after=digest,
            data={"file": made.name, "scan": made.pk, "kind": made.kind, "size": made.size},
        )  # fmt: skip
    return made
