"""The page of boundary files: what is loaded, a new one under the number of its review, one taken off."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.points import astray_on
from jieyue.apps.trees.boundaries import boundaries_on, boundary_files
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.apps.trees.services.load_boundary import Loaded, load_boundary
from jieyue.apps.trees.services.withdraw_boundary import withdraw_boundary
from jieyue.domain.boundary import LARGEST, BoundaryError
from jieyue.web.access import Access, access_of, needs
from jieyue.web.page import page
from jieyue.web.too_large import MAP, STATUS, too_large
from jieyue.web.words import local

VERB = "manage_registry"
#: Institutions named at most; the rest is counted.
SHOWN = 50


@needs(VERB)
def listing(request: HttpRequest) -> HttpResponse:
    """The files in force and before."""
    return _page(request)


def _page(
    request: HttpRequest, *, wrong: str = "", loaded: Loaded | None = None, status: int = 200
) -> HttpResponse:
    access = access_of(request)
    rows = boundary_files()
    context = {
        "rows": rows,
        "persons": who([row.made_by for row in rows]),
        "may": access.whole,
        "astray": _astray(access) if access.whole else None,
        "wrong": wrong,
        "loaded": loaded,
        "said": request.POST,
    }
    return page(request, "boundaries", context, section="boundaries", status=status)


def _astray(access: Access) -> dict[str, Any] | None:
    """Institutions whose point lies outside the boundary of their region; None without a file in force."""
    today = settings.JIEYUE_HOME.today()
    file = boundaries_on(today)
    if file is None:
        return None
    areas = tree_view(Tree.AREA, access.known.sequence)
    found = astray_on(file, today, today, areas)
    shown = [(one, local(areas.by_code[one.region])) for one in found[:SHOWN]]
    return {"rows": shown, "rest": len(found) - len(shown), "count": len(found)}


def _load(request: HttpRequest) -> HttpResponse:
    """A new file; only who sees the whole authority brings one, for everybody's map changes."""
    if not access_of(request).whole:
        return _page(request, wrong=_("Only who sees the whole authority loads its boundaries."), status=403)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return _page(request, wrong=_("Choose a GeoJSON file."), status=422)
    if wrong := too_large(file, LARGEST, MAP):
        return _page(request, wrong=wrong, status=STATUS)
    try:
        day = date.fromisoformat(request.POST.get("from", ""))
    except ValueError:
        return _page(request, wrong=_("Say from which day the boundaries hold."), status=422)
    try:
        loaded = load_boundary(
            file.read(),
            str(file.name),
            approval=request.POST.get("approval", ""),
            day=day,
            actor=str(request.user.get_username()),
        )
    except (BoundaryError, RefusedError) as error:
        return _page(request, wrong=local(error, "message"), status=422)
    return _page(request, loaded=loaded)


def _withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """A file is taken off the map."""
    if not access_of(request).whole:
        return _page(request, wrong=_("Only who sees the whole authority loads its boundaries."), status=403)
    try:
        withdraw_boundary(number, actor=str(request.user.get_username()))
    except RefusedError as error:
        return _page(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The boundary file was taken off the map."))
    return redirect("boundaries")


load = needs(VERB, post=True)(require_POST(_load))
withdraw = needs(VERB, post=True)(require_POST(_withdraw))
