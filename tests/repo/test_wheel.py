"""The wheel: built twice it is the same file, and it carries everything that the product needs at run time."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    found = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(folder),
        ]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        found += list(folder.glob("*.whl"))
    return found


def test_two_builds_give_the_same_bytes(wheels: list[Path]) -> None:
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels)
    assert first == second


def test_every_file_of_the_package_is_in_it(wheels: list[Path]) -> None:
    command = ["git", "ls-files", "-z", "--", "src/jieyue"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    tracked = {name.removeprefix("src/") for name in listed if name and (ROOT / name).is_file()}
    inside = set(zipfile.ZipFile(wheels[0]).namelist())
    assert len(tracked) > 50
    assert tracked - inside == set()
    compiled = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").glob("**/locale/**/*.mo")}
    assert compiled - inside == set()


def test_nothing_else_of_the_repository_is_in_it(wheels: list[Path]) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheels[0]).namelist()}
    assert tops == {"jieyue", "jieyue-0.1.0.dist-info"}


def test_it_carries_the_licence_and_the_command(wheels: list[Path]) -> None:
    archive = zipfile.ZipFile(wheels[0])
    assert archive.read("jieyue-0.1.0.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert b"jieyue = jieyue.cli.main:run" in archive.read("jieyue-0.1.0.dist-info/entry_points.txt")
