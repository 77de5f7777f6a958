"""What spot checks refuse, in words."""

from jieyue.apps.publication.errors import RefusedError


def unknown() -> RefusedError:
    """Not there and not the person's look the same."""
    return RefusedError("spot_unknown", zh="没有这次抽查", en="there is no such spot check")


def not_yours() -> RefusedError:
    """The person may read it and not do this."""
    return RefusedError(
        "not_yours",
        zh="抽查由本机关或上级的审核人、核准人办理",
        en="a spot check is made by a reviewer or approver of the body or of one above it",
    )


def closed() -> RefusedError:
    """Nothing changes any more."""
    return RefusedError("spot_closed", zh="这次抽查已经结束", en="this spot check is closed")


def own_cell() -> RefusedError:
    """Separation of persons."""
    return RefusedError(
        "own_cell",
        zh="这份报表有您填的数，须由别人查",
        en="a number of yours stands in this return: another person looks at it",
    )
