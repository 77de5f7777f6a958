"""Errors as problem+json (RFC 9457), in Chinese and English, never with a trace."""

import logging
import secrets
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.services.publish import PublicationPendingError
from jieyue.apps.publication.unavailable import why_unavailable
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.strict import CatalogError
from jieyue.domain.errors import DomainError
from jieyue.store.errors import LakeCorrupt, LakeError

log = logging.getLogger("jieyue.api")


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


def install(api: NinjaAPI) -> None:
    """Let the interface answer every error in this way."""

    def on(kind: type[Exception], answer: Any) -> None:
        api.add_exception_handler(kind, answer)

    on(Http404, lambda _request, _error: not_found())
    on(AuthenticationError, _unknown_caller)
    on(ValidationError, _invalid)
    on(Refusal, lambda _request, error: problem(error.status, error.code, error.zh, error.en, **error.data))
    on(RefusedError, _refused(409))
    on(DomainError, _refused(422))
    on(CatalogError, lambda _request, error: problem(422, "catalog", str(error), str(error)))
    on(UnknownRuleError, lambda _r, error: problem(422, "unknown_rule", error.reason_zh, error.reason_en))
    on(LakeError, lambda _request, error: problem(503, "lake", error.zh, error.en))
    on(PublicationPendingError, _unavailable)
    on(DatabaseError, _unavailable)
    on(OSError, _unavailable)
    on(LakeCorrupt, lambda _request, error: problem(500, "lake_corrupt", error.zh, error.en))
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
    code = secrets.token_hex(4)
    log.error("interface error %s", code, exc_info=error)
    return problem(500, "broken", f"系统出错，编号 {code}", f"our fault; the log knows it as {code}")
