"""`readings retain`: old raw readings go once their months are final, what later months look at stays, uses stay."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.metering.kept import KEPT_MONTHS
from jieyue.apps.metering.models import Derivation
from jieyue.config.home import Home
from tests.cli.command import DONE, REFUSED, UNAVAILABLE, Said, jieyue
from tests.cli.test_metering import codes, counts, metered, out, school, take  # noqa: F401 fixtures
from tests.cli.test_reading_rules import overlay

DAY = 86400
#: 00:00 in China of the first of January 2025 and of the five months after it, and of July.
FIRSTS = [1735660800 + DAY * days for days in (0, 31, 59, 90, 120, 151, 181)]
THRESHOLD = ("code", "value", "unit", "name_zh", "name_en", "source", "confidence", "verified", "valid_from")
GRAINS = ("hour", "day", "month")


def registers(meter: str, first: int, end: int, step: int, each: int) -> list[tuple[object, ...]]:
    """A register that grows by `each` in every `step` seconds of [first, end], from 0 at the first of January."""
    return [(meter, ts, (ts - FIRSTS[0]) // step * each) for ts in range(first, end + 1, step)]


@pytest.fixture
def half(metered: Path) -> Path:  # noqa: F811 fixture
    """E2 every 6 hours from January to June, 12 each time; W1 on two days of January and again from June 20 on."""
    rows = registers("E2", FIRSTS[0], FIRSTS[6], 6 * 3600, 12)
    rows += registers("W1", FIRSTS[0], FIRSTS[0] + 2 * DAY, 6 * 3600, 4)
    rows += registers("W1", FIRSTS[5] + 19 * DAY, FIRSTS[6], 6 * 3600, 4)
    assert counts(take(metered, rows))[:2] == (len(rows), len(rows))
    return metered


def retain(home: Path, *options: str) -> Said:
    return jieyue(home, "readings", "retain", *options)


def publish(home: Path, *months: int) -> None:
    for month in months:
        said = jieyue(home, "readings", "publish", "--month", f"2025-{month:02d}")
        assert said.code == DONE, said.stderr


def uses(home: Path) -> list[list[dict[str, str]]]:
    scope = [out(home, grain, "--scope", "city") for grain in GRAINS]
    return [*(out(home, grain) for grain in GRAINS), *scope]


@pytest.fixture
def final(half: Path) -> Path:
    """It is September; January to May are published."""
    Home.open(half).changed(clock=date(2025, 9, 20))
    publish(half, 1, 2, 3, 4, 5)
    return half


def entries() -> list[dict[str, object]]:
    return [row.data for row in ActionLog.objects.filter(verb="metering.retain_readings").order_by("pk")]


def test_raw_readings_are_kept_for_ever_until_an_authority_says_how_long(final: Path) -> None:
    assert retain(final).document["rows"] == 0
    overlay(
        final,
        "thresholds.csv",
        THRESHOLD,
        (KEPT_MONTHS, "3", "piece", "保存", "kept", "某市规定", "low", "no", "2025-09-21"),
    )
    assert retain(final).document["rows"] == 0  # from tomorrow on
    overlay(
        final,
        "thresholds.csv",
        THRESHOLD,
        (KEPT_MONTHS, "3", "piece", "保存", "kept", "某市规定", "low", "no", "2025-09-20"),
    )
    assert retain(final, "--dry-run").document["rows"] == 360
    overlay(
        final,
        "thresholds.csv",
        THRESHOLD,
        (KEPT_MONTHS, "1.5", "piece", "保存", "kept", "某市规定", "low", "no", "2025-09-20"),
    )
    assert retain(final).code == REFUSED
    assert entries() == []


def test_a_month_that_is_not_published_as_it_stands_keeps_its_readings_and_so_do_the_later_ones(
    half: Path,
) -> None:
    Home.open(half).changed(clock=date(2025, 9, 20))
    publish(half, 1, 2, 4)
    said = retain(half, "--months", "3")
    assert (said.code, said.document["rows"]) == (DONE, 0)
    assert said.document["waits"] == {"month": 202503, "unpublished": 2, "open": 0}
    assert len(out(half, "raw")) == 725 + 9 + 45


def test_what_is_final_goes_what_later_months_look_at_stays_and_no_use_changes(final: Path) -> None:
    before = uses(final)
    tried = retain(final, "--months", "3", "--dry-run").document
    # January to March of E2, four a day; W1 was last heard on 3 January, so that June looks at all that it said then
    wanted = {"first": 202506, "months": [202501, 202502, 202503], "rows": 90 * 4, "stay": 9, "waits": None}
    assert tried == {**wanted, "applied": False}
    assert (len(out(final, "raw")), entries()) == (725 + 9 + 45, [])
    assert retain(final, "--months", "3").document == {**wanted, "applied": True}
    assert uses(final) == before
    assert [(row["first"], row["months"], row["rows"], row["stay"]) for row in entries()] == [
        (202506, [202501, 202502, 202503], 360, 9)
    ]
    assert {row["meter"]: int(row["ts"]) for row in reversed(out(final, "raw"))} == {
        "E2": FIRSTS[5], "W1": FIRSTS[5] + 19 * DAY,
    }  # fmt: skip
    assert retain(final, "--months", "3").document["rows"] == 0
    assert len(entries()) == 1


def test_a_month_whose_readings_went_is_not_derived_again_and_the_others_are_as_ever(final: Path) -> None:
    before = uses(final)
    retain(final, "--months", "3")
    said = jieyue(final, "readings", "rebuild")
    assert (said.code, said.document["error"]["code"]) == (UNAVAILABLE, "raw_gone")
    assert jieyue(final, "readings", "rebuild", "--from", "2025-05").code == UNAVAILABLE
    assert jieyue(final, "readings", "rebuild", "--from", "2025-06").document["months"] == 2
    assert uses(final) == before


def test_late_readings_of_an_open_month_give_what_they_give_where_nothing_went(
    final: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(final, other)
    retain(final, "--months", "3")
    late = [("W1", FIRSTS[5] + 9 * DAY, 700), ("E2", FIRSTS[5] + 3600, 7250)]
    for home in (final, other):
        assert counts(take(home, late))[:2] == (2, 2)
    june = ("--from", "2025-06-01")
    for grain in GRAINS:
        assert out(final, grain, *june) == out(other, grain, *june)


def test_of_a_closed_month_late_readings_and_edits_are_refused(final: Path) -> None:
    retain(final, "--months", "3")
    before = uses(final)
    said = take(final, [("E2", FIRSTS[5] - 1800, 7247), ("E2", FIRSTS[5] + 1800, 7248)])
    assert (said.code, codes(said)) == (REFUSED, [("error", "reading_closed")])
    edit = ("readings", "edit", "use", "E2", "--use", "5", "--reason", "核对")
    span = ("--from", "2025-05-31T08:00:00+08:00", "--to", "2025-05-31T09:00:00+08:00")
    said = jieyue(final, *edit, *span)
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "raw_gone")
    assert uses(final) == before


def test_sums_of_closed_months_still_follow_the_tree_of_points(final: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(final, other)
    retain(final, "--months", "3")
    moved = "meter,institution,carrier,unit,valid_from\nE2,B,electricity,kWh,2025-02-01\n"
    for home in (final, other):
        file = home / "moved.csv"
        file.write_text(moved, "utf-8")
        assert jieyue(home, "import", "meters", file, "--restate", "移交").document["applied"] is True
    for grain in GRAINS:
        for scope in ("A", "B", "city"):
            assert out(final, grain, "--scope", scope) == out(other, grain, "--scope", scope)
        assert out(final, grain) == out(other, grain)
    (february,) = [
        row
        for row in out(final, "month", "--scope", "B")
        if int(row["ts"]) == FIRSTS[1] and not row["end_use"]
    ]
    assert float(february["value"]) == 28 * 4 * 12


def test_what_a_stop_left_in_the_lake_alone_is_noted_by_the_next_derivation(final: Path) -> None:
    """Killed between the lake's commit and the office's note: pages and imports must not take such months as open."""
    retain(final, "--months", "3")
    Derivation.objects.update(raw_from=None)
    assert jieyue(final, "readings", "clean").code == DONE
    assert Derivation.objects.get().raw_from == 202506
    assert entries()[-1] == {"first": 202506, "recovered": True}
    assert jieyue(final, "readings", "clean").code == DONE
    assert len(entries()) == 2


def test_a_file_that_was_checked_before_its_month_was_let_go_is_refused_when_it_is_to_be_stored(
    final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The retention runs between the check and the storing: the very moment is forced, nothing waits."""
    from jieyue.apps.metering.services import import_readings as bringing

    look, rows = bringing._look, [("E2", FIRSTS[5] - 1800, 7247), ("E2", FIRSTS[5] + 1800, 7248)]

    def meanwhile(*asked: object) -> object:
        found = look(*asked)  # type: ignore[arg-type]
        assert found[1].made() == []  # all was well when it was checked
        monkeypatch.undo()
        assert retain(final, "--months", "3").document["applied"] is True
        return found

    monkeypatch.setattr(bringing, "_look", meanwhile)
    said = take(final, rows)
    before, raw = uses(final), out(final, "raw")
    assert (said.code, codes(said)) == (REFUSED, [("error", "reading_closed")])
    assert counts(said)[:2] == (2, 1)  # one row could have been stored
    assert take(final, rows, "--valid-rows-only").document["accepted"] == 1
    assert len(out(final, "raw")) == len(raw) + 1
    assert [row for row in uses(final)[2] if int(row["ts"]) < FIRSTS[5]] == [
        row for row in before[2] if int(row["ts"]) < FIRSTS[5]
    ]
