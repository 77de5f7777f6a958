"""Manual edits of readings: what each does to the uses, what is refused, and that a withdrawal gives back what was.

E2 is an hourly register (tests/cli/test_metering.py); all numbers are worked out by hand.
"""

from pathlib import Path

import pytest

from tests.cli.command import DONE, REFUSED, Said, jieyue
from tests.cli.test_metering import BEGIN, HOUR, METERS, hours, out, take


@pytest.fixture
def metered(home: Path) -> Path:
    """The home with three meters of institution A."""
    file = home / "meters.csv"
    file.write_text(METERS.format(school="A"), "utf-8")
    assert jieyue(home, "import", "meters", file).code == DONE
    return home


def at(hour: int) -> str:
    """The instant so many hours after 2025-01-01 00:00 in China."""
    return f"2025-01-{1 + hour // 24:02}T{hour % 24:02}:00:00+08:00"


def edit(home: Path, kind: str, begins: int, *options: object) -> Said:
    return jieyue(
        home, "readings", "edit", kind, "E2", "--from", at(begins), "--reason", "现场核对", *options
    )


def work(home: Path) -> list[str]:
    """What is open at E2; the two meters that have never been heard from are listed beside it."""
    (row,) = (row for row in jieyue(home, "readings", "quality").document if row["meter"] == "E2")
    return list(row["work"])


def found(home: Path) -> list[tuple[float | None, str]]:
    """Use and quality of each hour."""
    return [(float(row["value"]) if row["value"] else None, row["quality"]) for row in out(home, "hour")]


def test_an_excluded_reading_no_longer_counts_and_comes_back_when_the_edit_is_withdrawn(
    metered: Path,
) -> None:
    """10, 12, 15, 16: without the third the 4 between the second and the last are spread evenly."""
    take(metered, hours(10, 12, 15, 16))
    before = found(metered)
    assert before == [(2, "measured"), (3, "measured"), (1, "measured")]
    number = edit(metered, "exclude", 2).document["edit"]
    assert found(metered) == [(2, "measured"), (2, "estimated"), (2, "estimated")]
    assert [row["quality"] for row in out(metered, "raw")] == ["good", "good", "bad:excluded", "good"]
    assert jieyue(metered, "readings", "withdraw", number, "--reason", "弄错了").code == DONE
    assert found(metered) == before
    (row,) = jieyue(metered, "readings", "edits").document
    assert (row["meter"], row["kind"], row["reason"]) == ("E2", "exclude", "现场核对")
    assert row["withdrawn"]["reason"] == "弄错了"
    assert jieyue(metered, "readings", "withdraw", number, "--reason", "再来").code == REFUSED


def test_a_set_use_is_exact_over_its_hours_and_reaches_beyond_the_readings(metered: Path) -> None:
    """10 over three hours: 3.3333, 3.3334, 3.3333; two of them lie after the last reading; nothing between is bent."""
    take(metered, hours(10, 12, 14, 16))
    assert edit(metered, "use", 2, "--to", at(5), "--use", "10").code == DONE
    assert found(metered) == [
        (2, "measured"), (2, "measured"), (3.3333, "manual"), (3.3334, "manual"), (3.3333, "manual"),
    ]  # fmt: skip
    (day,) = out(metered, "day")
    assert (float(day["value"]), day["quality"]) == (14, "manual")


def test_a_declared_change_joins_the_curve_with_both_numbers_and_closes_the_item(metered: Path) -> None:
    """The old meter stood at 505 when the new one came at half past hour 4 with 3: 2 + (6 − 3) over hours 4 and 5."""
    shown = [*hours(500, 501, 502, 503, 503.5), *hours(6, 7, 8, 9, 10, start=BEGIN + 6 * HOUR)]
    take(metered, shown)
    assert work(metered) == ["reset"]
    assert [quality for _use, quality in found(metered)].count("missing") == 2
    assert edit(metered, "swap", 5, "--last", "505", "--first", "3").code == DONE
    uses = found(metered)
    assert [use for use, _quality in uses] == [1, 1, 1, 0.5, 1.5, 3, 1, 1, 1, 1]
    assert "missing" not in {quality for _use, quality in uses}
    assert work(metered) == []


def test_a_confirmed_new_beginning_without_numbers_leaves_the_gap_and_closes_the_item(metered: Path) -> None:
    take(metered, [*hours(500, 501, 502, 503), *hours(6, 7, 8, 9, 10, start=BEGIN + 5 * HOUR)])
    assert work(metered) == ["reset"]
    assert edit(metered, "reset", 4).code == DONE
    assert work(metered) == []
    assert [use for use, _quality in found(metered)] == [1, 1, 1, None, None, 1, 1, 1, 1]


def test_edits_survive_a_rebuild_byte_for_byte(metered: Path) -> None:
    take(metered, hours(*(10 + n for n in range(60))))
    edit(metered, "use", 30, "--to", at(40), "--use", "7.5")
    edit(metered, "exclude", 50)
    out(metered, "hour")
    before = (metered / "hour.csv").read_bytes()
    assert jieyue(metered, "readings", "rebuild").document["points"] > 0
    out(metered, "hour")
    assert (metered / "hour.csv").read_bytes() == before
    assert b"manual" in before


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("use", ("--to", at(5)), "edit_use"),
        ("use", ("--to", at(1), "--use", "1"), "edit_span"),
        ("use", ("--to", "2025-01-01T05:30:00+08:00", "--use", "1"), "edit_span"),
        ("use", ("--to", at(5), "--use", "-1"), "edit_number"),
        ("use", ("--to", at(5), "--use", "0.00001"), "edit_number"),
        ("use", ("--to", at(5), "--use", "NaN"), "edit_number"),
        ("exclude", ("--to", "2025-01-01T02:30:00+08:00", "--reason", " "), "edit_reason"),
        ("swap", ("--last", "5"), "edit_numbers"),
        ("use", ("--to", "2199-01-01T00:00:00+08:00", "--use", "1"), "edit_future"),
        ("other", (), "edit_kind"),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(
    metered: Path,
    kind: str,
    options: tuple[str, ...],
    code: str,
) -> None:
    take(metered, hours(10, 12, 14, 16))
    before = found(metered)
    said = edit(metered, kind, 2, *options)
    assert (said.code, said.document["error"]["code"]) == (REFUSED, code), said.stdout
    assert jieyue(metered, "readings", "edits").document == []
    assert found(metered) == before


def test_overlaps_and_times_without_a_reading_or_a_meter_are_refused(metered: Path) -> None:
    take(metered, hours(10, 12, 14, 16))
    assert edit(metered, "use", 1, "--to", at(3), "--use", "4").code == DONE
    assert edit(metered, "use", 2, "--to", at(4), "--use", "4").document["error"]["code"] == "edit_overlap"
    assert edit(metered, "exclude", 9).document["error"]["code"] == "edit_nothing"
    early = jieyue(
        metered, "readings", "edit", "reset", "E2", "--from", "2024-01-01T00:00:00+08:00", "--reason", "x"
    )
    assert early.document["error"]["code"] == "edit_no_meter"
    assert (
        jieyue(metered, "readings", "edit", "reset", "X9", "--from", at(2), "--reason", "x").code == REFUSED
    )
