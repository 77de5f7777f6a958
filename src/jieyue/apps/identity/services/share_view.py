"""Share a view of a page with a body of the reporting line, and take it back. It is an address, never a right."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.authority import MANAGE
from jieyue.apps.identity.models import SharedView, User
from jieyue.apps.identity.scope import nodes_for
from jieyue.apps.identity.services.keep_view import MOST, ViewError, checked_view
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.queries import node_by_id

#: How long the address of a page may be without its filters.
LONGEST_PATH = 200


def share_view(user: User, name: str, path: str, query: str, *, node: int) -> bool:
    """Whoever sees the body finds the view on its page; one that the person shared under this name takes the address.

    Returns whether there was one. Raises RefusedError where the person does not administer the body, ViewError for a
    name or address that cannot be kept, a name that another has given there, and a body that has its fill.
    """
    name = checked_view(name, path, query)
    if len(path) > LONGEST_PATH:
        raise ViewError(
            "view_address", zh="这个页面的地址太长，存不下。", en="The address of this page is too long."
        )
    try:
        with transaction.atomic():
            return _kept(user, name, path, query, node)
    except IntegrityError as error:  # another gave the name in this very moment
        raise _taken() from error


def _kept(user: User, name: str, path: str, query: str, node: int) -> bool:
    if node not in nodes_for(user, MANAGE):
        raise _not_yours()
    there = SharedView.objects.select_for_update().filter(node=node, path=path, name=name).first()
    if there is None and SharedView.objects.filter(node=node).count() >= MOST:
        raise ViewError(
            "view_count",
            zh=f"一个单位最多有 {MOST} 个共享的视图；请先收回不用的。",
            en=f"A body has at most {MOST} shared views; take one back that is not needed.",
        )
    if there is None:
        made = SharedView.objects.create(
            node=node, name=name, path=path, query=query, owner=user, shared_at=timezone.now()
        )
        _record("identity.share_view", made, user)
        return False
    if there.owner_id != user.pk:
        raise _taken()
    if there.query != query:
        there.query, there.shared_at = query, timezone.now()
        there.save(update_fields=["query", "shared_at"])
        _record("identity.share_view", there, user)
    return True


def take_back_view(user: User, number: int) -> None:
    """Nobody finds it any more. Raises RefusedError where it is neither the person's own nor of a body that he
    administers, and where there is none: both look the same."""
    with transaction.atomic():
        found = SharedView.objects.select_for_update().filter(pk=number).first()
        if found is None or not (found.owner_id == user.pk or found.node in nodes_for(user, MANAGE)):
            raise _not_yours()
        _record("identity.take_back_view", found, user)
        found.delete()


def _record(verb: str, view: SharedView, user: User) -> None:
    body = node_by_id(view.node)
    record(
        verb,
        f"shared-view:{view.pk}",
        actor=user.get_username(),
        data={"name": view.name, "body": body.code if body else str(view.node)},
    )


def _not_yours() -> RefusedError:
    return RefusedError(
        "not_yours",
        zh="没有这个单位或视图，或者不归您管",
        en="there is no such body or view, or it is not yours to administer",
    )


def _taken() -> ViewError:
    return ViewError(
        "view_taken",
        zh="这个单位已有同名的共享视图，由别人共享；请换个名称。",
        en="Another has shared a view of this name with the body; choose another name.",
    )
