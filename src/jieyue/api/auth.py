"""Who calls: a token, its user, and what of the user's rights the token carries."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from jieyue.api.problems import Refusal
from jieyue.apps.accounts.scope import Access, access_for
from jieyue.apps.identity.tokens import Caller, caller_of
from jieyue.apps.publication.queries import last_done


class TokenBearer(HttpBearer):
    """`Authorization: Bearer jy_…`; cookies open nothing here, so no foreign site can act for anybody."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, if the token is in force."""
        return caller_of(token)


def caller(request: HttpRequest) -> Caller:
    """Who asks."""
    return request.auth  # type: ignore[attr-defined]  # set by ninja after `authenticate`


def sequence(request: HttpRequest) -> int:
    """The publication that the whole answer is as of; asked once a request."""
    known = getattr(request, "_jieyue_sequence", None)
    if known is None:
        known = last_done()
        request._jieyue_sequence = known  # type: ignore[attr-defined]
    return int(known)


def access(request: HttpRequest, *verbs: str) -> Access:
    """What the caller sees and may do: the user's access within the token's verbs. Refuses who may none of these."""
    held: Any = getattr(request, "_jieyue_access", None)
    if held is None:
        own = access_for(caller(request).user, sequence(request)).unlimited()
        held = replace(own, verbs=own.verbs & caller(request).verbs)
        request._jieyue_access = held  # type: ignore[attr-defined]
    if not any(held.may(verb) for verb in verbs or ("view",)):
        wanted = ", ".join(verbs or ("view",))
        raise Refusal(403, "not_allowed", f"此令牌没有权限：{wanted}", f"this token may not: {wanted}")
    return held
