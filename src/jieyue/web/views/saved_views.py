"""Saved views of a page: keep one for oneself or delete it, share one with a body or take it back."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.authority import MANAGE
from jieyue.apps.identity.services.keep_view import ViewError, drop_view, keep_view
from jieyue.apps.identity.services.share_view import share_view, take_back_view
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.web.access import needs, signed_in
from jieyue.web.as_of import PUBLICATION, sequence_of
from jieyue.web.words import local

#: What an address says of one answer only, so that a saved view goes forward with what is published.
_OF_ONE_ANSWER = (PUBLICATION, "compute", "page", "export", "chart", "part", "again")


def _choose(request: HttpRequest) -> HttpResponse:
    """Keep the page under a name (`name`), or delete the view of that name (`drop`); then back to the page."""
    path, query = _address(request)
    user: Any = request.user
    actor = user.get_username()
    if "drop" in request.POST:
        if drop_view(user, request.POST["drop"], path, actor=actor):
            messages.success(request, _("The view was deleted."))
        else:
            messages.info(request, _("There is no view of this name here any more."))
    else:
        try:
            replaced = keep_view(user, request.POST.get("name", ""), path, query, actor=actor)
            said = _("The view of this name now has these filters.") if replaced else _("The view was saved.")
            messages.success(request, said)
        except ViewError as error:
            messages.error(request, local(error, "message"))
    return redirect(f"{path}?{query}" if query else path)


def _address(request: HttpRequest) -> tuple[str, str]:
    """Path and filters of the page that the form stood on; another site's, or no page of ours, is not found."""
    target = request.POST.get("next", "")
    parts = urlsplit(target)
    ours = url_has_allowed_host_and_scheme(target, None) and parts.path.startswith("/") and not parts.netloc
    try:
        if not ours:
            raise Http404
        resolve(parts.path)
    except Resolver404 as error:
        raise Http404 from error
    kept = QueryDict(parts.query, mutable=True)
    for name in _OF_ONE_ANSWER:
        kept.pop(name, None)
    return parts.path, kept.urlencode()


def _share(request: HttpRequest) -> HttpResponse:
    """Share the page under a name (`name`) with a body (`body`); one that is not the person's is not found."""
    path, query = _address(request)
    user: Any = request.user
    line = tree_view(Tree.LINE, sequence_of(request))
    body = line.by_code.get(request.POST.get("body", ""))
    if body is None:
        raise Http404
    try:
        replaced = share_view(user, request.POST.get("name", ""), path, query, node=body.id)
        said = _("The view of this name now has these filters.") if replaced else _("The view is shared.")
        messages.success(request, said)
    except RefusedError as error:
        raise Http404 from error
    except ViewError as error:
        messages.error(request, local(error, "message"))
    return redirect(f"{path}?{query}" if query else path)


def _end(request: HttpRequest, number: int) -> HttpResponse:
    """Take a shared one back; one that is not there and one that is not the person's to take back look the same."""
    path, query = _address(request)
    user: Any = request.user
    try:
        take_back_view(user, number)
    except RefusedError as error:
        raise Http404 from error
    messages.success(request, _("The view was taken back."))
    return redirect(f"{path}?{query}" if query else path)


choose = signed_in(require_POST(_choose), post=True)
share = needs(MANAGE, post=True)(require_POST(_share))
end = signed_in(require_POST(_end), post=True)
