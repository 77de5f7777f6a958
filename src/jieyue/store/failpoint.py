"""Named places where a crash is rehearsed.

`JIEYUE_FAILPOINT=name` kills the process with SIGKILL the first time that place is reached;
`JIEYUE_FAILPOINT=name:3` the third time. Unset, a failpoint costs one dictionary look-up.
"""

import os
import signal
from typing import Final

_VARIABLE: Final = "JIEYUE_FAILPOINT"
_hits: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Die here, as a power cut would, if the environment asks for it."""
    wanted = os.environ.get(_VARIABLE)
    if wanted is None:
        return
    place, _, count = wanted.partition(":")
    if place != name:
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] >= int(count or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
