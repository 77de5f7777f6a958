"""The parts of a paper that takes long: who waits for it is told of each that is there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

_T = TypeVar("_T")
_listener: ContextVar[Callable[[], None] | None] = ContextVar("paper_parts", default=None)


@contextmanager
def telling(listener: Callable[[], None]) -> Iterator[None]:
    """While it is open, `listener` is called for every part."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def part(value: _T) -> _T:
    """The part, as it is; who listens is told that it is there."""
    listener = _listener.get()
    if listener is not None:
        listener()
    return value
