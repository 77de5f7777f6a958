"""Files in: the same gate, findings and counts as the command and the page."""

import hashlib
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import File, Form, Router, UploadedFile

from jieyue.api.auth import access, caller
from jieyue.api.problems import Refusal
from jieyue.api.schemas import ImportOut
from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.returns import Options
from jieyue.apps.exchange.scope import BRINGS
from jieyue.apps.exchange.services.keep_reply import begin_reply, drop_reply, end_reply
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import whole_for
from jieyue.apps.registry.services import import_file as institutions_file
from jieyue.apps.returns.services import import_file as returns_file
from jieyue.apps.returns.services.import_returns import ImportChoice

router = Router(tags=["imports"])
_LARGEST = DEFAULT.text_bytes


@router.post(
    "/imports/returns", response={200: ImportOut, 422: ImportOut}, summary="Bring a file of returns in"
)
def returns(
    request: HttpRequest,
    file: Annotated[UploadedFile, File()],
    form: Annotated[str, Form()] = "",
    period: Annotated[str, Form()] = "",
    profile: Annotated[str, Form()] = "",
    dry_run: Annotated[bool, Form()] = False,
    valid_rows_only: Annotated[bool, Form()] = False,
    publish: Annotated[bool, Form()] = False,
    restate: Annotated[str, Form()] = "",
) -> Any:
    """All or nothing unless valid_rows_only. 422 with the findings if it was refused. Send `Idempotency-Key`."""
    access(request, "publish") if publish else access(request, *BRINGS)
    if form and form not in home_catalog().forms:
        raise Refusal(422, "unknown_form", f"没有报表 {form}", f"there is no form {form}")
    content = _content(file)
    said = ("returns", form, period, profile, dry_run, valid_rows_only, publish, restate)

    def work() -> tuple[Any, int | None]:
        choice = ImportChoice(publish, dry_run, valid_rows_only, restate)
        reading = returns_file.FileChoice(
            _profile(profile, "returns"), Options(form=form, period=period), by=caller(request).user
        )
        done = returns_file.import_file(
            content, _name(file), actor=_actor(request), choice=choice, reading=reading
        )
        return done.result, done.batch

    return _once(request, content, said, work, dry_run=dry_run)


@router.post(
    "/imports/institutions", response={200: ImportOut, 422: ImportOut}, summary="Bring a registry in"
)
def institutions(
    request: HttpRequest,
    file: Annotated[UploadedFile, File()],
    profile: Annotated[str, Form()] = "",
    dry_run: Annotated[bool, Form()] = False,
    valid_rows_only: Annotated[bool, Form()] = False,
    restate: Annotated[str, Form()] = "",
) -> Any:
    """Only who keeps the registry of the whole authority. Stored means published."""
    access(request, "manage_registry")
    if not whole_for(caller(request).user, "manage_registry"):
        raise Refusal(403, "not_allowed", "名录由市级统一维护", "the registry is kept by the whole authority")
    content = _content(file)
    said = ("institutions", profile, dry_run, valid_rows_only, restate)

    def work() -> tuple[Any, int | None]:
        done = institutions_file.import_file(
            content,
            _name(file),
            actor=_actor(request),
            profile=_profile(profile, "institutions"),
            dry_run=dry_run,
            valid_rows_only=valid_rows_only,
            restate=restate,
        )
        return done.result, done.batch

    return _once(request, content, said, work, dry_run=dry_run)


def _once(
    request: HttpRequest, content: bytes, said: tuple[Any, ...], work: Any, *, dry_run: bool
) -> HttpResponse:
    """Do the work, or give the answer that was given under the caller's key before."""
    key = request.headers.get("Idempotency-Key", "")[:200]
    by = f"token:{caller(request).token}"
    if key and not dry_run:
        digest = hashlib.sha256(content + repr(said).encode()).hexdigest()
        before = begin_reply(by, key, digest)
        if before is not None:
            response = _answer(before[1], before[0])
            response["Idempotent-Replayed"] = "true"
            return response
    try:
        result, batch = work()
    except BaseException:
        if key and not dry_run:
            drop_reply(by, key)
        raise
    body = {"batch": batch, **result.as_json()}
    status = 200 if result.applied or dry_run or not result.has_errors else 422
    if key and not dry_run:
        end_reply(by, key, status, body)
    return _answer(body, status)


def _answer(body: Any, status: int) -> HttpResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _content(file: UploadedFile) -> bytes:
    if file.size is None or file.size > _LARGEST:
        raise Refusal(413, "too_large", "文件大于 100 MB", "the file is larger than 100 MB")
    return bytes(file.read())


def _name(file: UploadedFile) -> str:
    return file.name or "file"


def _actor(request: HttpRequest) -> str:
    """Who the log names: the user, by which token."""
    own = caller(request)
    return f"{own.user.get_username()} ({own.name})"[:150]


def _profile(name: str, kind: str) -> MappingProfile | None:
    if not name:
        return None
    found = exchange.profile(name, kind)
    if found is None:
        raise Refusal(422, "profile", f"没有映射方案“{name}”", f"there is no mapping profile {name!r}")
    return found
