"""Who else must agree before a return is reopened: apps on the right register, `reopen` asks."""

from collections.abc import Callable
from typing import Final

from jieyue.apps.returns.acting import Actor, Key
from jieyue.apps.returns.models import Return

#: Asked in the transaction of the reopening, with the return locked; raises RefusedError, or lets it be.
Guard = Callable[[Actor, Key, Return], None]

_guards: Final[dict[str, Guard]] = {}


def register(name: str, guard: Guard) -> None:
    """Ask this one too; each name once a process."""
    _guards[name] = guard


def ask(actor: Actor, key: Key, row: Return) -> None:
    """Ask all of them. Raises RefusedError."""
    for guard in _guards.values():
        guard(actor, key, row)
