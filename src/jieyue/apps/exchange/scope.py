"""Which files that came in a person may open, and which of them he may publish.

Whoever brings a file of returns through a page does not publish it: another person who may publish looks at it and
does. Only at a desk where nobody else may publish does one person do both; the log then names one person twice.
"""

from collections.abc import Sequence

from django.utils import timezone

from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.queries import batches
from jieyue.apps.identity.models import User
from jieyue.apps.identity.queries import is_only_one_who, user_by_name
from jieyue.apps.identity.scope import leaves_for, may, nodes_for
from jieyue.apps.publication.errors import RefusedError

#: Who may bring a file of returns in.
BRINGS = ("import", "publish")
_LOOKED_THROUGH = 100


def opens(user: User, batch: Batch) -> bool:
    """Whether the file is the person's own, or of returns that are all his to publish: whatever its bringer may
    speak of hangs below where the person may publish."""
    if batch.by == user.get_username():
        return True
    if batch.kind != "returns" or not may(user, "publish"):
        return False
    bringer = user_by_name(batch.by)
    if bringer is None:
        return False
    days = (None, timezone.localdate(batch.at))  # what he may now, and what he might when he brought it
    nodes = set().union(*(nodes_for(bringer, verb, day) for verb in BRINGS for day in days))
    leaves = set().union(*(leaves_for(bringer, verb, day) for verb in BRINGS for day in days))
    return bool(nodes) and nodes <= nodes_for(user, "publish") and leaves <= leaves_for(user, "publish")


def files_for(user: User, kinds: Sequence[str], limit: int) -> list[Batch]:
    """The newest files that the person may open: his own, and others' among the newest of all."""
    own = batches(limit, kinds=kinds, by=user.get_username())
    if not may(user, "publish"):
        return own
    others = [row for row in batches(_LOOKED_THROUGH, kinds=kinds) if opens(user, row)]
    by_number = {row.pk: row for row in (*own, *others)}
    return [by_number[number] for number in sorted(by_number, reverse=True)][:limit]


def needs_another(user: User, batch: Batch) -> bool:
    """Whether somebody else has to publish the file, because the person brought it himself."""
    return (
        batch.kind == "returns" and batch.by == user.get_username() and not is_only_one_who(user, "publish")
    )


def refuse_bringer(user: User, batch: Batch) -> None:
    """Raises RefusedError where the person may not publish what he brought."""
    if needs_another(user, batch):
        raise RefusedError(
            "same_person",
            zh="这个文件是您自己带进来的，要由另一位有发布权限的人发布：请他在“导入”页打开这个文件",
            en="you brought this file yourself, so another person who may publish has to publish it: "
            "ask them to open it on the page “Import”",
        )
