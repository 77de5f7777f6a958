"""A read-only auditor, bounded to a case: a sample of institutions or bodies, forms, periods, days."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.mandates import (
    branch_of,
    checked_days,
    checked_forms,
    checked_periods,
    involved,
)
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import STATISTICAL
from jieyue.apps.identity.services.grant import make_grant
from jieyue.apps.identity.services.open_mandate import open_mandate
from jieyue.apps.publication.errors import RefusedError

LONGEST, MOST = 366, 2_000
ROLE = "auditor"


def appoint_auditor(
    taker: User,
    *,
    nodes: Iterable[int],
    forms: Iterable[str],
    periods: Iterable[str],
    first: date,
    end: date,
    case: str,
    actor: str,
    by: Authority,
) -> Mandate:
    """The person may read the returns of these forms and periods at these nodes, in [first, end), and nothing else.

    Every page that he reads is logged (web/access.py). He must have no hand in the work that he audits, neither by a
    role of his own nor by one that was delegated or lent to him. Raises RefusedError.
    """
    checked_days(first, end, LONGEST)
    named = checked_forms(forms)
    spans = checked_periods(named, periods)
    where = list(dict.fromkeys(nodes))
    if not case.strip() or not where or len(where) > MOST:
        raise RefusedError(
            "audit_case",
            zh=f"请写明事由，并指定 1–{MOST} 家机构或部门",
            en=f"name the case, and 1 to {MOST} institutions or bodies",
        )
    _allowed(by, taker, where)
    with transaction.atomic():
        branch = branch_of(where)
        held = Grant.objects.filter(user=taker, role__in=STATISTICAL, valid_from__lt=end, valid_to__gt=first)
        if any(one.node in branch for one in held):
            raise involved()

        def makes(row: Mandate) -> Iterator[Grant]:
            for node in where:
                yield make_grant(
                    taker,
                    ROLE,
                    node=node,
                    valid_from=first,
                    valid_to=end,
                    actor=actor,
                    forms=named,
                    periods=spans,
                    mandate=row,
                )

        return open_mandate(
            Mandate.Kind.AUDIT,
            giver=None,
            taker=taker,
            valid_from=first,
            valid_to=end,
            actor=actor,
            makes=makes,
            forms=named,
            periods=spans,
            occasion=case,
        )


def _allowed(by: Authority, taker: User, nodes: list[int]) -> None:
    if not taker.is_active or by.user.pk == taker.pk:
        raise RefusedError(
            "own_grant",
            zh="不能给自己授权，账号须可用",
            en="nobody appoints himself, and the account is in use",
        )
    if not all(by.may_give(ROLE, node) for node in nodes):
        raise RefusedError(
            "not_yours",
            zh="所选机构不都在您的管理范围内；审计查阅由安全管理员授权",
            en="not all of these institutions are yours; the security administrator appoints auditors",
        )
