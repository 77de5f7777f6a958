"""What is installed is pinned by version and hash, from no named place, and fits one environment."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))
SOURCES = sorted((ROOT / "requirements").glob("*.in"))
_PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)(?:\[[a-z,-]+\])?==(\S+)(?: ; (.+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
_COMMENT = re.compile(r"^    # ")


def pins(path: Path) -> set[tuple[str, str, str]]:
    """(name, version, marker) of every requirement."""
    return {
        (match[1], match[2], match[3] or "")
        for line in path.read_text("utf-8").splitlines()
        if (match := _PIN.match(line))
    }


def test_each_source_has_its_lock() -> None:
    assert [path.stem for path in SOURCES] == ["base", "build", "cluster", "dev", "docs"]
    assert [path.stem for path in LOCKED] == [path.stem for path in SOURCES]


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_a_lock_holds_pins_hashes_and_reasons_only(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    other = [line for line in lines if not (_PIN.match(line) or _HASH.match(line) or _COMMENT.match(line))]
    assert other == []
    pinned = [number for number, line in enumerate(lines) if _PIN.match(line)]
    assert pinned
    assert [lines[number] for number in pinned if not _HASH.match(lines[number + 1])] == []


def test_the_runtime_is_part_of_the_development_environment() -> None:
    # Markers may differ: another package may want the same one on more platforms.
    runtime = {(package, version) for package, version, _ in pins(ROOT / "requirements/base.txt")}
    assert (
        runtime - {(package, version) for package, version, _ in pins(ROOT / "requirements/dev.txt")} == set()
    )


@pytest.mark.parametrize("name", ["build", "cluster", "docs"])
def test_other_locks_never_ask_for_a_second_version(name: str) -> None:
    development = {
        (package, marker): version for package, version, marker in pins(ROOT / "requirements/dev.txt")
    }
    other = {
        (package, marker): version for package, version, marker in pins(ROOT / f"requirements/{name}.txt")
    }
    shared = development.keys() & other.keys()
    assert {key: other[key] for key in shared} == {key: development[key] for key in shared}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_everything_asked_for_is_locked(path: Path) -> None:
    asked = {
        re.split(r"[\[<>=;\s]", line)[0].lower().replace("_", "-")
        for line in path.read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    }
    assert asked - {package for package, _, _ in pins(path.with_suffix(".txt"))} == set()


def test_the_office_extra_of_the_package_asks_for_what_the_runtime_locks() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.split("office = [", 1)[1].split("\n]", 1)[0]
    asked = {re.split(r"[\[<>=]", item)[0] for item in re.findall(r'"([^"]+)"', block)} | {"numpy", "polars"}
    source = (ROOT / "requirements/base.in").read_text("utf-8").splitlines()
    assert {re.split(r"[\[<>=]", line)[0] for line in source if line and not line.startswith("#")} == asked
