"""How much of its disk the home may still fill."""

import os
from pathlib import Path
from typing import Final

#: The share that stays free, so that what empties the log can still work; below it the system is not ready
#: (reliability.md §5).
LOW: Final = 0.10


def free_share(path: Path) -> float:
    """The share of the disk at `path` that is free, of what may be filled at all: free / (used + free), as `df` counts.

    Blocks kept for others (root's reserve, a quota) are neither used nor free: of a disk of 100 GiB that we may fill
    to 40, of which 20 are used, half is free. 1.0 where the file system does not say.
    """
    found = os.statvfs(path)
    ours = found.f_blocks - found.f_bfree + found.f_bavail
    return found.f_bavail / ours if ours else 1.0


def is_low(path: Path) -> bool:
    """Whether less is free than has to stay free."""
    return free_share(path) < LOW
