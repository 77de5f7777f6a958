"""Packets of five readings of one meter, pushed, folded, imported and derived: works for a child that is killed."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.packets import Sender, Sent
from jieyue.apps.metering.queries import readings, span_of
from jieyue.apps.metering.scope import Sendable
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.fold_packets import fold_packets
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_readings import import_readings
from jieyue.apps.metering.services.take_packet import take_packet
from jieyue.store import arrays, disk
from tests.fault import works

#: 2025-01-01 00:00 in China; packet k holds five minutes, its values are k.
BEGIN = 1735660800
EACH = 5
METERS = works.table([
    ["meter", "institution", "carrier", "unit", "kind", "step_min", "valid_from"],
    ["E1", "A", "electricity", "kWh", "gauge", "1", "2024-12-01"],
])  # fmt: skip


def metered() -> None:
    """One meter in the home."""
    assert import_meters(METERS, "m.csv", actor=works.ACTOR).result.applied


def push(number: int) -> int:
    """Push packet `number` under a key of its own; the batch."""
    from jieyue.apps.metering.points import numbers_of

    disk.free_share = lambda _path: (
        1.0
    )  # here too, where no conftest has been: this machine's disk is not the matter
    sent = [Sent("E1", BEGIN + (number * EACH + n) * 60, number) for n in range(EACH)]
    sender = Sender("token:1", 1, works.ACTOR, f"k{number}")
    points = {code: Sendable(point) for code, point in numbers_of(["E1"]).items()}
    return take_packet(sent, points, sender=sender, digest=f"{number:064d}")[0].pk


def bring(number: int) -> None:
    """The same readings as a file."""
    rows = [["E1", BEGIN + (number * EACH + n) * 60, number] for n in range(EACH)]
    assert import_readings(
        works.table([["meter", "ts", "value"], *rows]), "r.csv", actor=works.ACTOR
    ).result.applied


def push_and_fold(number: int) -> None:
    """One packet, folded."""
    push(number)
    fold_packets()


def work_at_random(seed: int, first: int, said: str) -> None:
    """Push, bring files, fold, derive and compact until somebody kills it; each number is told when acknowledged."""
    rng = random.Random(seed)
    descriptor = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(first, first + 500):
        (bring if rng.random() < 0.3 else push)(number)
        os.write(descriptor, f"{number}\n".encode())
        what = rng.random()
        if what < 0.4:
            fold_packets()
        elif what < 0.5:
            clean(actor=works.ACTOR)
        elif what < 0.6:
            prepared_lake().compact(READINGS)


def send_some(first: int, count: int, said: str) -> None:
    """Push so many packets, folding now and then."""
    descriptor = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(first, first + count):
        push(number)
        os.write(descriptor, f"{number}\n".encode())
        if number % 5 == 0:
            fold_packets()


def told(path: Path) -> list[int]:
    """Numbers that were acknowledged."""
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def seen_now() -> dict[int, int]:
    """Packet → how many of its readings a reader sees at this moment; nothing if there is no table yet."""
    lake = prepared_lake()
    found = lake.read(READINGS, ["ts"], files=lake.snapshot([READINGS]).tables[READINGS].files)
    return _counted(arrays.whole(found["ts"]).tolist())


def stored() -> dict[int, int]:
    """The same by the library's own query, with the values looked at."""
    found = readings(None, span_of(None, None))
    numbers = [(ts - BEGIN) // (60 * EACH) for ts in found.ts.tolist()]
    assert found.value.tolist() == [number * 10_000 for number in numbers]
    return _counted(found.ts.tolist())


def _counted(instants: Sequence[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for ts in instants:
        number = (ts - BEGIN) // (60 * EACH)
        counts[number] = counts.get(number, 0) + 1
    return counts
