"""Readings pushed by programs: acknowledged is on the disk, there once in the lake, and only for one's own meters."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.apps.metering import write_ahead
from jieyue.apps.metering.kept import KEPT
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.models import Packet, ReadingBatch
from jieyue.apps.metering.queries import readings, span_of, uses
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.fold_packets import fold_packets
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_readings import import_readings
from jieyue.apps.metering.services.tidy_readings import Tidied, tidy_readings
from jieyue.apps.metering.tasks import fold_many
from jieyue.apps.publication.lake import open_lake
from jieyue.config.home import Home
from jieyue.jobs.worker import Worker
from jieyue.store import arrays
from jieyue.store.log_reader import LogReader
from jieyue.store.port import DataFile
from jieyue.store.segments import SegmentFiles
from tests.api.conftest import Caller, token_for
from tests.watch.watcher import WATCHER

#: 2025-01-01 00:00 in China.
BEGIN = 1735660800
HOUR = 3600
#: 2025-02-01 00:00 in China.
FEBRUARY = BEGIN + 31 * 86400
METERS = """meter,institution,carrier,unit,step_min,valid_from
E1,A1,electricity,kWh,60,2024-12-01
E2,B1,electricity,kWh,60,2024-12-01
"""
ALL = span_of(None, None)


@pytest.fixture
def metered(root: Caller) -> Iterator[Caller]:
    """Two meters in two districts."""
    assert import_meters(METERS.encode(), "m.csv", actor="tests").result.applied
    yield token_for(User.objects.get(username="operator"), "push")
    write_ahead.write_log().close()
    write_ahead._opened.clear()


def rows(*values: object, meter: str = "E1", start: int = BEGIN, **more: object) -> list[dict[str, object]]:
    return [
        {"meter": meter, "ts": start + n * HOUR, "value": value, **more} for n, value in enumerate(values)
    ]


def push(caller: Caller, sent: list[dict[str, object]], key: str = "") -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return Browser(enforce_csrf_checks=True).post(
        "/api/v1/readings", json.dumps({"readings": sent}), content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {caller.secret}", **headers,
    )  # fmt: skip


def in_the_lake() -> list[tuple[int, int]]:
    """(instant, ten-thousandths) of all readings."""
    found = readings(None, ALL)
    return list(zip(found.ts.tolist(), found.value.tolist(), strict=True))


def in_the_log(home: Home) -> int:
    return sum(len(one.found.records) for one in LogReader(home.path / "log").segments())


@pytest.mark.postgres
def test_a_packet_is_on_the_disk_when_it_is_answered_and_then_in_the_lake(
    metered: Caller, home: Home
) -> None:
    answer = push(metered, rows("100", "102.5", 105))
    assert (answer.status_code, answer["Cache-Control"]) == (202, "no-store")
    number = answer.json()["batch"]
    assert answer.json() == {"batch": number, "received": 3, "rejected": 0, "findings": []}
    assert in_the_log(home) == 1
    assert in_the_lake() == []
    pending = metered.get(f"batches/{number}").json()
    assert [pending[k] for k in ("batch", "state", "received", "rejected", "stored", "duplicates", "conflicts")] == [
        number, "pending", 3, 0, None, None, None,
    ]  # fmt: skip
    done = fold_packets()
    assert (done.packets, done.rows, done.stored) == (1, 3, 3)
    folded = metered.get(f"batches/{number}").json()
    assert [folded[k] for k in ("state", "received", "stored", "duplicates", "conflicts")] == [
        "folded",
        3,
        3,
        0,
        0,
    ]
    assert in_the_lake() == [(BEGIN, 1_000_000), (BEGIN + HOUR, 1_025_000), (BEGIN + 2 * HOUR, 1_050_000)]
    assert fold_packets().rows == 0
    assert len(in_the_lake()) == 3
    assert ActionLog.objects.filter(verb="metering.push").count() == 1
    assert ActionLog.objects.filter(verb="metering.fold").count() == 1


def test_the_worker_folds_and_derives(metered: Caller) -> None:
    push(metered, rows(*range(100, 149, 2)))
    done = Worker().once()
    assert {name: done[name] for name in ("fold", "fold_many")} == {"fold": "", "fold_many": ""}
    found = uses("hour", None, ALL)
    assert found.ts.tolist() == [BEGIN + n * HOUR for n in range(24)]
    assert found.value.tolist() == [20_000] * 24


def test_many_readings_do_not_wait_for_the_minute(metered: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.apps.metering import tasks

    push(metered, rows(1, 2, 3))
    fold_many()
    assert in_the_lake() == []
    monkeypatch.setattr(tasks, "ROWS", 3)
    fold_many()
    assert len(in_the_lake()) == 3


def test_duplicates_and_conflicts_are_counted_by_packet(metered: Caller) -> None:
    assert import_readings(b"meter,ts,value\nE1,1735660800,100\n", "r.csv", actor="t").result.accepted == 1
    first = push(metered, rows(100, 102)).json()["batch"]  # the file has one of them
    second = push(metered, rows(100, 102, 104)).json()["batch"]
    third = push(metered, rows(100, 103)).json()["batch"]
    fold_packets()

    def counts(number: int) -> list[int]:
        found = metered.get(f"batches/{number}").json()
        assert found["received"] == found["rejected"] + found["stored"] + found["duplicates"]
        return [found[name] for name in ("stored", "duplicates", "conflicts")]

    assert [counts(number) for number in (first, second, third)] == [[1, 1, 0], [1, 2, 0], [1, 1, 1]]
    fourth = push(metered, rows(100, 102, 104)).json()["batch"]
    fold_packets()
    assert counts(fourth) == [0, 3, 0]
    again = import_readings(b"meter,ts,value\nE1,1735660800,100\n", "r.csv", actor="t").result
    assert (again.accepted, again.duplicate) == (0, 1)
    assert sorted(value for _ts, value in in_the_lake()) == [1_000_000, 1_020_000, 1_030_000, 1_040_000]
    found = readings(None, ALL)
    assert list(found.quality) == ["good", "conflict", "conflict", "good"]
    correction = push(metered, rows(102, start=BEGIN + HOUR, revision=1)).json()["batch"]
    fold_packets()
    assert counts(correction) == [1, 0, 0]


def test_a_packet_whose_month_is_let_go_before_it_is_folded_says_so(metered: Caller) -> None:
    """January is let go after the packet was checked and acknowledged, before the log is folded. Its readings of
    January are not stored, for nothing would be derived of them; February's are."""
    import_readings(b"meter,ts,value\nE2,1735660800,100\n", "r.csv", actor="t")
    number = push(metered, rows(100, 102, start=FEBRUARY - HOUR)).json()["batch"]
    other = push(metered, rows(200, 201, 202, meter="E2")).json()["batch"]
    lake = open_lake()
    with lake.lock.hold():
        lake.let_go(READINGS, [], removes=[], txn=(KEPT, 202502))
    fold_packets()
    shown = [metered.get(f"batches/{one}").json() for one in (number, other)]
    counted = [[one[name] for name in ("received", "rejected", "stored", "duplicates")] for one in shown]
    assert counted == [[2, 1, 1, 0], [3, 3, 0, 0]]
    told = [
        [(one["code"], one["value"], one["data"]["count"]) for one in found["findings"]] for found in shown
    ]
    assert told == [[("reading_closed", "E1", 1)], [("reading_closed", "E2", 3)]]
    assert in_the_lake() == [(FEBRUARY, 1_020_000)]


def test_one_key_is_one_packet(metered: Caller, home: Home) -> None:
    first = push(metered, rows(1, 2), key="k1")
    again = push(metered, rows(1, 2), key="k1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert in_the_log(home) == 1
    other = push(metered, rows(1, 3), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    fold_packets()
    assert push(metered, rows(1, 2), key="k1").json() == first.json()
    assert push(metered, rows(1, 2), key="k2").json()["batch"] != first.json()["batch"]
    own = token_for(User.objects.get(username="operator"), "push")
    assert push(own, rows(1, 3), key="k1").status_code == 202  # another token's key is another key
    fold_packets()
    assert sorted(value for _ts, value in in_the_lake()) == [10_000, 20_000, 30_000]


def test_the_same_key_at_once_with_another_body_stores_one_of_them(
    metered: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request comes to the log before the first has its row in the office."""
    from jieyue.apps.metering.services import take_packet

    inner: list[Any] = []

    def between(name: str) -> None:
        if name == "push.after_log" and not inner:
            inner.append(None)
            with WATCHER.somebody_else():
                inner[0] = push(metered, rows(7), key="k")

    monkeypatch.setattr(take_packet, "failpoint", between)
    outer = push(metered, rows(8), key="k")
    assert (inner[0].status_code, outer.status_code, outer.json()["code"]) == (202, 409, "key_reused")
    assert fold_packets().packets == 1
    assert [value for _ts, value in in_the_lake()] == [70_000]


def test_an_entry_that_the_fold_saw_first_is_answered_with_its_number(
    metered: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jieyue.apps.metering.services import take_packet

    def between(name: str) -> None:
        if name == "push.after_log":
            with WATCHER.somebody_else():
                fold_packets()

    monkeypatch.setattr(take_packet, "failpoint", between)
    answer = push(metered, rows(7))
    assert answer.status_code == 202
    assert metered.get(f"batches/{answer.json()['batch']}").json()["state"] == "folded"
    assert Packet.objects.count() == 1


def test_what_cannot_be_stored_is_rejected_and_said_the_rest_is_taken(metered: Caller) -> None:
    ahead = int(timezone.now().timestamp()) + 700
    bad = [
        {"meter": "NONE", "ts": BEGIN, "value": 1},
        {"meter": "E1", "ts": ahead, "value": 1},
        {"meter": "E1", "ts": "2025-01-01T00:00:00", "value": 1},
        {"meter": "E1", "ts": -5, "value": 1},
        {"meter": "E1", "ts": BEGIN, "value": "12x"},
        {"meter": "E1", "ts": BEGIN, "value": "1e30"},
        {"meter": "E1", "ts": BEGIN, "value": 1, "channel": "up"},
        {"meter": "E1", "ts": BEGIN, "value": 1, "revision": -1},
        {"meter": "NONE", "ts": BEGIN, "value": 1},
    ]
    good = [
        {"meter": " E1 ", "ts": "2025-01-01T00:00:00+08:00", "value": "1.00005", "channel": "Peak"},
        {"meter": "E1", "ts": ahead - 200, "value": 2.5},
    ]
    said = push(metered, bad + good).json()
    assert (said["received"], said["rejected"]) == (11, 9)
    codes = {one["code"]: one["row"] for one in said["findings"]}
    assert codes == {
        "reading_unknown_meter": 1, "reading_clock": 2, "reading_time": 3, "reading_value": 5, "reading_large": 6,
        "reading_channel": 7, "reading_revision": 8, "reading_rounded": 10,
    }  # fmt: skip
    unknown = next(one for one in said["findings"] if one["code"] == "reading_unknown_meter")
    assert "没有登记计量点“NONE”：2 行，首行 1" in unknown["message_zh"]
    assert "import meters" in unknown["message_en"]
    fold_packets()
    assert metered.get(f"batches/{said['batch']}").json()["findings"] == said["findings"]
    assert in_the_lake() == [(BEGIN, 10_000), (ahead - 200, 25_000)]


def test_a_clock_that_is_a_day_ahead_stores_nothing(metered: Caller) -> None:
    tomorrow = int((timezone.now() + timedelta(days=1)).timestamp())
    said = push(metered, rows(1, 2, start=tomorrow)).json()
    assert (said["received"], said["rejected"], said["findings"][0]["code"]) == (2, 2, "reading_clock")
    fold_packets()
    assert in_the_lake() == []
    assert metered.get(f"batches/{said['batch']}").json()["stored"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"readings": []}, 422, "no_readings"),
        ({}, 422, "parameters"),
        ({"readings": [{"meter": "E1", "ts": BEGIN}]}, 422, "parameters"),
        ({"readings": [{"meter": "E1", "ts": True, "value": 1}]}, 422, "parameters"),
        ({"readings": [{"meter": "E1", "ts": BEGIN, "value": [1]}]}, 422, "parameters"),
        ({"readings": [{"meter": "E1", "ts": BEGIN, "value": 1}] * 10_001}, 413, "too_many"),
    ],
)
def test_a_request_that_is_none_is_refused_whole(
    metered: Caller, home: Home, body: dict[str, Any], status: int, code: str
) -> None:
    answer = metered.post_json("readings", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not (home.path / "log").exists()
    assert Packet.objects.count() == 0


def test_a_collector_sends_for_the_meters_of_its_body_and_sees_nothing_else(
    metered: Caller, person: Callable[..., User]
) -> None:
    collector = token_for(person("gateway", "collector", "L-500103"), "push")
    said = push(collector, rows(1) + rows(2, meter="E2") + rows(3, meter="NONE")).json()
    assert (said["received"], said["rejected"]) == (3, 2)
    texts = {one["value"]: one["message_zh"].replace(one["value"], "…") for one in said["findings"]}
    assert texts["E2"].replace("首行 2", "") == texts["NONE"].replace(
        "首行 3", ""
    )  # another's looks like none
    number = said["batch"]
    assert collector.get(f"batches/{number}").status_code == 200
    other = token_for(person("other", "collector", "L-500104"), "push")
    foreign, absent = other.get(f"batches/{number}"), other.get("batches/999999")
    assert (
        (foreign.status_code, foreign.content)
        == (absent.status_code, absent.content)
        == (404, absent.content)
    )
    fold_packets()
    assert [value for _ts, value in in_the_lake()] == [10_000]
    for path in ("institutions", "figures?scope=line:L-500103&period=2024"):
        assert collector.get(path).status_code == 403
    viewer = token_for(person("viewer", "viewer", "L-500103"), "view")
    assert push(viewer, rows(1)).status_code == 403
    assert viewer.get(f"batches/{number}").status_code == 404


def test_after_a_move_each_body_sends_for_its_own_days(metered: Caller, person: Callable[..., User]) -> None:
    """E1 serves the other district from the second day on (hour 24), and a third one's move of E2 is planned only."""
    head = METERS.splitlines()[0]
    moves = f"{head}\nE1,B1,electricity,kWh,60,2025-01-02\nE2,A1,electricity,kWh,60,2099-01-01\n"
    assert import_meters(moves.encode(), "m.csv", actor="tests").result.applied
    before, after = (
        token_for(person(f"of-{line}", "collector", line), "push") for line in ("L-500103", "L-500104")
    )

    def sent(caller: Caller, meter: str, *hours: int) -> list[tuple[str, int]]:
        """(code, row) of what is rejected."""
        values = [{"meter": meter, "ts": BEGIN + hour * HOUR, "value": hour} for hour in hours]
        return [(one["code"], one["row"]) for one in push(caller, values).json()["findings"]]

    assert sent(before, "E1", 22, 23, 24, 25) == [("reading_other_days", 3)]
    assert sent(after, "E1", 22, 23, 24, 25) == [("reading_other_days", 1)]
    assert sent(after, "E2", 22, 25) == []  # the plan stops nobody today
    assert sent(before, "E2", 22) == [("reading_other_days", 1)]
    assert sent(metered, "E1", 30, -20) == []  # who sends for all sends for every day
    fold_packets()
    own = [
        (ts - BEGIN) // HOUR for ts, value in in_the_lake() if value in (220_000, 230_000, 240_000, 250_000)
    ]
    assert sorted(own) == [22, 22, 23, 24, 25, 25]


def test_a_virtual_meter_takes_no_readings(metered: Caller, person: Callable[..., User]) -> None:
    head = "meter,institution,carrier,unit,kind,formula,valid_from"
    file = f"{head}\nV1,B1,electricity,kWh,virtual,E1*1/2,2024-12-01\n"
    assert import_meters(file.encode(), "m.csv", actor="tests").result.applied
    collector = token_for(person("gateway", "collector", "L-500104"), "push")
    for caller in (metered, collector):
        said = push(caller, rows(1, 2, meter="V1")).json()
        assert [(one["code"], one["row"]) for one in said["findings"]] == [("reading_virtual", 1)]
        assert (said["received"], said["rejected"]) == (2, 2)
    other = token_for(person("other", "collector", "L-500103"), "push")
    assert push(other, rows(1, meter="V1")).json()["findings"][0]["code"] == "reading_unknown_meter"


def test_any_number_of_values_of_one_instant_is_there_once(metered: Caller) -> None:
    for value in range(7):
        push(metered, rows(value))
        fold_packets()
    for _again in range(2):
        push(metered, [one for value in range(7) for one in rows(value)])
        assert fold_packets().stored == 0
    assert sorted(value for _ts, value in in_the_lake()) == [value * 10_000 for value in range(7)]


class Failing(SegmentFiles):
    """A disk that fails from now on, as it is told."""

    full = broken = False

    def write(self, descriptor: int, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        if self.broken:
            raise OSError(errno.EIO, "Input/output error")
        super().sync(descriptor)


def test_without_room_a_packet_is_refused_and_taken_when_there_is_room(metered: Caller, home: Home) -> None:
    disk = Failing()
    write_ahead.write_log()._files = disk
    assert push(metered, rows(1), key="a").status_code == 202
    disk.full = True
    refused = push(metered, rows(2, start=BEGIN + HOUR), key="b")
    assert (refused.status_code, refused.json()["code"]) == (503, "lake")
    assert "磁盘空间不足" in refused.json()["message_zh"]
    assert Packet.objects.count() == 1
    disk.full = False
    assert push(metered, rows(2, start=BEGIN + HOUR), key="b").status_code == 202
    fold_packets()
    assert [value for _ts, value in in_the_lake()] == [10_000, 20_000]


def test_after_a_flush_that_failed_nothing_is_acknowledged_and_the_process_is_not_ready(
    metered: Caller, home: Home
) -> None:
    disk = Failing()
    write_ahead.write_log()._files = disk
    assert push(metered, rows(1)).status_code == 202
    assert Browser().get("/readyz").json()["checks"]["log"] == "ok"
    disk.broken = True
    assert push(metered, rows(2, start=BEGIN + HOUR)).status_code == 503
    disk.broken = False
    later = push(metered, rows(3, start=BEGIN + 2 * HOUR))
    assert later.status_code == 503
    assert "重启服务" in later.json()["message_zh"]
    assert Packet.objects.count() == 1
    assert Browser().get("/readyz").json()["checks"]["log"] == "fail"
    write_ahead._opened.clear()  # the process begins anew
    assert push(metered, rows(3, start=BEGIN + 2 * HOUR)).status_code == 202
    fold_packets()
    assert {10_000, 30_000} <= {value for _ts, value in in_the_lake()} <= {10_000, 20_000, 30_000}


def test_damaged_bytes_are_named_and_cost_one_packet(metered: Caller, home: Home) -> None:
    for number in range(3):
        push(metered, rows(number, start=BEGIN + number * HOUR))
    (path,) = (home.path / "log").glob("*/00000001.log")
    data = bytearray(path.read_bytes())
    (segment,) = LogReader(home.path / "log").segments()
    data[segment.found.records[1].offset + 40] ^= 8
    path.write_bytes(data)
    write_ahead.write_log().close()
    write_ahead._opened.clear()
    failed = Worker().once()["fold"]
    assert f"{segment.name} [{segment.found.records[1].offset}" in failed
    assert [value for _ts, value in in_the_lake()] == [0, 20_000]
    assert [one.name for one in LogReader(home.path / "log").aside()] == [segment.name.replace("/", "-")]
    assert fold_packets().rows == 0


def test_two_who_fold_at_once_fold_once(metered: Caller, home: Home) -> None:
    push(metered, rows(1, 2))
    with LogReader(home.path / "log").alone() as mine:
        assert mine
        assert fold_packets().packets == 0
    assert fold_packets().packets == 1
    assert ReadingBatch.objects.count() == 1


def test_folded_segments_of_an_ended_process_are_gone(metered: Caller, home: Home) -> None:
    push(metered, rows(1, 2))
    fold_packets()
    folder = home.path / "log"
    assert len(list(folder.glob("*/*.log"))) == 1  # it still grows
    write_ahead.write_log().close()
    write_ahead._opened.clear()
    fold_packets()
    assert list(folder.glob("*/*.log")) == []
    assert [path.name for path in Path(folder).iterdir() if path.is_dir()] == []


def test_the_night_puts_a_month_together_by_point_and_changes_no_row(metered: Caller) -> None:
    def files() -> list[DataFile]:
        return list(open_lake().snapshot([READINGS]).tables[READINGS].files)

    for number in range(3):  # each fold has both points
        push(
            metered,
            rows(number, start=BEGIN + number * HOUR) + rows(9, meter="E2", start=BEGIN + number * HOUR),
        )
        fold_packets()
    clean(actor="tests")
    before, old = readings(None, ALL), files()
    assert len(old) == 3
    assert tidy_readings(actor="tests") == Tidied(1, 3, 0)
    (one,) = files()
    points = arrays.whole(open_lake().read(READINGS, ["point"], files=[one])["point"]).tolist()
    assert points == sorted(points)
    after = readings(None, ALL)
    for name in ("point", "ts", "value"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist()
    assert clean(actor="tests").months == 0  # nothing is derived again
    assert tidy_readings(actor="tests") == Tidied()
    for file in old:
        os.utime(file.path, (1, 1))
    assert tidy_readings(actor="tests") == Tidied()  # old, but taken out of the table just now
    for entry in (Path(old[0].path).parents[1] / "_delta_log").glob("*.json"):
        os.utime(entry, (1, 1))
    assert tidy_readings(actor="tests") == Tidied(0, 0, 3)
    assert not any(Path(file.path).exists() for file in old)
    assert open_lake().verify(deep=True) == []
    assert len(readings(None, ALL).ts) == 6
    assert ActionLog.objects.filter(verb="metering.tidy_readings").count() == 2


def test_a_home_without_readings_has_nothing_to_put_together(root: Caller) -> None:
    assert tidy_readings(actor="tests") == Tidied()
    assert READINGS not in open_lake().tables()


def test_a_virtual_meter_takes_nothing_that_is_pushed(metered: Caller) -> None:
    head = "meter,institution,carrier,unit,kind,formula,valid_from"
    assert import_meters(f"{head}\nV,B1,electricity,kWh,virtual,E1*1/2,2024-12-01\n".encode(), "v.csv",
                         actor="tests").result.applied  # fmt: skip
    answer = push(metered, [*rows("1", "2", meter="V"), *rows("5")]).json()
    assert (answer["received"], answer["rejected"]) == (3, 2)
    assert Packet.objects.get().findings[0]["code"] == "reading_virtual"
    fold_packets()
    assert in_the_lake() == [(BEGIN, 50_000)]
