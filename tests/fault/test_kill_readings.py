"""Readings and their derivation killed at every step: every row there once, uses as if nothing had happened."""

from dataclasses import replace
from datetime import date
from threading import Thread
from typing import Any

import pytest
from deltalake import DeltaTable
from django.conf import settings

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.metering import block
from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.models import PointMonth, ReadingBatch
from jieyue.apps.metering.queries import readings, span_of, uses
from jieyue.apps.metering.services import clean as verb
from jieyue.apps.metering.services import import_readings as bringing
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_readings import import_readings
from jieyue.apps.metering.services.publish_metered import publish_metered
from jieyue.apps.metering.services.retain_readings import retain_readings
from jieyue.apps.review.models import RuleRelease
from jieyue.apps.review.services.release_rules import keep_trial, propose, release
from jieyue.config.home import Home
from tests.crash import crash
from tests.fault import kills, works
from tests.fault.kills import AFTER, BEFORE
from tests.fault.state import complaints

#: 2025-01-01 00:00 in China, and fifty hours of one meter: 2 an hour.
BEGIN = 1735660800
METERS = works.table([
    ["meter", "institution", "carrier", "unit", "step_min", "valid_from"],
    ["E1", "A", "electricity", "kWh", "60", "2024-12-01"],
])  # fmt: skip
FILE = works.table([["meter", "ts", "value"], *(["E1", BEGIN + n * 3600, 100 + 2 * n] for n in range(51))])
ALL = span_of(None, None)


def bring() -> None:
    """In the child: a file of readings comes in."""
    assert import_readings(FILE, "r.csv", actor=works.ACTOR).result.accepted in (0, 51)


def derive() -> None:
    """In the child: uses are derived."""
    clean(actor=works.ACTOR)


def metered() -> None:
    assert import_meters(METERS, "m.csv", actor=works.ACTOR).result.applied


def test_what_comes_between_the_look_and_the_storing_is_not_stored_twice(
    city: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered()
    look = bringing._look

    def look_and_wait(*args: Any) -> Any:
        found = look(*args)
        monkeypatch.undo()
        bring()
        return found

    monkeypatch.setattr(bringing, "_look", look_and_wait)
    found = import_readings(FILE, "r.csv", actor=works.ACTOR).result
    assert (found.accepted, found.duplicate) == (0, 51)
    assert len(readings(None, ALL).ts) == 51


@pytest.mark.postgres
@pytest.mark.parametrize("at", kills.READINGS)
def test_a_killed_file_of_readings_is_there_once_or_not_at_all(city: Home, at: str) -> None:
    metered()
    crash(city, at, bring)
    after = kills.READINGS[at] is AFTER
    assert len(readings(None, ALL).ts) == (51 if after else 0)
    again = import_readings(FILE, "r.csv", actor=works.ACTOR).result
    assert (again.accepted, again.duplicate) == ((0, 51) if after else (51, 0))
    assert len(readings(None, ALL).ts) == 51
    states = [row.state for row in ReadingBatch.objects.order_by("pk")]
    assert states == ["done" if after else "lost", "done"]
    assert ActionLog.objects.filter(verb="metering.import_readings").count() == 2
    assert ActionLog.objects.filter(verb="metering.lost_readings").count() == (not after)
    assert complaints(deep=True) == []


@pytest.mark.parametrize("at", kills.CLEAN)
def test_a_killed_derivation_is_done_again(city: Home, at: str) -> None:
    metered()
    bring()
    crash(city, at, derive)
    clean(actor=works.ACTOR)
    found = uses("hour", None, ALL)
    assert found.value.tolist() == [20_000] * 50
    assert found.ts.tolist() == [BEGIN + n * 3600 for n in range(50)]
    assert uses("day", None, ALL).value.tolist() == [480_000, 480_000, 40_000]
    for grain, sums in (("hour", [20_000] * 50), ("day", [480_000, 480_000, 40_000]), ("month", [1_000_000])):
        assert institution_uses(grain, None, ALL).use.tolist() == sums
    assert complaints(deep=True) == []


#: Half an hour into the first: what the register says there is what was taken for it.
HALF = works.table([["meter", "ts", "value"], ["E1", BEGIN + 1800, 101]])


@pytest.mark.parametrize("at", kills.CLEAN_ALIKE)
def test_a_killed_derivation_of_no_other_use_leaves_the_lists_as_they_are_to_be(city: Home, at: str) -> None:
    metered()
    bring()
    clean(actor=works.ACTOR)
    assert import_readings(HALF, "r.csv", actor=works.ACTOR).result.accepted == 1
    PointMonth.objects.all().delete()  # as if the half hour had changed them
    crash(city, at, derive)
    if kills.CLEAN_ALIKE[at] is BEFORE:
        assert clean(actor=works.ACTOR).months == 1
    assert [row.use for row in PointMonth.objects.all()] == [100]
    assert clean(actor=works.ACTOR).months == 0
    assert uses("hour", None, ALL).value.tolist() == [20_000] * 50
    assert complaints(deep=True) == []


#: A second month: fifty hours of E2 from 2025-02-01 00:00 in China, 3 an hour.
LATER = BEGIN + 31 * 86400
TWO_MONTHS = works.table([
    ["meter", "ts", "value"],
    *(["E1", BEGIN + n * 3600, 100 + 2 * n] for n in range(51)),
    *(["E2", LATER + n * 3600, 100 + 3 * n] for n in range(51)),
])  # fmt: skip


def again() -> None:
    """In the child: everything is made again."""
    clean(actor=works.ACTOR, rebuild=True)


@pytest.mark.parametrize(
    "at", ["clean.before_lake:2", *(name for name in kills.CLEAN if kills.CLEAN[name] is AFTER)]
)
def test_a_killed_rebuild_is_taken_up_again(city: Home, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood before it had twice the use, as if by older rules; nothing of that is left, in either month."""
    more = works.table([["meter", "institution", "carrier", "unit", "step_min", "valid_from"],
                        *([name, "A", "electricity", "kWh", "60", "2024-12-01"] for name in ("E1", "E2"))])  # fmt: skip
    assert import_meters(more, "m.csv", actor=works.ACTOR).result.applied
    assert import_readings(TWO_MONTHS, "r.csv", actor=works.ACTOR).result.accepted == 102
    with monkeypatch.context() as patch:
        patch.setattr(block, "with_set_uses", lambda steps, uses, grid: replace(steps, use=2 * steps.use))
        clean(actor=works.ACTOR)
    assert sum(uses("hour", None, ALL).value.tolist()) == 2 * (50 * 20_000 + 50 * 30_000)
    crash(city, at, again)
    clean(actor=works.ACTOR)
    assert uses("hour", None, ALL).value.tolist() == [20_000] * 50 + [30_000] * 50
    assert uses("day", None, ALL).value.tolist() == [480_000, 480_000, 40_000, 720_000, 720_000, 60_000]
    assert institution_uses("month", None, ALL).use.tolist() == [1_000_000, 1_500_000]
    assert sum(institution_uses("day", None, ALL).use.tolist()) == 2_500_000
    assert sum(institution_uses("hour", None, ALL).use.tolist()) == 2_500_000
    assert sorted(row.use for row in PointMonth.objects.all()) == [100, 150]
    assert clean(actor=works.ACTOR).months == 0
    assert complaints(deep=True) == []


#: One register each morning from 2025-01-01 to 2025-05-31 in China, 24 a day.
MORNINGS = works.table([["meter", "ts", "value"], *(["E1", BEGIN + n * 86400, 24 * n] for n in range(151))])


def months_since_may() -> int:
    """Whole months that are kept where May is the first of them."""
    today = settings.JIEYUE_HOME.today()
    return (today.year - 2025) * 12 + today.month - 5


def let_go() -> None:
    """In the child: readings before March may go."""
    retain_readings(actor=works.ACTOR, months=months_since_may())


@pytest.mark.postgres
@pytest.mark.parametrize("at", kills.RETAIN)
def test_killed_while_readings_are_let_go_they_are_all_there_or_gone_and_told_once(
    city: Home, at: str
) -> None:
    metered()
    assert import_readings(MORNINGS, "r.csv", actor=works.ACTOR).result.accepted == 151
    clean(actor=works.ACTOR)
    for month in (202501, 202502, 202503, 202504):
        publish_metered(month, actor=works.ACTOR)
    before = [uses(grain, None, ALL).table() for grain in ("hour", "day", "month")]
    crash(city, at, let_go)
    after = kills.RETAIN[at] is AFTER
    entries = ActionLog.objects.filter(verb="metering.retain_readings")
    # January and February go: what a gap of April would be judged by begins on 4 March
    assert prepared_lake().snapshot([READINGS]).tables[READINGS].rows == (151 - 59 if after else 151)
    retain_readings(actor=works.ACTOR, months=months_since_may())
    assert prepared_lake().snapshot([READINGS]).tables[READINGS].rows == 151 - 59
    assert [row.data["first"] for row in entries] == [202505]
    assert [uses(grain, None, ALL).table() for grain in ("hour", "day", "month")] == before
    clean(actor=works.ACTOR)
    assert [uses(grain, None, ALL).table() for grain in ("hour", "day", "month")] == before
    assert complaints(deep=True) == []
    readings = DeltaTable(str(prepared_lake().root / READINGS))
    assert readings.metadata().configuration["delta.appendOnly"] == "true"


def test_two_derivations_at_once_take_turns(city: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one derives, more comes in and a second one starts: it waits, and what stands at the end is the newer."""
    metered()
    bring()
    late = works.table([["meter", "ts", "value"], ["E1", BEGIN + 51 * 3600, 205]])
    others: list[Thread] = []
    usual = verb.derive_block

    def meanwhile(*arguments: Any) -> Any:
        made = usual(*arguments)
        if not others:
            import_readings(late, "late.csv", actor=works.ACTOR)
            others.append(Thread(target=derive))
            others[0].start()
            others[0].join(0.5)
            assert others[0].is_alive()
        return made

    monkeypatch.setattr(verb, "derive_block", meanwhile)
    clean(actor=works.ACTOR)
    others[0].join()
    assert uses("hour", None, ALL).value.tolist() == [20_000] * 50 + [50_000]
    assert [row.use for row in PointMonth.objects.all()] == [105]


def let_hold(number: int) -> None:
    """In the child: the second person presses the button."""
    release(number, actor="li")


@pytest.mark.parametrize("at", kills.RELEASE)
def test_a_killed_release_of_rules_never_happened(city: Home, at: str) -> None:
    row = propose("survey-default", date(2026, 1, 1), actor="zhang")
    keep_trial(row.pk, {"by_rule": {}})
    crash(city, at, let_hold, row.pk)
    assert RuleRelease.objects.get().state == "proposed"
    assert not ActionLog.objects.filter(verb="review.release_rules").exists()
    release(row.pk, actor="li")
    assert ActionLog.objects.filter(verb="review.release_rules").count() == 1
