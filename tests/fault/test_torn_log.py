"""A whole home whose lake log ends torn or empty: repaired when it is opened, and every figure is as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication import lake as publication_lake
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.services.publish import finish_pending
from jieyue.config.home import Home
from tests.crash import crash
from tests.fault import works
from tests.fault.state import complaints, facts

#: What a power cut may leave of the newest entry.
TEARS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "half": lambda data: data[: len(data) // 2],
    "without its last byte but one": lambda data: data[:-2],
    "cut at the end of a line": lambda data: data[: data.rstrip(b"\n").rindex(b"\n") + 1],
}


def newest_entry(table: str) -> Path:
    """The file of the table's newest log entry."""
    return max((Path(open_lake().root) / table / "_delta_log").glob("*.json"))


def open_anew() -> None:
    """As a new process: nothing is remembered of the lake."""
    publication_lake._opened.clear()


def receipt() -> str:
    """The receipt of the city's energy in 2025; replaying it computes the whole frame from the lake again."""
    (row,) = figures(["city"], "2025", indicators=["energy_total_tce"])
    assert row.value == works.TCE_2025
    return row.receipt


@pytest.mark.parametrize("tear", TEARS)
def test_a_flushed_entry_that_is_torn_later_is_put_back(city: Home, tear: str) -> None:
    works.import_returns()
    number, before = receipt(), facts()
    tables = sorted(before["lake"])
    assert "facts_NY201" in tables
    assert "dim_membership" in tables
    for table in tables:
        entry = newest_entry(table)
        entry.write_bytes(TEARS[tear](entry.read_bytes()))
    open_anew()
    assert receipts.replay(number).equal
    assert facts() == before
    assert {(repair.table, repair.what) for repair in open_lake().repairs} == {
        (table, "restored") for table in tables
    }
    assert complaints(deep=True) == []


@pytest.mark.parametrize("tear", TEARS)
def test_an_entry_torn_before_it_was_flushed_is_dropped_and_written_again(
    city: Home, unhurt: works.Unhurt, tear: str
) -> None:
    before = facts()
    crash(city, "lake.after_commit", works.import_returns)
    entry = newest_entry("facts_NY201")
    entry.write_bytes(TEARS[tear](entry.read_bytes()))
    open_anew()  # a power cut spares no process
    assert facts()["lake"] == before["lake"]
    assert finish_pending() == [publication_seq(before) + 1]
    assert [(repair.table, repair.what) for repair in open_lake().repairs] == [("facts_NY201", "dropped")]
    assert facts() == unhurt("returns")
    assert receipts.replay(receipt()).equal
    assert complaints(deep=True) == []


def publication_seq(state: dict) -> int:
    """The number of the last publication."""
    return max(row[0] for row in state["publication_publication"])
