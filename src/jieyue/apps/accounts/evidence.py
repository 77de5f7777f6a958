"""What the energy behind a receipt rests on: metered, billed, typed, estimated or declared."""

from fractions import Fraction

from jieyue.apps.accounts.receipts import ReceiptView
from jieyue.apps.accounts.services.compute_run import DECLARED, NODES, stored_frame
from jieyue.domain.receipt import ReceiptId

ORIGINS = ("metered", "billed", "typed", "estimated", "declared")


def evidence(receipt: ReceiptView) -> dict[str, Fraction]:
    """Origin → share [%] of the energy of the receipt's scope and period; what has none is left out.

    Read from the receipt's own stored frame, so the shares are of the same publication as the figure.
    """
    kind = ReceiptId.parse(receipt.id).scope.partition(":")[0]
    scope = receipt.figure.scope
    frame = stored_frame(receipt.run, {"institution": scope, DECLARED: DECLARED}.get(kind, NODES))
    shares = {}
    for origin in ORIGINS:
        row = None if frame is None else frame.get(scope, f"evidence_share_{origin}")
        if row is not None and row.value:
            shares[origin] = row.value
    return shares
