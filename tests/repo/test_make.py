"""The verbs: documented, present, and the ones that the README and CI give."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))


def test_the_verbs_are_those_that_the_design_names_and_our_own() -> None:
    design = {"install", "demo", "test", "test-long", "bench", "check", "lock"}
    assert TARGETS == design | {
        "help",
        "install-dev",
        "install-test",
        "vendor",
        "screenshots",
        "docs",
        "clean",
    }


def test_only_the_tests_fetch_the_cluster() -> None:
    """pyspark is 434 MB: checking, benches and assets go without."""
    script = (ROOT / "scripts/install.sh").read_text("utf-8")
    lists = {
        name: set(files.split()) for name, files in re.findall(r"^ +([a-z]+)\) files=\((.*)\)", script, re.M)
    }
    assert {name for name, files in lists.items() if "cluster" in files} == {"test"}
    needs = dict(re.findall(r"^([a-z-]+): (install[a-z-]*)", MAKEFILE, re.MULTILINE))
    asked = dict(re.findall(r"^(install[a-z-]*):.*\n\t@scripts/install.sh ([a-z]+)", MAKEFILE, re.MULTILINE))
    assert {verb for verb, need in needs.items() if asked[need] == "test"} == {"test", "test-long"}


def test_every_verb_is_phony_and_says_what_it_does() -> None:
    assert set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)) == TARGETS
    assert set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE)) == TARGETS


def test_every_verb_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/make.md").read_text("utf-8")
    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE)) == TARGETS


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/tutorials/first-hour.md"])
def test_documents_give_only_verbs_that_exist(name: str) -> None:
    given = set(re.findall(r"(?:^|`|&& )make ([a-z-]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
    assert given
    assert given <= TARGETS


def test_the_readme_opens_with_a_picture_and_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text("utf-8").split("\n## ", 1)[0]
    assert opening.index("![") < opening.index("```sh")
    block = opening.split("```sh\n", 1)[1].split("```", 1)[0]
    commands = [line.partition("#")[0].strip() for line in block.strip().splitlines()]
    assert commands == ["make demo", "make test"]


def test_ci_runs_the_readme_command_and_stops_at_the_first_error() -> None:
    lines = (ROOT / ".ci/run").read_text("utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert [line for line in lines if line.startswith("make ")] == ["make test </dev/null"]


@pytest.mark.parametrize(
    "name", [".ci/run", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("scripts/*.sh"))]
)
def test_shell_scripts_are_executable_strict_and_parse(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert "\nset -euo pipefail\n" in path.read_text("utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_help_lists_every_verb() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in shown.splitlines()} == TARGETS


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ".venv/bin/jieyue demo --port 8000"),
        (["SERVE=0"], ".venv/bin/jieyue demo --port 8000 --no-serve"),
        (["PORT=8123", "INSTITUTIONS=500"], ".venv/bin/jieyue demo --port 8123 --institutions 500"),
    ],
)
def test_demo_passes_its_variables_on(arguments: list[str], expected: str) -> None:
    command = ["make", "--dry-run", "demo", *arguments]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert shown.splitlines()[-1].split() == expected.split()


def test_hooks_before_a_commit_are_local() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert set(re.findall(r"- repo: (\S+)", text)) == {"local"}
