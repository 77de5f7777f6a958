"""The second step of signing in: the code of the authenticator app, or making the app known the first time."""

import base64
import time
from typing import Any
from urllib.parse import quote, urlencode

from allauth.mfa.adapter import get_adapter
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jieyue.apps.identity.activation import plain_code
from jieyue.apps.identity.queries import user_by_number
from jieyue.apps.identity.recovery import LENGTH
from jieyue.apps.identity.second_factor import generate_totp_secret, has_factor
from jieyue.apps.identity.services.enrol_second_factor import enrol_second_factor
from jieyue.apps.publication.errors import RefusedError
from jieyue.web.access import SECOND_FACTOR
from jieyue.web.page import page
from jieyue.web.words import local

_PENDING, _SECONDS = "jieyue_pending", 600
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin(request: HttpRequest, user: Any, target: str) -> HttpResponse:
    """The password was right: remember who for ten minutes, signed in is nobody yet."""
    request.session.flush()
    request.session[_PENDING] = {
        "user": user.pk,
        "at": int(time.time()),
        "next": target,
        "proof": user.get_session_auth_hash(),
    }
    return redirect("second-factor")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest) -> HttpResponse:
    """Ask for the code; the first time show the key that the app needs."""
    pending, user = _pending(request)
    if pending is None or user is None:
        return redirect("signin")
    known = has_factor(user)
    if not known and "secret" not in pending:
        pending["secret"] = generate_totp_secret()
        request.session[_PENDING] = pending
    if request.method != "POST":
        return _page(request, user, pending, known)
    code, made = request.POST.get("code", "")[:40], []
    if known:
        if not shown_by(request, user, code):
            wrong = _("The code is wrong, or was used already. Type the digits that the app shows now.")
            return _page(request, user, pending, known, wrong)
    else:
        try:
            made = enrol_second_factor(user, pending["secret"], code)
        except RefusedError as error:
            return _page(request, user, pending, known, local(error, "message"))
    del request.session[_PENDING]
    login(request, user, backend=_BACKEND)
    request.session[SECOND_FACTOR] = True
    return codes_page(request, made, pending["next"]) if made else redirect(pending["next"])


def shown_by(request: HttpRequest, user: Any, code: str) -> bool:
    """Whether the person has shown the app's digits or an unused recovery code; wrong tries are counted."""
    kind = "recovery_secret" if len(plain_code(code)) == LENGTH else "totp_secret"
    return authenticate(request, username=user.username, **{kind: code}) is not None


def codes_page(request: HttpRequest, codes: list[str], target: str) -> HttpResponse:
    """The recovery codes, ready to be printed: shown in this answer and never again."""
    return page(request, "recovery_codes", {"codes": codes, "next": target}, section="account")


def _pending(request: HttpRequest) -> tuple[dict[str, Any] | None, Any]:
    """Who has given the password within the last minutes, if nothing has changed about it since."""
    pending = request.session.get(_PENDING)
    if pending is None or not 0 <= time.time() - pending["at"] <= _SECONDS:
        return None, None
    user = user_by_number(pending["user"])
    if user is None or not user.is_active or user.get_session_auth_hash() != pending["proof"]:
        return None, None
    return pending, user


def _page(
    request: HttpRequest, user: Any, pending: dict[str, Any], known: bool, wrong: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {"known": known, "wrong": wrong, "username": user.username}
    if not known:
        secret = pending["secret"]
        label = quote(f"Jieyue:{user.username}")
        address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'Jieyue'})}"
        picture = base64.b64encode(get_adapter().build_totp_svg(address).encode()).decode()
        context |= {
            "picture": f"data:image/svg+xml;base64,{picture}",
            "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        }
    return page(request, "second_factor", context)
