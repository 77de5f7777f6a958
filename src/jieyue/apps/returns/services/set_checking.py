"""Make a body of the reporting line one that only checks: it reviews, and the body above it approves."""

from datetime import date

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.models import CheckingBody
from jieyue.apps.trees.queries import Tree, node_by_id


def set_checking(node: int, checks: bool, *, day: date, actor: str, reason: str = "") -> None:
    """From `day` on the body checks, or does no longer. Returns of periods that end before stay as they are."""
    found = node_by_id(node, day)
    if found is None or found.tree != Tree.LINE:
        raise RefusedError(
            "not_a_body",
            zh="它在这一天不是报送关系上的单位",
            en="it is no body of the reporting line on that day",
        )
    with transaction.atomic():
        rows = CheckingBody.objects.select_for_update().filter(node=node)
        if rows.filter(valid_from__lte=day, valid_to__gt=day).exists() == checks:
            raise RefusedError("checking_already", zh="已经如此", en="it is so already")
        if rows.filter(valid_from__gt=day).exists():
            raise RefusedError("checking_later", zh="之后已有变动", en="a later day has a change already")
        if checks:
            CheckingBody.objects.create(node=node, valid_from=day)
        else:
            rows.filter(valid_from__lte=day, valid_to__gt=day).update(valid_to=day)
        record("returns.set_checking", f"node:{node}", actor=actor, reason=reason,
               data={"checks": checks, "day": day})  # fmt: skip
