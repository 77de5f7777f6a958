"""What the energy behind a receipt rests on: metered, billed, typed, estimated or declared."""

from fractions import Fraction

from jieyue.apps.accounts.frame import Frame

ORIGINS = ("metered", "billed", "typed", "estimated", "declared")


def shares_of(frame: Frame, scope: str) -> dict[str, Fraction]:
    """Origin → share [%] of the energy of a scope; what has none is left out.

    frame: the one that the figure is of, so the shares are of the same publication.
    """
    rows = {origin: frame.get(scope, f"evidence_share_{origin}") for origin in ORIGINS}
    return {origin: row.value for origin, row in rows.items() if row is not None and row.value}
