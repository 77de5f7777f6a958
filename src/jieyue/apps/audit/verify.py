"""Verify the log of this home: chain, kept checkpoints, and checkpoints brought from outside.

An exported one is verified by `offline/checking.py`, which needs no home.
"""

from collections.abc import Sequence
from contextlib import suppress

from jieyue.apps.audit import chain
from jieyue.apps.audit.offline.checking import Brought, check
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_public
from jieyue.domain.log_chain import Verdict


def verify_home(anchors: Sequence[Brought] = (), key: str = "") -> Verdict:
    """Number what waits, then walk the whole log of this home. anchors: files, or codes from papers."""
    with suppress(ValueError, TypeError):  # what keeps it from numbering is what the walk tells
        sequence(everything=True)
    public, kept, last = chain.standing(home_public)
    return check(chain.numbered(until=last), kept, anchors, public, key=key)
