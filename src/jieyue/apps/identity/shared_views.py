"""The views of a page that are shared with bodies of the reporting line."""

from dataclasses import dataclass

from django.db.models import CharField, F

from jieyue.apps.identity.models import SharedView
from jieyue.apps.publication.prepared import Prepared

_OF_PAGE = Prepared(
    lambda path: (
        SharedView.objects.filter(path=path)
        .order_by("name", "id")
        .values_list("id", "node", "name", "query", "owner", F("owner__real_name"), F("owner__username"))
    ),
    path=CharField(),
)


@dataclass(frozen=True)
class Shared:
    """One of them: the body by its node, and who shared it, by number and in words."""

    number: int
    node: int
    name: str
    query: str
    owner: int
    by: str


def shared_of_page(path: str) -> list[Shared]:
    """All of a page, by name; whose they are to see is for the door to ask."""
    return [
        Shared(number, node, name, query, owner, real_name or username)
        for number, node, name, query, owner, real_name, username in _OF_PAGE.rows(path=path)
    ]
