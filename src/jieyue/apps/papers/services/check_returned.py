"""Take in a Word file of a paper that came back: class its numbers, keep file and list. Nothing is corrected."""

import hashlib
from dataclasses import asdict
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.services.stage_file import keep_file
from jieyue.apps.identity.models import User
from jieyue.apps.papers import refusals
from jieyue.apps.papers.models import PaperDraft, ReturnedFile
from jieyue.apps.papers.returned_file import check_of, paper_of, returned_in, titled
from jieyue.apps.papers.scope import DRAFTS, RELEASES, may, may_read, papers_read_by
from jieyue.domain.period import Period


def check_returned(user: User, content: bytes, name: str, number: int | None = None) -> ReturnedFile:
    """Keep a file that came back with the classes of its numbers. number: of the paper; else the file's mark names it,
    and where there is none, its title.

    Raises RefusedError, ReturnedError; then nothing is kept.
    """
    row = None if number is None else _allowed(user, PaperDraft.objects.filter(pk=number).first())
    returned = returned_in(content, name)
    paragraphs = returned.paragraphs
    named = paper_of(returned, papers_read_by(user)) if row is None or returned.named else row
    row = row or _allowed(user, named)
    found = check_of(row, paragraphs, returned.mark)
    digest = hashlib.sha256(content).hexdigest()
    keep_file(content, digest)
    with transaction.atomic():
        made = ReturnedFile.objects.create(
            paper=row,
            name=PurePath(name.replace("\\", "/")).name[:200],
            size=len(content),
            sha256=digest,
            titled=titled(row, paragraphs),
            made_from=returned.made_from(row),
            lines=[asdict(line) for line in found.lines],
            counts=found.counts,
            gone=[{"no": one.no, "place": one.place.said, "printed": one.number.said} for one in found.gone],
            actor=user.get_username(),
            at=timezone.now(),
        )
        record(
            "papers.check", f"paper:{row.pk}", actor=made.actor, before=row.digest, after=digest,
            data={"file": made.name, "returned": made.pk, "gone": len(found.gone), **found.counts},
        )  # fmt: skip
    return made


def _allowed(user: User, row: PaperDraft | None) -> PaperDraft:
    """The paper, if the person may read it and complete or release it."""
    day = None if row is None else Period.parse(row.period).last_day
    if row is None or day is None or not may_read(user, row.body, day):
        raise refusals.unknown()
    if not may(user, (*DRAFTS, *RELEASES), row.body, day):
        raise refusals.not_yours_to_check()
    return row
