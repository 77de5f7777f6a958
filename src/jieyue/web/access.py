"""What the signed-in person may do and see, read once a request. Deny by default."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from jieyue.apps.accounts.scope import VIEW, Access, access_for
from jieyue.apps.identity.second_factor import needed_for
from jieyue.apps.identity.services.note_reading import note_reading
from jieyue.web.as_of import sequence_of

__all__ = ["VIEW", "Access", "access_of", "needs", "see_or_404", "signed_in"]


def access_of(request: HttpRequest) -> Access:
    """The person's access; read from the grants once a request, never kept longer."""
    known = getattr(request, "_jieyue_access", None)
    if known is None:
        known = access_for(request.user, sequence_of(request))
        request._jieyue_access = known  # type: ignore[attr-defined]
    return known


#: In a session: the second factor was shown.
SECOND_FACTOR = "second_factor"
#: Told to a script whose person has to sign in anew.
SIGNED_OUT = "signed_out"
_OWN_PAGES = frozenset({"home", "style", "help", "dictionary"})
_READS, _POSTS = ("GET", "HEAD"), ("GET", "HEAD", "POST")


def signed_in(view: Callable[..., HttpResponse], *, post: bool = False) -> Callable[..., HttpResponse]:
    """The page is for who has signed in; others are sent to do so and come back. post: it takes forms too."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if needed_for(access_of(request).roles) and SECOND_FACTOR not in request.session:
            logout(request)  # the role came after the password: sign in anew, with the second factor
            return _to_sign_in(request, back=False)
        if request.method not in (methods := _POSTS if post else _READS):
            return HttpResponseNotAllowed(methods)
        answer = view(request, *args, **values)
        if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _from_sign_in(request):
            # The form stood in the answer to an earlier one: there is no page to come back to.
            return redirect("home")
        _note(request, answer)
        return answer

    return inner


def _to_sign_in(request: HttpRequest, *, back: bool = True) -> HttpResponse:
    """Sign in, and come back to what was asked for; of what was sent, to the page that the form stood on.

    Scripts do not follow: a part of a page takes its whole window along, and a save is told.
    """
    reads, htmx = request.method in _READS, _htmx(request)
    if not reads and by_script(request):
        text = _("Not saved: the session is over. Sign in, then save again.")
        return JsonResponse({"refused": SIGNED_OUT, "message": text}, status=HTTPStatus.FORBIDDEN)
    if _ended(request):
        messages.warning(request, _("Your session is over. Sign in again."))
    if not reads:
        messages.warning(request, _("What you have just sent was not done. Sign in, then send it again."))
    if htmx:
        target = own_page(request, htmx.current_url or "")
    else:
        target = request.get_full_path() if reads else own_page(request, request.headers.get("Referer", ""))
    address = f"{reverse('signin')}?{urlencode({'next': target})}" if target and back else reverse("signin")
    return HttpResponseClientRedirect(address) if htmx else redirect(address)


def _ended(request: HttpRequest) -> bool:
    """Whether the browser names a session that is no more (ended elsewhere, or the password was changed), or a part of
    a page that is open is asked for.

    Whom `idle` has signed out in this very request was told why. Who has not come in yet names no session.
    """
    named = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME)) and not request.session.session_key
    return (named or bool(_htmx(request))) and not len(messages.get_messages(request))


def by_script(request: HttpRequest) -> bool:
    """Whether a script asks, which is told by a code and a sentence and shows no page."""
    return request.headers.get("Accept", "").startswith("application/json")


def _htmx(request: HttpRequest) -> Any:
    return getattr(request, "htmx", None)


def own_page(request: HttpRequest, sender: str) -> str:
    """Path and query of the page that something was sent from; empty if it is not said, or not a page of ours."""
    if not url_has_allowed_host_and_scheme(sender, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(sender)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, None) else ""


def _from_sign_in(request: HttpRequest) -> bool:
    came = own_page(request, request.headers.get("Referer", ""))
    return request.method in _READS and came.startswith(reverse("signin"))


def _note(request: HttpRequest, answer: HttpResponse) -> None:
    """What an auditor reads is logged before he gets it; pages of his own account are not."""
    name = str(request.resolver_match.url_name) if request.resolver_match else ""
    own = name in _OWN_PAGES or name.startswith("account")
    if answer.status_code == HTTPStatus.OK and not own and "auditor" in access_of(request).roles:
        user: Any = request.user
        note_reading(user, request.get_full_path(), name)


def needs(
    *verbs: str, post: bool = False, limited: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The page needs one of these verbs, anywhere; where it may be done is for the view to ask. post: see above.

    limited: a grant for some forms and periods is enough to come in; the view asks `Access.asked` what it gives.
    """

    def outer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
            access = access_of(request)
            if not any(access.may_somewhere(verb) if limited else access.may(verb) for verb in verbs):
                raise PermissionDenied
            return view(request, *args, **values)

        return signed_in(inner, post=post)

    return outer


def see_or_404(request: HttpRequest, scope: str, day: date | None = None) -> None:
    """Refuse a scope that is not the person's exactly as one that does not exist."""
    if not access_of(request).sees(scope, day):
        raise Http404
