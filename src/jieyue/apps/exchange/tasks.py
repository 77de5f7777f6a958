"""What the worker does with files that came in, once a day."""

from jieyue.apps.exchange.services.tidy_files import tidy_files


def tidy() -> None:
    """Forget files that were brought and left, and put those aside that no record names."""
    tidy_files(actor="worker")
