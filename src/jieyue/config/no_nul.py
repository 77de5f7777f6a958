"""A NUL character in what people send becomes the mark for an unreadable one: PostgreSQL cannot keep a NUL.

So it is seen where it stood, matches nothing, and breaks no page. What is in files is for their readers to judge.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NoNulMiddleware:
    """No view, form or query meets a NUL. JSON with one is refused: a program can be told so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            request.path_info = request.path_info.replace("\0", UNREADABLE)
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _readable(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """After the form's token was looked at, before the page. Raises BadRequest."""
        if request.content_type in _FORMS and _has_nul(request.POST):
            request.POST = _readable(request.POST)  # type: ignore[assignment]
        if request.content_type == "application/json" and b"\\u0000" in request.body:
            raise BadRequest("NUL")


def _has_nul(values: QueryDict) -> bool:
    return any("\0" in text for name in values for text in (name, *values.getlist(name)))


def _readable(values: QueryDict) -> QueryDict:
    found = QueryDict(mutable=True)
    for name in values:
        found.setlist(
            name.replace("\0", UNREADABLE), [text.replace("\0", UNREADABLE) for text in values.getlist(name)]
        )
    found._mutable = False
    return found
