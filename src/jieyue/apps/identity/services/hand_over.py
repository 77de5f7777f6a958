"""Handing over 交接: from a day on a successor has the work; drafts and history stay with the institution."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.mandates import not_known, own_grants
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.people import accounts_for
from jieyue.apps.identity.roles import STATISTICAL
from jieyue.apps.identity.services.end_sessions import end_all
from jieyue.apps.identity.services.grant import make_grant
from jieyue.apps.identity.services.open_mandate import open_mandate, today
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.tree import OPEN_END


def hand_over(
    giver: User, taker: User, *, day: date, actor: str, by: Authority, occasion: str = ""
) -> Mandate:
    """The giver's roles of entry and review end, and the taker's begin, with the day; each to its own end.

    by: the authority of who asks; he hands over every such role of the giver, so all of them must be his to give, he
    is neither of the two, and the successor's account is one that he may see: else a hand-over would make any account
    his to reset. What the giver delegated ends with his roles.
    On that day his sessions and tokens end too: at once if it is today, else by `end_handed`.
    Raises RefusedError.
    """
    if day < today():
        raise RefusedError("mandate_days", zh="交接从今天或以后开始", en="a hand-over begins today or later")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=giver.pk)
        held = [one for one in own_grants(giver, day, date.max) if one.role in STATISTICAL]
        _allowed(by, giver, taker, held)

        def makes(row: Mandate) -> Iterator[Grant]:
            for one in held:
                first, end = max(day, one.valid_from), one.valid_to
                yield make_grant(
                    taker,
                    one.role,
                    node=one.node,
                    valid_from=first,
                    valid_to=end,
                    actor=actor,
                    verbs=one.verbs,
                    forms=one.forms,
                    periods=one.periods,
                    mandate=row,
                )
                one.valid_to = first  # what has not begun becomes empty: in force on no day
                one.save(update_fields=["valid_to"])

        return open_mandate(
            Mandate.Kind.HAND_OVER,
            giver=giver,
            taker=taker,
            valid_from=day,
            valid_to=OPEN_END,
            actor=actor,
            makes=makes,
            occasion=occasion,
            ends=[one.pk for one in held],
            signed_out=end_all(giver) if day == today() else {},
        )


def _allowed(by: Authority, giver: User, taker: User, held: list[Grant]) -> None:
    if not taker.is_active or not accounts_for(by).filter(pk=taker.pk).exists():
        raise not_known(taker.get_username())
    if giver.pk == taker.pk:
        raise RefusedError("mandate_person", zh="接手的须是另一个账号", en="the successor is another account")
    if not held:
        raise RefusedError(
            "nothing_held",
            zh="这个账号没有填报、审核或核准的角色可以交接",
            en="this account has no role of entry, review or approval to hand over",
        )
    if by.user.pk in (giver.pk, taker.pk):
        raise RefusedError(
            "own_grant",
            zh="不能办理自己的交接，须由上一级办理",
            en="nobody hands over to or from himself: the next level up does",
        )
    if not all(by.may_give(one.role, one.node) for one in held):
        raise RefusedError(
            "not_yours",
            zh="这个账号有不归您授予的角色，交接由安全管理员办理",
            en="this account has roles that are not yours to give; the security administrator hands them over",
        )
