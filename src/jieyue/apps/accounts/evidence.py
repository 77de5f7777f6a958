"""What the energy behind a receipt rests on: metered, billed, typed, estimated or declared."""

from fractions import Fraction

from jieyue.apps.accounts.receipts import find
from jieyue.apps.accounts.services.compute_run import stored_frame

ORIGINS = ("metered", "billed", "typed", "estimated", "declared")


def evidence(receipt: str) -> dict[str, Fraction]:
    """Origin → share [%] of the energy of the receipt's scope and period; what has none is left out.

    Read from the receipt's own stored frame, so the shares are of the same publication as the figure.
    """
    _wanted, plan, part, figure = find(receipt)
    frame = stored_frame(plan.id, part)
    shares = {}
    for origin in ORIGINS:
        row = None if frame is None else frame.get(figure.scope, f"evidence_share_{origin}")
        if row is not None and row.value:
            shares[origin] = row.value
    return shares
