"""Which tasks of the queue go first; what names none goes after these, by the time at which it was asked for."""

from typing import Final

#: A person has ordered it and waits.
ORDERED: Final = 10
#: What dashboards show: of the newest publication for all, and what somebody asks for by looking at it. None of the two
#: keeps the other from its turn.
LOOKED_AT: Final = 5
