"""`readings rebuild` where old raw readings were let go: what is kept is made as if nothing had gone, what is not is
refused, in whatever order things happen. The other home is one in which all readings stay."""

import shutil
from pathlib import Path

import pytest

from jieyue.apps.metering.models import Derivation
from tests.cli.command import DONE, UNAVAILABLE, Said, jieyue
from tests.cli.test_metering import metered, out, school, take  # noqa: F401 fixtures
from tests.cli.test_retain import FIRSTS, GRAINS, final, half, registers, retain, uses  # noqa: F401 fixtures

DAY = 86400
OPEN = ("--from", "2025-06-01")


class StoppedError(Exception):
    """The process ends here."""


def rebuild(home: Path, *options: str) -> Said:
    return jieyue(home, "readings", "rebuild", *options)


def stopped(home: Path, monkeypatch: pytest.MonkeyPatch, place: str, *command: str) -> None:
    """Run a command that ends when the derivation comes to a place for the second time."""
    from jieyue.apps.metering.services import clean

    seen: list[str] = []

    def stop(name: str) -> None:
        seen.append(name)
        if seen.count(place) == 2:
            raise StoppedError

    with monkeypatch.context() as patched:
        patched.setattr(clean, "failpoint", stop)
        with pytest.raises(StoppedError):
            jieyue(home, *command)


@pytest.fixture
def pair(final: Path, tmp_path: Path) -> tuple[Path, Path]:  # noqa: F811 fixture
    """One home in which January to March were let go (June is the first that is kept), and one in which all stays."""
    other = tmp_path / "other"
    shutil.copytree(final, other)
    assert retain(final, "--months", "3").document["first"] == 202506
    return final, other


def of_open_months(home: Path) -> list[list[dict[str, str]]]:
    scopes = [out(home, grain, *OPEN, "--scope", scope) for grain in GRAINS for scope in ("A", "B", "city")]
    return [*(out(home, grain, *OPEN) for grain in GRAINS), *scopes]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), UNAVAILABLE),
        (("--from", "2024-11"), UNAVAILABLE),  # before the first reading
        (("--from", "2025-01"), UNAVAILABLE),
        (("--from", "2025-05"), UNAVAILABLE),  # the last that was closed
        (("--from", "2025-06"), DONE),
        (("--from", "2025-07"), DONE),
        (("--from", "2026-01"), DONE),  # after the last: nothing to do
    ],
)
def test_from_any_month_what_is_kept_is_as_it_was_and_what_went_is_refused(
    pair: tuple[Path, Path], options: tuple[str, ...], code: int
) -> None:
    home, _other = pair
    before, last = uses(home), out(home, "raw")
    said = rebuild(home, *options)
    assert said.code == code, said.stderr
    if code == UNAVAILABLE:
        assert said.document["error"]["code"] == "raw_gone"
        assert "2025-06" in said.document["error"]["message_en"]
        assert Derivation.objects.get().rebuild == []
    assert uses(home) == before
    assert out(home, "raw") == last


@pytest.mark.parametrize("place", ["clean.before_lake", "clean.after_intervals"])
def test_a_rebuild_that_was_stopped_is_taken_up_and_nothing_of_the_closed_months_moves(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    home, _other = pair
    before = uses(home)
    stopped(home, monkeypatch, place, "readings", "rebuild", "--from", "2025-06")
    assert Derivation.objects.get().rebuild == [202507]
    assert uses(home) == before  # each command derives first what is left
    assert Derivation.objects.get().rebuild == []
    assert rebuild(home).code == UNAVAILABLE
    assert uses(home) == before


def test_a_rebuild_that_was_stopped_is_ended_before_readings_go(
    final: Path,  # noqa: F811 fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Months of the stopped rebuild would otherwise have no readings to be made of."""
    before = uses(final)
    stopped(final, monkeypatch, "clean.after_intervals", "readings", "rebuild")
    assert 202503 in Derivation.objects.get().rebuild
    assert retain(final, "--months", "3").document["applied"] is True
    assert Derivation.objects.get().rebuild == []
    assert uses(final) == before
    assert rebuild(final, "--from", "2025-06").code == DONE
    assert uses(final) == before


def test_months_of_silence_over_the_edge_are_made_as_if_nothing_had_gone(pair: tuple[Path, Path]) -> None:
    """A main of water that was heard on two days of January and from 20 June on is heard again in July; and then an
    earlier reading of June comes late."""
    before = uses(pair[0])
    for late in (
        registers("W1", FIRSTS[6] + 20 * DAY, FIRSTS[6] + 22 * DAY, 6 * 3600, 4),
        [("W1", FIRSTS[5] + 4 * DAY, 610)],
        [("W1", FIRSTS[5], 600)],
    ):
        found = []
        for home in pair:
            take(home, late)
            derived = of_open_months(home)
            assert rebuild(home, "--from", "2025-06").code == DONE
            assert of_open_months(home) == derived  # a rebuild is what was derived
            found.append(derived)
        assert found[0] == found[1]
    assert [row for row in uses(pair[0])[2] if int(row["ts"]) < FIRSTS[5]] == [
        row for row in before[2] if int(row["ts"]) < FIRSTS[5]
    ]


@pytest.mark.parametrize("day", ["2025-02-10", "2025-06-10"])
def test_a_meter_that_goes_to_another_institution_is_added_up_there_from_its_day_on(
    pair: tuple[Path, Path], day: str
) -> None:
    """In a closed month sums follow the register, and a rebuild of what is kept changes none of them."""
    for home in pair:
        file = home / "moved.csv"
        file.write_text(f"meter,institution,carrier,unit,valid_from\nE2,B,electricity,kWh,{day}\n", "utf-8")
        assert jieyue(home, "import", "meters", file, "--restate", "移交").document["applied"] is True
    home, other = pair
    scopes = {scope: [out(one, "day", "--scope", scope) for one in pair] for scope in ("A", "B", "city")}
    assert all(mine == theirs for mine, theirs in scopes.values())
    assert rebuild(home, "--from", "2025-06").code == rebuild(other).code == DONE
    for scope, (mine, _theirs) in scopes.items():
        assert out(home, "day", "--scope", scope) == mine == out(other, "day", "--scope", scope)
    february = [
        row
        for row in out(home, "month", "--scope", "B")
        if int(row["ts"]) == FIRSTS[1] and not row["end_use"]
    ]
    assert [float(row["value"]) for row in february] == ([19 * 4 * 12.0] if day < "2025-06" else [])
