"""Theirs and ours 两边对照: what two sides say of the same cells, told apart exactly, without tolerance."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: How a cell stands between the two sides. SILENT: neither says anything.
SILENT, EQUAL, DIFFERS, ONLY_THEIRS, ONLY_OURS = -1, 0, 1, 2, 3
#: Kind → its word in addresses, files and commands.
KINDS: Final = {"equal": EQUAL, "differs": DIFFERS, "theirs": ONLY_THEIRS, "ours": ONLY_OURS}

_MISSING, _NOT_USED = 0, 9  # origins of a cell (docs/explanation/spine.md)

Values = NDArray[np.int64]
Origins = NDArray[np.uint8]


def told_apart(
    theirs: Values,
    their_origins: Origins,
    ours: Values,
    our_origins: Origins,
    *,
    zero_is_unused: bool = False,
) -> NDArray[np.int8]:
    """The kind of each cell; values in ten-thousandths, origins 0 = nothing said, 9 = not used.

    Not used equals not used, and no number: unless their layout writes 0 for what is not used (`zero_is_unused`).

    >>> theirs, ours = np.array([80000, 5, 0, 7, 0, 0]), np.array([80000, 6, 0, 0, 3, 0])
    >>> said = np.array([3, 3, 3, 3, 0, 0], np.uint8), np.array([1, 3, 9, 0, 3, 0], np.uint8)
    >>> told_apart(theirs, said[0], ours, said[1]).tolist()
    [0, 1, 1, 2, 3, -1]
    >>> told_apart(theirs, said[0], ours, said[1], zero_is_unused=True).tolist()
    [0, 1, 0, 2, 3, -1]
    """
    they, we = their_origins != _MISSING, our_origins != _MISSING
    unused, our_unused = their_origins == _NOT_USED, our_origins == _NOT_USED
    same = (unused & our_unused) | (~unused & ~our_unused & (theirs == ours))
    if zero_is_unused:
        same |= ~unused & our_unused & (theirs == 0)
    kinds = np.full(they.shape, SILENT, np.int8)
    kinds[they & we] = DIFFERS
    kinds[they & we & same] = EQUAL
    kinds[they & ~we] = ONLY_THEIRS
    kinds[~they & we] = ONLY_OURS
    return kinds
