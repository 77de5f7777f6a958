"""What the signed-in person may do and see, read once a request. Deny by default."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from jieyue.apps.identity.roles import ROLES
from jieyue.apps.identity.scope import grants_of
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.trees.queries import Tree, TreeView
from jieyue.web.as_of import sequence_of, tree_view

VIEW = "view"


@dataclass(frozen=True)
class Access:
    """Verbs of the person, the nodes of the reporting line to look at, and the institutions granted singly.

    whole: the person sees the authority's root, and with it every scope. Who sees only a part of the line sees
    `line:` scopes below it and no area, department or type: the difference would show what is not theirs.
    """

    user: Any
    verbs: frozenset[str]
    roles: tuple[str, ...]
    whole: bool
    line: frozenset[str]
    tops: tuple[str, ...]
    leaves: frozenset[int]

    def may(self, verb: str) -> bool:
        """Whether the person may do this anywhere."""
        return verb in self.verbs

    def sees(self, scope: str) -> bool:
        """Whether a scope is the person's to see. An institution is looked up by the registry's own door."""
        if self.whole:
            return True
        kind, _, code = scope.partition(":")
        if kind == "institution":
            return self.institution(code) is not None
        return kind == "line" and code in self.line

    def institution(self, code: str) -> int | None:
        """The identifier of an institution that the person may see, by its code; None for any other."""
        from jieyue.apps.registry.queries import find_institution

        found = find_institution(code)
        if found is None or not self.sees_institution(found.id):
            return None
        return found.id

    def sees_institution(self, number: int) -> bool:
        """Whether an institution is the person's to see."""
        if VIEW not in self.verbs:
            return False
        return self.whole or institutions_for(self.user).filter(pk=number).exists()

    def own(self, numbers: list[int]) -> list[int]:
        """Those of the institutions that the person may see, in the same order."""
        if self.whole:
            return numbers
        allowed = set(institutions_for(self.user).filter(pk__in=numbers).values_list("pk", flat=True))
        return [number for number in numbers if number in allowed]


NOBODY = Access(None, frozenset(), (), False, frozenset(), (), frozenset())


def access_of(request: HttpRequest) -> Access:
    """The person's access; read from the grants once a request, never kept longer."""
    known = getattr(request, "_jieyue_access", None)
    if known is None:
        known = _read(request)
        request._jieyue_access = known  # type: ignore[attr-defined]
    return known


def _read(request: HttpRequest) -> Access:
    user = request.user
    grants = grants_of(user)
    if not grants:
        return NOBODY
    allowed = [(grant, _verbs(grant)) for grant in grants]
    verbs = frozenset(verb for _, own in allowed for verb in own)
    nodes = {grant.node for grant, own in allowed if VIEW in own}
    line = tree_view(Tree.LINE, sequence_of(request))
    tops = [line.nodes[node] for node in sorted(nodes & line.nodes.keys())]
    root = line.root
    whole = root is not None and root.id in nodes
    below = {line.nodes[node].code for top in tops for node in line.subtree(top.id)}
    return Access(
        user=user,
        verbs=verbs,
        roles=tuple(dict.fromkeys(grant.role for grant in grants)),
        whole=whole,
        line=frozenset(below),
        tops=tuple(top.code for top in _highest(line, tops)),
        leaves=frozenset(nodes - line.nodes.keys()),
    )


def _verbs(grant: Any) -> frozenset[str]:
    own = ROLES[grant.role].verbs
    return own if grant.verbs is None else own & frozenset(grant.verbs)


def _highest(line: TreeView, tops: list[Any]) -> list[Any]:
    """Granted nodes that no other granted node contains."""
    ids = {top.id for top in tops}
    return [top for top in tops if not any(step.id in ids for step in line.path(top.id)[:-1])]


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page is for who has signed in; others are sent to do so and come back."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect(f"{reverse('signin')}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **values)

    return inner


def needs(*verbs: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The page needs one of these verbs, anywhere; where it may be done is for the view to ask."""

    def outer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
            if not any(access_of(request).may(verb) for verb in verbs):
                raise PermissionDenied
            return view(request, *args, **values)

        return signed_in(inner)

    return outer


def see_or_404(request: HttpRequest, scope: str) -> None:
    """Refuse a scope that is not the person's exactly as one that does not exist."""
    if not access_of(request).sees(scope):
        raise Http404
