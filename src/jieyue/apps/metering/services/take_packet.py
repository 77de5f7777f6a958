"""Take in readings that a program sends: in the write-ahead log first, on the disk, and only then acknowledged."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.models import Packet
from jieyue.apps.metering.packets import Sender, Sent, entry_of, good_columns, packet_of
from jieyue.apps.metering.readings_file import Findings
from jieyue.apps.metering.scope import Sendable
from jieyue.apps.metering.write_ahead import write_log
from jieyue.apps.publication.errors import RefusedError
from jieyue.store.failpoint import failpoint

#: Findings of a packet that are kept.
KEPT = 200


def take_packet(
    sent: Sequence[Sent], points: Mapping[str, Sendable], *, sender: Sender, digest: str
) -> tuple[Packet, bool]:
    """(the packet, whether it was acknowledged before under the sender's key).

    points: for which the sender may send, and when; a reading of another meter or day is rejected with a finding.
    Raises RefusedError if the key stands for another request, and LakeError if nothing was taken or nobody knows.
    """
    before = acknowledged(sender, digest)
    if before is not None:
        return before, True
    received, findings = timezone.now(), Findings()
    columns = good_columns(sent, points, received, findings)
    about = {
        "received": received.timestamp(),
        "rows": len(sent),
        "rejected": len(sent) - columns.shape[1],
        "findings": [finding.as_dict() for finding in findings.made()][:KEPT],
    }
    entry = entry_of(sender, digest, columns, about)
    place = write_log().append(entry)
    failpoint("push.after_log")
    packet = packet_of(entry, place)
    try:
        with transaction.atomic():
            keep(packet)
    except IntegrityError:
        # The fold has seen the entry already, or the same key came in twice at once: the first one is the answer.
        kept = Packet.objects.filter(segment=place.segment, offset=place.offset).first()
        found = kept or acknowledged(sender, digest)
        if found is None:
            raise
        return found, True
    failpoint("push.after_office")
    return packet, False


def acknowledged(sender: Sender, digest: str) -> Packet | None:
    """What was taken under the sender's key before. Raises RefusedError if that was another request."""
    found = Packet.objects.filter(client=sender.client, key=sender.key).first() if sender.key else None
    if found is not None and found.digest != digest:
        raise RefusedError(
            "key_reused",
            zh="这个 Idempotency-Key 已用于另一个请求；换一个新的",
            en="this Idempotency-Key stands for another request; take a new one",
        )
    return found


def keep(packet: Packet) -> None:
    """Save the office's row with its entry of the action log. The caller holds the transaction."""
    packet.save(force_insert=True)
    record(
        "metering.push", f"packet:{packet.pk}", actor=packet.actor,
        data={"rows": packet.rows, "rejected": packet.rejected, "sha256": packet.digest},
    )  # fmt: skip
