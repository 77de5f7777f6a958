"""What no cache may keep, and from where a request comes when a proxy stands in front."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class PrivateMiddleware:
    """Every answer that does not say otherwise is kept by nobody: not by a proxy, not by the next user's browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def client_address(request: HttpRequest) -> str:
    """The address that wrong tries are counted for: the one that the outermost trusted proxy saw.

    Each proxy appends whom it was asked by to X-Forwarded-For; what stands further left was written by the
    client and is not believed. Without a trusted proxy the header says nothing.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.TRUSTED_PROXIES
    if proxies < 1:
        return direct
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return told[-proxies] if len(told) >= proxies else direct
