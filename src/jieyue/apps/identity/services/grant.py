"""Give a role on a node."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.mandates import branch_of, involved
from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import BOUNDED, EXCLUSIVE, ROLES, STATISTICAL
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.tree import OPEN_END


def grant(
    user: User,
    role: str,
    *,
    node: int,
    valid_from: date,
    actor: str,
    valid_to: date = OPEN_END,
    verbs: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    periods: Sequence[str] | None = None,
    reason: str = "",
) -> Grant:
    """Give `role` on `node` and all below it, in [valid_from, valid_to). `node`: of the line, or an institution.

    verbs, forms, periods: what it is limited to; a bounded role (auditor) names forms and periods.
    """
    with transaction.atomic():
        made = make_grant(
            user,
            role,
            node=node,
            valid_from=valid_from,
            valid_to=valid_to,
            actor=actor,
            verbs=verbs,
            forms=forms,
            periods=periods,
        )
        state = {"user": user.pk, **stated(made)}
        record(
            "identity.grant",
            f"user:{user.pk}",
            actor=actor,
            after=state,
            reason=reason,
            data={**state, "grant": made.pk},
        )
    return made


def make_grant(
    user: User,
    role: str,
    *,
    node: int,
    valid_from: date,
    valid_to: date,
    actor: str,
    verbs: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    periods: Sequence[str] | None = None,
    source: Grant | None = None,
    mandate: Mandate | None = None,
) -> Grant:
    """The row alone, for services that log the change themselves and hold a transaction."""
    if role not in ROLES:
        raise RefusedError("unknown_role", zh=f"没有角色 {role}", en=f"there is no role {role}")
    if valid_from >= valid_to:
        raise RefusedError("interval_empty", zh="授权的有效期为空", en="the grant would never be in force")
    if role in BOUNDED and not (forms and periods):
        raise RefusedError(
            "unbounded_role",
            zh=f"{ROLES[role].name_zh}须限定报表和报告期，请在人员页的“委托与交接”里指定",
            en=f"the role {ROLES[role].name_en} names forms and periods: appoint on the person's page",
        )
    User.objects.select_for_update().get(pk=user.pk)  # two grants at once must see one another
    _refuse_two_administrators(user, role, valid_from, valid_to)
    _refuse_audited(user, role, node, valid_from, valid_to)
    return Grant.objects.create(
        user=user,
        role=role,
        node=node,
        valid_from=valid_from,
        valid_to=valid_to,
        verbs=_listed(verbs),
        forms=_listed(forms),
        periods=_listed(periods),
        granted_by=actor,
        source=source,
        mandate=mandate,
    )


def stated(row: Grant) -> dict[str, Any]:
    """A grant as the log has it; limits only where there are any."""
    limits = {name: getattr(row, name) for name in ("verbs", "forms", "periods")}
    return {
        "role": row.role,
        "node": row.node,
        "from": str(row.valid_from),
        "to": str(row.valid_to),
        **{name: value for name, value in limits.items() if value is not None},
    }


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _refuse_audited(user: User, role: str, node: int, valid_from: date, valid_to: date) -> None:
    """Who audits somewhere takes no hand in the work there, as long as he does."""
    if role not in STATISTICAL:
        return
    audits = Grant.objects.filter(
        user=user, role__in=BOUNDED, valid_from__lt=valid_to, valid_to__gt=valid_from
    ).values_list("node", flat=True)
    if audits and node in branch_of(audits):
        raise involved()


def _refuse_two_administrators(user: User, role: str, valid_from: date, valid_to: date) -> None:
    if role not in EXCLUSIVE:
        return
    other = (
        Grant.objects.filter(user=user, role__in=EXCLUSIVE - {role})
        .filter(valid_from__lt=valid_to, valid_to__gt=valid_from)
        .first()
    )
    if other is not None:
        raise RefusedError(
            "roles_exclude",
            zh=f"{user} 已是{ROLES[other.role].name_zh}，不能同时担任{ROLES[role].name_zh}（三员分立）",
            en=f"{user} is {ROLES[other.role].name_en} and cannot be {ROLES[role].name_en} as well: "
            f"the three administrators exclude one another",
            data={"role": role, "held": other.role},
        )
