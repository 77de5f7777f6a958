"""Which papers a person may read, and for which bodies he may draft or release one: by the reporting line."""

from collections.abc import Collection
from datetime import date
from typing import Final

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import VIEW, Access
from jieyue.apps.identity.models import User
from jieyue.apps.obligations.scope import bodies_for, read_of
from jieyue.apps.papers.models import PaperDraft, PaperScan, ReturnedFile

#: Verbs of those who draft and complete papers, and of those who release them.
DRAFTS, RELEASES = ("pass", "approve"), ("approve",)
#: Who drafts where no person asked.
WORKER: Final = "worker"


def papers_for(access: Access) -> QuerySet[PaperDraft]:
    """Papers of the person's bodies, the newest first, without what they say."""
    rows = PaperDraft.objects.defer("content").order_by("-pk")
    if access.read is None or not access.may(VIEW):
        return rows.none()
    return rows if access.whole else rows.filter(body__in=bodies_for(access.read, VIEW))


def drafts_to_complete(access: Access, bodies: Collection[int]) -> QuerySet[PaperDraft]:
    """Papers of these bodies that the worker drafted and nobody has completed yet, the newest first; none for who may
    not complete one."""
    rows = papers_for(access).filter(
        state=PaperDraft.State.DRAFT, made_by=WORKER, blanks__gt=0, body__in=bodies
    )
    return rows if any(access.may(verb) for verb in DRAFTS) else rows.none()


def returned_for(access: Access) -> QuerySet[ReturnedFile]:
    """Returned files of the papers that the person may see, the newest first, with the paper but not its text."""
    rows = ReturnedFile.objects.select_related("paper").defer("lines", "gone", "paper__content")
    return rows.filter(paper__in=papers_for(access).order_by().values("pk")).order_by("-pk")


def scans_for(access: Access) -> QuerySet[PaperScan]:
    """Stamped scans of the papers that the person may see, the newest first."""
    return PaperScan.objects.filter(paper__in=papers_for(access).order_by().values("pk")).order_by("-pk")


def papers_read_by(user: User) -> QuerySet[PaperDraft]:
    """Papers of the bodies that the person may look at, without what they say."""
    return PaperDraft.objects.defer("content").filter(body__in=bodies_for(read_of(user), VIEW))


def may_read(user: User, body: int, day: date) -> bool:
    """Whether the body's papers are the person's to read."""
    return body in bodies_for(read_of(user), VIEW, day)


def may(user: User, verbs: tuple[str, ...], body: int, day: date) -> bool:
    """Whether the person may do so for the body."""
    read = read_of(user)
    return any(body in bodies_for(read, verb, day) for verb in verbs)
