"""The language of the pages: kept in a cookie, and in the profile of who is signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

_YEAR = 365 * 24 * 3600


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take the language and go back to where one came from."""
    language = request.POST.get("language", "")
    response = back(request)
    if language not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    return remember(response, settings.LANGUAGE_COOKIE_NAME, language)


def back(request: HttpRequest) -> HttpResponse:
    """To where the form was, if that is a page of ours."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return redirect(target)


def remember(response: HttpResponse, name: str, value: str) -> HttpResponse:
    """Keep a choice in this browser for a year."""
    response.set_cookie(
        name,
        value,
        max_age=_YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
