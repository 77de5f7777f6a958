"""The views that stand beside scope and period: one's own of this page, and those shared with a body that one sees."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from jieyue.apps.identity.authority import MANAGE
from jieyue.apps.identity.shared_views import shared_of_page
from jieyue.apps.registry.scope import nodes_in_being
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, TreeView
from jieyue.web.access import VIEW, Access
from jieyue.web.words import local


def views_of(request: HttpRequest, access: Access) -> dict[str, Any]:
    """`own` and `shared`: name and address of each; `bodies`: (code, name) of those that the person may share with."""
    user: Any = request.user
    own = [view for view in user.views if view["path"] == request.path]
    line = tree_view(Tree.LINE, access.known.sequence)
    manages = _nodes(access, MANAGE)
    shared = _shared(request, access, line, manages)
    return {
        "own": [{"name": view["name"], "href": _address(request, view["query"])} for view in own],
        "shared": shared,
        "count": len(own) + len(shared),
        "bodies": [
            (node.code, "　" * (len(line.path(node.id)) - 1) + local(node))
            for node in (line if manages else ())
            if node.id in manages
        ],
    }


def _shared(request: HttpRequest, access: Access, line: TreeView, manages: set[int]) -> list[dict[str, Any]]:
    """Those of a body that the person sees, and those that he shared himself, so that he can take them back."""
    sees = _nodes(access, VIEW)
    return [
        {
            "number": one.number,
            "name": one.name,
            "href": _address(request, one.query),
            "body": local(line.nodes[one.node]) if one.node in line.nodes else "",
            "by": one.by,
            "ends": one.owner == request.user.pk or one.node in manages,
        }
        for one in shared_of_page(request.path)
        if one.node in sees or one.owner == request.user.pk
    ]


def _nodes(access: Access, verb: str) -> set[int]:
    """Bodies in being where the person may do this; a grant for some forms or periods reaches none."""
    return nodes_in_being(verb, settings.JIEYUE_HOME.today(), access.known) if access.may(verb) else set()


def _address(request: HttpRequest, query: str) -> str:
    return f"{request.path}?{query}"
