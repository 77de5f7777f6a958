"""Errors as problem+json (RFC 9457), in Chinese and English, never with a trace."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.services.publish import PublicationPendingError
from jieyue.apps.publication.unavailable import why_damaged, why_unavailable
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.strict import CatalogError
from jieyue.domain.errors import DomainError
from jieyue.store.errors import LakeCorrupt, LakeError

log = logging.getLogger("jieyue.api")

PREFIX = "/api/"


class Refusal(Exception):  # noqa: N818  it is an answer, not a failure of ours
    """An answer other than success: status, code, and what to do in both languages."""

    def __init__(self, status: int, code: str, zh: str, en: str, **data: Any) -> None:
        super().__init__(en)
        self.status, self.code, self.zh, self.en, self.data = status, code, zh, en, data


def problem(status: int, code: str, zh: str, en: str, **data: Any) -> JsonResponse:
    """The document and its media type."""
    body = {"type": f"urn:jieyue:problem:{code}", "title": en, "status": status, "code": code}
    body |= {"message_zh": zh, "message_en": en, **data}
    response = JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="jieyue"'
    return response


def not_found() -> JsonResponse:
    """404, for what does not exist and for what is not the caller's to see."""
    return problem(404, "not_found", "没有，或不归你查看", "not there, or not yours to see")


#: Status → code and what to do, for what is refused before one of our own views speaks.
_REFUSED_BEFORE = {
    400: ("bad_request", "请求没有读懂；请检查正文、表单和编码",
          "the request was not understood; check its body, form and encoding"),
    403: ("forbidden", "没有权限", "not allowed"),
    413: ("too_large", "请求太大；请分成几次", "the request is too large; send it in parts"),
    415: ("media_type", "不接受这种内容类型；请看接口说明",
          "this media type is not taken; see the description of the interface"),
    429: ("too_many", "请求太多；请过一会儿再试", "too many requests; try again in a while"),
}  # fmt: skip


def of_status(request: HttpRequest, status: int, allowed: str = "") -> JsonResponse:
    """The document for an answer that Django or the router gave by itself. allowed: methods, of a 405."""
    if status == 404:
        return not_found()
    if status == 405:
        methods = sorted(part.strip() for part in allowed.split(",") if part.strip())
        said = (
            f"这个地址不接受 {request.method}，只接受 {'、'.join(methods)}",
            f"this address does not take {request.method}, only {', '.join(methods)}",
        )
        answer = problem(405, "method", *said, allowed=methods)
        answer["Allow"] = ", ".join(methods)
        return answer
    if status >= 500:
        return problem(status, "broken", "系统出错，请告诉管理员", "our fault; tell the administrator")
    other = (
        "refused",
        f"请求没有被接受（状态 {status}）；请看接口说明",
        f"the request was not taken (status {status}); see the description of the interface",
    )
    return problem(status, *_REFUSED_BEFORE.get(status, other))


def _is_too_large(request: HttpRequest) -> bool:
    """Whether a body is over the limit that Django keeps for all but uploaded files; it answers that with 400."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None or request.content_type == "multipart/form-data":
        return False
    return length.isdecimal() and int(length) > limit


class ProblemsMiddleware:
    """Programs get a problem document where Django or the router would answer with a page or plain text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        said = response.headers.get("Content-Type", "").startswith("application/")
        if response.status_code < 400 or said or not request.path_info.startswith(PREFIX):
            return response
        status = response.status_code
        if status == 400 and _is_too_large(request):
            status = 413
        return of_status(request, status, response.headers.get("Allow", ""))


def install(api: NinjaAPI) -> None:
    """Let the interface answer every error in this way."""

    def on(kind: type[Exception], answer: Any) -> None:
        api.add_exception_handler(kind, answer)

    on(Http404, lambda _request, _error: not_found())
    on(AuthenticationError, _unknown_caller)
    on(ValidationError, _invalid)
    on(RequestDataTooBig, lambda request, _error: of_status(request, 413))
    on(HttpError, lambda request, error: of_status(request, error.status_code))
    on(Refusal, lambda _request, error: problem(error.status, error.code, error.zh, error.en, **error.data))
    on(RefusedError, _refused(409))
    on(DomainError, _refused(422))
    on(CatalogError, lambda _request, error: problem(422, "catalog", str(error), str(error)))
    on(UnknownRuleError, lambda _r, error: problem(422, "unknown_rule", error.reason_zh, error.reason_en))
    on(LakeError, lambda _request, error: problem(503, "lake", error.zh, error.en))
    on(PublicationPendingError, _unavailable)
    on(DatabaseError, _unavailable)
    on(OSError, _unavailable)
    on(LakeCorrupt, _broken)
    on(Exception, _broken)


def _unknown_caller(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(
        401,
        "token",
        "需要有效的访问令牌：Authorization: Bearer jy_…（由管理员用 jieyue token issue 签发）",
        "a valid token is needed: Authorization: Bearer jy_… (an administrator makes one: jieyue token issue)",
    )


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    wrong = [
        {"where": ".".join(str(part) for part in one["loc"]), "message": one["msg"]} for one in error.errors
    ]
    names = ", ".join(one["where"] for one in wrong)
    return problem(422, "parameters", f"参数不对：{names}", f"wrong parameters: {names}", errors=wrong)


def _refused(status: int) -> Any:
    def answer(_request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(status, error.code, error.message_zh, error.message_en, data=error.data)

    return answer


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """503 with the reason: a full disk, a database that does not answer; anything else is our mistake."""
    reason = why_unavailable(error)
    return problem(503, "unavailable", *reason) if reason else _broken(request, error)


def _broken(_request: HttpRequest, error: Exception) -> HttpResponse:
    """500: a damaged file, said so without its place, or our mistake; the code finds the log line."""
    code = secrets.token_hex(4)
    log.error("interface error %s", code, exc_info=error)
    reason = why_damaged(error)
    if reason:
        return problem(500, "lake_corrupt", f"{reason[0]}（编号 {code}）", f"{reason[1]} (the log: {code})")
    return problem(500, "broken", f"系统出错，编号 {code}", f"our fault; the log knows it as {code}")
