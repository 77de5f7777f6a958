"""Give a role on a node."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import EXCLUSIVE, ROLES
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
    reason: str = "",
) -> Grant:
    """Give `role` on `node` and all below it, in [valid_from, valid_to). `node`: of the line, or an institution."""
    if role not in ROLES:
        raise RefusedError("unknown_role", zh=f"没有角色 {role}", en=f"there is no role {role}")
    if valid_from >= valid_to:
        raise RefusedError("interval_empty", zh="授权的有效期为空", en="the grant would never be in force")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two grants at once must see one another
        _refuse_two_administrators(user, role, valid_from, valid_to)
        return _store(user, role, node, valid_from, valid_to, actor=actor, verbs=verbs, reason=reason)


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


def _store(
    user: User,
    role: str,
    node: int,
    valid_from: date,
    valid_to: date,
    *,
    actor: str,
    verbs: Sequence[str] | None,
    reason: str,
) -> Grant:
    made = Grant.objects.create(
        user=user,
        role=role,
        node=node,
        valid_from=valid_from,
        valid_to=valid_to,
        verbs=None if verbs is None else list(verbs),
        granted_by=actor,
    )
    state = {"user": user.pk, "role": role, "node": node, "from": str(valid_from), "to": str(valid_to)}
    record(
        "identity.grant",
        f"user:{user.pk}",
        actor=actor,
        after=state,
        reason=reason,
        data={**state, "grant": made.pk},
    )
    return made
