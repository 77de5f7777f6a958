"""Through which door the present work came in: source (`cli`, `web`, `api`, `worker`) and request id."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """Where an action came from."""

    source: str = "cli"
    request_id: str = ""


_door: ContextVar[Door] = ContextVar("door", default=Door())  # noqa: B039  frozen


def current_door() -> Door:
    """The door of the present work."""
    return _door.get()


@contextmanager
def through(source: str, request_id: str = "") -> Iterator[None]:
    """Name the door for everything done inside."""
    token = _door.set(Door(source, request_id))
    try:
        yield
    finally:
        _door.reset(token)
