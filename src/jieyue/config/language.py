"""The language of a page: the user's profile, else the cookie, else the home's; never the address."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class LanguageMiddleware:
    """Activates the language for the time of one request and names it in `Content-Language`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        request.LANGUAGE_CODE = language  # the name Django's own middleware uses
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """`zh-hans` or `en`. Without a session cookie nobody is looked up: a health check costs no query."""
    known = {code for code, _ in settings.LANGUAGES}
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        chosen = getattr(request.user, "language", "")
        if chosen in known:
            return chosen
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return cookie if cookie in known else settings.LANGUAGE_CODE
