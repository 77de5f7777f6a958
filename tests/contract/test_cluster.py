"""A real cluster: two workers share the work, one is killed with a task on it, and the sums are what they were."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.command import DONE, jieyue
from tests.cli.test_rollups import BEGIN, HOUR, METERS, USE, add_meters, take
from tests.contract.cluster import Cluster, cluster
from tests.contract.test_engines import plain
from tests.contract.test_rollup_engines import TABLES

pytestmark = pytest.mark.long


@pytest.fixture
def metered(home: Path) -> Path:
    """A week of seven meters; everything is derived."""
    add_meters(home, METERS)
    take(
        home,
        [
            (meter, BEGIN - 168 * HOUR + n * HOUR, 1000 + n * use)
            for meter, use in USE.items()
            for n in range(169)
        ],
    )
    assert jieyue(home, "readings", "clean").code == DONE
    return home


def job(home: Path, folder: Path, made: Cluster) -> subprocess.Popen[str]:
    """The command as a cluster's operator gives it."""
    words = ["--home", str(home), "readings", "rollup", "--month", "2025-01", "-o", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "jieyue.cli", *words],
        env={**os.environ, **made.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_worker_killed_with_a_task_on_it_changes_no_sum(metered: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    assert jieyue(metered, "readings", "rollup", "--month", "2025-01", "-o", alone).code == DONE
    folder = tmp_path / "cluster"
    folder.mkdir()
    with cluster(folder, workers=2) as made:
        running = job(metered, tmp_path / "shared", made)
        lost = made.kill_while_it_works(made.workers[0], running)
        _, said = running.communicate(timeout=600)
        assert running.returncode == DONE, said
        events = made.log()
    added = {one["Executor ID"] for one in events if one["Event"] == "SparkListenerExecutorAdded"}
    worked = {
        one["Task Info"]["Executor ID"]
        for one in events
        if one["Event"] == "SparkListenerTaskEnd" and one["Task End Reason"]["Reason"] == "Success"
    }
    failed = {
        one["Task End Reason"].get("Executor ID")
        for one in events
        if one["Event"] == "SparkListenerTaskEnd"
        and one["Task End Reason"]["Reason"] == "ExecutorLostFailure"
    }
    assert len(added) >= 2
    assert failed == {lost}
    assert worked - {lost}
    plans = [str(one.get("physicalPlanDescription")) for one in events]
    assert any(f"{metered}/lake/intervals" in plan for plan in plans)
    for name in TABLES:
        expected, found = (
            pq.read_table(place / "2025-01" / name, partitioning=None)
            for place in (alone, tmp_path / "shared")
        )
        assert plain(found) == plain(expected)
