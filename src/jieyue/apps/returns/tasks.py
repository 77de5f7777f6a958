"""What the worker does with returns: publish what waits, every few seconds."""

from jieyue.apps.publication.services.publish import finish_pending
from jieyue.apps.returns.services.publish_waiting import publish_waiting


class UnfitError(RuntimeError):
    """Approved returns that do not fit what is stored any more: somebody has changed the office behind the log."""

    def __init__(self, returns: tuple[int, ...]) -> None:
        shown = ", ".join(map(str, returns[:10]))
        super().__init__(
            f"{len(returns)} 份已审核的报表与核准时的快照不符，没有发布：{shown} / "
            f"{len(returns)} approved returns do not fit their snapshot and were not published: {shown}"
        )


def publish() -> None:
    """Finish what a crash left, then publish what waits. Raises UnfitError after all else is published."""
    finish_pending()
    done = publish_waiting()
    if done.unfit:
        raise UnfitError(done.unfit)
