"""What a process keeps of things that never change: the last few, the one used longest ago goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings

V = TypeVar("V")


class LastFew(Generic[V]):
    """Values by key and home. Two threads that miss at once both make the value, and one of the two stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V], *, keep: bool = True) -> V:
        """The value of the key, made if it is not there; keep False: a new one is too large to stay."""
        full = (str(settings.JIEYUE_HOME.path), key)
        try:
            value = self._kept.pop(full)
        except KeyError:  # not there, or just taken by another thread
            value = make()
            if not keep:
                return value
        self._kept[full] = value
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def peek(self, key: Hashable) -> V | None:
        """The value of the key if it is there."""
        return self._kept.get((str(settings.JIEYUE_HOME.path), key))

    def keep(self, key: Hashable, value: V) -> None:
        """Keep a value that was made elsewhere."""
        self.get(key, lambda: value)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
