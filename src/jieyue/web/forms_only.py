"""An address that takes forms only, opened like a page: typed, kept as a mark, or gone back to. The bare refusal would
leave the person on the browser's own page of errors."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from jieyue.web import errors


class FormsOnlyMiddleware:
    """Says so on a page of ours, with the way on; programs and other methods get the bare refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code != HTTPStatus.METHOD_NOT_ALLOWED
            or request.method != "GET"
            or request.path_info.startswith("/api/")
        ):
            return response
        shown = errors.forms_only(request)
        shown["Allow"] = response["Allow"]
        return shown
