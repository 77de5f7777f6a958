"""Sign in and out, and open an account by its slip. Five wrong tries lock the account for this source for a while."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jieyue.apps.identity.second_factor import required_of
from jieyue.apps.identity.services.set_password import activate as open_by_code
from jieyue.apps.publication.errors import RefusedError
from jieyue.config.lockout import wait
from jieyue.web.page import frame_of, page
from jieyue.web.views import second_factor
from jieyue.web.words import local


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "pages/signin.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Signed in, unless the person's roles ask for a second factor."""
        user = form.get_user()
        if required_of(user):
            return second_factor.begin(self.request, user, self.get_success_url())
        return super().form_valid(form)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the frame around it."""
        return {**frame_of(self.request), **super().get_context_data(**context)}


class SignOut(LogoutView):
    """Sign out: a POST, so that no link can do it."""

    next_page = "signin"


@sensitive_post_parameters("code", "password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """User name and code of the slip, and a password of one's own.

    A name that nobody has and a code that is wrong, used or outdated give the same answer and count as wrong
    tries of signing in.
    """
    if request.method != "POST":
        return _activation(request)
    name, code, first, again = (
        request.POST.get(key, "") for key in ("username", "code", "password1", "password2")
    )
    if first != again:
        return _activation(request, _("The two passwords differ."), status=422)
    user = authenticate(request, username=name.strip()[:150], code_secret=code[:40])
    if user is None:
        text = _("User name and code do not fit, or the code was used or is out of date. Look at the slip again;"
                 " if it does not help, ask who gave it to you for a new one.")  # fmt: skip
        return _activation(request, text)
    try:
        open_by_code(user, first)
    except RefusedError as error:
        return _activation(request, local(error, "message"), status=422)
    messages.success(request, _("The account is open. Sign in with the password that you have chosen."))
    return redirect("signin")


def _activation(request: HttpRequest, wrong: str = "", *, status: int = 200) -> HttpResponse:
    said = {key: request.POST.get(key, "")[:150] for key in ("username",)}
    return page(request, "activate", {"wrong": wrong, "said": said}, status=status)


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *_: Any, **__: Any
) -> HttpResponse:
    """What is shown after too many wrong tries (429)."""
    minutes = int(wait(request).total_seconds() // 60)
    return page(request, "locked", {"minutes": minutes, "tries": settings.AXES_FAILURE_LIMIT}, status=429)
