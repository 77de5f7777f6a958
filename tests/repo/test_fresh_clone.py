"""Both commands of the README in a fresh clone, with nothing installed by hand (takes minutes: long)."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "jieyue"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def make(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JIEYUE_", "DJANGO_", "PYTEST_"))
    }
    inherited["PATH"] = os.pathsep.join(
        part for part in inherited["PATH"].split(os.pathsep) if not part.startswith(str(ROOT))
    )
    done = subprocess.run(
        ["make", *words],
        cwd=clone,
        env=inherited,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done


def test_demo_prepares_a_city_and_prints_the_board(clone: Path) -> None:
    done = make(clone, "demo", "SERVE=0", "INSTITUTIONS=200")
    assert "http://" in done.stdout + done.stderr
    assert (clone / "var/home.toml").is_file()


def test_test_installs_what_it_needs_and_ends_with_its_counts(clone: Path) -> None:
    # One family stands for all: the whole run is what called this.
    lines = make(clone, "test", "FAMILY=bench").stdout.splitlines()
    passed, failed = lines[-1].split(", ")
    assert failed == "0 failed"
    assert int(passed.removesuffix(" passed")) >= 10
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, check=True, capture_output=True, text=True
    )
    assert status.stdout == ""
