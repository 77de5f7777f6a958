"""A thing is no longer an institution's from a day on: it was taken out of use, or went to another institution."""

from datetime import date

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.holdings.scope import check_keeper
from jieyue.apps.holdings.services.carry_holdings import as_data, moved
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.registry.queries import institution


def end_holding(
    thing: int, day: date, *, actor: str, reason: str, to: int | None = None, by: User | None = None
) -> None:
    """From `day` on it is no more, or institution `to` has it. by: the person whose rights count, at both.

    Raises RefusedError, with nothing changed.
    """
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise RefusedError(
            "holding_reason", zh="请写明理由，不超过 500 字", en="give a reason, 500 characters at most"
        )
    with open_lake().lock.hold(), transaction.atomic():
        last = HoldingSpan.objects.filter(holding_id=thing).order_by("valid_from").last()
        if last is None or not last.valid_from < day < last.valid_to:
            raise RefusedError(
                "holding_day",
                zh="停用日须在启用日之后、已登记的停用日之前",
                en="the day must be after the first day, and before the end that is registered",
            )
        check_keeper(by, last.institution)
        if to is not None:
            if institution(to, day) is None or to == last.institution:
                raise RefusedError(
                    "holding_to",
                    zh="接收的机构当日不在册，或就是本机构",
                    en="the other institution is not in being that day",
                )
            check_keeper(by, to)
        before = as_data(last)
        if to is None:
            HoldingSpan.objects.filter(pk=last.pk).update(valid_to=day)
        else:
            moved([last], to, day)
        record(
            "holdings.end" if to is None else "holdings.move", f"holding:{thing}", actor=actor, reason=reason,
            data={"day": day, "to": to, "replaced": [before]},
        )  # fmt: skip
