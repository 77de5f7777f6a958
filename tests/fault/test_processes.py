"""Real processes: `jieyue import` killed at a seeded place, and two imports at the same time."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.services.publish import finish_pending
from jieyue.config.home import Home
from tests.fault import faults, works
from tests.fault.command import Outcome, start
from tests.fault.state import complaints, facts, rows_of

# Counts what the process asks of the system and of the database, and dies at the n-th such thing.
VICTIM = """
import os, signal, sys
from django.db.backends.utils import CursorWrapper
limit, steps = int(sys.argv.pop(1)), 0
WATCHED = ("open", "os.rename", "os.remove", "os.mkdir", "os.link", "subprocess.Popen", "sqlite3.connect")
def step():
    global steps
    steps += 1
    if steps == limit:
        os.kill(os.getpid(), signal.SIGKILL)
def watch(event, arguments):
    if event in WATCHED and (event != "open" or home in str(arguments[0])):
        step()
execute = CursorWrapper._execute_with_wrappers
def counted(*arguments, **named):
    step()
    return execute(*arguments, **named)
CursorWrapper._execute_with_wrappers = counted
home = sys.argv[2]
sys.addaudithook(watch)
import atexit
atexit.register(lambda: sys.stderr.write(f"steps {steps}\\n"))
from jieyue.cli.main import run
run()
"""


def command(home: Home, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`jieyue --home HOME --json ARGUMENTS` as a process of its own that dies at its `limit`-th step."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JIEYUE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", VICTIM, str(limit), "--home", str(home.path), "--json", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_command_killed_at_seeded_places_never_leaves_a_half(
    city: Home, unhurt: works.Unhurt, tmp_path: Path
) -> None:
    file = tmp_path / "institutions.csv"
    file.write_bytes(works.INSTITUTIONS)
    before, wanted = facts(), without_actor(unhurt("institutions"))
    whole = command(city, 10**9, "import", "institutions", str(file), "--dry-run")
    assert whole.returncode == 0, whole.stderr
    (first,) = map(int, re.findall(r"^steps (\d+)$", whole.stderr, re.MULTILINE))
    chance = random.Random(202511)
    # From about where the storing begins; the last ones may outlive the work, which then is simply done.
    limits = sorted(chance.sample(range(first, first + 130), 4))
    sides = []
    for limit in limits:
        died = command(city, limit, "import", "institutions", str(file))
        assert died.returncode in (-signal.SIGKILL, 0), died.stderr
        seen = facts()
        assert seen["lake"] in (before["lake"], unhurt("institutions")["lake"])
        finish_pending()
        now = without_actor(facts())
        assert now in (without_actor(before), wanted)
        assert complaints() == []
        sides.append(now == wanted)
    assert sides == sorted(sides)  # what is stored stays stored
    done = command(city, 10**9, "import", "institutions", str(file))
    assert done.returncode == 0, done.stderr
    assert without_actor(facts()) == wanted
    assert complaints(deep=True) == []


def without_actor(state: dict[str, Any]) -> dict[str, Any]:
    """The command acts as the system's user, the other works as `tester`."""
    return {
        **state,
        "publication_publication": [row[:-1] for row in state["publication_publication"]],
        "registry_alias": [tuple(v for v in row if v != actor_of(row)) for row in state["registry_alias"]],
    }


def actor_of(row: tuple[Any, ...]) -> str:
    """Who decided the alias."""
    return next(value for value in row if value in (works.ACTOR, operator()))


def operator() -> str:
    from jieyue.apps.identity.services.make_operator import operator_name

    return operator_name()


def at_once(home: Home, tmp_path: Path, kind: str, *files: bytes) -> list[Outcome]:
    """Import files at the same moment: all have read and compared what they can before the first may store."""
    running, ready = [], []
    with open_lake().lock.hold():
        for place, content in enumerate(files):
            path = tmp_path / f"{place}.csv"
            path.write_bytes(content)
            mine, theirs = faults.pipe()
            more = ("--publish",) if kind == "returns" else ()
            running.append(
                start(home, ["import", kind, str(path), *more], faults.tell_before_the_lock, theirs)
            )
            theirs.close()
            ready.append(mine)
        for mine in ready:
            assert mine.recv() == "at the lock"
    return [one.end() for one in running]


def value(scope: str, indicator: str) -> str | None:
    (row,) = figures([scope], "2025", indicators=[indicator])
    return row.value


LONG = works.LONG
POWER = works.table([LONG, ["A", "2025", "NY201:110", "1000"]])
WATER = works.table([LONG, ["A", "2025", "NY201:120", "77"]])
OTHER_POWER = works.table([LONG, ["A", "2025", "NY201:110", "1001"]])


@pytest.mark.postgres
def test_two_files_about_one_return_are_both_kept(city: Home, tmp_path: Path) -> None:
    outcomes = at_once(city, tmp_path, "returns", POWER, WATER)
    assert [(one.code, one.document["accepted"]) for one in outcomes] == [(0, 1), (0, 1)]
    assert value("A", "energy_total_tce") == "0.1229"  # 1000 kWh at 0.1229 kgce
    assert value("A", "water_total_m3") == "77"
    assert complaints() == []


@pytest.mark.postgres
def test_the_same_file_twice_is_stored_once(city: Home, tmp_path: Path) -> None:
    outcomes = at_once(city, tmp_path, "returns", POWER, POWER)
    counts = sorted((one.code, one.document["accepted"], one.document["duplicate"]) for one in outcomes)
    assert counts == [(0, 0, 1), (0, 1, 0)]
    assert len([row for row in rows_of("returns_return") if "2025" in row]) == 1
    assert value("A", "energy_total_tce") == "0.1229"


def test_of_two_files_that_contradict_one_is_refused(city: Home, tmp_path: Path) -> None:
    outcomes = sorted(at_once(city, tmp_path, "returns", POWER, OTHER_POWER), key=lambda one: one.code)
    assert [one.code for one in outcomes] == [0, 1]
    stored, refused = (one.document for one in outcomes)
    assert (stored["applied"], refused["applied"]) == (True, False)
    assert [finding["code"] for finding in refused["findings"]] == ["conflict"]
    assert value("A", "energy_total_tce") in ("0.1229", "0.1230229")
    assert value("A", "energy_total_tce") == ("0.1229" if outcomes_first_won(refused) else "0.1230229")


def outcomes_first_won(refused: dict[str, Any]) -> bool:
    """The refused file's own value says which one was stored."""
    return refused["findings"][0]["value"] == "1001"


def test_two_institution_files_at_once_take_turns(city: Home, unhurt: works.Unhurt, tmp_path: Path) -> None:
    more = works.table([works.HEADS, ["F", "己馆", "03", "500103", "2020-01-01", "", "新设机构", "", ""]])
    outcomes = at_once(city, tmp_path, "institutions", works.INSTITUTIONS, more)
    assert [(one.code, one.document["applied"]) for one in outcomes] == [(0, True), (0, True)]
    from jieyue.apps.registry.queries import by_code

    assert set(by_code(["A", "B", "C", "D", "E", "F"], None)) == set("ABCDEF")
    # The body that both files name was made once.
    assert len([row for row in rows_of("trees_nodeversion") if "新设机构" in row]) == 1
    assert complaints() == []
