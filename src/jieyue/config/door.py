"""Through which door a request comes in: what it does is logged as done on a page, or by a program.

Without it the log would say of every act on a page that it was done on the command line, which only the operator has.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class DoorMiddleware:
    """Around everything that a request does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from jieyue.apps.audit.context import through

        with through("api" if request.path_info.startswith("/api/") else "web"):
            return self.get_response(request)
