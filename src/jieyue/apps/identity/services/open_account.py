"""Make an account with its first role and its slip."""

from datetime import date

from django.db import transaction

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.give_role import give_role
from jieyue.apps.identity.services.new_code import Slip, new_code
from jieyue.domain.tree import OPEN_END


def open_account(
    username: str,
    *,
    real_name: str,
    role: str,
    node: int,
    actor: str,
    by: Authority | None,
    valid_from: date | None = None,
    valid_to: date = OPEN_END,
) -> Slip:
    """The account, its role on a node or institution, and the code that is printed: all of it or nothing."""
    with transaction.atomic():
        user: User = create_user(username, actor=actor, real_name=real_name)
        give_role(user, role, node=node, actor=actor, by=by, valid_from=valid_from, valid_to=valid_to)
        return new_code(user, actor=actor, by=by)
