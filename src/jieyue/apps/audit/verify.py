"""Verify the log of this home: chain, kept checkpoints, and checkpoints brought from outside.

An exported one is verified by `offline/checking.py`, which needs no home.
"""

from collections.abc import Sequence

from jieyue.apps.audit import chain
from jieyue.apps.audit.offline.checking import Brought, check
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_public
from jieyue.domain.log_chain import Verdict


def verify_home(anchors: Sequence[Brought] = (), key: str = "") -> Verdict:
    """Number what waits, then walk the whole log of this home. anchors: files, or codes from papers."""
    sequence(everything=True)
    kept = chain.checkpoints()
    return check(chain.numbered(), kept, anchors, home_public(), key=key)
