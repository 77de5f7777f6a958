"""What joint reviews refuse, in words."""

from jieyue.apps.publication.errors import RefusedError


def unknown() -> RefusedError:
    """Not there and not the person's look the same."""
    return RefusedError("joint_unknown", zh="没有这次会审", en="there is no such joint review")


def not_yours() -> RefusedError:
    """The person may read it and not do this."""
    return RefusedError(
        "not_yours",
        zh="会审由本机关或上级的审核人、核准人召集和结束；借入清单的人只参加讨论",
        en="a joint review is called and closed by a reviewer or approver of the body or of one above it; "
        "who was lent the worklist takes part only",
    )


def closed() -> RefusedError:
    """Nothing changes any more."""
    return RefusedError("joint_closed", zh="这次会审已经结束，不能再改", en="this joint review is closed")


def moved() -> RefusedError:
    """Somebody else has said something of the return meanwhile."""
    return RefusedError(
        "joint_moved",
        zh="您打开这一页以后，别人已写了结论；请看过现在的结论再保存",
        en="somebody else has said a conclusion since you opened the page; read it, then keep yours",
    )


def own_cell() -> RefusedError:
    """Separation of persons."""
    return RefusedError(
        "own_cell",
        zh="这份报表有您填的数，结论须由别人写",
        en="a number of yours stands in this return: another person says the conclusion",
    )
