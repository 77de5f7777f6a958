"""Readings in: answered once they are on the disk; what became of them is asked for later."""

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from jieyue.api.auth import access, caller
from jieyue.api.problems import Refusal
from jieyue.api.schemas import BatchOut, PacketOut, ReadingsIn
from jieyue.apps.metering.packets import Sender, Sent
from jieyue.apps.metering.queries import Sending, sending
from jieyue.apps.metering.scope import PUSH, sendable
from jieyue.apps.metering.services.take_packet import take_packet

router = Router(tags=["readings"])
LARGEST = 10_000


@router.post("/readings", response={202: PacketOut}, summary="Send readings")
def push(request: HttpRequest, body: ReadingsIn) -> Any:
    """202 once they are on the disk. At most 10,000 readings a request. Send `Idempotency-Key`.

    A reading of a meter that is not registered (or not the caller's), or of more than ten minutes ahead, is rejected
    with a finding; the others are taken. Duplicates are found when the packet is folded: `GET batches/{batch}`.
    """
    access(request, PUSH)
    if not body.readings:
        raise Refusal(422, "no_readings", "没有读数：readings 是空的", "no readings: `readings` is empty")
    if len(body.readings) > LARGEST:
        raise Refusal(
            413,
            "too_many",
            f"一次最多 {LARGEST} 个读数，请分批发送",
            f"at most {LARGEST} readings a request; send parts",
        )
    sent = [Sent(one.meter, one.ts, one.value, one.channel, one.revision) for one in body.readings]
    points = sendable(caller(request).user, {one.meter.strip() for one in sent})
    digest = hashlib.sha256(request.body).hexdigest()
    packet, before = take_packet(sent, points, sender=_sender(request), digest=digest)
    response = _answer(
        {
            "batch": packet.pk,
            "received": packet.rows,
            "rejected": packet.rejected,
            "findings": packet.findings,
        },
        202,
    )
    if before:
        response["Idempotent-Replayed"] = "true"
    return response


@router.get("/batches/{number}", response=BatchOut, summary="What became of readings that were sent")
def batch(request: HttpRequest, number: int) -> Any:
    """Of those that the caller's own user has sent."""
    access(request, PUSH, "view")
    found = sending(number, caller(request).user.pk)
    if found is None:
        raise Http404
    return _answer(_shown(found), 200)


def _shown(found: Sending) -> dict[str, Any]:
    counts = {"stored": found.stored, "duplicates": found.duplicate, "conflicts": found.conflict}
    return {
        "batch": found.number,
        "state": "folded" if found.folded else "pending",
        "received": found.rows,
        "rejected": found.rejected,
        "received_at": found.received.isoformat(),
        **(counts if found.folded else dict.fromkeys(counts)),
        "findings": found.findings,
    }


def _sender(request: HttpRequest) -> Sender:
    own = caller(request)
    key = request.headers.get("Idempotency-Key", "")[:200]
    actor = f"{own.user.get_username()} ({own.name})"[:150]
    return Sender(f"token:{own.token}", own.user.pk, actor, key)


def _answer(body: Any, status: int) -> HttpResponse:
    response = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
