"""What an unclean stop left of readings: a file that never reached the lake is lost and an entry says so; nothing is
said where nothing is left, or where the rows are there."""

from datetime import UTC, datetime

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.metering.lake import prepared_lake
from jieyue.apps.metering.models import Packet, ReadingBatch
from jieyue.apps.metering.services.settle import settle, settle_left
from jieyue.config.home import Home

NOW = datetime(2026, 1, 1, tzinfo=UTC)
State = ReadingBatch.State


def left(name: str, stored: int) -> ReadingBatch:
    """A batch whose row is in the office, and nothing of it in the lake."""
    return ReadingBatch.objects.create(
        name=name, sha256="0" * 64, source="file", rank=1, received=NOW, actor="t", rows=3, stored=stored
    )


def states() -> dict[str, str]:
    return dict(ReadingBatch.objects.values_list("name", "state"))


def lost() -> list[tuple[str, str, object]]:
    rows = ActionLog.objects.filter(verb="metering.lost_readings").order_by("id")
    return [(row.object, row.actor, row.data) for row in rows]


@pytest.mark.postgres
def test_what_never_reached_the_lake_is_lost_and_its_packets_wait_again(home: Home) -> None:
    batch, empty = left("a.csv", 3), left("only rejected.csv", 0)
    packet = Packet.objects.create(
        client="token:1", digest="0" * 64, user=1, actor="t", received=NOW, segment="1", offset=0, rows=3, rejected=0,
        fold=batch, stored=3,
    )  # fmt: skip
    settle_left()
    assert states() == {"a.csv": State.LOST, "only rejected.csv": State.DONE}
    said = {"file": "a.csv", "packets_that_wait_again": 1}
    assert lost() == [(f"readings:{batch.pk}", "t", said)]
    packet.refresh_from_db()
    assert (packet.fold_id, packet.stored) == (None, 0)
    assert empty.pk


def test_two_that_are_lost_have_an_entry_each(home: Home) -> None:
    numbers = [left(name, 3).pk for name in ("a.csv", "b.csv")]
    lake = prepared_lake()
    with lake.lock.hold():
        settle(lake)
    assert [obj for obj, *_ in lost()] == [f"readings:{number}" for number in numbers]


def test_where_nothing_is_left_nothing_is_said(home: Home) -> None:
    before = ActionLog.objects.count()
    settle_left()
    left("done.csv", 3)
    ReadingBatch.objects.update(state=State.DONE)
    settle_left()
    lake = prepared_lake()
    with lake.lock.hold():
        settle(lake)
    assert (ActionLog.objects.count(), states()) == (before, {"done.csv": State.DONE})
