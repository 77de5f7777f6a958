"""What is kept of a sign-in: the session in the person's own list, a lock-out in the action log."""

from typing import Any

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from jieyue.apps.identity.services.remember_sign_in import locked_out, remember_sign_in
from jieyue.config.lockout import wait
from jieyue.config.private import client_address
from jieyue.web.idle import begin


@receiver(user_logged_in, dispatch_uid="jieyue.sign_in")
def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    session = request.session
    begin(session)
    if session.session_key is None:
        session.save()
    key = session.session_key
    assert key is not None, "a saved session has a key"
    remember_sign_in(user, key, client_address(request), request.META.get("HTTP_USER_AGENT", ""))


@receiver(user_locked_out, dispatch_uid="jieyue.locked_out")
def _locked_out(request: HttpRequest, username: str | None, ip_address: str | None, **_: Any) -> None:
    """Once when the lock falls and once each time that it grows, however many tries there are."""
    tries: int = getattr(request, "axes_failures_since_start", 0)
    if tries % settings.AXES_FAILURE_LIMIT == 0:
        locked_out(username or "", ip_address or "", tries=tries, minutes=int(wait(request).seconds // 60))
