"""Remind those who file: their tasks say so, and who has an address gets a letter, once a day at most about a form and
period."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.obligations.board import Missing, line_of, name_rows
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import progress_now
from jieyue.apps.obligations.reminder import letter
from jieyue.apps.obligations.scope import bodies_for, read_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.period import Period

#: Who may remind: who reviews, approves or extends.
VERBS = ("pass", "return", "approve", "extend")


@dataclass(frozen=True)
class Reminded:
    """How many returns were reminded of, how many letters went out, how many institutions have nobody with an address
    (none is counted without a mail server), how many had been reminded today."""

    returns: int
    letters: int
    without: int
    again: int


def remind(
    user: User, form: str, period: Period, node: int, kind: str, *, title: str, signed: str
) -> Reminded:
    """Remind of a body's list; letters go out where a mail server is set (JIEYUE_MAIL). Raises RefusedError: not the
    person's body, mail refused."""
    if not may_remind(user, period, node):
        raise RefusedError("not_yours", zh="这里不归您催报", en="it is not yours to remind here")
    line = line_of(period)
    today = settings.JIEYUE_HOME.today()
    with transaction.atomic():
        inside = None if line.nodes[node] == line.root else line.subtree(node)
        behind = progress_now(form, str(period), today, inside).of_kind(kind)
        every = name_rows(form, period, behind, line)
        rows = [row for row in every if not _told_today(row)]
        letters, reached = _letters(rows, title, signed) if mail_is_on() else ([], set())
        named = {row.institution for row in rows}
        without = len(named - reached) if mail_is_on() else 0
        done = Reminded(len(rows), len(letters), without, len(every) - len(rows))
        _mark(form, period, rows, node)
        if rows:
            record(
                "obligations.remind",
                f"node:{node}",
                actor=user.get_username(),
                data={"form": form, "period": str(period), "kind": kind, "returns": done.returns,
                      "letters": len(letters), "institutions": sorted(named), "without": done.without},
            )  # fmt: skip
        # Within the transaction: if the server takes none of them, nobody counts as reminded.
        _send(letters)
    return done


def mail_is_on() -> bool:
    """Whether letters can go out."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def _mark(form: str, period: Period, rows: Sequence[Missing], node: int) -> None:
    """What the tasks of those who file say from now on."""
    named: dict[str, list[int]] = {}
    for row in rows:
        named.setdefault(row.instance, []).append(row.institution)
    for instance, subjects in named.items():
        told = Obligation.objects.filter(
            form=form, period=str(period), instance=instance, subject__in=subjects
        )
        told.update(reminded_at=timezone.now(), reminded_by=node)


def _told_today(row: Missing) -> bool:
    told = row.reminded_at
    return told is not None and timezone.localdate(told) == timezone.localdate()


def may_remind(user: User, period: Period, node: int) -> bool:
    """Whether the person reviews, approves or extends at the body."""
    read = read_of(user)
    return any(node in bodies_for(read, verb, period.last_day) for verb in VERBS)


def _letters(rows: Sequence[Missing], title: str, signed: str) -> tuple[list[EmailMessage], set[int]]:
    mine: dict[int, list[Missing]] = {}
    people: dict[int, User] = {}
    by_institution = {row.institution: row for row in rows}
    today = settings.JIEYUE_HOME.today()
    grants = Grant.objects.filter(valid_from__lte=today, valid_to__gt=today).exclude(user__email="")
    for grant in grants.filter(user__is_active=True, role="reporter").select_related("user"):
        row = by_institution.get(grant.node)
        if row is not None and "submit" in verbs_of(grant):
            people[grant.user_id] = grant.user
            if row not in mine.setdefault(grant.user_id, []):
                mine[grant.user_id].append(row)
    letters = []
    for number, own in mine.items():
        person = people[number]
        chinese = (person.language or settings.JIEYUE_HOME.language).startswith("zh")
        subject, text = letter(str(person), own, title=title, signed=signed, chinese=chinese)
        letters.append(EmailMessage(subject, text, to=[person.email]))
    return letters, {row.institution for own in mine.values() for row in own}


def _send(letters: Sequence[EmailMessage]) -> None:
    if not letters:
        return
    try:
        get_connection().send_messages(list(letters))
    except OSError as error:  # smtplib's errors are such
        raise RefusedError(
            "mail_failed",
            zh=f"邮件服务器没有接受：{error}",
            en=f"the mail server did not take them: {error}",
        ) from error
