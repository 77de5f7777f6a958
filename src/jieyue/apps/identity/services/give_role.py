"""Give and take roles as an administrator: only what is his, never to himself."""

from datetime import date

from django.conf import settings

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.revoke import revoke
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.tree import OPEN_END


def give_role(
    user: User,
    role: str,
    *,
    node: int,
    actor: str,
    by: Authority | None,
    valid_from: date | None = None,
    valid_to: date = OPEN_END,
    reason: str = "",
) -> Grant:
    """`grant`, after asking whether it is his to give. by: None only for the command line's operator."""
    _allowed(by, user, role, node)
    first = valid_from or settings.JIEYUE_HOME.today()
    return grant(user, role, node=node, valid_from=first, valid_to=valid_to, actor=actor, reason=reason)


def take_role(held: Grant, *, actor: str, by: Authority | None, reason: str = "") -> None:
    """End a grant as of today, after asking whether it is his to take."""
    _allowed(by, held.user, held.role, held.node)
    revoke(held.pk, settings.JIEYUE_HOME.today(), actor=actor, reason=reason)


def _allowed(by: Authority | None, user: User, role: str, node: int) -> None:
    if by is None:
        return
    if by.user.pk == user.pk:
        raise RefusedError(
            "own_grant",
            zh="不能给自己授权，也不能收回自己的授权",
            en="nobody gives or takes a role of his own",
        )
    if not by.may_give(role, node):
        raise RefusedError(
            "not_yours",
            zh="这一角色不归你授予，或所选机构不在你的管理范围内；审核人及以上由安全管理员授予",
            en="this role is not yours to give, or the node is not below yours; "
            "the security administrator gives reviewer and above",
        )
