"""A person's saved views: a name for a page with its filters, kept with the account; nobody else has them."""

from collections.abc import Mapping

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.domain.errors import DomainError

#: How many a person keeps, and how long a name and an address may be.
MOST, LONGEST_NAME, LONGEST_ADDRESS = 30, 40, 1000


class ViewError(DomainError):
    """A view that cannot be kept: no name, too long, or too many."""


def keep_view(user: User, name: str, path: str, query: str, *, actor: str) -> bool:
    """Keep an address (`path`, `query`) under a name; one of this page with the same name takes the new address.

    Returns whether there was one. Raises `ViewError`.
    """
    name = checked_view(name, path, query)
    with transaction.atomic():
        own = User.objects.select_for_update().get(pk=user.pk)
        made = {"name": name, "path": path, "query": query}
        if made in own.views:
            return True
        kept = [view for view in own.views if not _is(view, name, path)]
        if len(kept) >= MOST:
            raise ViewError(
                "view_count",
                zh=f"最多存 {MOST} 个视图；请先删去不用的。",
                en=f"At most {MOST} views are kept; delete one that is not needed.",
            )
        replaced = len(kept) < len(own.views)
        own.views = [*kept, made]
        own.save(update_fields=["views"])
        record("identity.keep_view", f"user:{user.pk}", actor=actor)
    return replaced


def drop_view(user: User, name: str, path: str, *, actor: str) -> bool:
    """Delete a view of a page by its name; False: there is none, and nothing changes."""
    with transaction.atomic():
        own = User.objects.select_for_update().get(pk=user.pk)
        kept = [view for view in own.views if not _is(view, name, path)]
        if len(kept) == len(own.views):
            return False
        own.views = kept
        own.save(update_fields=["views"])
        record("identity.drop_view", f"user:{user.pk}", actor=actor)
    return True


def checked_view(name: str, path: str, query: str) -> str:
    """The name without needless spaces. Raises `ViewError` for one, or an address, that cannot be kept."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ViewError(
            "view_name",
            zh=f"请给视图起一个 1 到 {LONGEST_NAME} 个字的名称。",
            en=f"Give the view a name of 1 to {LONGEST_NAME} characters.",
        )
    if len(path) + len(query) > LONGEST_ADDRESS:
        raise ViewError(
            "view_address",
            zh="地址太长，存不下；请少选几项筛选。",
            en="The address is too long to keep; choose fewer filters.",
        )
    return name


def _is(view: Mapping[str, str], name: str, path: str) -> bool:
    return view["name"] == name and view["path"] == path
