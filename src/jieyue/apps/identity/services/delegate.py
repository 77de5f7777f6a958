"""While a person is absent another one does his work 委托. It lifts no separation: the delegate acts as himself."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.db import transaction

from jieyue.apps.identity.mandates import (
    branch_of,
    checked_days,
    checked_forms,
    is_of_branch,
    not_known,
    own_grants,
)
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import STATISTICAL
from jieyue.apps.identity.services.grant import make_grant
from jieyue.apps.identity.services.open_mandate import open_mandate
from jieyue.apps.publication.errors import RefusedError

LONGEST = 190


def delegate(
    user: User,
    taker: User | None,
    *,
    first: date,
    end: date,
    forms: Iterable[str] | None = None,
    occasion: str = "",
    name: str = "",
) -> Mandate:
    """The user's own work of entry and review goes to another person as well, in [first, end).

    forms: only these; None = all. taker: a person with work on the same line, above or below. Only what the user
    holds himself goes on, for no longer than he holds it; what was delegated or lent to him does not. name: what was
    typed, for the answer. Raises RefusedError.
    """
    checked_days(first, end, LONGEST)
    named = None if forms is None else checked_forms(forms)
    with transaction.atomic():
        held = [one for one in own_grants(user, first, end) if one.role in STATISTICAL]
        if not held or not user.is_active:
            raise RefusedError(
                "nothing_held",
                zh="这些日子里没有您自己的填报、审核或核准权可以委托；受托和借来的不能再委托",
                en="in these days you hold no right of your own to enter, review or approve; "
                "what others delegated or lent goes no further",
            )
        if taker is None or not taker.is_active or taker.pk == user.pk:
            raise not_known(name)
        if not is_of_branch(taker, branch_of(one.node for one in held), first, end):
            raise not_known(name or taker.username)

        def makes(row: Mandate) -> Iterator[Grant]:
            for one in held:
                limit = _narrowed(one.forms, named)
                if limit == []:
                    continue
                yield make_grant(
                    taker,
                    one.role,
                    node=one.node,
                    valid_from=max(first, one.valid_from),
                    valid_to=min(end, one.valid_to),
                    actor=user.username,
                    verbs=one.verbs,
                    forms=limit,
                    periods=one.periods,
                    source=one,
                    mandate=row,
                )

        return open_mandate(
            Mandate.Kind.DELEGATION,
            giver=user,
            taker=taker,
            valid_from=first,
            valid_to=end,
            actor=user.username,
            makes=makes,
            forms=named,
            occasion=occasion,
        )


def _narrowed(held: Sequence[str] | None, named: Sequence[str] | None) -> list[str] | None:
    """The forms that both allow; None = no limit."""
    if held is None or named is None:
        return list(named or held or ()) or None
    return [form for form in named if form in held]
