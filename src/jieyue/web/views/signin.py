"""Sign in and out. Five wrong tries lock the account for this source for a while; the page says so."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from jieyue.web.page import frame_of, page


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "pages/signin.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the frame around it."""
        return {**frame_of(self.request), **super().get_context_data(**context)}


class SignOut(LogoutView):
    """Sign out: a POST, so that no link can do it."""

    next_page = "signin"


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *_: Any, **__: Any
) -> HttpResponse:
    """What is shown after too many wrong tries (429)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return page(request, "locked", {"minutes": minutes, "tries": settings.AXES_FAILURE_LIMIT}, status=429)
