"""敏感标记 The sensitive mark: set and lifted on the institution's page of the register."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.scope import whole_for
from jieyue.apps.registry.services.set_sensitive import VERB, set_sensitive
from jieyue.web.access import access_of, needs
from jieyue.web.views.institutions import own_institution, register_page
from jieyue.web.words import local


@needs(VERB, post=True)
@require_POST
def mark(request: HttpRequest, code: str) -> HttpResponse:
    """Set or lift the mark from a day on."""
    own, said, user = own_institution(request, code), request.POST, access_of(request).user
    if not whole_for(user, VERB):
        raise Http404
    try:
        day = date.fromisoformat(said.get("from", ""))
    except ValueError:
        return register_page(request, own, wrong=_("Say from which day the mark holds."), status=422)
    sensitive = said.get("verb") == "set"
    try:
        set_sensitive(user, own.id, day, sensitive=sensitive, reason=said.get("reason", ""))
    except RefusedError as error:
        return register_page(request, own, wrong=local(error, "message"), status=422)
    messages.success(
        request,
        _("The institution is marked as sensitive.") if sensitive else _("The mark was lifted."),
    )
    return redirect("institution-register", code)
