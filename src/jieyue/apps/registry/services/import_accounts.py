"""Make the accounts of a file: all of them or none."""

from django.db import transaction

from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.services.new_code import Slip
from jieyue.apps.identity.services.open_account import open_account
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.accounts_file import AccountsFile


def import_accounts(asked: AccountsFile, *, actor: str, by: Authority | None) -> list[Slip]:
    """One slip for each row. Each account is logged by itself. Raises RefusedError if any row is wrong."""
    if any(one.severity == "error" for one in asked.findings):
        raise RefusedError(
            "rows_wrong", zh="有的行不对，没有建立任何账号", en="some rows are wrong, no account was made"
        )
    with transaction.atomic():
        return [
            open_account(
                one.username, real_name=one.real_name, role=one.role, node=one.node, actor=actor, by=by
            )
            for one in asked.accounts
        ]
