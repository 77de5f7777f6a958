"""Error pages: what happened, what to do, and a code for the help desk; never a trace."""

import logging
import secrets
import sys
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jieyue.apps.publication.unavailable import why_damaged, why_unavailable
from jieyue.domain.errors import DomainError
from jieyue.web.access import SIGNED_OUT, by_script
from jieyue.web.appearance import of_browser
from jieyue.web.page import page
from jieyue.web.typed_texts import typed_texts
from jieyue.web.words import is_chinese, local

log = logging.getLogger("jieyue.web")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 for a form over what the server takes."""
    if isinstance(exception, RequestDataTooBig):
        return _too_large(request)
    return _error(request, 400, _("The request was not understood"), _("Go back and try once more."))


def _too_large(request: HttpRequest) -> HttpResponse:
    """413: nothing of it was read, so nothing was changed."""
    title = _("What was sent is too large")
    text = _(
        "A form has at most %(most)s MB, the files that are sent with it not counted. Nothing was changed. Go back, "
        "shorten what was typed or send it in parts; a table goes in as a file."
    ) % {"most": (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 2**20}
    if by_script(request):
        return JsonResponse({"refused": "too_large", "message": f"{title} {text}"}, status=413)
    return _error(request, 413, title, text)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: no right to this page."""
    title = _("You have no right to this page")
    text = _("Ask the administrator of your reporting line for the role that it needs.")
    if by_script(request):
        return JsonResponse({"refused": "return_right", "message": f"{title} {text}"}, status=403)
    return _error(request, 403, title, text)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's protection against foreign sites is missing or too old; nothing was done."""
    text = _("Nothing was changed. Open the page again and send the form once more.")
    if by_script(request):  # a form of an earlier session
        return JsonResponse({"refused": SIGNED_OUT, "message": text}, status=403)
    return _error(request, 403, _("The form is too old"), text)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not yours to see; both look the same."""
    return _error(
        request,
        404,
        _("Nothing is here"),
        _("The address is wrong, or what it names is not there for you. Check the scope and the period."),
    )


def forms_only(request: HttpRequest) -> HttpResponse:
    """405: opened like a page, and it takes forms only."""
    text = _(
        "Nothing was changed. Open the page from the menu and send its form once more if you still need to."
    )
    return _error(request, 405, _("This address takes forms only"), text)


def conflict(request: HttpRequest, error: Any) -> HttpResponse:
    """409: the state has changed meanwhile."""
    return _error(request, 409, _("This cannot be done in the present state"), local(error, "message"))


def by_kind(
    request: HttpRequest,
    error: Any,
    *,
    nothing: Collection[str],
    right: Collection[str],
    state: Collection[str],
) -> HttpResponse | None:
    """The answer to a refusal by its code: not there, no right, another state; None where what was typed is wrong."""
    if error.code in nothing:
        raise Http404
    if error.code in right:
        raise PermissionDenied
    return conflict(request, error) if error.code in state else None


def unprocessable(request: HttpRequest, error: DomainError | Any) -> HttpResponse:
    """422: understood, but not possible; the text says why."""
    text = local(error, "message") or local(error, "reason")
    return _error(request, 422, _("This cannot be done with these values"), text)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault, or a damaged file, said so; the code finds the log line. 503 with the reason if the disk is full
    or the database gone.

    Nothing here may fail: no database, no frame.
    """
    code = secrets.token_hex(4)
    log.error("error page %s for %s %s", code, request.method, request.path)
    error = sys.exc_info()[1]
    reason = why_unavailable(error) if error is not None else None
    status = 503 if reason else 500
    reason = reason or (why_damaged(error) if error is not None else None)
    why = (reason[0] if is_chinese() else reason[1]) if reason else ""
    context = {"status": status, "code": f"JY-{status}-{code}", "why": why, "appearance": of_browser(request)}
    return render(request, "pages/broken.html", context, status=status)


def _error(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    code = f"JY-{status}-{secrets.token_hex(3)}"
    context = {"status": status, "title": title, "text": text, "code": code, "typed": typed_texts(request)}
    return page(request, "error", context, status=status)
