"""The operator's way into the pages: a one-time password, shown once and kept nowhere."""

from jieyue.cli.context import say


def new_password() -> str:
    """Give the operator's account a new password and return it."""
    from jieyue.apps.identity.services.create_user import one_time_password
    from jieyue.apps.identity.services.make_operator import make_operator, operator_name
    from jieyue.apps.trees.queries import tree

    password = one_time_password()
    root = tree("line").root
    assert root is not None, "init seeds the root of the reporting line"
    make_operator(operator_name(), root=root.id, password=password)
    return password


def first_password() -> str | None:
    """A password where the operator has none yet, so that a new home can be entered; else None."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.identity.services.make_operator import operator_name

    operator = user_by_name(operator_name())
    return None if operator is not None and operator.has_usable_password() else new_password()


def say_password(password: str) -> None:
    """Tell it on stderr, with the account's name."""
    from jieyue.apps.identity.services.make_operator import operator_name

    name = operator_name()
    say(f"用户 {name}  一次性口令 {password}", f"user {name}  one-time password {password}")
