"""Answers that a caller may keep: an ETag of what they are made from, and pages by cursor."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from jieyue.api.auth import access, sequence
from jieyue.api.problems import Refusal
from jieyue.apps.publication.rules import home_catalog, home_plan

LARGEST = 1000


def tagged(request: HttpRequest, make: Callable[[], Any], *more: str) -> HttpResponse:
    """The JSON that `make` gives, or 304 where the caller holds it: same address, day, publication, rules, rights.

    more: what it hangs on besides.
    """
    held = access(request)
    parts = [
        request.get_full_path(),
        str(sequence(request)),
        settings.JIEYUE_HOME.today().isoformat(),  # where no day is named, the answer is today's
        home_catalog().digest,
        home_plan().id,
        str(held.whole),
        *sorted(held.line),
        *map(str, sorted(held.leaves)),
        *more,
    ]
    tag = f'"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'
    offered = [
        part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")
    ]
    response = HttpResponse(status=304) if tag in offered else _document(make())
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _document(body: Any) -> JsonResponse:
    return JsonResponse(body, safe=False, json_dumps_params={"ensure_ascii": False})


def page(rows: Sequence[Any], size: int, key: Callable[[Any], str]) -> dict[str, Any]:
    """One page of rows that were asked for with one more than `size`; `next` is the cursor of the following."""
    shown = rows[:size]
    return {"items": list(shown), "next": key(shown[-1]) if len(rows) > size else None}


def page_size(size: int) -> int:
    """A page's size. Raises Refusal if it is none."""
    if not 1 <= size <= LARGEST:
        raise Refusal(422, "size", f"size 应为 1–{LARGEST}", f"size must be 1 to {LARGEST}")
    return size
