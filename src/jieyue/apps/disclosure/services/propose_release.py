"""Propose a release of a period's figures to everybody; the worker computes it and what must be withheld."""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction

from jieyue.apps.accounts.scope import access_for
from jieyue.apps.audit.services.record import record
from jieyue.apps.disclosure import refusals
from jieyue.apps.disclosure.document import CHOICES
from jieyue.apps.disclosure.models import DataRelease
from jieyue.apps.disclosure.scope import may_disclose, released
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import wrong
from jieyue.apps.publication.queries import last_done
from jieyue.domain.period import Period

LONGEST = 500


def propose_release(
    user: User, period: str, indicators: Collection[str], *, note: str = "", left_out: Sequence[str] = ()
) -> DataRelease:
    """A proposal of the facts published so far. note: what is corrected, where the period is out already. left_out:
    tables that it goes without (remedy.py).

    Raises RefusedError, PeriodError.
    """
    from jieyue.apps.disclosure.tasks import compute  # the tasks import the services

    sequence = last_done()
    if not may_disclose(access_for(user, sequence)):
        raise refusals.not_yours()
    chosen = [code for code in CHOICES if code in indicators]
    if not chosen or len(chosen) != len(set(indicators)):
        raise wrong("no_indicator", "请至少选一项指标", "choose at least one indicator")
    _refuse_period(period)
    said = note.strip()
    with transaction.atomic():
        before = released().filter(period=period).first()
        _refuse_note(said, before is not None)
        row = DataRelease.objects.create(
            period=period, sequence=sequence, indicators=chosen, note=said, replaces=before,
            left_out=list(left_out), proposed_by=user.get_username(),
        )  # fmt: skip
        row.task = str(compute.enqueue(row.pk).id)
        row.save(update_fields=["task"])
        record(
            "disclosure.propose", f"disclosure:{row.pk}", actor=row.proposed_by, reason=said,
            data={"period": period, "sequence": sequence, "indicators": chosen}
            | ({"left_out": row.left_out} if left_out else {}),
        )  # fmt: skip
    return row


def propose_without(user: User, number: int) -> DataRelease:
    """What a proposal proposes that cannot go out, without the tables that stand in its way; the old one waits to be
    dropped.

    Raises RefusedError: `not_yours`, `release_state` where nothing was found that it could leave out.
    """
    if not may_disclose(access_for(user, last_done())):
        raise refusals.not_yours()
    row = DataRelease.objects.filter(pk=number, state=DataRelease.State.READY).first()
    remedy = [] if row is None else [one["table"] for one in row.kept.get("remedy", ())]
    if row is None or not remedy:
        raise refusals.decided()
    left_out = [*row.left_out, *remedy]
    return propose_release(user, row.period, row.indicators, note=row.note, left_out=left_out)


def _refuse_period(text: str) -> None:
    period = Period.parse(text)
    if period.last_day >= settings.JIEYUE_HOME.today():
        raise wrong("period_open", f"{text} 还没有结束，不能公开", f"{text} is not over yet")
    if not text.isdigit():
        raise wrong("period_year", "按年公开，例如 2025", "a release is of a year, such as 2025")


def _refuse_note(said: str, again: bool) -> None:
    if len(said) > LONGEST:
        raise wrong("long_note", f"说明最多 {LONGEST} 字", f"a note has at most {LONGEST} characters")
    if again and not said:
        raise wrong(
            "no_note",
            "这一年已经公开过；请写明这次更正了什么，旧版会保留",
            "this year is out already; say what is corrected, the old release stays",
        )
