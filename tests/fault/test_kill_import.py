"""Imports killed at every failpoint: before or after, never between; the same file again gives the after-state."""

import hashlib

import pytest

from jieyue.apps.publication import queries as publication
from jieyue.apps.publication.services.publish import finish_pending
from jieyue.config.home import Home
from tests.crash import crash, run_in_child
from tests.fault import kills, works
from tests.fault.kills import AFTER, BEFORE
from tests.fault.state import batches, complaints, facts, kept_files, printed

KILLS = [(work, place) for work, table in kills.WORKS.items() for place in table]
#: Kills whose outcome is the database's doing: these run on PostgreSQL as well.
ON_THE_SERVER = [
    ("returns", "import.before_store"),
    ("returns", "returns.after_batch"),
    ("returns", "publish.in_office"),
    ("returns", "publish.after_office"),
    ("drafts", "import.before_store"),
    ("institutions", "publish.in_office"),
    ("institutions", "publish.after_append:2"),
    ("institutions", "publish.before_done"),
]
#: The two files that the home was built from.
KNOWN = 2


def check_kill(home: Home, unhurt: works.Unhurt, work: str, place: str) -> None:
    """Kill the work, start again, look; then do the same work once more, and look again."""
    run, content, rows = works.ALL[work]
    side = kills.WORKS[work][place]
    before = facts()
    crash(home, place, run)
    readers_saw = facts()["lake"]
    finished = finish_pending()  # what every start does
    then = facts()
    assert publication.pending() == []
    assert complaints() == []
    digest = hashlib.sha256(content).hexdigest()
    assert kept_files()[digest] == digest
    if side is BEFORE:
        assert (finished, then, readers_saw) == ([], before, before["lake"])
        assert [state for state, *_ in batches()[KNOWN:]] in ([], ["staged"])
    else:
        assert then == unhurt(work)
        assert readers_saw == (before if finished else then)["lake"]
        assert batches()[KNOWN:] == [("applied", rows, rows, 0, 0)]
    result = run()
    told = (result.read, result.accepted, result.duplicate, result.rejected)
    repeated = side is AFTER and work != "drafts"  # a draft is overwritten by the same draft
    assert told == ((rows, 0, rows, 0) if repeated else (rows, rows, 0, 0))
    assert batches()[-1] == ("applied", *told)
    again = facts()
    if work == "drafts":
        again["log"] = unhurt(work)["log"] if again.pop("log")[-1] == "returns.save_drafts" else []
    assert again == unhurt(work)


@pytest.mark.parametrize(("work", "place"), [kill for kill in KILLS if kill not in ON_THE_SERVER])
def test_a_killed_import_is_before_or_after_and_never_between(
    city: Home, unhurt: works.Unhurt, work: str, place: str
) -> None:
    check_kill(city, unhurt, work, place)


@pytest.mark.postgres
@pytest.mark.parametrize(("work", "place"), ON_THE_SERVER)
def test_a_killed_import_on_both_databases(city: Home, unhurt: works.Unhurt, work: str, place: str) -> None:
    check_kill(city, unhurt, work, place)


def test_the_after_state_is_what_the_file_says(city: Home) -> None:
    works.import_returns()
    works.import_returns()
    found = printed()
    assert found["city", "energy_total_tce"] == works.TCE_2025
    assert found["institution:A", "water_total_m3"] == "77"
    assert found["city", "floor_area_m2"] == "5000"


@pytest.mark.parametrize("place", kills.PAGE)
def test_a_worker_killed_on_the_page_is_mended_by_the_next_worker(
    city: Home, unhurt: works.Unhurt, place: str
) -> None:
    batch = works.staged_batch()
    before = facts()
    crash(city, place, works.confirm_on_the_page, batch)
    assert run_in_child(city, start_a_worker) == 0
    assert publication.pending() == []
    assert complaints(deep=True) == []
    stored = kills.PAGE[place] is AFTER
    assert facts() == (unhurt("returns") if stored else before)
    # The officer presses the button again: what is stored is not stored twice.
    assert works.confirm_on_the_page(batch) == (409 if stored else 302)
    assert facts() == unhurt("returns")


def start_a_worker() -> None:
    """gunicorn's worker begins by importing the door."""
    import jieyue.config.wsgi  # noqa: F401
