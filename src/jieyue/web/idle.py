"""A session ends after a time without anything done, and after its longest time whatever is done.

Both are counted from what stands in the session itself: when it began, and when something was last done in it. The
latter is written at most once a minute, and only if that can be done at once: who reads needs neither the write lock
nor room on the disk. A page that asks by itself how far some work is does nothing. An address that leads nowhere is
judged like any other.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
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
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            route = _route(request)
            if not _everybodys(route) and request.user.is_authenticated:
                _judge(request, watches=route in _WATCHES)
        return self.get_response(request)


def _route(request: HttpRequest) -> str:
    """The name of what is asked for; empty if nothing is there."""
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def _everybodys(route: str) -> bool:
    """What is out, and the screen of a link, touch no session."""
    return route == "wall" or route.startswith("public")


def _judge(request: HttpRequest, *, watches: bool) -> None:
    """Before the page: its session is over, or something is done in it."""
    session: Any = request.session  # of jieyue.apps.identity.sessions
    now = int(time.time())
    if why := _over(session, now):
        logout(request)
        messages.warning(request, why)
        return
    times = _times(session, now)
    if not watches and now - times[DONE] >= _GRAIN:
        times[DONE] = now
    if any(session.get(name) != moment for name, moment in times.items()):
        session.keep(times)


def _times(session: Any, now: int) -> dict[str, int]:
    """When it began and when something was last done. A session from before these were kept begins now, and what lies
    ahead of the clock, which was set back since, is now: else it would not end before the clock is there again."""
    return {name: min(session.get(name, now), now) for name in (BEGAN, DONE)}


def _over(session: Any, now: int) -> str:
    """Why the session is over; empty if it is not."""
    times, minutes = _times(session, now), settings.JIEYUE_IDLE_MINUTES
    if now - times[DONE] >= minutes * 60:
        return _("Nothing was done for %(minutes)s minutes, so you were signed out. Sign in again.") % {
            "minutes": minutes
        }
    if now - times[BEGAN] >= settings.SESSION_COOKIE_AGE:
        return _("A session lasts %(hours)s hours at most, so you were signed out. Sign in again.") % {
            "hours": settings.SESSION_COOKIE_AGE // 3600
        }
    return ""
