"""Cross-review 交叉审核: a district's worklist of one form and period, lent for some days to another's reviewer."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction

from jieyue.apps.identity.mandates import (
    branch_of,
    checked_days,
    checked_forms,
    checked_periods,
    not_known,
    own_grants,
)
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import LENT
from jieyue.apps.identity.scope import grants_of, verbs_of
from jieyue.apps.identity.services.grant import make_grant
from jieyue.apps.identity.services.open_mandate import open_mandate
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.queries import Tree, tree

LONGEST = 60
VERB = "lend"


def lend(
    user: User,
    taker: User | None,
    *,
    node: int,
    form: str,
    period: str,
    first: date,
    end: date,
    occasion: str = "",
    name: str = "",
) -> Mandate:
    """The worklist of a body (and of those below it) goes to a reviewer of another district, in [first, end).

    He reads, comments and passes; he never sends back or approves, and enters nothing. The list comes back at once
    when the lender no longer administers the body, or the other no longer reviews at home. Raises RefusedError.
    """
    checked_days(first, end, LONGEST)
    (form,) = checked_forms([form])
    (period,) = checked_periods([form], [period])
    with transaction.atomic():
        source = lending_grant(user, node)
        if source is None or source.valid_to <= first:
            raise RefusedError(
                "not_yours",
                zh="这个部门的审核清单不归您出借",
                en="the worklist of this body is not yours to lend",
            )
        if taker is None or not taker.is_active or taker.pk == user.pk or not _reviews(taker, node, first):
            raise not_known(name)

        def makes(row: Mandate) -> Iterator[Grant]:
            yield make_grant(
                taker,
                "reviewer",
                node=node,
                valid_from=first,
                valid_to=min(end, source.valid_to),
                actor=user.username,
                verbs=LENT,
                forms=[form],
                periods=[period],
                source=source,
                mandate=row,
            )

        return open_mandate(
            Mandate.Kind.LENDING,
            giver=user,
            taker=taker,
            valid_from=first,
            valid_to=min(end, source.valid_to),
            actor=user.username,
            makes=makes,
            forms=[form],
            periods=[period],
            occasion=occasion,
        )


def lending_grant(user: User, node: int) -> Grant | None:
    """The grant by which a person may lend the worklist of a body today; the one that lasts longest."""
    line = tree(Tree.LINE)
    if node not in line.nodes:
        return None
    above = {step.id for step in line.path(node)}
    held = [
        one
        for one in grants_of(user)
        if one.source_id is None and one.node in above and VERB in verbs_of(one)
    ]
    return max(held, key=lambda one: one.valid_to, default=None)


def _reviews(taker: User, node: int, day: date) -> bool:
    """Whether the person reviews today and on the day, and elsewhere: his own branch is his already."""
    own = [one for one in grants_of(taker) if one.source_id is None and "pass" in verbs_of(one)]
    lasting = [one for one in own_grants(taker, day, date.max) if one.pk in {held.pk for held in own}]
    return bool(lasting) and branch_of([node]).isdisjoint({one.node for one in own})
