"""Fill in the places that are left open, and release a paper: two persons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.papers import refusals
from jieyue.apps.papers.binding import blanks_of, provisional_of
from jieyue.apps.papers.content import Blank, Block, Cell, Paper, Paragraph, TableBlock, Text
from jieyue.apps.papers.log_anchor import anchor_line
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.plain import digest_of
from jieyue.apps.papers.scope import DRAFTS, RELEASES, may, may_read
from jieyue.apps.papers.stored import from_json, to_json
from jieyue.domain.period import Period

LONGEST = 2000


def fill(user: User, number: int, texts: Sequence[str], seen: str) -> PaperDraft:
    """Write into the open places of a draft, in their order; an empty text leaves the place open.

    seen: the digest that the person has looked at. Raises RefusedError.
    """
    with transaction.atomic():
        row = _open(user, number, seen)
        if not may(user, DRAFTS, row.body, _day(row)):
            raise refusals.not_yours()
        clean = [text.strip().replace("\r\n", "\n") for text in texts]
        if any(len(text) > LONGEST or not text.replace("\n", "").isprintable() for text in clean):
            raise refusals.too_long(LONGEST)
        paper = filled(from_json(row.content), clean)
        before, row.content, row.digest = row.digest, to_json(paper), digest_of(paper)
        row.blanks, row.changed_by = len(blanks_of(paper)), user.get_username()
        row.save(update_fields=["content", "digest", "blanks", "changed_by"])
        record("papers.fill", f"paper:{row.pk}", actor=row.changed_by, before=before, after=row.digest)
    return row


def release(user: User, number: int, seen: str, reason: str = "") -> PaperDraft:
    """Release a paper that another person drafted. reason: why it goes out with numbers that are not final."""
    with transaction.atomic():
        row = _open(user, number, seen)
        if not may(user, RELEASES, row.body, _day(row)):
            raise refusals.not_yours(releasing=True)
        name = user.get_username()
        if name in (row.made_by, row.changed_by):
            raise refusals.own_draft()
        paper = from_json(row.content)
        left, loose = blanks_of(paper), provisional_of(paper)
        if left:
            raise refusals.blank(left[0][1].asks)
        if loose and not reason.strip():
            raise refusals.provisional(len(loose))
        if len(reason) > LONGEST:
            raise refusals.too_long(LONGEST)
        row.state, row.released_by, row.released_at = PaperDraft.State.RELEASED, name, timezone.now()
        row.reason = reason.strip()
        anchor = anchor_line()
        row.content = to_json(replace(paper, anchor=anchor))
        row.save(update_fields=["state", "released_by", "released_at", "reason", "content"])
        record(
            "papers.release", f"paper:{row.pk}", actor=name, after=row.digest, reason=row.reason,
            data={"provisional": len(loose), "code": row.code, "period": row.period, "anchor": anchor},
        )  # fmt: skip
    return row


def filled(paper: Paper, texts: Sequence[str]) -> Paper:
    """The paper with texts in its open places, in reading order; a line break begins a new paragraph."""
    left = iter([*texts, *[""] * len(blanks_of(paper))])

    def cell(parts: Cell) -> Cell:
        return tuple(_written(part, next(left)) if isinstance(part, Blank) else part for part in parts)

    def blocks(all_of: Sequence[Block]) -> tuple[Block, ...]:
        found: list[Block] = []
        for block in all_of:
            if isinstance(block, Paragraph):
                found += _paragraphs(replace(block, parts=cell(block.parts)))
            elif isinstance(block, TableBlock):
                found.append(
                    replace(block, rows=tuple(tuple(cell(one) for one in row) for row in block.rows))
                )
            else:
                found.append(block)
        return tuple(found)

    body = blocks(paper.blocks)
    annexes = tuple(replace(annex, blocks=blocks(annex.blocks)) for annex in paper.annexes)
    return replace(paper, blocks=body, annexes=annexes)


def _written(blank: Blank, text: str) -> Blank | Text:
    return Text(text) if text else blank


def _paragraphs(block: Paragraph) -> list[Block]:
    """A paragraph of one text with line breaks becomes as many paragraphs."""
    only = block.parts[0] if len(block.parts) == 1 else None
    if isinstance(only, Text) and "\n" in only.text:
        return [replace(block, parts=(Text(line),)) for line in only.text.splitlines() if line.strip()]
    return [block]


def _open(user: User, number: int, seen: str) -> PaperDraft:
    """The draft, locked, if the person may read it, it is not released, and it is what he has looked at."""
    row = PaperDraft.objects.select_for_update().filter(pk=number).first()
    if row is None or not may_read(user, row.body, _day(row)):
        raise refusals.unknown()
    if row.state == PaperDraft.State.RELEASED:
        raise refusals.released()
    if row.digest != seen:
        raise refusals.moved()
    return row


def _day(row: PaperDraft) -> date:
    return Period.parse(row.period).last_day
