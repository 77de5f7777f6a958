"""The name of a worker process, and whether the one of a name is surely gone."""

import os
import secrets
import socket


def new_owner() -> str:
    """host:process:token; at most 64 characters, as the queue of tasks has room for."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(owner: str, me: str) -> bool:
    """Whether that worker has surely ended: a process of this host that is no more. `me`: who asks, busy with nothing.

    Of another host nothing is known; its lease runs out.

    >>> is_gone("elsewhere:1:aa", "here:2:bb"), is_gone("here:2:bb", "here:2:bb"), is_gone("here:2:aa", "here:2:bb")
    (False, True, True)
    """
    if owner == me:
        return True
    host, process, _ = owner.rsplit(":", 2)
    mine, own, _ = me.rsplit(":", 2)
    if host != mine:
        return False
    return process == own or not _lives(int(process))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
