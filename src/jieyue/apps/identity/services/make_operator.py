"""The operator: the account that the command line acts as."""

import getpass
from datetime import date

from django.conf import settings
from django.db import connection, transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import BOUNDED, EXCLUSIVE, ROLES


def operator_name() -> str:
    """The system user's name; `operator` where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def make_operator(
    username: str, *, root: int, password: str | None = None, valid_from: date | None = None
) -> User:
    """The account of that name with its roles on the root of the line; made if it is not there, idempotent.

    At desk size (SQLite) one person is everybody and holds every role, which lifts the separation of the three
    administrators for this account only. On a server the operator holds all roles but the system and the audit
    administrator's, which other persons take.
    """
    day = valid_from or date.min
    desk = connection.vendor == "sqlite"
    roles = [
        code for code in ROLES if code not in BOUNDED and (desk or code not in EXCLUSIVE - {"security_admin"})
    ]
    with transaction.atomic():
        user = User.objects.filter(username=username).first()
        before = None
        if user is None:
            user = User(username=username, real_name="", language=settings.JIEYUE_HOME.language)
            user.set_unusable_password()
            user.save(force_insert=True)
        else:
            before = {"roles": sorted(user.grants.values_list("role", flat=True))}
        if password is not None:
            user.set_password(password)
            user.save(update_fields=["password"])
        held = set(user.grants.filter(node=root).values_list("role", flat=True))
        missing = [role for role in roles if role not in held]
        Grant.objects.bulk_create(
            [Grant(user=user, role=role, node=root, valid_from=day, granted_by=username) for role in missing]
        )
        if missing or password is not None:
            record(
                "identity.make_operator",
                f"user:{user.pk}",
                actor=username,
                before=before,
                after={"roles": sorted(held | set(missing))},
                data={"username": username, "roles": missing, "password_set": password is not None},
            )
    return user
