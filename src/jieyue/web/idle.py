"""A session ends after a time without anything done, and after its longest time whatever is done.

Both are counted from what stands in the session itself: when it began, and when something was last done in it. The
latter is written at most once a minute. A page that asks by itself how far some work is does nothing.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

BEGAN, DONE = "began", "done"
#: Seconds that pass before what was done is written again.
_GRAIN = 60
#: What pages ask for by themselves while work is under way.
_WATCHES = frozenset({"review-state", "meters-publish-state", "paper-order"})


def begin(session: Any) -> None:
    """Somebody has signed in."""
    session[BEGAN] = session[DONE] = int(time.time())


class IdleMiddleware:
    """Signs out whose time is over; what was asked for is then asked by nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Before the page: its session is over, or something is done in it."""
        route = (request.resolver_match and request.resolver_match.url_name) or ""
        if route.startswith("public") or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return  # what is everybody's touches no session
        if not request.user.is_authenticated:
            return
        session, now = request.session, int(time.time())
        if why := _over(session, now):
            logout(request)
            messages.warning(request, why)
        elif route not in _WATCHES and now - session[DONE] >= _GRAIN:
            session[DONE] = now


def _over(session: Any, now: int) -> str:
    """Why the session is over; empty if it is not. One from before these times were kept begins now."""
    if DONE not in session:
        begin(session)
    minutes = settings.JIEYUE_IDLE_MINUTES
    if now - session[DONE] >= minutes * 60:
        return _("Nothing was done for %(minutes)s minutes, so you were signed out. Sign in again.") % {
            "minutes": minutes
        }
    if now - session[BEGAN] >= settings.SESSION_COOKIE_AGE:
        return _("A session lasts %(hours)s hours at most, so you were signed out. Sign in again.") % {
            "hours": settings.SESSION_COOKIE_AGE // 3600
        }
    return ""
