"""Call a joint review: the returns that it will speak of are listed and frozen."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.salts import salted
from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.jointreview.checks import checked_day, checked_text, require_holder
from jieyue.apps.jointreview.models import JointItem, JointReview
from jieyue.apps.jointreview.worklist import KINDS, candidates, items_for, nodes_below
from jieyue.apps.obligations.owing import require_owed
from jieyue.apps.publication.errors import wrong
from jieyue.apps.trees.queries import Tree, every_node
from jieyue.domain.period import Period

#: Returns on one list: as many as one page and one workbook of minutes hold.
MOST = 1000


def convene(
    user: User,
    body: int,
    form: str,
    period: str,
    *,
    name: str,
    day: str,
    place: str,
    attending: str = "",
    kinds: Collection[str] = KINDS,
    bodies: Collection[str] = (),
) -> JointReview:
    """A new joint review, open. day: as YYYY-MM-DD. kinds: what must stand against a return; bodies: codes of bodies
    below whose returns are wanted, empty = all. Raises RefusedError, PeriodError."""
    span = Period.parse(period)
    require_owed(form, span)
    require_holder(user, body, form, period)
    wanted = [kind for kind in KINDS if kind in kinds]
    if len(wanted) != len(set(kinds)) or not wanted:
        raise wrong(
            "joint_kinds", "请选择列入哪些报表", "choose what must stand against a return to be listed"
        )
    head = {
        "name": checked_text("name", name),
        "day": checked_day(day),
        "place": checked_text("place", place),
        "attending": checked_text("attending", attending, empty=True),
    }
    nodes = nodes_below(body, span)
    chosen = _chosen(nodes, bodies, span)
    rows = [row for row in candidates(chosen, form, span) if row.has(wanted)]
    _refuse_number(len(rows))
    with transaction.atomic():
        made = JointReview.objects.create(
            **head, body=body, form=form, period=period, kinds=wanted, bodies=sorted(set(bodies)),
            made_by=user.get_username(), made_at=timezone.now(),
        )  # fmt: skip
        items = items_for(rows, nodes, form, span)
        for item in items:
            item.review = made
        JointItem.objects.bulk_create(items, batch_size=200)
        record(
            "jointreview.convene", f"jointreview:{made.pk}", actor=made.made_by,
            data={
                **head, "attending": salted(f"jointreview:{made.pk}", made.attending),
                "body": body, "form": form, "period": period, "kinds": wanted, "bodies": made.bodies,
                "returns": [[item.parent, item.version] for item in items],
            },
        )  # fmt: skip
    return made


def _chosen(nodes: set[int], bodies: Collection[str], span: Period) -> set[int]:
    if not bodies:
        return nodes
    known = {node.code: node.id for node in every_node(Tree.LINE) if node.id in nodes}
    if foreign := sorted(set(bodies) - known.keys()):
        text = "、".join(foreign)[:80]
        raise wrong(
            "joint_bodies",
            f"这些机关不在召集机关之下：{text}",
            f"these bodies are not below the one that meets: {text.replace('、', ', ')}",
        )
    return {node for code in bodies for node in nodes_below(known[code], span)}


def _refuse_number(count: int) -> None:
    if not count:
        raise wrong(
            "joint_nothing",
            "没有这样的已报报表：所选各类问题一条也没有，或报表还没有上报",
            "no filed return has anything of what was chosen standing against it",
        )
    if count > MOST:
        raise wrong(
            "joint_many",
            f"清单会有 {count} 份报表，最多 {MOST} 份；请只选有错误的，或分机关召集",
            f"the list would have {count} returns, {MOST} at most; choose those with errors only, or some bodies",
        )
