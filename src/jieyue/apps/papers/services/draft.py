"""Draft a paper: the system writes it from the figures of a publication, and keeps what it says."""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.obligations.board import line_of
from jieyue.apps.papers import refusals
from jieyue.apps.papers.binding import blanks_of
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.kinds import PaperKind, kind_of
from jieyue.apps.papers.log_anchor import AT_RELEASE
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.plain import digest_of
from jieyue.apps.papers.scope import DRAFTS, may, may_read
from jieyue.apps.papers.stored import to_json
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.queries import NodeInfo
from jieyue.domain.period import Period


def draft_paper(user: User, code: str, body: int, period: str) -> PaperDraft:
    """A new draft of a body's paper; code: of kinds.KINDS.

    Raises RefusedError, PaperError, PeriodError, what figures raise.
    """
    asked = asked_for(user, code, body, period)
    paper = asked.kind.make(asked.scope, str(asked.period), asked.sequence)
    return keep(asked, paper, user.get_username())


@dataclass(frozen=True)
class Asked:
    """A paper that the person may draft, as of one publication."""

    kind: PaperKind
    top: NodeInfo
    scope: str
    period: Period
    sequence: int


def asked_for(user: User, code: str, body: int, period: str) -> Asked:
    """What is asked for, if there is such and the person may. Raises RefusedError, PeriodError."""
    kind = kind_of(code)
    span = kind.of(period)
    if not may_read(user, body, span.last_day):
        raise refusals.unknown()
    if not may(user, DRAFTS, body, span.last_day):
        raise refusals.not_yours()
    sequence = last_done()
    line = line_of(span, sequence)
    if body not in line.nodes:
        raise refusals.unknown()
    top = line.nodes[body]
    if kind.city_only and top != line.root:
        raise refusals.city_only(kind.name_zh, kind.name_en)
    return Asked(kind, top, "city" if top == line.root else f"line:{top.code}", span, sequence)


def keep(asked: Asked, paper: Paper, actor: str) -> PaperDraft:
    """A new draft with what the paper says."""
    top, period, sequence = asked.top, str(asked.period), asked.sequence
    paper = replace(paper, anchor=AT_RELEASE)
    with transaction.atomic():
        same = PaperDraft.objects.filter(code=paper.code, body=top.id, period=period)
        number = (same.aggregate(last=Max("number"))["last"] or 0) + 1
        made = PaperDraft.objects.create(
            code=paper.code, body=top.id, scope=asked.scope, period=period, number=number, seq=sequence,
            title=paper.title.replace("\n", ""), content=to_json(paper), digest=digest_of(paper),
            provisional=paper.provisional, blanks=len(blanks_of(paper)), made_by=actor, made_at=timezone.now(),
        )  # fmt: skip
        record(
            "papers.draft", f"paper:{made.pk}", actor=actor, after=made.digest,
            data={"code": made.code, "body": top.id, "period": period, "number": number, "sequence": sequence},
        )  # fmt: skip
    return made
