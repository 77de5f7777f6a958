"""A packet of readings on its way: as a program sends it, as the write-ahead log holds it, as the office knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from jieyue.apps.metering.kept import kept_said, month_said
from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.models import Packet
from jieyue.apps.metering.months import begin_of
from jieyue.apps.metering.reading_times import instant_of
from jieyue.apps.metering.readings_file import LARGEST_REVISION, LATE_SECONDS, Findings
from jieyue.apps.metering.scope import Sendable
from jieyue.domain.quantity import QuantityError, to_fixed
from jieyue.domain.readings import Ints
from jieyue.store.log_record import Entry
from jieyue.store.write_log import Place

#: Point, channel, instant, value in ten-thousandths, revision.
COLUMNS: Final = 5
_SHOWN: Final = 40


@dataclass(frozen=True)
class Sent:
    """A reading as it was sent. ts: ISO 8601 with an offset, or UTC seconds; value: a decimal."""

    meter: str
    ts: str | int
    value: str | int | float
    channel: str = "total"
    revision: int = 0


@dataclass(frozen=True)
class Sender:
    """Who sends: the token, its user's number, the name in the log, and the program's own key of the request."""

    client: str
    user: int
    actor: str
    key: str = ""


def good_columns(
    sent: Sequence[Sent], points: Mapping[str, Sendable], received: datetime, findings: Findings
) -> Ints:
    """Five rows of numbers, a column each reading that may be stored; why the others may not is told."""
    latest, first = int(received.timestamp()) + LATE_SECONDS, kept_said()
    found = [
        _checked(one, number, points, (first, latest), findings) for number, one in enumerate(sent, start=1)
    ]
    good = [one for one in found if one is not None]
    return np.array(good, dtype=np.int64).reshape(-1, COLUMNS).T


def _checked(
    one: Sent, number: int, points: Mapping[str, Sendable], span: tuple[int | None, int], findings: Findings
) -> tuple[int, ...] | None:
    row = np.array([number])
    first, latest = span
    meter = one.meter.strip()
    point, channel = points.get(meter), CHANNELS.get(one.channel.strip().lower())
    ts, value = instant_of(one.ts), _value(one.value, row, findings)
    if point is None:
        findings.add("reading_unknown_meter", row, value=meter[:60], key_=f"m{meter}")
    elif point.virtual:
        findings.add("reading_virtual", row, value=meter[:60], key_=f"m{meter}")
    elif channel is None:
        findings.add("reading_channel", row, value=one.channel[:_SHOWN], known=", ".join(CHANNELS))
    elif ts is None or ts < 0:
        findings.add("reading_time", row, value=str(one.ts)[:_SHOWN], key_="time")
    elif ts > latest:
        findings.add("reading_clock", row, value=meter[:60], key_=f"m{meter}")
    elif first is not None and ts < begin_of(first):
        findings.add("reading_closed", row, value=meter[:60], key_=f"m{meter}", since=month_said(first))
    elif not point.holds(ts):
        findings.add("reading_other_days", row, value=meter[:60], key_=f"m{meter}")
    elif not 0 <= one.revision <= LARGEST_REVISION:
        findings.add("reading_revision", row, value=str(one.revision)[:_SHOWN], key_="revision")
    elif value is not None:
        return point.point, channel, ts, value, one.revision
    return None


def _value(said: str | int | float, row: Ints, findings: Findings) -> int | None:
    """Ten-thousandths; a JSON number is what it was written as."""
    try:
        fixed, rounded = to_fixed(str(said).strip())
    except QuantityError as error:
        code = "reading_large" if error.code == "out_of_range" else "reading_value"
        findings.add(code, row, value=str(said)[:_SHOWN], key_="value")
        return None
    if rounded:
        findings.add("reading_rounded", row)
    return fixed


def entry_of(sender: Sender, digest: str, columns: Ints, about: Mapping[str, Any]) -> Entry:
    """The packet as the log holds it."""
    said = {"user": sender.user, "actor": sender.actor, **about}
    return Entry(sender.client, sender.key, digest, said, columns.astype("<i8").tobytes())


def columns_of(entry: Entry) -> Ints:
    """The other way: five rows of numbers."""
    return np.frombuffer(entry.payload, dtype="<i8").reshape(COLUMNS, -1).astype(np.int64)


def packet_of(entry: Entry, place: Place) -> Packet:
    """The office's row of an entry of the log, not saved."""
    about = entry.about
    return Packet(
        client=entry.client, key=entry.key, digest=entry.digest, user=about["user"], actor=about["actor"],
        received=datetime.fromtimestamp(about["received"], UTC), segment=place.segment, offset=place.offset,
        rows=about["rows"], rejected=about["rejected"], findings=about["findings"],
    )  # fmt: skip
