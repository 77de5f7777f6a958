"""Readings and their derivation killed at every step: every row there once, uses as if nothing had happened."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.models import ReadingBatch
from jieyue.apps.metering.queries import readings, span_of, uses
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_readings import import_readings
from jieyue.apps.review.models import RuleRelease
from jieyue.apps.review.services.release_rules import keep_trial, propose, release
from jieyue.config.home import Home
from tests.crash import crash
from tests.fault import kills, works
from tests.fault.kills import AFTER
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
