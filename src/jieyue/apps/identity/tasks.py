"""What the worker does for the accounts."""

from jieyue.apps.identity.services.end_handed import end_handed

WORKER = "worker"


def end_handed_over() -> None:
    """Sign out whose work goes over to a successor today."""
    end_handed(actor=WORKER)
