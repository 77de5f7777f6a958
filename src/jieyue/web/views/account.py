"""One's own account: roles, sessions, password; what was handed on and the tokens are listed here too."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from jieyue.apps.identity.handed import handed_of, nothing_of
from jieyue.apps.identity.people import sessions_of
from jieyue.apps.identity.recovery import left_of
from jieyue.apps.identity.roles import ROLES, STATISTICAL
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.identity.services.end_sessions import end_sessions
from jieyue.apps.identity.services.remember_sign_in import move_sign_in
from jieyue.apps.identity.services.set_password import change_password
from jieyue.apps.identity.tokens import tokens
from jieyue.apps.publication.errors import RefusedError
from jieyue.web.access import access_of, signed_in
from jieyue.web.handed import form_choices, handed_rows, kind_words
from jieyue.web.page import page
from jieyue.web.words import day, joined, local, period_name, verb_words

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
    return account_page(request)


def account_page(
    request: HttpRequest, *, wrong: str = "", status: int = 200, secret: tuple[Any, str] | None = None
) -> HttpResponse:
    """The page; after a refused press with what is wrong, after a new token with its secret."""
    user = _user(request)
    key = request.session.session_key
    rows = [
        {"row": row, "device": device_words(row.device), "here": row.session == key}
        for row in sessions_of(user)
    ]
    read = access_of(request).read
    grants = read.grants if read else ()
    own = [one for one in grants if one.source_id is None]
    context = {
        "sessions": rows,
        "others": sum(not row["here"] for row in rows),
        "roles": list({tuple(row.items()): row for row in map(_role, grants)}.values()),
        "handed": handed_rows(request, handed_of(user, nothing_of(user), user)),
        "may_delegate": any(one.role in STATISTICAL for one in own),
        "forms": form_choices(),
        "tokens": [_token(one) for one in tokens(user.username)],
        "verbs": sorted({(verb, verb_words(verb)) for one in grants for verb in verbs_of(one)}),
        "spans": (30, 90, 180, 366),
        "recovery_left": left_of(user),
        "secret": secret,
        "wrong": wrong,
        "said": request.POST,
        "said_forms": request.POST.getlist("form"),
    }
    return page(request, "account", context, section="account", status=status)


def _role(one: Any) -> dict[str, Any]:
    """A role as its holder sees it: since when, until when, and whose it is."""
    return {
        "name": local(ROLES[one.role]),
        "from": day(one.valid_from),
        "to": day(one.valid_to),
        "limits": " ".join([*(one.forms or ()), *(period_name(text) for text in one.periods or ())]),
        "kind": kind_words(one.mandate.kind) if one.mandate else "",
    }


def _token(row: Any) -> dict[str, Any]:
    over = row.expires_at <= timezone.now()
    return {
        "row": row,
        "verbs": joined(verb_words(verb) for verb in row.verbs),
        "state": "back" if row.revoked_at else "over" if over else "on",
    }


@sensitive_post_parameters("old", "password1", "password2")
def _password(request: HttpRequest) -> HttpResponse:
    """Another password; wrong old ones count as wrong tries of signing in."""
    user = _user(request)
    first = request.POST.get("password1", "")
    if first != request.POST.get("password2", ""):
        return account_page(request, wrong=_("The two passwords differ."), status=422)
    known = authenticate(request, username=user.get_username(), password=request.POST.get("old", ""))
    if known is None or known.pk != user.pk:
        return account_page(request, wrong=_("The present password is wrong."), status=422)
    key = str(request.session.session_key)
    try:
        change_password(user, first, keep=key)
    except RefusedError as error:
        return account_page(request, wrong=local(error, "message"), status=422)
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
