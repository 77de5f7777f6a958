"""Light or dark, ordinary or large print: kept in the profile, and in a cookie for the pages before signing in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from jieyue.web.access import signed_in
from jieyue.web.appearance import COOKIE, Appearance
from jieyue.web.views.language import back, remember


def _choose(request: HttpRequest) -> HttpResponse:
    """Take the choice and go back to where one came from; anything unknown is what the system says."""
    chosen = Appearance.parse(f"{request.POST.get('theme', '')} {request.POST.get('size', '')}")
    user: Any = request.user
    user.appearance = str(chosen)
    user.save(update_fields=["appearance"])
    return remember(back(request), COOKIE, str(chosen))


choose = signed_in(require_POST(_choose), post=True)
