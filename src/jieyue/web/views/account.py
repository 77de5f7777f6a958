"""One's own account: roles, sessions, password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from jieyue.apps.identity.people import sessions_of
from jieyue.apps.identity.roles import ROLES
from jieyue.apps.identity.scope import grants_of
from jieyue.apps.identity.services.end_sessions import end_sessions
from jieyue.apps.identity.services.remember_sign_in import move_sign_in
from jieyue.apps.identity.services.set_password import change_password
from jieyue.apps.publication.errors import RefusedError
from jieyue.web.access import signed_in
from jieyue.web.page import page
from jieyue.web.words import day, local

#: What stands in a browser's name card → what people call it; the first that is found counts.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


@signed_in
def own(request: HttpRequest) -> HttpResponse:
    """The account page."""
    return _own(request)


def _own(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    key = request.session.session_key
    rows = [
        {"row": row, "device": device_words(row.device), "here": row.session == key}
        for row in sessions_of(_user(request))
    ]
    roles = [
        (local(ROLES[one.role]), day(one.valid_from), day(one.valid_to)) for one in grants_of(_user(request))
    ]
    context = {
        "sessions": rows,
        "others": sum(not row["here"] for row in rows),
        "roles": roles,
        "wrong": wrong,
    }
    return page(request, "account", context, section="account", status=status)


@sensitive_post_parameters("old", "password1", "password2")
def _password(request: HttpRequest) -> HttpResponse:
    """Another password; wrong old ones count as wrong tries of signing in."""
    user = _user(request)
    first = request.POST.get("password1", "")
    if first != request.POST.get("password2", ""):
        return _own(request, wrong=_("The two passwords differ."), status=422)
    known = authenticate(request, username=user.get_username(), password=request.POST.get("old", ""))
    if known is None or known.pk != user.pk:
        return _own(request, wrong=_("The present password is wrong."), status=422)
    key = str(request.session.session_key)
    try:
        change_password(user, first, keep=key)
    except RefusedError as error:
        return _own(request, wrong=local(error, "message"), status=422)
    update_session_auth_hash(request, user)
    move_sign_in(key, str(request.session.session_key))
    messages.success(
        request, _("The password was changed; your other sessions and access tokens have ended.")
    )
    return redirect("account")


def _sessions(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions, or all but this one."""
    user = _user(request)
    text = request.POST.get("session", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    try:
        ended = end_sessions(
            user,
            actor=user.get_username(),
            only=int(text) if text else None,
            keep=str(request.session.session_key),
        )
    except RefusedError as error:
        raise Http404 from error
    messages.success(request, _("%(count)s sessions ended.") % {"count": ended})
    return redirect("account")


password = signed_in(require_POST(_password), post=True)
sessions = signed_in(require_POST(_sessions), post=True)


def _user(request: HttpRequest) -> Any:
    """The signed-in account itself, not the lazy stand-in."""
    return request.user


def device_words(agent: str) -> str:
    """A browser's name card in two words: `Chrome · Windows`; the card itself where nothing is known in it."""
    found = [next((word for mark, word in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in found if word) or agent[:60] or _("unknown")
